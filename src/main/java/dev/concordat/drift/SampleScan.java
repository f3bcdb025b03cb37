package dev.concordat.drift;

import dev.concordat.store.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Scan of leaves drawn at random from an integer key, without replacement: each leaf of the key space is as likely as any other. */
final class SampleScan extends ChunkScan<List<Long>> {
    /** Leaves that are read at once, at most. */
    private static final int BATCH = 50;
    /** Rows of a leaf, about. */
    static final int LEAF = 256;
    /** More are not worth drawing from one by one. */
    private static final int MOST_LEAVES = 100_000_000;
    private static final String SAMPLE = "sample";

    private final Tally tally;
    private final int percent;
    private final long seed;
    private final SplittableRandom random;
    private boolean begun;
    private long low;
    private long high;
    private long step;
    private long total;
    private long drawn;
    private long seen;
    private long wanted;

    /**
     * @param tally   of the run
     * @param percent of the leaves to draw
     * @param seed    of the draw
     * @param from    position of an earlier attempt's checkpoint, whose leaves are drawn again, and no other seed; null: from the start
     */
    SampleScan(Desk desk, Tally tally, int percent, long seed, List<String> from) {
        super(desk, new Servo(1_000, BATCH * LEAF, BATCH * LEAF));
        this.tally = tally;
        this.percent = percent;
        this.seed = from == null ? seed : Long.parseLong(from.get(1));
        this.random = new SplittableRandom(this.seed);
        if (from != null) {
            // Before suspects of the earlier attempt are looked at again.
            begin(Long.parseLong(from.get(2)), Long.parseLong(from.get(3)), Long.parseLong(from.get(4)));
            while (seen < Math.min(total, Long.parseLong(from.get(5)))) {
                draw();
            }
        }
    }

    /** Whether a checkpoint's position is one of such a scan. */
    static boolean begun(List<String> position) {
        if (position.size() != 6 || !SAMPLE.equals(position.getFirst())) {
            return false;
        }
        try {
            long[] numbers = position.stream().skip(1).mapToLong(Long::parseLong).toArray();
            return numbers[3] > 0 && numbers[4] >= 0 && Long.compareUnsigned(Long.divideUnsigned(numbers[2] - numbers[1], numbers[3]), 2L * MOST_LEAVES) < 0;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private void begin(Lane lane) throws StoreException {
        Lane.Answers<long[]> bounds = lane.both(Session::bounds);
        long[] s = bounds.source() == null ? bounds.target() : bounds.source();
        long[] t = bounds.target() == null ? bounds.source() : bounds.target();
        begun = true;
        if (s != null) {
            long first = Math.min(s[0], t[0]);
            long last = Math.max(s[1], t[1]);
            double leaves = Math.clamp(counters.estimatedRows / (double) LEAF, 1, MOST_LEAVES);
            begin(first, last, Math.max(1, (long) Math.ceil(Math.scalb((double) (last - first >>> 1), 1) / leaves)));
        }
    }

    private void begin(long first, long last, long keys) {
        begun = true;
        low = first;
        high = last;
        step = keys;
        total = Long.divideUnsigned(high - low, step) + 1;
        wanted = Math.min(total, Math.ceilDiv(total * percent, 100));
        tally.sampled(low, step);
    }

    /** Whether the next leaf is drawn. Selection sampling: Knuth, The Art of Computer Programming 3.4.2, algorithm S. */
    private boolean draw() {
        boolean hit = random.nextDouble() * (total - seen) < wanted - drawn;
        drawn += hit ? 1 : 0;
        seen++;
        return hit;
    }

    /** Numbers of leaves in ascending order. */
    @Override
    Next<List<Long>> next(Lane lane) throws StoreException {
        if (!begun) {
            begin(lane);
        }
        List<Long> batch = new ArrayList<>();
        while (drawn < wanted && batch.size() < Math.max(1, servo.rows() / LEAF)) {
            if (draw()) {
                batch.add(seen - 1);
            }
        }
        return batch.isEmpty() ? null
                : new Next<>(batch, drawn == wanted ? null : Stream.concat(Stream.of(SAMPLE), Stream.of(seed, low, high, step, seen).map(String::valueOf)).toList());
    }

    @Override
    Rows scan(Lane lane, List<Long> batch, Tally found) throws StoreException {
        List<Long[]> ranges = batch.stream().map(this::range).toList();
        Lane.Answers<Map<Long, Leaf>> leaves = lane.both(session -> leaves(session, batch, ranges));
        List<Long[]> dirty = new ArrayList<>();
        Rows rows = new Rows(0, 0);
        for (long leaf : batch) {
            Leaf s = leaves.source().getOrDefault(leaf, Leaf.EMPTY);
            Leaf t = leaves.target().getOrDefault(leaf, Leaf.EMPTY);
            rows = rows.and(new Rows(s.count(), t.count()));
            if (!s.equals(t)) {
                dirty.add(range(leaf));
            }
        }
        Set<List<String>> suspects = new HashSet<>();
        if (!dirty.isEmpty()) {
            Lane.Answers<RowList> hashes = lane.both(session -> session.rows(dirty));
            suspects.addAll(RowList.differing(hashes.source(), hashes.target()));
        }
        if (!plan.streamed().isEmpty()) {
            for (Long[] range : ranges) {
                Lane.Answers<Map<List<String>, Object[]>> values = lane.both(session -> {
                    Map<List<String>, Object[]> map = new HashMap<>();
                    session.values(session.between(range[0], range[1]), map);
                    return map;
                });
                suspects.addAll(RangeScan.differing(plan, values.source(), values.target()));
            }
        }
        desk.settling().suspect(lane, suspects, found);
        desk.gaps(lane, session -> "(" + session.any(ranges) + ")", found);
        return rows;
    }

    private Map<Long, Leaf> leaves(Session session, List<Long> batch, List<Long[]> ranges) throws StoreException {
        if (high - low >= 0) {
            return session.leaves(ranges, low, step);
        }
        // The distance from the lowest key does not fit the databases' integers: each leaf by itself.
        Map<Long, Leaf> leaves = new HashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            long leaf = batch.get(i);
            session.leaves(List.<Long[]>of(ranges.get(i)), ranges.get(i)[0], step).values().forEach(found -> leaves.put(leaf, found));
        }
        return leaves;
    }

    private Long[] range(long leaf) {
        long from = low + leaf * step;
        // The last one ends where the keys end.
        return new Long[] {from, from + step < from ? null : Long.valueOf(from + step)};
    }

    /** After the scan. */
    SampleBound bound() {
        return new SampleBound(drawn, total, tally.driftedLeaves());
    }
}
