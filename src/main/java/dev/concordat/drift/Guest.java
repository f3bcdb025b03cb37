package dev.concordat.drift;

import dev.concordat.api.v1alpha1.Store.Limits;
import dev.concordat.contract.Durations;
import dev.concordat.report.Failure;
import dev.concordat.store.Dialect;
import dev.concordat.store.Reason;
import dev.concordat.store.StoreException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Manners towards databases that others work with: a rest after each chunk so that a check uses no more than its share of the time, and waiting while a server is busy or
 * a replica is behind. Safe for use by many threads.
 */
final class Guest {
    private static final long LOOK_NANOS = 1_000_000_000L;
    /** A replica that has come no closer to its primary for so long is not waited for any more: it may have stopped. */
    static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Limits source;
    private final Limits target;
    private final int lanes;
    private final LongSupplier nanos;
    private final AtomicLong nextLook;
    private final AtomicLong waited = new AtomicLong();
    private volatile boolean busy;

    /** @param lanes connections of this comparison to each side */
    Guest(Limits source, Limits target, int lanes, LongSupplier nanos) {
        this.source = source;
        this.target = target;
        this.lanes = lanes;
        this.nanos = nanos;
        this.nextLook = new AtomicLong(nanos.getAsLong());
    }

    /** After so much work in this lane. Returns when the databases may be asked again. */
    void rest(Lane lane, long workedNanos, Counters counters) throws StoreException {
        pause(restNanos(workedNanos, Math.min(source.maxLoad(), target.maxLoad()), lanes), counters);
        Approach sources = new Approach();
        Approach targets = new Approach();
        calm(counters, () -> busy(lane.source(), source, sources) || busy(lane.target(), target, targets));
    }

    /** The rest of one side alone, after so much work there. */
    void rest(Session session, long workedNanos, Counters counters) throws StoreException {
        Limits limits = session.ofSource() ? source : target;
        pause(restNanos(workedNanos, limits.maxLoad(), lanes), counters);
        Approach approach = new Approach();
        calm(counters, () -> busy(session, limits, approach));
    }

    @FunctionalInterface
    private interface Look {
        boolean busy() throws StoreException;
    }

    /** One lane looks, about once a second; all wait for what it sees. */
    private void calm(Counters counters, Look look) throws StoreException {
        if (!looks(source) && !looks(target)) {
            return;
        }
        long now = nanos.getAsLong();
        long due = nextLook.get();
        if (now - due >= 0 && nextLook.compareAndSet(due, now + LOOK_NANOS)) {
            try {
                while (!counters.stopped.get() && look.busy()) {
                    busy = true;
                    waited.addAndGet(LOOK_NANOS);
                    nextLook.set(nanos.getAsLong() + LOOK_NANOS);
                    pause(LOOK_NANOS, counters);
                }
            } finally {
                busy = false;
            }
        }
        while (busy && !counters.stopped.get()) {
            pause(LOOK_NANOS / 10, counters);
        }
    }

    /** Milliseconds that the comparison waited for busy servers or late replicas. */
    long waitedMillis() {
        return waited.get() / 1_000_000;
    }

    /** Rest that makes the work of all lanes together so many percent of the time. Pure. */
    static long restNanos(long workedNanos, int maxLoad, int lanes) {
        return maxLoad >= 100 ? 0 : workedNanos * (100L * lanes - maxLoad) / maxLoad;
    }

    private static boolean looks(Limits limits) {
        return limits.maxActiveSessions() != null || limits.maxReplicaLag() != null;
    }

    /** How a replica comes closer to its primary while it is waited for. */
    private final class Approach {
        private Duration least;
        private long since = nanos.getAsLong();

        boolean stuck(Duration lag) {
            long now = nanos.getAsLong();
            if (least == null || lag.compareTo(least) < 0) {
                least = lag;
                since = now;
            }
            return now - since > PATIENCE.toNanos();
        }
    }

    private boolean busy(Session session, Limits limits, Approach approach) throws StoreException {
        if (limits.maxActiveSessions() != null && session.activeSessions(lanes) > limits.maxActiveSessions()) {
            return true;
        }
        if (limits.maxReplicaLag() == null) {
            return false;
        }
        Duration lag = session.replicaLag();
        if (lag == null || lag.compareTo(Durations.parse(limits.maxReplicaLag())) <= 0) {
            return false;
        }
        if (approach.stuck(lag)) {
            throw new StoreException(new Failure(Reason.REPLICA_BEHIND, session.access().field() + ".limits.maxReplicaLag", session.access().place() + " is a replica that came no closer to its primary for "
                    + Durations.print(PATIENCE) + (lag.toMillis() >= Dialect.UNKNOWN_LAG ? ": its replication has stopped, or cannot reach the primary" : ", and is " + Durations.print(lag)
                    + " behind"), "Look at " + session.dialect().replicaStatus() + " there and mend its replication, raise maxReplicaLag (now " + limits.maxReplicaLag() + "), or name another server", false), false);
        }
        return true;
    }

    private static void pause(long pauseNanos, Counters counters) {
        long end = System.nanoTime() + pauseNanos;
        long left;
        while ((left = end - System.nanoTime()) > 0 && !counters.stopped.get()) {
            try {
                Thread.sleep(Duration.ofNanos(Math.min(left, 200_000_000L)));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                counters.stopped.set(true);
            }
        }
    }
}
