package dev.concordat.drift;

import dev.concordat.drift.Session.Boundary;
import dev.concordat.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Phaser;
import java.util.stream.IntStream;

/**
 * Scan for keys that the two sides keep in different orders, or without an index: each side is walked in its own order, and checksums are collected over the whole table by
 * leaves of the key, which both rows of a record share on both sides, whatever they hold and however they move meanwhile. Where many rows lie in leaves that differ, a second walk
 * splits these into finer ones. A last one reads keys and hashes of the rows that are left, and streamed fields, if any: what does not fit into memory at a time in several parts.
 */
final class WholeScan implements Scan {
    private static final int FIRST_ROWS = 20_000;
    private static final int CHUNK_ROWS = 250_000;
    /** Stretches that are read as one where most rows are passed over. */
    private static final int TOGETHER = 4;
    /** Rows whose keys and hashes are held in memory at a time, on each side and in all lanes together. */
    private static final int GROUP_ROWS = 30_000;
    /** Rows of a leaf. Grouping by many leaves costs a server more than reading a little more where one differs. */
    private static final int LEAF_ROWS = 1_024;
    private static final int MOST_LEAVES = 1 << 16;

    private final ChunkScan.Desk desk;
    private final Plan plan;
    private final Counters counters;
    private final Tally tally;
    private final int each;
    private final Pass coarse;
    private Pass fine;
    private final Phaser phaser;
    private final Deque<Part> parts = new ArrayDeque<>();
    private final boolean[] taken = new boolean[4];

    /** One walk over both sides, and the checksums that it collects. */
    private final class Pass {
        final Buckets source;
        final Buckets target;
        final Walk sourceWalk;
        final Walk targetWalk;

        Pass(int size, Walk sourceWalk, Walk targetWalk) {
            this.sourceWalk = sourceWalk;
            this.targetWalk = targetWalk;
            source = new Buckets(size);
            target = new Buckets(size);
        }

        List<Integer> differing() {
            return Buckets.differing(source, target);
        }
    }

    /**
     * Rows that are read at a time.
     *
     * @param leaves of {@link #coarse}; null: all
     * @param finer  leaves of {@link #fine} among these; null: all
     * @param part   a share of them by hash of the key, of so many
     */
    private record Part(List<Integer> leaves, List<Integer> finer, int part, int of) {}

    /** @param tally of the run: this scan is not cut into stretches */
    WholeScan(ChunkScan.Desk desk, Tally tally, int lanes) {
        this.desk = desk;
        this.plan = desk.plan();
        this.counters = desk.counters();
        this.tally = tally;
        this.each = GROUP_ROWS / lanes;
        this.coarse = new Pass(size(counters.estimatedRows), new Walk(desk), new Walk(desk));
        this.phaser = new Phaser(lanes);
    }

    /** Leaves for so many rows: a power of two. */
    static int size(long rows) {
        int size = 1 << 11;
        while (size < MOST_LEAVES && (long) size * LEAF_ROWS < rows) {
            size <<= 1;
        }
        return size;
    }

    /** One side's way through its table, in chunks of about a second. Shared by the lanes. */
    private static final class Walk {
        private final ChunkScan.Desk desk;
        private final Servo servo = new Servo(1_000, FIRST_ROWS, CHUNK_ROWS);
        private final List<Boundary> bounds = new ArrayList<>();
        private final Iterator<Boundary> known;
        private Boundary position;
        private boolean done;

        Walk(ChunkScan.Desk desk) {
            this.desk = desk;
            this.known = null;
        }

        /** The same way again, in longer stretches, since most rows are passed over by their keys. To look for its bounds anew would cost as much as that. */
        Walk(Walk before) {
            this.desk = before.desk;
            this.known = IntStream.range(0, before.bounds.size()).filter(i -> i % TOGETHER == TOGETHER - 1).mapToObj(before.bounds::get).iterator();
        }

        synchronized String next(Session session) throws StoreException {
            if (done) {
                return null;
            }
            Boundary low = position;
            // Without an index each boundary would sort the table.
            Boundary high = known != null ? known.hasNext() ? known.next() : null : session.keyIsIndexed() ? KeyWalk.follower(session, low, servo.rows()) : null;
            position = high;
            done = high == null;
            if (!done && known == null) {
                bounds.add(high);
            }
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
            walk(lane, coarse, null);
            if (together() == 0 && !counters.stopped.get()) {
                chosen();
                long start = System.nanoTime();
                desk.gaps(lane, _ -> "1=1", tally);
                desk.guest().rest(lane, System.nanoTime() - start, counters);
            }
            together();
            if (fine != null) {
                List<Integer> leaves = coarse.differing();
                walk(lane, fine, leaves);
                if (together() == 0) {
                    plan(leaves, fine);
                }
                together();
            }
        } finally {
            phaser.arriveAndDeregister();
        }
        Part part;
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

    /**
     * Collects checksums of both sides.
     *
     * @param leaves of {@link #coarse} that are split into finer ones; null: every row is put into one of them
     */
    private void walk(Lane lane, Pass pass, List<Integer> leaves) throws StoreException {
        Lane.both(
                () -> pass.sourceWalk.run(lane, lane.source(), stretch -> {
                    long rows = leaves(lane.source(), stretch, pass.source, leaves);
                    if (leaves == null) {
                        counters.sourceRows.addAndGet(rows);
                        counters.chunks.incrementAndGet();
                    }
                    return rows;
                }),
                () -> pass.targetWalk.run(lane, lane.target(), stretch -> {
                    long rows = leaves(lane.target(), stretch, pass.target, leaves);
                    if (leaves == null) {
                        counters.targetRows.addAndGet(rows);
                    }
                    return rows;
                }));
    }

    private long leaves(Session session, String stretch, Buckets into, List<Integer> leaves) throws StoreException {
        return leaves == null ? session.keyLeaves("(" + stretch + ")", KeyLeaf.COARSE, into)
                : session.keyLeaves("(" + stretch + ") AND " + session.inLeaves(KeyLeaf.COARSE, leaves, coarse.source.size()), KeyLeaf.FINE, into);
    }

    /** What is to be read, or to be split further. With streamed fields that is every record. */
    private void chosen() {
        if (plan.streamed().isEmpty() && Buckets.rows(coarse.differing(), coarse.source, coarse.target) > each) {
            fine = new Pass(MOST_LEAVES, new Walk(coarse.sourceWalk), new Walk(coarse.targetWalk));
        } else {
            plan(null, coarse);
        }
    }

    /** @param leaves that were split; null: none were */
    private void plan(List<Integer> leaves, Pass pass) {
        List<Integer> read = leaves == null && !plan.streamed().isEmpty() ? IntStream.range(0, pass.source.size()).boxed().toList() : pass.differing();
        synchronized (parts) {
            for (List<Integer> group : Buckets.groups(read, pass.source, pass.target, each)) {
                int of = Buckets.parts(Buckets.rows(group, pass.source, pass.target), each);
                for (int part = 0; part < of; part++) {
                    parts.add(leaves == null ? new Part(group, null, part, of) : new Part(leaves, group, part, of));
                }
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

    private Part poll() {
        synchronized (parts) {
            return counters.stopped.get() ? null : parts.poll();
        }
    }

    /** One more walk on each side. */
    private Set<List<String>> open(Lane lane, Part part) throws StoreException {
        Lane.Answers<Hashes> hashes = lane.both(session -> {
            Hashes all = new Hashes();
            walk(lane, session, part, predicate -> session.hashes(predicate, all));
            return all;
        });
        Set<List<String>> suspects = new HashSet<>(Hashes.differing(hashes.source(), hashes.target()));
        if (!plan.streamed().isEmpty()) {
            Lane.Answers<Map<List<String>, Object[]>> values = lane.both(session -> {
                Map<List<String>, Object[]> all = new HashMap<>();
                walk(lane, session, part, predicate -> session.values(predicate, all));
                return all;
            });
            suspects.addAll(RangeScan.differing(plan, values.source(), values.target()));
        }
        return suspects;
    }

    @FunctionalInterface
    private interface Reading {
        void read(String predicate) throws StoreException;
    }

    private void walk(Lane lane, Session session, Part part, Reading reading) throws StoreException {
        String wanted = session.inLeaves(KeyLeaf.COARSE, part.leaves, coarse.source.size()) + (part.finer == null ? "" : " AND " + session.inLeaves(KeyLeaf.FINE, part.finer, MOST_LEAVES))
                + " AND " + session.inPart(part.part, part.of);
        new Walk(session.ofSource() ? coarse.sourceWalk : coarse.targetWalk).run(lane, session, stretch -> {
            reading.read("(" + stretch + ") AND " + wanted);
            return 0;
        });
    }
}
