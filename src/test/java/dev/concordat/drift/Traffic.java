package dev.concordat.drift;

import dev.concordat.playground.databases.DatabaseServer;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** What writes to tables while they are compared, each on a connection of its own. What goes wrong there fails the test when the traffic is ended. */
class Traffic implements AutoCloseable {
    private final AtomicReference<Exception> failed = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean ended;

    @FunctionalInterface
    interface Work {
        void on(Connection connection) throws Exception;
    }

    final void start(DatabaseServer server, String database, Work work) {
        threads.add(Thread.ofPlatform().start(() -> {
            try (Connection connection = server.connect(database)) {
                work.on(connection);
            } catch (Exception e) {
                failed.set(e);
            }
        }));
    }

    final boolean goesOn() {
        return !ended;
    }

    @Override
    public final void close() throws Exception {
        ended = true;
        for (Thread thread : threads) {
            thread.join();
        }
        if (failed.get() != null) {
            throw failed.get();
        }
    }
}
