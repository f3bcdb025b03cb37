package dev.concordat.dataplane;

import dev.concordat.api.v1alpha1.StoreType;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One side's column of timestamps, and how its values are read and written as text in a session whose zone is UTC.
 *
 * @param engine of the store
 * @param local  whether it stores local time without a zone
 * @param zone   of that local time
 * @param digits of the fraction of a second that it keeps, 0 to 6
 */
public record WatermarkColumn(StoreType engine, boolean local, ZoneId zone, int digits) {
    private static final Pattern TEXT = Pattern.compile("(\\d{4}-\\d{2}-\\d{2})[ T](\\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,9})?)(?:\\+00(?::?00)?|Z)?");
    private static final DateTimeFormatter WRITTEN = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS");

    /**
     * The instant that a value of this column stands for; empty where the clocks went back and the local time came twice, since nothing tells which is meant.
     *
     * @throws DateTimeException when the text is no point in time, such as infinity or a date of zeros
     */
    public Optional<Instant> read(String text) {
        var parts = TEXT.matcher(text.strip());
        if (!parts.matches()) {
            throw new DateTimeException("'" + text + "' is not a point in time");
        }
        LocalDateTime value = LocalDateTime.parse(parts.group(1) + "T" + parts.group(2));
        if (!local) {
            return Optional.of(value.toInstant(ZoneOffset.UTC));
        }
        var offsets = zone.getRules().getValidOffsets(value);
        return offsets.size() > 1 ? Optional.empty() : Optional.of(value.atZone(zone).toInstant());
    }

    /** The instant as a parameter for {@link #parameter()}. */
    public String write(Instant instant) {
        return WRITTEN.format(LocalDateTime.ofInstant(instant, local ? zone : ZoneOffset.UTC)) + (engine == StoreType.POSTGRESQL && !local ? "+00" : "");
    }

    /** The placeholder, with the type that the column has. */
    public String parameter() {
        return switch (engine) {
            case POSTGRESQL -> local ? "?::timestamp" : "?::timestamptz";
            case MARIADB, MYSQL -> "CAST(? AS DATETIME(6))";
        };
    }

    /** An SQL expression of this type as text. */
    public String asText(String expression) {
        return switch (engine) {
            case POSTGRESQL -> "(" + expression + ")::text";
            case MARIADB, MYSQL -> "CAST(" + expression + " AS CHAR)";
        };
    }

    /** The store's own clock, as an instant in text. */
    public static String now(StoreType engine) {
        return switch (engine) {
            case POSTGRESQL -> "now()::text";
            case MARIADB, MYSQL -> "CAST(UTC_TIMESTAMP(6) AS CHAR)";
        };
    }

    /** Reads {@link #now}. */
    public static Instant readNow(StoreType engine, String text) {
        return new WatermarkColumn(engine, false, ZoneOffset.UTC, 6).read(text).orElseThrow();
    }

    /** Cuts the fraction of a second after {@code digits}. */
    public static Instant cut(Instant instant, int digits) {
        return instant.with(ChronoField.NANO_OF_SECOND, instant.getNano() - instant.getNano() % unit(digits));
    }

    /** The first instant that is newer than {@code instant} when both are cut after {@code digits}. */
    public static Instant newerThan(Instant instant, int digits) {
        return cut(instant, digits).plusNanos(unit(digits));
    }

    private static int unit(int digits) {
        int unit = 1_000_000_000;
        for (int i = 0; i < digits; i++) {
            unit /= 10;
        }
        return unit;
    }
}
