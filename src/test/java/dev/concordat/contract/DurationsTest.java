package dev.concordat.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DurationsTest {
    @Property
    void readsEveryCombinationOfUnits(@ForAll @IntRange(max = 700) int h, @ForAll @IntRange(max = 59) int m, @ForAll @IntRange(max = 59) int s, @ForAll @IntRange(max = 999) int ms) {
        assertThat(Durations.parse(h + "h" + m + "m" + s + "s" + ms + "ms"))
                .isEqualTo(Duration.ofHours(h).plusMinutes(m).plusSeconds(s).plusMillis(ms));
    }

    @Test
    void refusesWhatIsNoDurationAndSaysWhatIs() {
        for (String text : new String[] {"", "5", "1.5h", "-3s", "3 s", "1d", null}) {
            assertThatThrownBy(() -> Durations.parse(text)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("such as 30s");
        }
    }

    @Test
    void printsForPeople() {
        assertThat(Durations.print(Duration.ofMillis(820))).isEqualTo("820ms");
        assertThat(Durations.print(Duration.ofMillis(1234))).isEqualTo("1.2s");
        assertThat(Durations.print(Duration.ofSeconds(75))).isEqualTo("1m15s");
        assertThat(Durations.print(Duration.ofMinutes(90))).isEqualTo("1h30m");
    }
}
