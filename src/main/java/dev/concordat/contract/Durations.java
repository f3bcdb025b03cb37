package dev.concordat.contract;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as contracts spell them: Go-style, whole numbers of h, m, s and ms. */
public final class Durations {
    private static final Pattern PART = Pattern.compile("([0-9]+)(ms|s|m|h)");
    private static final Pattern WHOLE = Pattern.compile("([0-9]+(ms|s|m|h))+");

    private Durations() {}

    /**
     * Reads a duration such as {@code 1h30m} or {@code 500ms}.
     *
     * @throws IllegalArgumentException when the text is none
     */
    public static Duration parse(String text) {
        if (text == null || !WHOLE.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a duration: write numbers with units h, m, s or ms, such as 30s or 1h30m");
        }
        Duration sum = Duration.ZERO;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            long n = Long.parseLong(part.group(1));
            sum = sum.plus(switch (part.group(2)) {
                case "h" -> Duration.ofHours(n);
                case "m" -> Duration.ofMinutes(n);
                case "s" -> Duration.ofSeconds(n);
                default -> Duration.ofMillis(n);
            });
        }
        return sum;
    }

    /** Writes a duration for people: at most two units, milliseconds only below ten seconds. */
    public static String print(Duration d) {
        long ms = d.toMillis();
        if (ms < 10_000) {
            return ms % 1000 == 0 ? ms / 1000 + "s" : ms < 1000 ? ms + "ms" : ms / 1000 + "." + (ms % 1000) / 100 + "s";
        }
        long s = d.toSeconds();
        if (s < 60) {
            return s + "s";
        }
        if (s < 3600) {
            return s / 60 + "m" + (s % 60 == 0 ? "" : s % 60 + "s");
        }
        return s / 3600 + "h" + (s % 3600 < 60 ? "" : (s % 3600) / 60 + "m");
    }
}
