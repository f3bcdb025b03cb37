package dev.concordat.testing;

import dev.concordat.playground.databases.PostgresServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A PgBouncer of its own before a PostgreSQL, with one connection to the server, so that all its clients share it. */
public final class PgBouncer implements AutoCloseable {
    private final Process process;
    private final int port;

    private PgBouncer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * @param accounts users and their passwords
     * @param mode     {@code session}, {@code transaction} or {@code statement}
     * @param ignored  parameters of the login that it is told to ignore; empty: none
     */
    public static PgBouncer start(PostgresServer server, Map<String, String> accounts, String mode, String ignored) throws Exception {
        Path program = program();
        Path folder = Files.createTempDirectory("pgbouncer");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        StringBuilder users = new StringBuilder();
        accounts.forEach((user, password) -> users.append('"').append(user).append("\" \"").append(password).append("\"\n"));
        Files.writeString(folder.resolve("users.txt"), users);
        Files.writeString(folder.resolve("pgbouncer.ini"), """
                [databases]
                * = host=127.0.0.1 port=%d
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = %s/users.txt
                pool_mode = %s
                default_pool_size = 1
                %s
                """.formatted(server.port(), port, folder, mode, ignored.isEmpty() ? "" : "ignore_startup_parameters = " + ignored));
        // It does not run as root.
        List<String> command = System.getProperty("user.name").equals("root") ? List.of(program.toString(), "-q", "-u", "nobody", folder + "/pgbouncer.ini") : List.of(program.toString(), "-q", folder + "/pgbouncer.ini");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
        PgBouncer bouncer = new PgBouncer(process, port);
        Runtime.getRuntime().addShutdownHook(new Thread(bouncer::close));
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (true) {
            try (Socket _ = new Socket("127.0.0.1", port)) {
                return bouncer;
            } catch (IOException e) {
                if (System.nanoTime() > deadline || !process.isAlive()) {
                    throw new IOException("PgBouncer did not start: " + Files.readString(folder.resolve("log")), e);
                }
                Thread.sleep(50);
            }
        }
    }

    /** From the user's cache, or Debian. A machine that has neither cannot run what needs it. */
    private static Path program() throws IOException, InterruptedException {
        Process fetch = new ProcessBuilder("bash", "src/test/servers/fetch", "pgbouncer", "1.18").redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String path = new String(fetch.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        Assumptions.assumeTrue(fetch.waitFor() == 0, "PgBouncer cannot be had here: src/test/servers/fetch pgbouncer 1.18");
        return Path.of(path);
    }

    public int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
