package dev.concordat.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** When the two stores are compared, how much of them, and what a check may use. */
public record Verification(
        @Required @JsonPropertyDescription("When checks start. One also starts when the contract changes and when the annotation concordat.dev/check-requested gets a new value.") Schedule schedule,
        @JsonPropertyDescription("What a check covers. Default: Full.") Scope scope,
        @Default("\"10s\"") @Size(max = 32) @Pattern(Api.DURATION)
        @ValidationRule(value = "duration(self) <= duration('1h')", message = "settle may be at most 1h")
        @JsonPropertyDescription("A difference is read again after this time and is drift only if it is still there. Set it to at least 1.5 times the usual lag.") String settle,
        @Default("\"100ppm\"") @Size(max = 16) @Pattern("^[0-9]{1,7}ppm$")
        @JsonPropertyDescription("Share of records that may differ before InSync turns False, in parts per million of the larger side: 100ppm is 0.01 %. 0ppm: not one.") String mismatchThreshold,
        @JsonPropertyDescription("How much record-level evidence a report keeps.") Evidence evidence,
        @JsonPropertyDescription("Resources of the worker's pod.") Worker worker) {

    public Verification {
        scope = scope == null ? new Scope(ScopeType.FULL) : scope;
        settle = settle == null ? "10s" : settle;
        mismatchThreshold = mismatchThreshold == null ? "100ppm" : mismatchThreshold;
        evidence = evidence == null ? new Evidence(null, null) : evidence;
        worker = worker == null ? new Worker(null, null) : worker;
    }

    public record Schedule(
            @Required @Size(max = 32) @Pattern(Api.DURATION)
            @ValidationRule(value = "duration(self) >= duration('5s') && duration(self) <= duration('744h')", message = "every must lie between 5s and 744h")
            @JsonPropertyDescription("Time from the start of one check to the start of the next, for example 15m.") String every,
            @Default("20") @Min(0) @Max(30) @JsonPropertyDescription("Each start is delayed by a random part of the interval, at most this many percent, so that contracts do not start together.") Integer jitter) {
        public Schedule {
            jitter = jitter == null ? 20 : jitter;
        }
    }

    public record Scope(@Required @JsonPropertyDescription("Full: every record of both tables.") ScopeType type) {}

    public enum ScopeType {
        @JsonProperty("Full") FULL
    }

    public record Evidence(
            @Default("100") @Min(0) @Max(500) @JsonPropertyDescription("Records with their differing fields that a report keeps. Counts are always complete.") Integer maxRecords,
            @Size(max = 256) @JsonPropertyDescription("Fields whose values are left out of every report, status and event. Source names.")
            List<@Size(min = 1, max = 128) String> redact) {
        public Evidence {
            maxRecords = maxRecords == null ? 100 : maxRecords;
            redact = redact == null ? List.of() : List.copyOf(redact);
        }
    }

    public record Worker(
            @Default("\"256Mi\"") @Size(max = 16) @Pattern("^[1-9][0-9]*(Mi|Gi)$") @JsonPropertyDescription("Memory request and limit of the worker's container.") String memory,
            @Default("\"500m\"") @Size(max = 16) @Pattern("^[1-9][0-9]*m?$") @JsonPropertyDescription("CPU request of the worker's container.") String cpu) {
        public Worker {
            memory = memory == null ? "256Mi" : memory;
            cpu = cpu == null ? "500m" : cpu;
        }
    }
}
