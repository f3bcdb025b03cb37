package dev.concordat.cli.compare;

import com.fasterxml.jackson.databind.JsonNode;
import dev.concordat.contract.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of the Common Expression Language (cel-spec) that the rules of Concordat's CustomResourceDefinitions are written in: so that a contract in a file meets the
 * very rules that the API server evaluates. Anything beyond that part is an error, never a guess.
 */
final class Cel {
    private static final Pattern TOKEN = Pattern.compile("\\s*(?:(?<number>[0-9]+(?:\\.[0-9]+)?)|(?<text>'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\")|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<sign>&&|\\|\\||==|!=|<=|>=|[-+*/%<>!?:.,()\\[\\]]))");

    private final List<String> tokens = new ArrayList<>();
    private int at;

    /** An expression that cannot be read or has no value. */
    static final class CelError extends RuntimeException {
        private static final long serialVersionUID = 1;

        CelError(String message) {
            super(message, null, false, false);
        }
    }

    private interface Expression {
        Object value(Map<String, Object> names);
    }

    private Cel(String text) {
        Matcher token = TOKEN.matcher(text);
        int end = 0;
        while (end < text.length() && token.find(end) && token.start() == end) {
            tokens.add(token.group().strip());
            end = token.end();
        }
        if (!text.substring(end).isBlank()) {
            throw new CelError("cannot be read from: " + text.substring(end));
        }
    }

    /**
     * The value of an expression: Boolean, Long, Double, String, Duration, or JSON of an object or a list.
     *
     * @param self what the rule is about
     */
    static Object evaluate(String text, JsonNode self) {
        Cel cel = new Cel(text);
        Expression expression = cel.ternary();
        if (cel.at < cel.tokens.size()) {
            throw new CelError("not expected: " + cel.tokens.get(cel.at));
        }
        Map<String, Object> names = new HashMap<>();
        names.put("self", plain(self));
        return expression.value(names);
    }

    private static Object plain(JsonNode json) {
        return json.isTextual() ? json.asText() : json.isBoolean() ? (Object) json.asBoolean() : json.isIntegralNumber() ? (Object) json.asLong() : json.isNumber() ? (Object) json.asDouble() : json;
    }

    private boolean next(String token) {
        if (at < tokens.size() && tokens.get(at).equals(token)) {
            at++;
            return true;
        }
        return false;
    }

    private void need(String token) {
        if (!next(token)) {
            throw new CelError(token + " is missing");
        }
    }

    private String take() {
        if (at == tokens.size()) {
            throw new CelError("it ends too early");
        }
        return tokens.get(at++);
    }

    private Expression ternary() {
        Expression condition = or();
        if (!next("?")) {
            return condition;
        }
        Expression yes = ternary();
        need(":");
        Expression no = ternary();
        return names -> truth(condition, names) ? yes.value(names) : no.value(names);
    }

    private static boolean truth(Expression expression, Map<String, Object> names) {
        if (expression.value(names) instanceof Boolean b) {
            return b;
        }
        throw new CelError("no truth value");
    }

    private Expression or() {
        Expression left = and();
        while (next("||")) {
            Expression one = left;
            Expression other = and();
            left = names -> truth(one, names) || truth(other, names);
        }
        return left;
    }

    private Expression and() {
        Expression left = relation();
        while (next("&&")) {
            Expression one = left;
            Expression other = relation();
            left = names -> truth(one, names) && truth(other, names);
        }
        return left;
    }

    private Expression relation() {
        Expression left = sum();
        while (at < tokens.size() && List.of("==", "!=", "<=", ">=", "<", ">", "in").contains(tokens.get(at))) {
            String operator = take();
            Expression one = left;
            Expression other = sum();
            left = names -> relate(operator, one.value(names), other.value(names));
        }
        return left;
    }

    private static Object relate(String operator, Object a, Object b) {
        return switch (operator) {
            case "==" -> equal(a, b);
            case "!=" -> !equal(a, b);
            case "in" -> b instanceof JsonNode json && json.isObject() ? json.has(String.valueOf(a)) : list(b).stream().anyMatch(item -> equal(item, a));
            case "<=" -> compare(a, b) <= 0;
            case ">=" -> compare(a, b) >= 0;
            case "<" -> compare(a, b) < 0;
            default -> compare(a, b) > 0;
        };
    }

    private static boolean equal(Object a, Object b) {
        return a instanceof Number x && b instanceof Number y ? x.doubleValue() == y.doubleValue() : Objects.equals(a, b);
    }

    @SuppressWarnings("unchecked")
    private static int compare(Object a, Object b) {
        if (a instanceof Number x && b instanceof Number y) {
            return x instanceof Long && y instanceof Long ? Long.compare(x.longValue(), y.longValue()) : Double.compare(x.doubleValue(), y.doubleValue());
        }
        if (a instanceof Comparable<?> x && b != null && a.getClass() == b.getClass()) {
            return ((Comparable<Object>) x).compareTo(b);
        }
        throw new CelError("values that have no order");
    }

    private Expression sum() {
        Expression left = product();
        while (at < tokens.size() && (tokens.get(at).equals("+") || tokens.get(at).equals("-"))) {
            boolean plus = take().equals("+");
            Expression one = left;
            Expression other = product();
            left = names -> add(one.value(names), other.value(names), plus);
        }
        return left;
    }

    private static Object add(Object a, Object b, boolean plus) {
        if (a instanceof Duration x && b instanceof Duration y) {
            return plus ? x.plus(y) : x.minus(y);
        }
        if (plus && a instanceof String x && b instanceof String y) {
            return x + y;
        }
        return arithmetic(a, b, plus ? '+' : '-');
    }

    private static Object arithmetic(Object a, Object b, char operator) {
        if (a instanceof Long x && b instanceof Long y) {
            try {
                return switch (operator) {
                    case '+' -> Math.addExact(x, y);
                    case '-' -> Math.subtractExact(x, y);
                    case '*' -> Math.multiplyExact(x, y);
                    case '/' -> x / y;
                    default -> x % y;
                };
            } catch (ArithmeticException e) {
                throw new CelError(String.valueOf(e.getMessage()));
            }
        }
        if (a instanceof Double x && b instanceof Double y && operator != '%') {
            return switch (operator) {
                case '+' -> x + y;
                case '-' -> x - y;
                case '*' -> x * y;
                default -> x / y;
            };
        }
        throw new CelError("no such overload of " + operator);
    }

    private Expression product() {
        Expression left = unary();
        while (at < tokens.size() && List.of("*", "/", "%").contains(tokens.get(at))) {
            char operator = take().charAt(0);
            Expression one = left;
            Expression other = unary();
            left = names -> arithmetic(one.value(names), other.value(names), operator);
        }
        return left;
    }

    private Expression unary() {
        if (next("!")) {
            Expression what = unary();
            return names -> !truth(what, names);
        }
        Expression value = primary();
        while (true) {
            if (next(".")) {
                value = member(value, take());
            } else if (next("[")) {
                Expression list = value;
                Expression index = ternary();
                need("]");
                value = names -> list(list.value(names)).get(Math.toIntExact((Long) index.value(names)));
            } else {
                return value;
            }
        }
    }

    private Expression member(Expression of, String name) {
        if (!next("(")) {
            return names -> field(of.value(names), name);
        }
        switch (name) {
            case "getSeconds" -> {
                need(")");
                return names -> ((Duration) of.value(names)).toSeconds();
            }
            case "all", "exists", "exists_one" -> {
                String variable = take();
                need(",");
                Expression condition = ternary();
                need(")");
                return names -> {
                    Object among = of.value(names);
                    List<Object> items = among instanceof JsonNode json && json.isObject() ? fieldNames(json) : list(among);
                    long fitting = items.stream().filter(item -> {
                        Map<String, Object> inner = new HashMap<>(names);
                        inner.put(variable, item);
                        return truth(condition, inner);
                    }).count();
                    return name.equals("all") ? fitting == items.size() : name.equals("exists") ? fitting > 0 : fitting == 1;
                };
            }
            default -> throw new CelError("function " + name + " is not known");
        }
    }

    private static List<Object> fieldNames(JsonNode json) {
        List<Object> names = new ArrayList<>();
        json.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static Object field(Object of, String name) {
        if (of instanceof JsonNode json && json.has(name)) {
            return plain(json.get(name));
        }
        throw new CelError("no such key: " + name);
    }

    private static List<Object> list(Object value) {
        List<Object> list = new ArrayList<>();
        if (value instanceof JsonNode json && json.isArray()) {
            json.forEach(item -> list.add(plain(item)));
            return list;
        }
        if (value instanceof List<?> items) {
            list.addAll(items);
            return list;
        }
        throw new CelError("no list");
    }

    private Expression primary() {
        String token = take();
        if (token.equals("(")) {
            Expression inner = ternary();
            need(")");
            return inner;
        }
        if (token.equals("[")) {
            List<Expression> items = new ArrayList<>();
            while (!next("]")) {
                items.add(ternary());
                if (!next(",")) {
                    need("]");
                    break;
                }
            }
            return names -> items.stream().map(item -> item.value(names)).toList();
        }
        char first = token.charAt(0);
        if (first == '\'' || first == '"') {
            String text = token.substring(1, token.length() - 1).replaceAll("\\\\(.)", "$1");
            return _ -> text;
        }
        if (Character.isDigit(first)) {
            Object number = token.contains(".") ? (Object) Double.valueOf(token) : (Object) Long.valueOf(token);
            return _ -> number;
        }
        if (token.equals("true") || token.equals("false")) {
            return _ -> token.equals("true");
        }
        return next("(") ? function(token) : names -> {
            if (!names.containsKey(token)) {
                throw new CelError("undeclared: " + token);
            }
            return names.get(token);
        };
    }

    private Expression function(String name) {
        int start = at;
        Expression argument = ternary();
        need(")");
        return switch (name) {
            case "has" -> {
                // The macro is about the last field of its argument, not about its value.
                String field = tokens.get(at - 2);
                if (at - 3 <= start || !tokens.get(at - 3).equals(".")) {
                    throw new CelError("has() needs a field");
                }
                List<String> before = tokens.subList(start, at - 3);
                Cel of = new Cel("");
                of.tokens.addAll(before);
                Expression object = of.ternary();
                yield names -> object.value(names) instanceof JsonNode json && json.has(field);
            }
            case "size" -> names -> switch (argument.value(names)) {
                case String text -> (long) text.codePointCount(0, text.length());
                case JsonNode json -> (long) json.size();
                default -> throw new CelError("no size");
            };
            case "duration" -> names -> {
                try {
                    return Durations.parse((String) argument.value(names));
                } catch (IllegalArgumentException | ArithmeticException e) {
                    throw new CelError("no duration");
                }
            };
            case "double" -> names -> switch (argument.value(names)) {
                case Number number -> number.doubleValue();
                case String text -> Double.valueOf(text);
                default -> throw new CelError("no number");
            };
            default -> throw new CelError("function " + name + " is not known");
        };
    }
}
