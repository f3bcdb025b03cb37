package dev.concordat.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import java.util.Map;

/**
 * What is known of one run. {@code runId} is given by the SyncContract reconciler when the run is admitted; the rest is written by the
 * ReconcileJob reconciler. Stays readable after the Job and its pods are gone. Any component may be null.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ReconcileJobStatus(
        @JsonPropertyDescription("The generation of the spec that this status describes.") Long observedGeneration,
        @JsonPropertyDescription("Succeeded (Unknown while running) and DriftFound.") List<Condition> conditions,
        @JsonPropertyDescription("Number of this run under its contract; grows with every run. Empty while the run waits for its turn.") Long runId,
        @JsonPropertyDescription("The batch Job that does the work.") String jobName,
        @JsonPropertyDescription("When the run began to wait for a slot, and then when its Job was created.") String startTime,
        @JsonPropertyDescription("When the run came to its end.") String completionTime,
        @JsonPropertyDescription("How far it is, for example 43%.") String progress,
        @JsonPropertyDescription("What it found.") Result result,
        @JsonPropertyDescription("What this run covers: its own scope, or that of its contract when it started.") Verification.Scope scope,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonPropertyDescription("The database servers that this run uses, or waits for. So many runs at a time use one server as the operator is configured for.") List<String> databases,
        @JsonPropertyDescription("Digest of what is compared and by which rules, as the contract stood when the Job was made.") String rules,
        @JsonPropertyDescription("Digest of which two tables are compared, by which key.") String tables) {

    public static final ReconcileJobStatus EMPTY =
            new ReconcileJobStatus(null, null, null, null, null, null, null, null, null, null, null, null);

    public ReconcileJobStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
        databases = databases == null ? List.of() : List.copyOf(databases);
    }

    /** The run has this Job. */
    public ReconcileJobStatus working(String job, String start, Verification.Scope covers, List<String> servers) {
        return new ReconcileJobStatus(observedGeneration, conditions, runId, job, start, null, "0%", null, covers, servers, rules, tables);
    }

    /** The run compares these tables by these rules, both as digests. */
    public ReconcileJobStatus under(String rulesDigest, String tablesDigest) {
        return new ReconcileJobStatus(observedGeneration, conditions, runId, jobName, startTime, completionTime, progress, result, scope,
                databases, rulesDigest, tablesDigest);
    }

    /** The run was admitted under this number. */
    public ReconcileJobStatus admitted(long id) {
        return new ReconcileJobStatus(observedGeneration, conditions, id, jobName, startTime, completionTime, progress, result, scope,
                databases, rules, tables);
    }

    /** The run waits for these servers since then. */
    public ReconcileJobStatus waiting(String since, List<String> servers) {
        return new ReconcileJobStatus(observedGeneration, conditions, runId, jobName, since, completionTime, progress, result, scope,
                servers, rules, tables);
    }

    /** A summary of the run's report. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Result(
            @JsonPropertyDescription("InSync, Drift or Incomplete. A sample without a difference is Incomplete: it proves a bound and no more.") String verdict,
            @JsonPropertyDescription("Rows compared on the source.") Long rowsSource,
            @JsonPropertyDescription("Rows compared on the target.") Long rowsTarget,
            @JsonPropertyDescription("Records that differ, all kinds together.") Long records,
            @JsonPropertyDescription("Records that differ per million of the records on either side (the keys that one side or both have), rounded up.") Long ppm,
            @JsonPropertyDescription("Counts by kind.") Map<String, Long> counts,
            @JsonPropertyDescription("The first differing records: key, kind, and the fields with both values.") List<String> sample,
            @JsonPropertyDescription("ChecksumRun with all evidence that was kept.") String report,
            @JsonPropertyDescription("This run's drift beside that of the runs before it.") Memory memory,
            @JsonPropertyDescription("The partition with the largest share of differing records, with its numbers.") String worstPartition,
            @JsonPropertyDescription("Rows that the contract's gaps leave out, by gap. They are not drift.") List<SyncContractStatus.GapRows> gaps,
            @JsonPropertyDescription("What was compared.") SyncContractStatus.Coverage coverage,
            @JsonPropertyDescription("The first record of which the source contradicts itself, with what was read.") String contradiction) {
        public Result {
            sample = sample == null ? List.of() : List.copyOf(sample);
        }
    }

    /** What the run's drift is beside that of earlier runs. Absent where nothing is remembered. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Memory(
            @JsonPropertyDescription("Differing records that differed already when a check looked at them last.") Long persistent,
            @JsonPropertyDescription("Differing records that are not known to have differed before.") Long fresh,
            @JsonPropertyDescription("Records that differed before and agree now.") Long resolved,
            @JsonPropertyDescription("Differing records that had agreed again in between: what repaired them does not last.") Long recurring,
            @JsonPropertyDescription("Run id of the check that first saw the oldest of the differing records.") Long oldestRunId,
            @JsonPropertyDescription("When that check ended, by its worker's clock.") String oldestSince,
            @JsonPropertyDescription("Time after which half of the discrepancies ever seen had gone; absent until half of them have.") String halfLife,
            @JsonPropertyDescription("Differing records beyond the memory's bound. When not 0, the other numbers are lower bounds.") Long forgotten) {}
}
