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
                IntStream.range(0, leaves).mapToObj(i -> new Digest(rows, i < differing ? "b" : "a")).toList()), rows, nanos);
    }

    @Test
    void digestsAreComparedUntilTheirLeavesHaveTheSizeThatSuitsThem() {
        digested(50, 30, 3_200_000);
        assertThat(pace.lists()).as("leaves of 64 rows say nothing about larger ones").isFalse();
    }

    @Test
    void theHashesOfAllRowsAreReadWhereDigestsAreComputedInVain() {
        IntStream.range(0, 3).forEach(_ -> digested(50, 30, 50L * (pace.leafRows() + 125) * 1_000));
        assertThat(pace.lists()).isTrue();
        assertThat(IntStream.range(0, 16).filter(_ -> !pace.lists()).count()).as("now and then the other way is tried").isEqualTo(2);
        IntStream.range(0, 20).forEach(_ -> pace.found(0, 49, pace.leafRows()));
        assertThat(pace.lists()).as("the differences have come to an end").isFalse();
        IntStream.range(0, 40).forEach(_ -> pace.found(0, 49, pace.leafRows()));
        assertThat(pace.leafRows()).isEqualTo(8_192);
    }

    @Test
    void whereNoLeafIsTheSameTheHashesOfAllRowsAreRead() {
        IntStream.range(0, 3).forEach(_ -> digested(50, 50, 50L * pace.leafRows() * 1_000));
        assertThat(pace.lists()).isTrue();
    }

    @Test
    void whereSendingHashesTakesLongOnlyLeavesThatDifferAreRead() {
        IntStream.range(0, 40).forEach(_ -> {
            int differing = (int) Math.round(100 * (1 - Math.exp(-pace.leafRows() / 2_000.0)));
            digested(100, differing, 100L * (pace.leafRows() + 125) * 1_000);
            pace.opened((long) differing * pace.leafRows(), (long) differing * pace.leafRows() * 10_000);
        });
        assertThat(pace.lists()).isFalse();
    }

    @Test
    void digestsThatWaitedForTheDiskAreForgotten() {
        IntStream.range(0, 10).forEach(_ -> digested(30, 0, 30L * pace.leafRows() * 2_000));
        digested(30, 2, 30L * pace.leafRows() * 10_000);
        pace.opened(16_000, 32_000_000);
        IntStream.range(0, 10).forEach(_ -> {
            digested(30, 0, 30L * pace.leafRows() * 2_000);
            pace.opened(0, 0);
        });
        assertThat(pace.lists()).isFalse();
    }

    @Test
    void wherePartsOfTheRowsAreFilteredOutLeavesGrowAsWell() {
        for (int i = 0; i < 10; i++) {
            int rows = pace.leafRows();
            List<Digest> digests = Collections.nCopies(10, new Digest(rows / 10, "a"));
            pace.digested(new Lane.Answers<>(digests, digests), rows, rows * 1_000L);
        }
        assertThat(pace.leafRows()).isEqualTo(8_192);
    }

    @Test
    void leavesGrowUntilTheyTakeTheirTime() {
        IntStream.range(0, 10).forEach(_ -> digested(10, 0, 5_000_000));
        assertThat(pace.leafRows()).isEqualTo(8_192);
        IntStream.range(0, 20).forEach(_ -> digested(10, 0, 50_000_000_000L));
        assertThat(pace.leafRows()).as("rows of a megabyte").isEqualTo(16);
    }

    @Test
    void leavesAreAsLargeAsTheDifferencesAreRare() {
        IntStream.range(0, 10).forEach(_ -> digested(32, 0, 64L * pace.leafRows() * 1_000));
        assertThat(pace.leafRows()).isEqualTo(8_192);
        int[] rows = new int[3];
        for (int every : new int[] {20_000, 2_000, 200}) {
            // As differences that are scattered hit leaves.
            IntStream.range(0, 40).forEach(_ -> digested(1_000, (int) Math.round(1_000 * (1 - Math.exp(-(double) pace.leafRows() / every))), 1_000L * pace.leafRows() * 2_000));
            rows[every == 20_000 ? 0 : every == 2_000 ? 1 : 2] = pace.leafRows();
        }
        assertThat(rows).satisfies(r -> {
            assertThat(r[0]).isBetween(1_200, 2_000);
            assertThat(r[1]).isBetween(400, 650);
            assertThat(r[2]).isBetween(120, 200);
        });
        IntStream.range(0, 60).forEach(_ -> digested(10, 0, 20L * pace.leafRows() * 1_000));
        assertThat(pace.leafRows()).as("the differences have come to an end").isEqualTo(8_192);
    }

    @Test
    void digestsAreAskedForTogetherWhileTheyTakeLittle() {
        assertThat(pace.together()).as("nobody knows how large rows are").isEqualTo(1);
        digested(32, 0, 32L * 64 * 18_000);
        assertThat(pace.together()).as("512 rows a leaf, 6 microseconds a row").isEqualTo(12);
        IntStream.range(0, 30).forEach(_ -> digested(10, 0, 50_000_000_000L));
        assertThat(pace.together()).as("rows of a megabyte").isEqualTo(1);
    }

    @Test
    void leavesShrinkWhereOneIsTooMuchForADigest() {
        IntStream.range(0, 10).forEach(_ -> digested(10, 0, 5_000_000));
        List<Digest> tooMuch = Collections.nCopies(10, null);
        pace.digested(new Lane.Answers<>(tooMuch, tooMuch), 8_192, 1_000);
        assertThat(pace.leafRows()).isEqualTo(4_096);
        assertThat(pace.lists()).isTrue();
    }

    @Test
    void otherKeysTrySumsWhereManyLeavesDifferAndKeepTheFasterWay() {
        assertThat(pace.digests()).isTrue();
        IntStream.range(0, 5).forEach(_ -> digested(10, 0, 5_000_000));
        pace.took(true, 1_000, 3_000_000);
        assertThat(pace.digests()).as("hardly anything differs").isTrue();
        IntStream.range(0, 5).forEach(_ -> digested(10, 9, 5_000_000));
        assertThat(pace.digests()).as("the other way is not known yet").isFalse();
        pace.took(false, 1_000, 2_000_000);
        assertThat(pace.digests()).isFalse();
        IntStream.range(0, 10).forEach(_ -> pace.took(false, 1_000, 4_000_000));
        assertThat(pace.digests()).isTrue();
    }

    @Test
    void digestsOfSmallLeavesAreNoMeasureOfThem() {
        digested(10, 0, 5_000_000);
        pace.took(true, 640, 5_000_000);
        digested(10, 1, 5_000_000);
        pace.took(true, 640, 5_000_000);
        assertThat(pace.digests()).as("leaves are still to grow").isTrue();
    }
}
