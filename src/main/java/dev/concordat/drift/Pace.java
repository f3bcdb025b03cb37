package dev.concordat.drift;

/**
 * Which way is faster now: one digest a leaf, and the hashes of its rows where it differs, or the hashes of all rows at once. With few differences digests cost less on both
 * servers and send nothing; where every tenth leaf differs they are computed in vain. Decided by what both took so far, so that a slow network counts as well. Safe for use
 * by many lanes.
 */
final class Pace {
    private static final int LEAST_ROWS = 16;
    private static final int FIRST_ROWS = 256;
    /** More would only make a leaf that differs dearer. */
    private static final int MOST_ROWS = 2_048;
    /** Rows of a megabyte each are not to be put together by the thousand. */
    private static final double LEAF_NANOS = 20e6;
    /** How much a new figure counts against those before it. */
    private static final double WEIGHT = 0.3;

    /** Nanoseconds a row; 0: not known yet. */
    private double digesting;
    private double listing;
    /** Share of the leaves that differ. */
    private double dirty;
    private int leafRows = FIRST_ROWS;

    /** Rows of a leaf that has one digest. */
    synchronized int leafRows() {
        return leafRows;
    }

    /** Whether the next chunk is best read as hashes of its rows. */
    synchronized boolean lists() {
        return digesting > 0 && listing > 0 && digesting + dirty * listing > listing;
    }

    /** Digests of so many rows took that long; so many leaves of so many differ. */
    synchronized void digested(long rows, long nanos, int differing, int leaves) {
        if (rows > 0) {
            leafRows = Math.clamp(Math.round(leafRows * Math.clamp(LEAF_NANOS * leaves / nanos, 0.5, 2)), LEAST_ROWS, MOST_ROWS);
            digesting = mixed(digesting, (double) nanos / rows);
            dirty += WEIGHT * ((double) differing / leaves - dirty);
        }
    }

    /** Hashes of so many rows took that long. */
    synchronized void listed(long rows, long nanos) {
        if (rows > 0) {
            listing = mixed(listing, (double) nanos / rows);
        }
    }

    /** So many of so many leaves, all of whose hashes were read, hold a difference. */
    synchronized void found(int differing, int leaves) {
        dirty += WEIGHT * ((double) differing / leaves - dirty);
    }

    private static double mixed(double before, double now) {
        return before == 0 ? now : before + WEIGHT * (now - before);
    }
}
