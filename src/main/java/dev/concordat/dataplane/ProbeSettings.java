package dev.concordat.dataplane;

import dev.concordat.api.v1alpha1.Latency;
import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.contract.Durations;
import java.time.Duration;

/**
 * What a lane needs of a contract beside its stores.
 *
 * @param every    between two probes
 * @param slice    of the budget; a minute where there is none, so that lag is shown for contracts without one too
 * @param keep     slices that a report carries
 * @param stable   how long lag must stay low before writers resume
 */
public record ProbeSettings(Duration ceiling, Duration every, Duration slice, long keep, Duration stable) {
    private static final Duration DEFAULT_SLICE = Duration.ofMinutes(1);
    private static final Duration DEFAULT_WINDOW = Duration.ofHours(24);

    /** @throws IllegalArgumentException when a duration is none */
    public static ProbeSettings of(Latency latency) {
        Duration slice = latency.budget() == null ? DEFAULT_SLICE : Durations.parse(latency.budget().slice());
        Duration window = latency.budget() == null ? DEFAULT_WINDOW : Durations.parse(latency.budget().window());
        return new ProbeSettings(Durations.parse(latency.ceiling()), Durations.parse(latency.probe().every()), slice,
                Math.max(1, window.dividedBy(slice)), Durations.parse(latency.pause().stable()));
    }

    /** The same measuring under another order: how long is kept, and what counts as stable, follow it. */
    ProbeSettings under(ProbeSettings next) {
        return new ProbeSettings(ceiling, every, slice, next.keep, next.stable);
    }

    /** Probes in a slice. */
    int expected() {
        return (int) Math.min(Integer.MAX_VALUE, slice.dividedBy(every));
    }

    /** Time between two looks at the target: a tenth of the ceiling, so that looking adds little to what is measured. */
    Duration poll() {
        return clamp(ceiling.dividedBy(10), Duration.ofMillis(20), Duration.ofSeconds(1));
    }

    /** Time between two looks at the clocks. */
    Duration tick() {
        return clamp(ceiling.dividedBy(20), Duration.ofMillis(20), Duration.ofMillis(200));
    }

    /** Longest time between two attempts to reach a store that failed. */
    Duration backOff() {
        return clamp(ceiling, Duration.ofSeconds(1), Duration.ofSeconds(10));
    }

    static Duration clamp(Duration value, Duration least, Duration most) {
        return value.compareTo(least) < 0 ? least : value.compareTo(most) > 0 ? most : value;
    }

    /** The target's column of a source field. */
    static String onTarget(SyncContractSpec spec, String field) {
        return spec.record().fields().stream().filter(rule -> rule.name().equals(field)).findFirst().map(RecordRules.Field::onTarget).orElse(field);
    }
}
