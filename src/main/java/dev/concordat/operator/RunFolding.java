package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.ReconcileJobStatus;
import dev.concordat.api.v1alpha1.SyncContractStatus.ActiveRun;
import dev.concordat.api.v1alpha1.SyncContractStatus.Check;
import dev.concordat.api.v1alpha1.SyncContractStatus.Coverage;
import dev.concordat.api.v1alpha1.SyncContractStatus.Drift;
import dev.concordat.api.v1alpha1.SyncContractStatus.Sweep;
import dev.concordat.api.v1alpha1.SyncContractStatus.Unreliable;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.report.RunReport.Kind;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

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
        long id = status.runId();
        Condition driftFound = Conditions.find(status.conditions(), RunProgress.DRIFT_FOUND);
        Scope scope = status.scope() != null ? status.scope() : run.getSpec().scope() != null ? run.getSpec().scope() : Scope.FULL;
        Finding finding = new Finding(id, run.getMetadata().getName(), Conditions.find(status.conditions(), RunProgress.SUCCEEDED),
                driftFound != null && driftFound.reason().equals(RunProgress.SCHEMA), status.result(), scope);
        Check after = check.running(check.active() == null || check.active().runId() <= id ? null : check.active()).finished(id, finding.name());
        if (!finding.verdict()) {
            return new Folded(after, drift, finding);
        }
        Sweep sweep = sweep(check, finding, status.completionTime());
        boolean round = scope.type() == ScopeType.SWEEP && sweep.percent() == 100;
        boolean full = scope.type() == ScopeType.FULL || round;
        return new Folded(after.verdict(id, status.completionTime(), full && count(finding.result(), "undecided") == 0, sweep, unreliable(check.unreliable(), finding, full)),
                drift(drift, finding, sweep, round), finding);
    }

    /**
     * How far the sweep has come. A run that began at the start of the table begins a round; one that came to the end completes it. What any check finds over
     * the whole table meanwhile speaks for the round's earlier parts too.
     */
    private static Sweep sweep(Check check, Finding finding, String time) {
        Sweep before = check.sweep();
        if (finding.scope.type() != ScopeType.SWEEP) {
            boolean anew = before != null && finding.scope.type() == ScopeType.FULL;
            return !anew ? before : new Sweep(before.percent(), before.sinceRunId(), before.since(), 0L, 0L, Map.of(), before.oldestVerified());
        }
        ReconcileJobStatus.Result result = finding.result;
        Coverage part = result.coverage();
        boolean begins = part == null || part.from() == null;
        boolean ends = part == null || part.to() == null;
        int share = part == null || part.percent() == null ? 0 : part.percent();
        String oldest = before == null ? null : before.oldestVerified();
        if (!begins && (before == null || before.sinceRunId() == null || before.percent() == 100)) {
            // A part of a round whose beginning nobody knows of, or the last part of a complete one again: its end completes nothing.
            return new Sweep(Math.min(share, 99), null, null, value(result.rowsSource()), value(result.rowsTarget()), result.counts(), oldest);
        }
        Map<String, Long> counts = new TreeMap<>(result.counts() == null ? Map.of() : result.counts());
        if (!begins && before.counts() != null) {
            before.counts().forEach((kind, n) -> counts.merge(kind, n, Long::sum));
        }
        int percent = (begins ? 0 : before.percent()) + share;
        String since = begins ? time : before.since();
        return new Sweep(ends ? 100 : Math.min(percent, 99), begins ? Long.valueOf(finding.runId) : before.sinceRunId(), since,
                value(result.rowsSource()) + (begins ? 0 : value(before.rowsSource())), value(result.rowsTarget()) + (begins ? 0 : value(before.rowsTarget())), counts, ends ? since : oldest);
    }

    private static Unreliable unreliable(Unreliable before, Finding finding, boolean full) {
        long found = count(finding.result, "unreliable");
        if (found > 0) {
            Scope scope = before == null ? finding.scope : Scopes.both(finding.scope, before.scope());
            return new Unreliable(found, finding.runId, scope, finding.result.contradiction(), finding.result.report());
        }
        return before == null || full || Scopes.covers(finding.scope, before.scope()) ? null : before;
    }

    /**
     * The drift that stands after a run. A run replaces what it covers; what it does not cover stands until a run that covers it. When it finds drift
     * beside some that it does not cover, the worse of the two is shown, and only a run that covers both takes it back.
     */
    private static Drift drift(Drift before, Finding finding, Sweep sweep, boolean round) {
        ReconcileJobStatus.Result result = finding.result;
        boolean part = finding.scope.type() == ScopeType.SWEEP;
        boolean found = value(result.records()) > 0;
        boolean stood = before != null && value(before.records()) > 0;
        boolean sameRound = part && stood && before.scope() != null && before.scope().type() == ScopeType.SWEEP && sweep.sinceRunId() != null && value(before.runId()) >= sweep.sinceRunId();
        boolean covered = !stood || sameRound || round || Scopes.covers(finding.scope, before.scope());

        // A part of a sweep speaks for the parts of its round before it.
        long rowsSource = part ? sweep.rowsSource() : value(result.rowsSource());
        long rowsTarget = part ? sweep.rowsTarget() : value(result.rowsTarget());
        Map<String, Long> counts = part ? Objects.requireNonNullElse(sweep.counts(), Map.of()) : result.counts();
        long records = part ? Kind.drifted(counts) : value(result.records());
        boolean drifting = records > 0;
        int runs = found ? (stood && before.consecutiveRuns() != null ? before.consecutiveRuns() : 0) + 1 : stood && before.consecutiveRuns() != null ? before.consecutiveRuns() : 0;
        Long since = stood ? before.sinceRunId() : Long.valueOf(finding.runId);
        boolean earlierPart = part && drifting && !found && sameRound;
        Drift now = new Drift(records, part ? Long.valueOf(RunProgress.ppm(records, rowsSource, rowsTarget)) : result.ppm(), rowsSource, rowsTarget, counts, result.gaps(),
                drifting ? runs : 0, drifting ? since : null, earlierPart ? before.report() : result.report(), result.memory(), earlierPart ? before.worstPartition() : result.worstPartition(),
                earlierPart ? before.runId() : Long.valueOf(finding.runId), finding.scope, result.coverage());
        if (covered) {
            return now;
        }
        Drift worse = drifting && value(now.ppm()) > value(before.ppm()) ? now : before;
        return new Drift(worse.records(), worse.ppm(), worse.rowsSource(), worse.rowsTarget(), worse.counts(), result.gaps(), runs, since, worse.report(),
                result.memory() == null ? before.memory() : result.memory(), worse.worstPartition(), worse.runId(), drifting ? Scopes.both(finding.scope, before.scope()) : before.scope(),
                result.coverage());
    }

    private static long count(ReconcileJobStatus.Result result, String counter) {
        return result.counts() == null ? 0 : result.counts().getOrDefault(counter, 0L);
    }

    static long value(Long id) {
        return id == null ? 0 : id;
    }
}
