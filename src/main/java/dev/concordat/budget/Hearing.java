package dev.concordat.budget;

import dev.concordat.report.ProbeReport;
import java.time.Duration;

/**
 * How the prober is heard, by the operator's own monotonic clock alone: whether a report is new is told by its epoch
 * and sequence, never by a time that it names.
 *
 * @param since  how long ago the last new report came; as long as this process has listened, where none came
 * @param live   a new report came while this process listened. One that was found at the start may be of any age
 * @param silent nothing new for {@link #SILENCE}, or not since an operator before this one said so
 */
public record Hearing(Duration since, boolean live, boolean silent) {
    /** Twice the longest time between two reports. */
    public static final Duration SILENCE = Duration.ofSeconds(2L * ProbeReport.BATCH_SECONDS);

    /** A new report came just now. */
    public static final Hearing NEWS = new Hearing(Duration.ZERO, true, false);
}
