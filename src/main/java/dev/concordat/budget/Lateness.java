package dev.concordat.budget;

import dev.concordat.api.v1alpha1.SyncContractStatus.Silence;
import dev.concordat.contract.Durations;
import dev.concordat.report.ProbeReport;
import java.time.Duration;

/**
 * What is known of how late the sync is now, in words. What is late is called late whatever the budget counts, during
 * our own pause too, whose slices count for nothing; and of what nobody sees nothing is said.
 */
public sealed interface Lateness {
    String LATE = "The sync is late now: ";
    String UNKNOWN = "Whether it is late now is not known: ";

    /** One sentence without its full stop. */
    String text();

    record Late(String text) implements Lateness {}

    record NotLate(String text) implements Lateness {}

    record NotKnown(String text) implements Lateness {}

    /**
     * @param view   null while nothing was measured
     * @param report null when there is none
     * @param silent {@code status.latency.silent}: set while the prober is silent
     */
    static Lateness of(BudgetView view, ProbeReport report, Duration ceiling, Silence silent) {
        if (silent != null) {
            String since = silent.epoch() == 0 ? "" : " since " + silent.since();
            return new NotKnown(UNKNOWN + "the prober is silent" + since);
        }
        if (report == null || view == null) {
            return new NotKnown(UNKNOWN + "the prober has not reported");
        }
        if (!view.heard().live()) {
            return new NotKnown(UNKNOWN + "the prober has not reported since this operator started");
        }
        boolean pending = report.pendingMillis() != null && report.pendingMillis() > ceiling.toMillis();
        boolean took = report.failure() == null && report.lagMillis() != null
                && report.lagMillis() > ceiling.toMillis();
        if ((pending || took) && !view.current()) {
            // While it is late, there is a report of every slice.
            return new NotKnown(UNKNOWN + "it was late when the prober was last heard, and a report is overdue");
        }
        if (pending) {
            return new Late(LATE + "a probe has been on its way for " + lag(report));
        }
        if (view.badNow()) {
            BudgetView.Tally last = view.shortTerm();
            return new Late(LATE + last.bad() + " of the last " + last.slices() + " slices were bad");
        }
        if (report.failure() != null) {
            return new NotKnown(UNKNOWN + "probing fails (" + report.failure().reason() + " at "
                    + report.failure().field() + ")");
        }
        if (took) {
            return new Late(LATE + "the last probe took " + lag(report));
        }
        boolean measured = report.lagMillis() != null && view.shortTerm().unknown() < view.shortTerm().slices();
        return measured ? new NotLate("It is not late now") : new NotKnown(UNKNOWN + "nothing was measured lately");
    }

    /**
     * Lag for people: the last completed probe's, or {@code >N} when the oldest pending probe is older than that. An
     * upper bound rounded up to a step that grows with it, so that status is not written for every jitter. Null while
     * nothing is known.
     */
    static String lag(ProbeReport report) {
        if (report == null || report.lagMillis() == null && report.pendingMillis() == null) {
            return null;
        }
        long lag = report.lagMillis() == null ? -1 : report.lagMillis();
        long pending = report.pendingMillis() == null ? -1 : report.pendingMillis();
        if (pending > Math.max(lag, 1000)) {
            long whole = pending / step(pending) * step(pending);
            return ">" + Durations.print(Duration.ofMillis(Math.max(1000, whole)));
        }
        long step = step(lag);
        return lag < 0 ? null : Durations.print(Duration.ofMillis(Math.max(1, (lag + step - 1) / step) * step));
    }

    private static long step(long millis) {
        if (millis < 1000) {
            return 100;
        }
        if (millis < 10_000) {
            return 500;
        }
        if (millis < 60_000) {
            return 1000;
        }
        return millis < 600_000 ? 10_000 : 60_000;
    }
}
