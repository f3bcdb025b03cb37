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
@ValidationRule(
        value = "!has(self.deepCheck) || has(self.scope) && self.scope.type != 'Full'",
        message = "spec.verification.deepCheck goes with a narrower spec.verification.scope: with scope Full every check is a full one", fieldPath = ".deepCheck")
@ValidationRule(
        value = "!has(self.deepCheck) || duration(self.deepCheck.every) > duration(self.schedule.every)",
        message = "spec.verification.deepCheck.every must be longer than spec.verification.schedule.every", fieldPath = ".deepCheck.every")
@ValidationRule(
        value = "!has(self.scope) || !has(self.scope.last) || duration(self.scope.last).getSeconds() * 100 >= duration(self.schedule.every).getSeconds() * (100 + self.schedule.jitter)",
        message = "spec.verification.scope.last must be at least spec.verification.schedule.every and its jitter, or records fall between two windows", fieldPath = ".scope.last")
public record Verification(
        @Required @JsonPropertyDescription("When checks start. One also starts when the contract changes and when the annotation concordat.dev/check-requested gets a new value.") Schedule schedule,
        @JsonPropertyDescription("What a check covers. Default: Full.") Scope scope,
        @JsonPropertyDescription("A full check on a schedule of its own, for what a narrower scope cannot see: deletes, and corrections that did not touch the timestamp.") DeepCheck deepCheck,
        @Default("\"10s\"") @Size(max = 32) @Pattern(Api.DURATION)
        @ValidationRule(value = "duration(self) <= duration('1h')", message = "settle may be at most 1h")
        @JsonPropertyDescription("A difference is read again after this time and is drift only if it is still there. In force is at least twice the lag that the probe measured, and more when a check sees that changes take longer to arrive. Set it to at least 1.5 times the usual lag.") String settle,
        @Default("\"100ppm\"") @Size(max = 16) @Pattern("^([0-9]{1,6}|1000000)ppm$")
        @JsonPropertyDescription("Share of records that may differ before InSync turns False, in parts per million of the records on either side: 100ppm is 0.01 %. 0ppm: not one. At most 1000000ppm, which is all of them.") String mismatchThreshold,
        @JsonPropertyDescription("How much record-level evidence a report keeps.") Evidence evidence,
        @JsonPropertyDescription("Resources of the worker's pod.") Worker worker) {

    public Verification {
        scope = scope == null ? Scope.FULL : scope;
        settle = settle == null ? "10s" : settle;
        mismatchThreshold = mismatchThreshold == null ? "100ppm" : mismatchThreshold;
        evidence = evidence == null ? new Evidence(null, null, null) : evidence;
        worker = worker == null ? new Worker(null, null, null) : worker;
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

    @ValidationRule(value = "(self.type == 'Window') == (has(self.field) && has(self.last))", message = "type Window needs field and last, and no other type takes them")
    @ValidationRule(value = "self.type == 'Window' || !(has(self.field) || has(self.last))", message = "field and last go with type: Window")
    @ValidationRule(value = "(self.type == 'Sample' || self.type == 'Sweep') == has(self.percent)", message = "type Sample and type Sweep need percent, and no other type takes it", fieldPath = ".percent")
    @ValidationRule(value = "self.type == 'KeyRange' ? has(self.from) || has(self.to) : !(has(self.from) || has(self.to))", message = "type KeyRange needs from, to or both, and no other type takes them")
    public record Scope(
            @Required @JsonPropertyDescription("Full: every record of both tables. Window: records whose time field lies within the last stretch of time on either side. Sample: a random share, with the bound that it proves; never InSync. KeyRange: keys from from up to but without to. Sweep: each check covers a share, the longest unverified first, and goes on where the last one ended.")
            ScopeType type,
            @Size(min = 1, max = 128) @JsonPropertyDescription("Window: the time field, by its name on the source.") String field,
            @Size(max = 32) @Pattern(Api.DURATION)
            @ValidationRule(value = "duration(self) >= duration('1s') && duration(self) <= duration('8784h')", message = "last must lie between 1s and 8784h")
            @JsonPropertyDescription("Window: how far back, for example 2h. At least the interval between checks, its jitter and the lag together, or records fall between two windows.") String last,
            @Min(1) @Max(100) @JsonPropertyDescription("Sample and Sweep: share of the records in percent.") Integer percent,
            @Size(min = 1, max = 256) @JsonPropertyDescription("KeyRange: first value of the key's first field.") String from,
            @Size(min = 1, max = 256) @JsonPropertyDescription("KeyRange: first value after the range.") String to) {
        public static final Scope FULL = new Scope(ScopeType.FULL, null, null, null, null, null);
    }

    public enum ScopeType {
        @JsonProperty("Full") FULL,
        @JsonProperty("Window") WINDOW,
        @JsonProperty("Sample") SAMPLE,
        @JsonProperty("KeyRange") KEY_RANGE,
        @JsonProperty("Sweep") SWEEP
    }

    public record DeepCheck(
            @Required @Size(max = 32) @Pattern(Api.DURATION)
            @ValidationRule(value = "duration(self) >= duration('1m') && duration(self) <= duration('2208h')", message = "every must lie between 1m and 2208h")
            @JsonPropertyDescription("Time from the start of one full check to the next, for example 24h.") String every) {}

    public record Evidence(
            @Default("100") @Min(0) @Max(500) @JsonPropertyDescription("Records with their differing fields that a report keeps. Counts are always complete.") Integer maxRecords,
            @Size(max = 256) @JsonPropertyDescription("Fields whose values are left out of every report, status and event. Source names.")
            List<@Size(min = 1, max = 128) String> redact,
            @JsonPropertyDescription("A table that gets every differing record, beyond maxRecords. Rows are only added. See docs/evidence.md for its columns.") EvidenceTable table) {
        public Evidence {
            maxRecords = maxRecords == null ? 100 : maxRecords;
            redact = redact == null ? List.of() : List.copyOf(redact);
        }
    }

    public record EvidenceTable(
            @Required @JsonPropertyDescription("The database that holds the table: Source or Target.") EvidenceSide side,
            @Size(min = 1, max = 128) @JsonPropertyDescription("PostgreSQL: the table's schema. Default: that of the store.") String schema,
            @Required @Size(min = 1, max = 128) @JsonPropertyDescription("Name of the table.") String name,
            @Required @JsonPropertyDescription("The account that writes it. INSERT on this table is all it needs.") Store.Credentials credentials) {}

    public enum EvidenceSide {
        @JsonProperty("Source") SOURCE,
        @JsonProperty("Target") TARGET
    }

    public record Worker(
            @Default("\"256Mi\"") @Size(max = 16) @Pattern("^[1-9][0-9]*(Mi|Gi)$") @JsonPropertyDescription("Memory request and limit of the worker's container. Its heap is what 208Mi less leave, and at least 48Mi.") String memory,
            @Default("\"500m\"") @Size(max = 16) @Pattern("^[1-9][0-9]*m?$") @JsonPropertyDescription("CPU request of the worker's container.") String cpu,
            @Size(max = 16) @Pattern("^[1-9][0-9]*m?$")
            @JsonPropertyDescription("CPU limit of the worker's container, at least its request. Without it the container has none: a namespace with a ResourceQuota on limits.cpu and no default for it refuses such a pod.")
            String cpuLimit) {
        public Worker {
            memory = memory == null ? "256Mi" : memory;
            cpu = cpu == null ? "500m" : cpu;
        }
    }
}
