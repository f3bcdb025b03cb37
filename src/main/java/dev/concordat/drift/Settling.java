package dev.concordat.drift;

import dev.concordat.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Suspects between two looks. A suspect is looked at when it is found and again after the settle time, until it is decided. The queue is bounded by
 * making the scan wait, so that counts stay complete and memory small. Safe for use by many lanes.
 */
final class Settling {
    private static final int BATCH = 500;
    private static final int MOST = 50_000;
    /** Looks at one record before it is reported as in flight or hot. */
    static final int LOOKS = 8;

    private final Plan plan;
    private final Tally tally;
    private final long settleNanos;
    private final LongSupplier nanos;
    private final ArrayDeque<Suspect> queue = new ArrayDeque<>();

    Settling(Plan plan, Tally tally, long settleNanos, LongSupplier nanos) {
        this.plan = plan;
        this.tally = tally;
        this.settleNanos = settleNanos;
        this.nanos = nanos;
    }

    /** First look at keys whose hashes differ. Values that are equal by type are counted as encoding only. */
    void suspect(Lane lane, Collection<List<String>> keys) throws StoreException {
        List<List<String>> all = new ArrayList<>(keys);
        for (int from = 0; from < all.size(); from += BATCH) {
            List<List<String>> batch = all.subList(from, Math.min(all.size(), from + BATCH));
            Lane.Answers<Map<List<String>, Row>> rows = lane.both(session -> session.rows(batch));
            long due = nanos.getAsLong() + settleNanos;
            for (List<String> key : batch) {
                Row source = rows.source().getOrDefault(key, Row.ABSENT);
                Row target = rows.target().getOrDefault(key, Row.ABSENT);
                if (!equal(plan, source, target)) {
                    synchronized (queue) {
                        queue.add(Suspect.first(key, source.state(), due));
                    }
                } else if (source.present() && source.bytes() != target.bytes()) {
                    tally.count("encodingOnly");
                }
            }
            while (size() > MOST) {
                settle(lane, true);
            }
        }
    }

    static boolean equal(Plan plan, Row source, Row target) {
        if (!source.present() || !target.present()) {
            return source.present() == target.present();
        }
        return source.copies() == 1 && target.copies() == 1 && Row.differences(plan.fields(), source, target).length == 0;
    }

    int size() {
        synchronized (queue) {
            return queue.size();
        }
    }

    /** Looks again at up to a batch of suspects that are due. Returns false when none is left, or none is due and {@code wait} is false. */
    boolean settle(Lane lane, boolean wait) throws StoreException {
        List<Suspect> batch = new ArrayList<>();
        long pause;
        synchronized (queue) {
            if (queue.isEmpty()) {
                return false;
            }
            long now = nanos.getAsLong();
            while (!queue.isEmpty() && batch.size() < BATCH && queue.peek().dueNanos() - now <= 0) {
                batch.add(queue.poll());
            }
            pause = batch.isEmpty() ? queue.peek().dueNanos() - now : 0;
        }
        if (batch.isEmpty()) {
            if (!wait) {
                return false;
            }
            try {
                Thread.sleep(java.time.Duration.ofNanos(Math.max(1_000_000, pause)));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
            return true;
        }
        List<List<String>> keys = batch.stream().map(Suspect::key).toList();
        Lane.Answers<Map<List<String>, Row>> rows = lane.both(session -> session.rows(keys));
        long due = nanos.getAsLong() + settleNanos;
        for (Suspect suspect : batch) {
            Row source = rows.source().getOrDefault(suspect.key(), Row.ABSENT);
            Row target = rows.target().getOrDefault(suspect.key(), Row.ABSENT);
            Suspect.Decision decision = suspect.decide(equal(plan, source, target), source.state(), target.state());
            switch (decision) {
                case CLEARED -> {
                    // It was in flight, and has arrived.
                }
                case CONFIRMED -> tally.drift(suspect.key(), source, target);
                case IN_FLIGHT, HOT -> {
                    if (suspect.round() + 1 >= LOOKS) {
                        tally.count(decision == Suspect.Decision.HOT ? "hot" : "inFlight");
                    } else {
                        synchronized (queue) {
                            queue.add(suspect.again(source.state(), due));
                        }
                    }
                }
            }
        }
        return true;
    }
}
