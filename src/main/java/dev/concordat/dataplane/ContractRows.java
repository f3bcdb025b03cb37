package dev.concordat.dataplane;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.SyncContractSpec.Gap;
import dev.concordat.api.v1alpha1.SyncContractSpec.GapKind;
import dev.concordat.report.Failure;
import dev.concordat.store.Catalogue;
import dev.concordat.store.Column;
import dev.concordat.store.Dialect;
import dev.concordat.store.Reason;
import dev.concordat.store.StoreException;
import java.util.ArrayList;
import java.util.List;

/**
 * Which rows of a table are the contract's: those that a check compares. What is never copied, or is deleted, is never late. Pure.
 */
final class ContractRows {
    private ContractRows() {}

    /**
     * Conditions of which all hold for such a row, to follow {@code WHERE 1=1}; empty when every row is one.
     *
     * @throws StoreException when a condition is none, or a column of the contract does not exist
     */
    static String conditions(SyncContractSpec spec, boolean source, Dialect dialect, Catalogue catalogue) throws StoreException {
        List<String> conditions = new ArrayList<>();
        RecordRules.Rows rows = spec.record().rows();
        String side = source ? "sourceFilter" : "targetFilter";
        String filter = rows == null ? null : source ? rows.sourceFilter() : rows.targetFilter();
        if (filter != null) {
            // A line break after what the contract says keeps a comment in it from swallowing the rest.
            conditions.add("(" + checked(filter, "spec.record.rows." + side, dialect) + "\n)");
        }
        for (int i = 0; i < spec.gaps().size(); i++) {
            Gap gap = spec.gaps().get(i);
            String left = gap.kind() == GapKind.EXCLUDED_ROWS ? gap.filter(source) : null;
            if (left != null) {
                String path = "spec.gaps[" + i + "]." + (gap.filter() == null ? side : "filter");
                conditions.add("(" + checked(left, path, dialect) + "\n) IS NOT TRUE");
            }
        }
        Column mark = mark(spec.record().deletes(), source, catalogue);
        if (mark != null) {
            conditions.add("NOT " + dialect.deleted(mark, dialect.quote(mark.name())));
        }
        return conditions.isEmpty() ? "" : " AND " + String.join(" AND ", conditions);
    }

    private static String checked(String condition, String path, Dialect dialect) throws StoreException {
        var refused = dialect.grammar().refuses(condition);
        if (refused.isPresent()) {
            throw new StoreException(new Failure("FilterInvalid", path, "the condition " + refused.get(),
                    "Write one SQL condition on this table's columns, as after WHERE", false), true);
        }
        return condition;
    }

    /** The column that marks a deleted record on this side; null when none does. */
    private static Column mark(RecordRules.Deletes deletes, boolean source, Catalogue catalogue) throws StoreException {
        if (deletes == null || deletes.tombstone() == null) {
            return null;
        }
        RecordRules.Tombstone tombstone = deletes.tombstone();
        if (!source && (deletes.onTarget() == RecordRules.OnTarget.KEEP || deletes.onTarget() == RecordRules.OnTarget.PURGE)) {
            return null;
        }
        boolean named = source || tombstone.targetField() != null;
        String name = source || tombstone.targetField() == null ? tombstone.field() : tombstone.targetField();
        Column mark = catalogue.column(name);
        if (mark == null && named) {
            throw new StoreException(new Failure(Reason.COLUMN_NOT_FOUND, "spec.record.deletes.tombstone." + (source ? "field" : "targetField"),
                    "there is no column " + name, "Name the column that marks a deleted record", false), true);
        }
        return mark;
    }
}
