package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.ReconcileJobStatus.Memory;
import dev.concordat.api.v1alpha1.SyncContractStatus.Drift;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.operator.RunFolding.Finding;
import dev.concordat.report.Share;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Which reason InSync=False has: whether the drift is worth waking somebody for. Drift in one check may be the last minutes of an outage; the same records in two checks
 * in a row are not, and records that had agreed in between are a broken contract. Pure.
 */
final class DriftReason {
    /** Beyond the threshold, and not known to be more than passing. */
    static final String FOUND = "DriftFound";
    /** Beyond the threshold, and so were records that differed when a check looked at them last. */
    static final String PERSISTS = "DriftPersists";
    /** Beyond the threshold are records that had agreed in between. */
    static final String RECURS = "DriftRecurs";
    /** Those that somebody is to be woken for. */
    static final Set<String> PAGING = Set.of(PERSISTS, RECURS);

    private DriftReason() {}

    /**
     * @param before    InSync as it is written; null when there is none
     * @param finding   the last run
     * @param drift     what stands after it, beyond the threshold
     * @param threshold in parts per million
     */
    static String of(Condition before, Finding finding, Drift drift, long threshold) {
        // Drift that stands since this very check did not stand before: other tables may be compared now.
        boolean stood = before != null && before.isFalse() && RunFolding.value(drift.sinceRunId()) != finding.runId();
        boolean found = RunFolding.value(finding.result().records()) > 0;
        Memory memory = finding.result().memory();
        String now;
        if (!found) {
            // Nothing that this run looked at: what stands is what stood.
            now = stood ? before.reason() : drift.consecutiveRuns() != null && drift.consecutiveRuns() > 1 ? PERSISTS : FOUND;
        } else if (memory == null) {
            // Nothing tells one record from another: drift in two checks in a row.
            now = stood ? PERSISTS : FOUND;
        } else if (beyond(memory.recurring(), finding, threshold)) {
            now = RECURS;
        } else if (beyond(memory.persistent(), finding, threshold) || RunFolding.value(memory.forgotten()) > 0 && RunFolding.value(memory.persistent()) > 0 && stood) {
            now = PERSISTS;
        } else {
            now = FOUND;
        }
        // A check that does not look at everything takes back no alarm.
        boolean everything = finding.scope().type() == ScopeType.FULL;
        return now.equals(FOUND) && stood && !everything && PAGING.contains(before.reason()) ? before.reason() : now;
    }

    private static boolean beyond(Long records, Finding finding, long threshold) {
        long n = RunFolding.value(records);
        var result = finding.result();
        return n > 0 && Share.ppm(n, Share.records(RunFolding.value(result.rowsSource()), RunFolding.value(result.rowsTarget()), result.counts())) > threshold;
    }

    /** What the records of a check are beside those of the checks before it, in a sentence; null when all of them are new, or nothing is remembered. */
    static String history(Finding finding) {
        Memory memory = finding.result().memory();
        if (memory == null || RunFolding.value(memory.persistent()) + RunFolding.value(memory.recurring()) == 0) {
            return null;
        }
        String least = RunFolding.value(memory.forgotten()) > 0 ? "at least " : "";
        StringJoiner text = new StringJoiner("; ", "Of them ", "");
        if (RunFolding.value(memory.persistent()) > 0) {
            text.add(String.format(Locale.ROOT, "%s%,d differed at the check before", least, memory.persistent()));
        }
        if (RunFolding.value(memory.recurring()) > 0) {
            text.add(String.format(Locale.ROOT, "%s%,d had agreed again in between, so what repairs them does not last", least, memory.recurring()));
        }
        if (memory.oldestRunId() != null && memory.oldestRunId() < finding.runId()) {
            text.add("the oldest since check " + memory.oldestRunId() + " at " + memory.oldestSince());
        }
        return text.toString();
    }
}
