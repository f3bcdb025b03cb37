package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.ReconcileJobStatus;
import dev.concordat.api.v1alpha1.ReconcileJobStatus.Memory;
import dev.concordat.api.v1alpha1.ReconcileJobStatus.Result;
import dev.concordat.api.v1alpha1.SyncContractStatus.ActiveRun;
import dev.concordat.api.v1alpha1.SyncContractStatus.Check;
import dev.concordat.api.v1alpha1.SyncContractStatus.Drift;
import dev.concordat.api.v1alpha1.SyncContractStatus.Standing;
import dev.concordat.api.v1alpha1.SyncContractStatus.Sweep;
import dev.concordat.api.v1alpha1.SyncContractStatus.Unreliable;
import dev.concordat.api.v1alpha1.SyncContractStatus.What;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.operator.Standings.Look;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** Brings finished runs into a contract's status, each once and in the order of their ids; an older result than the recorded one is refused. Pure. */
final class RunFolding {
    private RunFolding() {}

    /**
     * How a run ended.
     *
     * @param schema whether it stopped because the schemas do not fit
     * @param scope  what it covered; never null
     */
    record Finding(long runId, String name, Condition succeeded, boolean schema, ReconcileJobStatus.Result result, Scope scope) {
        boolean verdict() {
            return succeeded.isTrue() && result != null;
        }
    }

    /** @param finding the last run that was folded in; null when there was none */
    record Folded(Check check, Drift drift, Finding finding) {}

    static Folded fold(Check check, Drift drift, List<ReconcileJob> runs) {
        Folded folded = new Folded(check, drift, null);
        List<ReconcileJob> finished = runs.stream()
                .filter(run -> run.getStatus() != null && run.getStatus().runId() != null && RunProgress.terminal(run.getStatus()))
                .sorted(Comparator.comparing((ReconcileJob run) -> run.getStatus().runId())).toList();
        for (ReconcileJob run : finished) {
            if (run.getStatus().runId() > value(folded.check.lastFinishedRunId())) {
                folded = one(folded.check, folded.drift, run);
            }
        }
        return folded;
    }

    /** The run in flight is gone without a result. */
    static Check cancelled(Check check) {
        ActiveRun active = check.active();
        return check.running(null).finished(Math.max(active.runId(), value(check.lastFinishedRunId())), active.name());
    }

    private static Folded one(Check check, Drift drift, ReconcileJob run) {
        ReconcileJobStatus status = run.getStatus();
        Finding finding = finding(run);
        long id = finding.runId;
        boolean later = check.active() != null && check.active().runId() > id;
        Check ended = check.running(later ? check.active() : null).finished(id, finding.name());
        if (!finding.verdict()) {
            return new Folded(ended, drift, finding);
        }
        List<Standing> stood = stood(check, drift);
        if (status.rules() != null) {
            // The spec may have changed between the run's admission and its Job.
            ended = ended.under(status.rules(), status.tables());
            stood = check.tables() == null || check.tables().equals(status.tables()) ? stood : List.of();
        }
        Sweep sweep = SweepRound.after(ended.sweep(), id, status.completionTime(), finding.scope, finding.result);
        Look look = new Look(id, finding.scope, sweep, finding.result);
        List<Standing> stands = Standings.after(stood, look);

        boolean decided = Standings.of(What.UNDECIDED, stands).isEmpty();
        boolean full = decided && (finding.scope.type() == ScopeType.FULL || look.endsRound());
        Sweep shown = full && look.endsRound() ? SweepRound.verified(sweep) : sweep;
        Check after = ended.verdict(id, status.completionTime(), shown, unreliable(stands), stands);
        if (full) {
            after = after.full(id, status.completionTime());
        }
        boolean stretch = finding.scope.type() == ScopeType.WINDOW || finding.scope.type() == ScopeType.KEY_RANGE;
        if (stretch && decided && run.getSpec().scope() == null) {
            after = after.covering(finding.scope);
        }
        return new Folded(after, drift(drift, stood, stands, look), finding);
    }

    private static Finding finding(ReconcileJob run) {
        ReconcileJobStatus status = run.getStatus();
        Condition driftFound = Conditions.find(status.conditions(), RunProgress.DRIFT_FOUND);
        Scope own = Objects.requireNonNullElse(run.getSpec().scope(), Scope.FULL);
        return new Finding(status.runId(), run.getMetadata().getName(), Conditions.find(status.conditions(), RunProgress.SUCCEEDED),
                driftFound != null && driftFound.reason().equals(RunProgress.SCHEMA), status.result(),
                Objects.requireNonNullElse(status.scope(), own));
    }

    /** What stands before the run. A status of an earlier version has no list, and one finding of each sort. */
    private static List<Standing> stood(Check check, Drift drift) {
        if (check.standing() != null) {
            return check.standing();
        }
        List<Standing> stood = new ArrayList<>();
        if (drift != null && value(drift.records()) > 0) {
            stood.add(new Standing(What.DRIFT, value(drift.runId()), check.lastVerdictRunId(), Objects.requireNonNullElse(drift.scope(), Scope.FULL),
                    drift.records(), drift.ppm(), drift.rowsSource(), drift.rowsTarget(), drift.counts(), drift.report(),
                    drift.worstPartition(), null));
        }
        Unreliable unreliable = check.unreliable();
        if (unreliable != null) {
            stood.add(new Standing(What.UNRELIABLE, unreliable.runId(), null, Objects.requireNonNullElse(unreliable.scope(), Scope.FULL),
                    unreliable.records(), null, null, null, null, unreliable.report(), null, unreliable.first()));
        }
        return stood;
    }

    private static Unreliable unreliable(List<Standing> stands) {
        List<Standing> unreliable = Standings.of(What.UNRELIABLE, stands);
        if (unreliable.isEmpty()) {
            return null;
        }
        Standing shown = unreliable.getLast();
        return new Unreliable(shown.records(), shown.runId(), Standings.scope(unreliable), shown.first(), shown.report());
    }

    /** For people: the worst of the drift that stands, or the numbers of a check after which none does. */
    private static Drift drift(Drift before, List<Standing> stood, List<Standing> stands, Look look) {
        Result result = look.result();
        List<Standing> drifting = Standings.of(What.DRIFT, stands);
        if (drifting.isEmpty()) {
            return new Drift(0L, 0L, look.rowsSource(), look.rowsTarget(), look.counts(), result.gaps(), 0, null, result.report(),
                    result.memory(), null, look.runId(), look.scope(), result.coverage());
        }
        boolean standing = before != null && !Standings.of(What.DRIFT, stood).isEmpty();
        boolean found = value(result.records()) > 0;
        int earlier = standing && before.consecutiveRuns() != null ? before.consecutiveRuns() : 0;
        Long since = standing && before.sinceRunId() != null ? before.sinceRunId() : Long.valueOf(look.runId());
        Standing worst = Standings.worst(drifting);
        Memory memory = result.memory() == null && standing && worst.runId() != look.runId() ? before.memory() : result.memory();
        return new Drift(worst.records(), worst.ppm(), worst.rowsSource(), worst.rowsTarget(), worst.counts(), result.gaps(),
                found ? earlier + 1 : earlier, since, worst.report(), memory, worst.worstPartition(), worst.runId(),
                Standings.scope(drifting), result.coverage());
    }

    static long value(Long id) {
        return id == null ? 0 : id;
    }
}
