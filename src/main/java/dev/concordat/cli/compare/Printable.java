package dev.concordat.cli.compare;

import dev.concordat.report.Clip;
import java.util.regex.Pattern;

/** Text that came from outside, made fit for a terminal: it cannot break a line, move the cursor or turn the direction of reading. */
final class Printable {
    private static final int LONGEST = 2_000;
    /** {@code user:password@} of a URL, wherever one turns up in a text. */
    private static final Pattern USER_INFO = Pattern.compile("://[^\\s/@:]*:[^\\s]*@");

    private Printable() {}

    /** One line for people, cut at 2000 characters, without the password of any URL in it. */
    static String line(String text) {
        String safe = value(USER_INFO.matcher(text).replaceAll("://...@"));
        return safe.length() <= LONGEST ? safe : Clip.to(safe, LONGEST) + "...";
    }

    /** The text with control characters written as escapes. */
    static String value(String text) {
        StringBuilder safe = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            String escape = escape(c);
            if (escape != null && safe == null) {
                safe = new StringBuilder(text.length() + 16).append(text, 0, i);
            }
            if (safe != null) {
                if (escape == null) {
                    safe.append(c);
                } else {
                    safe.append(escape);
                }
            }
        }
        return safe == null ? text : safe.toString();
    }

    private static String escape(char c) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> Character.isISOControl(c) || c == '\u2028' || c == '\u2029' || c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069' ? String.format("\\u%04x", (int) c) : null;
        };
    }

    /** A word of the user in a message: quoted, so that its ends are seen. */
    static String quoted(String text) {
        return "'" + (text.length() <= 120 ? text : Clip.to(text, 120) + "...") + "'";
    }
}
