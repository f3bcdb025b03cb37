package dev.concordat.operator;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;

/** Times as status carries them: RFC 3339, UTC, whole seconds. They place things for people; order comes from run ids and generations. */
final class Times {
    private Times() {}

    static String print(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** The time, or null when there is none or it cannot be read. */
    static Instant parse(String text) {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
