package dev.concordat.testing;

import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.MariaDbServer;
import dev.concordat.playground.databases.PostgresServer;
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
 */
public final class Databases {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final CompletableFuture<PostgresServer> POSTGRES = start(PostgresServer::start);
    private static final CompletableFuture<MariaDbServer> MARIADB = start(MariaDbServer::start);

    private Databases() {}

    public static PostgresServer postgres() {
        return await(POSTGRES);
    }

    public static MariaDbServer mariaDb() {
        return await(MARIADB);
    }

    /** Creates an empty database with a name of its own and returns the name. */
    public static String freshDatabase(DatabaseServer server) throws SQLException {
        String name = "test_" + COUNT.incrementAndGet();
        server.createDatabase(name);
        return name;
    }

    private static <T extends DatabaseServer> CompletableFuture<T> start(Callable<T> starter) {
        var started = CompletableFuture.supplyAsync(() -> {
            try {
                return starter.call();
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
