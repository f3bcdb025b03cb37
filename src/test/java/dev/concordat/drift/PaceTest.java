package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PaceTest {
    private final Pace pace = new Pace();

    /** Digests of so many leaves of as many rows as are wanted, of which so many differ. */
    private void digested(int leaves, int differing, long nanos) {
        int rows = pace.leafRows();
        pace.digested(new Lane.Answers<>(Collections.nCopies(leaves, new Digest(rows, "a")),
                IntStream.range(0, leaves).mapToObj(i -> new Digest(rows, i < differing ? "b" : "a")).toList()), nanos);
    }

    @Test
    void digestsAreComparedUntilTheHashesOfRowsWereReadOnce() {
        assertThat(pace.lists()).isFalse();
        IntStream.range(0, 10).forEach(_ -> digested(1, 1, 4_000_000));
        assertThat(pace.lists()).as("nobody knows what the other way costs").isFalse();
    }

    @Test
    void theHashesOfAllRowsAreReadWhereDigestsAreComputedInVain() {
        digested(50, 30, 3_200_000);
        pace.listed(60_000, 66_000_000);
        assertThat(pace.lists()).isTrue();
        IntStream.range(0, 10).forEach(_ -> pace.found(0, 49));
        assertThat(pace.lists()).as("the differences have come to an end").isFalse();
    }

    @Test
    void whereNoLeafIsTheSameTheHashesOfAllRowsAreRead() {
        IntStream.range(0, 3).forEach(_ -> {
            digested(50, 50, 50L * pace.leafRows() * 1_000);
            pace.listed(100_000, 110_000_000);
        });
        assertThat(pace.lists()).isTrue();
    }

    @Test
    void whereSendingHashesTakesLongOnlyLeavesThatDifferAreRead() {
        digested(50, 30, 3_200_000);
        pace.listed(60_000, 600_000_000);
        assertThat(pace.lists()).isFalse();
    }

    @Test
    void leavesGrowUntilTheyTakeTheirTime() {
        IntStream.range(0, 10).forEach(_ -> digested(10, 0, 5_000_000));
        assertThat(pace.leafRows()).isEqualTo(8_192);
        IntStream.range(0, 20).forEach(_ -> digested(10, 0, 50_000_000_000L));
        assertThat(pace.leafRows()).as("rows of a megabyte").isEqualTo(16);
    }

    @Test
    void leavesShrinkWhereManyDiffer() {
        IntStream.range(0, 10).forEach(_ -> digested(10, 0, 5_000_000));
        IntStream.range(0, 10).forEach(_ -> digested(10, 3, 5_000_000));
        assertThat(pace.leafRows()).isEqualTo(1_024);
        IntStream.range(0, 20).forEach(_ -> digested(10, 0, 5_000_000));
        assertThat(pace.leafRows()).isEqualTo(8_192);
    }

    @Test
    void leavesShrinkWhereOneIsTooMuchForADigest() {
        IntStream.range(0, 10).forEach(_ -> digested(10, 0, 5_000_000));
        List<Digest> tooMuch = Collections.nCopies(10, null);
        pace.digested(new Lane.Answers<>(tooMuch, tooMuch), 1_000);
        assertThat(pace.leafRows()).isEqualTo(4_096);
        pace.listed(20_000, 20_000);
        assertThat(pace.lists()).isTrue();
    }

    @Test
    void otherKeysTryBothWaysAndKeepTheFaster() {
        assertThat(pace.digests()).isTrue();
        pace.took(true, 1_000, 3_000_000);
        assertThat(pace.digests()).as("the other one is not known yet").isFalse();
        pace.took(false, 1_000, 2_000_000);
        assertThat(pace.digests()).isFalse();
        IntStream.range(0, 10).forEach(_ -> pace.took(false, 1_000, 4_000_000));
        assertThat(pace.digests()).isTrue();
    }

    @Test
    void digestsOfSmallLeavesAreNoMeasureOfThem() {
        digested(10, 0, 5_000_000);
        pace.took(true, 640, 5_000_000);
        assertThat(pace.digests()).as("leaves are to be eight times as large").isTrue();
        IntStream.range(0, 3).forEach(_ -> digested(10, 0, 40_000_000));
        pace.took(true, 81_920, 40_000_000);
        assertThat(pace.digests()).as("measured: now the other way").isFalse();
    }
}
