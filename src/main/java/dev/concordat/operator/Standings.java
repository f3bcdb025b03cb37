package dev.concordat.operator;

import dev.concordat.api.v1alpha1.ReconcileJobStatus.Result;
import dev.concordat.api.v1alpha1.SyncContractStatus.Standing;
import dev.concordat.api.v1alpha1.SyncContractStatus.Sweep;
import dev.concordat.api.v1alpha1.SyncContractStatus.What;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.report.RunReport.Kind;
import dev.concordat.report.Share;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What stands: the findings of checks that no later check has taken back. Pure. A check takes back what it looked at and adds what it found;
 * drift, contradictions of the source and undecided records go by the same rule.
 */
final class Standings {
    /** Beyond so many findings the oldest two of a sort become one that a full check takes back. */
    static final int BOUND = 16;

    private static final Comparator<Standing> WORSE = Comparator.comparing((Standing s) -> RunFolding.value(s.ppm()))
            .thenComparing(s -> RunFolding.value(s.records())).thenComparing(Standing::runId);

    private Standings() {}

    /**
     * A check with a verdict.
     *
     * @param round where the sweep stands after it; null when there is none
     */
    record Look(long runId, Scope scope, Sweep round, Result result) {
        boolean part() {
            return scope.type() == ScopeType.SWEEP;
        }

        /** A part of a round that was followed from its beginning. */
        boolean partOfRound() {
            return part() && round != null && round.sinceRunId() != null;
        }

        boolean endsRound() {
            return partOfRound() && round.percent() == 100;
        }

        /** Of the round so far, or of this check. */
        Map<String, Long> counts() {
            Map<String, Long> counts = part() ? round.counts() : result.counts();
            return counts == null ? Map.of() : counts;
        }

        long rowsSource() {
            return RunFolding.value(part() ? round.rowsSource() : result.rowsSource());
        }

        long rowsTarget() {
            return RunFolding.value(part() ? round.rowsTarget() : result.rowsTarget());
        }

        /** Of the round so far, or of this check: on either side. */
        long records() {
            return Share.records(rowsSource(), rowsTarget(), counts());
        }
    }

    /** What stands after the check. */
    static List<Standing> after(List<Standing> before, Look look) {
        List<Standing> stands = new ArrayList<>();
        for (Standing standing : before) {
            if (!takenBack(standing, look)) {
                stands.add(ofRound(standing, look) ? counted(standing, look) : standing);
            }
        }
        for (What what : What.values()) {
            found(what, look).ifPresent(found -> add(stands, found, look));
        }
        forgetLesser(stands, look.round());
        return bounded(stands);
    }

    /** Whether the check has looked at everything that the finding may be about. */
    private static boolean takenBack(Standing standing, Look look) {
        if (Scopes.covers(look.scope(), standing.scope())) {
            return true;
        }
        // All parts of the round that ends here began after the finding. What a part of it found itself was seen since.
        return look.endsRound() && standing.until() < look.round().sinceRunId();
    }

    private static Optional<Standing> found(What what, Look look) {
        if (records(what, look.result().counts(), look.result().records()) == 0) {
            return Optional.empty();
        }
        // A part of a sweep speaks for the parts of its round before it.
        Map<String, Long> counts = look.counts();
        long records = records(what, counts, look.part() ? Long.valueOf(Kind.drifted(counts)) : look.result().records());
        boolean drift = what == What.DRIFT;
        return Optional.of(new Standing(what, look.runId(), null, look.scope(), records,
                Share.ppm(records, look.records()), look.rowsSource(), look.rowsTarget(), drift ? counts : null,
                look.result().report(), drift ? look.result().worstPartition() : null,
                what == What.UNRELIABLE ? look.result().contradiction() : null));
    }

    private static long records(What what, Map<String, Long> counts, Long drifted) {
        return switch (what) {
            case DRIFT -> RunFolding.value(drifted);
            case UNRELIABLE -> count(counts, "unreliable");
            case UNDECIDED -> count(counts, "undecided");
        };
    }

    private static void add(List<Standing> stands, Standing found, Look look) {
        // Its numbers are those of the whole round so far.
        stands.removeIf(standing -> standing.what() == found.what() && ofRound(standing, look));
        stands.add(found);
    }

    /**
     * Samples draw other records each time, and rounds of a sweep may end half way: whatever takes the newer finding back takes back the
     * older one too, which tells nothing more unless it is the worse.
     */
    private static void forgetLesser(List<Standing> stands, Sweep round) {
        stands.removeIf(older -> many(older) && !moving(older, round) && stands.stream().anyMatch(newer -> newer.what() == older.what()
                && newer.scope().type() == older.scope().type() && newer.runId() > older.runId() && !moving(newer, round)
                && WORSE.compare(newer, older) > 0));
    }

    private static boolean many(Standing standing) {
        return standing.scope().type() == ScopeType.SAMPLE || standing.scope().type() == ScopeType.SWEEP;
    }

    /** Whether its numbers change with the next part of the round. */
    private static boolean moving(Standing standing, Sweep round) {
        return standing.scope().type() == ScopeType.SWEEP && round != null && round.sinceRunId() != null && round.percent() < 100
                && standing.runId() >= round.sinceRunId();
    }

    /** Whether it was found by an earlier part of the round that the check is a part of. */
    private static boolean ofRound(Standing standing, Look look) {
        return look.partOfRound() && standing.scope().type() == ScopeType.SWEEP && standing.runId() >= look.round().sinceRunId();
    }

    /** The same finding beside all that the round has compared by now. */
    private static Standing counted(Standing s, Look look) {
        return new Standing(s.what(), s.runId(), s.lastRunId(), s.scope(), s.records(),
                Share.ppm(s.records(), look.records()), look.rowsSource(), look.rowsTarget(),
                s.counts() == null ? null : look.counts(), s.report(), s.worstPartition(), s.first());
    }

    private static List<Standing> bounded(List<Standing> stands) {
        while (stands.size() > BOUND) {
            What most = Stream.of(What.values()).max(Comparator.comparing(what -> of(what, stands).size())).get();
            List<Standing> oldest = of(most, stands);
            together(stands, oldest.get(0), oldest.get(1));
        }
        return List.copyOf(stands);
    }

    /** Makes one of two, in the place of the first: the numbers of the worse, taken back by what covers both. */
    private static void together(List<Standing> stands, Standing a, Standing b) {
        Standing worse = worst(List.of(a, b));
        long until = Math.max(a.until(), b.until());
        stands.set(stands.indexOf(a), new Standing(worse.what(), worse.runId(), until == worse.runId() ? null : Long.valueOf(until),
                Scopes.both(a.scope(), b.scope()), worse.records(), worse.ppm(), worse.rowsSource(), worse.rowsTarget(), worse.counts(),
                worse.report(), worse.worstPartition(), worse.first()));
        stands.remove(b);
    }

    static List<Standing> of(What what, List<Standing> stands) {
        return stands.stream().filter(standing -> standing.what() == what).toList();
    }

    /** @param stands not empty */
    static Standing worst(List<Standing> stands) {
        return stands.stream().max(WORSE).get();
    }

    /**
     * What has to be covered to take all of them back.
     *
     * @param stands not empty
     */
    static Scope scope(List<Standing> stands) {
        return stands.stream().map(Standing::scope).reduce(Scopes::both).get();
    }

    static long count(Map<String, Long> counts, String counter) {
        return counts == null ? 0 : counts.getOrDefault(counter, 0L);
    }
}
