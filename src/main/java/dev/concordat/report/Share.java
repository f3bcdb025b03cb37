package dev.concordat.report;

import dev.concordat.report.RunReport.Kind;
import java.util.Map;

/**
 * How many records there are, and what share of them differs: one arithmetic for the contract's threshold, for status and for what people read. Pure.
 *
 * <p>There are as many records as there are keys on either side, so that no more records can differ than there are: two tables of two rows without a key in common have four.
 */
public final class Share {
    private static final long MILLION = 1_000_000;

    private Share() {}

    /**
     * Records on either side.
     *
     * @param source rows compared on the source
     * @param target rows compared on the target
     * @param counts of those rows, by kind; null: nothing differs
     */
    public static long records(long source, long target, Map<String, Long> counts) {
        if (counts == null) {
            return Math.max(source, target);
        }
        long orphans = counts.getOrDefault(Kind.ORPHAN_ON_TARGET.counter(), 0L);
        long missing = counts.getOrDefault(Kind.MISSING_ON_TARGET.counter(), 0L);
        // Rows are counted when they are scanned, and what differs once it has settled: between the two a record may have come.
        return Math.max(Math.max(source + orphans, target + missing), Kind.drifted(counts));
    }

    /** Parts per million, rounded up, so that one record in ten million is not shown as none; at most a million. */
    public static long ppm(long differing, long records) {
        if (differing >= records) {
            return differing == 0 ? 0 : MILLION;
        }
        return Math.ceilDiv(Math.multiplyExact(differing, MILLION), records);
    }
}
