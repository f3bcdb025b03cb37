package dev.concordat.testing;

import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.MariaDbServer;
import dev.concordat.playground.databases.PostgresServer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One PostgreSQL and one MariaDB for all tests of a JVM, both starting at the first mention of this class, side by side; they stop with the JVM.
 * Tests share the servers and never their databases: take a name from {@link #freshDatabase}. Nobody closes a shared server; note that a
 * {@code @ParameterizedTest} closes its arguments unless it says {@code autoCloseArguments = false}.
 * {@code CONCORDAT_TARGET_POSTGRES} and {@code CONCORDAT_TARGET_MARIADB} name servers of another version for the target side of a comparison.
 */
public final class Databases {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final CompletableFuture<PostgresServer> POSTGRES = start(PostgresServer::start);
    private static final CompletableFuture<MariaDbServer> MARIADB = start(MariaDbServer::start);
    private static final CompletableFuture<PostgresServer> TARGET_POSTGRES = other("CONCORDAT_TARGET_POSTGRES", PostgresServer::start, POSTGRES);
    private static final CompletableFuture<MariaDbServer> TARGET_MARIADB = other("CONCORDAT_TARGET_MARIADB", MariaDbServer::start, MARIADB);

    private Databases() {}

    public static PostgresServer postgres() {
        return await(POSTGRES);
    }

    public static MariaDbServer mariaDb() {
        return await(MARIADB);
    }

    /** For the target side; the one and only unless another is named. */
    public static PostgresServer targetPostgres() {
        return await(TARGET_POSTGRES);
    }

    /** For the target side; the one and only unless another is named. */
    public static MariaDbServer targetMariaDb() {
        return await(TARGET_MARIADB);
    }

    /** Creates an empty database with a name of its own and returns the name. */
    public static String freshDatabase(DatabaseServer server) throws SQLException {
        String name = "test_" + COUNT.incrementAndGet();
        server.createDatabase(name);
        return name;
    }

    private interface Starter<T> {
        T start(DatabaseServer.Options options) throws IOException, SQLException;
    }

    private static <T extends DatabaseServer> CompletableFuture<T> other(String variable, Starter<T> starter, CompletableFuture<T> usual) {
        String named = System.getenv(variable);
        return named == null || named.isBlank() ? usual : start(() -> starter.start(DatabaseServer.Options.DEFAULT.withBinaries(Path.of(named))));
    }

    private static <T extends DatabaseServer> CompletableFuture<T> start(Callable<T> starter) {
        var started = CompletableFuture.supplyAsync(() -> {
            try {
                T server = starter.call();
                try (var connection = server.connect(server instanceof PostgresServer ? "postgres" : "mysql")) {
                    var product = connection.getMetaData();
                    System.out.println("the tests' " + product.getDatabaseProductName() + " is " + product.getDatabaseProductVersion());
                }
                return server;
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        }, Executors.newVirtualThreadPerTaskExecutor());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> started.thenAccept(DatabaseServer::close).exceptionally(failed -> null).join()));
        return started;
    }

    private static <T> T await(CompletableFuture<T> server) {
        try {
            return server.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("the shared database server did not start: " + e.getCause().getMessage(), e.getCause());
        }
    }
}
