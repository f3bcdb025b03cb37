package dev.concordat.drift;

import dev.concordat.store.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** Scan by ranges of one integer key: both sides are read in the same range at the same time, which keeps the number of records in flight small. */
final class RangeScan implements Scan {
    /** Rows of a leaf, about: near the optimum sqrt(1.2 N / d) for N = 1e8 rows and d = 1,000 differences. */
    private static final int LEAF = 256;
    private static final int OPEN_RANGES = 50;
    private static final int OPEN_ROWS = 10_000;
    private static final int CHUNK_ROWS = 250_000;
    /** Streamed values of a chunk are held in memory. */
    private static final int STREAM_ROWS = 10_000;
    private static final long SPAN = 1L << 62;

    private final Plan plan;
    private final Settling settling;
    private final Tally tally;
    private final Counters counters;
    private final Servo servo;
    private boolean started;
    private boolean done;
    private long next;
    private long largest;
    private double density;

    RangeScan(Plan plan, Settling settling, Tally tally, Counters counters) {
        this.plan = plan;
        this.settling = settling;
        this.tally = tally;
        this.counters = counters;
        this.servo = new Servo(1_000, STREAM_ROWS, plan.streamed().isEmpty() ? CHUNK_ROWS : STREAM_ROWS);
    }

    @Override
    public void run(Lane lane) throws StoreException {
        Chunk chunk;
        while (!counters.stopped.get() && (chunk = next(lane)) != null) {
            long start = System.nanoTime();
            long rows = scan(lane, chunk);
            servo.took(rows, (System.nanoTime() - start) / 1_000_000);
            counters.chunks.incrementAndGet();
            while (settling.settle(lane, false)) {
                // What is due, before the next chunk.
            }
        }
    }

    private synchronized Chunk next(Lane lane) throws StoreException {
        if (done) {
            return null;
        }
        boolean first = !started;
        if (first) {
            started = true;
            Lane.Answers<long[]> bounds = lane.both(Session::bounds);
            long[] s = bounds.source() == null ? bounds.target() : bounds.source();
            long[] t = bounds.target() == null ? bounds.source() : bounds.target();
            next = s == null ? 0 : Math.min(s[0], t[0]);
            largest = s == null ? 0 : Math.max(s[1], t[1]);
        }
        int rows = servo.rows();
        long low = next;
        long high;
        boolean last = false;
        if (density >= 0.5) {
            // At most one row a key: this many keys hold no more rows than wanted, twice over.
            high = low + (long) (rows / density);
            last = high > largest || high < low;
        } else {
            Lane.Answers<Long> after = lane.both(session -> session.after(low, rows));
            if (after.source() == null && after.target() == null) {
                high = largest;
                last = true;
            } else {
                high = after.source() == null ? after.target() : after.target() == null ? after.source() : Math.min(after.source(), after.target());
                high = Math.max(high, low + 1);
            }
        }
        if (last) {
            high = Math.max(low, largest);
            high = high == Long.MAX_VALUE ? high : high + 1;
        }
        if (Long.compareUnsigned(high - low, SPAN) > 0) {
            high = low + SPAN;
            last = false;
        }
        next = high;
        done = last;
        return new Chunk(low, high, Math.max(1, (long) Math.ceil((double) (high - low) / Math.max(1, rows) * LEAF)), first, last);
    }

    private synchronized void dense(double rowsPerKey) {
        density = rowsPerKey;
    }

    /** Compares one chunk. Returns its rows on the fuller side. */
    private long scan(Lane lane, Chunk chunk) throws StoreException {
        // A record may differ in hashed and in streamed fields: it is one suspect.
        Set<List<String>> suspects = plan.streamed().isEmpty() ? null : new HashSet<>();
        long rows = leaves(lane, chunk, true, suspects);
        if (suspects != null) {
            stream(lane, chunk, suspects);
            settling.suspect(lane, suspects, tally);
        }
        return rows;
    }

    private long leaves(Lane lane, Chunk chunk, boolean whole, Set<List<String>> suspects) throws StoreException {
        Lane.Answers<Map<Long, Leaf>> leaves = lane.both(session -> session.leaves(chunk));
        long source = leaves.source().values().stream().mapToLong(Leaf::count).sum();
        long target = leaves.target().values().stream().mapToLong(Leaf::count).sum();
        long rows = Math.max(source, target);
        if (whole) {
            counters.sourceRows.addAndGet(source);
            counters.targetRows.addAndGet(target);
            dense((double) rows / Math.max(1, chunk.high() - chunk.low()));
        }
        TreeSet<Long> all = new TreeSet<>(leaves.source().keySet());
        all.addAll(leaves.target().keySet());
        List<Long[]> ranges = new ArrayList<>();
        long pending = 0;
        long previous = Long.MIN_VALUE;
        for (long leaf : all) {
            Leaf s = leaves.source().getOrDefault(leaf, Leaf.EMPTY);
            Leaf t = leaves.target().getOrDefault(leaf, Leaf.EMPTY);
            if (s.equals(t)) {
                continue;
            }
            Long[] range = chunk.range(leaf);
            long count = Math.max(s.count(), t.count());
            if (count > 16 * LEAF && chunk.step() > 1 && range[0] != null && range[1] != null) {
                // Keys are clustered here: cut finer instead of reading a large part of the chunk.
                leaves(lane, new Chunk(range[0], range[1], Math.max(1, chunk.step() / Math.max(2, count / LEAF)), false, false), false, suspects);
                continue;
            }
            if (!ranges.isEmpty() && (pending + count > OPEN_ROWS || ranges.size() >= OPEN_RANGES && leaf != previous + 1)) {
                open(lane, ranges, suspects);
                ranges.clear();
                pending = 0;
            }
            if (!ranges.isEmpty() && leaf == previous + 1) {
                ranges.getLast()[1] = range[1];
            } else {
                ranges.add(range);
            }
            pending += count;
            previous = leaf;
        }
        if (!ranges.isEmpty()) {
            open(lane, ranges, suspects);
        }
        return rows;
    }

    private void open(Lane lane, List<Long[]> ranges, Set<List<String>> suspects) throws StoreException {
        List<Long[]> wanted = List.copyOf(ranges);
        Lane.Answers<Hashes> hashes = lane.both(session -> session.hashes(wanted));
        Set<List<String>> keys = Hashes.differing(hashes.source(), hashes.target());
        if (suspects != null) {
            suspects.addAll(keys);
        } else {
            settling.suspect(lane, keys, tally);
        }
    }

    private void stream(Lane lane, Chunk chunk, Set<List<String>> suspects) throws StoreException {
        Lane.Answers<Map<List<String>, Object[]>> values = lane.both(session -> {
            Map<List<String>, Object[]> map = new HashMap<>();
            session.values(chunk.from(), chunk.to(), map);
            return map;
        });
        suspects.addAll(differing(plan, values.source(), values.target()));
    }

    /** Keys on both sides whose streamed values differ. Keys on one side only are found by the hashes. */
    static Set<List<String>> differing(Plan plan, Map<List<String>, Object[]> source, Map<List<String>, Object[]> target) {
        List<Plan.Field> fields = plan.streamed();
        Set<List<String>> keys = new HashSet<>();
        source.forEach((key, values) -> {
            Object[] others = target.get(key);
            if (others == null) {
                return;
            }
            for (int i = 0; i < values.length; i++) {
                if (!Typed.equal(fields.get(i).sourceForm(), values[i], others[i]) || Objects.isNull(values[i]) != Objects.isNull(others[i])) {
                    keys.add(key);
                    return;
                }
            }
        });
        return keys;
    }
}
