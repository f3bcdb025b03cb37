package dev.concordat.playground.demo;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Runs a demo program until it is told to end: SIGTERM lets the work in hand finish, a database in trouble is tried again. */
final class DemoLoop {
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private final String name;
    private final CountDownLatch stop = new CountDownLatch(1);

    DemoLoop(String name) {
        this.name = name;
    }

    /** Work with connections of its own, until {@link #waitFor} returns false or a database fails. */
    @FunctionalInterface
    interface Work {
        void run() throws SQLException;
    }

    /** Works until SIGTERM. Returns 0. */
    int untilTerminated(Work work) {
        var done = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stop();
            await(done, Duration.ofSeconds(20));
        }, "stop"));
        run(work);
        done.countDown();
        return 0;
    }

    /** Works until {@link #stop()}. */
    void run(Work work) {
        long wait = 100;
        while (running()) {
            try {
                long began = System.nanoTime();
                work.run();
                wait = System.nanoTime() - began > LONGEST.toNanos() ? 100 : wait;
            } catch (SQLException e) {
                if (!running()) {
                    return;
                }
                System.err.println(name + ": " + e.getMessage() + "; again in " + wait + " ms");
                waitFor(Duration.ofMillis(wait));
                wait = Math.min(wait * 2, LONGEST.toMillis());
            }
        }
    }

    void stop() {
        stop.countDown();
    }

    boolean running() {
        return stop.getCount() > 0;
    }

    /** Waits; returns whether to go on. */
    boolean waitFor(Duration time) {
        return !await(stop, time);
    }

    private static boolean await(CountDownLatch latch, Duration time) {
        try {
            return latch.await(Math.max(0, time.toNanos()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
