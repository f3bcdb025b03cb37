package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

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
    void anIndexIsSecondsSince1970DividedByTheSlice() {
        assertThat(new SliceClock(60, null).index(1_700_000_045_999L, 5)).isEqualTo(1_700_000_045L / 60);
    }

    @Test
    void aClockSetBackByLessThanASliceIsWaitedFor() {
        var clock = new SliceClock(10, null);
        assertThat(clock.index(105_000, SECOND)).isEqualTo(10);
        assertThat(clock.index(98_000, 2 * SECOND)).isEqualTo(10);
        assertThat(clock.index(111_000, 15 * SECOND)).isEqualTo(11);
    }

    @Test
    void aClockSetBackFurtherDoesNotStopTheSlices() {
        var clock = new SliceClock(10, null);
        assertThat(clock.index(7_200_000, SECOND)).isEqualTo(720);
        assertThat(clock.index(3_600_000, 11 * SECOND)).isEqualTo(721);
        assertThat(clock.index(3_610_000, 21 * SECOND)).isEqualTo(722);
    }

    @Test
    void aClockThatLeapsAheadIsFollowed() {
        var clock = new SliceClock(10, null);
        clock.index(100_000, SECOND);
        assertThat(clock.index(3_600_000, 2 * SECOND)).isEqualTo(360);
    }

    @Test
    void closedSlicesOfAnEarlierLifeStayClosed() {
        assertThat(new SliceClock(10, 360L).index(100_000, 1)).isEqualTo(361);
    }

    @Property
    void indicesNeverFallWhateverTheWallClockDoes(@ForAll @Size(min = 2, max = 60) List<@LongRange(min = 0, max = 10_000_000) Long> walls,
            @ForAll @IntRange(min = 1, max = 3600) int slice, @ForAll @LongRange(min = 0, max = 100 * 1_000_000_000L) long step) {
        var clock = new SliceClock(slice, null);
        long before = Long.MIN_VALUE;
        long nanos = 0;
        for (long wall : walls) {
            long index = clock.index(wall, nanos += step);
            assertThat(index).isGreaterThanOrEqualTo(before);
            before = index;
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
