package dev.concordat.budget;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseHistory;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseStep;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.api.v1alpha1.SyncContractStatus.WriterState;
import dev.concordat.contract.Durations;
import dev.concordat.report.ProbeReport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * When writers are paused and when they are given back.
 *
 * <p>The two use different signals. Pause: the budget is spent (or burns fast) and it is bad now. Resume: the backlog is proven drained by a fence
 * probe that was written after the writers had stopped. The budget itself regrows only as bad slices leave the window, which may take days.
 * Missing data holds the present state, in both directions; only the maximum pause ends a pause that nobody can see into.
 */
public final class PauseDecisions {
    /** Fresh probes in a row that a resume needs. */
    public static final int FRESH_PROBES = 3;
    /** A pause in which nothing newer arrives for this long does not help. */
    public static final Duration INEFFECTIVE_AFTER = Duration.ofMinutes(5);
    /** A writer that has not stopped for this long is in trouble; pods have 30 s to end unless they say otherwise. */
    public static final Duration SLOW_STOP = Duration.ofMinutes(2);
    private static final Duration HOUR = Duration.ofHours(1);

    private PauseDecisions() {}

    public static PauseDecision decide(PauseInput in) {
        return in.writers() != null && in.writers().pause() != null ? whilePaused(in, in.writers().pause()) : whileRunning(in);
    }

    private static PauseDecision whilePaused(PauseInput in, Pause pause) {
        if (pause.step() == PauseStep.RESUMING) {
            String why = pause.resumeReason() == null ? "Resuming" : pause.resumeReason();
            return new PauseDecision.Resume(why, "The writers are being given back (" + why + ")");
        }
        if (in.deleted()) {
            return new PauseDecision.Resume("ContractDeleted", "The contract is being deleted: the writers are given back first");
        }
        if (in.forceResume()) {
            return new PauseDecision.Resume("ForceResume", "Annotation " + Api.FORCE_RESUME + " is set: the writers are given back, whatever the budget says");
        }
        if (in.suspend()) {
            return new PauseDecision.Resume("ContractSuspended", "spec.suspend is true: the writers are given back");
        }
        if (in.policy() == null) {
            return new PauseDecision.Resume("BudgetRemoved", "spec.latency.budget was removed: the writers are given back");
        }
        if (!in.policy().enforce()) {
            return new PauseDecision.Resume("EnforcementObserve", "spec.latency.enforcement is now Observe: the writers are given back");
        }
        List<String> removed = pause.writers().stream().filter(w -> in.spec().stream().noneMatch(s -> s.kind() == w.kind() && s.name().equals(w.name())))
                .map(PausedWriter::name).toList();
        if (!removed.isEmpty()) {
            return new PauseDecision.Resume("WritersChanged", "No longer in spec.writers: " + String.join(", ", removed) + ". This pause ends, and the next one takes spec.writers as it stands");
        }
        if (in.hold() != null) {
            return new PauseDecision.Stay("Held", "Annotation " + Api.HOLD + " is set (" + in.hold() + "): this pause does not end by itself. Remove it, or set " + Api.FORCE_RESUME);
        }
        List<PausedWriter> loose = in.refusePartial() ? pause.writers().stream().filter(w -> loose(w, pause, in.now())).toList() : List.of();
        if (!loose.isEmpty()) {
            return new PauseDecision.Resume("PartialPause", String.join(", ", loose.stream().map(w -> w.name() + " (" + w.message() + ")").toList())
                    + " cannot be paused, and spec.latency.pause.partialPause is Refuse: the writers are given back");
        }
        Instant deadline = deadline(pause, in.policy());
        if (deadline != null && !in.now().isBefore(deadline)) {
            return new PauseDecision.Resume("MaximumPauseReached", "The writers were paused for " + Durations.print(in.policy().maximumPause())
                    + " (spec.latency.pause.maximum), and the backlog is " + (pause.drainedTime() == null ? "not drained" : "drained but lag is not low enough")
                    + ". They are given back; look at the delivery path");
        }
        if (pause.step() == PauseStep.INTENT || pause.step() == PauseStep.PAUSING) {
            return new PauseDecision.Stay("Pausing", "Waiting until no pod of the writers is left");
        }
        ProbeReport report = in.report();
        if (report == null || in.view() == null || in.view().silent()) {
            return new PauseDecision.Stay("MeasurementMissing", "The prober is silent, and missing data ends no pause: the writers stay paused until "
                    + pause.deadline() + " at the latest. See Deployment concordat-prober, or set " + Api.FORCE_RESUME);
        }
        if (report.failure() != null) {
            return new PauseDecision.Stay("MeasurementMissing", "Probing fails (" + report.failure().reason() + " at " + report.failure().field()
                    + "), and missing data ends no pause: the writers stay paused until " + pause.deadline() + " at the latest");
        }
        boolean drained = fenceSeen(pause, report);
        if (!drained && ineffective(pause, in.now())) {
            return new PauseDecision.Stay("PauseIneffective", "Nothing newer has been seen to arrive on the target for "
                    + Durations.print(INEFFECTIVE_AFTER) + " though a pause is in force: the delivery path has stopped. The writers are given back at " + pause.deadline());
        }
        if (!drained) {
            return new PauseDecision.Stay("WaitingForFence", "Waiting for fence probe " + pause.fence()
                    + " to be seen on the target: it was written after the writers had stopped, so what it follows is drained once it is seen");
        }
        if (report.freshProbes() < FRESH_PROBES || report.freshMillis() < in.policy().stable().toMillis()) {
            return new PauseDecision.Stay("WaitingForStableLag", "The fence was seen. Waiting for lag to stay at or below " + Durations.print(in.policy().ceiling().dividedBy(2))
                    + ", half of the ceiling, for " + Durations.print(in.policy().stable()) + " and at least " + FRESH_PROBES + " probes");
        }
        Duration minimum = in.policy().minimumPause(Math.max(1, recent(in).size()));
        if (pause.startTime() != null && in.now().isBefore(Instant.parse(pause.startTime()).plus(minimum))) {
            return new PauseDecision.Stay("MinimumPause", "The backlog is drained. The pause lasts at least " + Durations.print(minimum)
                    + " (spec.latency.pause.minimum, doubled with every pause within the hour)");
        }
        return new PauseDecision.Resume("Drained", "The fence was seen on the target and lag stayed at or below " + Durations.print(in.policy().ceiling().dividedBy(2)) + " for "
                + Durations.print(in.policy().stable()) + ": the backlog is drained");
    }

    /** A writer that a pause does not hold, and not because it is still on its way to zero. */
    private static boolean loose(PausedWriter w, Pause pause, Instant now) {
        return switch (w.state()) {
            case MISSING, REVERTED -> true;
            default -> blocked(w) && age(pause, now).compareTo(SLOW_STOP) >= 0;
        };
    }

    /** Whether the writer could not even be changed when it was last tried. */
    public static boolean blocked(PausedWriter w) {
        return w.state() == WriterState.PLANNED && w.message() != null;
    }

    public static Duration age(Pause pause, Instant now) {
        return pause.startTime() == null ? Duration.ZERO : Duration.between(Instant.parse(pause.startTime()), now);
    }

    /**
     * When a pause ends whatever is known: as was promised when it began, or sooner where the maximum was lowered since. Null when it never does.
     *
     * @param policy null when the contract has no budget any more
     */
    public static Instant deadline(Pause pause, BudgetPolicy policy) {
        Instant promised = pause.deadline() == null ? null : Instant.parse(pause.deadline());
        if (policy == null || pause.startTime() == null) {
            return promised;
        }
        Instant now = Instant.parse(pause.startTime()).plus(policy.maximumPause());
        return promised == null || now.isBefore(promised) ? now : promised;
    }

    /** Whether the report shows that this pause's fence arrived. */
    public static boolean fenceSeen(Pause pause, ProbeReport report) {
        return pause.drainedTime() != null || pause.fence() != null && report != null && report.fenceSeen() && pause.fence().equals(report.fence());
    }

    static boolean ineffective(Pause pause, Instant now) {
        String since = pause.progressTime() != null ? pause.progressTime() : pause.pausedTime();
        return since != null && !now.isBefore(Instant.parse(since).plus(INEFFECTIVE_AFTER));
    }

    private static PauseDecision whileRunning(PauseInput in) {
        PauseHistory history = history(in);
        if (Boolean.TRUE.equals(history.suspended()) && in.acknowledge() != null && !in.acknowledge().equals(history.acknowledged())) {
            return new PauseDecision.Rearm("EnforcementAcknowledged", "Annotation " + Api.ACKNOWLEDGE + " is now " + in.acknowledge() + ": enforcement is armed again", in.acknowledge());
        }
        if (in.deleted()) {
            return new PauseDecision.Stay("ContractDeleted", "The contract is being deleted");
        }
        if (in.suspend()) {
            return new PauseDecision.Stay("ContractSuspended", "spec.suspend is true: nothing is paused");
        }
        if (in.spec().isEmpty()) {
            return new PauseDecision.Stay("NoWriters", "spec.writers names no workload");
        }
        if (in.policy() == null) {
            return new PauseDecision.Stay("NoBudget", "spec.latency.budget is not set: the writers are never paused");
        }
        if (in.forceResume()) {
            return new PauseDecision.Stay("ForceResume", "Annotation " + Api.FORCE_RESUME + " is set: nothing is paused, whatever the budget says. Remove it to arm enforcement");
        }
        if (Boolean.TRUE.equals(history.suspended())) {
            return new PauseDecision.Stay("EnforcementSuspended", "There were too many pauses within an hour (spec.latency.pause.perHour is " + in.policy().pausesPerHour()
                    + "), so pausing does not cure this lag. Enforcement waits for a new value of the annotation " + Api.ACKNOWLEDGE);
        }
        if (in.hold() != null) {
            return new PauseDecision.Stay("Held", "Annotation " + Api.HOLD + " is set (" + in.hold() + "): no pause begins");
        }
        BudgetView view = in.view();
        if (view == null) {
            return new PauseDecision.Stay("Running", "Nothing was measured yet");
        }
        boolean exhausted = view.exhausted();
        if (!exhausted && !view.fastBurn()) {
            return new PauseDecision.Stay("Running", "The budget is not exhausted");
        }
        if (!view.current()) {
            return new PauseDecision.Stay("MeasurementMissing", "The budget is spent or burns fast, and no report of the last slices has come. Missing data pauses nothing");
        }
        if (!view.badNow()) {
            return new PauseDecision.Stay("HealthyNow", "The budget is spent or burns fast, but fewer than 2 of the last " + BudgetView.SHORT
                    + " slices were bad. A pause now would gain nothing");
        }
        if (!view.covered()) {
            return new PauseDecision.Stay("LowCoverage", "Too little was measured to act on. " + view.coverageGap());
        }
        if (history.resumedSlice() != null && view.badSinceResume() < in.policy().rearm()) {
            return new PauseDecision.Stay("NotRearmed", view.badSinceResume() + " bad slices since the last resume, and it takes " + in.policy().rearm()
                    + " before the next pause");
        }
        String reason = exhausted ? "BudgetExhausted" : "FastBurn";
        String why = view.arithmetic() + (exhausted ? "" : "; " + view.burnText()) + "; " + view.shortTerm().bad() + " of the last " + view.shortTerm().slices() + " slices bad";
        if (!in.policy().enforce()) {
            return new PauseDecision.WouldPause("WouldPause", "In Enforce mode the writers would be paused now (" + reason + "): " + why);
        }
        int recent = recent(in).size();
        if (recent >= in.policy().pausesPerHour()) {
            return new PauseDecision.Suspend("EnforcementSuspended", recent + " pauses within an hour, and spec.latency.pause.perHour allows " + in.policy().pausesPerHour()
                    + ": pausing does not cure this lag (the pipeline drains slower than the writers write?). Enforcement waits for a new value of the annotation "
                    + Api.ACKNOWLEDGE, in.acknowledge());
        }
        return new PauseDecision.Pause(reason, why);
    }

    private static PauseHistory history(PauseInput in) {
        return in.writers() == null || in.writers().history() == null ? PauseHistory.EMPTY : in.writers().history();
    }

    private static List<String> recent(PauseInput in) {
        return recent(history(in), in.now());
    }

    /** Start times of the pauses of the last hour, as recorded by the operator's own clock. */
    public static List<String> recent(PauseHistory history, Instant now) {
        return history.recent().stream().filter(t -> Instant.parse(t).isAfter(now.minus(HOUR))).toList();
    }
}
