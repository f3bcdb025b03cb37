package dev.concordat.drift;

import dev.concordat.report.Failure;
import dev.concordat.store.Column;
import dev.concordat.store.Dialect;
import dev.concordat.store.Form;
import dev.concordat.store.Form.Kind;
import dev.concordat.store.HashFunction;
import dev.concordat.store.Logical;
import dev.concordat.store.StoreException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Proves on literals that both engines write each canonical form alike, with the sessions as they are now: a pooler that dropped a setting, a
 * missing time zone table or a version that prints otherwise shows here and not as drift.
 */
final class Handshake {
    private static final Map<Kind, List<String>> VECTOR = Map.ofEntries(
            Map.entry(Kind.INTEGER, List.of("0", "1", "-1", "100", "-100")),
            Map.entry(Kind.DECIMAL, List.of("0", "1.5", "-1.5", "100", "12345678.25", "-0.5", "0.000001")),
            Map.entry(Kind.DOUBLE, List.of("0", "-0", "0.1", "1e-5", "-2.5", "123456.789", "1e14", "0.30000000000000004", "3e-20")),
            Map.entry(Kind.BOOLEAN, List.of("1", "0")),
            Map.entry(Kind.TIMESTAMP, List.of("1970-01-01 00:00:00", "2024-02-29 12:34:56.789012", "2038-01-19 03:14:07.000001", "2024-07-01 00:00:00.9", "1999-12-31 23:59:59.999999")),
            Map.entry(Kind.DATE, List.of("1970-01-01", "2024-02-29", "9999-12-31")),
            Map.entry(Kind.TIME, List.of("00:00:00", "23:59:59.999999", "12:00:00.5")),
            Map.entry(Kind.TEXT, List.of("", " ", "a ", " b", "tab\tand\nline", "é", "😀", "\\", "|", "~", "it's")),
            Map.entry(Kind.UUID, List.of("00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
            Map.entry(Kind.BINARY, List.of("", "00", "ff7c7e")));

    private Handshake() {}

    /** The plan with each field whose forms differ streamed instead; fails where the hash itself or a key's form differs. */
    static Plan agree(Plan plan, Lane lane) throws StoreException {
        Map<String, Plan.Field> distinct = new LinkedHashMap<>();
        Map<String, List<Plan.Field>> same = new LinkedHashMap<>();
        for (Plan.Field field : plan.hashed()) {
            if (VECTOR.containsKey(field.sourceForm().kind())) {
                String name = field.sourceForm() + " " + field.targetForm() + " " + like(field.source()) + " " + like(field.target());
                distinct.putIfAbsent(name, field);
                same.computeIfAbsent(name, _ -> new ArrayList<>()).add(field);
            }
        }
        List<Plan.Field> fields = List.copyOf(distinct.values());
        Lane.Answers<List<String>> answers = Lane.both(() -> texts(lane.source(), plan.hash().function(), fields, true), () -> texts(lane.target(), plan.hash().function(), fields, false));
        if (!answers.source().getLast().equals(answers.target().getLast())) {
            throw new StoreException(new Failure("CanonicalFormsDiffer", null, "the two servers compute different hashes of one text: " + answers.source().getLast() + " and " + answers.target().getLast(),
                    "Check the servers' character set settings and that no pooler changes session settings", true), true);
        }
        Plan agreed = plan;
        int at = 0;
        for (Map.Entry<String, Plan.Field> entry : distinct.entrySet()) {
            List<String> vector = vector(entry.getValue());
            for (String sample : vector) {
                String s = answers.source().get(at);
                String t = answers.target().get(at);
                at++;
                if (!java.util.Objects.equals(s, t) || s == null) {
                    String why = "for '" + sample + "' the source writes " + s + " and the target " + t;
                    for (Plan.Field field : same.get(entry.getKey())) {
                        Plan.Field current = agreed.fields().stream().filter(f -> f.name().equals(field.name())).findFirst().orElseThrow();
                        if (current.hashed()) {
                            agreed = agreed.streaming(current, why);
                        }
                    }
                }
            }
        }
        return agreed;
    }

    private static List<String> vector(Plan.Field field) {
        boolean whole = field.source().logical() == Logical.INTEGER || field.target().logical() == Logical.INTEGER;
        return VECTOR.get(field.sourceForm().kind() == Kind.DECIMAL && whole ? Kind.INTEGER : field.sourceForm().kind());
    }

    private static String like(Column column) {
        return column.logical() + "/" + column.scale() + "/" + column.charset();
    }

    private static List<String> texts(Session session, HashFunction function, List<Plan.Field> fields, boolean source) throws StoreException {
        Dialect dialect = session.dialect();
        List<String> columns = new ArrayList<>();
        for (Plan.Field field : fields) {
            Form form = field.form(source);
            Column real = field.column(source);
            // A text literal is utf8mb4 whatever the column's own character set is, and a decimal has the sample's scale.
            Column column = new Column(real.name(), real.logical(), true, real.length(), real.logical() == Logical.DECIMAL ? scale(field, form, real) : real.scale(), real.unsigned(), real.charset() == null ? null : "utf8mb4", real.collation(), real.declared());
            for (String sample : vector(field)) {
                String text = real.logical() == Logical.BINARY && form.kind() == Kind.UUID ? sample.replace("-", "") : sample;
                columns.add(dialect.rowText(List.of(dialect.canonical(form, column, "(" + dialect.sample(real.logical(), scale(field, form, real), text) + ")"))));
            }
        }
        columns.add(dialect.rowHash(function, List.of(dialect.sample(Logical.TEXT, 0, "Concordat é 😀"))));
        List<String> texts = new ArrayList<>();
        session.query("SELECT " + String.join(",", columns), r -> {
            for (int i = 1; i < columns.size(); i++) {
                byte[] bytes = r.getBytes(i);
                texts.add(bytes == null ? null : new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
            }
            texts.add(Long.toHexString(dialect.hash(r.getString(columns.size()))));
        });
        return texts;
    }

    private static int scale(Plan.Field field, Form form, Column column) {
        return switch (form.kind()) {
            // As fine as both sides can be, so that both literals hold the same value.
            case DECIMAL -> form.digits() < 0 ? Math.min(field.source().scale() < 0 ? 6 : field.source().scale(), field.target().scale() < 0 ? 6 : field.target().scale())
                    : Math.min(field.source().scale(), field.target().scale());
            case TIMESTAMP, TIME -> 6;
            default -> column.scale();
        };
    }
}
