import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.MariaDbServer;
import dev.concordat.playground.databases.PostgresServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.postgresql.PGConnection;

/**
 * What the programs of bench/ share: two database servers, the X1 table, planted differences, and the measuring of whole processes.
 *
 * With the environment variable CONCORDAT_BENCH_DATA the servers keep their data in that folder, and the next program that names it finds its tables loaded.
 */
final class Lab implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();
    /** Every column of X1 but the key. */
    static final List<String> COLUMNS = List.of("customer_id", "amount", "qty", "status", "note", "active", "created_at", "updated_at", "payload");
    private static final String PASSWORD = "bench";
    /** Ticks of a second in /proc, on every Linux that runs Java. */
    private static final double TICKS = 100;

    /** One side of a comparison. {@code cpu} tells the processor seconds that its server has used so far. */
    record Side(String type, String host, int port, String database, String table, String user, String password, Cpu cpu) {
        Side table(String other) {
            return new Side(type, host, port, database, other, user, password, cpu);
        }

        Side database(String other) {
            return new Side(type, host, port, other, table, user, password, cpu);
        }

        Connection connect() throws SQLException {
            return DriverManager.getConnection((type.equals("PostgreSQL") ? "jdbc:postgresql://" : "jdbc:mariadb://") + host + ":" + port + "/" + database, user, password);
        }

        void execute(String... statements) throws SQLException {
            try (Connection connection = connect(); var statement = connection.createStatement()) {
                for (String sql : statements) {
                    statement.execute(sql);
                }
            }
        }

        String ask(String sql) throws SQLException {
            try (Connection connection = connect(); var statement = connection.createStatement(); var rows = statement.executeQuery(sql)) {
                return rows.next() ? rows.getString(1) : null;
            }
        }
    }

    @FunctionalInterface
    interface Cpu {
        double seconds() throws IOException;
    }

    /**
     * One run of one tool as a whole process.
     *
     * @param cpu     user and system time of the tool's process and of what it started
     * @param source  processor seconds of the source's server meanwhile, its background processes included
     * @param target  as {@code source}; 0 where both tables are on one server
     * @param peakMiB resident memory of the tool's first process as the kernel keeps it
     * @param found   differing records that the tool reports; -1: it failed
     */
    record Run(double wall, double cpu, double source, double target, double peakMiB, long found, String note) {
        Run found(long records, String text) {
            return new Run(wall, cpu, source, target, peakMiB, records, text);
        }
    }

    final PostgresServer postgres;
    final MariaDbServer mariadb;
    final Path work;
    final boolean kept;

    private Lab(PostgresServer postgres, MariaDbServer mariadb, Path work, boolean kept) {
        this.postgres = postgres;
        this.mariadb = mariadb;
        this.work = work;
        this.kept = kept;
    }

    static Lab open() throws Exception {
        return open(2);
    }

    /** @param poolGiB memory that each server has for its tables: enough for those of the bench */
    static Lab open(int poolGiB) throws Exception {
        String data = System.getenv("CONCORDAT_BENCH_DATA");
        Path work = Files.createTempDirectory("concordat-bench");
        boolean kept = data != null && !data.isBlank();
        var options = DatabaseServer.Options.DEFAULT.withPassword(PASSWORD);
        PostgresServer postgres = postgres(options.withFolder((kept ? Path.of(data) : work).resolve("postgres")), poolGiB);
        MariaDbServer mariadb;
        try {
            mariadb = MariaDbServer.start(kept ? options.withFolder(Path.of(data, "mariadb")) : options.withFolder(work.resolve("mariadb")));
        } catch (IOException | SQLException | RuntimeException e) {
            postgres.close();
            throw e;
        }
        Lab lab = new Lab(postgres, mariadb, work, kept);
        try {
            // Work in the background is processor time of nobody: none of it during a run.
            lab.postgres.execute("postgres", "alter system set autovacuum = off; select pg_reload_conf()");
            lab.mariadb.execute("mysql", "set global innodb_buffer_pool_size = " + ((long) poolGiB << 30) + "; set global innodb_io_capacity = 20000; "
                    + "create database if not exists bench character set utf8mb4; create database if not exists copy character set utf8mb4");
            if (lab.source().database("postgres").ask("select 1 from pg_database where datname = 'bench'") == null) {
                lab.postgres.createDatabase("bench");
            }
            return lab;
        } catch (SQLException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    /** Started a second time where its memory has to change. */
    private static PostgresServer postgres(DatabaseServer.Options options, int poolGiB) throws IOException, SQLException {
        PostgresServer server = PostgresServer.start(options);
        String wanted = poolGiB + "GB";
        try (Connection connection = server.connect("postgres"); var statement = connection.createStatement(); var rows = statement.executeQuery("show shared_buffers")) {
            rows.next();
            if (rows.getString(1).equals(wanted)) {
                return server;
            }
            statement.execute("alter system set shared_buffers = '" + wanted + "'");
        } catch (SQLException e) {
            server.close();
            throw e;
        }
        server.close();
        return PostgresServer.start(options);
    }

    Side source() {
        return new Side("PostgreSQL", "127.0.0.1", postgres.port(), "bench", "t", "postgres", PASSWORD, () -> postmaster(postgres.process()));
    }

    Side target() {
        return new Side("MariaDB", "127.0.0.1", mariadb.port(), "bench", "t", "root", PASSWORD, () -> ticks(mariadb.process().pid())[0] / TICKS);
    }

    @Override
    public void close() throws IOException {
        mariadb.close();
        postgres.close();
        delete(work);
    }

    static void delete(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        }
    }

    /** Where servers keep their data. */
    Path folder() {
        return kept ? Path.of(System.getenv("CONCORDAT_BENCH_DATA")) : work;
    }

    // Data.

    /** The columns of X1 after the key, as PostgreSQL makes them from a row number g. */
    static final String GENERATED = """
            ((g::bigint*7919)%%1000000)::int as customer_id, (((g::bigint*31337)%%1000000000)/100.0)::numeric(12,2) as amount,
            case when g%%17=0 then null else (g%%1000)::int end as qty, ((array['new','paid','shipped','cancelled'])[1+g%%4])::varchar(20) as status,
            case when g%%5=0 then null else 'note '||md5(g::text) end as note, g%%3=0 as active,
            timestamptz '2020-01-01 00:00:00+00' + (g||' seconds')::interval as created_at,
            (timestamptz '2021-01-01 00:00:00+00' + (g*1.234567||' seconds')::interval)::timestamptz(6) as updated_at,
            repeat(md5((g*3)::text),3) as payload""".replace("%%", "%");

    /**
     * A table with the columns of X1 and a key of one's own, on both sides.
     *
     * @param key             columns of the key, in order
     * @param postgresColumns their definitions, and how PostgreSQL makes them of a row number g
     * @param mariadbColumns  their definitions on the target
     */
    record Table(String name, List<String> key, List<String> postgresColumns, List<String> made, List<String> mariadbColumns) {
        static final Table X1 = new Table("t", List.of("id"), List.of("id bigint"), List.of("g::bigint"), List.of("id bigint"));
        static final Table X1_SMALL = new Table("t_small", X1.key(), X1.postgresColumns(), X1.made(), X1.mariadbColumns());
        static final Table X1_LARGE = new Table("t_large", X1.key(), X1.postgresColumns(), X1.made(), X1.mariadbColumns());
        static final Table TEXT = new Table("t_text", List.of("id"), List.of("id varchar(40)"), List.of("'ORD-'||lpad(g::text, 10, '0')"), List.of("id varchar(40)"));
        static final Table UUID = new Table("t_uuid", List.of("id"), List.of("id uuid"), List.of("overlay(overlay(md5(g::text) placing '4' from 13) placing 'a' from 17)::uuid"), List.of("id uuid"));
        static final Table PAIR = new Table("t_pair", List.of("a", "b"), List.of("a int", "b int"), List.of("(g/500)::int", "((g%500)*3)::int"), List.of("a int", "b int"));
        static final Table PAIR_TEXT = new Table("t_pair_text", List.of("region", "id"), List.of("region varchar(10)", "id bigint"),
                List.of("(array['north','south','east','west'])[1+(g/1000)%4]", "g::bigint"), List.of("region varchar(10)", "id bigint"));
    }

    /** Loads a table on both sides, unless it is there with as many rows. */
    void load(Table table, long rows) throws Exception {
        Side source = source().table(table.name());
        Side target = target().table(table.name());
        if (there(source, rows) && there(target, rows)) {
            return;
        }
        long start = System.nanoTime();
        generate(source, table, rows);
        target.execute("drop table if exists " + table.name(), create(table));
        copyToMariaDb(table, target);
        if (!there(target, rows)) {
            throw new IllegalStateException("MariaDB holds " + target.ask("select count(*) from " + table.name()) + " of " + rows + " rows of " + table.name());
        }
        settle();
        System.err.printf(Locale.ROOT, "%s: %,d rows loaded on both sides in %.0f s%n", table.name(), rows, (System.nanoTime() - start) / 1e9);
    }

    /** Makes a table of X1's rows on a PostgreSQL server. */
    static void generate(Side side, Table table, long rows) throws SQLException {
        String columns = String.join(", ", IntStream.range(0, table.key().size()).mapToObj(i -> table.made().get(i) + " as " + table.key().get(i)).toList());
        String notNull = table.postgresColumns().stream().map(c -> c + " not null").collect(Collectors.joining(", "));
        side.execute("drop table if exists " + side.table(),
                "create table " + side.table() + "(" + notNull + ", customer_id int not null, amount numeric(12,2) not null, qty int, status varchar(20) not null, note text, "
                        + "active boolean not null, created_at timestamptz not null, updated_at timestamptz(6) not null, payload text)",
                "set timezone = 'UTC'",
                "insert into " + side.table() + " select " + columns + ", " + GENERATED + " from generate_series(1, " + rows + ") g",
                "alter table " + side.table() + " add primary key (" + String.join(", ", table.key()) + ")",
                "vacuum analyze " + side.table());
    }

    static boolean there(Side side, long rows) {
        try {
            return Long.parseLong(side.ask("select count(*) from " + side.table())) == rows;
        } catch (SQLException e) {
            return false;
        }
    }

    static String create(Table table) {
        String notNull = table.mariadbColumns().stream().map(c -> c + " not null").collect(Collectors.joining(", "));
        return "create table " + table.name() + "(" + notNull + ", customer_id int not null, amount decimal(12,2) not null, qty int, status varchar(20) not null, note text, "
                + "active tinyint(1) not null, created_at timestamp(6) not null default '2000-01-01', updated_at datetime(6) not null, payload text, primary key ("
                + String.join(", ", table.key()) + ")) engine=InnoDB default charset=utf8mb4";
    }

    /** Through a named pipe, in the order of the key: no file of the whole table, and both servers work at once. */
    private void copyToMariaDb(Table table, Side target) throws Exception {
        Path pipe = work.resolve(table.name() + ".tsv");
        if (new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() != 0) {
            throw new IOException("mkfifo failed for " + pipe);
        }
        String key = String.join(", ", table.key());
        CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> {
            try (Connection from = source().connect(); var out = Files.newOutputStream(pipe)) {
                from.createStatement().execute("set timezone = 'UTC'");
                from.unwrap(PGConnection.class).getCopyAPI().copyOut("copy (select " + key + ", customer_id, amount, qty, status, note, active::int, "
                        + "to_char(created_at,'YYYY-MM-DD HH24:MI:SS.US'), to_char(updated_at,'YYYY-MM-DD HH24:MI:SS.US'), payload from " + table.name() + " order by " + key + ") to stdout", out);
            } catch (IOException | SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        try (Connection to = DriverManager.getConnection(mariadb.url(target.database()) + "?allowLocalInfile=true", target.user(), target.password()); var statement = to.createStatement()) {
            statement.execute("set time_zone='+00:00'");
            statement.execute("load data local infile '" + pipe + "' into table " + table.name() + " character set utf8mb4");
            statement.execute("analyze table " + table.name());
        }
        reading.get(1, TimeUnit.MINUTES);
        Files.delete(pipe);
    }

    /** Lets both servers write what they still hold back, so that no later run pays for it. */
    void settle() throws SQLException, InterruptedException {
        source().execute("checkpoint");
        target().execute("set global innodb_max_dirty_pages_pct = 0");
        for (int i = 0; i < 300 && Long.parseLong(target().ask("select variable_value from information_schema.global_status where variable_name = 'INNODB_BUFFER_POOL_PAGES_DIRTY'")) > 50; i++) {
            Thread.sleep(200);
        }
        target().execute("set global innodb_max_dirty_pages_pct = 90");
    }

    /** Exactly {@code wanted} scattered rows of the MariaDB table differ from the source's afterwards, whatever was planted before. */
    static void plant(Side side, Table table, long rows, int wanted) throws SQLException {
        try (Connection connection = side.connect(); var statement = connection.createStatement()) {
            // A planted row is told by its quantity, and what that was before follows from it.
            statement.execute("update " + side.table() + " set qty = case when qty < 900000 then qty - 100000 end where qty >= 100000");
            connection.setAutoCommit(false);
            // Multiples of the golden ratio lie evenly in an interval, whatever their number; a step that is nearly a fraction of it would leave them in a few clusters.
            long step = Math.round(rows * 0.6180339887498949);
            while (java.math.BigInteger.valueOf(step).gcd(java.math.BigInteger.valueOf(rows)).longValue() > 1) {
                step++;
            }
            for (int i = 0; i < wanted; i++) {
                long g = 1 + i * step % rows;
                List<String> where = new ArrayList<>();
                for (int k = 0; k < table.key().size(); k++) {
                    where.add(table.key().get(k) + " = " + literal(table, k, g));
                }
                statement.execute("update " + side.table() + " set qty = coalesce(qty + 100000, 900000) where " + String.join(" and ", where));
            }
            connection.commit();
        }
    }

    /** Version 4: MariaDB's type refuses some of the values that no version has. */
    private static String uuid(long g) {
        try {
            String md5 = java.util.HexFormat.of().formatHex(java.security.MessageDigest.getInstance("MD5").digest(Long.toString(g).getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
            return (md5.substring(0, 12) + "4" + md5.substring(13, 16) + "a" + md5.substring(17)).replaceFirst("(.{8})(.{4})(.{4})(.{4})", "$1-$2-$3-$4-");
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String literal(Table table, int part, long g) {
        return switch (table.name()) {
            case "t_text" -> String.format(Locale.ROOT, "'ORD-%010d'", g);
            case "t_uuid" -> "'" + uuid(g) + "'";
            case "t_pair" -> Long.toString(part == 0 ? g / 500 : g % 500 * 3);
            case "t_pair_text" -> part == 0 ? "'" + List.of("north", "south", "east", "west").get((int) (g / 1000 % 4)) + "'" : Long.toString(g);
            default -> Long.toString(g);
        };
    }

    // Measuring.

    /** User and system time in ticks: of the process itself, then of its children that have ended and were waited for. */
    private static long[] ticks(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return new long[] {Long.parseLong(fields[11]) + Long.parseLong(fields[12]), Long.parseLong(fields[13]) + Long.parseLong(fields[14])};
    }

    /** A PostgreSQL server: the postmaster, its living backends, and those that have ended, which it has waited for. Read again when one ended meanwhile. */
    static double postmaster(ProcessHandle process) throws IOException {
        while (true) {
            long[] own = ticks(process.pid());
            long living = 0;
            for (ProcessHandle child : process.children().toList()) {
                try {
                    living += ticks(child.pid())[0];
                } catch (IOException ended) {
                    // Its time is among those waited for, now or in a moment.
                }
            }
            if (ticks(process.pid())[1] == own[1]) {
                return (own[0] + own[1] + living) / TICKS;
            }
        }
    }

    /** Runs a tool to its end. Its exit code and output are the caller's to judge. */
    static Run time(ProcessBuilder builder, Side source, Side target) throws IOException, InterruptedException {
        boolean one = source.port() == target.port();
        Path self = Path.of("/proc/self");
        double children = ticks(ProcessHandle.current().pid())[1];
        double sourceCpu = source.cpu().seconds();
        double targetCpu = target.cpu().seconds();
        long start = System.nanoTime();
        Process process = builder.start();
        Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
        long peak = 0;
        while (process.isAlive()) {
            try {
                for (String line : Files.readAllLines(status)) {
                    if (line.startsWith("VmHWM:")) {
                        peak = Math.max(peak, Long.parseLong(line.replaceAll("[^0-9]", "")));
                    }
                }
            } catch (IOException gone) {
                break;
            }
            process.waitFor(20, TimeUnit.MILLISECONDS);
        }
        int exit = process.waitFor();
        double wall = (System.nanoTime() - start) / 1e9;
        // A backend notices a moment later that its client has gone.
        Thread.sleep(100);
        return new Run(wall, (ticks(ProcessHandle.current().pid())[1] - children) / TICKS, source.cpu().seconds() - sourceCpu, one ? 0 : target.cpu().seconds() - targetCpu, peak / 1024.0, -1,
                "exit " + exit);
    }

    // Tools.

    private static String store(Side side, String secret) {
        return """
                {"type":"%s","host":"%s","port":%d,"database":"%s","table":"%s","credentials":{"secretName":"%s"},"limits":{"connections":2,"statementTimeout":"10m"}}"""
                .formatted(side.type(), side.host(), side.port(), side.database(), side.table(), secret);
    }

    /** The checksum worker as its Job starts it: same launcher, same heap. It is an error of the bench when it does not report exactly the planted differences. */
    Run worker(Side source, Side target, List<String> key, long expected) throws Exception {
        String spec = """
                {"version":"1.0.0","owner":{"team":"bench"},"source":{"system":"source","store":%s},"target":{"system":"target","store":%s},
                 "record":{"key":%s},"verification":{"schedule":{"every":"15m"},"settle":"10ms"}}"""
                .formatted(store(source, "source"), store(target, "target"), JSON.writeValueAsString(key));
        String order = """
                {"contract":{"namespace":"bench","name":"bench","uid":"bench","generation":1,"version":"1.0.0"},"runId":1,"reportName":"report","schemaName":"schema","memoryName":"memory",
                 "ownerKind":"ReconcileJob","ownerName":"bench","ownerUid":"bench","spec":%s}""".formatted(spec);
        Path report = work.resolve("report.json");
        Files.deleteIfExists(report);
        Path log = work.resolve("worker.log");
        var builder = new ProcessBuilder("./concordat", "checksum").redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(Map.of("CONCORDAT_NO_BUILD", "1", "CONCORDAT_RUN", order, "CONCORDAT_SOURCE_SECRET", secret("source", source),
                "CONCORDAT_TARGET_SECRET", secret("target", target), "CONCORDAT_REPORT_FILE", report.toString()));
        Run run = time(builder, source, target);
        if (!Files.exists(report)) {
            throw new IllegalStateException("the worker left no report:\n" + Files.readString(log));
        }
        JsonNode result = JSON.readTree(Files.readString(report));
        long found = drifted(result);
        if (!List.of("InSync", "Drift").contains(result.path("verdict").asText()) || found != expected) {
            throw new IllegalStateException(source.table() + ": expected " + expected + " differences, the worker reports " + found + ": " + result.path("verdict") + " " + result.path("failure") + " " + result.path("counts"));
        }
        return run.found(found, "timings " + result.path("timings") + "; plan: " + result.path("plan").asText());
    }

    /** The same comparison by the command for a person: no contract, no Job, the launcher's own heap. */
    Run command(Side source, Side target, List<String> key, long expected) throws Exception {
        return command(Path.of("").toAbsolutePath(), source, target, key, expected);
    }

    /** @param home of the build to run */
    Run command(Path home, Side source, Side target, List<String> key, long expected) throws Exception {
        Path out = work.resolve("compare.json");
        Path log = work.resolve("compare.log");
        var builder = new ProcessBuilder(home.resolve("concordat").toString(), "compare", url(source), url(target), "--key", String.join(",", key), "--settle", "10ms", "--threads", "2", "--statement-timeout", "10m", "-o", "json")
                .redirectOutput(out.toFile()).redirectError(log.toFile());
        builder.environment().putAll(Map.of("CONCORDAT_NO_BUILD", "1", "CONCORDAT_SOURCE_PASSWORD", source.password(), "CONCORDAT_TARGET_PASSWORD", target.password()));
        Run run = time(builder, source, target);
        JsonNode result = JSON.readTree(Files.readString(out));
        long found = drifted(result);
        if (!List.of("InSync", "Drift").contains(result.path("verdict").asText()) || found != expected) {
            throw new IllegalStateException(source.table() + ": expected " + expected + " differences, compare reports " + found + ": " + result.path("verdict") + " " + result.path("reason") + "\n" + Files.readString(log));
        }
        return run.found(found, "plan: " + result.path("plan"));
    }

    static String url(Side side) {
        return side.type().toLowerCase(Locale.ROOT) + "://" + side.user() + "@" + side.host() + ":" + side.port() + "/" + side.database() + "/" + side.table();
    }

    private static long drifted(JsonNode result) {
        long found = 0;
        for (String kind : List.of("missingOnTarget", "orphanOnTarget", "different", "stale", "ahead", "diverged")) {
            found += result.path("counts").path(kind).asLong();
        }
        return found;
    }

    /** A scan by the statements of one connection, one after another, on each side alone or on both at once, the slower of them. Seconds, median. */
    static double scan(int runs, String before, List<Side> sides, List<List<String>> sql) throws Exception {
        List<Double> times = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            List<CompletableFuture<Double>> all = new ArrayList<>();
            for (int s = 0; s < sides.size(); s++) {
                Side side = sides.get(s);
                List<String> statements = sql.get(s);
                Connection connection = side.connect();
                connection.createStatement().execute(side.type().equals("PostgreSQL") ? "set timezone = 'UTC'" : "set time_zone = '+00:00', group_concat_max_len = 16777216");
                if (side.type().equals("PostgreSQL") && before != null) {
                    connection.createStatement().execute(before);
                }
                all.add(CompletableFuture.supplyAsync(() -> {
                    long start = System.nanoTime();
                    try (connection; var statement = connection.createStatement()) {
                        for (String one : statements) {
                            statement.executeQuery(one).next();
                        }
                        return (System.nanoTime() - start) / 1e9;
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                }, task -> Thread.ofPlatform().start(task)));
            }
            double slowest = 0;
            for (var one : all) {
                slowest = Math.max(slowest, one.get());
            }
            times.add(slowest);
        }
        return median(times);
    }

    private String secret(String name, Side side) throws IOException {
        Path folder = Files.createDirectories(work.resolve(name));
        Files.writeString(folder.resolve("username"), side.user());
        Files.writeString(folder.resolve("password"), side.password());
        return folder.toString();
    }

    /** A tool that writes its differences to standard output, one a line, {@code perRecord} lines a record. */
    Run tool(List<String> command, Side source, Side target, String line, int perRecord) throws Exception {
        Path out = work.resolve("tool.out");
        Path errors = work.resolve("tool.err");
        Run run = time(new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(errors.toFile()), source, target);
        long lines;
        try (var all = Files.lines(out)) {
            lines = all.filter(l -> l.matches(line)).count();
        }
        List<String> said = Files.readAllLines(errors).stream().filter(l -> l.matches("(?i).*(error|cannot|can't|failed|denied|unknown).*")).limit(3).toList();
        return run.found(said.isEmpty() ? lines / perRecord : -1, run.note() + (said.isEmpty() ? "" : ": " + String.join(" / ", said)));
    }

    // Figures.

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }

    @FunctionalInterface
    interface Figure {
        double of(Run run);
    }

    static String spread(List<Run> runs, Figure figure, String format) {
        List<Double> values = runs.stream().map(figure::of).toList();
        String middle = String.format(Locale.ROOT, format, median(values));
        return values.size() == 1 ? middle : middle + String.format(Locale.ROOT, " (" + format + "–" + format + ")", values.stream().min(Double::compare).get(), values.stream().max(Double::compare).get());
    }

    static final String HEAD = """
            | differences | tool | runs | wall s, median (min–max) | source database CPU s | target database CPU s | tool CPU s | tool peak MiB | records found |
            |---|---|---|---|---|---|---|---|---|""";

    static String row(String differences, String tool, List<Run> runs) {
        return "| " + differences + " | " + tool + " | " + runs.size() + " | " + spread(runs, Run::wall, "%.2f") + " | " + String.format(Locale.ROOT, "%.2f | %.2f | %.2f | %.0f", median(runs.stream().map(Run::source).toList()),
                median(runs.stream().map(Run::target).toList()), median(runs.stream().map(Run::cpu).toList()), runs.stream().mapToDouble(Run::peakMiB).max().orElseThrow())
                + " | " + runs.stream().map(r -> r.found() < 0 ? r.note() : String.format(Locale.ROOT, "%,d", r.found())).distinct().collect(Collectors.joining(", ")) + " |";
    }

    /** Theirs divided by ours, pair by pair: holds where the machine's speed drifts. */
    static String ratio(List<Run> theirs, List<Run> ours, Figure figure) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(theirs.size(), ours.size()); i++) {
            ratios.add(figure.of(theirs.get(i)) / figure.of(ours.get(i)));
        }
        return String.format(Locale.ROOT, "%.2f", median(ratios)) + (ratios.size() == 1 ? "" : String.format(Locale.ROOT, " (%.2f–%.2f)", ratios.stream().min(Double::compare).get(), ratios.stream().max(Double::compare).get()));
    }

    /** Machine and date, as the first line of every table. */
    void machine(long rows) throws Exception {
        String cpu = Files.readAllLines(Path.of("/proc/cpuinfo")).stream().filter(l -> l.startsWith("model name")).findFirst().map(l -> l.replaceAll(".*: ", "")).orElse(System.getProperty("os.arch"));
        String memory = Files.readAllLines(Path.of("/proc/meminfo")).getFirst().replaceAll("[^0-9]", "");
        System.out.printf(Locale.ROOT, "%s; %d cores of %s, %d GiB, %s; JDK %s; PostgreSQL %s, MariaDB %s; %,d rows; load average at the start %s%n%n", LocalDate.now(ZoneOffset.UTC), Runtime.getRuntime().availableProcessors(), cpu,
                Math.round(Long.parseLong(memory) / 1048576.0), os(), System.getProperty("java.version"), source().ask("show server_version").replaceAll(" .*", ""), target().ask("select version()").replaceAll("-.*", ""), rows,
                Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
    }

    private static String os() throws IOException {
        Path release = Path.of("/etc/os-release");
        return !Files.exists(release) ? System.getProperty("os.name") : Files.readAllLines(release).stream().filter(l -> l.startsWith("PRETTY_NAME=")).findFirst().map(l -> l.substring(12).replace("\"", "")).orElse("Linux");
    }
}
