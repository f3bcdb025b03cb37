package dev.concordat.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** What {@code kubectl explain} answers, and what keeps the CEL rules affordable. */
class CrdSchemaTest {
    @Test
    void everyPropertyOfSpecAndStatusSaysWhatItIs() throws Exception {
        List<String> silent = new ArrayList<>();
        walk(Crds.ofPeople(), (path, schema) -> {
            if (!path.endsWith("[]") && !path.endsWith("{}") && (schema.getDescription() == null || schema.getDescription().isBlank())) {
                silent.add(path);
            }
        });
        assertThat(silent).as("properties without a @JsonPropertyDescription").isEmpty();
    }

    /** An unbounded string, list or map below a rule makes the API server refuse the definition: its estimated cost has no bound. */
    @Test
    void everythingThatAUserWritesIsBounded() throws Exception {
        List<String> unbounded = new ArrayList<>();
        walk((path, schema) -> {
            boolean bounded = switch (schema.getType() == null ? "" : schema.getType()) {
                case "string" -> schema.getMaxLength() != null || schema.getEnum() != null && !schema.getEnum().isEmpty();
                case "array" -> schema.getMaxItems() != null;
                case "object" -> schema.getAdditionalProperties() == null || schema.getMaxProperties() != null;
                default -> true;
            };
            boolean internal = List.of("ChecksumRun", "LatencyProbe", "ContractRecord").contains(path.substring(0, path.indexOf('.')));
            if (!bounded && (internal || path.contains(".spec"))) {
                unbounded.add(path);
            }
        });
        assertThat(unbounded).as("strings without @Size or enum, lists and maps without @Size").isEmpty();
    }

    /** A number that Java cannot read would end the informer that meets it, for all tenants. */
    @Test
    void everyNumberOfAReportHasTheRangeOfItsJavaType() throws Exception {
        List<String> open = new ArrayList<>();
        walk((path, schema) -> {
            if (path.matches("(ChecksumRun|LatencyProbe|ContractRecord)\\..*") && "integer".equals(schema.getType()) && (schema.getMinimum() == null || schema.getMaximum() == null)) {
                open.add(path);
            }
        });
        assertThat(open).isEmpty();
    }

    @Test
    void noPartOfAReportIsWithoutASchema() throws Exception {
        List<String> open = new ArrayList<>();
        walk((path, schema) -> {
            boolean typed = schema.getType() != null || Boolean.TRUE.equals(schema.getXKubernetesIntOrString());
            if (!typed || Boolean.TRUE.equals(schema.getXKubernetesPreserveUnknownFields())) {
                open.add(path);
            }
        });
        assertThat(open).isEmpty();
    }

    @Test
    void specHoldsNoFloatingPointNumber() throws Exception {
        List<String> floats = new ArrayList<>();
        walk((path, schema) -> {
            if ("number".equals(schema.getType())) {
                floats.add(path);
            }
        });
        assertThat(floats).isEmpty();
    }

    @Test
    void everyRuleTellsWhatIsWrong() throws Exception {
        List<String> mute = new ArrayList<>();
        walk((path, schema) -> {
            if (schema.getXKubernetesValidations() != null) {
                schema.getXKubernetesValidations().stream()
                        .filter(rule -> rule.getMessage() == null && rule.getMessageExpression() == null)
                        .forEach(rule -> mute.add(path + ": " + rule.getRule()));
            }
        });
        assertThat(mute).isEmpty();
    }

    private static void walk(BiConsumer<String, JSONSchemaProps> visitor) throws Exception {
        walk(Crds.generate(), visitor);
    }

    private static void walk(Map<String, String> crds, BiConsumer<String, JSONSchemaProps> visitor) throws Exception {
        for (String yaml : crds.values()) {
            var crd = Serialization.unmarshal(yaml, CustomResourceDefinition.class);
            String kind = crd.getSpec().getNames().getKind();
            JSONSchemaProps root = crd.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
            for (Map.Entry<String, JSONSchemaProps> top : new TreeMap<>(root.getProperties()).entrySet()) {
                if (!List.of("apiVersion", "kind", "metadata").contains(top.getKey())) {
                    walk(kind + "." + top.getKey(), top.getValue(), visitor);
                }
            }
        }
    }

    private static void walk(String path, JSONSchemaProps schema, BiConsumer<String, JSONSchemaProps> visitor) {
        visitor.accept(path, schema);
        if (schema.getProperties() != null) {
            new TreeMap<>(schema.getProperties()).forEach((name, child) -> walk(path + "." + name, child, visitor));
        }
        if (schema.getItems() != null && schema.getItems().getSchema() != null) {
            walk(path + "[]", schema.getItems().getSchema(), visitor);
        }
        if (schema.getAdditionalProperties() != null && schema.getAdditionalProperties().getSchema() != null) {
            walk(path + "{}", schema.getAdditionalProperties().getSchema(), visitor);
        }
    }
}
