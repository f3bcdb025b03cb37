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
    /** Each statement has a price of its own, half a millisecond with what the worker does for it. */
    private static final int MOST_ROWS = 8_192;
    /** Rows of a megabyte each are not to be put together by the thousand. */
    private static final double LEAF_NANOS = 50e6;
    /** A large leaf that differs is dear: where more of them do, leaves shrink, and where fewer do they grow. */
    private static final double MANY_DIRTY = 0.12;
    private static final double FEW_DIRTY = 0.03;
    /** Below this a leaf's own price outweighs what it saves. */
    private static final int LEAST_FOR_DIRTY = 1_024;
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
    /** Whether leaves have yet to reach the size that suits them: until then digests are dearer than they will be. */
    private boolean growing;

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
        if (digest && growing) {
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
        if (tooMuch) {
            leafRows = Math.max(LEAST_ROWS, leafRows / 2);
            growing = false;
        }
        if (rows == 0) {
            return;
        }
        digesting = mixed(digesting, (double) nanos / rows);
        dirty += WEIGHT * ((double) differing / leaves - dirty);
        if (!tooMuch) {
            // From the leaves that were measured: another lane may have changed the size meanwhile.
            double measured = (double) rows / leaves;
            long wanted = Math.clamp(Math.round(measured * Math.clamp(LEAF_NANOS * leaves / Math.max(1, nanos), 0.5, 8)), LEAST_ROWS, MOST_ROWS);
            if (wanted > LEAST_FOR_DIRTY && dirty > FEW_DIRTY) {
                wanted = Math.max(LEAST_FOR_DIRTY, Math.min(wanted, dirty > MANY_DIRTY ? leafRows / 2 : leafRows));
            }
            leafRows = (int) wanted;
            growing = wanted > 2 * measured;
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
