import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Times the checksum worker on X1 where both sides are of one engine: MariaDB to MariaDB beside pt-table-sync --print, PostgreSQL to PostgreSQL beside pg_comparator and
 * beside the server's own hash of whole records. Both tables are on one server. Started by bench/same-engine.
 *
 * Arguments: rows, runs, pt-table-sync or "-", pg_comparator or "-", bin folder of the PostgreSQL that has pg_comparator's extension or "-", then the numbers of differences.
 */
public class SameEngine {
    public static void main(String[] args) throws Exception {
        long rows = Long.parseLong(args[0]);
        int runs = Integer.parseInt(args[1]);
        List<Integer> differences = Arrays.stream(args).skip(5).map(Integer::valueOf).toList();
        try (Lab lab = Lab.open(4)) {
            lab.machine(rows);
            String only = System.getenv("CONCORDAT_BENCH_ENGINE");
            if (!"PostgreSQL".equals(only)) {
                lab.load(Lab.Table.X1, rows);
                mariadb(lab, rows, runs, args[2], differences);
            }
            if ("MariaDB".equals(only)) {
                return;
            }
            if (args[4].equals("-")) {
                postgres(lab, lab.source(), rows, runs, "-", differences);
            } else {
                try (OwnPostgres server = OwnPostgres.start(Path.of(args[4]), lab, gib(rows))) {
                    postgres(lab, server.side(), rows, runs, args[3], differences);
                }
            }
        }
    }

    private static void mariadb(Lab lab, long rows, int runs, String program, List<Integer> differences) throws Exception {
        Lab.Side source = lab.target();
        Lab.Side target = source.database("copy");
        load(source, target, rows);
        System.out.println("\nMariaDB to MariaDB, two databases of one server:\n\n" + Lab.HEAD);
        List<String> ratios = new ArrayList<>();
        for (int wanted : differences) {
            Lab.plant(target, Lab.Table.X1, rows, wanted);
            lab.settle();
            List<Lab.Run> ours = new ArrayList<>();
            List<Lab.Run> theirs = new ArrayList<>();
            for (int i = 0; i < runs; i++) {
                ours.add(lab.worker(source, target, List.of("id"), wanted));
                if (!program.equals("-")) {
                    String dsn = "h=127.0.0.1,P=" + source.port() + ",u=" + source.user() + ",p=" + source.password() + ",D=";
                    theirs.add(lab.tool(List.of(program, "--print", "--charset", "utf8mb4", dsn + "bench,t=t", dsn + "copy,t=t"), source, target, "(REPLACE|INSERT|UPDATE|DELETE) .*", 1));
                }
            }
            both(wanted, "pt-table-sync", ours, theirs, ratios);
        }
        print(ratios, "pt-table-sync");
    }

    private static void postgres(Lab lab, Lab.Side source, long rows, int runs, String program, List<Integer> differences) throws Exception {
        Lab.Side target = source.table("t_copy");
        load(source, target, rows);
        System.out.println("\nPostgreSQL " + source.ask("show server_version").replaceAll(" .*", "") + " to itself, two tables of one database:\n\n" + Lab.HEAD);
        List<String> ratios = new ArrayList<>();
        double unchanged = 0;
        // Once before it counts: both tables are in the server's memory afterwards.
        Lab.plant(target, Lab.Table.X1, rows, 0);
        lab.worker(source, target, List.of("id"), 0);
        for (int wanted : differences) {
            Lab.plant(target, Lab.Table.X1, rows, wanted);
            source.execute("vacuum analyze t_copy", "checkpoint");
            List<Lab.Run> ours = new ArrayList<>();
            List<Lab.Run> theirs = new ArrayList<>();
            for (int i = 0; i < runs; i++) {
                ours.add(lab.worker(source, target, List.of("id"), wanted));
                if (!program.equals("-")) {
                    String url = "pgsql://" + source.user() + ":" + source.password() + "@127.0.0.1:" + source.port() + "/bench/";
                    // Its fastest form: the extension's own checksum, and no hash of the key, which is an evenly spread integer.
                    theirs.add(lab.tool(List.of(program, "--use-key", url + "t?id:" + String.join(",", Lab.COLUMNS), url + "t_copy"), source, target, "(UPDATE|INSERT|DELETE) .*", 1));
                }
            }
            if (wanted == 0) {
                unchanged = Lab.median(ours.stream().map(Lab.Run::wall).toList());
            }
            both(wanted, "pg_comparator", ours, theirs, ratios);
        }
        print(ratios, "pg_comparator");
        String[] hash = {"select sum(hash_record_extended(t, 0)) from t", "select sum(hash_record_extended(t_copy, 0)) from t_copy"};
        String oneProcess = "set max_parallel_workers_per_gather = 0";
        double parallel = Math.max(Lab.scan(runs, null, List.of(source), List.of(List.of(hash[0]))), Lab.scan(runs, null, List.of(target), List.of(List.of(hash[1]))));
        double one = Math.max(Lab.scan(runs, oneProcess, List.of(source), List.of(List.of(hash[0]))), Lab.scan(runs, oneProcess, List.of(target), List.of(List.of(hash[1]))));
        double both = Lab.scan(runs, oneProcess, List.of(source, target), List.of(List.of(hash[0]), List.of(hash[1])));
        System.out.printf(Locale.ROOT, "%n| sum(hash_record_extended(t, 0)) | wall s, median | Concordat with no differences / it |%n|---|---|---|%n| the slower table, one process | %.2f | %.2f |%n"
                + "| both tables at once, one process each, the slower | %.2f | %.2f |%n| the slower table, two parallel workers | %.2f | %.2f |%n", one, unchanged / one, both, unchanged / both, parallel, unchanged / parallel);
    }

    /** Memory for two tables of so many rows, half a KiB each with their index. */
    private static int gib(long rows) {
        return (int) Math.max(4, rows >> 20);
    }

    /** Two equal tables of one server. */
    private static void load(Lab.Side source, Lab.Side target, long rows) throws SQLException {
        if (source.type().equals("MariaDB")) {
            Lab.plant(source, Lab.Table.X1, rows, 0);
            if (!Lab.there(target, rows)) {
                target.execute("drop table if exists t", Lab.create(Lab.Table.X1), "insert into t select * from bench.t", "analyze table t");
            }
            return;
        }
        for (Lab.Side side : List.of(source, target)) {
            if (!Lab.there(side, rows)) {
                Lab.generate(side, Lab.Table.X1, rows);
            }
        }
    }

    /** Loads all that this program needs. {@code bin} as in the arguments. */
    static void load(Lab lab, long rows, String bin) throws Exception {
        load(lab.target(), lab.target().database("copy"), rows);
        if (bin.equals("-")) {
            load(lab.source(), lab.source().table("t_copy"), rows);
        } else {
            try (OwnPostgres server = OwnPostgres.start(Path.of(bin), lab, gib(rows))) {
                load(server.side(), server.side().table("t_copy"), rows);
            }
        }
    }

    private static void both(int wanted, String tool, List<Lab.Run> ours, List<Lab.Run> theirs, List<String> ratios) {
        String differences = String.format(Locale.ROOT, "%,d", wanted);
        System.out.println(Lab.row(differences, "Concordat", ours));
        if (!theirs.isEmpty()) {
            System.out.println(Lab.row(differences, tool, theirs));
            ratios.add("| " + differences + " | " + Lab.ratio(theirs, ours, Lab.Run::wall) + " | " + Lab.ratio(theirs, ours, Lab.Run::source) + " |");
        }
    }

    private static void print(List<String> ratios, String tool) {
        if (!ratios.isEmpty()) {
            System.out.println("\n" + tool + " / Concordat, pair by pair:\n\n| differences | wall, median (min–max) | CPU of the server |\n|---|---|---|");
            ratios.forEach(System.out::println);
        }
    }

    /** A PostgreSQL that the system installed, in a process of its own. As root it runs as the user postgres, since it refuses root. */
    private record OwnPostgres(Process process, int port) implements AutoCloseable {
        /** @param memory GiB for its tables */
        static OwnPostgres start(Path bin, Lab lab, int memory) throws IOException, InterruptedException, SQLException {
            boolean root = "root".equals(System.getProperty("user.name"));
            Path folder = Files.createDirectories(lab.folder().resolve("own-postgres"));
            // The other user has to pass through.
            Files.setPosixFilePermissions(lab.folder(), PosixFilePermissions.fromString("rwx--x--x"));
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
            Path data = folder.resolve("data");
            int port;
            try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = socket.getLocalPort();
            }
            if (!Files.exists(data)) {
                Path password = folder.resolve("password");
                Files.writeString(password, "bench");
                Path log = folder.resolve("initdb.log");
                if (as(root, List.of(bin.resolve("initdb").toString(), "-D", data.toString(), "-U", "postgres", "--pwfile=" + password, "--auth=scram-sha-256", "--locale=C", "-E", "UTF8")).redirectOutput(log.toFile()).start().waitFor() != 0) {
                    throw new IOException("initdb failed:\n" + Files.readString(log));
                }
            }
            Process process = as(root, List.of(bin.resolve("postgres").toString(), "-D", data.toString(), "-p", Integer.toString(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                    "-c", "autovacuum=off", "-c", "shared_buffers=" + memory + "GB")).redirectOutput(folder.resolve("postgres.log").toFile()).start();
            OwnPostgres server = new OwnPostgres(process, port);
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
            for (int i = 0; ; i++) {
                try {
                    if (server.side().database("postgres").ask("select 1 from pg_database where datname = 'bench'") == null) {
                        server.side().database("postgres").execute("create database bench");
                    }
                    server.side().execute("create extension if not exists pgcmp");
                    return server;
                } catch (SQLException e) {
                    if (i == 100 || !process.isAlive() || "58P01".equals(e.getSQLState()) || "0A000".equals(e.getSQLState())) {
                        process.destroy();
                        throw e;
                    }
                    Thread.sleep(200);
                }
            }
        }

        private static ProcessBuilder as(boolean root, List<String> command) {
            List<String> all = new ArrayList<>(root ? List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups") : List.of());
            all.addAll(command);
            return new ProcessBuilder(all).redirectErrorStream(true);
        }

        Lab.Side side() {
            return new Lab.Side("PostgreSQL", "127.0.0.1", port, "bench", "t", "postgres", "bench", () -> Lab.postmaster(process.toHandle()));
        }

        @Override
        public void close() {
            // SIGTERM waits for clients; every client here has gone.
            process.destroy();
            process.onExit().join();
        }
    }
}
