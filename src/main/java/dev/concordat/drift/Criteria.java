package dev.concordat.drift;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.SyncContractSpec.Gap;
import dev.concordat.api.v1alpha1.SyncContractSpec.GapKind;
import dev.concordat.report.Failure;
import dev.concordat.store.Reason;
import dev.concordat.store.StoreException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What of a difference is drift under the contract, in terms of the plan's fields.
 *
 * @param plan      the comparison
 * @param relevant  indexes of the fields in which a difference is drift
 * @param stale     indexes of the fields that may differ, to the labels of the gaps that allow it
 * @param labels    of all gaps, in the contract's order
 * @param keep      whether a row that only the target has is meant to be there
 * @param redacted  by field, whether its values stay inside
 */
record Criteria(Plan plan, int[] relevant, Map<Integer, List<String>> stale, List<String> labels, boolean keep, boolean[] redacted) {

    /** What a look at both sides of one record says. */
    enum Look { EQUAL, DIFFERENT, ALLOWED, KEPT }

    /** @throws StoreException when the contract names a field that is not compared or must not be shown */
    static Criteria of(CompareSpec spec, Plan plan) throws StoreException {
        List<Plan.Field> fields = plan.fields();
        Map<Integer, List<String>> stale = new TreeMap<>();
        Map<String, Boolean> labels = new LinkedHashMap<>();
        for (int i = 0; i < spec.gaps().size(); i++) {
            Gap gap = spec.gaps().get(i);
            labels.put(gap.label(), true);
            if (gap.kind() != GapKind.STALE_FIELD) {
                continue;
            }
            String path = "spec.gaps[" + i + "].field";
            int field = index(fields, gap.field());
            if (field < 0) {
                throw wrong(Reason.COLUMN_NOT_FOUND, path, spec.source().place() + " has no compared column " + gap.field(), "Name a column of the source that is not Ignored, as the catalogue spells it");
            }
            if (plan.key().contains(fields.get(field))) {
                throw wrong("GapInvalid", path, gap.field() + " is a key field: two records with different keys are two records", "Name a field that is not in spec.record.key");
            }
            if (field == plan.version()) {
                throw wrong("GapInvalid", path, gap.field() + " is the version field: with it stale by design, nothing else could be told as stale", "Remove the gap, or spec.record.version");
            }
            stale.computeIfAbsent(field, _ -> new ArrayList<>()).add(gap.label());
        }
        boolean[] redacted = new boolean[fields.size()];
        for (int i = 0; i < redacted.length; i++) {
            redacted[i] = spec.redacts(fields.get(i));
        }
        if (plan.partition() >= 0 && redacted[plan.partition()]) {
            throw wrong("PartitionRedacted", "spec.record.partition", "the values of " + spec.rules().partition()
                    + " are left out of reports by spec.verification.evidence.redact, and would name the partitions", "Name another field, or take it off the list");
        }
        boolean keep = spec.rules().deletes() != null && spec.rules().deletes().onTarget() == RecordRules.OnTarget.KEEP;
        return new Criteria(plan, IntStream.range(0, fields.size()).filter(i -> !stale.containsKey(i)).toArray(), stale, List.copyOf(labels.keySet()), keep, redacted);
    }

    private static int index(List<Plan.Field> fields, String name) {
        return IntStream.range(0, fields.size()).filter(i -> fields.get(i).name().equals(name)).findFirst().orElse(-1);
    }

    private static StoreException wrong(String reason, String path, String message, String remedy) {
        return new StoreException(new Failure(reason, path, message, remedy, false), true);
    }

    /** Pure. */
    Look look(Row source, Row target) {
        if (!source.present() && !target.present()) {
            return Look.EQUAL;
        }
        if (source.copies() > 1 || target.copies() > 1 || !target.present()) {
            return Look.DIFFERENT;
        }
        if (!source.present()) {
            return keep ? Look.KEPT : Look.DIFFERENT;
        }
        return differences(source, target).length > 0 ? Look.DIFFERENT : allowed(source, target).isEmpty() ? Look.EQUAL : Look.ALLOWED;
    }

    /** Indexes of the fields in which two single rows differ and must not. */
    int[] differences(Row source, Row target) {
        return Arrays.stream(relevant).filter(i -> !source.equalIn(plan.fields().get(i), i, target)).toArray();
    }

    /** Labels of the gaps that allow what two single rows differ in beside {@link #differences}. */
    List<String> allowed(Row source, Row target) {
        return stale.entrySet().stream().filter(e -> !source.equalIn(plan.fields().get(e.getKey()), e.getKey(), target)).flatMap(e -> e.getValue().stream()).distinct().toList();
    }
}
