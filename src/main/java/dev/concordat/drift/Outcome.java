package dev.concordat.drift;

import dev.concordat.report.Failure;
import dev.concordat.report.RunReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a comparison found. With a failure, the verdict is Incomplete and nothing is said about drift, unless drift was found and only the rest could not be
 * decided: then the verdict is Drift and the counter {@code undecided} is not zero.
 *
 * @param configuration whether the failure stays until a person changes something
 * @param coverage      what was compared; null with a failure
 * @param earlier       what became of the findings of an earlier attempt
 * @param schema        both tables as they were read; null when they could not be
 * @param timings       milliseconds by phase
 */
public record Outcome(
        RunReport.Verdict verdict, Failure failure, boolean configuration, RunReport.Rows rows, Map<String, Long> counts, List<RunReport.Record> records,
        List<RunReport.FieldCount> fields, List<RunReport.GapCount> gaps, List<RunReport.Partition> partitions,
        List<RunReport.Contradiction> contradictions, RunReport.Coverage coverage, String plan, Earlier earlier, String fingerprint,
        Map<String, String> schema, Map<String, Long> timings) {

    /**
     * The same outcome where some of the records that were still moving, and for that are no drift, are known to have differed before: that they agree now is not known. They count as
     * undecided, and without any other drift the verdict is open.
     *
     * @param moving by the counter under which they are counted now
     */
    public Outcome unproven(Map<String, Long> moving) {
        long records = moving.entrySet().stream().filter(e -> !e.getKey().equals("undecided")).mapToLong(Map.Entry::getValue).sum();
        if (records == 0) {
            return this;
        }
        Map<String, Long> after = new LinkedHashMap<>(counts);
        // That the source contradicts itself is to be told besides.
        for (String counter : List.of("hot", "inFlight")) {
            after.computeIfPresent(counter, (_, before) -> before - moving.getOrDefault(counter, 0L));
        }
        after.merge("undecided", records, Long::sum);
        boolean open = verdict != RunReport.Verdict.DRIFT;
        Failure why = new Failure("Undecided", null, records + " records that differed when a check looked at them last kept changing until the end of this one, so that it is not known whether they agree now",
                "Check again while they stand still; what differed stands until a check finds that it agrees", false);
        return new Outcome(open ? RunReport.Verdict.INCOMPLETE : verdict, open ? why : failure, configuration, rows, after, this.records, fields, gaps, partitions, contradictions, coverage, plan, earlier,
                fingerprint, schema, timings);
    }

    /** What became of the findings of an earlier attempt. */
    public enum Earlier {
        /** There were none, or all was compared anew for another reason. */
        NONE,
        /** They are part of this outcome. */
        INCLUDED,
        /** They were of another schema, other rules or another scope: all was compared anew. */
        REFUSED
    }
}
