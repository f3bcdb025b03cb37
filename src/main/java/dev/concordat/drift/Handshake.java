package dev.concordat.drift;

import dev.concordat.report.Failure;
import dev.concordat.store.Column;
import dev.concordat.store.Dialect;
import dev.concordat.store.Form;
import dev.concordat.store.Form.Kind;
import dev.concordat.store.HashFunction;
import dev.concordat.store.Logical;
import dev.concordat.store.StoreException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Proves on literals that both engines write each canonical form alike, with the sessions as they are now: a pooler that dropped a setting, a
 * missing time zone table or a version that prints otherwise shows here and not as drift.
 */
final class Handshake {
    private static final Map<Kind, List<String>> VECTOR = Map.ofEntries(
            Map.entry(Kind.INTEGER, List.of("0", "1", "-1", "100", "-100")),
            Map.entry(Kind.DECIMAL, List.of("0", "1.5", "-1.5", "100", "12345678.25", "-0.5", "0.000001")),
            Map.entry(Kind.DOUBLE, List.of("0", "-0", "0.1", "1e-5", "-2.5", "123456.789", "1e14", "0.30000000000000004", "3e-20", "1e15", "1e22", "1234567890123456.5", "9007199254740993",
                    "1e-15", "9.9e-16", "0.00012345", "5e-324", "1.7976931348623157e308", "-9007199254740991.5")),
            Map.entry(Kind.BOOLEAN, List.of("1", "0")),
            Map.entry(Kind.TIMESTAMP, List.of("1970-01-01 00:00:00", "2024-02-29 12:34:56.789012", "2038-01-19 03:14:07.000001", "2024-07-01 00:00:00.9", "1999-12-31 23:59:59.999999")),
            Map.entry(Kind.DATE, List.of("0001-01-01", "1970-01-01", "2024-02-29", "9999-12-31")),
            Map.entry(Kind.TIME, List.of("00:00:00", "23:59:59.999999", "12:00:00.5", "10:20:30")),
            Map.entry(Kind.TEXT, List.of("", " ", "a ", " b", "tab\tand\nline", "é", "😀", "\\", "|", "~", "it's")),
            Map.entry(Kind.UUID, List.of("00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
            Map.entry(Kind.BINARY, List.of("", "00", "ff7c7e", "00ff0000", "ab".repeat(70_000))),
            Map.entry(Kind.INET, List.of("0.0.0.0", "192.168.0.10", "::", "2001:db8::1", "::ffff:1.2.3.4", "fe80::1:0:0:2")));

    /** Of a table's first rows so many may have times that have to be looked up. */
    private static final int FIRST_ROWS = 1_000;
    private static final int FAR_TIMES = 10;
    /** Columns of one query: PostgreSQL takes 1,664. */
    private static final int COLUMNS = 400;
    private static final Column WORDS = new Column("", Logical.TEXT, false, 0, 0, false, null, null, "text");

    private Handshake() {}

    /** The plan with each field whose forms differ streamed instead; fails where the hash itself or a key's form differs. */
    static Plan agree(Plan handed, Lane lane) throws StoreException {
        Plan plan = zones(handed, lane);
        Map<String, Plan.Field> distinct = new LinkedHashMap<>();
        Map<String, List<Plan.Field>> same = new LinkedHashMap<>();
        for (Plan.Field field : plan.hashed()) {
            if (!vector(field).isEmpty()) {
                String name = field.sourceForm() + " " + field.targetForm() + " " + like(field.source()) + " " + like(field.target());
                distinct.putIfAbsent(name, field);
                same.computeIfAbsent(name, _ -> new ArrayList<>()).add(field);
            }
        }
        List<Plan.Field> fields = List.copyOf(distinct.values());
        boolean unicode = plan.fields().stream().allMatch(f -> encoded(f.source(), "é") && encoded(f.target(), "é"));
        String words = unicode ? "Concordat é 😀" : "Concordat";
        Lane.Answers<List<String>> answers = Lane.both(() -> texts(lane.source(), plan.hash().function(), fields, true, words), () -> texts(lane.target(), plan.hash().function(), fields, false, words));
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
                // No sample is NULL: a server that writes one as NULL would take any two values for equal.
                if (!java.util.Objects.equals(s, t) || s == null || s.equals("~") || zone(entry.getValue(), s, t).isPresent()) {
                    String why = zone(entry.getValue(), s, t).orElse("for '" + sample + "' the source writes " + s + " and the target " + t);
                    for (Plan.Field field : same.get(entry.getKey())) {
                        agreed = streaming(agreed, field, why);
                    }
                }
            }
        }
        return agreed;
    }

    /** The first reason stands. */
    private static Plan streaming(Plan plan, Plan.Field field, String why) throws StoreException {
        Plan.Field current = plan.fields().stream().filter(f -> f.name().equals(field.name())).findFirst().orElseThrow();
        return current.hashed() ? plan.streaming(current, why) : plan;
    }

    private static String unknown(boolean source, Plan.Field field) {
        return "the " + (source ? "source" : "target") + "'s server does not know the time zone " + field.form(source).zone();
    }

    /** The plan with each field streamed whose local times one server cannot convert, or too few of them. */
    private static Plan zones(Plan plan, Lane lane) throws StoreException {
        Plan zoned = plan;
        for (Plan.Field field : plan.hashed()) {
            for (Session session : List.of(lane.source(), lane.target())) {
                Form form = field.form(session.ofSource());
                Column column = field.column(session.ofSource());
                if (form.kind() != Kind.TIMESTAMP || form.ahead() != null || column.logical() != Logical.TIMESTAMP) {
                    continue;
                }
                String why = !session.knows(form.zone()) ? unknown(session.ofSource(), field)
                        : session.unconvertible(column, FIRST_ROWS) > FAR_TIMES ? "the " + (session.ofSource() ? "source" : "target") + " has times that its server cannot convert, before 1970 or after 2037, in more than one row of a hundred" : null;
                zoned = why == null ? zoned : streaming(zoned, field, why);
            }
        }
        return zoned;
    }

    /** MariaDB and MySQL know zones by name only once they are loaded, and otherwise convert to NULL. */
    private static Optional<String> zone(Plan.Field field, String s, String t) {
        boolean source = s != null && s.startsWith("~");
        return field.sourceForm().kind() != Kind.TIMESTAMP || !source && (t == null || !t.startsWith("~")) ? Optional.empty()
                : Optional.of(unknown(source, field) + ": load its time zone tables, as with mariadb-tzinfo-to-sql or mysql_tzinfo_to_sql");
    }

    /** Values that both columns can hold. Empty: a form of one engine's own, which nobody else writes. */
    private static List<String> vector(Plan.Field field) {
        Column s = field.source();
        Column t = field.target();
        Kind kind = field.sourceForm().kind();
        return switch (kind) {
            case DECIMAL -> VECTOR.get(kind).stream().filter(v -> new BigDecimal(v).scale() <= Math.min(decimals(s), decimals(t))).toList();
            // A column of single precision holds few of the others.
            case DOUBLE -> field.sourceForm().digits() == Form.SINGLE ? List.of("0", "-0", "-2.5", "0.5", "123456.5", "1048576", "0.0001220703125") : VECTOR.get(kind).stream().filter(d -> Float.isFinite(Float.parseFloat(d)) && (Double.parseDouble(d) == 0 || Math.abs(Float.parseFloat(d)) > Float.MIN_NORMAL)
                    || s.logical() == Logical.DOUBLE && t.logical() == Logical.DOUBLE).toList();
            case INTEGER -> bits(s) || bits(t) ? List.of() : VECTOR.get(kind);
            case BOOLEAN -> s.logical() == Logical.BITS || t.logical() == Logical.BITS ? List.of() : VECTOR.get(kind);
            case BITS -> {
                int length = s.fixed() ? s.length() : t.fixed() ? t.length() : 8;
                yield List.of("0".repeat(length), "1".repeat(length), "0".repeat(length - 1) + "1", "1" + "0".repeat(length - 1));
            }
            case INET -> VECTOR.get(kind).stream().filter(a -> !s.declared().equals("inet4") && !t.declared().equals("inet4") || a.indexOf(':') < 0)
                    .filter(a -> field.sourceForm().digits() != Form.MAPPED || a.indexOf(':') >= 0).toList();
            case TEXT -> VECTOR.get(kind).stream().filter(v -> encoded(s, v) && encoded(t, v)).toList();
            case TIMESTAMP -> times(field);
            case BINARY -> VECTOR.get(kind).stream().filter(v -> v.length() <= Form.LONG || field.sourceForm().digest()).toList();
            default -> VECTOR.getOrDefault(kind, List.of());
        };
    }

    /** Times in UTC. Of zones whose clocks change also those on either side of each change: the servers have rules of their own, which may be old ones. */
    private static List<String> times(Plan.Field field) {
        List<Form> named = Stream.of(field.sourceForm(), field.targetForm()).filter(form -> form.ahead() == null).toList();
        if (named.isEmpty()) {
            return VECTOR.get(Kind.TIMESTAMP);
        }
        // MariaDB and MySQL look others up.
        boolean few = Stream.of(field.source(), field.target()).anyMatch(column -> column.declared().startsWith("datetime"));
        Set<String> times = new LinkedHashSet<>(VECTOR.get(Kind.TIMESTAMP).stream().filter(time -> !time.startsWith("1970") && !time.startsWith("2038")).toList());
        times.addAll(List.of("2036-01-15 12:00:00", "2036-07-15 12:00:00"));
        if (!few) {
            times.addAll(List.of("2060-01-15 12:00:00", "2060-07-15 12:00:00", "1880-07-15 12:00:00"));
        }
        Instant end = Instant.parse("2037-01-01T00:00:00Z");
        for (Form form : named) {
            ZoneRules rules = ZoneId.of(form.zone()).getRules();
            Instant start = Instant.parse(few ? "1970-02-01T00:00:00Z" : "1900-01-01T00:00:00Z");
            for (ZoneOffsetTransition change = rules.nextTransition(start); change != null && change.getInstant().isBefore(end); change = rules.nextTransition(change.getInstant())) {
                // Not the hours themselves that a clock shows twice or never.
                for (long hours : new long[] {-6, 6}) {
                    times.add(LocalDateTime.ofInstant(change.getInstant(), ZoneOffset.UTC).plusHours(hours).format(Typed.STAMP));
                }
            }
        }
        return List.copyOf(times);
    }

    /** A time in UTC as a column of local times shows it. */
    private static String local(Form form, Column column, String utc) {
        return column.logical() != Logical.TIMESTAMP || form.zone().equals("UTC") ? utc
                : LocalDateTime.parse(utc.replace(' ', 'T')).atOffset(ZoneOffset.UTC).atZoneSameInstant(ZoneId.of(form.zone())).toLocalDateTime().format(Typed.STAMP);
    }

    /** A database of another encoding than UTF-8 refuses a literal that it cannot hold. */
    private static boolean encoded(Column column, String text) {
        return text.chars().allMatch(c -> c < 128) || column.charset() == null || column.collation() != null;
    }

    private static int decimals(Column column) {
        return column.scale() < 0 ? Integer.MAX_VALUE : column.scale();
    }

    private static boolean bits(Column column) {
        return column.logical() == Logical.BITS || column.logical() == Logical.BOOLEAN;
    }

    private static String like(Column column) {
        boolean bySpelling = column.logical() == Logical.BITS || column.logical() == Logical.INET || column.floating();
        return column.logical() + "/" + column.scale() + "/" + column.charset() + (bySpelling ? "/" + column.declared() : "");
    }

    private static List<String> texts(Session session, HashFunction function, List<Plan.Field> fields, boolean source, String words) throws StoreException {
        Dialect dialect = session.dialect();
        List<String> columns = new ArrayList<>();
        for (Plan.Field field : fields) {
            Form form = field.form(source);
            Column real = field.column(source);
            // A text literal is utf8mb4 whatever the column's own character set is, and a time has all its digits, so that they are cut on both sides.
            boolean time = form.kind() == Kind.TIMESTAMP || form.kind() == Kind.TIME;
            Column column = new Column(real.name(), form.kind() == Kind.TEXT ? Logical.TEXT : real.logical(), true, real.length(), time ? 6 : real.scale(), real.unsigned(), real.collation() == null ? real.charset() : "utf8mb4", real.collation(), real.declared());
            for (String sample : vector(field)) {
                String text = form.kind() == Kind.TIMESTAMP ? local(form, real, sample) : real.logical() == Logical.BINARY && form.kind() == Kind.UUID ? sample.replace("-", "") : sample;
                columns.add(dialect.rowText(List.of(dialect.canonical(form, column, "(" + dialect.sample(column, time ? 6 : real.scale(), text) + ")"))));
            }
        }
        columns.add(dialect.rowHash(function, List.of(dialect.sample(WORDS, 0, words))));
        List<String> texts = new ArrayList<>();
        for (int from = 0; from < columns.size(); from += COLUMNS) {
            List<String> some = columns.subList(from, Math.min(columns.size(), from + COLUMNS));
            // The last of all is the hash, a number.
            int number = from + some.size() == columns.size() ? some.size() : -1;
            texts.addAll(session.read("SELECT " + String.join(",", some), ArrayList<String>::new, (r, into) -> {
                for (int i = 1; i <= some.size(); i++) {
                    byte[] bytes = i == number ? null : r.getBytes(i);
                    String text = bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
                    into.add(i == number ? r.getString(i) : text);
                }
            }));
        }
        texts.add(Long.toHexString(dialect.hash(texts.removeLast())));
        return texts;
    }
}
