package dev.concordat.drift;

/** How many records to fetch by key at once: few while nothing is known of their size, then as many as fit into a few megabytes. Safe for use by many threads. */
final class Portion {
    static final int MOST = 500;
    /** Characters of one side's portion, about. */
    static final long CHARS = 1_000_000;
    private static final int FIRST = 8;

    private int next = FIRST;

    synchronized int next() {
        return next;
    }

    /** A portion took so many characters on its larger side. */
    synchronized void took(int records, long chars) {
        long fits = records * CHARS / Math.max(1, chars);
        // Growth is bounded, since records at one end of a table say little about those at the other.
        next = (int) Math.clamp(fits, 1, Math.min(MOST, Math.max(next, records) * 4L));
    }

    /** A portion was too large to be held. */
    synchronized void tooLarge(int records) {
        next = Math.max(1, Math.min(next, records / 4));
    }
}
