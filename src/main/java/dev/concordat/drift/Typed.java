package dev.concordat.drift;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.concordat.store.Column;
import dev.concordat.store.Form;
import dev.concordat.store.Logical;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values by their type: what a field's text means, so that equal values are equal objects whatever engine wrote them. Pure. */
final class Typed {
    /** Both engines hold larger trees than Jackson's limits allow: numbers of 131,072 digits, texts up to what a value may have, thousands of levels. */
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder().streamReadConstraints(StreamReadConstraints.builder().maxNumberLength(200_000)
                    .maxStringLength(Integer.MAX_VALUE).maxNameLength(Integer.MAX_VALUE).maxNestingDepth(2_000).build()).build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .nodeFactory(JsonNodeFactory.withExactBigDecimals(true)).build();
    static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT).withResolverStyle(ResolverStyle.STRICT);

    private Typed() {}

    /** The value that a text of {@link dev.concordat.store.Dialect#valueText} stands for; null for NULL. A text that is no value of the type stays text. */
    static Object read(Form form, Column column, String text) {
        if (text == null) {
            return null;
        }
        return switch (form.kind()) {
            case INTEGER, DECIMAL -> number(text);
            case NUMBER -> number(column.logical() == Logical.FLOAT ? single(text) : text);
            case DOUBLE -> real(form, text);
            case BOOLEAN -> !text.equals("0");
            case TIMESTAMP -> stamp(form, column, text);
            case TIME -> time(form, text);
            case TEXT -> text(form, text);
            case UUID -> uuid(column, text);
            case JSON -> json(text);
            case BINARY -> bytes(form, text);
            case INET -> Inet.canonical(form, text);
            case DATE, BITS, NATIVE -> text;
        };
    }

    static boolean equal(Form form, Object a, Object b) {
        if (form.tolerance().signum() != 0 && a instanceof BigDecimal x && b instanceof BigDecimal y) {
            return x.subtract(y).abs().compareTo(form.tolerance()) <= 0;
        }
        return Objects.equals(a, b);
    }

    private static Object number(String text) {
        try {
            BigDecimal number = new BigDecimal(text);
            return number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
        } catch (NumberFormatException e) {
            return text;
        }
    }

    /** The shortest number that is this one in single precision: what people wrote. */
    private static String single(String text) {
        try {
            float f = Float.parseFloat(text);
            return Float.isFinite(f) ? Float.toString(f) : text;
        } catch (NumberFormatException e) {
            return text;
        }
    }

    private static Object real(Form form, String text) {
        try {
            double d = Double.parseDouble(text);
            if (form.digits() == Form.SINGLE) {
                d = (float) d;
            }
            return d == 0 ? 0.0 : d;
        } catch (NumberFormatException e) {
            return text;
        }
    }

    private static Object stamp(Form form, Column column, String text) {
        try {
            LocalDateTime local = plain(text) ? LocalDateTime.of(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2), digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2),
                    1_000 * digits(text, 20, 6)) : far(text);
            if (column.logical() == Logical.TIMESTAMP && !form.zone().equals("UTC")) {
                // In an hour that the clock shows twice: the second time, as PostgreSQL does.
                local = LocalDateTime.ofInstant(local.atZone(ZoneId.of(form.zone())).withLaterOffsetAtOverlap().toInstant(), ZoneOffset.UTC);
            }
            if (form.digits() >= 6) {
                return local;
            }
            long micros = ChronoUnit.MICROS.between(POSTGRES_EPOCH, local);
            return POSTGRES_EPOCH.plus(coarse(form, micros), ChronoUnit.MICROS);
        } catch (DateTimeException e) {
            return text;
        }
    }

    /** As PostgreSQL writes years of more than four digits, and those before Christ. */
    private static final Pattern FAR = Pattern.compile("([0-9]{4,6})-([0-9]{2})-([0-9]{2}) ([0-9:]{8}(?:\\.[0-9]{1,6})?)( BC)?");

    private static LocalDateTime far(String text) {
        Matcher parts = FAR.matcher(text);
        if (!parts.matches()) {
            throw new DateTimeException("no time");
        }
        int year = Integer.parseInt(parts.group(1));
        return LocalDateTime.of(LocalDate.of(parts.group(5) == null ? year : 1 - year, Integer.parseInt(parts.group(2)), Integer.parseInt(parts.group(3))), LocalTime.parse(parts.group(4)));
    }

    private static final String PLAIN = "0000-00-00 00:00:00.000000";

    /** Whether a text has digits and punctuation where {@link #STAMP} has them in the years 0 to 9999; a formatter takes twenty times as long. */
    private static boolean plain(String text) {
        if (text.length() != PLAIN.length()) {
            return false;
        }
        for (int i = 0; i < PLAIN.length(); i++) {
            char c = text.charAt(i);
            if (PLAIN.charAt(i) == '0' ? c < '0' || c > '9' : c != PLAIN.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int digits(String text, int from, int number) {
        return Integer.parseInt(text, from, from + number, 10);
    }

    /** PostgreSQL rounds half away from this. */
    private static final LocalDateTime POSTGRES_EPOCH = LocalDateTime.of(2000, 1, 1, 0, 0);

    private static long coarse(Form form, long micros) {
        long unit = power(6 - form.digits());
        return switch (form.rounding()) {
            case CUT -> Math.floorDiv(micros, unit) * unit;
            case UP -> Math.floorDiv(micros + unit / 2, unit) * unit;
            case AWAY -> (Math.abs(micros) + unit / 2) / unit * unit * Long.signum(micros);
        };
    }

    private static final Pattern TIME = Pattern.compile("(-?)(\\d{2,3}):(\\d{2}):(\\d{2})(?:\\.(\\d{6}))?");

    /** Microseconds; MariaDB's times are negative too, and longer than a day. It cuts towards zero. */
    private static Object time(Form form, String text) {
        Matcher time = TIME.matcher(text);
        if (!time.matches()) {
            return text;
        }
        long micros = ((Long.parseLong(time.group(2)) * 60 + Long.parseLong(time.group(3))) * 60 + Long.parseLong(time.group(4))) * 1_000_000
                + (time.group(5) == null ? 0 : Long.parseLong(time.group(5)));
        return (form.digits() >= 6 ? micros : coarse(form, micros)) * (time.group(1).isEmpty() ? 1 : -1);
    }

    /** A column of fixed length adds zeros. */
    private static String bytes(Form form, String hex) {
        int to = hex.length();
        while (form.padded() && to >= 2 && hex.startsWith("00", to - 2)) {
            to -= 2;
        }
        return hex.substring(0, to);
    }

    private static int power(int digits) {
        int power = 1;
        for (int i = 0; i < digits; i++) {
            power *= 10;
        }
        return power;
    }

    /** Blanks only, as both engines trim them. Case is folded up and then down, so that one letter with several lower forms is one. */
    private static String text(Form form, String text) {
        int from = 0;
        int to = text.length();
        while ((form.trim() || form.padded()) && to > from && text.charAt(to - 1) == ' ') {
            to--;
        }
        while (form.trim() && from < to && text.charAt(from) == ' ') {
            from++;
        }
        String cut = text.substring(from, to);
        return form.fold() ? cut.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT) : cut;
    }

    private static String uuid(Column column, String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return column.logical() == Logical.BINARY && lower.length() == 32
                ? lower.substring(0, 8) + "-" + lower.substring(8, 12) + "-" + lower.substring(12, 16) + "-" + lower.substring(16, 20) + "-" + lower.substring(20) : lower;
    }

    private record Json(String canonical) {}

    private static Object json(String text) {
        try {
            StringBuilder canonical = new StringBuilder();
            json(JSON.readTree(text), canonical);
            return new Json(canonical.toString());
        } catch (JsonProcessingException | ArithmeticException | NumberFormatException e) {
            // No tree, or one with a number beyond what Java has.
            return text;
        }
    }

    private static void json(JsonNode node, StringBuilder to) {
        if (node.isObject()) {
            List<Map.Entry<String, JsonNode>> members = new ArrayList<>(node.properties());
            members.sort(Map.Entry.comparingByKey());
            to.append('{');
            for (Map.Entry<String, JsonNode> member : members) {
                to.append(JsonNodeFactory.instance.textNode(member.getKey())).append(':');
                json(member.getValue(), to);
                to.append(',');
            }
            to.append('}');
        } else if (node.isArray()) {
            to.append('[');
            for (JsonNode item : node) {
                json(item, to);
                to.append(',');
            }
            to.append(']');
        } else if (node.isNumber()) {
            BigDecimal number = node.decimalValue();
            // Not toPlainString: 1e999999 would be a million digits.
            to.append(number.signum() == 0 ? "0" : number.stripTrailingZeros().toString());
        } else {
            to.append(node);
        }
    }
}
