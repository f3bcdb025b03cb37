package dev.concordat.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import java.util.Map;

/**
 * What the operator knows of a contract. Written by the SyncContract reconciler alone. Any component may be null.
 * Times are RFC 3339 in UTC; they place events for people, and no decision subtracts times of two hosts.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SyncContractStatus(
        @JsonPropertyDescription("The generation of the spec that this status describes.") Long observedGeneration,
        @JsonPropertyDescription("Ready, InSync, SchemaCompatible, SourceReliable, BudgetExhausted and WritersPaused; Reconciling and Stalled only while abnormal.") List<Condition> conditions,
        @JsonPropertyDescription("Checks: the last one, the one in flight and the next.") Check check,
        @JsonPropertyDescription("What the last finished check found.") Drift drift,
        @JsonPropertyDescription("Lag and the error budget.") LatencyState latency,
        @JsonPropertyDescription("The writers and the pause, if there is one.") Writers writers) {

    public static final SyncContractStatus EMPTY = new SyncContractStatus(null, null, null, null, null, null);

    public SyncContractStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Check(
            @JsonPropertyDescription("Greatest run id handed out under this contract. It only grows.") Long lastRunId,
            @JsonPropertyDescription("The run in flight. Written before its ReconcileJob is created.") ActiveRun active,
            @JsonPropertyDescription("Run id of the last check that finished with a verdict.") Long lastVerdictRunId,
            @JsonPropertyDescription("When the last check with a verdict finished.") String lastTime,
            @JsonPropertyDescription("Run id of the last check that finished at all.") Long lastFinishedRunId,
            @JsonPropertyDescription("ReconcileJob of the last check that finished.") String lastName,
            @JsonPropertyDescription("The generation that the last started check was made for.") Long checkedGeneration,
            @JsonPropertyDescription("When the last check was started; the schedule counts from here.") String lastStartTime,
            @JsonPropertyDescription("When the next scheduled check is due.") String nextTime,
            @JsonPropertyDescription("The last value of the annotation concordat.dev/check-requested that was acted on.") String handledRequest) {
        public static final Check EMPTY = new Check(null, null, null, null, null, null, null, null, null, null);
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ActiveRun(
            @JsonPropertyDescription("Its run id.") Long runId,
            @JsonPropertyDescription("Name of its ReconcileJob.") String name,
            @JsonPropertyDescription("Uid of its ReconcileJob once that exists.") String uid,
            @JsonPropertyDescription("Why it was started: Schedule, Generation, Request or Manual.") Trigger trigger) {}

    public enum Trigger {
        @JsonProperty("Schedule") SCHEDULE,
        @JsonProperty("Generation") GENERATION,
        @JsonProperty("Request") REQUEST,
        @JsonProperty("Manual") MANUAL
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Drift(
            @JsonPropertyDescription("Records that differ, all kinds together.") Long records,
            @JsonPropertyDescription("Records that differ per million of the larger side, rounded up.") Long ppm,
            @JsonPropertyDescription("Rows compared on the source.") Long rowsSource,
            @JsonPropertyDescription("Rows compared on the target.") Long rowsTarget,
            @JsonPropertyDescription("Counts by kind: missingOnTarget, orphanOnTarget, different, stale, ahead, diverged, duplicateKey; beside them encodingOnly, inFlight and hot, which are not drift.") Map<String, Long> counts,
            @JsonPropertyDescription("Checks in a row that found drift.") Integer consecutiveRuns,
            @JsonPropertyDescription("Run id of the first of them.") Long sinceRunId,
            @JsonPropertyDescription("ConfigMap with the evidence.") String report,
            @JsonPropertyDescription("The drift of the last check beside that of the checks before it.") ReconcileJobStatus.Memory memory,
            @JsonPropertyDescription("The partition with the largest share of differing records, with its numbers.") String worstPartition) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record LatencyState(
            @JsonPropertyDescription("Latest lag as text: a duration, or >N while a probe of that age is still pending.") String lag,
            @JsonPropertyDescription("What is left of the error budget, in percent of the allowed bad slices. Negative when overspent.") String budgetRemaining,
            @JsonPropertyDescription("Bad slices in the window.") Integer badSlices,
            @JsonPropertyDescription("Bad slices that the budget allows in the window.") String allowedBadSlices,
            @JsonPropertyDescription("Unknown slices in the window.") Integer unknownSlices,
            @JsonPropertyDescription("Measured share of the window since the first slice, in percent.") String coverage,
            @JsonPropertyDescription("The slices behind these numbers.") Ledger ledger) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Ledger(
            @JsonPropertyDescription("Length of a slice in seconds. Another length starts a new ledger.") Integer sliceSeconds,
            @JsonPropertyDescription("Index of the first slice, in slices since 1970.") Long firstSlice,
            @JsonPropertyDescription("Index of the last closed slice that was folded in.") Long lastSlice,
            @JsonPropertyDescription("Slices that are not Good, oldest first.") List<SliceSpan> spans) {
        public Ledger {
            spans = spans == null ? List.of() : List.copyOf(spans);
        }
    }

    /** A run of neighbouring slices in one state; both ends included. */
    public record SliceSpan(
            @JsonPropertyDescription("Index of its first slice.") Long from,
            @JsonPropertyDescription("Index of its last slice.") Long to,
            @JsonPropertyDescription("Bad, Unknown or Excluded; Good slices are those between the spans.") SliceState state) {}

    public enum SliceState {
        @JsonProperty("Good") GOOD,
        @JsonProperty("Bad") BAD,
        @JsonProperty("Unknown") UNKNOWN,
        @JsonProperty("Excluded") EXCLUDED
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Writers(
            @JsonPropertyDescription("One word or two: None, Running, Pausing, Paused, Resuming, Held, Suspended, Degraded.") String summary,
            @JsonPropertyDescription("The pause in force. Written, and the write acknowledged, before a writer is touched.") Pause pause,
            @JsonPropertyDescription("What limits the next pause.") PauseHistory history) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Pause(
            @JsonPropertyDescription("Names this pause on the writers' claims.") String id,
            @JsonPropertyDescription("Where the protocol stands.") PauseStep step,
            @JsonPropertyDescription("Why the writers were paused.") String reason,
            @JsonPropertyDescription("When the intent was recorded.") String startTime,
            @JsonPropertyDescription("When the maximum pause is over.") String deadline,
            @JsonPropertyDescription("When all writers were first verified as stopped.") String pausedTime,
            @JsonPropertyDescription("Id of the fence probe, written on the source after the writers were verified as stopped.") String fence,
            @JsonPropertyDescription("When the fence was seen on the target: the backlog from before the pause is drained.") String drainedTime,
            @JsonPropertyDescription("Least lag seen since the writers stopped, in milliseconds. Written when it has fallen by a tenth.") Long leastLagMillis,
            @JsonPropertyDescription("When leastLagMillis last fell; five minutes without is PauseIneffective.") String progressTime,
            @JsonPropertyDescription("Why the writers are being resumed.") String resumeReason,
            @JsonPropertyDescription("The writers, each with what it was before.") List<PausedWriter> writers) {
        public Pause {
            writers = writers == null ? List.of() : List.copyOf(writers);
        }
    }

    public enum PauseStep {
        /** Recorded; no writer touched yet. */
        @JsonProperty("Intent") INTENT,
        /** Writers are being patched, or are patched and not yet seen to have stopped. */
        @JsonProperty("Pausing") PAUSING,
        /** Verified as stopped; the fence is on its way. */
        @JsonProperty("Fencing") FENCING,
        /** The fence arrived; waiting for lag to stay low and the minimum pause to pass. */
        @JsonProperty("Draining") DRAINING,
        /** Writers are being restored. */
        @JsonProperty("Resuming") RESUMING
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record PausedWriter(
            @JsonPropertyDescription("API version of the writer.") String apiVersion,
            @JsonPropertyDescription("Kind of the writer.") WriterKind kind,
            @JsonPropertyDescription("Name of the writer, in the contract's namespace.") String name,
            @JsonPropertyDescription("Uid of the object that was paused; one created anew under the name is not ours.") String uid,
            @JsonPropertyDescription("Replicas before the pause.") Integer originalReplicas,
            @JsonPropertyDescription("Planned, Applied, Verified, AlreadyPaused, Missing, Reverted, Restoring, Restored, Skipped or RestoreUnknown.") WriterState state,
            @JsonPropertyDescription("Times that an outside change was put back to paused.") Integer reapplied,
            @JsonPropertyDescription("What stands in the way, if anything.") String message) {}

    public enum WriterState {
        @JsonProperty("Planned") PLANNED,
        @JsonProperty("Applied") APPLIED,
        @JsonProperty("Verified") VERIFIED,
        /** It was at its paused value before we came, without a claim: left alone on resume. */
        @JsonProperty("AlreadyPaused") ALREADY_PAUSED,
        @JsonProperty("Missing") MISSING,
        /** Somebody put it back more often than we re-apply. */
        @JsonProperty("Reverted") REVERTED,
        @JsonProperty("Restoring") RESTORING,
        @JsonProperty("Restored") RESTORED,
        /** Changed by somebody else while paused: left as it stands. */
        @JsonProperty("Skipped") SKIPPED,
        /** Nothing is recorded of what it was; never guessed. */
        @JsonProperty("RestoreUnknown") RESTORE_UNKNOWN
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record PauseHistory(
            @JsonPropertyDescription("Pauses ever started under this contract; the next pause id comes from it.") Long total,
            @JsonPropertyDescription("Start times of the pauses of the last hour.") List<String> recent,
            @JsonPropertyDescription("Index of the first slice wholly within the last verified pause. From here to resumedSlice, or to now while paused, slices are Excluded.") Long pausedSlice,
            @JsonPropertyDescription("Index of the last slice when the writers were resumed; only bad slices after it re-arm.") Long resumedSlice,
            @JsonPropertyDescription("true: too many pauses within an hour; waits for the annotation concordat.dev/acknowledge.") Boolean suspended,
            @JsonPropertyDescription("Last value of the annotation concordat.dev/acknowledge that was acted on.") String acknowledged) {
        public static final PauseHistory EMPTY = new PauseHistory(null, null, null, null, null, null);

        public PauseHistory {
            recent = recent == null ? List.of() : List.copyOf(recent);
        }
    }
}
