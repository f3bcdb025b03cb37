package dev.concordat.report;

import dev.concordat.report.RunReport.Contradiction;
import dev.concordat.report.RunReport.FieldCount;
import dev.concordat.report.RunReport.GapCount;
import dev.concordat.report.RunReport.Omitted;
import dev.concordat.report.RunReport.Partition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * How large a report may be, as the API server counts it: for all of its parts together, in bytes of its JSON. A verdict always fits: what is too much is left out in one order,
 * the evidence first, and {@link Omitted} says how much. Counts are never cut. Pure.
 *
 * <ol>
 * <li>contradictions beyond a third of the room, the last ones first; then records, the last ones first; then the other contradictions</li>
 * <li>partitions, the least drifted first, which are counted together as {@code others}; fields, and gaps, those with the smallest numbers first</li>
 * <li>texts for people: cut to {@link #TEXT} units each, and all warnings but the first few</li>
 * </ol>
 *
 * A bound of 64 KB holds any report.
 *
 * @param bytes    of the JSON in UTF-8
 * @param enclosed bytes of the JSON as a text within another JSON document
 */
public record ReportBound(int bytes, int enclosed) {
    /**
     * A resource is a request of at most 1.5 MiB to etcd, and the API server writes it there as Go writes JSON, in which some characters take six
     * bytes. What is left is for metadata.
     */
    public static final ReportBound API_SERVER = new ReportBound(900_000, 1_400_000);

    private static final int TEXT = 300;
    private static final int WARNINGS = 5;
    private static final int CONTRADICTIONS_SHARE = 3;
    /** Counts what stands for others; the name that the worker itself uses. */
    private static final String OTHERS = "others";

    /** Whether the API server takes this JSON. */
    public boolean fits(String json) {
        return json.length() <= bytes && size(json, false) <= bytes && size(json, true) <= enclosed;
    }

    /** Bytes of a report's part, as JSON. */
    public static long bytes(Object part) {
        return size(Json.write(part), false);
    }

    /** Bytes of a text in UTF-8. {@code enclosed}: as Go writes it within quotes. */
    static long size(String text, boolean enclosed) {
        long size = 0;
        for (int i = 0; i < text.length(); i++) {
            size += size(text.charAt(i), enclosed);
        }
        return size;
    }

    private static int size(char c, boolean enclosed) {
        if (c < 0x80) {
            boolean escaped = enclosed && (c == '<' || c == '>' || c == '&' || c < ' ');
            int plain = enclosed && (c == '"' || c == '\\') ? 2 : 1;
            return escaped ? 6 : plain;
        }
        if (enclosed && (c == '\u2028' || c == '\u2029')) {
            return 6;
        }
        // Half of a pair: four bytes for both. One that stands alone is replaced by three bytes, or by six.
        int wide = Character.isSurrogate(c) && !enclosed ? 2 : 3;
        return c < 0x800 ? 2 : wide;
    }

    /**
     * The report as it may be stored. It says the same of everything that a decision is made from.
     *
     * @param records as many differing records as the report is to give evidence of, if it has room
     */
    public RunReport of(RunReport report, long records) {
        RunReport whole = counted(report, report, records);
        if (fits(Json.write(whole))) {
            return whole;
        }
        Shrinking it = new Shrinking(report, records);
        it.list(report.contradictions(), RunReport::withContradictions, new ReportBound(bytes / CONTRADICTIONS_SHARE, enclosed / CONTRADICTIONS_SHARE), true);
        it.list(report.records(), RunReport::withRecords, this, false);
        it.list(it.now.contradictions(), RunReport::withContradictions, this, false);
        it.list(report.partitions(), ReportBound::withPartitions, this, false);
        it.list(report.fields().stream().sorted(Comparator.comparingLong(FieldCount::different).reversed()).toList(), RunReport::withFields, this, false);
        it.list(report.gaps().stream().sorted(Comparator.comparingLong((GapCount gap) -> gap.source() + gap.target()).reversed()).toList(), RunReport::withGaps, this, false);
        return it.fits() ? counted(report, it.now, records) : counted(report, brief(it.now), records);
    }

    /** The report without anything that could be left out: for an API server that takes less than others. */
    public static RunReport least(RunReport report, long records) {
        return counted(report, brief(report.withRecords(List.of()).withContradictions(List.of()).withPartitions(List.of()).withFields(List.of()).withGaps(List.of())), records);
    }

    /** A report on its way down. */
    private final class Shrinking {
        private final RunReport whole;
        private final long records;
        private RunReport now;

        Shrinking(RunReport whole, long records) {
            this.whole = whole;
            this.records = records;
            this.now = whole;
        }

        boolean fits() {
            return ReportBound.this.fits(Json.write(counted(whole, now, records)));
        }

        /** Keeps as much of the list's beginning as there is room for. {@code alone}: whether the bound is for the list itself, and not for the report. */
        <T> void list(List<T> all, Part<T> part, ReportBound bound, boolean alone) {
            if (fits()) {
                return;
            }
            int fitting = longest(all.size(), n -> bound.fits(Json.write(alone ? all.subList(0, n) : counted(whole, part.put(now, all.subList(0, n)), records))));
            now = part.put(now, all.subList(0, fitting));
        }
    }

    @FunctionalInterface
    private interface Part<T> {
        RunReport put(RunReport report, List<T> some);
    }

    /** The largest number up to {@code most} that fits, where each smaller one does too; 0 if none does. */
    public static int longest(int most, Function<Integer, Boolean> fits) {
        int low = 0;
        int high = most;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (fits.apply(middle)) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private static RunReport withPartitions(RunReport report, List<Partition> some) {
        List<Partition> kept = new ArrayList<>(some);
        long rows = 0;
        long drifted = 0;
        for (Partition left : report.partitions().subList(Math.min(some.size(), report.partitions().size()), report.partitions().size())) {
            rows += left.rows();
            drifted += left.drifted();
        }
        if (drifted > 0) {
            kept.add(new Partition(OTHERS, rows, drifted));
        }
        return report.withPartitions(kept);
    }

    /** Every text for people short. */
    private static RunReport brief(RunReport report) {
        List<Failure> warnings = report.warnings().stream().limit(WARNINGS).map(ReportBound::brief).toList();
        List<FieldCount> fields = report.fields().stream().map(field -> new FieldCount(Clip.dotted(field.name(), TEXT), field.different(), Clip.dotted(field.hint(), TEXT))).toList();
        RunReport.Coverage c = report.coverage();
        RunReport.Coverage coverage = c == null ? null : new RunReport.Coverage(Clip.dotted(c.scope(), TEXT), c.percent(), c.units(), c.unitsTotal(), c.unitsDrifted(), c.boundPpm(),
                brief(c.from()), brief(c.to()));
        return report.withFields(fields).withTexts(brief(report.failure()), warnings, coverage, Clip.dotted(report.plan(), TEXT));
    }

    private static List<String> brief(List<String> key) {
        return key == null ? null : key.stream().map(part -> Clip.dotted(part, TEXT)).toList();
    }

    private static Failure brief(Failure failure) {
        return failure == null ? null : new Failure(Clip.dotted(failure.reason(), TEXT), Clip.dotted(failure.field(), TEXT), Clip.dotted(failure.message(), TEXT),
                Clip.dotted(failure.remedy(), TEXT), failure.schema());
    }

    /** The report with what it leaves out of the whole one. */
    private static RunReport counted(RunReport whole, RunReport kept, long records) {
        long contradictions = Math.max(whole.contradictions().size(), whole.counts().getOrDefault("unreliable", 0L));
        long wanted = Math.max(whole.records().size(), Math.min(records, whole.drifted()));
        long partitions = whole.partitions().size() - kept.partitions().stream().filter(whole.partitions()::contains).count();
        Omitted omitted = new Omitted(wanted - kept.records().size(), contradictions - kept.contradictions().size(), whole.fields().size() - kept.fields().size(), partitions,
                whole.gaps().size() - kept.gaps().size(), whole.warnings().size() - kept.warnings().size());
        return kept.withOmitted(omitted.equals(Omitted.NOTHING) ? null : omitted);
    }
}
