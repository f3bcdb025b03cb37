import com.fasterxml.jackson.databind.ObjectMapper;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.playground.databases.MariaDbServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.report.ContractRef;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.postgresql.PGConnection;

/**
 * Times the checksum worker beside reladiff on one table of 2 million rows and 10 columns, PostgreSQL to MariaDB, whole processes, in turn.
 * The table is X1 of the field's literature in docs/performance.md. Started by bench/side-by-side.
 *
 * Arguments: rows, runs, path of the reladiff program (or "-" to leave it out), then the numbers of scattered differences to time.
 */
public class SideBySide {
    static final ObjectMapper JSON = new ObjectMapper().configure(com.fasterxml.jackson.databind.DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    record Run(double wall, long rssKiB, String outcome, double firstQuery) {}

    public static void main(String[] args) throws Exception {
        long rows = Long.parseLong(args[0]);
        int runs = Integer.parseInt(args[1]);
        String reladiff = args[2];
        List<Integer> differences = Arrays.stream(args).skip(3).map(Integer::valueOf).toList();
        Path work = Files.createTempDirectory("concordat-bench");
        try (var postgres = PostgresServer.start(); var mariadb = MariaDbServer.start()) {
            load(postgres, mariadb, rows, work);
            System.out.printf("%n%-12s %-10s %10s %10s %10s %10s   %s%n", "differences", "tool", "median s", "min s", "max s", "peak MiB", "outcome");
            int planted = 0;
            for (int wanted : differences) {
                plant(mariadb, rows, planted, wanted);
                planted = wanted;
                List<Run> ours = new ArrayList<>();
                List<Run> theirs = new ArrayList<>();
                for (int i = 0; i < runs; i++) {
                    ours.add(worker(postgres, mariadb, work, wanted));
                    if (!reladiff.equals("-")) {
                        theirs.add(reladiff(reladiff, postgres, mariadb));
                    }
                }
                print(wanted, "concordat", ours);
                System.out.printf("%-12s %-10s %10.2f s from the start of the process%n", "", "  1st query", median(ours.stream().map(Run::firstQuery).toList()));
                if (!theirs.isEmpty()) {
                    print(wanted, "reladiff", theirs);
                    List<Double> ratios = new ArrayList<>();
                    for (int i = 0; i < runs; i++) {
                        ratios.add(theirs.get(i).wall() / ours.get(i).wall());
                    }
                    System.out.printf("%-12d reladiff / concordat, pair by pair: median %.1f, min %.1f, max %.1f%n", wanted, median(ratios), ratios.stream().min(Double::compare).get(),
                            ratios.stream().max(Double::compare).get());
                }
            }
        }
    }

    static void load(PostgresServer postgres, MariaDbServer mariadb, long rows, Path work) throws Exception {
        long start = System.nanoTime();
        postgres.createDatabase("bench");
        mariadb.createDatabase("bench");
        mariadb.execute("mysql", "SET GLOBAL innodb_buffer_pool_size = 2147483648");
        postgres.execute("bench", """
                create table t(id bigint primary key, customer_id int not null, amount numeric(12,2) not null, qty int,
                  status varchar(20) not null, note text, active boolean not null, created_at timestamptz not null,
                  updated_at timestamptz(6) not null, payload text);
                insert into t select g, (g::bigint*7919)%%1000000, ((g::bigint*31337)%%1000000000)/100.0,
                  case when g%%17=0 then null else g%%1000 end, (array['new','paid','shipped','cancelled'])[1+g%%4],
                  case when g%%5=0 then null else 'note '||md5(g::text) end, g%%3=0,
                  timestamptz '2020-01-01 00:00:00+00' + (g||' seconds')::interval,
                  timestamptz '2021-01-01 00:00:00+00' + (g*1.234567||' seconds')::interval,
                  repeat(md5((g*3)::text),3) from generate_series(1,%d) g""".formatted(rows));
        postgres.execute("bench", "vacuum analyze t");
        mariadb.execute("bench", """
                create table t(id bigint primary key, customer_id int not null, amount decimal(12,2) not null, qty int,
                  status varchar(20) not null, note text, active tinyint(1) not null, created_at timestamp(6) not null default '2000-01-01',
                  updated_at datetime(6) not null, payload text) engine=InnoDB default charset=utf8mb4""");
        Path file = work.resolve("t.tsv");
        try (Connection source = postgres.connect("bench"); var out = Files.newOutputStream(file)) {
            source.createStatement().execute("set timezone='UTC'");
            source.unwrap(PGConnection.class).getCopyAPI().copyOut("copy (select id, customer_id, amount, qty, status, note, active::int, "
                    + "to_char(created_at,'YYYY-MM-DD HH24:MI:SS.US'), to_char(updated_at,'YYYY-MM-DD HH24:MI:SS.US'), payload from t) to stdout", out);
        }
        try (Connection target = java.sql.DriverManager.getConnection(mariadb.url("bench") + "?allowLocalInfile=true", mariadb.superuser(), mariadb.password());
                var statement = target.createStatement()) {
            statement.execute("set time_zone='+00:00'");
            statement.execute("load data local infile '" + file + "' into table t character set utf8mb4");
            statement.execute("analyze table t");
        }
        Files.delete(file);
        System.out.printf("%d rows loaded on both sides in %.0f s%n", rows, (System.nanoTime() - start) / 1e9);
    }

    /** Exactly {@code wanted} scattered rows differ afterwards. */
    static void plant(MariaDbServer mariadb, long rows, int before, int wanted) throws Exception {
        try (Connection target = mariadb.connect("bench"); var statement = target.prepareStatement("update t set qty = ifnull(qty, 0) + ? where id = ?")) {
            for (int i = before; i < wanted; i++) {
                statement.setInt(1, 100_000);
                statement.setLong(2, 1 + (i * 7_919_993L) % rows);
                statement.executeUpdate();
            }
        }
    }

    static Run worker(PostgresServer postgres, MariaDbServer mariadb, Path work, int expected) throws Exception {
        Path source = secret(work.resolve("source"), postgres.superuser(), postgres.password());
        Path target = secret(work.resolve("target"), mariadb.superuser(), mariadb.password());
        SyncContractSpec spec = JSON.readValue("""
                {"version":"1.0.0","owner":{"team":"bench"},
                 "source":{"system":"source","store":{"type":"PostgreSQL","host":"127.0.0.1","port":%d,"database":"bench","table":"t","credentials":{"secretName":"source"},"limits":{"connections":2,"statementTimeout":"5m"}}},
                 "target":{"system":"target","store":{"type":"MariaDB","host":"127.0.0.1","port":%d,"database":"bench","table":"t","credentials":{"secretName":"target"},"limits":{"connections":2,"statementTimeout":"5m"}}},
                 "record":{"key":["id"]},
                 "verification":{"schedule":{"every":"15m"},"settle":"10ms"}}""".formatted(postgres.port(), mariadb.port()), SyncContractSpec.class);
        Path report = work.resolve("report.json");
        Files.deleteIfExists(report);
        RunOrder order = new RunOrder(new ContractRef("bench", "bench", "bench", 1, "1.0.0"), 1, "report", "schema", "memory", "ReconcileJob", "bench", "bench", null, null, spec);
        var builder = new ProcessBuilder("./concordat", "checksum").inheritIO();
        builder.environment().putAll(Map.of("CONCORDAT_NO_BUILD", "1", RunOrder.ENV, JSON.writeValueAsString(order), RunOrder.SOURCE_SECRET, source.toString(),
                RunOrder.TARGET_SECRET, target.toString(), "CONCORDAT_REPORT_FILE", report.toString()));
        Run run = time(builder);
        RunReport result = JSON.readValue(Files.readString(report), RunReport.class);
        if (result.drifted() != expected) {
            throw new IllegalStateException("expected " + expected + " differences, the worker reports " + result.drifted() + ": " + result.verdict() + " " + result.failure());
        }
        return new Run(run.wall(), run.rssKiB(), result.verdict() + " " + result.drifted() + " records; " + result.timings(),
                result.timings().getOrDefault("firstQuery", 0L) / 1000.0);
    }

    static Run reladiff(String program, PostgresServer postgres, MariaDbServer mariadb) throws Exception {
        var command = new ArrayList<>(List.of(program, "postgresql://%s:%s@127.0.0.1:%d/bench".formatted(postgres.superuser(), postgres.password(), postgres.port()), "t",
                "mysql://%s:%s@127.0.0.1:%d/bench".formatted(mariadb.superuser(), mariadb.password(), mariadb.port()), "t", "-k", "id", "--threads", "2",
                // Without it reladiff 0.6.0 ends with a TypeError where a differing row holds a NULL.
                "--skip-sort-results"));
        for (String column : List.of("customer_id", "amount", "qty", "status", "note", "active", "created_at", "updated_at", "payload")) {
            command.addAll(List.of("-c", column));
        }
        Path out = Files.createTempFile("reladiff", ".out");
        Run run = time(new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()));
        long lines = Files.lines(out).filter(l -> l.startsWith("+") || l.startsWith("-")).count();
        String error = Files.lines(out).filter(l -> l.contains("rror")).findFirst().orElse("");
        Files.delete(out);
        return new Run(run.wall(), run.rssKiB(), lines + " lines of differences " + error, 0);
    }

    /** Wall time of the whole process, and the peak of its resident memory as the kernel counts it. */
    static Run time(ProcessBuilder builder) throws IOException, InterruptedException {
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
            process.waitFor(20, java.util.concurrent.TimeUnit.MILLISECONDS);
        }
        process.waitFor();
        return new Run((System.nanoTime() - start) / 1e9, peak, "", 0);
    }

    static Path secret(Path folder, String username, String password) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("username"), username);
        Files.writeString(folder.resolve("password"), password);
        return folder;
    }

    static void print(int differences, String tool, List<Run> runs) {
        List<Double> walls = runs.stream().map(Run::wall).toList();
        System.out.printf("%-12d %-10s %10.2f %10.2f %10.2f %10.0f   %s%n", differences, tool, median(walls), walls.stream().min(Double::compare).get(),
                walls.stream().max(Double::compare).get(), runs.stream().mapToLong(Run::rssKiB).max().getAsLong() / 1024.0, runs.getLast().outcome());
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
