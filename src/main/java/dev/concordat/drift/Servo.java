package dev.concordat.drift;

/**
 * How many rows the next chunk should have so that it takes about the target time: growth at most twofold, a fifth when a chunk took five times too
 * long, as in block/spirit's chunker. A chunk with far fewer rows than wanted, since a filter leaves most out, grows where it took a fraction of the time. Safe for use by many threads.
 */
final class Servo {
    private static final int LEAST = 1_000;

    private final long targetMillis;
    private int most;
    private int rows;

    Servo(long targetMillis, int first, int most) {
        this.targetMillis = targetMillis;
        this.most = most;
        this.rows = Math.min(first, most);
    }

    synchronized int rows() {
        return rows;
    }

    /** No chunk from now on has more rows. */
    synchronized void limit(int rowsAtMost) {
        most = rowsAtMost;
        rows = Math.min(rows, most);
    }

    /** A chunk of that many rows took that long, on the slower side. */
    synchronized void took(long chunkRows, long millis) {
        if (millis > 5 * targetMillis) {
            rows = Math.max(LEAST, rows / 5);
        } else if (millis > targetMillis) {
            rows = (int) Math.max(LEAST, rows * targetMillis / millis);
        } else if (chunkRows >= rows / 2 || chunkRows >= rows / 50 && millis < targetMillis / 4) {
            rows = (int) Math.min(most, Math.min(rows * 2L, rows * targetMillis / Math.max(1, millis)));
        }
    }
}
