package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** How long a difference must stand still. */
class SettleTimeTest {
    private static final Duration TEN = Duration.ofSeconds(10);

    private static long[] seconds(int number, long each) {
        long[] behind = new long[number];
        Arrays.fill(behind, each * 1_000_000_000L);
        return behind;
    }

    @Test
    void withoutAnyMeasuredLagItIsWhatTheContractSays() {
        SettleTime time = new SettleTime(TEN, null);
        assertThat(time.millis()).isEqualTo(10_000);
        assertThat(time.note()).isEqualTo("settle time 10s");
    }

    @Test
    void itIsAtLeastTwiceTheMeasuredLag() {
        assertThat(new SettleTime(TEN, Duration.ofSeconds(4)).millis()).isEqualTo(10_000);
        SettleTime time = new SettleTime(TEN, Duration.ofSeconds(8));
        assertThat(time.millis()).isEqualTo(16_000);
        assertThat(time.note()).isEqualTo("settle time 16s, twice the measured lag of 8s");
    }

    @Test
    void itGrowsWithWhatTheRunItselfSeesAndNeverShrinks() {
        SettleTime time = new SettleTime(TEN, null);
        time.behind(seconds(100, 5));
        assertThat(time.millis()).isEqualTo(10_000);
        time.behind(seconds(10, 7));
        assertThat(time.millis()).as("more than one in a hundred took seven seconds").isEqualTo(14_000);
        time.behind(seconds(5_000, 1));
        assertThat(time.millis()).isEqualTo(14_000);
        assertThat(time.note()).isEqualTo("settle time 14s, extended from 10s since changes took up to 7s to arrive during this run");
    }

    @Test
    void oneStragglerInAThousandDoesNotMatter() {
        SettleTime time = new SettleTime(TEN, null);
        time.behind(seconds(999, 1));
        time.behind(seconds(1, 9));
        assertThat(time.millis()).isEqualTo(10_000);
    }

    @Test
    void whatARunSeesByItselfHasABound() {
        SettleTime time = new SettleTime(TEN, null);
        time.behind(seconds(10, 3_600));
        assertThat(time.millis()).isEqualTo(100_000);
    }
}
