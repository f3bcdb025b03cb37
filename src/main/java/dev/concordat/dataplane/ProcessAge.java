package dev.concordat.dataplane;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * How long ago this process was started. On Linux by the ticks in {@code /proc}, see proc(5): {@link ProcessHandle} adds them to the time of boot, which
 * the kernel tells in whole seconds, so that its answer is up to a second too large.
 */
final class ProcessAge {
    /** Ticks a second in what the kernel shows to programs (USER_HZ), on every architecture that Java runs on. */
    private static final int TICKS = 100;

    private ProcessAge() {}

    /** Milliseconds; 0 where the system does not tell. */
    static long millis() {
        try {
            return millis(Files.readString(Path.of("/proc/self/stat")), Files.readString(Path.of("/proc/uptime")));
        } catch (IOException | RuntimeException notLinux) {
            return ProcessHandle.current().info().startInstant().map(start -> Math.max(0, Duration.between(start, Instant.now()).toMillis())).orElse(0L);
        }
    }

    /**
     * @param stat   the content of {@code /proc/self/stat}
     * @param uptime the content of {@code /proc/uptime}
     */
    static long millis(String stat, String uptime) {
        // The second field is the program's name in parentheses, and may hold blanks and parentheses itself. The start is field 22.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long started = Long.parseLong(fields[22 - 3]) * 1000 / TICKS;
        long now = Math.round(Double.parseDouble(uptime.substring(0, uptime.indexOf(' '))) * 1000);
        return Math.max(0, now - started);
    }
}
