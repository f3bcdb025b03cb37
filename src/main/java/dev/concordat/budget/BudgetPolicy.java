package dev.concordat.budget;

import dev.concordat.api.v1alpha1.Enforcement;
import dev.concordat.api.v1alpha1.Latency;
import dev.concordat.contract.Durations;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Optional;

/**
 * What a contract says about its budget, in the units that the arithmetic uses.
 *
 * @param sliceSeconds length of a slice
 * @param windowSlices slices in the rolling window
 * @param badShare     share of slices that may be bad: 1 - target, between 0 and 1
 * @param allowed      bad slices that the window allows: badShare * windowSlices
 * @param target       the target as the contract spells it, for messages
 */
public record BudgetPolicy(
        int sliceSeconds, int windowSlices, BigDecimal badShare, BigDecimal allowed, String target, Duration ceiling, boolean enforce,
        Duration minimumPause, Duration maximumPause, Duration stable, int pausesPerHour) {

    /** Empty when the contract has no latency block or no budget. */
    public static Optional<BudgetPolicy> of(Latency latency) {
        if (latency == null || latency.budget() == null) {
            return Optional.empty();
        }
        var budget = latency.budget();
        Duration slice = Durations.parse(budget.slice());
        long slices = Math.max(1, Durations.parse(budget.window()).toMillis() / Math.max(1, slice.toMillis()));
        BigDecimal badShare = BigDecimal.ONE.subtract(new BigDecimal(budget.target()).movePointLeft(2));
        var limits = latency.pause();
        return Optional.of(new BudgetPolicy(
                Math.toIntExact(Math.max(1, slice.toSeconds())), Math.toIntExact(slices), badShare, badShare.multiply(BigDecimal.valueOf(slices)), budget.target(),
                Durations.parse(latency.ceiling()), latency.enforcement() == Enforcement.ENFORCE,
                Durations.parse(limits.minimum()), Durations.parse(limits.maximum()), Durations.parse(limits.stable()), limits.perHour()));
    }

    /** Bad slices after a resume before the next pause: max(3, A/10). Keeps an old, exhausted budget from pausing at the first blip. */
    public int rearm() {
        return Math.max(3, allowed.divide(BigDecimal.TEN, 0, RoundingMode.CEILING).intValue());
    }

    /**
     * The shortest length of a pause when {@code recentPauses} pauses, this one included, began within the hour: doubles with each,
     * up to half of the maximum, and is never less than the contract's own minimum.
     */
    public Duration minimumPause(int recentPauses) {
        Duration cap = maximumPause.dividedBy(2).compareTo(minimumPause) > 0 ? maximumPause.dividedBy(2) : minimumPause;
        Duration minimum = minimumPause;
        for (int i = 1; i < recentPauses && minimum.compareTo(cap) < 0; i++) {
            minimum = minimum.multipliedBy(2);
        }
        return minimum.compareTo(cap) > 0 ? cap : minimum;
    }
}
