package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.dataplane.ReportPolicy.Facts;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReportPolicyTest {
    static final Facts GOOD = new Facts(10L, null, SliceState.GOOD, null, false, null, true, true);
    static final Duration LATER = Duration.ofSeconds(5);

    static boolean due(Facts now, Facts reported) {
        return ReportPolicy.due(now, reported, LATER, false);
    }

    @Test
    void goodSlicesWaitForTheirBatch() {
        Facts next = new Facts(11L, null, SliceState.GOOD, null, false, null, true, true);
        assertThat(due(next, GOOD)).isFalse();
        assertThat(ReportPolicy.due(next, GOOD, Duration.ofSeconds(119), false)).isFalse();
        assertThat(ReportPolicy.due(next, GOOD, Duration.ofSeconds(120), false)).isTrue();
    }

    @Test
    void aSliceThatIsNotGoodIsReportedAtOnceAndSoIsTheFirstGoodOneAfterIt() {
        Facts bad = new Facts(11L, 11L, SliceState.BAD, null, false, null, true, false);
        assertThat(due(bad, GOOD)).isTrue();
        assertThat(due(new Facts(12L, 12L, SliceState.BAD, null, false, null, true, false), bad)).isTrue();
        assertThat(due(new Facts(12L, 11L, SliceState.GOOD, null, false, null, true, false), bad)).isTrue();
        assertThat(due(new Facts(11L, 11L, SliceState.BAD, null, false, null, true, false), bad)).as("nothing new").isFalse();
    }

    @Test
    void lowLagIsNewsWhileTheLastWordWasBad() {
        Facts bad = new Facts(11L, 11L, SliceState.BAD, null, false, null, true, false);
        assertThat(due(new Facts(11L, 11L, SliceState.BAD, null, false, null, true, true), bad)).isTrue();
    }

    @Test
    void fencesAndFailuresAreReportedAtOnce() {
        assertThat(due(new Facts(10L, null, SliceState.GOOD, "p1", false, null, true, true), GOOD)).isTrue();
        assertThat(due(new Facts(10L, null, SliceState.GOOD, null, true, null, true, true), GOOD)).isTrue();
        Facts failed = new Facts(10L, null, SliceState.GOOD, null, false, "StoreUnreachable spec.source.store.host", true, true);
        assertThat(due(failed, GOOD)).isTrue();
        assertThat(due(GOOD, failed)).isTrue();
    }

    @Test
    void whileWritersArePausedEverySliceIsReported() {
        Facts next = new Facts(11L, null, SliceState.GOOD, null, false, null, true, true);
        assertThat(ReportPolicy.due(next, GOOD, LATER, true)).isTrue();
        assertThat(ReportPolicy.due(GOOD, GOOD, LATER, true)).isFalse();
    }

    @Test
    void atMostTwiceASecond() {
        assertThat(ReportPolicy.due(new Facts(11L, 11L, SliceState.BAD, "p1", true, "x", true, false), GOOD, Duration.ofMillis(499), true)).isFalse();
    }

    @Test
    void theFirstReportWaitsForSomethingToSay() {
        Facts nothing = new Facts(null, null, null, null, false, null, false, false);
        assertThat(due(nothing, null)).isFalse();
        assertThat(due(new Facts(null, null, null, null, false, null, true, false), null)).isTrue();
        assertThat(due(new Facts(null, null, null, null, false, "HostNotFound", false, false), null)).isTrue();
    }
}
