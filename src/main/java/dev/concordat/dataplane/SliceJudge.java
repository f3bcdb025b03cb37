package dev.concordat.dataplane;

import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import java.time.Duration;

/** What a closed slice was. Pure. */
public final class SliceJudge {
    /** Share of a slice's samples that may pass the ceiling, in percent. */
    static final int TOLERATED_PERCENT = 10;

    private SliceJudge() {}

    /**
     * @param samples       probes that were decided within the slice
     * @param late          of these, how many passed the ceiling
     * @param oldestPending age in nanoseconds, at the slice's end, of the oldest probe that has not arrived; 0 when none is pending
     * @param blind         why nothing can be said of this slice; null when it can be judged
     */
    public record Evidence(int samples, int late, long oldestPending, Blind blind) {}

    /** What takes the worth from a slice's samples. */
    public enum Blind {
        /** The prober itself was held up, so that latencies and ages measured then are its own. */
        STALLED,
        /** The source could not be written or read. */
        SOURCE,
        /** The target was never read in this life, or cannot be for a reason that its consumers do not share. */
        TARGET
    }

    /** @param expected probes that a slice of this length holds at the contract's interval */
    public static SliceState judge(Evidence evidence, Duration ceiling, int expected) {
        if (evidence.blind() != null) {
            return SliceState.UNKNOWN;
        }
        if (evidence.oldestPending() > ceiling.toNanos()) {
            return SliceState.BAD;
        }
        if (evidence.samples() < Math.max(2, expected / 2)) {
            return SliceState.UNKNOWN;
        }
        return evidence.late() * 100L > (long) evidence.samples() * TOLERATED_PERCENT ? SliceState.BAD : SliceState.GOOD;
    }
}
