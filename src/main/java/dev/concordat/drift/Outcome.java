package dev.concordat.drift;

import dev.concordat.report.Failure;
import dev.concordat.report.RunReport;
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
