package dev.concordat.generate;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** docs/reference: every field of a kind with its type, default, constraints and description, out of the CRD. */
final class Reference {
    private final StringBuilder text = new StringBuilder();

    private Reference() {}

    /** File name to content, for every kind. */
    static Map<String, String> generate() throws Exception {
        Map<String, String> files = new TreeMap<>();
        for (String yaml : Crds.ofPeople().values()) {
            var crd = Serialization.unmarshal(yaml, CustomResourceDefinition.class);
            files.put(crd.getSpec().getNames().getKind().toLowerCase(Locale.ROOT) + ".md", new Reference().page(crd));
        }
        return files;
    }

    private String page(CustomResourceDefinition crd) {
        var version = crd.getSpec().getVersions().getFirst();
        JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
        var names = crd.getSpec().getNames();
        text.append("<!-- Generated from crds/ by `./concordat generate`. Do not edit. -->\n# ").append(names.getKind()).append(" reference\n\n")
                .append(root.getDescription()).append("\n\n`").append(crd.getSpec().getGroup()).append('/').append(version.getName()).append("`, short name `")
                .append(String.join("`, `", names.getShortNames())).append("`. `kubectl explain ").append(names.getSingular())
                .append(".spec` shows the same. A guide with examples: [").append(names.getKind()).append("](../").append(names.getSingular()).append(".md).\n");
        rules(root);
        for (String part : List.of("spec", "status")) {
            text.append("\n## ").append(part).append("\n\n").append(root.getProperties().get(part).getDescription()).append("\n\n")
                    .append(part.equals("spec") ? "| field | type | default | constraints | description |\n|---|---|---|---|---|\n" : "| field | type | description |\n|---|---|---|\n");
            rows("", root.getProperties().get(part), part.equals("spec"));
            if (part.equals("spec")) {
                Map<String, List<String>> refusals = new LinkedHashMap<>();
                refusals(part, root.getProperties().get(part), refusals);
                text.append("\n### Refused by the API server\n\nBeside the constraints above:\n\n");
                refusals.forEach((path, messages) -> messages.forEach(message -> text.append("- `").append(path).append("`: ").append(message).append('\n')));
            }
        }
        text.append("\n## Printer columns\n\n| column | shown | path | meaning |\n|---|---|---|---|\n");
        version.getAdditionalPrinterColumns().forEach(column -> row(column.getName().toUpperCase(Locale.ROOT), column.getPriority() == null ? "always" : "`-o wide`",
                "`" + column.getJsonPath().replace("|", "\\|") + "`", column.getDescription() == null ? "" : column.getDescription()));
        return text.toString();
    }

    private void rules(JSONSchemaProps schema) {
        if (schema.getXKubernetesValidations() != null) {
            schema.getXKubernetesValidations().forEach(rule -> text.append("\nRefused by the API server: ").append(message(rule)).append(".\n"));
        }
    }

    private void rows(String path, JSONSchemaProps schema, boolean spec) {
        if (schema.getProperties() == null) {
            return;
        }
        List<String> required = schema.getRequired() == null ? List.of() : schema.getRequired();
        // Required fields first: they are what a newcomer has to write.
        for (String name : new TreeSet<>(schema.getProperties().keySet()).stream().sorted((a, b) -> Boolean.compare(required.contains(b), required.contains(a))).toList()) {
            JSONSchemaProps child = schema.getProperties().get(name);
            String here = path.isEmpty() ? name : path + "." + name;
            if (spec) {
                row("`" + here + "`" + (required.contains(name) ? " **required**" : ""), type(child), standard(child), constraints(child), child.getDescription());
            } else {
                row("`" + here + "`", type(child), child.getDescription());
            }
            JSONSchemaProps element = child;
            while (element.getItems() != null && element.getItems().getSchema() != null) {
                element = element.getItems().getSchema();
                here += "[]";
            }
            rows(here, element, spec);
        }
    }

    private static void refusals(String path, JSONSchemaProps schema, Map<String, List<String>> found) {
        if (schema.getXKubernetesValidations() != null) {
            found.computeIfAbsent(path, p -> new ArrayList<>()).addAll(schema.getXKubernetesValidations().stream().map(Reference::message).toList());
        }
        if (schema.getProperties() != null) {
            new TreeMap<>(schema.getProperties()).forEach((name, child) -> refusals(path + "." + name, child, found));
        }
        if (schema.getItems() != null && schema.getItems().getSchema() != null) {
            refusals(path + "[]", schema.getItems().getSchema(), found);
        }
    }

    /** A message expression as a sentence with the values left open. */
    private static String message(ValidationRule rule) {
        if (rule.getMessage() != null) {
            return rule.getMessage();
        }
        StringBuilder sentence = new StringBuilder();
        String expression = rule.getMessageExpression().replaceAll("\\((?:[^()']|\\([^()]*\\))*\\?[^+]*\\)(?= \\+)", "N").replaceAll("\\(\\(.*?'3'\\)", "N");
        for (String piece : expression.split(" \\+ (?=')|(?<=') \\+ ")) {
            String p = piece.strip();
            sentence.append(p.startsWith("'") && p.endsWith("'") ? p.substring(1, p.length() - 1) : p.equals("N") ? "N" : "<" + p.substring(p.lastIndexOf('.') + 1) + ">");
        }
        return sentence.toString().replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String type(JSONSchemaProps schema) {
        if (schema.getItems() != null && schema.getItems().getSchema() != null) {
            return "list of " + type(schema.getItems().getSchema());
        }
        if (schema.getAdditionalProperties() != null && schema.getAdditionalProperties().getSchema() != null) {
            return "map of " + type(schema.getAdditionalProperties().getSchema());
        }
        return Boolean.TRUE.equals(schema.getXKubernetesIntOrString()) ? "integer or string" : schema.getType();
    }

    private static String standard(JSONSchemaProps schema) {
        JsonNode value = schema.getDefault();
        return value == null ? "" : "`" + value.asText() + "`";
    }

    private static String constraints(JSONSchemaProps schema) {
        List<String> all = new ArrayList<>();
        if (schema.getEnum() != null && !schema.getEnum().isEmpty()) {
            all.add(schema.getEnum().stream().map(value -> "`" + value.asText() + "`").collect(Collectors.joining(", ")));
        }
        bounds(all, schema.getMinimum(), schema.getMaximum(), "");
        bounds(all, schema.getMinLength(), schema.getMaxLength(), " characters");
        bounds(all, schema.getMinItems(), schema.getMaxItems(), " items");
        bounds(all, schema.getMinProperties(), schema.getMaxProperties(), " entries");
        if (schema.getPattern() != null) {
            all.add("`" + schema.getPattern().replace("|", "\\|") + "`");
        }
        return String.join("; ", all);
    }

    private static void bounds(List<String> all, Number min, Number max, String unit) {
        if (min != null && max != null) {
            all.add(plain(min) + " to " + plain(max) + unit);
        } else if (max != null) {
            all.add("at most " + plain(max) + unit);
        } else if (min != null) {
            all.add("at least " + plain(min) + unit);
        }
    }

    private static String plain(Number number) {
        return new BigDecimal(number.toString()).stripTrailingZeros().toPlainString();
    }

    private void row(String... cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
