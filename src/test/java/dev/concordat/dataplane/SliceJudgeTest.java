package dev.concordat.dataplane;

import static dev.concordat.api.v1alpha1.SyncContractStatus.SliceState.BAD;
import static dev.concordat.api.v1alpha1.SyncContractStatus.SliceState.GOOD;
import static dev.concordat.api.v1alpha1.SyncContractStatus.SliceState.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.dataplane.SliceJudge.Blind;
import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SliceJudgeTest {
    static final Duration CEILING = Duration.ofSeconds(30);

    static SliceState judge(int samples, int late, int pendingSeconds, Blind blind) {
        return SliceJudge.judge(new SliceJudge.Evidence(samples, late, pendingSeconds * 1_000_000_000L, blind), CEILING, 12);
    }

    @Test
    void isBadWhenMoreThanATenthOfTheSamplesPassedTheCeiling() {
        assertThat(judge(12, 0, 0, null)).isEqualTo(GOOD);
        assertThat(judge(10, 1, 0, null)).isEqualTo(GOOD);
        assertThat(judge(9, 1, 0, null)).isEqualTo(BAD);
    }

    @Test
    void isBadWhenTheOldestPendingProbeIsOlderThanTheCeilingThoughNothingArrived() {
        assertThat(judge(0, 0, 31, null)).isEqualTo(BAD);
        assertThat(judge(12, 0, 30, null)).isEqualTo(GOOD);
    }

    @Test
    void isUnknownWithLessThanHalfOfTheExpectedSamplesAndAlwaysWithOne() {
        assertThat(judge(5, 0, 0, null)).isEqualTo(UNKNOWN);
        assertThat(judge(6, 0, 0, null)).isEqualTo(GOOD);
        assertThat(SliceJudge.judge(new SliceJudge.Evidence(1, 1, 0, null), CEILING, 2)).isEqualTo(UNKNOWN);
    }

    @Property
    void isUnknownWhateverWasMeasuredWhenItWasMeasuredBlindly(@ForAll Blind blind, @ForAll @IntRange(max = 100) int samples, @ForAll @IntRange(max = 100) int pending) {
        assertThat(judge(samples, samples, pending, blind)).isEqualTo(UNKNOWN);
    }
}
