package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.Latency;
import dev.concordat.api.v1alpha1.SyncContractStatus;
import dev.concordat.api.v1alpha1.SyncContractStatus.LatencyState;
import dev.concordat.api.v1alpha1.SyncContractStatus.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class NumberThrottleTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:20Z");
    private static final long SLICE = NOW.getEpochSecond() / 60;
    private static final Latency LATENCY = new Latency(null, "30s", new Latency.Budget("99.0", "24h", "1m"), null, null);

    @Test
    void nothingIsWrittenWhenNothingDiffers() {
        assertThat(decide(status("1.5s", 100), status("1.5s", 100), null)).isEqualTo(new NumberThrottle.Decision(false, SLICE, null));
    }

    @Test
    void anotherLagIsWrittenOnceASliceAndNotForgotten() {
        var old = status("1.5s", 100);
        var next = status("2s", 100);
        assertThat(decide(old, next, SLICE - 1).write()).isTrue();
        var held = decide(old, next, SLICE);
        assertThat(held.write()).isFalse();
        assertThat(held.again()).isEqualTo(Duration.ofMillis(40_010));
    }

    @Test
    void goodSlicesAloneAreWrittenEveryTenMinutes() {
        assertThat(decide(status("1s", 100), status("1s", 109), null).write()).isFalse();
        assertThat(decide(status("1s", 100), status("1s", 110), null).write()).isTrue();
    }

    @Test
    void aSliceThatIsNotGoodIsWritten() {
        assertThat(NumberThrottle.decide(status("1s", 100), status("1s", 101), true, LATENCY, null, NOW).write()).isTrue();
    }

    @Test
    void aConditionThatChangesIsWrittenAtOnce() {
        var old = status("1s", 100);
        var next = new SyncContractStatus(1L, List.of(new Condition("BudgetExhausted", "True", 1L, "t", "BudgetExhausted", "m")), null, null, old.latency(), null);
        assertThat(decide(old, next, SLICE).write()).isTrue();
    }

    @Test
    void theArithmeticInAMessageIsANumberToo() {
        var old = status("1s", 100);
        var next = new SyncContractStatus(1L, List.of(new Condition("BudgetExhausted", "False", 1L, "t", "WithinBudget", "1 of 14.4")), null, null, old.latency(), null);
        assertThat(decide(old, next, SLICE).write()).isFalse();
        assertThat(decide(old, next, SLICE - 1).write()).isTrue();
    }

    private static NumberThrottle.Decision decide(SyncContractStatus old, SyncContractStatus next, Long last) {
        return NumberThrottle.decide(old, next, false, LATENCY, last, NOW);
    }

    private static SyncContractStatus status(String lag, long lastSlice) {
        return new SyncContractStatus(1L, List.of(new Condition("BudgetExhausted", "False", 1L, "t", "WithinBudget", "0 of 14.4")), null, null,
                new LatencyState(lag, "100%", 0, "14.4", 0, "100%", null, new Ledger(60, 1L, lastSlice, null, "G" + lastSlice, 1L, lastSlice)), null);
    }
}
