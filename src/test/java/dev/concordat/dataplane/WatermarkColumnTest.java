package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.api.v1alpha1.StoreType;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class WatermarkColumnTest {
    static final WatermarkColumn BERLIN = new WatermarkColumn(StoreType.MARIADB, true, ZoneId.of("Europe/Berlin"), 3);
    static final WatermarkColumn INSTANT = new WatermarkColumn(StoreType.POSTGRESQL, false, ZoneOffset.UTC, 6);

    @Test
    void readsInstantsAndLocalTime() {
        assertThat(INSTANT.read("2026-11-21 15:00:00.123456+00")).contains(Instant.parse("2026-11-21T15:00:00.123456Z"));
        assertThat(BERLIN.read("2026-07-01 12:00:00.500")).contains(Instant.parse("2026-07-01T10:00:00.5Z"));
        assertThat(BERLIN.write(Instant.parse("2026-07-01T10:00:00.5Z"))).isEqualTo("2026-07-01 12:00:00.500000");
        assertThat(INSTANT.write(Instant.parse("2026-07-01T10:00:00.5Z"))).isEqualTo("2026-07-01 10:00:00.500000+00");
    }

    @Test
    void aLocalTimeThatCameTwiceIsNotGuessed() {
        assertThat(BERLIN.read("2026-10-25 02:30:00.000")).isEmpty();
        assertThat(BERLIN.read("2026-10-25 03:30:00.000")).isPresent();
    }

    @Test
    void whatIsNoPointInTimeIsRefused() {
        assertThatThrownBy(() -> INSTANT.read("infinity")).isInstanceOf(DateTimeException.class).hasMessageContaining("infinity");
        assertThatThrownBy(() -> BERLIN.read("0000-00-00 00:00:00")).isInstanceOf(DateTimeException.class);
    }

    /** What one engine cuts off or rounds away would otherwise be pending for ever. */
    @Property
    void aCopyAtTheCoarserPrecisionHoldsItsOriginalWhetherCutOrRounded(@ForAll @IntRange(max = 6) int digits, @ForAll @LongRange(min = 0, max = 4_000_000_000_000_000L) long micros,
            @ForAll boolean rounded) {
        Instant source = Instant.EPOCH.plusNanos(micros % 1_000_000 * 1000).plusSeconds(micros / 1_000_000);
        long unit = (long) Math.pow(10, 9 - digits);
        Instant target = WatermarkColumn.cut(rounded ? source.plusNanos(unit / 2) : source, digits);
        assertThat(source).as("not newer than its copy").isBefore(WatermarkColumn.newerThan(target, digits));
        assertThat(target.plusNanos(unit)).as("the next one is").isAfterOrEqualTo(WatermarkColumn.newerThan(target, digits));
        assertThat(WatermarkColumn.cut(source, digits)).isBeforeOrEqualTo(source);
    }
}
