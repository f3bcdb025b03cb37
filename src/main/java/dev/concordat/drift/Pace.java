package dev.concordat.drift;

import java.util.List;

/**
 * Which way is faster now: one digest a leaf, and the hashes of its rows where it differs, or the hashes of all rows at once. With few differences digests cost less on both
 * servers and send nothing; where every tenth leaf differs they are computed in vain. Decided by what both took so far, so that a slow network counts as well. Safe for use
 * by many lanes.
 */
final class Pace {
    private static final int LEAST_ROWS = 16;
    private static final int FIRST_ROWS = 64;
    /** More would only make a leaf that differs dearer. */
    private static final int MOST_ROWS = 2_048;
    /** Rows of a megabyte each are not to be put together by the thousand. */
    private static final double LEAF_NANOS = 20e6;
    /** How much a new figure counts against those before it. */
    private static final double WEIGHT = 0.3;

    /** Nanoseconds a row; 0: not known yet. */
    private double digesting;
    private double listing;
    private double byDigest;
    private double byHash;
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

    /** Whether the next stretch is best compared by digests of short stretches in it; otherwise by sums of its rows' hashes. Either is tried first. */
    synchronized boolean digests() {
        return byDigest == 0 || byHash > 0 && byDigest <= byHash;
    }

    /** A stretch of so many rows took that long, with all that differs in it. */
    synchronized void took(boolean digest, long rows, long nanos) {
        if (rows == 0) {
            return;
        }
        if (digest) {
            byDigest = mixed(byDigest, (double) nanos / rows);
        } else {
            byHash = mixed(byHash, (double) nanos / rows);
        }
    }

    /** The digests of some leaves, of which null is one that was too much, took that long. */
    synchronized void digested(Lane.Answers<List<Digest>> digests, long nanos) {
        int leaves = digests.source().size();
        long rows = 0;
        int differing = 0;
        boolean tooMuch = false;
        for (int i = 0; i < leaves; i++) {
            Digest s = digests.source().get(i);
            Digest t = digests.target().get(i);
            tooMuch |= s == null || t == null;
            rows += Math.max(s == null ? leafRows : s.count(), t == null ? leafRows : t.count());
            differing += s == null || !s.equals(t) ? 1 : 0;
        }
        double growth = tooMuch ? 0.5 : Math.clamp(LEAF_NANOS * leaves / Math.max(1, nanos), 0.5, 2);
        leafRows = Math.clamp(Math.round(leafRows * growth), LEAST_ROWS, MOST_ROWS);
        if (rows > 0) {
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
