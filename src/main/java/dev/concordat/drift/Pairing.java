package dev.concordat.drift;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.Compare;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.report.Failure;
import dev.concordat.store.Column;
import dev.concordat.store.Form;
import dev.concordat.store.Form.Kind;
import dev.concordat.store.Form.Rounding;
import dev.concordat.store.Logical;
import dev.concordat.store.StoreException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Set;
import java.util.regex.Pattern;

/** Which form two columns are compared in: every sensible pair of types, and a refusal by name for all others. Pure. */
record Pairing(StoreType source, StoreType target, Rounding sourceRounding, Rounding targetRounding) {
    /**
     * The two columns as one field.
     *
     * @param path of the rule in the contract, for messages
     * @throws StoreException when no sound comparison is known; it names both types and the remedy
     */
    Plan.Field pair(Column s, Column t, Compare compare, String path) throws StoreException {
        Form form = form(s, t, compare, path);
        if (compare.rounding() != null && form.kind() != Kind.TIMESTAMP && form.kind() != Kind.TIME) {
            throw new StoreException(new Failure(Planner.TYPES_NOT_COMPARABLE, path + ".compare.rounding",
                    "column " + s.name() + " is " + s.declared() + ", and rounding is for timestamps and times", "Remove rounding", true), true);
        }
        String why = streamed(form, s, t);
        Form onSource = form;
        Form onTarget = form;
        if (form.kind() == Kind.TIMESTAMP) {
            onSource = form.in(zone(compare.sourceZone(), s, path + ".compare.sourceZone"));
            onTarget = form.in(zone(compare.targetZone(), t, path + ".compare.targetZone"));
        }
        boolean trees = form.kind() == Kind.JSON;
        return new Plan.Field(s.name(), path, trees ? s.as(Logical.JSON) : s, trees ? t.as(Logical.JSON) : t, onSource, onTarget, why == null, why);
    }

    /** Why no hash of two equal values is the same on both sides; null when it is. */
    private String streamed(Form form, Column s, Column t) {
        return switch (form.kind()) {
            // Two texts of one engine's own form are equal as a rule; those that are not are compared as trees.
            case JSON -> sameEngine() && (s.logical() == Logical.JSON || t.logical() == Logical.JSON) && s.declared().equals(t.declared()) ? null : "JSON is compared as trees";
            case NUMBER -> form.tolerance().signum() != 0 ? "a tolerance has no hash" : "the engines write these two number types differently";
            case INET -> s.logical() == t.logical() ? null : "an address has several spellings as text";
            default -> form.fold() ? "the engines fold case differently" : null;
        };
    }

    private boolean sameEngine() {
        return source == target;
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
        switch (compare.as()) {
            case JSON -> {
                if (tree(s) && tree(t)) {
                    return Form.of(Kind.JSON);
                }
                throw refuse(s, t, path, "as: Json needs json or text columns, or arrays of numbers, booleans, texts, UUIDs or JSON");
            }
            case TEXT -> {
                if (writesText(s, source) && writesText(t, target)) {
                    return digesting(Form.text(Boolean.TRUE.equals(compare.trim()), padded(s, t), Boolean.TRUE.equals(compare.caseInsensitive())), s, t);
                }
                throw refuse(s, t, path, "as: Text needs text columns, or a type of PostgreSQL that has no counterpart and is compared as the text that PostgreSQL writes");
            }
            case DECIMAL -> {
                if (!s.number() || !t.number()) {
                    throw refuse(s, t, path, "as: Decimal needs number columns");
                }
                BigDecimal tolerance = compare.tolerance() == null ? BigDecimal.ZERO : new BigDecimal(compare.tolerance());
                return tolerance.signum() != 0 ? Form.number(tolerance) : number(s, t);
            }
            case TIMESTAMP -> {
                if (!time(s) || !time(t)) {
                    throw refuse(s, t, path, "as: Timestamp needs timestamp or datetime columns");
                }
                return time(Kind.TIMESTAMP, s, t, compare);
            }
            case EXACT, IGNORED -> {
                // Below.
            }
        }
        if (s.number() && t.number()) {
            return number(s, t);
        }
        Form form = bits(s, t);
        if (form != null) {
            return form;
        }
        if (time(s) && time(t)) {
            return time(Kind.TIMESTAMP, s, t, compare);
        }
        if (s.text() && t.text()) {
            return digesting(Form.text(false, padded(s, t), false), s, t);
        }
        if (s.logical() == Logical.JSON && tree(t) || t.logical() == Logical.JSON && tree(s)) {
            return Form.of(Kind.JSON);
        }
        if (s.logical() == Logical.UUID && uuid(t) || t.logical() == Logical.UUID && uuid(s)) {
            return Form.of(Kind.UUID);
        }
        if (s.logical() == Logical.INET && (t.logical() == Logical.INET || t.text()) || t.logical() == Logical.INET && s.text()) {
            // MariaDB's inet6 has no other way to hold an IPv4 address.
            return Form.digits(Kind.INET, s.declared().equals("inet6") || t.declared().equals("inet6") ? Form.MAPPED : 0).padding(padded(s, t));
        }
        if (s.logical() == t.logical()) {
            switch (s.logical()) {
                case DATE -> {
                    return Form.of(Kind.DATE);
                }
                case TIME -> {
                    return time(Kind.TIME, s, t, compare);
                }
                case BINARY -> {
                    return digesting(Form.of(Kind.BINARY).padding((s.fixed() || t.fixed()) && !(s.fixed() && t.fixed() && s.length() == t.length())), s, t);
                }
                case ARRAY, OTHER -> {
                    if (sameEngine() && s.declared().equals(t.declared())) {
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

    /** Booleans and strings of bits, with one another and with integers; null when the columns are none of these. */
    private static Form bits(Column s, Column t) {
        boolean truths = s.logical() == Logical.BOOLEAN && t.logical() == Logical.BOOLEAN;
        if (truths || one(s) && t.logical() == Logical.BOOLEAN || one(t) && s.logical() == Logical.BOOLEAN) {
            return Form.of(Kind.BOOLEAN);
        }
        if (s.logical() == Logical.BOOLEAN && t.logical() == Logical.INTEGER || t.logical() == Logical.BOOLEAN && s.logical() == Logical.INTEGER) {
            // One bit holds no other number; a truth value is any number but 0.
            return Form.of(s.declared().equals("bit(1)") || t.declared().equals("bit(1)") ? Kind.INTEGER : Kind.BOOLEAN);
        }
        if (s.logical() == Logical.BITS && t.logical() == Logical.BITS) {
            return s.fixed() && t.fixed() && s.length() != t.length() ? null : Form.of(Kind.BITS);
        }
        if (number64(s) && t.logical() == Logical.INTEGER || number64(t) && s.logical() == Logical.INTEGER) {
            return Form.of(Kind.INTEGER);
        }
        return null;
    }

    private static boolean one(Column c) {
        return c.logical() == Logical.BITS && c.fixed() && c.length() == 1;
    }

    private static boolean number64(Column c) {
        return c.logical() == Logical.BITS && c.fixed() && c.length() <= 64;
    }

    /** At the coarser precision; finer digits as the rule says, or else as the coarser column's server stores them. What is compared at less than both columns have is cut. */
    private Form time(Kind kind, Column s, Column t, Compare compare) {
        int coarser = Math.min(s.scale(), t.scale());
        Form form = Form.digits(kind, switch (compare.precision()) {
            case null -> coarser;
            case MICROSECONDS -> 6;
            case MILLISECONDS -> 3;
            case SECONDS -> 0;
        });
        Rounding its = s.scale() < t.scale() ? sourceRounding : targetRounding;
        if (compare.rounding() == null) {
            return s.scale() != t.scale() && form.digits() == coarser ? form.rounding(its) : form;
        }
        boolean postgres = (s.scale() < t.scale() ? source : target) == StoreType.POSTGRESQL;
        Rounding half = postgres ? Rounding.AWAY : Rounding.UP;
        return form.rounding(compare.rounding() == RecordRules.Rounding.ROUND ? half : Rounding.CUT);
    }

    private Form number(Column s, Column t) {
        if (sameEngine() && s.logical() == Logical.DECIMAL && t.logical() == Logical.DECIMAL && s.scale() >= 0 && s.scale() == t.scale()) {
            return Form.digits(Kind.DECIMAL, s.scale());
        }
        if (s.logical() == Logical.INTEGER && t.logical() == Logical.INTEGER) {
            return Form.of(Kind.INTEGER);
        }
        if (s.floating() && t.floating()) {
            return Form.digits(Kind.DOUBLE, s.logical() == t.logical() ? 0 : Form.SINGLE);
        }
        if (s.floating() || t.floating()) {
            return Form.of(Kind.NUMBER);
        }
        int digits = s.scale() < 0 || t.scale() < 0 ? -1 : Math.max(s.scale(), t.scale());
        // MariaDB has 65 digits, 38 of them after the point, and clamps what it cannot hold.
        return Form.digits(Kind.DECIMAL, digits > 38 || digits + Math.max(before(s), before(t)) > 65 ? -1 : digits);
    }

    /** Digits before the point. */
    private static int before(Column c) {
        return c.logical() == Logical.DECIMAL ? c.length() - c.scale() : 20;
    }

    /** Long values of both sides are rendered as digests where both columns can hold them: MariaDB has no hash of a row longer than a packet. */
    private static Form digesting(Form form, Column s, Column t) {
        return form.digesting(form.opaque() && (s.length() == 0 || s.length() > Form.VERY_LONG) && (t.length() == 0 || t.length() > Form.VERY_LONG));
    }

    private static boolean padded(Column s, Column t) {
        return s.logical() == Logical.CHAR || t.logical() == Logical.CHAR;
    }

    private static boolean time(Column c) {
        return c.logical() == Logical.TIMESTAMP || c.logical() == Logical.INSTANT;
    }

    private static final Set<String> ELEMENTS = Set.of("smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean", "text", "character varying", "character", "uuid", "json", "jsonb");
    private static final Pattern ELEMENT = Pattern.compile("(?<type>[a-z ]+)(\\(.*\\))?(\\[])+");

    /** Whether a column holds trees: JSON, a text of it, or an array whose elements have one form in JSON. */
    private static boolean tree(Column c) {
        if (c.logical() == Logical.ARRAY) {
            var element = ELEMENT.matcher(c.declared());
            return element.matches() && ELEMENTS.contains(element.group("type"));
        }
        return c.logical() == Logical.JSON || c.logical() == Logical.TEXT;
    }

    private static boolean writesText(Column c, StoreType type) {
        return c.text() || type == StoreType.POSTGRESQL && switch (c.logical()) {
            case OTHER, JSON, ARRAY, INET, BITS, UUID -> true;
            default -> false;
        } || type == StoreType.MARIADB && c.logical() == Logical.JSON;
    }

    private static boolean uuid(Column c) {
        return c.logical() == Logical.UUID || c.text() || c.logical() == Logical.BINARY && (c.length() == 16 || c.length() == 0);
    }

    private StoreException refuse(Column s, Column t, String path, String why) {
        boolean text = writesText(s, source) && writesText(t, target);
        return new StoreException(new Failure(Planner.TYPES_NOT_COMPARABLE, path, "column " + s.name() + " is " + s.declared() + " on the source and "
                + (t.name().equals(s.name()) ? "" : t.name() + " is ") + t.declared() + " on the target: " + why,
                "Change one of the types, " + (text ? "compare the text that PostgreSQL writes with compare.as Text" : "choose another compare.as")
                        + ", or list the field with compare as Ignored and a reason", true), true);
    }
}
