package dev.concordat.drift;

import dev.concordat.drift.Session.Boundary;
import dev.concordat.report.Json;
import dev.concordat.store.HashFunction;
import dev.concordat.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Phaser;
import java.util.stream.Gatherers;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Scan for keys that the two sides keep in different orders, or without an index: each side is walked in its own order, and checksums are collected over the whole table by
 * leaves of the key, which both rows of a record share on both sides, whatever they hold and however they move meanwhile. Where many rows lie in leaves that differ, a second walk
 * splits these into finer ones. A last one reads keys and hashes of the rows that are left, and streamed fields, if any: what does not fit into memory at a time in several parts.
 */
final class WholeScan implements Scan {
    private static final int FIRST_ROWS = 20_000;
    private static final int CHUNK_ROWS = 250_000;
    /** Stretches that are read as one, at first, where most rows are passed over. */
    private static final int TOGETHER = 4;
    private static final int CHUNK_MILLIS = 1_000;
    /** Keys and hashes that are held in memory at a time, of both sides and in all lanes together: a quarter of what a worker has. */
    private static final int GROUP_BYTES = 12 << 20;
    /** Bytes of a key, where there is no bound of a stretch to measure. */
    private static final int KEY_BYTES = 100;
    /** Rows that are held at a time, with the values of streamed fields. */
    private static final int STREAMED_ROWS = 30_000;
    /** Keys that are looked at again at a time. */
    private static final int SUSPECTS = 5_000;
    /**
     * Leaves of the first walk: grouping by many costs a server more than reading a little more where one differs, and a checkpoint holds them all.
     */
    private static final int LEAVES = 1 << 12;
    private static final int FINER_LEAVES = 1 << 16;
    private static final String WHOLE = "whole";
    private static final String START = "start";
    private static final String END = "end";

    private final ChunkScan.Desk desk;
    private final Plan plan;
    private final Counters counters;
    private final Tally tally;
    private final int lanes;
    private final Pass coarse;
    private Pass fine;
    private final Phaser phaser;
    private final Deque<Part> parts = new ArrayDeque<>();
    private final boolean[] taken = new boolean[4];

    /** One walk over both sides. */
    private record Pass(Walk source, Walk target) {
        List<Integer> differing() {
            return Buckets.differing(source.sums, target.sums);
        }

        Walk of(Session session) {
            return session.ofSource() ? source : target;
        }
    }

    /**
     * Rows that are read at a time.
     *
     * @param leaves of {@link #coarse}
     * @param finer  leaves of {@link #fine} among these; null: all
     * @param part   a share of them by hash of the key, of so many
     * @param bytes  that its rows may take on a side
     */
    private record Part(List<Integer> leaves, List<Integer> finer, int part, int of, long bytes) {
        /** The two halves of it, or none where it cannot be cut further. */
        List<Part> halves() {
            return of >= 1 << 20 ? List.of() : List.of(new Part(leaves, finer, part, 2 * of, bytes), new Part(leaves, finer, part + of, 2 * of, bytes));
        }
    }

    /**
     * @param tally of the run: this scan is not cut into stretches
     * @param from  position of an earlier attempt's checkpoint; null: from the start
     */
    WholeScan(ChunkScan.Desk desk, Tally tally, int lanes, List<String> from) {
        this.desk = desk;
        this.plan = desk.plan();
        this.counters = desk.counters();
        this.tally = tally;
        this.lanes = lanes;
        this.coarse = from == null ? new Pass(new Walk(desk), new Walk(desk)) : new Pass(new Walk(desk, from.get(2), from.get(4)), new Walk(desk, from.get(3), from.get(5)));
        this.phaser = new Phaser(lanes);
        if (keepsSums(desk.spec())) {
            desk.watermark().follow(this::reached);
        }
    }

    /** Whether this scan can be gone on with: the hash of one record in a leaf of its own would tell of what is redacted in it. */
    static boolean keepsSums(CompareSpec spec) {
        return spec.redact().isEmpty();
    }

    /** Whether a checkpoint's position is one of this scan, under a plan that puts the same numbers into the same leaves. */
    static boolean begun(List<String> position, Plan plan) {
        if (!isWhole(position) || position.size() != 6 || function(position) != plan.hash().function()) {
            return false;
        }
        try {
            return position.subList(2, 4).stream().allMatch(at -> at.equals(START) || at.equals(END) || isBoundary(Json.read(at, String[].class), plan))
                    && position.subList(4, 6).stream().allMatch(sums -> Buckets.of(sums).size() == LEAVES);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isBoundary(String[] text, Plan plan) {
        return text != null && text.length == 1 + 2 * plan.key().size() && Stream.of(text).noneMatch(Objects::isNull) && (text[0].equals("source") || text[0].equals("target"));
    }

    /** By which function the sums of a checkpoint of this scan are; null where it is none. */
    static HashFunction function(List<String> position) {
        return isWhole(position) && position.size() > 1 ? Stream.of(HashFunction.values()).filter(function -> function.name().equals(position.get(1))).findFirst().orElse(null) : null;
    }

    static boolean isWhole(List<String> position) {
        return position != null && !position.isEmpty() && position.stream().noneMatch(Objects::isNull) && position.getFirst().equals(WHOLE);
    }

    /** What another attempt needs to go on: how far each side is read, and the sums so far. */
    private Watermark.Reached reached() {
        Walk.State s = coarse.source.state();
        Walk.State t = coarse.target.state();
        return s.position.equals(START) && t.position.equals(START) ? null
                : new Watermark.Reached(List.of(WHOLE, plan.hash().function().name(), s.position, t.position, s.sums, t.sums), s.rows, t.rows, Math.max(s.chunks, t.chunks));
    }

    /** One side's way through its table, in chunks of about a second, and the sums of its leaves. Shared by the lanes. */
    private static final class Walk {
        private final ChunkScan.Desk desk;
        private final Servo servo = new Servo(CHUNK_MILLIS, FIRST_ROWS, CHUNK_ROWS);
        private final Buckets sums;
        private final List<Boundary> bounds = new ArrayList<>();
        private final Iterator<Boundary> known;
        private final boolean resumed;
        private final boolean first;
        private int together = TOGETHER;
        private Boundary position;
        private boolean done;
        /** Stretches that are being read, in order: those that are read are added once all before them are. For checkpoints, which only the first walk has. */
        private final Deque<Stretch> reading = new ArrayDeque<>();
        private String until = START;
        private int chunks;

        /** As far as there is no hole. */
        private record State(String position, String sums, long rows, int chunks) {}

        private static final class Stretch {
            final String predicate;
            final Boundary high;
            Buckets sums;

            Stretch(String predicate, Boundary high) {
                this.predicate = predicate;
                this.high = high;
            }
        }

        Walk(ChunkScan.Desk desk) {
            this.desk = desk;
            this.sums = new Buckets(LEAVES);
            this.known = null;
            this.resumed = false;
            this.first = true;
        }

        /** Where an earlier attempt was. */
        Walk(ChunkScan.Desk desk, String position, String sums) {
            this.desk = desk;
            this.sums = Buckets.of(sums);
            this.known = null;
            this.resumed = true;
            this.first = true;
            this.until = position;
            this.done = position.equals(END);
            this.position = done || position.equals(START) ? null : Boundary.of(List.of(Json.read(position, String[].class)));
        }

        /**
         * The same way again, in longer stretches, since most rows are passed over by their keys. To look for its bounds anew would cost as much as that.
         *
         * @param leaves that sums are collected of; 0: none
         */
        Walk(Walk before, int leaves) {
            this.desk = before.desk;
            this.sums = new Buckets(leaves);
            this.resumed = false;
            this.first = false;
            this.known = before.resumed ? null : before.bounds.iterator();
        }

        private synchronized Stretch next(Session session) throws StoreException {
            if (done) {
                return null;
            }
            Boundary low = position;
            // Without an index each boundary would sort the table.
            Boundary high = known != null ? pass() : session.keyIsIndexed() ? KeyWalk.follower(session, low, servo.rows()) : null;
            position = high;
            done = high == null;
            if (!done && known == null) {
                bounds.add(high);
            }
            Stretch stretch = new Stretch(session.between(low, high), high);
            if (first) {
                reading.add(stretch);
            }
            return stretch;
        }

        /** The end of some stretches that are known; null: that of the table. */
        private Boundary pass() {
            Boundary high = null;
            for (int i = 0; i < together; i++) {
                if (!known.hasNext()) {
                    return null;
                }
                high = known.next();
            }
            return high;
        }

        /** How long reading took. */
        private synchronized void took(Buckets read, long millis) {
            servo.took(first ? read.rows() : Long.MAX_VALUE, millis);
            together = millis > CHUNK_MILLIS ? Math.max(1, together / 2) : millis < CHUNK_MILLIS / 2 ? Math.min(1 << 20, 2 * together) : together;
        }

        private synchronized void close(Stretch stretch, Buckets read) {
            stretch.sums = read;
            while (!reading.isEmpty() && reading.peek().sums != null) {
                Stretch passed = reading.poll();
                sums.add(passed.sums);
                until = passed.high == null ? END : Json.write(passed.high.text());
                chunks++;
            }
        }

        synchronized State state() {
            return new State(until, sums.text(), sums.rows(), chunks);
        }

        @FunctionalInterface
        interface Reading {
            void read(String predicate, Buckets into) throws StoreException;
        }

        Void run(Session session, Reading how) throws StoreException {
            Stretch stretch;
            try {
                while (!desk.counters().stopped.get() && (stretch = next(session)) != null) {
                    long start = System.nanoTime();
                    Buckets read = first ? new Buckets(sums.size()) : sums;
                    how.read("(" + stretch.predicate + ")", read);
                    long took = System.nanoTime() - start;
                    if (first) {
                        close(stretch, read);
                    }
                    desk.counters().checkpointed.run();
                    took(read, took / 1_000_000);
                    desk.guest().rest(session, took, desk.counters());
                }
            } catch (StoreException | RuntimeException e) {
                if (!(e instanceof Hashes.Full)) {
                    // The other side need not be walked to its end before anybody hears of it.
                    desk.counters().stopped.set(true);
                }
                throw e;
            }
            return null;
        }
    }

    @Override
    public void run(Lane lane) throws StoreException {
        try {
            walk(lane);
            if (together() == 0 && !counters.stopped.get()) {
                choose();
                long start = System.nanoTime();
                desk.gaps(lane, _ -> "1=1", tally);
                desk.guest().rest(lane, System.nanoTime() - start, counters);
            }
            together();
            if (fine != null) {
                List<Integer> leaves = coarse.differing();
                split(lane, leaves);
                if (together() == 0) {
                    queue(fine, fine.differing(), leaves);
                }
                together();
            }
        } finally {
            phaser.arriveAndDeregister();
        }
        Part part;
        while ((part = poll()) != null) {
            open(lane, part);
        }
    }

    /** Collects the first checksums of both sides. */
    private void walk(Lane lane) throws StoreException {
        Lane.both(
                () -> coarse.source.run(lane.source(), (stretch, into) -> {
                    counters.sourceRows.addAndGet(lane.source().keyLeaves(stretch, KeyLeaf.COARSE, into));
                    counters.chunks.incrementAndGet();
                }),
                () -> coarse.target.run(lane.target(), (stretch, into) -> counters.targetRows.addAndGet(lane.target().keyLeaves(stretch, KeyLeaf.COARSE, into))));
    }

    /** Splits leaves that differ. */
    private void split(Lane lane, List<Integer> leaves) throws StoreException {
        lane.both(session -> fine.of(session).run(session,
                (stretch, into) -> session.keyLeaves(stretch + " AND " + session.inLeaves(KeyLeaf.COARSE, leaves, LEAVES), KeyLeaf.FINE, into)));
    }

    /** What is to be read, or to be split further. With streamed fields that is every record. */
    private void choose() {
        List<Integer> leaves = coarse.differing();
        if (!plan.streamed().isEmpty()) {
            queue(coarse, IntStream.range(0, LEAVES).boxed().toList(), null);
        } else if (Buckets.rows(leaves, coarse.source.sums, coarse.target.sums) > rows()) {
            fine = new Pass(new Walk(coarse.source, FINER_LEAVES), new Walk(coarse.target, FINER_LEAVES));
        } else if (!leaves.isEmpty()) {
            // By one lane alone, which may hold what all may together: each part is a walk of its own.
            synchronized (parts) {
                parts.add(new Part(leaves, null, 0, 1, GROUP_BYTES / 2));
            }
        }
    }

    /**
     * Leaves whose records are to be read, in parts that fit into memory.
     *
     * @param leaves of the pass
     * @param within leaves of {@link #coarse} that they are parts of; null: they are such leaves themselves
     */
    private void queue(Pass pass, List<Integer> leaves, List<Integer> within) {
        int each = Math.max(1, rows() / lanes);
        synchronized (parts) {
            for (List<Integer> group : Buckets.groups(leaves, pass.source.sums, pass.target.sums, each)) {
                int of = Buckets.parts(Buckets.rows(group, pass.source.sums, pass.target.sums), each);
                for (int part = 0; part < of; part++) {
                    parts.add(new Part(within == null ? group : within, within == null ? null : group, part, of, GROUP_BYTES / 2 / lanes));
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

    /** Rows of a side that fit into memory, in all lanes together. */
    private int rows() {
        if (!plan.streamed().isEmpty()) {
            return STREAMED_ROWS;
        }
        double bytes = Stream.concat(coarse.source.bounds.stream(), coarse.target.bounds.stream())
                .mapToInt(bound -> bound.canonical().stream().mapToInt(part -> Integer.BYTES + part.getBytes(StandardCharsets.UTF_8).length).sum()).average().orElse(KEY_BYTES);
        return (int) Math.max(1, GROUP_BYTES / (2 * (bytes + Hashes.ROW_BYTES)));
    }

    private Part poll() {
        synchronized (parts) {
            return counters.stopped.get() ? null : parts.poll();
        }
    }

    /** One more walk on each side. A part whose rows turn out to take too much is read in two. */
    private void open(Lane lane, Part part) throws StoreException {
        List<Part> halves = part.halves();
        Lane.Answers<Hashes> hashes;
        try {
            hashes = lane.both(session -> {
                Hashes all = halves.isEmpty() ? new Hashes() : new Hashes(part.bytes);
                walk(session, part, predicate -> session.hashes(predicate, all));
                return all;
            });
        } catch (Hashes.Full e) {
            synchronized (parts) {
                halves.forEach(parts::addFirst);
            }
            return;
        }
        if (plan.streamed().isEmpty()) {
            Iterator<List<List<String>>> some = Hashes.stream(hashes.source(), hashes.target()).gather(Gatherers.windowFixed(SUSPECTS)).iterator();
            while (some.hasNext()) {
                look(lane, some.next());
            }
            return;
        }
        // A record may differ in hashed and in streamed fields: it is one suspect.
        Set<List<String>> suspects = Hashes.differing(hashes.source(), hashes.target());
        Lane.Answers<Map<List<String>, Object[]>> values = lane.both(session -> {
            Map<List<String>, Object[]> all = new HashMap<>();
            walk(session, part, predicate -> session.values(predicate, all));
            return all;
        });
        suspects.addAll(RangeScan.differing(plan, values.source(), values.target()));
        look(lane, suspects);
    }

    private void look(Lane lane, Collection<List<String>> suspects) throws StoreException {
        if (counters.stopped.get()) {
            return;
        }
        long start = System.nanoTime();
        desk.settling().suspect(lane, suspects, tally);
        desk.guest().rest(lane, System.nanoTime() - start, counters);
        while (!counters.stopped.get() && desk.settling().settle(lane, false)) {
            // What is due, before more is read.
        }
    }

    @FunctionalInterface
    private interface Question {
        void ask(String predicate) throws StoreException;
    }

    private void walk(Session session, Part part, Question question) throws StoreException {
        String wanted = session.inLeaves(KeyLeaf.COARSE, part.leaves, LEAVES) + (part.finer == null ? "" : " AND " + session.inLeaves(KeyLeaf.FINE, part.finer, FINER_LEAVES))
                + " AND " + session.inPart(part.part, part.of);
        new Walk(coarse.of(session), 0).run(session, (stretch, _) -> question.ask(stretch + " AND " + wanted));
    }
}
