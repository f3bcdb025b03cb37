package dev.concordat.drift;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** How far a comparison is. */
final class Counters {
    final AtomicLong sourceRows = new AtomicLong();
    final AtomicLong targetRows = new AtomicLong();
    final AtomicInteger chunks = new AtomicInteger();
    volatile long estimatedRows;
    /** Of the estimated rows, about so many percent are in scope. */
    volatile int expectedPercent = 100;
    /** Set when a lane has failed: the others stop at their next chunk. */
    final AtomicBoolean stopped = new AtomicBoolean();
    volatile boolean settling;
    /** Called after each chunk. */
    volatile Runnable checkpointed = () -> {};

    /** As before the first chunk. */
    void reset() {
        sourceRows.set(0);
        targetRows.set(0);
        chunks.set(0);
        stopped.set(false);
    }
}
