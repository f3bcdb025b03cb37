package dev.concordat.operator;

import dev.concordat.api.v1alpha1.ReconcileJobStatus.Result;
import dev.concordat.api.v1alpha1.SyncContractStatus.Coverage;
import dev.concordat.api.v1alpha1.SyncContractStatus.Sweep;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far a sweep has come. Pure. A part that begins at the start of the table begins a round; one that begins where the last part ended
 * continues it; one that comes to the end of the table completes it. A part that begins elsewhere continues nothing: what lies between
 * was compared by a run that nobody heard of, or by none.
 */
final class SweepRound {
    private SweepRound() {}

    /** @param before null when nothing was swept yet by the present rules */
    static Sweep after(Sweep before, long runId, String time, Scope scope, Result result) {
        return switch (scope.type()) {
            case SWEEP -> part(before, runId, time, result);
            // It has looked at the round's earlier parts too: what these counted is of yesterday.
            case FULL -> before == null ? null : new Sweep(before.percent(), before.sinceRunId(), before.since(), before.rowsSource(),
                    before.rowsTarget(), Map.of(), before.oldestVerified(), before.to());
            default -> before;
        };
    }

    /** Every record of both tables was looked at since the round began. */
    static Sweep verified(Sweep round) {
        return new Sweep(round.percent(), round.sinceRunId(), round.since(), round.rowsSource(), round.rowsTarget(), round.counts(),
                round.since(), round.to());
    }

    private static Sweep part(Sweep before, long runId, String time, Result result) {
        Coverage part = result.coverage();
        Sweep alone = new Sweep(share(part), null, null, RunFolding.value(result.rowsSource()), RunFolding.value(result.rowsTarget()),
                result.counts() == null ? Map.of() : result.counts(), before == null ? null : before.oldestVerified(),
                part == null ? null : part.to());
        if (part == null) {
            return alone;
        }
        if (part.from() == null) {
            return new Sweep(part.to() == null ? 100 : alone.percent(), runId, time, alone.rowsSource(), alone.rowsTarget(), alone.counts(),
                    alone.oldestVerified(), part.to());
        }
        boolean continues = before != null && before.sinceRunId() != null && before.percent() < 100 && part.from().equals(before.to());
        if (!continues) {
            return alone;
        }
        Map<String, Long> counts = new TreeMap<>(alone.counts());
        if (before.counts() != null) {
            before.counts().forEach((kind, n) -> counts.merge(kind, n, Long::sum));
        }
        return new Sweep(part.to() == null ? 100 : Math.min(before.percent() + alone.percent(), 99), before.sinceRunId(), before.since(),
                RunFolding.value(before.rowsSource()) + alone.rowsSource(), RunFolding.value(before.rowsTarget()) + alone.rowsTarget(),
                counts, before.oldestVerified(), part.to());
    }

    /** Less than everything: a round is complete when the end was reached, whatever the estimates add up to. */
    private static int share(Coverage part) {
        return part == null || part.percent() == null ? 0 : Math.min(part.percent(), 99);
    }
}
