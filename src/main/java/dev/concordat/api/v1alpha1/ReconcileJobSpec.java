package dev.concordat.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** Which contract is run and how. Immutable: a run is not changed, another one is made. */
@ValidationRule(value = "self == oldSelf", message = "spec is immutable: a ReconcileJob is one run. Create another one (kubectl create, with metadata.generateName)")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ReconcileJobSpec(
        @Required @Size(min = 1, max = 48) @Pattern(Api.DNS_NAME) @JsonPropertyDescription("Name of the SyncContract, in the same namespace.") String contractName,
        @Default("\"Check\"") @JsonPropertyDescription("Check: compare and report. Nothing is changed.") Action action,
        @JsonPropertyDescription("What this run covers. Default: the contract's own scope.") Verification.Scope scope,
        @Default("\"1h\"") @Size(max = 32) @Pattern(Api.DURATION)
        @ValidationRule(value = "duration(self) >= duration('10s') && duration(self) <= duration('168h')", message = "timeout must lie between 10s and 168h")
        @JsonPropertyDescription("The run is ended, and counts as failed, when it takes longer. Default: 1h.") String timeout) {

    public ReconcileJobSpec {
        action = action == null ? Action.CHECK : action;
        timeout = timeout == null ? "1h" : timeout;
    }

    public enum Action {
        @JsonProperty("Check") CHECK
    }
}
