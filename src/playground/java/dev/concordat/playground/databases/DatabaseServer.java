package dev.concordat.playground.databases;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A real database server in a process of its own, on {@code 127.0.0.1} and a port of its own, for the playground and the integration tests.
 * Password authentication is enforced over TCP for every user, the superuser included: a wrong password must fail here as it would in production.
 * {@link #close()} stops the server and deletes its folder unless the caller gave that folder; so does the end of the JVM.
 * {@code CONCORDAT_POSTGRES} and {@code CONCORDAT_MARIADB} in the environment name servers of other versions than those that the build carries (docs/testing.md).
 */
public sealed interface DatabaseServer extends AutoCloseable permits PostgresServer, MariaDbServer {

    /** Always a literal IPv4 address: no resolver between a test and its server. */
    default String host() {
        return "127.0.0.1";
    }

    int port();

    String superuser();

    /** The superuser's password. */
    String password();

    /** The JDBC URL of a database of this server, without credentials. */
    String url(String database);

    /** The process that accepts connections. */
    ProcessHandle process();

    /** Creates an empty database. */
    void createDatabase(String name) throws SQLException;

    /** Creates a user who may log in with this password, and nothing else; rights are the caller's to grant. */
    void createUser(String user, String password) throws SQLException;

    /** Runs statements separated by semicolons as the superuser; the first that fails ends the script with its exception. */
    void execute(String database, String script) throws SQLException;

    default Connection connect(String database) throws SQLException {
        return connect(database, superuser(), password());
    }

    default Connection connect(String database, String user, String password) throws SQLException {
        return DriverManager.getConnection(url(database), user, password);
    }

    /** {@link #execute} with the content of a file. */
    default void executeFile(String database, Path script) throws SQLException, IOException {
        execute(database, Files.readString(script));
    }

    @Override
    void close();

    /**
     * How to start a server.
     *
     * @param folder   where the data lives; null: a temporary folder that {@link #close()} deletes. A folder with data in it is started as it is
     * @param port     0: a free port
     * @param password of the superuser; null: a random one. For a folder with data in it: the one that it was created with
     * @param tls      null: no TLS
     * @param binaries the server's programs, in the form of {@link PostgresServer} or {@link MariaDbServer}; null: those that the environment names, else those that the build carries
     */
    record Options(Path folder, int port, String password, Tls tls, Path binaries) {
        public static final Options DEFAULT = new Options(null, 0, null, null, null);

        public Options withFolder(Path folder) {
            return new Options(folder, port, password, tls, binaries);
        }

        public Options withPort(int port) {
            return new Options(folder, port, password, tls, binaries);
        }

        public Options withPassword(String password) {
            return new Options(folder, port, password, tls, binaries);
        }

        public Options withTls(Tls tls) {
            return new Options(folder, port, password, tls, binaries);
        }

        public Options withBinaries(Path binaries) {
            return new Options(folder, port, password, tls, binaries);
        }

        /** With every absent value chosen. */
        Options chosen(String prefix, String variable) throws IOException {
            Path home = folder == null ? Files.createTempDirectory("concordat-" + prefix) : Files.createDirectories(folder).toAbsolutePath();
            String named = System.getenv(variable);
            Path programs = binaries != null || named == null || named.isBlank() ? binaries : Path.of(named).toAbsolutePath();
            if (programs != null && !Files.exists(programs)) throw new IOException("there is no database server at " + programs + ", which " + variable + " names; src/test/servers/fetch gets one");
            return new Options(home, port == 0 ? freePort() : port, password == null ? randomPassword() : password, tls, programs);
        }

        @Override
        public String toString() {
            return "Options[folder=" + folder + ", port=" + port + ", tls=" + tls + ", binaries=" + binaries + "]";
        }
    }

    /**
     * The server's certificate.
     *
     * @param certificate PEM
     * @param key         PEM, PKCS#8, not encrypted
     * @param required    whether a connection without TLS is refused
     */
    record Tls(Path certificate, Path key, boolean required) {}

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String randomPassword() {
        byte[] bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** The last lines of a server's log, for the error that says why it did not start. */
    static String tail(Path log) {
        try {
            var lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
        } catch (IOException e) {
            return "(no log)";
        }
    }

    static void deleteFolder(Path folder) {
        if (!Files.exists(folder)) return;
        try (var paths = Files.walk(folder)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            // A temporary folder; the server may still have removed its own files while we walked. What is left is the system's to clean.
        }
    }

    /** The libraries that carry the binaries tell every step at INFO. Returned so that the caller keeps it: loggers are held weakly. */
    static Logger quiet(String name) {
        Logger logger = Logger.getLogger(name);
        logger.setLevel(Level.WARNING);
        return logger;
    }
}
