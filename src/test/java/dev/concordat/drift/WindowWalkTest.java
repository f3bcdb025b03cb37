package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Bounds of a window over a column of local times. */
class WindowWalkTest {
    /** An hour, half an hour, a whole day back and forth, none. */
    private static final List<ZoneId> ZONES = List.of(ZoneId.of("Europe/Berlin"), ZoneId.of("Australia/Lord_Howe"), ZoneId.of("America/St_Johns"), ZoneId.of("Pacific/Kwajalein"), ZoneId.of("Pacific/Apia"), ZoneId.of("UTC"));

    @Test
    void theHourThatAClockShowsTwiceIsInOneSliceOnly() {
        ZoneId berlin = ZoneId.of("Europe/Berlin");
        // On 25 October 2026 at 01:00 UTC the clock goes from 03:00 back to 02:00.
        assertThat(WindowWalk.local(berlin, LocalDateTime.parse("2026-10-24T23:59"))).isEqualTo("2026-10-25T01:59");
        assertThat(WindowWalk.local(berlin, LocalDateTime.parse("2026-10-25T00:00"))).isEqualTo("2026-10-25T02:00");
        assertThat(WindowWalk.local(berlin, LocalDateTime.parse("2026-10-25T00:30"))).isEqualTo("2026-10-25T02:00");
        assertThat(WindowWalk.local(berlin, LocalDateTime.parse("2026-10-25T01:00"))).isEqualTo("2026-10-25T02:00");
        assertThat(WindowWalk.local(berlin, LocalDateTime.parse("2026-10-25T01:30"))).isEqualTo("2026-10-25T02:30");
        // In spring an hour is left out; what is stored there nevertheless is in a slice, too.
        assertThat(WindowWalk.local(berlin, LocalDateTime.parse("2026-03-29T00:59"))).isEqualTo("2026-03-29T01:59");
        assertThat(WindowWalk.local(berlin, LocalDateTime.parse("2026-03-29T01:00"))).isEqualTo("2026-03-29T03:00");
    }

    /** Slices of any length around any change of any clock: bounds never go back, and no record of a later moment is before a bound. */
    @Property
    void slicesPartitionTheTimesThatAreStored(@ForAll @IntRange(max = 5) int zone, @ForAll @IntRange(min = 1960, max = 2030) int year, @ForAll @Size(min = 2, max = 30) List<@IntRange(min = 1, max = 400) Integer> minutes) {
        ZoneId at = ZONES.get(zone);
        Instant begin = Instant.parse(year + "-01-01T00:00:00Z");
        ZoneOffsetTransition change = at.getRules().nextTransition(begin);
        Instant moment = (change == null ? begin : change.getInstant()).minus(Duration.ofMinutes(minutes.stream().mapToInt(m -> m).sum() / 2));
        LocalDateTime bound = WindowWalk.local(at, LocalDateTime.ofInstant(moment, ZoneOffset.UTC));
        for (int length : minutes) {
            for (int minute = 0; minute < 2_000; minute += 7) {
                assertThat(LocalDateTime.ofInstant(moment.plus(Duration.ofMinutes(minute)), at)).isAfterOrEqualTo(bound);
            }
            moment = moment.plus(Duration.ofMinutes(length));
            LocalDateTime next = WindowWalk.local(at, LocalDateTime.ofInstant(moment, ZoneOffset.UTC));
            assertThat(next).isAfterOrEqualTo(bound);
            bound = next;
        }
    }
}
