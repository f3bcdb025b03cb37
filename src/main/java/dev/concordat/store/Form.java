package dev.concordat.store;

import java.math.BigDecimal;

/**
 * The common form in which two columns are compared, as one side renders it. Both sides of a pair have the same form but for the zone.
 *
 * @param digits    of a decimal after the point, of a time's second; -1: as many as there are, zeros at the end cut
 * @param trim      blanks at both ends do not count
 * @param padded    blanks at the end do not count, since one side pads
 * @param fold      upper and lower case do not count
 * @param tolerance largest difference of two numbers that counts as equal
 * @param zone      the zone of a local time on this side
 */
public record Form(Kind kind, int digits, boolean trim, boolean padded, boolean fold, BigDecimal tolerance, String zone) {
    public enum Kind { INTEGER, DECIMAL, DOUBLE, BOOLEAN, TIMESTAMP, DATE, TIME, TEXT, UUID, BINARY, JSON, NATIVE, NUMBER }

    public static Form of(Kind kind) {
        return new Form(kind, 0, false, false, false, BigDecimal.ZERO, "UTC");
    }

    public static Form digits(Kind kind, int digits) {
        return new Form(kind, digits, false, false, false, BigDecimal.ZERO, "UTC");
    }

    public Form in(String otherZone) {
        return new Form(kind, digits, trim, padded, fold, tolerance, otherZone);
    }

    /** Whether a database can render it so that equal values are equal bytes. Others are compared value by value in the worker. */
    public boolean canonicalInSql() {
        return kind != Kind.JSON && kind != Kind.NUMBER && !fold && tolerance.signum() == 0;
    }
}
