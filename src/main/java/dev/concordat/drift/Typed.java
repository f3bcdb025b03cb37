package dev.concordat.drift;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.concordat.store.Column;
import dev.concordat.store.Form;
import dev.concordat.store.Logical;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Values by their type: what a field's text means, so that equal values are equal objects whatever engine wrote them. Pure. */
final class Typed {
    private static final JsonMapper JSON = JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .nodeFactory(JsonNodeFactory.withExactBigDecimals(true)).build();
    static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);

    private Typed() {}

    /** The value that a text of {@link dev.concordat.store.Dialect#valueText} stands for; null for NULL. A text that is no value of the type stays text. */
    static Object read(Form form, Column column, String text) {
        if (text == null) {
            return null;
        }
        return switch (form.kind()) {
            case INTEGER, DECIMAL, NUMBER -> number(text);
            case DOUBLE -> real(text);
            case BOOLEAN -> !text.equals("0");
            case TIMESTAMP -> stamp(form, column, text);
            case TIME -> text.length() <= 8 || form.digits() >= 6 ? text : text.substring(0, Math.min(text.length(), text.indexOf('.') < 0 ? text.length()
                    : form.digits() == 0 ? text.indexOf('.') : text.indexOf('.') + 1 + form.digits()));
            case TEXT -> text(form, text);
            case UUID -> uuid(column, text);
            case JSON -> json(text);
            case DATE, BINARY, NATIVE -> text;
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

    private static Object real(String text) {
        try {
            double d = Double.parseDouble(text);
            return d == 0 ? 0.0 : d;
        } catch (NumberFormatException e) {
            return text;
        }
    }

    private static Object stamp(Form form, Column column, String text) {
        try {
            LocalDateTime local = LocalDateTime.parse(text, STAMP);
            if (column.logical() == Logical.TIMESTAMP && !form.zone().equals("UTC")) {
                local = LocalDateTime.ofInstant(local.atZone(ZoneId.of(form.zone())).toInstant(), ZoneOffset.UTC);
            }
            return form.digits() >= 6 ? local : form.digits() == 0 ? local.truncatedTo(ChronoUnit.SECONDS) : local.withNano(local.getNano() / power(9 - form.digits()) * power(9 - form.digits()));
        } catch (DateTimeException e) {
            return text;
        }
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
        } catch (JsonProcessingException e) {
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
