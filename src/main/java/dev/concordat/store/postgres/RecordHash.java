package dev.concordat.store.postgres;

import dev.concordat.store.Column;
import dev.concordat.store.Dialect;
import dev.concordat.store.Form;
import java.util.List;
import java.util.Map;

/**
 * PostgreSQL's own hash of a record, which reads values as they are stored instead of writing them as text: a third of the cost. It is an internal function that another
 * version may compute otherwise, so it is used only between two servers that agree on {@link #PROBE}.
 *
 * <p>Three properties of it would let differences vanish from a sum over rows, and are taken away here. It is linear in the hashes of the columns: two records that swap a
 * value leave the sum as it was; so each record has a seed of its own, made from its key. A NULL hashes to 0 and a floating zero to the seed; so the seed is never 0.
 * And 64-bit integers and timestamps are folded to 32 bits first, which makes -1 of 4294967295; so their bytes are hashed instead.
 */
final class RecordHash {
    private static final String SEED = "7046029254386353131";

    /** The same number on two servers that hash the types below alike. */
    static final String PROBE = "select hash_record_extended(row(1::int2, -2::int4, 1234567890123::int8, 1.50::numeric, '-0'::float8, 'NaN'::float8, 0.1::float4, true, "
            + "'Concordat é 😀'::text collate \"C\", 'a  '::character(5) collate \"C\", '2024-02-29 12:34:56.789012'::timestamp, '2024-02-29 12:34:56.789012+00'::timestamptz, '2024-02-29'::date, "
            + "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '\\x00ff7c'::bytea, null::int4), hash_record_extended(row(hashint8extended(-3, -3), 'k'::text collate \"C\"), " + SEED + "))";

    /** Types whose values hash alike when they are equal, by family. JSON is not among them: its hash lets changes of distant members cancel out. */
    private static final Map<String, String> FAMILIES = Map.ofEntries(
            Map.entry("smallint", "integer"), Map.entry("integer", "integer"), Map.entry("bigint", "integer"), Map.entry("numeric", "numeric"), Map.entry("real", "real"),
            Map.entry("double precision", "double precision"), Map.entry("boolean", "boolean"), Map.entry("text", "text"), Map.entry("character varying", "text"), Map.entry("character", "character"),
            Map.entry("timestamp without time zone", "timestamp"), Map.entry("timestamp with time zone", "timestamptz"), Map.entry("date", "date"), Map.entry("uuid", "uuid"), Map.entry("bytea", "bytea"));

    private RecordHash() {}

    /** Whether both columns of a pair can be hashed as they are stored; otherwise their canonical texts are. The same for either side. */
    static boolean typed(Dialect.Stored pair) {
        Form form = pair.form();
        String family = FAMILIES.get(base(pair.own()));
        if (family == null || !family.equals(FAMILIES.get(base(pair.other()))) || form.trim() || form.fold() || form.tolerance().signum() != 0 || !form.zone().equals("UTC") || !pair.otherForm().zone().equals("UTC")) {
            return false;
        }
        return switch (form.kind()) {
            case INTEGER, BOOLEAN, DATE, UUID, BINARY, DECIMAL, DOUBLE -> true;
            case TEXT -> !form.padded() || family.equals("character");
            case TIMESTAMP -> form.digits() >= Math.max(pair.own().scale(), pair.other().scale());
            default -> false;
        };
    }

    /** A typed pair's column as parts of the record that is hashed. */
    static String parts(Column own, Column other, String sql) {
        return switch (FAMILIES.get(base(own))) {
            case "text", "character" -> sql + " COLLATE \"C\"";
            case "integer" -> own.length() == 8 || other.length() == 8 ? "int8send(" + sql + ")" : sql;
            // Its bytes, at no measurable cost: the hash of a number leaves out the sign and takes NaN and both infinities for one.
            case "numeric" -> "numeric_send(" + (own.scale() >= 0 && own.scale() == other.scale() ? sql : "trim_scale(" + sql + ")") + ")";
            case "timestamp" -> "timestamp_send(" + sql + ")";
            case "timestamptz" -> "timestamptz_send(" + sql + ")";
            default -> sql;
        };
    }

    /** The hash of a record; {@code key} holds the parts of its key. */
    static String of(List<String> parts, List<String> key) {
        return "hash_record_extended(ROW(" + String.join(",", parts) + "),hash_record_extended(ROW(" + String.join(",", key) + ")," + SEED + "))";
    }

    /** The hash of a record whose key is one integer, which may stand among the parts as it is: its bits are in the seed, but a record of NULLs hashes to 0 whatever the seed. */
    static String of(List<String> parts, String integerKey) {
        // The key is its own seed: its hash folds 64 bits to 32, a seed has all of them.
        return "hash_record_extended(ROW(" + String.join(",", parts) + "),hashint8extended(" + integerKey + "," + integerKey + "))";
    }

    private static String base(Column column) {
        return column.declared().replaceAll("\\([-0-9,]+\\)", "");
    }
}
