package dev.concordat.cli.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Checks YAML against the OpenAPI schema of a CustomResourceDefinition as an API server with strict field validation does, and fills defaults as it does: an
 * unknown field, a wrong type, a missing field, a value outside of its enumeration, pattern or bounds, and then the rules in CEL.
 */
final class YamlCheck {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int MOST_NODES = 100_000;
    private static final int DEEPEST = 64;

    private final List<Mistake> mistakes = new ArrayList<>();
    private int nodes;

    /**
     * @param line in the file, from 1; 0 when unknown
     * @param path of the field, such as {@code spec.source.store.port}
     */
    record Mistake(int line, String path, String message) {}

    List<Mistake> mistakes() {
        return mistakes;
    }

    static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }

    private void wrong(Node at, String path, String message) {
        mistakes.add(new Mistake(line(at), path, message));
    }

    /** The node as JSON with defaults filled in; null for a YAML null and for what is wrong, which is then among the mistakes. */
    JsonNode check(Node node, JsonNode schema, String path, int depth) {
        if (++nodes > MOST_NODES || depth > DEEPEST) {
            if (mistakes.stream().noneMatch(m -> m.message().startsWith("too large"))) {
                wrong(node, path, "too large or too deeply nested for a contract; remove aliases that refer to each other");
            }
            return null;
        }
        if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL)) {
            return null;
        }
        if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
            return intOrString(node, path);
        }
        return switch (schema.path("type").asText()) {
            case "object" -> object(node, schema, path, depth);
            case "array" -> array(node, schema, path, depth);
            case "string" -> string(node, schema, path);
            case "integer" -> integer(node, schema, path);
            case "boolean" -> bool(node, path);
            // Not the user's to write.
            case "any" -> JSON.objectNode();
            default -> throw new IllegalStateException("the schema has no type at " + path);
        };
    }

    /** Evaluates the rules of the schema on what {@link #check} gave without a mistake. */
    void rules(JsonNode value, JsonNode schema, String path, Function<String, Integer> line) {
        for (JsonNode rule : schema.path("x-kubernetes-validations")) {
            String message = rule.path("message").asText("is against the rule " + rule.path("rule").asText());
            boolean holds;
            try {
                holds = Boolean.TRUE.equals(Cel.evaluate(rule.path("rule").asText(), value));
                if (!holds && rule.has("messageExpression")) {
                    message = String.valueOf(Cel.evaluate(rule.path("messageExpression").asText(), value));
                }
            } catch (Cel.CelError e) {
                holds = false;
            }
            if (!holds) {
                String at = path + rule.path("fieldPath").asText("");
                mistakes.add(new Mistake(line.apply(at), at.isEmpty() ? "spec" : at, message));
            }
        }
        schema.path("properties").properties().forEach(property -> {
            JsonNode inner = value.get(property.getKey());
            if (inner != null) {
                rules(inner, property.getValue(), path.isEmpty() ? property.getKey() : path + "." + property.getKey(), line);
            }
        });
        if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                rules(value.get(i), schema.path("items"), path + "[" + i + "]", line);
            }
        }
    }

    private JsonNode object(Node node, JsonNode schema, String path, int depth) {
        if (!(node instanceof MappingNode mapping)) {
            wrong(node, path, "is " + shape(node) + "; write fields below it, such as " + example(schema));
            return null;
        }
        ObjectNode object = JSON.objectNode();
        JsonNode properties = schema.path("properties");
        JsonNode values = schema.path("additionalProperties");
        Set<String> seen = new HashSet<>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                wrong(tuple.getKeyNode(), path, "has a field whose name is no text");
                continue;
            }
            String name = key.getValue();
            String at = path.isEmpty() ? name : path + "." + name;
            if (!seen.add(name)) {
                wrong(key, at, "is there twice; keep one");
                continue;
            }
            JsonNode property = properties.get(name);
            if (property == null && values.isObject()) {
                property = values;
            }
            if (property == null) {
                wrong(key, at, unknown(name, properties));
                continue;
            }
            JsonNode value = check(tuple.getValueNode(), property, at, depth + 1);
            if (value != null) {
                object.set(name, value);
            }
        }
        for (Iterator<String> names = properties.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            JsonNode initial = properties.get(name).get("default");
            if (initial != null && !object.has(name)) {
                object.set(name, initial.deepCopy());
            }
        }
        for (JsonNode required : schema.path("required")) {
            String name = required.asText();
            // A field that is there and wrong has had its mistake.
            if (!object.has(name) && mistakes.stream().noneMatch(m -> m.path().equals((path.isEmpty() ? "" : path + ".") + name))) {
                wrong(node, path.isEmpty() ? name : path + "." + name, "is missing; write " + name + ": " + example(properties.path(name)));
            }
        }
        int most = schema.path("maxProperties").asInt(Integer.MAX_VALUE);
        if (object.size() > most || object.size() < schema.path("minProperties").asInt(0)) {
            wrong(node, path, "has " + object.size() + " fields; " + schema.path("minProperties").asInt(0) + " to " + most + " are allowed");
        }
        return object;
    }

    private static String unknown(String name, JsonNode properties) {
        String nearest = null;
        int least = Math.max(2, name.length() / 3) + 1;
        List<String> all = new ArrayList<>();
        for (Iterator<String> names = properties.fieldNames(); names.hasNext(); ) {
            String other = names.next();
            all.add(other);
            int distance = distance(name, other);
            if (distance < least) {
                least = distance;
                nearest = other;
            }
        }
        return "unknown field; " + (nearest != null ? "write " + nearest : all.isEmpty() ? "remove it" : "known here: " + String.join(", ", all));
    }

    /** Levenshtein's distance, ignoring case. */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1)) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }

    private JsonNode array(Node node, JsonNode schema, String path, int depth) {
        if (!(node instanceof SequenceNode sequence)) {
            wrong(node, path, "is " + shape(node) + "; write a list, such as [" + example(schema.path("items")) + "]");
            return null;
        }
        ArrayNode array = JSON.arrayNode();
        int index = 0;
        for (Node item : sequence.getValue()) {
            String at = path + "[" + index++ + "]";
            int before = mistakes.size();
            JsonNode value = check(item, schema.path("items"), at, depth + 1);
            if (value != null) {
                array.add(value);
            } else if (mistakes.size() == before) {
                wrong(item, at, "is null; give it a value or remove it");
            }
        }
        int least = schema.path("minItems").asInt(0);
        int most = schema.path("maxItems").asInt(Integer.MAX_VALUE);
        if (index < least || index > most) {
            wrong(node, path, "has " + index + " entries; " + (index < least ? "at least " + least : "at most " + most) + " are allowed");
        }
        if (schema.path("x-kubernetes-list-type").asText().equals("map")) {
            Set<List<String>> seen = new HashSet<>();
            for (JsonNode item : array) {
                List<String> key = new ArrayList<>();
                schema.path("x-kubernetes-list-map-keys").forEach(name -> key.add(item.path(name.asText()).asText()));
                if (!seen.add(key)) {
                    wrong(node, path, "has " + String.join("/", key) + " twice; keep one");
                }
            }
        }
        return array;
    }

    private JsonNode string(Node node, JsonNode schema, String path) {
        if (!(node instanceof ScalarNode scalar) || !text(scalar)) {
            wrong(node, path, "is " + shape(node) + "; write text" + (node instanceof ScalarNode s ? ", in quotes: \"" + s.getValue() + "\"" : ""));
            return null;
        }
        String text = scalar.getValue();
        JsonNode allowed = schema.path("enum");
        if (allowed.isArray()) {
            List<String> names = new ArrayList<>();
            allowed.forEach(name -> names.add(name.asText()));
            if (!names.contains(text)) {
                wrong(node, path, Printable.quoted(text) + " is none of its values; write " + (names.size() == 1 ? names.getFirst() : String.join(", ", names.subList(0, names.size() - 1)) + " or " + names.getLast()));
            }
        }
        int length = text.codePointCount(0, text.length());
        if (length < schema.path("minLength").asInt(0)) {
            wrong(node, path, length == 0 ? "is empty; give it a value or remove it" : "has " + length + " characters; at least " + schema.path("minLength").asInt() + " are needed");
        } else if (length > schema.path("maxLength").asInt(Integer.MAX_VALUE)) {
            wrong(node, path, "has " + length + " characters; at most " + schema.path("maxLength").asInt() + " are allowed");
        } else if (schema.has("pattern") && !Pattern.compile(schema.path("pattern").asText()).matcher(text).find()) {
            wrong(node, path, Printable.quoted(text) + " does not have the form that is needed: " + schema.path("description").asText("a text that matches " + schema.path("pattern").asText()));
        }
        return JSON.textNode(text);
    }

    private JsonNode integer(Node node, JsonNode schema, String path) {
        if (!(node instanceof ScalarNode scalar) || !scalar.getTag().equals(Tag.INT)) {
            wrong(node, path, "is " + shape(node) + "; write a whole number" + (node instanceof ScalarNode s && s.getValue().matches("-?[0-9]+") ? " without quotes" : ""));
            return null;
        }
        BigInteger value = whole(scalar.getValue());
        if (value == null) {
            wrong(node, path, Printable.quoted(scalar.getValue()) + " is not a whole number; write it in decimal");
            return null;
        }
        BigDecimal least = schema.has("minimum") ? schema.get("minimum").decimalValue() : BigDecimal.valueOf(Integer.MIN_VALUE);
        BigDecimal most = schema.has("maximum") ? schema.get("maximum").decimalValue() : BigDecimal.valueOf(Integer.MAX_VALUE);
        if (new BigDecimal(value).compareTo(least) < 0 || new BigDecimal(value).compareTo(most) > 0) {
            wrong(node, path, value + " is out of bounds; write a number between " + least.toBigInteger() + " and " + most.toBigInteger());
            return null;
        }
        return JSON.numberNode(value.intValue());
    }

    private static BigInteger whole(String text) {
        try {
            return text.startsWith("0x") ? new BigInteger(text.substring(2), 16) : text.startsWith("0o") ? new BigInteger(text.substring(2), 8) : text.length() > 40 ? null : new BigInteger(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private JsonNode bool(Node node, String path) {
        if (!(node instanceof ScalarNode scalar) || !scalar.getTag().equals(Tag.BOOL)) {
            wrong(node, path, "is " + shape(node) + "; write true or false, without quotes");
            return null;
        }
        return JSON.booleanNode(scalar.getValue().equalsIgnoreCase("true"));
    }

    private JsonNode intOrString(Node node, String path) {
        if (node instanceof ScalarNode scalar && text(scalar)) {
            return JSON.textNode(scalar.getValue());
        }
        BigInteger value = node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.INT) ? whole(scalar.getValue()) : null;
        if (value == null || value.bitLength() > 31) {
            wrong(node, path, "is " + (value == null ? shape(node) : "larger than 32 bits") + "; write a whole number, or text in quotes");
            return null;
        }
        return JSON.numberNode(value.intValue());
    }

    /** Whatever is no number, truth value or null is text, a placeholder such as ${PORT} too. */
    private static boolean text(ScalarNode scalar) {
        return !Set.of(Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL).contains(scalar.getTag());
    }

    /** What a node is, for people. */
    private static String shape(Node node) {
        return switch (node) {
            case MappingNode _ -> "a block of fields";
            case SequenceNode _ -> "a list";
            case ScalarNode scalar when scalar.getTag().equals(Tag.NULL) -> "empty";
            case ScalarNode scalar when text(scalar) -> "the text " + Printable.quoted(scalar.getValue());
            case ScalarNode scalar when scalar.getTag().equals(Tag.BOOL) -> "the truth value " + Printable.quoted(scalar.getValue());
            case ScalarNode scalar -> "the number " + Printable.quoted(scalar.getValue());
            default -> "something else";
        };
    }

    private static String example(JsonNode schema) {
        if (schema.path("enum").isArray() && !schema.path("enum").isEmpty()) {
            List<String> names = new ArrayList<>();
            schema.path("enum").forEach(name -> names.add(name.asText()));
            return String.join(" or ", names);
        }
        if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
            return "a number or text";
        }
        return switch (schema.path("type").asText()) {
            case "object" -> {
                List<String> names = new ArrayList<>();
                schema.path("required").forEach(name -> names.add(name.asText() + ": ..."));
                yield names.isEmpty() ? "{...}" : "{" + String.join(", ", names) + "}";
            }
            case "array" -> "[" + example(schema.path("items")) + "]";
            case "integer" -> "a number";
            case "boolean" -> "true or false";
            default -> "text";
        };
    }
}
