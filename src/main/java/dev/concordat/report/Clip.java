package dev.concordat.report;

/** Cuts texts without splitting a character: half of one is no text that JSON or a database could hold. Pure. */
public final class Clip {
    private Clip() {}

    /** The longest beginning of at most so many UTF-16 units that ends at the border of a code point. */
    public static String to(String text, int units) {
        if (text.length() <= units) {
            return text;
        }
        boolean splits = units > 0 && Character.isHighSurrogate(text.charAt(units - 1)) && Character.isLowSurrogate(text.charAt(units));
        return text.substring(0, splits ? units - 1 : units);
    }

    /** The text, or a beginning of it and three dots, of at most so many UTF-16 units altogether. Null stays null. */
    public static String dotted(String text, int units) {
        return text == null || text.length() <= units ? text : to(text, Math.max(0, units - 3)) + "...";
    }

    /** The same within so many bytes of UTF-8. */
    public static String dottedBytes(String text, int bytes) {
        if (text == null || ReportBound.size(text, false) <= bytes) {
            return text;
        }
        int units = 0;
        long size = 3;
        while (units < text.length()) {
            int next = units + Character.charCount(text.codePointAt(units));
            size += ReportBound.size(text.substring(units, next), false);
            if (size > bytes) {
                break;
            }
            units = next;
        }
        return text.substring(0, units) + "...";
    }
}
