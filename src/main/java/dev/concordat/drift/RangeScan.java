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
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Scan by ranges of one integer key: both sides are read in the same range at the same time, which keeps the number of records in flight small. */
final class RangeScan extends ChunkScan<Chunk> {
    /** Ranges and rows whose hashes are read in one statement. */
    private static final int LIST_RANGES = 50;
    private static final int LIST_ROWS = 16_384;
    private static final int CHUNK_ROWS = 250_000;
    /** Leaves are small until it is known how large rows are. */
    static final int FIRST_ROWS = 2_000;
    private static final int SPARSE_ROWS = 50_000;
    /** Streamed values of a chunk are held in memory. */
    static final int STREAM_ROWS = 10_000;
    private static final long SPAN = 1L << 62;

    private final Extent extent;
    private final boolean indexed;
    private final Pace pace = new Pace();
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
        super(desk, new Servo(1_000, FIRST_ROWS, desk.plan().streamed().isEmpty() ? CHUNK_ROWS : STREAM_ROWS));
        this.extent = extent;
        // Without an index each statement reads the table.
        this.indexed = desk.plan().indexed().source() && desk.plan().indexed().target();
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
        double density = density();
        boolean dense = density >= 0.5;
        // Keys that are far apart may still lie in one leaf together.
        int most = dense ? servo.rows() : Math.min(servo.rows(), SPARSE_ROWS);
        int rows = extent.rows == 0 ? most : (int) Math.min(most, extent.rows - handedOut);
        handedOut += rows;
        long low = next;
        long high;
        boolean last = false;
        if (dense) {
            // At most one row a key: this many keys hold no more rows than wanted, twice over.
            high = low + (long) (rows / density);
            if (high > largest && openAbove) {
                // Rows were inserted since the bounds were read, perhaps very many: they are cut into chunks as all are.
                largest = Math.max(largest, largestNow(lane));
            }
            last = high > largest || high < low;
        } else {
            Lane.Answers<Long> after = lane.both(session -> session.after(low, rows));
            if (after.source() == null && after.target() == null) {
                high = largest;
                last = true;
            } else {
                high = after.source() == null ? after.target() : after.target() == null ? after.source() : Math.min(after.source(), after.target());
                high = Math.max(high, low + 1);
                last = !openAbove && high > largest;
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
        int leaf = pace.leafRows();
        Chunk chunk = new Chunk(low, high, Math.max(1, (long) Math.ceil((double) (high - low) / Math.max(1, rows) * leaf)), leaf, first && openBelow, last && openAbove);
        return new Next<>(chunk, last ? null : List.of(Long.toString(high)));
    }

    private long largestNow(Lane lane) throws StoreException {
        Lane.Answers<long[]> bounds = lane.both(Session::bounds);
        return Math.max(bounds.source() == null ? Long.MIN_VALUE : bounds.source()[1], bounds.target() == null ? Long.MIN_VALUE : bounds.target()[1]);
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
        Rows rows = !indexed ? grouped(lane, chunk, suspects, found) : pace.lists() ? listed(lane, chunk, suspects, found) : digested(lane, chunk, suspects, found);
        dense((double) rows.most() / Math.max(1, chunk.high() - chunk.low()));
        if (suspects != null) {
            stream(lane, chunk, suspects);
            desk.settling().suspect(lane, suspects, found);
        }
        desk.gaps(lane, session -> session.between(chunk.from(), chunk.to()), found);
        return rows;
    }

    /** Of rows of whatever size: one leaf tells how many of the others may be asked for together. */
    private static Lane.Answers<List<Digest>> firstDigests(Lane lane, List<Long[]> ranges) throws StoreException {
        long start = System.nanoTime();
        Lane.Answers<List<Digest>> one = lane.both(session -> session.digests(ranges.subList(0, 1), 1));
        int together = Pace.together(System.nanoTime() - start);
        Lane.Answers<List<Digest>> others = lane.both(session -> session.digests(ranges.subList(1, ranges.size()), together));
        return new Lane.Answers<>(Stream.concat(one.source().stream(), others.source().stream()).toList(), Stream.concat(one.target().stream(), others.target().stream()).toList());
    }

    /** A digest for each leaf, and the hashes of the rows of those that differ. */
    private Rows digested(Lane lane, Chunk chunk, Set<List<String>> suspects, Tally found) throws StoreException {
        List<Long[]> ranges = chunk.ranges();
        long start = System.nanoTime();
        Lane.Answers<List<Digest>> digests = pace.unknown() && ranges.size() > 1 ? firstDigests(lane, ranges) : lane.both(session -> session.digests(ranges, pace.together()));
        pace.digested(digests, chunk.rows(), System.nanoTime() - start);
        Map<Long, Long> alike = new TreeMap<>();
        List<Long> dirty = new ArrayList<>();
        for (int leaf = 0; leaf < ranges.size(); leaf++) {
            Digest s = digests.source().get(leaf);
            if (s != null && s.equals(digests.target().get(leaf))) {
                alike.put((long) leaf, s.count());
            } else {
                dirty.add((long) leaf);
            }
        }
        return open(lane, chunk, alike, dirty, suspects, found);
    }

    /** Sums of the rows' hashes in one statement, where each statement reads the table. */
    private Rows grouped(Lane lane, Chunk chunk, Set<List<String>> suspects, Tally found) throws StoreException {
        Lane.Answers<Map<Long, Leaf>> leaves = lane.both(session -> session.leaves(chunk));
        Set<Long> all = new TreeSet<>(leaves.source().keySet());
        all.addAll(leaves.target().keySet());
        Map<Long, Long> alike = new TreeMap<>();
        List<Long> dirty = new ArrayList<>();
        for (long leaf : all) {
            Leaf s = leaves.source().getOrDefault(leaf, Leaf.EMPTY);
            if (s.equals(leaves.target().getOrDefault(leaf, Leaf.EMPTY))) {
                alike.put(leaf, s.count());
            } else {
                dirty.add(leaf);
            }
        }
        return open(lane, chunk, alike, dirty, suspects, found);
    }

    private Rows listed(Lane lane, Chunk chunk, Set<List<String>> suspects, Tally found) throws StoreException {
        List<Long> leaves = LongStream.rangeClosed(0, chunk.lastLeaf()).boxed().toList();
        Listed listed = list(lane, chunk, leaves, suspects, found);
        pace.found(listed.differing, leaves.size(), chunk.rows());
        return listed.rows;
    }

    /**
     * Counts the leaves that are alike and reads the others.
     *
     * @param alike leaf to rows
     */
    private Rows open(Lane lane, Chunk chunk, Map<Long, Long> alike, List<Long> dirty, Set<List<String>> suspects, Tally found) throws StoreException {
        count(chunk, alike, found);
        long rows = alike.values().stream().mapToLong(Long::longValue).sum();
        Listed listed = list(lane, chunk, dirty, suspects, found);
        pace.opened(listed.rows.most(), listed.nanos);
        return new Rows(rows, rows).and(listed.rows);
    }

    private static void count(Chunk chunk, Map<Long, Long> leaves, Tally found) {
        leaves.forEach((leaf, rows) -> found.rows(chunk.low() + leaf * chunk.step(), rows));
    }

    /**
     * @param differing leaves that hold a difference
     * @param nanos     that reading took
     */
    private record Listed(Rows rows, int differing, long nanos) {}

    /** Compares the hashes of all rows of some leaves, in ascending order. */
    private Listed list(Lane lane, Chunk chunk, List<Long> leaves, Set<List<String>> suspects, Tally found) throws StoreException {
        Rows all = new Rows(0, 0);
        int differing = 0;
        long nanos = 0;
        int most = Math.max(1, LIST_ROWS / chunk.rows());
        int from = 0;
        while (from < leaves.size()) {
            List<Long[]> ranges = new ArrayList<>();
            int to = from;
            for (; to < leaves.size() && to - from < most; to++) {
                Long[] range = chunk.range(leaves.get(to));
                if (to > from && leaves.get(to) == leaves.get(to - 1) + 1) {
                    ranges.getLast()[1] = range[1];
                } else if (ranges.size() < LIST_RANGES) {
                    ranges.add(range);
                } else {
                    break;
                }
            }
            long start = System.nanoTime();
            Lane.Answers<RowList> lists = lane.both(session -> session.rows(ranges));
            long took = System.nanoTime() - start;
            Set<List<String>> keys = RowList.differing(lists.source(), lists.target());
            differing += (int) keys.stream().mapToLong(key -> chunk.leaf(Long.parseLong(key.getFirst()))).distinct().count();
            Rows rows = new Rows(lists.source().size(), lists.target().size());
            nanos += took;
            Map<Long, Long> counts = new TreeMap<>();
            RowList fuller = rows.source() >= rows.target() ? lists.source() : lists.target();
            Set<Long> elsewhere = keys.stream().map(key -> Long.valueOf(key.getFirst())).collect(Collectors.toSet());
            fuller.keys(key -> {
                counts.merge(chunk.leaf(key), 1L, Long::sum);
                elsewhere.remove(key);
            });
            elsewhere.forEach(key -> counts.merge(chunk.leaf(key), 1L, Long::sum));
            count(chunk, counts, found);
            all = all.and(rows);
            if (suspects != null) {
                suspects.addAll(keys);
            } else {
                desk.settling().suspect(lane, keys, found);
            }
            from = to;
        }
        return new Listed(all, differing, nanos);
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
