package dev.concordat.dataplane;

/**
 * Places time on the grid of slices, whose index is {@code floor(seconds since 1970 / slice)} by the wall clock. Indices never fall, so that
 * a closed slice is never opened again: a wall clock that was set back by less than a slice is waited for, and one that was set back further
 * is replaced by elapsed time from where we were. A wall clock that leaps ahead is followed. Not thread-safe.
 */
public final class SliceClock {
    private final long sliceMillis;
    private long millis = Long.MIN_VALUE;
    private Long nanos;

    /** @param lastClosed the last slice that was ever closed; null when none was */
    public SliceClock(int sliceSeconds, Long lastClosed) {
        sliceMillis = sliceSeconds * 1000L;
        if (lastClosed != null) {
            millis = (lastClosed + 1) * sliceMillis;
        }
    }

    /** The slice that is open now. */
    public long index(long wallMillis, long nanoTime) {
        long elapsed = nanos == null ? 0 : Math.max(0, nanoTime - nanos) / 1_000_000;
        // Only whole milliseconds are taken; the rest stays for the next call.
        nanos = nanos == null ? nanoTime : nanos + elapsed * 1_000_000;
        if (wallMillis >= millis) {
            millis = wallMillis;
        } else if (millis - wallMillis > sliceMillis) {
            millis += elapsed;
        }
        return Math.floorDiv(millis, sliceMillis);
    }
}
