package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class ProcessAgeTest {
    /** The start is 12,345.67 s after boot. */
    private static final String STAT = "4711 (%s) S 1 4711 4711 0 -1 4194560 90 0 0 0 5 3 0 0 20 0 31 0 1234567 3696516 244696 18446744073709551615 1 1 0 0 0 0 0\n";

    @Test
    void ticksSinceBootAgainstTheUptime() {
        assertThat(ProcessAge.millis(STAT.formatted("java"), "12346.45 20000.00\n")).isEqualTo(780);
    }

    @Test
    void aProgramsNameMayHoldBlanksAndParentheses() {
        assertThat(ProcessAge.millis(STAT.formatted("a) S 1 (b"), "12346.45 20000.00\n")).isEqualTo(780);
    }

    @Test
    void thisProcessIsAtLeastAsOldAsItsJvm() {
        long jvm = System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
        assertThat(ProcessAge.millis()).isBetween(jvm - 1_000, jvm + 60_000);
    }
}
