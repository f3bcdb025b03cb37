package dev.concordat.drift;

import dev.concordat.api.v1alpha1.SyncContractSpec.GapKind;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.report.Failure;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether a comparison that found no row on either side has compared nothing because of what was to be compared: conditions that leave no row are more often a mistake than a
 * pair of tables without records, and "no difference" would hide it for good. Pure.
 */
final class NothingCompared {
    static final String REASON = "NothingCompared";

    private static final String ROWS = "spec.record.rows";
    private static final String SCOPE = "spec.verification.scope";

    private NothingCompared() {}

    /** What leaves rows out, and where that is said. */
    private record Cause(String field, String words, String remedy) {}

    /** Whether anything but the tables themselves may be why there are no rows. */
    static boolean restricts(CompareSpec spec, Plan plan) {
        return !causes(spec, plan).isEmpty();
    }

    /**
     * Why such a comparison says nothing; null where it does, since neither table has a row at all.
     *
     * @param source whether the source's table has rows, whatever the conditions say
     * @param target whether the target's has
     */
    static Failure of(CompareSpec spec, Plan plan, boolean source, boolean target) {
        List<Cause> causes = causes(spec, plan);
        if (causes.isEmpty() || !source && !target) {
            return null;
        }
        String tables = source ? "the source's table has rows and the target's has none" : "the target's table has rows and the source's has none";
        return new Failure(REASON, causes.getFirst().field, "nothing was compared: " + String.join(" and ", causes.stream().map(Cause::words).toList())
                + (causes.size() == 1 && !causes.getFirst().words.endsWith("s") ? " leaves" : " leave") + " 0 rows on the source and 0 on the target, although "
                + (source && target ? "both tables have rows" : tables), String.join(". ", causes.stream().map(Cause::remedy).distinct().toList()), false);
    }

    private static List<Cause> causes(CompareSpec spec, Plan plan) {
        List<Cause> causes = new ArrayList<>();
        String count = "Run select count(*) with each condition on its own side: one that matches nothing has a value in other letters, quotes or of another type than the column's";
        if (spec.rules().rows() != null) {
            causes.add(new Cause(ROWS, "the row filters", count));
        }
        Scope scope = spec.scope();
        if (scope.type() == ScopeType.KEY_RANGE) {
            causes.add(new Cause(SCOPE, "the range of the key", "Give from and to within the keys that the tables have"));
        } else if (scope.type() == ScopeType.WINDOW) {
            causes.add(new Cause(SCOPE, "the window", "No row has a time before the window either: check that " + scope.field() + " is the time of the last change, and in which zone it is stored"));
        } else if (scope.type() == ScopeType.SAMPLE) {
            causes.add(new Cause(SCOPE, "the sample", "Draw a larger share of the records"));
        }
        if (spec.gaps().stream().anyMatch(gap -> gap.kind() == GapKind.EXCLUDED_ROWS)) {
            causes.add(new Cause("spec.gaps", "the gaps", count));
        }
        if (plan.tombstones() != null) {
            causes.add(new Cause("spec.record.deletes", "the tombstones", "Look whether every row is marked as deleted, or the mark means the opposite"));
        }
        return causes;
    }
}
