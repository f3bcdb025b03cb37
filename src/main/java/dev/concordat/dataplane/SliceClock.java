package dev.concordat.dataplane;

/**
 * Cuts time into slices by one monotonic clock, and numbers them. The wall clock gives the first of them its place and
 * number, and is not looked at again: a clock that is set, or wrong, neither opens nor closes a slice. Not thread-safe.
 */
public final class SliceClock {
    private final long sliceNanos;
    private final Long lastClosed;
    private long first;
    private Long start;

    /**
     * @param lastClosed the last slice that an earlier life closed; null when none did. One number is left out after
     *                   it, for the time between
     */
    public SliceClock(int sliceSeconds, Long lastClosed) {
        sliceNanos = sliceSeconds * 1_000_000_000L;
        this.lastClosed = lastClosed;
    }

    /** The slice that is open now. The first call opens the first one. */
    public long index(long wallMillis, long nanoTime) {
        if (start == null) {
            // The first slice is what is left of one on the wall clock's grid.
            start = nanoTime - Math.floorMod(wallMillis * 1_000_000, sliceNanos);
            first = lastClosed == null ? Math.floorDiv(wallMillis * 1_000_000, sliceNanos) : lastClosed + 2;
        }
        return first + Math.max(0, nanoTime - start) / sliceNanos;
    }

    /** Number of the first slice; meaningless before {@link #index}. */
    public long first() {
        return first;
    }

    /** How long the slice after the given one has been open, in milliseconds. */
    public long open(long lastClosed, long nanoTime) {
        return Math.max(0, (nanoTime - start - (lastClosed + 1 - first) * sliceNanos) / 1_000_000);
    }
}
