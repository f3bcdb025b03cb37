package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PaceTest {
    private final Pace pace = new Pace();

    @Test
    void digestsAreComparedUntilTheHashesOfRowsWereReadOnce() {
        assertThat(pace.lists()).isFalse();
        IntStream.range(0, 10).forEach(_ -> pace.digested(2_048, 4_000_000, 1, 1));
        assertThat(pace.lists()).as("nobody knows what the other way costs").isFalse();
    }

    @Test
    void theHashesOfAllRowsAreReadWhereDigestsAreComputedInVain() {
        pace.digested(100_000, 100_000_000, 30, 49);
        pace.listed(60_000, 66_000_000);
        assertThat(pace.lists()).isTrue();
        IntStream.range(0, 10).forEach(_ -> pace.found(0, 49));
        assertThat(pace.lists()).as("the differences have come to an end").isFalse();
    }

    @Test
    void whereSendingHashesTakesLongOnlyLeavesThatDifferAreRead() {
        pace.digested(100_000, 100_000_000, 30, 49);
        pace.listed(60_000, 600_000_000);
        assertThat(pace.lists()).isFalse();
    }

    @Test
    void leavesGrowUntilTheyTakeTheirTime() {
        IntStream.range(0, 10).forEach(_ -> pace.digested(2_560, 5_000_000, 0, 10));
        assertThat(pace.leafRows()).isEqualTo(2_048);
        IntStream.range(0, 20).forEach(_ -> pace.digested(2_560, 50_000_000_000L, 0, 10));
        assertThat(pace.leafRows()).as("rows of a megabyte").isEqualTo(16);
    }
}
