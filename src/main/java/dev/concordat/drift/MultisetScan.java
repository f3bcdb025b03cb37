package dev.concordat.drift;

import dev.concordat.report.RunReport;
import dev.concordat.store.StoreException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Scan of records without a key: how many rows of which content each side has. What has the same surplus on the same side before and after the settle time is drift; there
 * is nothing by which a row could be named, so there is no evidence beyond numbers.
 */
final class MultisetScan implements Scan {
    private static final int GROUP_ROWS = 30_000;

    private final ChunkScan.Desk desk;
    private final Tally tally;
    private final long settleNanos;
    private boolean taken;

    MultisetScan(ChunkScan.Desk desk, Tally tally, long settleNanos) {
        this.desk = desk;
        this.tally = tally;
        this.settleNanos = settleNanos;
    }

    @Override
    public void run(Lane lane) throws StoreException {
        synchronized (this) {
            if (taken) {
                return;
            }
            taken = true;
        }
        Counters counters = desk.counters();
        int size = size(counters.estimatedRows);
        int mask = size - 1;
        long start = System.nanoTime();
        Lane.Answers<Buckets> sides = lane.both(session -> {
            Buckets buckets = new Buckets(size);
            session.leaves("1=1", mask).forEach(buckets::add);
            return buckets;
        });
        for (int i = 0; i < size; i++) {
            counters.sourceRows.addAndGet(sides.source().count(i));
            counters.targetRows.addAndGet(sides.target().count(i));
        }
        counters.chunks.incrementAndGet();
        desk.gaps(lane, _ -> "1=1", tally);
        desk.guest().rest(lane, System.nanoTime() - start, counters);
        for (List<Integer> group : Buckets.groups(Buckets.differing(sides.source(), sides.target()), sides.source(), sides.target(), GROUP_ROWS)) {
            Map<Long, Long> first = surplus(lane, group, mask);
            if (first.isEmpty() || counters.stopped.get()) {
                continue;
            }
            try {
                Thread.sleep(Duration.ofNanos(settleNanos));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                counters.stopped.set(true);
                return;
            }
            confirm(first, surplus(lane, group, mask));
        }
    }

    /** Leaves for so many rows: a power of two, with about 256 rows each. */
    static int size(long rows) {
        int size = 1 << 12;
        while (size < 1 << 20 && (long) size * SampleScan.LEAF < rows) {
            size <<= 1;
        }
        return size;
    }

    /** Content to rows that the source has more of; negative: fewer. */
    private Map<Long, Long> surplus(Lane lane, List<Integer> group, int mask) throws StoreException {
        long start = System.nanoTime();
        Lane.Answers<Map<Long, Long>> counts = lane.both(session -> session.multiset(group, mask));
        desk.guest().rest(lane, System.nanoTime() - start, desk.counters());
        Map<Long, Long> surplus = new HashMap<>(counts.source());
        counts.target().forEach((hash, count) -> surplus.merge(hash, -count, Long::sum));
        surplus.values().removeIf(count -> count == 0);
        return surplus;
    }

    private void confirm(Map<Long, Long> first, Map<Long, Long> second) {
        first.forEach((hash, before) -> {
            long now = second.getOrDefault(hash, 0L);
            long lasting = before > 0 ? Math.clamp(now, 0, before) : Math.clamp(now, before, 0);
            tally.count(RunReport.Kind.MISSING_ON_TARGET.counter(), Math.max(0, lasting));
            tally.count(RunReport.Kind.ORPHAN_ON_TARGET.counter(), Math.max(0, -lasting));
        });
    }
}
