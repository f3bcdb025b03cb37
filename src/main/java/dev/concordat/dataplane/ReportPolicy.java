package dev.concordat.dataplane;

import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.report.ProbeReport;
import java.time.Duration;
import java.util.Objects;

/**
 * When a report is due. Pure. News that decides something goes at once, at most twice a second; nothing but Good slices waits for its batch,
 * so that ten thousand healthy contracts cost the API server next to nothing.
 */
public final class ReportPolicy {
    private static final Duration SHORTEST = Duration.ofMillis(500);

    private ReportPolicy() {}

    /**
     * What a report would say, as far as it decides when to say it.
     *
     * @param lastSlice  last closed slice; null when none
     * @param notGood    last closed slice that was not Good; null when none
     * @param state      of the last closed slice; null when none
     * @param fence      last fence written
     * @param failure    reason and place of the failure in force; null when none
     * @param measured   whether any probe completed
     * @param fresh      whether lag has been low for as long as a resume asks
     */
    public record Facts(Long lastSlice, Long notGood, SliceState state, String fence, boolean fenceSeen, String failure, boolean measured, boolean fresh) {}

    /**
     * @param reported what the last report of this life said; null when there was none
     * @param age      of that report
     * @param pausing  the operator waits for a fence or for lag to fall
     */
    public static boolean due(Facts now, Facts reported, Duration age, boolean pausing) {
        if (reported == null) {
            return now.measured() || now.failure() != null || now.lastSlice() != null;
        }
        if (age.compareTo(SHORTEST) < 0) {
            return false;
        }
        return !Objects.equals(now.notGood(), reported.notGood())
                || !Objects.equals(now.fence(), reported.fence()) || now.fenceSeen() != reported.fenceSeen()
                || !Objects.equals(now.failure(), reported.failure())
                || now.measured() != reported.measured()
                || now.state() == SliceState.GOOD && reported.state() != SliceState.GOOD
                || now.fresh() && !reported.fresh() && reported.state() != SliceState.GOOD
                || pausing && !Objects.equals(now.lastSlice(), reported.lastSlice())
                || pausing && now.fresh() && !reported.fresh()
                || age.toSeconds() >= ProbeReport.BATCH_SECONDS;
    }
}
