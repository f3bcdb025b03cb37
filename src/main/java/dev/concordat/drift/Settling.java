package dev.concordat.drift;

import dev.concordat.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
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
    private final long settleNanos;
    private final LongSupplier nanos;
    private final ArrayDeque<Suspect> queue = new ArrayDeque<>();
    /** Every suspect that is not decided: those in the queue and those in the hands of a lane. */
    private final Set<Suspect> undecided = Collections.newSetFromMap(new IdentityHashMap<>());

    Settling(Plan plan, long settleNanos, LongSupplier nanos) {
        this.plan = plan;
        this.settleNanos = settleNanos;
        this.nanos = nanos;
    }

    /** A reader of what is decided and what is not, both of one moment. */
    @FunctionalInterface
    interface Snapshot<T> {
        /** @param undecided keys of suspects of absorbed stretches */
        T take(List<List<String>> undecided);
    }

    /** Runs while no suspect passes from undecided to decided. */
    <T> T snapshot(Snapshot<T> snapshot) {
        synchronized (queue) {
            return snapshot.take(undecided.stream().filter(s -> s.found().counted()).map(Suspect::key).toList());
        }
    }

    /**
     * First look at keys whose hashes differ. Values that are equal by type are counted as encoding only.
     *
     * @param found where the findings about these keys go
     * @return how many differ
     */
    int suspect(Lane lane, Collection<List<String>> keys, Tally found) throws StoreException {
        int differ = 0;
        List<List<String>> all = new ArrayList<>(keys);
        for (int from = 0; from < all.size(); from += BATCH) {
            List<List<String>> batch = all.subList(from, Math.min(all.size(), from + BATCH));
            Lane.Answers<Map<List<String>, Row>> rows = lane.both(session -> session.rows(batch));
            long due = nanos.getAsLong() + settleNanos;
            for (List<String> key : batch) {
                Row source = rows.source().getOrDefault(key, Row.ABSENT);
                Row target = rows.target().getOrDefault(key, Row.ABSENT);
                if (!equal(plan, source, target)) {
                    differ++;
                    Suspect suspect = Suspect.first(key, found, source.state(), due);
                    synchronized (queue) {
                        queue.add(suspect);
                        undecided.add(suspect);
                    }
                } else if (source.present() && source.bytes() != target.bytes()) {
                    found.count("encodingOnly");
                }
            }
            while (size() > MOST) {
                settle(lane, true);
            }
        }
        return differ;
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
                // It was in flight, and has arrived.
                case CLEARED -> decided(suspect, () -> {});
                case CONFIRMED -> {
                    suspect.found().tell(suspect.key(), source, target);
                    decided(suspect, () -> suspect.found().drift(suspect.key(), source, target));
                }
                case IN_FLIGHT, HOT -> {
                    if (suspect.round() + 1 >= LOOKS) {
                        suspect.found().tellUnsettled(suspect.key());
                        decided(suspect, () -> suspect.found().count(decision == Suspect.Decision.HOT ? "hot" : "inFlight"));
                    } else {
                        Suspect again = suspect.again(source.state(), due);
                        synchronized (queue) {
                            undecided.remove(suspect);
                            undecided.add(again);
                            queue.add(again);
                        }
                    }
                }
            }
        }
        return true;
    }

    private void decided(Suspect suspect, Runnable tally) {
        synchronized (queue) {
            undecided.remove(suspect);
            tally.run();
        }
    }
}
