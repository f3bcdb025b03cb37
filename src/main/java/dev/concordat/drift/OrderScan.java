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
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;

/**
 * Scan of any key in stretches that both sides read at the same time; within a stretch, leaves go by the low bits of the row's own hash, which costs nothing and needs no
 * order. A record that differs lies in one leaf on each side, and its key tells the two together.
 *
 * <p>The stretches need not hold the same records on both sides: a suspect is always looked up by its key. So a different order costs time and never a wrong verdict;
 * where it costs too much, {@link OrderDiffers} ends the scan and the comparison takes another.
 */
final class OrderScan extends ChunkScan<OrderScan.Stretch> {
    private static final int MASK = 255;
    private static final List<Integer> ALL = IntStream.rangeClosed(0, MASK).boxed().toList();
    private static final int CHUNK_ROWS = 200_000;
    /** Rows whose keys and hashes are held in memory at a time, on each side. */
    private static final int OPEN_ROWS = 30_000;
    /** From here on records that are in one stretch on the source and in another one on the target are too many for chance. */
    private static final long ALARMS = 2_000;
    /** Leaves that are compared before it is asked whether the two sides keep the key in one order, and then each time. */
    private static final int FIRST_LEAVES = 4;
    private static final int LEAVES = 64;
    /** They do not where a side has so many times the rows that were wanted. */
    private static final int FAR_MORE = 8;
    /** So many may be remembered. */
    private static final long STRAYS = 50_000;

    private final Walk walk;
    private final Pace pace = new Pace();
    /** Records of a part that are met in two stretches and are allowed to differ: they count once. So many, and as long as this process lives. */
    private final Set<List<String>> strays = ConcurrentHashMap.newKeySet();
    private long alarms;
    private long rows;

    /** The two sides keep the key in orders that differ too much for a scan in stretches. */
    static final class OrderDiffers extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /**
     * A stretch of the walk.
     *
     * @param source condition on the source's rows
     * @param target condition on the target's rows
     * @param leaves   the same records in shorter stretches; empty where leaves go by the row's hash
     * @param leafRows rows that a leaf was meant to have
     */
    record Stretch(String source, String target, List<Stretch> leaves, int leafRows) {
        String of(Session session) {
            return session.ofSource() ? source : target;
        }
    }

    /** How the records are walked. */
    interface Walk {
        /** The next stretch with about so many rows on one side, in leaves of so many, 0: without leaves; null when there is none left. */
        Next<Stretch> next(Lane lane, int rows, int leafRows) throws StoreException;

        /** Whether rows of a stretch follow one another in the key's order. */
        boolean inOrder();
    }

    OrderScan(Desk desk, Walk walk) {
        super(desk, new Servo(1_000, 20_000, desk.plan().streamed().isEmpty() ? CHUNK_ROWS : RangeScan.STREAM_ROWS));
        this.walk = walk;
    }

    @Override
    Next<Stretch> next(Lane lane) throws StoreException {
        return walk.next(lane, servo.rows(), walk.inOrder() && pace.digests() ? pace.leafRows() : 0);
    }

    /** What a stretch holds that both sides do not have alike. */
    private final class Difference {
        final Set<List<String>> suspects = new HashSet<>();
        final Set<List<String>> oneSided = new HashSet<>();
        final Set<List<String>> targetOnly = new HashSet<>();
        /** Records that are in one stretch on the source and in another one on the target. */
        long astray;
        /** Those of them that were met where leaves go by hash. In neighbouring leaves with digests they only slow these down, and then leaves go by hash. */
        long alarming;
        /** Whether digests were given up, since the two sides keep the key in other orders. */
        boolean disordered;

        /** Hashes of rows that were read together. Where fields are streamed as well, the whole stretch is settled at once: a record is one suspect. */
        void add(Lane lane, Hashes.Sides hashes, Tally found) throws StoreException {
            Set<List<String>> differing = hashes.differing();
            if (plan.streamed().isEmpty()) {
                astray += desk.settling().suspect(lane, differing, hashes.oneSided(), elsewhere(hashes.targetOnly()), found);
            } else {
                suspects.addAll(differing);
                oneSided.addAll(hashes.oneSided());
                targetOnly.addAll(hashes.targetOnly());
            }
        }
    }

    @Override
    Rows scan(Lane lane, Stretch stretch, Tally found) throws StoreException {
        Difference difference = new Difference();
        long start = System.nanoTime();
        boolean digest = !stretch.leaves().isEmpty();
        Rows all = digest ? byDigest(lane, stretch, difference, found) : byHash(lane, stretch, difference, found);
        digest &= !difference.disordered;
        pace.took(digest, all.most(), System.nanoTime() - start);
        if (!plan.streamed().isEmpty()) {
            Lane.Answers<Map<List<String>, Object[]>> values = lane.both(session -> {
                Map<List<String>, Object[]> map = new HashMap<>();
                session.values(stretch.of(session), map);
                return map;
            });
            difference.suspects.addAll(RangeScan.differing(plan, values.source(), values.target()));
            difference.astray += desk.settling().suspect(lane, difference.suspects, difference.oneSided, elsewhere(difference.targetOnly), found);
        }
        desk.gaps(lane, stretch::of, found);
        alarm(digest ? difference.alarming : difference.astray, all.most());
        return all;
    }

    /** Leaves are short stretches of the key's order, and those with another digest on the other side are read row by row. */
    private Rows byDigest(Lane lane, Stretch stretch, Difference difference, Tally found) throws StoreException {
        List<Stretch> leaves = stretch.leaves();
        long start = System.nanoTime();
        Lane.Answers<List<Digest>> digests = new Lane.Answers<>(new ArrayList<>(), new ArrayList<>());
        long read = 0;
        for (int from = 0, to; from < leaves.size(); from = to) {
            to = Math.min(leaves.size(), from + (from == 0 ? FIRST_LEAVES : LEAVES));
            List<Stretch> some = leaves.subList(from, to);
            int together = pace.together();
            Lane.Answers<List<Digest>> more = lane.both(session -> session.digestsOf(some.stream().map(leaf -> leaf.of(session)).toList(), together));
            digests.source().addAll(more.source());
            digests.target().addAll(more.target());
            read += Math.max(rows(more.source()), rows(more.target()));
            if (read > FAR_MORE * to * stretch.leafRows()) {
                // In the other side's order there lies much else between two neighbours: with short leaves the table would be read again and again.
                pace.disordered();
                difference.disordered = true;
                return byHash(lane, stretch, difference, found);
            }
        }
        pace.digested(digests, stretch.leafRows(), System.nanoTime() - start);
        Rows all = new Rows(0, 0);
        for (int i = 0; i < leaves.size(); i++) {
            Stretch leaf = leaves.get(i);
            Digest s = digests.source().get(i);
            Digest t = digests.target().get(i);
            if (s == null || t == null || Math.max(s.count(), t.count()) > OPEN_ROWS && !s.equals(t)) {
                // Too much for one digest, or to be read at once.
                long before = difference.astray;
                all = all.and(byHash(lane, leaf, difference, found));
                difference.alarming += difference.astray - before;
                continue;
            }
            all = all.and(new Rows(s.count(), t.count()));
            if (!s.equals(t)) {
                difference.add(lane, open(lane, leaf, ALL, 0, 1), found);
            }
        }
        return all;
    }

    private static long rows(List<Digest> digests) {
        return digests.stream().filter(Objects::nonNull).mapToLong(Digest::count).sum();
    }

    /** Leaves go by the low bits of the row's hash, for stretches whose rows the two sides may keep in different orders. */
    private Rows byHash(Lane lane, Stretch stretch, Difference difference, Tally found) throws StoreException {
        Lane.Answers<Map<Integer, Leaf>> leaves = lane.both(session -> session.leaves(stretch.of(session), MASK));
        Rows all = new Rows(leaves.source().values().stream().mapToLong(Leaf::count).sum(), leaves.target().values().stream().mapToLong(Leaf::count).sum());
        List<Integer> dirty = new ArrayList<>();
        long[] pending = new long[2];
        TreeSet<Integer> numbers = new TreeSet<>(leaves.source().keySet());
        numbers.addAll(leaves.target().keySet());
        for (int number : numbers) {
            Leaf s = leaves.source().getOrDefault(number, Leaf.EMPTY);
            Leaf t = leaves.target().getOrDefault(number, Leaf.EMPTY);
            if (!s.equals(t)) {
                dirty.add(number);
                pending[0] += s.count();
                pending[1] += t.count();
            }
        }
        // By parts of the keys and not of the leaves: a record that differs lies in one leaf on one side and in another one on the other.
        int of = dirty.isEmpty() ? 0 : Buckets.parts(Math.max(pending[0], pending[1]), OPEN_ROWS);
        for (int part = 0; part < of; part++) {
            difference.add(lane, open(lane, stretch, dirty, part, of), found);
        }
        // Much differs here: smaller stretches are read once more, large ones several times.
        if (plan.streamed().isEmpty() && stretch.leaves().isEmpty()) {
            servo.limit(of <= 1 ? CHUNK_ROWS : OPEN_ROWS);
        }
        return all;
    }

    /**
     * Which records that are on both sides, but in two stretches, another stretch reports. Where everything is read, that of the source's row does: a rule without memory,
     * which holds for an attempt that goes on from a checkpoint as well.
     */
    private BiPredicate<List<String>, Criteria.Look> elsewhere(Set<List<String>> targetOnly) {
        if (desk.spec().scope().type() == ScopeType.FULL && plan.window() == null) {
            return (key, _) -> targetOnly.contains(key);
        }
        // The source's row may lie outside the part, or move while it is read, so that no stretch is sure to meet it. What differs is told of by whichever does: see Tally.
        return (key, look) -> look != Criteria.Look.DIFFERENT && (strays.contains(key) || strays.size() < STRAYS && !strays.add(key));
    }

    /** Reads keys and hashes of leaves by the row's hash, for one part of the keys. */
    private Hashes.Sides open(Lane lane, Stretch stretch, List<Integer> leaves, int part, int of) throws StoreException {
        Lane.Answers<Hashes> hashes = lane.both(session -> {
            Hashes read = new Hashes();
            session.hashes("(" + stretch.of(session) + ") AND " + session.inPart(part, of), leaves, MASK, read);
            return read;
        });
        return new Hashes.Sides(hashes.source(), hashes.target());
    }

    private synchronized void alarm(long more, long of) {
        alarms += more;
        rows += of;
        if (plan.window() == null && alarms > ALARMS && (alarms > rows / 20 || alarms > STRAYS)) {
            throw new OrderDiffers();
        }
    }
}
