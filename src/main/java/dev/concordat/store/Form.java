package dev.concordat.store;

import java.math.BigDecimal;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * The common form in which two columns are compared, as one side renders it. Both sides of a pair have the same form but for the zone.
 *
 * @param digits    of a decimal after the point, of a time's second; -1: as many as there are, zeros at the end cut. Of a double: {@link #SINGLE} when one side
 *                  has single precision only. Of an address: {@link #MAPPED} when IPv4 is written as IPv6
 * @param rounding  what becomes of a time's digits beyond
 * @param trim      blanks at both ends do not count
 * @param padded    blanks at the end of a text, or zeros at the end of bytes, do not count, since one side pads
 * @param fold      upper and lower case do not count
 * @param digest    a value longer than {@link #LONG} bytes is rendered as its SHA-256, so that a row fits into a packet
 * @param tolerance largest difference of two numbers that counts as equal
 * @param zone      the zone of a local time on this side
 */
public record Form(Kind kind, int digits, Rounding rounding, boolean trim, boolean padded, boolean fold, boolean digest, BigDecimal tolerance, String zone) {
    public enum Kind { INTEGER, DECIMAL, DOUBLE, BOOLEAN, TIMESTAMP, DATE, TIME, TEXT, UUID, BINARY, BITS, INET, JSON, NATIVE, NUMBER }

    /** What becomes of the digits of a time that a column has no place for. */
    public enum Rounding {
        /** They are cut off, as MariaDB does. */
        CUT,
        /** Half goes up, as in MySQL. */
        UP,
        /** Half goes away from the year 2000, as in PostgreSQL. */
        AWAY
    }

    /** Bits in the fraction of a single-precision number. */
    public static final int SINGLE = 24;
    /** Bits of an IPv6 address. */
    public static final int MAPPED = 128;
    /** Bytes from which on a value may be rendered as a digest. */
    public static final int LONG = 65_536;
    /** Bytes from which on a value read by {@link Dialect#valueText} is a digest. */
    public static final int VERY_LONG = 1 << 20;

    public static Form of(Kind kind) {
        return digits(kind, 0);
    }

    public static Form digits(Kind kind, int digits) {
        return new Form(kind, digits, Rounding.CUT, false, false, false, false, BigDecimal.ZERO, "UTC");
    }

    public static Form text(boolean trim, boolean padded, boolean fold) {
        return new Form(Kind.TEXT, 0, Rounding.CUT, trim, padded, fold, false, BigDecimal.ZERO, "UTC");
    }

    /** Numbers that may differ by so much. */
    public static Form number(BigDecimal tolerance) {
        return new Form(Kind.NUMBER, 0, Rounding.CUT, false, false, false, false, tolerance, "UTC");
    }

    public Form in(String otherZone) {
        return new Form(kind, digits, rounding, trim, padded, fold, digest, tolerance, otherZone);
    }

    /** Seconds that this side's local times are ahead of UTC, always; null where they change, as with summer time. */
    public Integer ahead() {
        return ZoneId.of(zone).normalized() instanceof ZoneOffset offset ? offset.getTotalSeconds() : null;
    }

    public Form rounding(Rounding other) {
        return new Form(kind, digits, other, trim, padded, fold, digest, tolerance, zone);
    }

    /** Whether a time's digits beyond are rounded in some way. */
    public boolean round() {
        return rounding != Rounding.CUT;
    }

    public Form padding(boolean pads) {
        return new Form(kind, digits, rounding, trim, pads, fold, digest, tolerance, zone);
    }

    public Form digesting(boolean digests) {
        return new Form(kind, digits, rounding, trim, padded, fold, digests, tolerance, zone);
    }

    /** Whether a value can be compared by its digest alone: nothing in it is read by the worker. */
    public boolean opaque() {
        return kind == Kind.BINARY && !padded || kind == Kind.TEXT && !trim && !padded && !fold;
    }
}
