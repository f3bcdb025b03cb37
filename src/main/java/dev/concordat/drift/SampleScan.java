package dev.concordat.drift;

import dev.concordat.store.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Scan of leaves drawn at random from an integer key, without replacement: each leaf of the key space is as likely as any other. */
final class SampleScan implements Scan {
    private static final int BATCH = 50;
    /** Rows of a leaf, about. */
    static final int LEAF = 256;

    private final ChunkScan.Desk desk;
    private final Tally tally;
    private final int percent;
    private final RandomGenerator random;
    private final Set<Long> drifted = new HashSet<>();
    private long low;
    private long step;
    private boolean wide;
    private long total = -1;
    private long drawn;
    private long seen;
    private long wanted;

    /** @param percent of the leaves to draw */
    SampleScan(ChunkScan.Desk desk, Tally tally, int percent, RandomGenerator random) {
        this.desk = desk;
        this.tally = tally;
        this.percent = percent;
        this.random = random;
    }

    /** Numbers of leaves in ascending order; empty when all are drawn. Selection sampling: Knuth, The Art of Computer Programming 3.4.2, algorithm S. */
    private synchronized List<Long> draw(Lane lane) throws StoreException {
        if (total < 0) {
            Lane.Answers<long[]> bounds = lane.both(Session::bounds);
            long[] s = bounds.source() == null ? bounds.target() : bounds.source();
            long[] t = bounds.target() == null ? bounds.source() : bounds.target();
            if (s == null) {
                total = 0;
            } else {
                low = Math.min(s[0], t[0]);
                long span = Math.max(s[1], t[1]) - low;
                wide = span < 0;
                // A leaf for about 256 rows; more than a hundred million leaves are not worth drawing from one by one.
                double leaves = Math.clamp(desk.counters().estimatedRows / (double) LEAF, 1, 1e8);
                step = Math.max(1, (long) Math.ceil(Math.scalb((double) (span >>> 1), 1) / leaves));
                total = Long.divideUnsigned(span, step) + 1;
            }
            wanted = Math.min(total, Math.ceilDiv(total * percent, 100));
        }
        List<Long> batch = new ArrayList<>();
        while (drawn < wanted && batch.size() < BATCH) {
            if (random.nextDouble() * (total - seen) < wanted - drawn) {
                batch.add(seen);
                drawn++;
            }
            seen++;
        }
        return batch;
    }

    @Override
    public void run(Lane lane) throws StoreException {
        Counters counters = desk.counters();
        List<Long> batch;
        while (!counters.stopped.get() && !(batch = draw(lane)).isEmpty()) {
            long start = System.nanoTime();
            List<Long[]> ranges = new ArrayList<>();
            for (long leaf : batch) {
                ranges.add(range(leaf));
            }
            List<Long> numbers = batch;
            Lane.Answers<Map<Long, Leaf>> leaves = lane.both(session -> leaves(session, numbers, ranges));
            List<Long[]> dirty = new ArrayList<>();
            for (long leaf : batch) {
                Leaf s = leaves.source().getOrDefault(leaf, Leaf.EMPTY);
                Leaf t = leaves.target().getOrDefault(leaf, Leaf.EMPTY);
                counters.sourceRows.addAndGet(s.count());
                counters.targetRows.addAndGet(t.count());
                if (!s.equals(t)) {
                    dirty.add(range(leaf));
                }
            }
            Set<List<String>> suspects = new HashSet<>();
            if (!dirty.isEmpty()) {
                Lane.Answers<RowList> hashes = lane.both(session -> session.rows(dirty));
                suspects.addAll(RowList.differing(hashes.source(), hashes.target()));
            }
            if (!desk.plan().streamed().isEmpty()) {
                for (Long[] range : ranges) {
                    Lane.Answers<Map<List<String>, Object[]>> values = lane.both(session -> {
                        Map<List<String>, Object[]> map = new HashMap<>();
                        session.values(session.between(range[0], range[1]), map);
                        return map;
                    });
                    suspects.addAll(RangeScan.differing(desk.plan(), values.source(), values.target()));
                }
            }
            desk.settling().suspect(lane, suspects, tally);
            desk.gaps(lane, session -> "(" + session.any(ranges) + ")", tally);
            counters.chunks.incrementAndGet();
            desk.guest().rest(lane, System.nanoTime() - start, counters);
        }
    }

    private Map<Long, Leaf> leaves(Session session, List<Long> batch, List<Long[]> ranges) throws StoreException {
        if (!wide) {
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

    /** A confirmed difference: its leaf counts once. */
    synchronized void drifted(List<String> key) {
        drifted.add(Long.divideUnsigned(Long.parseLong(key.getFirst()) - low, step));
    }

    synchronized SampleBound bound() {
        return new SampleBound(drawn, Math.max(0, total), drifted.size());
    }
}
