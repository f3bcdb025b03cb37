package dev.concordat.playground;

import dev.concordat.dataplane.ChecksumWorker;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.MariaDbServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.report.RunOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Runs a worker whose JVM puts its classes, loaded and linked, into an archive (JEP 514): a comparison of two small tables on servers of the playground. On a machine that these do
 * not run on, against ports where nobody listens: the archive is a smaller one then. The launcher calls it once after a build.
 */
@Command(name = "warm-up", hidden = true, description = "Runs a worker once for the archive of its classes.")
final class WarmUp implements Callable<Integer> {
    private static final int ROWS = 3_000;

    @Parameters(arity = "1..*", paramLabel = "COMMAND", description = "Starts the worker.")
    private List<String> command;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("concordat-warm-up");
        try (Servers servers = Servers.start()) {
            if (servers == null) {
                Path secret = secret(folder.resolve("nobody"), "u", "p");
                return work(1, secret, 1, secret, folder);
            }
            return work(servers.source.port(), secret(folder.resolve("source"), servers.source.superuser(), servers.source.password()),
                    servers.target.port(), secret(folder.resolve("target"), servers.target.superuser(), servers.target.password()), folder);
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private record Servers(PostgresServer source, MariaDbServer target) implements AutoCloseable {
        /** Null where they do not run. */
        static Servers start() {
            PostgresServer source = null;
            MariaDbServer target = null;
            try {
                source = PostgresServer.start(DatabaseServer.Options.DEFAULT);
                target = MariaDbServer.start(DatabaseServer.Options.DEFAULT);
                fill(source, target);
                return new Servers(source, target);
            } catch (IOException | SQLException | RuntimeException | LinkageError e) {
                System.err.println("no servers of the playground here: " + e);
                close(source);
                close(target);
                return null;
            }
        }

        @Override
        public void close() {
            close(source);
            close(target);
        }

        private static void close(DatabaseServer server) {
            if (server != null) {
                server.close();
            }
        }
    }

    private static Path secret(Path folder, String user, String password) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("username"), user);
        Files.writeString(folder.resolve("password"), password);
        return folder;
    }

    private int work(int sourcePort, Path sourceSecret, int targetPort, Path targetSecret, Path folder) throws IOException, InterruptedException {
        String order = """
                {"contract":{"namespace":"n","name":"c","uid":"u","generation":1,"version":"1.0.0"},"runId":1,"reportName":"r","schemaName":"s","memoryName":"m",
                 "ownerKind":"ReconcileJob","ownerName":"o","ownerUid":"u",
                 "spec":{"version":"1.0.0","owner":{"team":"t"},
                  "source":{"system":"s","store":{"type":"PostgreSQL","host":"127.0.0.1","port":%d,"database":"warm","table":"t","credentials":{"secretName":"s"}}},
                  "target":{"system":"t","store":{"type":"MariaDB","host":"127.0.0.1","port":%d,"database":"warm","table":"t","credentials":{"secretName":"s"}}},
                  "record":{"key":["id"]},"verification":{"schedule":{"every":"15m"},"settle":"10ms"}}}""".formatted(sourcePort, targetPort);
        ProcessBuilder worker = new ProcessBuilder(command).inheritIO();
        worker.environment().putAll(Map.of(RunOrder.ENV, order, RunOrder.SOURCE_SECRET, sourceSecret.toString(), RunOrder.TARGET_SECRET, targetSecret.toString(),
                ChecksumWorker.REPORT_FILE, folder.resolve("report.json").toString()));
        Process process = worker.start();
        // Whatever it says of the tables.
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            return 1;
        }
        return 0;
    }

    /** The same table on both sides, but for some rows. */
    private static void fill(PostgresServer source, MariaDbServer target) throws SQLException {
        source.createDatabase("warm");
        source.execute("warm", "create table t(id bigint primary key, name varchar(40) not null, price numeric(12,2), n int, active boolean, at timestamptz, note text);"
                + "insert into t select g, 'name ' || g, g / 7.0, g, g % 2 = 0, timestamptz '2026-01-01 00:00:00+00' + g * interval '1 minute', case when g % 5 > 0 then 'note' end "
                + "from generate_series(1, " + ROWS + ") g");
        target.createDatabase("warm");
        target.execute("warm", "create table t(id bigint primary key, name varchar(40) not null, price decimal(12,2), n int, active tinyint(1), at datetime(6), note text);"
                + "set max_recursive_iterations = " + ROWS + ";"
                + "insert into t with recursive s(g) as (select 1 union all select g + 1 from s where g < " + ROWS + ") "
                + "select g, concat('name ', g), round(g / 7, 2), if(g % 100, g, 0), g % 2 = 0, timestamp '2026-01-01 00:00:00' + interval g minute, if(g % 5, 'note', null) from s where g % 997");
    }
}
