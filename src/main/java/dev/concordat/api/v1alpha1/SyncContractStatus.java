package dev.concordat.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
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
        @JsonPropertyDescription("The drift that stands: what the last check found, or an earlier one whose scope no later check has covered.") Drift drift,
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
            @JsonPropertyDescription("The generation for which a check was last started that covers what the contract asks for.") Long checkedGeneration,
            @JsonPropertyDescription("When a check that covers what the contract asks for was last started; the schedule counts from here.") String lastStartTime,
            @JsonPropertyDescription("When the next scheduled check is due.") String nextTime,
            @JsonPropertyDescription("The last value of the annotation concordat.dev/check-requested that was acted on.") String handledRequest,
            @JsonPropertyDescription("When a full check was last started; the schedule of deep checks counts from here.") String lastDeepTime,
            @JsonPropertyDescription("When the next deep check is due.") String nextDeepTime,
            @JsonPropertyDescription("Run id of the last check after which every record had been compared: a full one, or the last of a sweep's round.") Long lastFullRunId,
            @JsonPropertyDescription("When that check finished.") String lastFullTime,
            @JsonPropertyDescription("Scope Sweep: how far the present round has come.") Sweep sweep,
            @JsonPropertyDescription("Records of which the source contradicts itself, until a check that covers them finds none.") Unreliable unreliable,
            @JsonPropertyDescription("Digest of what is compared and by which rules. When it changes, lastFullRunId, covered and the sweep begin anew.") String rules,
            @JsonPropertyDescription("Digest of which two tables are compared, by which key. When it changes, nothing that was found before stands.") String tables,
            @JsonPropertyDescription("Scopes Window and KeyRange: the contract's own scope as it was last compared by the present rules.") Verification.Scope covered,
            @JsonPropertyDescription("What checks found and no later check has taken back, oldest first. status.drift shows the worst of the drift among them. Absent until a check had a verdict.") List<Standing> standing) {
        public static final Check EMPTY =
                new Check(null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);

        public Check {
            standing = standing == null ? null : List.copyOf(standing);
        }

        /** A run was started, which answers nothing by itself: see {@link #answered}. */
        public Check started(ActiveRun run) {
            return new Check(run.runId(), run, lastVerdictRunId, lastTime, lastFinishedRunId, lastName, checkedGeneration, lastStartTime,
                    nextTime, handledRequest, lastDeepTime, nextDeepTime, lastFullRunId, lastFullTime, sweep, unreliable, rules, tables,
                    covered, standing);
        }

        /** A check that covers what the contract asks for was started now: it answers what was asked before. */
        public Check answered(long generation, String now, String request) {
            return new Check(lastRunId, active, lastVerdictRunId, lastTime, lastFinishedRunId, lastName, generation, now, nextTime,
                    request == null ? handledRequest : request, lastDeepTime, nextDeepTime, lastFullRunId, lastFullTime, sweep,
                    unreliable, rules, tables, covered, standing);
        }

        /** A full check was started now: it answers the schedule of deep checks. */
        public Check deepened(String now) {
            return new Check(lastRunId, active, lastVerdictRunId, lastTime, lastFinishedRunId, lastName, checkedGeneration, lastStartTime,
                    nextTime, handledRequest, now, nextDeepTime, lastFullRunId, lastFullTime, sweep, unreliable, rules, tables, covered,
                    standing);
        }

        /**
         * From now on it is compared by these rules. What was verified by others is not verified; what was found in other tables does not
         * stand in these.
         */
        public Check under(String digest, String tablesDigest) {
            boolean others = rules != null && !rules.equals(digest);
            boolean elsewhere = tables != null && !tables.equals(tablesDigest);
            boolean anew = others || elsewhere;
            return new Check(lastRunId, active, lastVerdictRunId, lastTime, lastFinishedRunId, lastName, checkedGeneration, lastStartTime,
                    nextTime, handledRequest, lastDeepTime, nextDeepTime, anew ? null : lastFullRunId, anew ? null : lastFullTime,
                    anew ? null : sweep, elsewhere ? null : unreliable, digest, tablesDigest, anew ? null : covered,
                    elsewhere ? List.of() : standing);
        }

        /** Other times for what comes next. */
        public Check planned(String next, String nextDeep) {
            return new Check(lastRunId, active, lastVerdictRunId, lastTime, lastFinishedRunId, lastName, checkedGeneration, lastStartTime,
                    next, handledRequest, lastDeepTime, nextDeep, lastFullRunId, lastFullTime, sweep, unreliable, rules, tables, covered,
                    standing);
        }

        /** The run in flight is another one, or none. */
        public Check running(ActiveRun run) {
            return new Check(lastRunId, run, lastVerdictRunId, lastTime, lastFinishedRunId, lastName, checkedGeneration, lastStartTime,
                    nextTime, handledRequest, lastDeepTime, nextDeepTime, lastFullRunId, lastFullTime, sweep, unreliable, rules, tables,
                    covered, standing);
        }

        /** A run has come to its end, with or without a verdict. */
        public Check finished(long runId, String name) {
            return new Check(Math.max(runId, lastRunId == null ? 0 : lastRunId), active, lastVerdictRunId, lastTime, runId, name,
                    checkedGeneration, lastStartTime, nextTime, handledRequest, lastDeepTime, nextDeepTime, lastFullRunId, lastFullTime,
                    sweep, unreliable, rules, tables, covered, standing);
        }

        /** The run had a verdict: what stands after it, and how far the sweep has come. */
        public Check verdict(long runId, String time, Sweep nextSweep, Unreliable nextUnreliable, List<Standing> stands) {
            return new Check(lastRunId, active, runId, time, lastFinishedRunId, lastName, checkedGeneration, lastStartTime, nextTime,
                    handledRequest, lastDeepTime, nextDeepTime, lastFullRunId, lastFullTime, nextSweep, nextUnreliable, rules, tables,
                    covered, stands);
        }

        /** With this run every record has been compared. */
        public Check full(long runId, String time) {
            return new Check(lastRunId, active, lastVerdictRunId, lastTime, lastFinishedRunId, lastName, checkedGeneration, lastStartTime,
                    nextTime, handledRequest, lastDeepTime, nextDeepTime, runId, time, sweep, unreliable, rules, tables, covered, standing);
        }

        /** The contract's own scope has been compared. */
        public Check covering(Verification.Scope own) {
            return new Check(lastRunId, active, lastVerdictRunId, lastTime, lastFinishedRunId, lastName, checkedGeneration, lastStartTime,
                    nextTime, handledRequest, lastDeepTime, nextDeepTime, lastFullRunId, lastFullTime, sweep, unreliable, rules, tables,
                    own, standing);
        }
    }

    /** Something that a check found and that no later check has taken back. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Standing(
            @JsonPropertyDescription("Drift, Unreliable (the source contradicts itself) or Undecided (could not be told from what is on its way).") What what,
            @JsonPropertyDescription("The check that these numbers are from; of a sweep's round the last one that found some.") Long runId,
            @JsonPropertyDescription("The last check that found some of it, where that is another one.") Long lastRunId,
            @JsonPropertyDescription("What was covered when it was found. A check that covers this takes it back.") Verification.Scope scope,
            @JsonPropertyDescription("How many records.") Long records,
            @JsonPropertyDescription("Per million of the larger side, rounded up.") Long ppm,
            @JsonPropertyDescription("Rows compared on the source.") Long rowsSource,
            @JsonPropertyDescription("Rows compared on the target.") Long rowsTarget,
            @JsonPropertyDescription("Drift: counts by kind.") Map<String, Long> counts,
            @JsonPropertyDescription("ChecksumRun with the evidence.") String report,
            @JsonPropertyDescription("Drift: the partition with the largest share of differing records, with its numbers.") String worstPartition,
            @JsonPropertyDescription("Unreliable: the first of them, with what was read.") String first) {
        /** The last check that found some of it. */
        public long until() {
            return lastRunId == null ? runId : lastRunId;
        }
    }

    public enum What {
        @JsonProperty("Drift") DRIFT,
        @JsonProperty("Unreliable") UNRELIABLE,
        @JsonProperty("Undecided") UNDECIDED
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Sweep(
            @JsonPropertyDescription("Share of the records that were verified in the present round, in percent. 100: the round is complete.") Integer percent,
            @JsonPropertyDescription("Run id of the check with which the round began.") Long sinceRunId,
            @JsonPropertyDescription("When that check finished.") String since,
            @JsonPropertyDescription("Rows that the round has compared on the source.") Long rowsSource,
            @JsonPropertyDescription("Rows that the round has compared on the target.") Long rowsTarget,
            @JsonPropertyDescription("Counts by kind, of the round so far; since the last full check when there was one meanwhile.") Map<String, Long> counts,
            @JsonPropertyDescription("Every record was verified at this time or later. Empty until a round was completed.") String oldestVerified,
            @JsonPropertyDescription("Where the round stands. Only a part that begins here continues it.") String to) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Unreliable(
            @JsonPropertyDescription("How many.") Long records,
            @JsonPropertyDescription("The check that found them.") Long runId,
            @JsonPropertyDescription("The scope that a check needs to take this back.") Verification.Scope scope,
            @JsonPropertyDescription("The first of them, with what was read.") String first,
            @JsonPropertyDescription("ChecksumRun with the evidence.") String report) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ActiveRun(
            @JsonPropertyDescription("Its run id.") Long runId,
            @JsonPropertyDescription("Name of its ReconcileJob.") String name,
            @JsonPropertyDescription("Uid of its ReconcileJob once that exists.") String uid,
            @JsonPropertyDescription("Why it was started: Schedule, Deep, Generation, Request or Manual.") Trigger trigger,
            @JsonPropertyDescription("What it covers. Absent: the contract's own scope.") Verification.Scope scope) {}

    public enum Trigger {
        @JsonProperty("Schedule") SCHEDULE,
        @JsonProperty("Deep") DEEP,
        @JsonProperty("Generation") GENERATION,
        @JsonProperty("Request") REQUEST,
        @JsonProperty("Manual") MANUAL
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Drift(
            @JsonPropertyDescription("Records that differ, all kinds together.") Long records,
            @JsonPropertyDescription("Records that differ per million of the records on either side (the keys that one side or both have), rounded up. mismatchThreshold is compared with it.") Long ppm,
            @JsonPropertyDescription("Rows compared on the source.") Long rowsSource,
            @JsonPropertyDescription("Rows compared on the target.") Long rowsTarget,
            @JsonPropertyDescription("Counts by kind: missingOnTarget, orphanOnTarget, different, stale, ahead, diverged, duplicateKey; beside them encodingOnly, inFlight, hot, undecided, unreliable and kept, which are not drift.") Map<String, Long> counts,
            @JsonPropertyDescription("Rows that the contract's gaps leave out, by gap. They are not drift.") List<GapRows> gaps,
            @JsonPropertyDescription("Checks that have found drift since some has stood.") Integer consecutiveRuns,
            @JsonPropertyDescription("Run id of the first of them.") Long sinceRunId,
            @JsonPropertyDescription("ChecksumRun with the evidence.") String report,
            @JsonPropertyDescription("The drift of the last check beside that of the checks before it.") ReconcileJobStatus.Memory memory,
            @JsonPropertyDescription("The partition with the largest share of differing records, with its numbers.") String worstPartition,
            @JsonPropertyDescription("The check that these numbers are from.") Long runId,
            @JsonPropertyDescription("What that check covered. Drift is taken back by a check that covers this and finds none.") Verification.Scope scope,
            @JsonPropertyDescription("What the last check with a verdict compared.") Coverage coverage) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record GapRows(
            @JsonPropertyDescription("Name of the gap.") String name,
            @JsonPropertyDescription("Rows left out on the source. StaleField: records that differ only where a gap allows it.") Long source,
            @JsonPropertyDescription("Rows left out on the target.") Long target) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Coverage(
            @JsonPropertyDescription("What was compared, for people.") String scope,
            @JsonPropertyDescription("Share of the records in percent, rounded down.") Integer percent,
            @JsonPropertyDescription("Sample: what it proves, with its confidence.") String bound,
            @JsonPropertyDescription("Sweep: first key that was covered. Empty: from the start.") String from,
            @JsonPropertyDescription("Sweep: where the next check goes on. Empty: the end was reached.") String to) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record LatencyState(
            @JsonPropertyDescription("Latest lag as text: a duration, or >N while a probe of that age is still pending. ? while the prober is silent.") String lag,
            @JsonPropertyDescription("What is left of the error budget, in percent of the allowed bad slices. Negative when overspent; followed by ? while the prober is silent.") String budgetRemaining,
            @JsonPropertyDescription("Bad slices in the window.") Integer badSlices,
            @JsonPropertyDescription("Bad slices that the budget allows in the window.") String allowedBadSlices,
            @JsonPropertyDescription("Unknown slices in the window.") Integer unknownSlices,
            @JsonPropertyDescription("Measured share of the window since the first slice, in percent.") String coverage,
            @JsonPropertyDescription("Set while the prober is silent: what it said last. Stays until it says something else, whichever operator listens.") Silence silent,
            @JsonPropertyDescription("The slices behind these numbers.") Ledger ledger) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Silence(
            @JsonPropertyDescription("Life of the prober; 0 when it never reported.") Long epoch,
            @JsonPropertyDescription("Its last report.") Long sequence,
            @JsonPropertyDescription("When that report came, by the operator's clock; for people.") String since,
            @JsonPropertyDescription("How long operators have listened in vain since, in whole minutes of their own monotonic clocks.") Long minutes) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Ledger(
            @JsonPropertyDescription("Length of a slice in seconds. Another length starts a new ledger.") Integer sliceSeconds,
            @JsonPropertyDescription("Position of the first slice. Positions are the ledger's own and only grow.") Long firstSlice,
            @JsonPropertyDescription("Position of the last slice that was folded in.") Long lastSlice,
            @JsonPropertyDescription("As versions before kept them: slices that are not Good, oldest first. Read once, and kept as states.") List<SliceSpan> spans,
            @Size(max = 81920) @JsonPropertyDescription("The state of every slice, oldest first: G Good, B Bad, U Unknown, X Excluded, each with how many in a row. Where it changes often: z: and two bits a slice, deflated, in base64.") String states,
            @JsonPropertyDescription("Life of the prober that was heard last.") Long epoch,
            @JsonPropertyDescription("Number, in that life, of the last slice that was folded in. Empty when what comes next has nothing to do with what was before.") Long heardSlice) {}

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
            @JsonPropertyDescription("One word or two: None, Running, Stopped (at 0 replicas, not by a pause), Partial (some run, some do not), Pausing, Paused, Resuming, HeldByOther (paused by another contract), Held, Suspended, Degraded.") String summary,
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
            @JsonPropertyDescription("How new what arrives on the target had become when that was last written: life and number of the prober's report, then its count of arrivals.") String arrived,
            @JsonPropertyDescription("When something newer was last seen to arrive; five minutes without is PauseIneffective.") String progressTime,
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
            @JsonPropertyDescription("Uid of the object that was paused. One created anew under the name is paused under its own.") String uid,
            @JsonPropertyDescription("Replicas before the pause.") Integer originalReplicas,
            @JsonPropertyDescription("Planned, Applied, Verified, AlreadyPaused, Missing, Reverted, Restoring, Restored, Skipped, HeldByOther or RestoreUnknown.") WriterState state,
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
        /** Our claim is off it, and another contract's keeps it paused. */
        @JsonProperty("HeldByOther") HELD_BY_OTHER,
        /** Nothing is recorded of what it was; never guessed. */
        @JsonProperty("RestoreUnknown") RESTORE_UNKNOWN
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record PauseHistory(
            @JsonPropertyDescription("Pauses ever started under this contract; the next pause id comes from it.") Long total,
            @JsonPropertyDescription("Start times of the pauses of the last hour.") List<String> recent,
            @JsonPropertyDescription("Position, in the ledger, of the first slice wholly within the last verified pause. From here to resumedSlice, or to now while paused, slices are Excluded.") Long pausedSlice,
            @JsonPropertyDescription("Position of the slice in which the writers were resumed; only bad slices after it re-arm.") Long resumedSlice,
            @JsonPropertyDescription("true: too many pauses within an hour; waits for the annotation concordat.dev/acknowledge.") Boolean suspended,
            @JsonPropertyDescription("Last value of the annotation concordat.dev/acknowledge that was acted on.") String acknowledged) {
        public static final PauseHistory EMPTY = new PauseHistory(null, null, null, null, null, null);

        public PauseHistory {
            recent = recent == null ? List.of() : List.copyOf(recent);
        }
    }
}
