package dev.concordat.budget;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseStep;
import dev.concordat.report.ProbeReport;
import dev.concordat.testing.Case;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * A pause helps while what arrives gets newer. The delivery path is a queue: probes leave it in the order of their writing, at a rate of its own.
 * Times are seconds since the writers stopped.
 */
class ArrivalsTest {
    private static final Instant STOPPED = Instant.parse("2026-11-21T12:00:00Z");

    @Test
    @Case(value = "logic B1", before = "PauseIneffective after 5 minutes of a backlog of 25 minutes that drains second by second", now = "WaitingForFence until the fence arrives")
    void aBacklogThatDrainsSecondBySecondIsProgressThoughItsLagStandsStill() {
        assertThat(firstIneffective(1500, 5, 10, 60, true, 1800)).isNull();
        assertThat(firstIneffective(1500, 5, 10, 60, false, 1800)).isNull();
    }

    @Test
    void aDeadPathIsSaidAfterFiveMinutes() {
        assertThat(firstIneffective(1500, 5, 0, 60, true, 1800)).isBetween(300L, 420L);
        assertThat(firstIneffective(1500, 5, 0, 60, false, 1800)).isBetween(300L, 420L);
    }

    /** @param tenths seconds of writing that the path delivers in ten seconds */
    @Property(tries = 600)
    void aDrainingBacklogIsNeverIneffective(@ForAll @IntRange(min = 1, max = 86_400) int backlog, @ForAll @IntRange(min = 1, max = 10) int every,
            @ForAll @IntRange(min = 2, max = 200) int tenths, @ForAll @IntRange(min = 1, max = 60) int slice) {
        assertThat(firstIneffective(backlog, every, tenths, slice, true, 86_400)).isNull();
    }

    @Property(tries = 200)
    void aDeadPathIsAlwaysSaid(@ForAll @IntRange(min = 1, max = 86_400) int backlog, @ForAll @IntRange(min = 1, max = 10) int every,
            @ForAll @IntRange(min = 1, max = 60) int slice, @ForAll boolean counts) {
        assertThat(firstIneffective(backlog, every, 0, slice, counts, 1800)).isBetween(300L, 420L);
    }

    @Test
    void lagOnItsWayThroughTheOperatorIsNoProgress() {
        Pause pause = pause();
        long age = 100_000;
        for (int t = 0; t < 400; t += 10) {
            // Each report is read a little later than the one before: up to 20 seconds.
            Instant read = STOPPED.plusSeconds(t).plusMillis(50L * t);
            pause = Arrivals.seen(pause, report(1, t, age + 1000L * t, null), read);
        }
        assertThat(PauseDecisions.ineffective(pause, STOPPED.plusSeconds(301))).isTrue();
    }

    @Test
    void aProberThatStartsAgainAndAgainIsNoProgress() {
        Pause pause = pause();
        for (int t = 0; t < 400; t += 10) {
            pause = Arrivals.seen(pause, report(t + 1, 1, 1000L * t, 0L), STOPPED.plusSeconds(t));
        }
        assertThat(PauseDecisions.ineffective(pause, STOPPED.plusSeconds(301))).isTrue();
    }

    /** Second at which the pause first counts as ineffective before the fence has arrived; null when never until {@code end}. */
    private static Long firstIneffective(int backlog, int every, int tenths, int slice, boolean counts, int end) {
        Pause pause = pause();
        long arrivals = 0;
        long newest = Math.floorDiv(-backlog, every);
        for (long t = 0; t <= end; t += slice) {
            double writtenBefore = -backlog + t * tenths / 10.0;
            if (writtenBefore >= 0) {
                return null;
            }
            long arrived = (long) Math.floor(writtenBefore / every);
            if (arrived > newest) {
                arrivals++;
                newest = arrived;
            }
            long pending = 1000 * (t - (newest + 1) * every);
            pause = Arrivals.seen(pause, report(1, t, Math.max(1, pending), counts ? Long.valueOf(arrivals) : null), STOPPED.plusSeconds(t));
            if (PauseDecisions.ineffective(pause, STOPPED.plusSeconds(t))) {
                return t;
            }
        }
        return null;
    }

    private static Pause pause() {
        return new Pause("p", PauseStep.FENCING, "BudgetExhausted", STOPPED.toString(), STOPPED.plus(Duration.ofDays(1)).toString(), STOPPED.toString(), "p", null, null,
                STOPPED.toString(), null, List.of());
    }

    private static ProbeReport report(long epoch, long sequence, long pendingMillis, Long arrivals) {
        return new ProbeReport(BudgetFixtures.REF, epoch, sequence, 60, 1L, 1L, List.of(), 100L, pendingMillis, 0, 0, null, false, null, 1L, null, 0L, arrivals);
    }
}
