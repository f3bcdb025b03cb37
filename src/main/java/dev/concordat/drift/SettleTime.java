package dev.concordat.drift;

import dev.concordat.contract.Durations;
import java.time.Duration;
import java.util.Arrays;

/**
 * How long a difference must stand still before it is drift: what the contract says, at least twice the lag that was measured outside, and at least twice what this run's own
 * records took to arrive. It grows while the run goes on and never shrinks. Safe for use by many threads.
 */
final class SettleTime {
    /** What a run learns by itself may make the settle time at most so many times as long. */
    private static final int MOST = 10;
    private static final int SAMPLES = 1_024;

    private final Duration wanted;
    private final Duration lag;
    private final long baseNanos;
    private final long[] samples = new long[SAMPLES];
    private int count;
    private long arrivalNanos;
    private volatile long nanos;

    /** @param lag measured outside; null when unknown */
    SettleTime(Duration wanted, Duration lag) {
        this.wanted = wanted;
        this.lag = lag;
        this.baseNanos = Math.max(wanted.toNanos(), lag == null ? 0 : 2 * lag.toNanos());
        this.nanos = baseNanos;
    }

    /** The settle time in force. */
    long nanos() {
        return nanos;
    }

    /** Records of which it is known for how long, at least, the target was behind: 99 of 100 of the latest thousand have to fit into half the settle time. */
    synchronized void behind(long[] behindNanos) {
        for (long one : behindNanos) {
            samples[count++ % SAMPLES] = one;
        }
        if (behindNanos.length > 0) {
            int n = Math.min(count, SAMPLES);
            long[] sorted = Arrays.copyOf(samples, n);
            Arrays.sort(sorted);
            long p99 = sorted[Math.min(n - 1, (int) Math.ceil(n * 0.99) - 1)];
            arrivalNanos = Math.max(arrivalNanos, p99);
            nanos = Math.max(nanos, Math.min(2 * p99, MOST * baseNanos));
        }
    }

    long millis() {
        return nanos / 1_000_000;
    }

    /** For people: the settle time in force and where it comes from. */
    synchronized String note() {
        if (nanos > baseNanos) {
            return "settle time " + Durations.print(Duration.ofNanos(nanos)) + ", extended from " + Durations.print(Duration.ofNanos(baseNanos)) + " since changes took up to "
                    + Durations.print(Duration.ofNanos(arrivalNanos)) + " to arrive during this run";
        }
        return "settle time " + Durations.print(Duration.ofNanos(nanos)) + (baseNanos > wanted.toNanos() ? ", twice the measured lag of " + Durations.print(lag) : "");
    }
}
