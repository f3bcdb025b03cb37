package dev.concordat.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceSpan;
import java.util.List;

/**
 * What the prober reports of one contract: the status of its LatencyProbe. Written at once when a closed slice is not Good
 * or the lane's state changes (a fence seen, a failure come or gone), otherwise in batches of a few minutes.
 *
 * @param epoch          names one life of the prober; another one is another life
 * @param sequence       grows with every report of one epoch
 * @param sliceSeconds   length of the slices
 * @param firstSlice     first slice that this report speaks of, by the prober's numbers: slices of its own monotonic clock. It carries over what an
 *                       earlier epoch had reported, one Unknown slice between the two
 * @param lastSlice      last closed slice
 * @param spans          the slices between them that are not Good, oldest first
 * @param lagMillis      upper bound of the last completed probe; null when none completed yet
 * @param pendingMillis  age of the oldest probe that has not arrived; null when none is pending
 * @param freshProbes    completed probes in a row at half of the ceiling or better, none pending for longer
 * @param freshMillis    how long that has been so, by the prober's own monotonic clock
 * @param fence          id of the last fence that was written; null when none
 * @param fenceSeen      whether that fence was read on the target
 * @param lifeSlice      first slice of this epoch; null in reports of versions before, which speak of one life alone
 * @param continues      the epoch whose slices stand before it; null when none do
 * @param openMillis     how long the slice after lastSlice had been open
 * @param arrivals       how often, in this epoch, something newer than before was read on the target; null in reports of versions before
 * @param failure        why probing is not possible now; null when it is
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProbeReport(
        ContractRef contract, long epoch, long sequence, int sliceSeconds, Long firstSlice, Long lastSlice, List<SliceSpan> spans,
        Long lagMillis, Long pendingMillis, int freshProbes, long freshMillis, String fence, boolean fenceSeen, Failure failure,
        Long lifeSlice, Long continues, Long openMillis, Long arrivals) {
    /** Reports of nothing but Good slices are at most this far apart. Twice as long a silence is itself a finding. */
    public static final int BATCH_SECONDS = 120;

    public ProbeReport {
        spans = spans == null ? List.of() : List.copyOf(spans);
    }
}
