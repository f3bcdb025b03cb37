package dev.concordat.drift;

import dev.concordat.api.v1alpha1.Verification.ScopeType;
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
final class RangeScan extends ChunkScan<Chunk> {
    /** Rows of a leaf, about: near the optimum sqrt(1.2 N / d) for N = 1e8 rows and d = 1,000 differences. */
    static final int LEAF = 256;
    private static final int OPEN_RANGES = 50;
    private static final int OPEN_ROWS = 10_000;
    private static final int CHUNK_ROWS = 250_000;
    /** Streamed values of a chunk are held in memory. */
    static final int STREAM_ROWS = 10_000;
    private static final long SPAN = 1L << 62;

    private final Extent extent;
    private boolean started;
    private boolean done;
    private boolean openBelow;
    private boolean openAbove;
    private long next;
    private long smallest;
    private long largest;
    private long handedOut;
    private double density;

    /**
     * Which part of the key is scanned.
     *
     * @param low  first key; null: the smallest there is
     * @param high first key after it; null: up to the largest
     * @param rows stop after about so many rows; 0: at the end
     */
    record Extent(Long low, Long high, long rows) {}

    RangeScan(Desk desk, Extent extent) {
        super(desk, new Servo(1_000, STREAM_ROWS, desk.plan().streamed().isEmpty() ? CHUNK_ROWS : STREAM_ROWS));
        this.extent = extent;
    }

    @Override
    Next<Chunk> next(Lane lane) throws StoreException {
        boolean first = !started;
        if (first) {
            started = true;
            Lane.Answers<long[]> bounds = lane.both(Session::bounds);
            long[] s = bounds.source() == null ? bounds.target() : bounds.source();
            long[] t = bounds.target() == null ? bounds.source() : bounds.target();
            next = extent.low != null ? extent.low : s == null ? 0 : Math.min(s[0], t[0]);
            largest = extent.high != null ? extent.high - 1 : s == null ? next : Math.max(next, Math.max(s[1], t[1]));
            // Ranges by which drift is counted keep their names over attempts and sweeps, wherever these begin.
            smallest = s == null || desk.spec().scope().type() == ScopeType.KEY_RANGE ? next : Math.min(s[0], t[0]);
            openBelow = extent.low == null;
            openAbove = extent.high == null;
            done = extent.high != null && extent.low != null && extent.high <= extent.low;
        }
        if (done || extent.rows > 0 && handedOut >= extent.rows) {
            return null;
        }
        int rows = extent.rows == 0 ? servo.rows() : (int) Math.min(servo.rows(), extent.rows - handedOut);
        handedOut += rows;
        long low = next;
        long high;
        boolean last = false;
        double dense = density();
        if (dense >= 0.5) {
            // At most one row a key: this many keys hold no more rows than wanted, twice over.
            high = low + (long) (rows / dense);
            last = high > largest || high < low;
        } else {
            Lane.Answers<Long> after = lane.both(session -> session.after(low, rows));
            if (after.source() == null && after.target() == null) {
                high = largest;
                last = true;
            } else {
                high = after.source() == null ? after.target() : after.target() == null ? after.source() : Math.min(after.source(), after.target());
                high = Math.max(high, low + 1);
                last = high > largest;
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
        Chunk chunk = new Chunk(low, high, Math.max(1, (long) Math.ceil((double) (high - low) / Math.max(1, rows) * LEAF)), first && openBelow, last && openAbove);
        return new Next<>(chunk, last ? null : List.of(Long.toString(high)));
    }

    private synchronized double density() {
        return density;
    }

    private synchronized void dense(double rowsPerKey) {
        density = rowsPerKey;
    }

    @Override
    Rows scan(Lane lane, Chunk chunk, Tally found) throws StoreException {
        found.bounds(smallest, largest);
        // A record may differ in hashed and in streamed fields: it is one suspect.
        Set<List<String>> suspects = plan.streamed().isEmpty() ? null : new HashSet<>();
        Rows rows = leaves(lane, chunk, suspects, found);
        dense((double) rows.most() / Math.max(1, chunk.high() - chunk.low()));
        if (suspects != null) {
            stream(lane, chunk, suspects);
            desk.settling().suspect(lane, suspects, found);
        }
        desk.gaps(lane, session -> session.between(chunk.from(), chunk.to()), found);
        return rows;
    }

    private Rows leaves(Lane lane, Chunk chunk, Set<List<String>> suspects, Tally found) throws StoreException {
        Lane.Answers<Map<Long, Leaf>> leaves = lane.both(session -> session.leaves(chunk));
        Rows rows = new Rows(leaves.source().values().stream().mapToLong(Leaf::count).sum(), leaves.target().values().stream().mapToLong(Leaf::count).sum());
        TreeSet<Long> all = new TreeSet<>(leaves.source().keySet());
        all.addAll(leaves.target().keySet());
        List<Long[]> ranges = new ArrayList<>();
        long pending = 0;
        long previous = Long.MIN_VALUE;
        for (long leaf : all) {
            Leaf s = leaves.source().getOrDefault(leaf, Leaf.EMPTY);
            Leaf t = leaves.target().getOrDefault(leaf, Leaf.EMPTY);
            long count = Math.max(s.count(), t.count());
            if (s.equals(t)) {
                found.rows(chunk.low() + leaf * chunk.step(), count);
                continue;
            }
            Long[] range = chunk.range(leaf);
            if (count > 16 * LEAF && chunk.step() > 1 && range[0] != null && range[1] != null) {
                // Keys are clustered here: cut finer instead of reading a large part of the chunk.
                leaves(lane, new Chunk(range[0], range[1], Math.max(1, chunk.step() / Math.max(2, count / LEAF)), false, false), suspects, found);
                continue;
            }
            found.rows(chunk.low() + leaf * chunk.step(), count);
            if (!ranges.isEmpty() && (pending + count > OPEN_ROWS || ranges.size() >= OPEN_RANGES && leaf != previous + 1)) {
                open(lane, ranges, suspects, found);
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
            open(lane, ranges, suspects, found);
        }
        return rows;
    }

    private void open(Lane lane, List<Long[]> ranges, Set<List<String>> suspects, Tally found) throws StoreException {
        List<Long[]> wanted = List.copyOf(ranges);
        Lane.Answers<LongHashes> hashes = lane.both(session -> session.hashes(wanted));
        Set<List<String>> keys = LongHashes.differing(hashes.source(), hashes.target());
        if (suspects != null) {
            suspects.addAll(keys);
        } else {
            desk.settling().suspect(lane, keys, found);
        }
    }

    private void stream(Lane lane, Chunk chunk, Set<List<String>> suspects) throws StoreException {
        Lane.Answers<Map<List<String>, Object[]>> values = lane.both(session -> {
            Map<List<String>, Object[]> map = new HashMap<>();
            session.values(session.between(chunk.from(), chunk.to()), map);
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
