package dev.concordat.drift;

import dev.concordat.drift.Session.Boundary;
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
 * Scan for keys that the two sides keep in different orders, or without an index: each side is walked in its own order, and checksums are collected over the whole table by
 * the low bits of the row's hash. A second walk reads keys and hashes of the unequal leaves; a third one streamed fields, if any. What does not fit into memory at a time is
 * read in parts by hash of the key, so that both rows of a record that differs, which lie in different leaves, are in one part.
 */
final class WholeScan implements Scan {
    private static final int CHUNK_ROWS = 250_000;
    /** Rows whose keys and hashes are held in memory at a time, on each side and in all lanes together. */
    private static final int GROUP_ROWS = 30_000;

    private final ChunkScan.Desk desk;
    private final Plan plan;
    private final Counters counters;
    private final Tally tally;
    private final Buckets source;
    private final Buckets target;
    private final Walk sourceWalk;
    private final Walk targetWalk;
    private final int lanes;
    private final Phaser phaser;
    private final Set<Integer> dirty = new HashSet<>();
    private final Deque<Integer> parts = new ArrayDeque<>();
    private int of;
    private final boolean[] taken = new boolean[4];

    /** @param tally of the run: this scan is not cut into stretches */
    WholeScan(ChunkScan.Desk desk, Tally tally, int lanes) {
        this.desk = desk;
        this.plan = desk.plan();
        this.counters = desk.counters();
        this.tally = tally;
        this.lanes = lanes;
        int size = size(counters.estimatedRows);
        source = new Buckets(size);
        target = new Buckets(size);
        sourceWalk = new Walk(desk, new Servo(1_000, 20_000, CHUNK_ROWS));
        targetWalk = new Walk(desk, new Servo(1_000, 20_000, CHUNK_ROWS));
        phaser = new Phaser(lanes);
    }

    /** Leaves for so many rows: a power of two, with about 256 rows each. */
    static int size(long rows) {
        int size = 1 << 12;
        while (size < 1 << 20 && (long) size * SampleScan.LEAF < rows) {
            size <<= 1;
        }
        return size;
    }

    /** One side's way through its table, in chunks of about a second. Shared by the lanes. */
    private static final class Walk {
        private final ChunkScan.Desk desk;
        private final Servo servo;
        private Boundary position;
        private boolean done;

        Walk(ChunkScan.Desk desk, Servo servo) {
            this.desk = desk;
            this.servo = servo;
        }

        synchronized String next(Session session) throws StoreException {
            if (done) {
                return null;
            }
            Boundary low = position;
            // Without an index each boundary would sort the table.
            Boundary high = session.keyIsIndexed() ? KeyWalk.follower(session, low, servo.rows()) : null;
            position = high;
            done = high == null;
            return session.between(low, high);
        }

        @FunctionalInterface
        interface Step {
            long take(String part) throws StoreException;
        }

        Void run(Lane lane, Session session, Step step) throws StoreException {
            String part;
            while (!desk.counters().stopped.get() && (part = next(session)) != null) {
                long start = System.nanoTime();
                long rows = step.take(part);
                long took = System.nanoTime() - start;
                servo.took(rows, took / 1_000_000);
                desk.guest().rest(session, took, desk.counters());
            }
            return null;
        }
    }

    @Override
    public void run(Lane lane) throws StoreException {
        try {
            Lane.both(
                    () -> sourceWalk.run(lane, lane.source(), part -> {
                        long rows = lane.source().leaves(part, source);
                        counters.sourceRows.addAndGet(rows);
                        counters.chunks.incrementAndGet();
                        return rows;
                    }),
                    () -> targetWalk.run(lane, lane.target(), part -> {
                        long rows = lane.target().leaves(part, target);
                        counters.targetRows.addAndGet(rows);
                        return rows;
                    }));
            if (together() == 0 && !counters.stopped.get()) {
                synchronized (parts) {
                    dirty.addAll(Buckets.differing(source, target));
                    // With streamed fields every record is read.
                    boolean all = !plan.streamed().isEmpty() || dirty.size() > Session.MOST_LEAVES;
                    if (all || !dirty.isEmpty()) {
                        of = Buckets.parts(Buckets.rows(all ? IntStream.rangeClosed(0, source.mask()).boxed().toList() : dirty, source, target), GROUP_ROWS / lanes);
                        IntStream.range(0, of).forEach(parts::add);
                    }
                }
                long start = System.nanoTime();
                desk.gaps(lane, _ -> "1=1", tally);
                desk.guest().rest(lane, System.nanoTime() - start, counters);
            }
            together();
        } finally {
            phaser.arriveAndDeregister();
        }
        Integer part;
        while ((part = poll()) != null) {
            Set<List<String>> suspects = open(lane, part);
            if (counters.stopped.get()) {
                return;
            }
            long start = System.nanoTime();
            desk.settling().suspect(lane, suspects, tally);
            desk.guest().rest(lane, System.nanoTime() - start, counters);
            while (!counters.stopped.get() && desk.settling().settle(lane, false)) {
                // What is due, before the next part.
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

    private Integer poll() {
        synchronized (parts) {
            return counters.stopped.get() ? null : parts.poll();
        }
    }

    /** One more walk on each side for a part of the keys. */
    private Set<List<String>> open(Lane lane, int part) throws StoreException {
        int mask = source.mask();
        Set<List<String>> suspects = new HashSet<>();
        if (!dirty.isEmpty()) {
            Lane.Answers<Hashes> hashes = lane.both(session -> {
                Hashes all = new Hashes();
                new Walk(desk, new Servo(1_000, 100_000, 1_000_000)).run(lane, session, stretch -> {
                    session.hashes("(" + stretch + ") AND " + session.inPart(part, of), dirty, mask, all);
                    return Long.MAX_VALUE;
                });
                return all;
            });
            suspects.addAll(Hashes.differing(hashes.source(), hashes.target()));
        }
        if (!plan.streamed().isEmpty()) {
            Lane.Answers<Map<List<String>, Object[]>> values = lane.both(session -> {
                Map<List<String>, Object[]> all = new HashMap<>();
                new Walk(desk, new Servo(1_000, 100_000, 1_000_000)).run(lane, session, stretch -> {
                    session.values("(" + stretch + ") AND " + session.inPart(part, of), all);
                    return Long.MAX_VALUE;
                });
                return all;
            });
            suspects.addAll(RangeScan.differing(plan, values.source(), values.target()));
        }
        return suspects;
    }
}
