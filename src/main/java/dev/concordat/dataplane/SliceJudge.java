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
     * @param oldestPending nanoseconds, at the slice's end, for which the oldest committed probe has been missing on the target while the
     *                      prober was able to look; 0 when none is missing
     */
    public record Evidence(int samples, int late, long oldestPending) {}

    /** @param expected probes that a slice of this length holds at the contract's interval */
    public static SliceState judge(Evidence evidence, Duration ceiling, int expected) {
        // Whatever later writes do: what is overdue is overdue.
        if (evidence.oldestPending() > ceiling.toNanos()) {
            return SliceState.BAD;
        }
        if (evidence.samples() < Math.max(2, expected / 2)) {
            return SliceState.UNKNOWN;
        }
        return evidence.late() * 100L > (long) evidence.samples() * TOLERATED_PERCENT ? SliceState.BAD : SliceState.GOOD;
    }
}
