package dev.concordat.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** One observation about an object, as in metav1.Condition. */
public record Condition(
        @Required @Size(max = 64) @JsonPropertyDescription("What is observed, in CamelCase.") String type,
        @Required @Pattern("^(True|False|Unknown)$") @JsonPropertyDescription("True, False or Unknown.") String status,
        @JsonPropertyDescription("The generation of the spec that this was observed for.") Long observedGeneration,
        @Required @Size(max = 64) @JsonPropertyDescription("When status last changed, RFC 3339.") String lastTransitionTime,
        @Required @Size(min = 1, max = 64) @Pattern("^[A-Za-z]([A-Za-z0-9]*)$") @JsonPropertyDescription("Why, as one CamelCase word. docs/conditions.md lists them all with what to do.") String reason,
        @Required @Size(max = 4096) @JsonPropertyDescription("What was seen, where, and what to do about it.") String message) {

    /** The longest message the schema admits, in characters. */
    public static final int MAX_MESSAGE = 4096;

    /** Not a property: without the annotation it would be one in JSON and in the schema. */
    @JsonIgnore
    public boolean isTrue() {
        return "True".equals(status);
    }

    @JsonIgnore
    public boolean isFalse() {
        return "False".equals(status);
    }
}
