package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.ReconcileJobStatus;
import dev.concordat.api.v1alpha1.SyncContractStatus.ActiveRun;
import dev.concordat.api.v1alpha1.SyncContractStatus.Check;
import dev.concordat.api.v1alpha1.SyncContractStatus.Drift;
import java.util.Comparator;
import java.util.List;

/** Brings finished runs into a contract's status, each once and in the order of their ids; an older result than the recorded one is refused. Pure. */
final class RunFolding {
    private RunFolding() {}

    /**
     * How a run ended.
     *
     * @param schema whether it stopped because the schemas do not fit
     */
    record Finding(long runId, String name, Condition succeeded, boolean schema, ReconcileJobStatus.Result result) {
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
        return new Check(check.lastRunId(), null, check.lastVerdictRunId(), check.lastTime(), Math.max(active.runId(), value(check.lastFinishedRunId())),
                active.name(), check.checkedGeneration(), check.lastStartTime(), check.nextTime(), check.handledRequest());
    }

    private static Folded one(Check check, Drift drift, ReconcileJob run) {
        ReconcileJobStatus status = run.getStatus();
        long id = status.runId();
        Condition driftFound = Conditions.find(status.conditions(), RunProgress.DRIFT_FOUND);
        Finding finding = new Finding(id, run.getMetadata().getName(), Conditions.find(status.conditions(), RunProgress.SUCCEEDED),
                driftFound != null && driftFound.reason().equals(RunProgress.SCHEMA), status.result());
        ActiveRun active = check.active() == null || check.active().runId() <= id ? null : check.active();
        Check after = new Check(Math.max(id, value(check.lastRunId())), active, finding.verdict() ? Long.valueOf(id) : check.lastVerdictRunId(),
                finding.verdict() ? status.completionTime() : check.lastTime(), id, finding.name(), check.checkedGeneration(), check.lastStartTime(),
                check.nextTime(), check.handledRequest());
        return new Folded(after, finding.verdict() ? found(drift, finding) : drift, finding);
    }

    private static Drift found(Drift before, Finding finding) {
        ReconcileJobStatus.Result result = finding.result;
        boolean drifting = result.records() != null && result.records() > 0;
        boolean again = drifting && before != null && before.consecutiveRuns() != null && before.consecutiveRuns() > 0;
        return new Drift(result.records(), result.ppm(), result.rowsSource(), result.rowsTarget(), result.counts(),
                drifting ? (again ? before.consecutiveRuns() + 1 : 1) : 0, drifting ? (again ? before.sinceRunId() : Long.valueOf(finding.runId)) : null, result.report(), result.memory(), result.worstPartition());
    }

    static long value(Long id) {
        return id == null ? 0 : id;
    }
}
