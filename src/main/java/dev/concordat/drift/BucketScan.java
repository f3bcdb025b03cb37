package dev.concordat.drift;

import dev.concordat.store.StoreException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Phaser;
import java.util.stream.IntStream;

/**
 * Scan for any key: each side is walked in its own order, so that no collation matters, and checksums are collected by hash of the key, as in
 * pg_comparator but without tables of its own. A second walk reads keys and hashes of the unequal buckets; a third one streamed fields, if any.
 */
final class BucketScan implements Scan {
    private static final int LEAF = 256;
    private static final int CHUNK_ROWS = 250_000;
    /** Rows whose keys and hashes are held in memory at a time, on each side and in all lanes together. */
    private static final int GROUP_ROWS = 30_000;

    private final Plan plan;
    private final Settling settling;
    private final Tally tally;
    private final Counters counters;
    private final Buckets source;
    private final Buckets target;
    private final Walk sourceWalk;
    private final Walk targetWalk;
    private final int lanes;
    private final Phaser phaser;
    private final Set<Integer> dirty = new HashSet<>();
    private final Deque<List<Integer>> groups = new ArrayDeque<>();
    private final boolean[] taken = new boolean[4];

    BucketScan(Plan plan, Settling settling, Tally tally, Counters counters, int lanes) {
        this.plan = plan;
        this.settling = settling;
        this.tally = tally;
        this.counters = counters;
        this.lanes = lanes;
        int size = 1 << 12;
        while (size < 1 << 20 && (long) size * LEAF < counters.estimatedRows) {
            size <<= 1;
        }
        source = new Buckets(size);
        target = new Buckets(size);
        sourceWalk = new Walk(new Servo(1_000, 20_000, CHUNK_ROWS));
        targetWalk = new Walk(new Servo(1_000, 20_000, CHUNK_ROWS));
        phaser = new Phaser(lanes);
    }

    /** One side's way through its table, in chunks of about a second. Shared by the lanes. */
    private static final class Walk {
        private final Servo servo;
        private List<String> position;
        private boolean done;

        Walk(Servo servo) {
            this.servo = servo;
        }

        record Stretch(List<String> low, List<String> high) {}

        synchronized Stretch next(Session session) throws StoreException {
            if (done) {
                return null;
            }
            List<String> low = position;
            int rows = servo.rows();
            List<String> high = session.boundary(low, rows);
            while (high != null && high.equals(low)) {
                // More rows of one key than a chunk should have: the table has no unique key.
                rows = Math.multiplyExact(rows, 2);
                high = session.boundary(low, rows);
            }
            position = high;
            done = high == null;
            return new Stretch(low, high);
        }

        @FunctionalInterface
        interface Step {
            long take(Stretch stretch) throws StoreException;
        }

        Void run(Session session, Counters counters, Step step) throws StoreException {
            Stretch stretch;
            while (!counters.stopped.get() && (stretch = next(session)) != null) {
                long start = System.nanoTime();
                long rows = step.take(stretch);
                servo.took(rows, (System.nanoTime() - start) / 1_000_000);
            }
            return null;
        }
    }

    @Override
    public void run(Lane lane) throws StoreException {
        try {
            Lane.both(
                    () -> sourceWalk.run(lane.source(), counters, stretch -> {
                        long rows = lane.source().buckets(stretch.low(), stretch.high(), source);
                        counters.sourceRows.addAndGet(rows);
                        counters.chunks.incrementAndGet();
                        return rows;
                    }),
                    () -> targetWalk.run(lane.target(), counters, stretch -> {
                        long rows = lane.target().buckets(stretch.low(), stretch.high(), target);
                        counters.targetRows.addAndGet(rows);
                        return rows;
                    }));
            if (together() == 0) {
                synchronized (groups) {
                    // With streamed fields every bucket is read, and a record that differs in hashed and in streamed fields is one suspect.
                    List<Integer> differing = Buckets.differing(source, target);
                    dirty.addAll(differing);
                    groups.addAll(Buckets.groups(plan.streamed().isEmpty() ? differing
                            : IntStream.rangeClosed(0, source.mask()).boxed().filter(i -> source.count(i) > 0 || target.count(i) > 0).toList(), source, target, GROUP_ROWS / lanes));
                }
            }
            together();
        } finally {
            phaser.arriveAndDeregister();
        }
        List<Integer> group;
        while ((group = poll()) != null) {
            Set<List<String>> suspects = open(lane, group.stream().filter(dirty::contains).toList());
            if (!plan.streamed().isEmpty()) {
                suspects.addAll(stream(lane, group));
            }
            if (counters.stopped.get()) {
                return;
            }
            settling.suspect(lane, suspects, tally);
            while (settling.settle(lane, false)) {
                // What is due, before the next group.
            }
        }
    }

    /** Waits for all lanes that still run. Returns 0 to exactly one of them. */
    private int together() {
        int phase = phaser.arrive();
        phaser.awaitAdvance(phase);
        return turn(phase);
    }

    private int turn(int phase) {
        synchronized (taken) {
            if (phase < 0 || phase >= taken.length || taken[phase]) {
                return 1;
            }
            taken[phase] = true;
            return 0;
        }
    }

    private List<Integer> poll() {
        synchronized (groups) {
            return counters.stopped.get() ? null : groups.poll();
        }
    }

    private Set<List<String>> open(Lane lane, List<Integer> group) throws StoreException {
        if (group.isEmpty()) {
            return new HashSet<>();
        }
        int mask = source.mask();
        Lane.Answers<Hashes> hashes = lane.both(session -> {
            Hashes all = new Hashes();
            new Walk(new Servo(1_000, 100_000, 1_000_000)).run(session, counters, stretch -> {
                session.hashes(stretch.low(), stretch.high(), group, mask, all);
                return Long.MAX_VALUE;
            });
            return all;
        });
        return Hashes.differing(hashes.source(), hashes.target());
    }

    private Set<List<String>> stream(Lane lane, List<Integer> group) throws StoreException {
        int mask = source.mask();
        Lane.Answers<Map<List<String>, Object[]>> values = lane.both(session -> {
            Map<List<String>, Object[]> all = new HashMap<>();
            new Walk(new Servo(1_000, 100_000, 1_000_000)).run(session, counters, stretch -> {
                session.values(stretch.low(), stretch.high(), group, mask, all);
                return Long.MAX_VALUE;
            });
            return all;
        });
        return RangeScan.differing(plan, values.source(), values.target());
    }
}
