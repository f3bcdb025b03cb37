package dev.concordat.budget;

import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.report.ProbeReport;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether a pause helps: whether what arrives on the target gets newer. Lag does not tell: until the fence arrives every probe that is seen was
 * written before the writers stopped, and a backlog of an hour that drains second by second has a lag of an hour to its end.
 */
public final class Arrivals {
    /** Progress is written no oftener than this. */
    private static final Duration EVERY = Duration.ofSeconds(30);
    /** The oldest pending probe has to be this much younger to count: reports are read a while after they were made. */
    private static final long SLACK_MILLIS = 30_000;
    private static final Pattern MARK = Pattern.compile("(\\d+)/(\\d+)/([nt])(-?\\d+)");

    private Arrivals() {}

    /** The pause with what a report says of arrivals; the pause itself when there is nothing to write. */
    public static Pause seen(Pause pause, ProbeReport report, Instant now) {
        String mark = mark(report, now);
        if (mark == null || sameReport(pause.arrived(), mark)) {
            return pause;
        }
        boolean comparable = pause.arrived() != null && kind(pause.arrived()).equals(kind(mark));
        if (!comparable) {
            return with(pause, mark, pause.progressTime());
        }
        boolean due = pause.progressTime() == null || !now.isBefore(Instant.parse(pause.progressTime()).plus(EVERY));
        return due && newer(pause.arrived(), mark) ? with(pause, mark, now.toString()) : pause;
    }

    /** Life and number of the report; the count of arrivals, or, of a prober that does not count, when the oldest pending probe was written. */
    private static String mark(ProbeReport report, Instant now) {
        if (report == null || report.failure() != null || report.arrivals() == null && report.lagMillis() == null && report.pendingMillis() == null) {
            return null;
        }
        long pending = report.pendingMillis() == null ? 0 : report.pendingMillis();
        return report.epoch() + "/" + report.sequence() + "/" + (report.arrivals() != null ? "n" + report.arrivals() : "t" + (now.toEpochMilli() - pending));
    }

    private static boolean sameReport(String before, String mark) {
        return before != null && group(before, 1).equals(group(mark, 1)) && group(before, 2).equals(group(mark, 2));
    }

    private static String kind(String mark) {
        return group(mark, 3);
    }

    private static boolean newer(String before, String mark) {
        long was = Long.parseLong(group(before, 4));
        long is = Long.parseLong(group(mark, 4));
        if (kind(mark).equals("t")) {
            return is >= was + SLACK_MILLIS;
        }
        // Another life counts from nothing.
        return group(before, 1).equals(group(mark, 1)) ? is > was : is > 0;
    }

    private static String group(String mark, int group) {
        Matcher matcher = MARK.matcher(mark);
        return matcher.matches() ? matcher.group(group) : "0";
    }

    private static Pause with(Pause p, String mark, String progressTime) {
        return new Pause(p.id(), p.step(), p.reason(), p.startTime(), p.deadline(), p.pausedTime(), p.fence(), p.drainedTime(), mark, progressTime, p.resumeReason(), p.writers());
    }
}
