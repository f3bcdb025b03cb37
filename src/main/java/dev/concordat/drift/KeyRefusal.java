package dev.concordat.drift;

import dev.concordat.report.Failure;
import dev.concordat.store.Column;
import dev.concordat.store.Form;
import dev.concordat.store.Form.Kind;
import dev.concordat.store.StoreException;
import java.util.EnumSet;
import java.util.Set;

/** Why a pair of columns cannot identify a record, and what to choose instead: two values that count as one would make two records one. Pure. */
final class KeyRefusal {
    private static final Set<Kind> KEYS = EnumSet.of(Kind.INTEGER, Kind.DECIMAL, Kind.BOOLEAN, Kind.TIMESTAMP, Kind.DATE, Kind.TEXT, Kind.UUID, Kind.BINARY);
    private static final String ANOTHER = ", or name another key";

    private KeyRefusal() {}

    /** @param remedy without the full stop at its end */
    private record Why(String words, String remedy) {}

    /** @param path of the key field in the contract */
    static void check(Plan.Field field, String path) throws StoreException {
        Why why = why(field);
        if (why != null) {
            throw new StoreException(new Failure(Planner.TYPES_NOT_COMPARABLE, path, "field " + field.name() + " is " + field.source().declared() + " on the source and " + field.target().declared()
                    + " on the target, and cannot identify a record: " + why.words, why.remedy, true), true);
        }
    }

    private static Why why(Plan.Field field) {
        Form form = field.sourceForm();
        if (form.kind() == Kind.TIMESTAMP) {
            return ofTimes(field, form);
        }
        if (form.trim()) {
            return new Why("its rule trims blanks, so that two keys may count as one", "Remove trim from its rule in spec.record.fields" + ANOTHER);
        }
        if (form.fold()) {
            return new Why("its rule takes upper and lower case for the same, so that two keys may count as one", "Remove caseInsensitive from its rule in spec.record.fields" + ANOTHER);
        }
        if (form.kind() == Kind.BINARY && form.padded()) {
            return new Why("one side fills its bytes up with zeros, so that two keys may count as one", "Give both columns one type and one length, such as varbinary on both sides" + ANOTHER);
        }
        if (!KEYS.contains(form.kind())) {
            return new Why(unfit(form.kind()), "Use a key of integers, decimals, text, UUIDs, dates, timestamps or bytes");
        }
        return field.hashed() ? null : new Why("it cannot be hashed by the databases (" + field.why() + ")", "Give both columns one type and compare them as Exact" + ANOTHER);
    }

    private static Why ofTimes(Plan.Field field, Form form) {
        Column s = field.source();
        Column t = field.target();
        if (s.scale() != t.scale()) {
            boolean sourceFiner = s.scale() > t.scale();
            int finer = Math.max(s.scale(), t.scale());
            String coarse = sourceFiner ? "target" : "source";
            return new Why("the source keeps " + digits(s) + " of a second and the target " + digits(t) + ", so that two records of the " + (sourceFiner ? "source" : "target")
                    + " within one tick of the " + coarse + " would be one there", "Choose the finer precision: change the column on the " + coarse + " to " + finer
                    + " digits. Where no time has digits that the " + coarse + " cannot keep, " + Math.min(s.scale(), t.scale()) + " digits on both sides do as well. Otherwise name another key");
        }
        if (form.digits() < s.scale()) {
            return new Why("its rule compares " + form.digits() + " of the " + digits(s) + " of a second that both columns keep, so that two keys may count as one",
                    "Remove precision from its rule in spec.record.fields" + ANOTHER);
        }
        boolean zones = !form.zone().equals("UTC") || !field.targetForm().zone().equals("UTC");
        return zones ? new Why("local times come twice when clocks are put back", "Store UTC, or points in time (timestamptz, or MariaDB's and MySQL's timestamp), on both sides" + ANOTHER) : null;
    }

    private static String digits(Column column) {
        return column.scale() + (column.scale() == 1 ? " digit" : " digits");
    }

    private static String unfit(Kind kind) {
        return switch (kind) {
            case DOUBLE, NUMBER -> "a floating-point number is written in more than one way and is equal to its neighbours on another engine";
            case JSON -> "one JSON value has many spellings";
            case INET -> "an address has several spellings";
            case TIME -> "a time of the day is no point in time";
            default -> "values of this type are compared only within one engine, as it writes them";
        };
    }
}
