package dev.concordat.cli.compare;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.report.Failure;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts the engine's failures, which speak of a contract's fields, into the words of options for those who gave two URLs. Pure. */
final class Wording {
    private static final Pattern COLUMN = Pattern.compile("spec\\.record\\.fields \\((.*)\\)", Pattern.DOTALL);
    private static final Pattern ENTRY = Pattern.compile("spec\\.record\\.fields\\[([0-9]+)].*", Pattern.DOTALL);
    private static final Pattern SIDE = Pattern.compile("(source|target)\\..*", Pattern.DOTALL);

    private Wording() {}

    static Failure options(Failure failure, RecordRules rules) {
        String field = failure.field();
        if (field == null) {
            return failure;
        }
        String column = null;
        Matcher named = COLUMN.matcher(field);
        Matcher entry = ENTRY.matcher(field);
        Matcher side = SIDE.matcher(field);
        if (named.matches()) {
            column = named.group(1);
        } else if (entry.matches() && Integer.parseInt(entry.group(1)) < rules.fields().size()) {
            column = rules.fields().get(Integer.parseInt(entry.group(1))).name();
        }
        boolean oneForBoth = rules.rows() == null || Objects.equals(rules.rows().sourceFilter(), rules.rows().targetFilter());
        String option = column != null ? "column " + column
                : side.matches() ? side.group(1)
                : field.startsWith("spec.record.key") ? "--key"
                : field.startsWith("spec.record.version") ? "--version"
                : field.startsWith("spec.record.rows") && oneForBoth ? "--where"
                : field.equals("spec.record.rows") ? "--source-where, --target-where"
                : field.startsWith("spec.record.rows.sourceFilter") ? "--source-where"
                : field.startsWith("spec.record.rows.targetFilter") ? "--target-where"
                : field.startsWith("spec.verification.scope") ? "--scope"
                : field.startsWith("spec.verification.settle") ? "--settle"
                : field.startsWith("spec.verification.evidence.redact") ? "--redact"
                : field;
        String remedy = failure.remedy();
        if (column != null && remedy != null && remedy.contains("Ignored")) {
            remedy = "Leave the column out with --exclude " + column + ", change one of the types, or compare with a contract, which has rules for values that are written differently";
        } else if (remedy != null) {
            remedy = remedy.replace("limits.connections", "--threads").replace("limits.statementTimeout", "--statement-timeout").replace("spec.verification.scope", "--scope").replace("spec.record.key", "--key");
        }
        return new Failure(failure.reason(), option, failure.message(), remedy, failure.schema());
    }
}
