package dev.concordat.dataplane;

import dev.concordat.report.Failure;
import dev.concordat.report.Json;
import dev.concordat.report.ProbeOrder;
import dev.concordat.report.ProbeReport;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import dev.concordat.store.StoreSession;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * The probing of one contract: threads that talk to its stores, one that watches the clocks, one that reports. They share nothing with
 * another contract's, so that a store that hangs holds up its own contract alone.
 */
abstract sealed class ProbeLane implements AutoCloseable permits CanaryLane, WatermarkLane {
    private static final System.Logger LOG = System.getLogger(ProbeLane.class.getName());
    private static final Duration STOP = Duration.ofSeconds(3);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    final LaneState state;
    final ProbeSettings settings;
    private final String name;
    private final ReportSink sink;
    private final AtomicReference<ProbeReport> outbox = new AtomicReference<>();
    private final Semaphore posted = new Semaphore(0);
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;
    private volatile boolean broken;

    ProbeLane(LaneState state, ProbeSettings settings, ReportSink sink) {
        this.state = state;
        this.settings = settings;
        this.sink = sink;
        this.name = state.order().contract().namespace() + "/" + state.order().contract().name();
    }

    /** The loops that talk to the stores, each for a thread of its own. They end when {@link #running()} is false. */
    abstract List<Runnable> loops();

    /** A fence was ordered: probe now. */
    abstract void wake();

    /** Starts probing. */
    final void start() {
        loops().forEach(loop -> run("probe", loop));
        run("clock", this::watchClocks);
        run("report", this::report);
    }

    private void run(String what, Runnable loop) {
        threads.add(Thread.ofVirtual().name(what + " " + name).uncaughtExceptionHandler((thread, e) -> {
            LOG.log(Level.ERROR, thread.getName() + " ended; it is started anew", e);
            // Nobody looks any more: that is no lateness.
            state.targetFailed(new Failure("InternalError", null, "a part of the prober ended: " + e.getClass().getName(), "Report it with the prober's log", false),
                    true, System.nanoTime());
            broken = true;
        }).start(loop));
    }

    /** Whether one of its threads has died, so that it measures no more. */
    final boolean broken() {
        return broken;
    }

    /** Another order for the same probing: a new generation of the contract, or a fence. */
    final void order(ProbeOrder next) {
        if (state.order(next)) {
            wake();
        }
    }

    /** What was reported is lost: says it again. */
    final void reportAgain() {
        state.notReported();
    }

    final boolean running() {
        return !stopped;
    }

    /** Sleeps; returns at once when the lane is being stopped. */
    final void sleepUntil(long nanoTime) {
        long left;
        while (running() && (left = nanoTime - System.nanoTime()) > 0) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                return;
            }
        }
    }

    /** Waits until then, or until {@code now} is released. Returns whether the lane goes on. */
    final boolean await(long nanoTime, Semaphore now) {
        try {
            if (now.tryAcquire(Math.max(0, nanoTime - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                now.drainPermits();
            }
        } catch (InterruptedException e) {
            return false;
        }
        return running();
    }

    private void watchClocks() {
        long planned = System.nanoTime();
        while (running()) {
            long now = System.nanoTime();
            // One report at a time: while one is on its way, what happens meanwhile is gathered for the next.
            state.tick(planned, now, System.currentTimeMillis(), outbox.get() == null).ifPresent(report -> {
                outbox.set(report);
                posted.release();
            });
            planned = System.nanoTime() + settings.tick().toNanos();
            sleepUntil(planned);
        }
    }

    private void report() {
        while (running()) {
            try {
                if (!posted.tryAcquire(1, TimeUnit.SECONDS)) {
                    continue;
                }
            } catch (InterruptedException e) {
                return;
            }
            try {
                sink.write(Json.write(outbox.get()));
            } catch (ReportSink.ReportNotWritten e) {
                LOG.log(Level.WARNING, name + ": " + e.getMessage());
                state.notReported();
                sleepUntil(System.nanoTime() + AFTER_FAILURE.toNanos());
            }
            outbox.set(null);
        }
    }

    /** Stops probing, and reports what was not reported yet. Waits a few seconds at most. */
    @Override
    public void close() {
        stop();
        long deadline = System.nanoTime() + STOP.toNanos();
        for (Thread thread : threads) {
            try {
                thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        ProbeReport unsent = outbox.get();
        state.last().or(() -> Optional.ofNullable(unsent)).ifPresent(report -> {
            try {
                sink.write(Json.write(report));
            } catch (ReportSink.ReportNotWritten e) {
                LOG.log(Level.WARNING, name + ": " + e.getMessage());
            }
        });
    }

    /** Stops probing and reports no more: the contract is gone. Does not wait. */
    final void stop() {
        stopped = true;
        threads.forEach(Thread::interrupt);
    }

    /** One store's connection: opened when needed, dropped on trouble, tried again at growing distances. Used by one thread. */
    final class Session {
        private final StoreAccess access;
        private final boolean writes;
        private final long least = Duration.ofMillis(250).toNanos();
        private StoreSession open;
        private long wait = least;

        Session(StoreAccess access, boolean writes) {
            this.access = access;
            this.writes = writes;
        }

        StoreAccess access() {
            return access;
        }

        /** The session; opened when there is none. */
        StoreSession open() throws StoreException {
            if (open == null) {
                open = writes ? access.openForWriting() : access.open();
            }
            return open;
        }

        /** Runs statements in one transaction, of which nothing stays in the connection. One that writes is committed when the work returns. */
        <T, E extends Exception> T run(StoreSession.Work<T, E> work) throws StoreException, SQLException, E {
            return open().transaction(writes ? StoreSession.Mode.WRITE : StoreSession.Mode.READ, work);
        }

        /** It worked. */
        void good() {
            wait = least;
        }

        /** What went wrong, for the contract's owner. The connection is dropped. */
        StoreException bad(Exception e) {
            drop();
            if (e instanceof RuntimeException) {
                LOG.log(Level.ERROR, name + ": " + access.place(), e);
            }
            return switch (e) {
                case StoreException known -> known;
                case SQLException sql -> access.explain(sql, writes ? "SELECT, UPDATE" : "SELECT");
                // A driver's bug, say. It must neither end the lane nor pass in silence.
                default -> new StoreException(new Failure("StoreError", access.field(), access.place() + ": unexpected " + e.getClass().getName(),
                        "Report it with the prober's log", false), true, e);
            };
        }

        /** How long to wait before the next attempt, in nanoseconds; twice as long with each. */
        long backOff() {
            long now = wait;
            wait = Math.min(wait * 2, settings.backOff().toNanos());
            return now;
        }

        void drop() {
            if (open != null) {
                open.close();
                open = null;
            }
        }
    }
}
