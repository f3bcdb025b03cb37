package dev.concordat.playground.launch;

import dev.concordat.dataplane.ChecksumWorker;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.MariaDbServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.report.RunOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs of the programs whose JVM puts the classes that it loads and links into an archive (JEP 514): the launcher starts each as it will start it for a
 * user. Two small tables on servers of the playground are compared; on a machine that these do not run on, ports where nobody listens: the archive is a
 * smaller one then.
 */
final class Training implements AutoCloseable {
    private static final int ROWS = 3_000;

    private final Path launcher;
    private final Path folder;
    private Servers servers;
    private boolean asked;

    Training(Path launcher) throws IOException {
        this.launcher = launcher;
        this.folder = Files.createTempDirectory("concordat-training");
    }

    /** Has a program make its archive. Whatever it says of the tables. */
    void run(Program program, Path archive) throws IOException, InterruptedException {
        switch (program) {
            case HELP -> start(archive, List.of("--help"), Map.of());
            case COMPARE -> start(archive, List.of("compare", url("postgresql", source()), url("mariadb", target()), "--settle", "10ms"),
                    Map.of("CONCORDAT_SOURCE_PASSWORD", source().password(), "CONCORDAT_TARGET_PASSWORD", target().password()));
            case WORKER -> start(archive, List.of("checksum"), Map.of(RunOrder.ENV, order(), RunOrder.SOURCE_SECRET, secret("source", source()),
                    RunOrder.TARGET_SECRET, secret("target", target()), ChecksumWorker.REPORT_FILE, folder.resolve("report.json").toString()));
        }
    }

    private void start(Path archive, List<String> arguments, Map<String, String> environment) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO().redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().putAll(new HashMap<>(environment));
        builder.environment().putAll(Map.of("CONCORDAT_NO_BUILD", "1", "CONCORDAT_TRAIN", archive.toString()));
        builder.environment().remove("CONCORDAT_JAVA_OPTS");
        Process process = builder.start();
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            process.destroyForcibly().waitFor();
        }
    }

    /** A server as its clients see it. */
    private record Login(int port, String user, String password) {
        static final Login NOBODY = new Login(1, "u", "p");

        static Login of(DatabaseServer server) {
            return new Login(server.port(), server.superuser(), server.password());
        }
    }

    private Login source() {
        return servers() == null ? Login.NOBODY : Login.of(servers().source);
    }

    private Login target() {
        return servers() == null ? Login.NOBODY : Login.of(servers().target);
    }

    private Servers servers() {
        if (!asked) {
            asked = true;
            servers = Servers.start();
        }
        return servers;
    }

    private static String url(String type, Login login) {
        return type + "://" + login.user() + "@127.0.0.1:" + login.port() + "/warm/t";
    }

    private String secret(String name, Login login) throws IOException {
        Path secret = Files.createDirectories(folder.resolve(name));
        Files.writeString(secret.resolve("username"), login.user());
        Files.writeString(secret.resolve("password"), login.password());
        return secret.toString();
    }

    private String order() {
        return """
                {"contract":{"namespace":"n","name":"c","uid":"u","generation":1,"version":"1.0.0"},"runId":1,"reportName":"r","schemaName":"s",
                 "memoryName":"m","ownerKind":"ReconcileJob","ownerName":"o","ownerUid":"u",
                 "spec":{"version":"1.0.0","owner":{"team":"t"},
                  "source":{"system":"s","store":{"type":"PostgreSQL","host":"127.0.0.1","port":%d,"database":"warm","table":"t",
                   "credentials":{"secretName":"s"}}},
                  "target":{"system":"t","store":{"type":"MariaDB","host":"127.0.0.1","port":%d,"database":"warm","table":"t",
                   "credentials":{"secretName":"s"}}},
                  "record":{"key":["id"]},"verification":{"schedule":{"every":"15m"},"settle":"10ms"}}}""".formatted(source().port(), target().port());
    }

    @Override
    public void close() throws IOException {
        if (servers != null) {
            servers.close();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
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
