package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.testing.Case;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SliceClockTest {
    static final long SECOND = 1_000_000_000L;

    @Test
    void theFirstNumberIsSecondsSince1970DividedByTheSlice() {
        assertThat(new SliceClock(60, null).index(1_700_000_045_999L, 5)).isEqualTo(1_700_000_045L / 60);
    }

    @Test
    @Case(value = "logic B8", before = "a clock two days ahead for a minute left 2,880 slices that were none", now = "a clock that is set is not looked at")
    void aWallClockThatIsSetChangesNothing() {
        var clock = new SliceClock(10, null);
        assertThat(clock.index(7_200_000, SECOND)).isEqualTo(720);
        assertThat(clock.index(180_000_000, 11 * SECOND)).isEqualTo(721);
        assertThat(clock.index(3_600_000, 21 * SECOND)).isEqualTo(722);
    }

    @Test
    void anotherLifeGoesOnWithOneNumberLeftOutWhateverTheWallClockSays() {
        assertThat(new SliceClock(10, 360L).index(100_000, 1)).isEqualTo(362);
        assertThat(new SliceClock(10, 360L).index(1_700_000_000_000L, 1)).isEqualTo(362);
    }

    @Test
    void itKnowsHowLongASliceHasBeenOpen() {
        var clock = new SliceClock(10, null);
        clock.index(103_000, 0);
        assertThat(clock.open(9, 0)).isEqualTo(3000);
        assertThat(clock.open(9, 9 * SECOND)).isEqualTo(12_000);
        assertThat(clock.open(10, 9 * SECOND)).isEqualTo(2000);
    }

    @Property
    void slicesFollowElapsedTimeWhateverTheWallClockDoes(@ForAll @Size(min = 2, max = 60) List<@LongRange(min = 0, max = 10_000_000) Long> walls,
            @ForAll @IntRange(min = 1, max = 3600) int slice, @ForAll @LongRange(min = 0, max = 100 * SECOND) long step) {
        var clock = new SliceClock(slice, null);
        long first = clock.index(walls.getFirst(), 0);
        long into = walls.getFirst() * 1_000_000 % (slice * SECOND);
        long nanos = 0;
        for (long wall : walls) {
            nanos += step;
            assertThat(clock.index(wall, nanos)).isEqualTo(first + (into + nanos) / (slice * SECOND));
        }
    }

    @Property
    void aSteadyClockIsOnItsGridToTheMillisecond(@ForAll @Size(min = 1, max = 60) List<@IntRange(min = 0, max = 5000) Integer> steps) {
        var clock = new SliceClock(2, null);
        long millis = 1_000_000;
        for (int step : steps) {
            millis += step;
            assertThat(clock.index(millis, millis * 1_000_000)).isEqualTo(millis / 2000);
        }
    }
}
