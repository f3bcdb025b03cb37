package dev.concordat.drift;

import dev.concordat.api.v1alpha1.RecordRules.As;
import dev.concordat.api.v1alpha1.RecordRules.Compare;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.report.Failure;
import dev.concordat.store.Column;
import dev.concordat.store.Form;
import dev.concordat.store.Form.Kind;
import dev.concordat.store.Logical;
import dev.concordat.store.StoreException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.ZoneId;

/** Which form two columns are compared in: every sensible pair of types, and a refusal by name for all others. Pure. */
record Pairing(StoreType source, StoreType target) {
    /**
     * The two columns as one field.
     *
     * @param path of the rule in the contract, for messages
     * @throws StoreException when no sound comparison is known; it names both types and the remedy
     */
    Plan.Field pair(Column s, Column t, Compare compare, String path) throws StoreException {
        Form form = form(s, t, compare, path);
        String why = form.canonicalInSql() ? null : switch (form.kind()) {
            case JSON -> "JSON is compared as trees";
            case NUMBER -> form.tolerance().signum() != 0 ? "a tolerance has no hash" : "the engines write these two number types differently";
            default -> form.fold() ? "the engines fold case differently" : "compared by value";
        };
        Form onSource = form;
        Form onTarget = form;
        if (form.kind() == Kind.TIMESTAMP) {
            onSource = form.in(zone(compare.sourceZone(), s, path + ".compare.sourceZone"));
            onTarget = form.in(zone(compare.targetZone(), t, path + ".compare.targetZone"));
        }
        return new Plan.Field(s.name(), path, s, t, onSource, onTarget, why == null, why);
    }

    private static String zone(String zone, Column column, String path) throws StoreException {
        if (zone == null) {
            return "UTC";
        }
        if (column.logical() != Logical.TIMESTAMP) {
            throw new StoreException(new Failure(Planner.TYPES_NOT_COMPARABLE, path, "column " + column.name() + " (" + column.declared() + ") stores points in time, not local time", "Remove the zone", true), true);
        }
        try {
            String id = ZoneId.of(zone).normalized().getId();
            return id.equals("Z") ? "UTC" : zone;
        } catch (DateTimeException e) {
            throw new StoreException(new Failure("InvalidTimeZone", path, "no time zone is called " + zone, "Use a name of the IANA database, such as Europe/Berlin", false), true);
        }
    }

    private Form form(Column s, Column t, Compare compare, String path) throws StoreException {
        boolean exact = compare.as() == As.EXACT;
        switch (compare.as()) {
            case JSON -> {
                if (jsonOrText(s) && jsonOrText(t)) {
                    return Form.of(Kind.JSON);
                }
                throw refuse(s, t, path, "as: Json needs json or text columns");
            }
            case TEXT -> {
                if (s.text() && t.text()) {
                    return new Form(Kind.TEXT, 0, Boolean.TRUE.equals(compare.trim()), padded(s, t), Boolean.TRUE.equals(compare.caseInsensitive()), BigDecimal.ZERO, "UTC");
                }
                throw refuse(s, t, path, "as: Text needs text columns");
            }
            case DECIMAL -> {
                if (!s.number() || !t.number()) {
                    throw refuse(s, t, path, "as: Decimal needs number columns");
                }
                BigDecimal tolerance = compare.tolerance() == null ? BigDecimal.ZERO : new BigDecimal(compare.tolerance());
                return tolerance.signum() != 0 ? new Form(Kind.NUMBER, 0, false, false, false, tolerance, "UTC") : number(s, t);
            }
            case TIMESTAMP -> {
                if (!time(s) || !time(t)) {
                    throw refuse(s, t, path, "as: Timestamp needs timestamp or datetime columns");
                }
                int digits = compare.precision() == null ? Math.min(s.scale(), t.scale()) : switch (compare.precision()) {
                    case MICROSECONDS -> 6;
                    case MILLISECONDS -> 3;
                    case SECONDS -> 0;
                };
                return Form.digits(Kind.TIMESTAMP, digits);
            }
            case EXACT, IGNORED -> {
                // Below.
            }
        }
        if (s.number() && t.number()) {
            return number(s, t);
        }
        if (s.logical() == Logical.BOOLEAN && (t.logical() == Logical.BOOLEAN || t.logical() == Logical.INTEGER)
                || t.logical() == Logical.BOOLEAN && s.logical() == Logical.INTEGER) {
            return Form.of(Kind.BOOLEAN);
        }
        if (time(s) && time(t)) {
            return Form.digits(Kind.TIMESTAMP, Math.min(s.scale(), t.scale()));
        }
        if (s.text() && t.text()) {
            return new Form(Kind.TEXT, 0, false, padded(s, t), false, BigDecimal.ZERO, "UTC");
        }
        if (s.logical() == Logical.JSON && jsonOrText(t) || t.logical() == Logical.JSON && jsonOrText(s)) {
            return Form.of(Kind.JSON);
        }
        if (s.logical() == Logical.UUID && uuid(t) || t.logical() == Logical.UUID && uuid(s)) {
            return Form.of(Kind.UUID);
        }
        if (s.logical() == t.logical() && exact) {
            switch (s.logical()) {
                case DATE -> {
                    return Form.of(Kind.DATE);
                }
                case TIME -> {
                    return Form.digits(Kind.TIME, Math.min(s.scale(), t.scale()));
                }
                case BINARY -> {
                    return Form.of(Kind.BINARY);
                }
                case OTHER -> {
                    if (source == StoreType.POSTGRESQL && target == StoreType.POSTGRESQL && s.declared().equals(t.declared())) {
                        return Form.of(Kind.NATIVE);
                    }
                }
                default -> {
                    // Refused below.
                }
            }
        }
        throw refuse(s, t, path, "no sound comparison is known for these two types");
    }

    private static Form number(Column s, Column t) {
        if (s.logical() == Logical.INTEGER && t.logical() == Logical.INTEGER) {
            return Form.of(Kind.INTEGER);
        }
        if (s.floating() && t.floating()) {
            return Form.of(Kind.DOUBLE);
        }
        int digits = s.scale() < 0 || t.scale() < 0 ? -1 : Math.max(s.scale(), t.scale());
        // Beyond what MariaDB can cast to.
        return s.floating() || t.floating() || digits > 38 ? Form.of(Kind.NUMBER) : Form.digits(Kind.DECIMAL, digits);
    }

    private static boolean padded(Column s, Column t) {
        return s.logical() == Logical.CHAR || t.logical() == Logical.CHAR;
    }

    private static boolean time(Column c) {
        return c.logical() == Logical.TIMESTAMP || c.logical() == Logical.INSTANT;
    }

    private static boolean jsonOrText(Column c) {
        return c.logical() == Logical.JSON || c.logical() == Logical.TEXT;
    }

    private static boolean uuid(Column c) {
        return c.logical() == Logical.UUID || c.text() || c.logical() == Logical.BINARY && c.length() == 16;
    }

    private static StoreException refuse(Column s, Column t, String path, String why) {
        return new StoreException(new Failure(Planner.TYPES_NOT_COMPARABLE, path, "column " + s.name() + " is " + s.declared() + " on the source and "
                + (t.name().equals(s.name()) ? "" : t.name() + " is ") + t.declared() + " on the target: " + why,
                "Change one of the types, choose another compare.as, or list the field with compare as Ignored and a reason", true), true);
    }
}
