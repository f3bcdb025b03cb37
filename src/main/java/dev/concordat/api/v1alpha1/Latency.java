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
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.Map;

/** How late a write may reach the target, the budget for being later, and what an exhausted budget leads to. */
@ValidationRule(
        value = "!has(self.probe.canary) || duration(self.probe.canary.every) + duration(self.probe.canary.every) + duration(self.probe.canary.every) + duration(self.probe.canary.every) <= duration(self.ceiling)",
        messageExpression = "'spec.latency.ceiling ' + self.ceiling + ' is less than 4 probe intervals of ' + self.probe.canary.every + ': probe more often or raise the ceiling'")
@ValidationRule(
        value = "!has(self.probe.watermark) || duration(self.probe.watermark.every) + duration(self.probe.watermark.every) + duration(self.probe.watermark.every) + duration(self.probe.watermark.every) <= duration(self.ceiling)",
        messageExpression = "'spec.latency.ceiling ' + self.ceiling + ' is less than 4 probe intervals of ' + self.probe.watermark.every + ': probe more often or raise the ceiling'")
@ValidationRule(
        value = "self.enforcement != 'Enforce' || has(self.budget)",
        message = "spec.latency.enforcement is Enforce but spec.latency.budget is missing: without a budget nothing can be exhausted")
@ValidationRule(
        value = "!has(self.budget) || !has(self.probe.canary) || duration(self.probe.canary.every) + duration(self.probe.canary.every) <= duration(self.budget.slice)",
        message = "spec.latency.budget.slice must hold at least 2 probe intervals of spec.latency.probe.canary.every")
@ValidationRule(
        value = "!has(self.budget) || !has(self.probe.watermark) || duration(self.probe.watermark.every) + duration(self.probe.watermark.every) <= duration(self.budget.slice)",
        message = "spec.latency.budget.slice must hold at least 2 probe intervals of spec.latency.probe.watermark.every")
public record Latency(
        @Required @JsonPropertyDescription("How the time from a write on the source to the first consistent read on the target is measured.") Probe probe,
        @Required @Size(max = 32) @Pattern(Api.DURATION)
        @JsonPropertyDescription("The longest time from a write on the source to the first consistent read on the target that is still good, for example 30s.") String ceiling,
        @JsonPropertyDescription("How often the ceiling may be passed. Without it lag is shown and nothing is decided.") Budget budget,
        @Default("\"Observe\"") @JsonPropertyDescription("Observe: say in conditions and events what would be paused. Enforce: pause spec.writers when the budget is exhausted and the sync is late now.") Enforcement enforcement,
        @JsonPropertyDescription("Bounds on pausing.") PauseLimits pause) {

    public Latency {
        enforcement = enforcement == null ? Enforcement.OBSERVE : enforcement;
        pause = pause == null ? new PauseLimits(null, null, null, null, null) : pause;
    }

    @ValidationRule(value = "(self.type == 'Canary') == has(self.canary)", message = "probe type Canary needs the block canary, and only Canary takes it")
    @ValidationRule(value = "(self.type == 'Watermark') == has(self.watermark)", message = "probe type Watermark needs the block watermark, and only Watermark takes it")
    public record Probe(
            @Required @JsonPropertyDescription("Canary: a row of its own is written on the source and awaited on the target. Watermark: the newest timestamp on the target is compared with the source; nothing is written.") ProbeType type,
            @JsonPropertyDescription("Settings of a Canary probe.") Canary canary,
            @JsonPropertyDescription("Settings of a Watermark probe.") Watermark watermark) {

        /** The probe interval as the contract spells it. */
        public String every() {
            return type == ProbeType.CANARY ? canary.every() : watermark.every();
        }
    }

    public enum ProbeType {
        @JsonProperty("Canary") CANARY,
        @JsonProperty("Watermark") WATERMARK
    }

    public record Canary(
            @Required @Size(min = 1, max = 8)
            @JsonPropertyDescription("Key of the canary row, a value for every field of spec.record.key, for example {id: -1}. The row must exist on the source; the prober only updates it. It is left out of every comparison.")
            Map<String, IntOrString> key,
            @Required @Size(min = 1, max = 128) @JsonPropertyDescription("Text column of at least 32 characters, named as on the source, that the probe writes its token to.") String field,
            @Default("\"5s\"") @Size(max = 32) @Pattern(Api.DURATION)
            @ValidationRule(value = "duration(self) >= duration('100ms')", message = "every must be at least 100ms")
            @JsonPropertyDescription("Time between two canary writes. At most a quarter of the ceiling.") String every,
            @Required @Size(min = 1, max = 253) @Pattern(Api.DNS_NAME)
            @JsonPropertyDescription("Secret in the contract's namespace with the keys username and password of an account that may UPDATE the canary row on the source. The prober is never paused.") String writerSecretName) {
        public Canary {
            every = every == null ? "5s" : every;
        }
    }

    public record Watermark(
            @Required @Size(min = 1, max = 128) @JsonPropertyDescription("Timestamp column, named as on the source, that the source sets on every write. Only rows that a check compares are looked at: spec.record.rows, deletes and spec.gaps hold here too. Indexed, or each probe scans the table.") String field,
            @Default("\"5s\"") @Size(max = 32) @Pattern(Api.DURATION)
            @ValidationRule(value = "duration(self) >= duration('100ms')", message = "every must be at least 100ms")
            @JsonPropertyDescription("Time between two readings. At most a quarter of the ceiling.") String every) {
        public Watermark {
            every = every == null ? "5s" : every;
        }
    }

    @ValidationRule(
            value = "double(self.target) > 0.0 && double(self.target) < 100.0",
            message = "target is a percentage between 0 and 100, for example \"99.0\"", fieldPath = ".target")
    @ValidationRule(
            value = "duration(self.slice) >= duration('1s') && duration(self.window) >= duration(self.slice) && duration(self.window) <= duration('672h')",
            message = "slice is at least 1s, window at least one slice and at most 672h (28 days)")
    @ValidationRule(
            value = "duration(self.slice) < duration('1s') || (100.0 - double(self.target)) * double(duration(self.window).getSeconds()) / double(duration(self.slice).getSeconds()) >= 299.999",
            messageExpression = "'spec.latency.budget allows fewer than ' + ((100.0 - double(self.target)) * double(duration(self.window).getSeconds()) / double(duration(self.slice).getSeconds()) < 99.999 ? '1' : (100.0 - double(self.target)) * double(duration(self.window).getSeconds()) / double(duration(self.slice).getSeconds()) < 199.999 ? '2' : '3')"
                    + " + ' bad slices: (100 - ' + self.target + ') % of (' + self.window + ' / ' + self.slice + ' slices). At least 3 are needed, or one blip exhausts the budget: lower target, widen window or shorten slice'")
    @ValidationRule(
            value = "duration(self.slice) < duration('1s') || double(duration(self.window).getSeconds()) / double(duration(self.slice).getSeconds()) < 241921.0",
            messageExpression = "'spec.latency.budget.window ' + self.window + ' holds more than 241920 slices of ' + self.slice + ': take longer slices, such as 10s, or a shorter window'")
    public record Budget(
            @Required @Size(min = 1, max = 16) @Pattern("^[0-9]{1,2}(\\.[0-9]{1,6})?$") @JsonPropertyDescription("Percentage of slices that must be good, as a decimal string such as \"99.0\".") String target,
            @Required @Size(max = 32) @Pattern(Api.DURATION) @JsonPropertyDescription("Rolling window that the target holds for, for example 24h.") String window,
            @Default("\"1m\"") @Size(max = 32) @Pattern("^([0-9]+(s|m|h))+$") @JsonPropertyDescription("Length of a time slice. A slice is bad when a tenth of its probes pass the ceiling or the oldest pending probe is older than the ceiling.") String slice) {
        public Budget {
            slice = slice == null ? "1m" : slice;
        }
    }

    public enum PartialPause {
        @JsonProperty("Allow") ALLOW,
        @JsonProperty("Refuse") REFUSE
    }

    @ValidationRule(
            value = "duration(self.minimum) <= duration(self.maximum) && duration(self.stable) <= duration(self.maximum)",
            messageExpression = "'spec.latency.pause: minimum ' + self.minimum + ' and stable ' + self.stable + ' may not be longer than maximum ' + self.maximum")
    @ValidationRule(
            value = "duration(self.maximum) >= duration('1s') && duration(self.maximum) <= duration('24h')", message = "maximum must lie between 1s and 24h")
    public record PauseLimits(
            @Default("\"60s\"") @Size(max = 32) @Pattern(Api.DURATION) @JsonPropertyDescription("Shortest pause. Doubles with every pause within the same hour, up to half of maximum.") String minimum,
            @Default("\"30m\"") @Size(max = 32) @Pattern(Api.DURATION) @JsonPropertyDescription("Longest pause. The writers are resumed when it is over, drained or not. Lowered during a pause it holds for that pause, too; raised it holds from the next one on.") String maximum,
            @Default("\"60s\"") @Size(max = 32) @Pattern(Api.DURATION) @JsonPropertyDescription("How long probes must stay at half of the ceiling or better, after the backlog is drained, before the writers resume.") String stable,
            @Default("4") @Min(1) @Max(60) @JsonPropertyDescription("Pauses within an hour. One more suspends enforcement until a person sets the annotation concordat.dev/acknowledge.") Integer perHour,
            @Default("\"Allow\"")
            @JsonPropertyDescription("What happens where a writer cannot be paused: it is missing, the API server refuses the change, or somebody keeps putting it back. "
                    + "Allow: the others are paused all the same. Refuse: no pause begins, and one that is in force ends. The slices count against the budget in both cases.")
            PartialPause partialPause) {
        public PauseLimits {
            minimum = minimum == null ? "60s" : minimum;
            maximum = maximum == null ? "30m" : maximum;
            stable = stable == null ? "60s" : stable;
            perHour = perHour == null ? 4 : perHour;
            partialPause = partialPause == null ? PartialPause.ALLOW : partialPause;
        }
    }
}
