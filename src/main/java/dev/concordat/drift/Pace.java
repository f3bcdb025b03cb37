package dev.concordat.drift;

import java.util.List;

/**
 * Which way is faster now: one digest a leaf, and the hashes of its rows where it differs, or the hashes of all rows at once. With few differences digests cost less on both
 * servers and send nothing; where many leaves differ they are computed in vain, and small leaves have a price of their own. Decided by what both took so far, so that a slow
 * network counts as well. Safe for use by many lanes.
 */
final class Pace {
    private static final int LEAST_ROWS = 16;
    private static final int FIRST_ROWS = 64;
    private static final int MOST_ROWS = 8_192;
    /** Rows of a megabyte each are not to be put together by the thousand. */
    private static final double LEAF_NANOS = 50e6;
    /** What a leaf costs beside its rows, in rows: MariaDB makes a temporary file for its text. */
    private static final double LEAF_PRICE = 125;
    /** What a digest costs, measured in hashes of its rows, as long as nobody knows: the servers write the same text for both. */
    private static final double FIRST_RATIO = 0.9;
    /** Hashes are sent and digests are not: they have to be better by so much. */
    private static final double GAIN = 1.1;
    /** Fewer rows say little about how long they take. */
    private static final int MEASURED_ROWS = 1_000;
    /** Share of leaves that differ from which on sums may be the better way. */
    private static final double MANY_DIFFER = 0.1;
    /** Of the chunks that are read as hashes of all rows, one in so many is compared by digests, to see what these cost now. */
    private static final int TRY_AGAIN = 8;
    /** Digests that are asked for together should take so long: a server holds the text of all their leaves. */
    private static final double STATEMENT_NANOS = 50e6;
    private static final int TOGETHER = 32;
    /** How much a new figure counts against those before it. */
    private static final double WEIGHT = 0.3;

    /** Nanoseconds a row, the price of leaves apart; 0: not known yet. */
    private double digesting;
    /** Time that a row takes in a digest to the time that its hash takes, where both were read at the same time. */
    private double ratio = FIRST_RATIO;
    /** How often hashes of all rows were the better way. */
    private int lists;
    private boolean ordered = true;
    private double byDigest;
    private double byHash;
    /** Differences a row, as far as leaves tell: several in one leaf are one. */
    private double differences;
    private int leafRows = FIRST_ROWS;
    /** Whether leaves have yet to reach the size that suits them: until then digests are dearer than they will be. */
    private boolean growing = true;

    /** Rows of a leaf that has one digest. */
    synchronized int leafRows() {
        return leafRows;
    }

    /** Whether no digest was asked for yet. */
    synchronized boolean unknown() {
        return digesting == 0;
    }

    /** Leaves whose digests may be asked for in one statement, where one alone took so long. */
    static int together(long nanosOfOne) {
        return (int) Math.clamp(STATEMENT_NANOS / Math.max(1, nanosOfOne), 1, TOGETHER);
    }

    /** Leaves whose digests are best asked for in one statement. */
    synchronized int together() {
        return digesting == 0 ? 1 : (int) Math.clamp(STATEMENT_NANOS / (digesting * (leafRows + LEAF_PRICE)), 1, TOGETHER);
    }

    /** Whether the next chunk is best read as hashes of its rows. */
    synchronized boolean lists() {
        return !growing && ratio * (1 + LEAF_PRICE / leafRows) + differing() > GAIN && ++lists % TRY_AGAIN > 0;
    }

    /**
     * Whether the next stretch is best compared by digests of short stretches in it; otherwise by sums of its rows' hashes, which are tried when many of them differ, or when
     * each statement takes so long that they stay small.
     */
    synchronized boolean digests() {
        return ordered && (byDigest == 0 || (byHash > 0 ? byDigest <= byHash : differing() < MANY_DIFFER && leafRows > FIRST_ROWS));
    }

    /** The two sides keep the key in orders that differ too much for short stretches of it. */
    synchronized void disordered() {
        ordered = false;
    }

    /** Share of the leaves that are expected to differ. */
    private double differing() {
        return 1 - Math.exp(-differences * leafRows);
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

    /** The digests of some leaves that were meant to have so many rows, of which null is one that was too much, took that long. */
    synchronized void digested(Lane.Answers<List<Digest>> digests, int wantedRows, long nanos) {
        int leaves = digests.source().size();
        long rows = 0;
        int differing = 0;
        boolean tooMuch = false;
        for (int i = 0; i < leaves; i++) {
            Digest s = digests.source().get(i);
            Digest t = digests.target().get(i);
            tooMuch |= s == null || t == null;
            rows += Math.max(s == null ? wantedRows : s.count(), t == null ? wantedRows : t.count());
            differing += s == null || !s.equals(t) ? 1 : 0;
        }
        if (tooMuch) {
            leafRows = Math.max(LEAST_ROWS, leafRows / 2);
            growing = false;
        }
        if (rows == 0) {
            return;
        }
        digesting = mixed(digesting, nanos / (rows + LEAF_PRICE * leaves));
        differ(differing, leaves, wantedRows);
        if (!tooMuch) {
            double wanted = Math.clamp(Math.min(wantedRows * Math.clamp(LEAF_NANOS * leaves / Math.max(1, nanos), 0.5, 8), best()), LEAST_ROWS, MOST_ROWS);
            leafRows = (int) Math.round(wanted);
            growing = wanted > 2.0 * wantedRows;
        }
    }

    /** So many of so many leaves differ. Differences that are scattered hit a leaf of n rows with a chance of 1 - e^(-n times their density). */
    private void differ(int differing, int leaves, int rowsOfALeaf) {
        double share = Math.min(differing, leaves - 0.5) / leaves;
        differences += WEIGHT * (-Math.log1p(-share) / rowsOfALeaf - differences);
    }

    /** The size at which the price of leaves and that of opening those that differ are least together: the one falls with the size, the other grows with it. */
    private double best() {
        return differences == 0 ? MOST_ROWS : Math.sqrt(LEAF_PRICE * ratio / differences);
    }

    /** Hashes of so many rows, in leaves that differ, took that long. */
    synchronized void opened(long rows, long nanos) {
        // Digests of what nobody read before wait for the disk, and the hashes of the same rows do not: that is forgotten again.
        double now = rows > MEASURED_ROWS && digesting > 0 ? Math.clamp(digesting * rows / nanos, 0.2, 1.5) : FIRST_RATIO;
        ratio += WEIGHT * (now - ratio);
    }

    /** So many of so many leaves, all of whose hashes were read, hold a difference. */
    synchronized void found(int differing, int leaves, int wantedRows) {
        differ(differing, leaves, wantedRows);
        leafRows = (int) Math.clamp(Math.round(best()), LEAST_ROWS, Math.min(MOST_ROWS, leafRows * 2L));
    }

    private static double mixed(double before, double now) {
        return before == 0 ? now : before + WEIGHT * (now - before);
    }
}
