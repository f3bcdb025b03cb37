package dev.concordat.dataplane;

import static dev.concordat.api.v1alpha1.SyncContractStatus.SliceState.BAD;
import static dev.concordat.api.v1alpha1.SyncContractStatus.SliceState.GOOD;
import static dev.concordat.api.v1alpha1.SyncContractStatus.SliceState.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SliceJudgeTest {
    static final Duration CEILING = Duration.ofSeconds(30);

    static SliceState judge(int samples, int late, int pendingSeconds) {
        return SliceJudge.judge(new SliceJudge.Evidence(samples, late, pendingSeconds * 1_000_000_000L), CEILING, 12);
    }

    @Test
    void isBadWhenMoreThanATenthOfTheSamplesPassedTheCeiling() {
        assertThat(judge(12, 0, 0)).isEqualTo(GOOD);
        assertThat(judge(10, 1, 0)).isEqualTo(GOOD);
        assertThat(judge(9, 1, 0)).isEqualTo(BAD);
    }

    @Test
    void isBadWhenTheOldestPendingProbeIsOlderThanTheCeilingThoughNothingArrived() {
        assertThat(judge(0, 0, 31)).isEqualTo(BAD);
        assertThat(judge(12, 0, 30)).isEqualTo(GOOD);
    }

    @Test
    void isUnknownWithLessThanHalfOfTheExpectedSamplesAndAlwaysWithOne() {
        assertThat(judge(5, 0, 0)).isEqualTo(UNKNOWN);
        assertThat(judge(6, 0, 0)).isEqualTo(GOOD);
        assertThat(SliceJudge.judge(new SliceJudge.Evidence(1, 1, 0), CEILING, 2)).isEqualTo(UNKNOWN);
    }

    @Property
    void isBadWhateverElseWasMeasuredWhileAProbeIsOverdue(@ForAll @IntRange(max = 100) int samples, @ForAll @IntRange(min = 31, max = 100) int pending) {
        assertThat(judge(samples, 0, pending)).isEqualTo(BAD);
    }
}
