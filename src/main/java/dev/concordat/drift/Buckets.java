package dev.concordat.drift;

import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.stream.LongStream;

/** Checksums of one side by leaf, collected over a whole walk. Safe for use by many threads. */
final class Buckets {
    private final long[] counts;
    private final long[] sums;

    /** @param size a power of two, or 0 */
    Buckets(int size) {
        this(new long[size], new long[size]);
    }

    private Buckets(long[] counts, long[] sums) {
        this.counts = counts;
        this.sums = sums;
    }

    /** What {@link #text} gave. */
    static Buckets of(String text) {
        LongBuffer numbers = ByteBuffer.wrap(Base64.getDecoder().decode(text)).asLongBuffer();
        Buckets buckets = new Buckets(numbers.remaining() / 2);
        numbers.get(buckets.counts).get(buckets.sums);
        return buckets;
    }

    /** All of it, as a checkpoint keeps it. */
    synchronized String text() {
        ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES * counts.length);
        bytes.asLongBuffer().put(counts).put(sums);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    synchronized long rows() {
        return LongStream.of(counts).sum();
    }

    /** Those of other rows, in as many buckets. */
    synchronized void add(Buckets more) {
        for (int i = 0; i < more.counts.length; i++) {
            counts[i] += more.counts[i];
            sums[i] += more.sums[i];
        }
    }

    int size() {
        return counts.length;
    }

    synchronized void add(int bucket, Leaf leaf) {
        counts[bucket] += leaf.count();
        sums[bucket] += leaf.sum();
    }

    long count(int bucket) {
        return counts[bucket];
    }

    static List<Integer> differing(Buckets source, Buckets target) {
        List<Integer> buckets = new ArrayList<>();
        for (int i = 0; i < source.counts.length; i++) {
            if (source.counts[i] != target.counts[i] || source.sums[i] != target.sums[i]) {
                buckets.add(i);
            }
        }
        return buckets;
    }

    /** Rows in these buckets, on the fuller side. */
    static long rows(Collection<Integer> buckets, Buckets source, Buckets target) {
        long[] rows = new long[2];
        for (int bucket : buckets) {
            rows[0] += source.counts[bucket];
            rows[1] += target.counts[bucket];
        }
        return Math.max(rows[0], rows[1]);
    }

    /** How many parts, a power of two, keep about so many rows each. */
    static int parts(long rows, long each) {
        int parts = 1;
        while (parts < 1 << 20 && rows > parts * each) {
            parts <<= 1;
        }
        return parts;
    }

    /** Buckets in groups whose rows, on the fuller side, stay below a limit; one bucket alone may pass it. No more in one than a statement names: what it does not name, it would read altogether. */
    static List<List<Integer>> groups(List<Integer> buckets, Buckets source, Buckets target, long rows) {
        List<List<Integer>> groups = new ArrayList<>();
        List<Integer> group = new ArrayList<>();
        long sum = 0;
        for (int bucket : buckets) {
            long count = Math.max(source.counts[bucket], target.counts[bucket]);
            if (!group.isEmpty() && (sum + count > rows || group.size() == Session.MOST_LEAVES)) {
                groups.add(group);
                group = new ArrayList<>();
                sum = 0;
            }
            group.add(bucket);
            sum += count;
        }
        if (!group.isEmpty()) {
            groups.add(group);
        }
        return groups;
    }
}
