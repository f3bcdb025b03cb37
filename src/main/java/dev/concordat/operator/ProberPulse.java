package dev.concordat.operator;

import dev.concordat.api.v1alpha1.SyncContractStatus.Silence;
import dev.concordat.budget.Hearing;
import dev.concordat.report.ProbeReport;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * When the prober was last heard of each contract, by this process's own monotonic clock. A report is new when it is
 * another one than before, by epoch and sequence: no time that anybody wrote down is asked.
 */
final class ProberPulse {
    /**
     * @param live whether the report came while this process listened
     * @param idle whether nobody was to probe since
     */
    private record Heard(long epoch, long sequence, long at, boolean live, boolean idle) {
        boolean same(ProbeReport report) {
            return epoch == ProberPulse.epoch(report) && sequence == ProberPulse.sequence(report);
        }
    }

    private final LongSupplier nanoClock;
    private final Map<String, Heard> heard = new ConcurrentHashMap<>();

    ProberPulse(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** From now on whatever comes is new. */
    void listen(String uid) {
        heard.putIfAbsent(uid, new Heard(0, 0, nanoClock.getAsLong(), false, false));
    }

    /** Nobody is to probe now, so that silence is none; listening begins anew with the next {@link #hear}. */
    Hearing rest(String uid) {
        Heard last = heard.computeIfPresent(uid, (key, old) ->
                new Heard(old.epoch, old.sequence, old.at, old.live, true));
        long waited = last == null ? 0 : nanoClock.getAsLong() - last.at;
        return new Hearing(Duration.ofNanos(waited), false, false);
    }

    void forget(String uid) {
        heard.remove(uid);
    }

    /**
     * @param report that is there now; null when there is none
     * @param before what status says of silence; a prober that another operator found silent stays so until it says
     *               something else
     */
    Hearing hear(String uid, ProbeReport report, Silence before) {
        long now = nanoClock.getAsLong();
        Heard last = heard.compute(uid, (key, old) -> {
            if (old == null || old.idle) {
                return found(report, before, now);
            }
            // A report that was deleted is no sign of life.
            boolean news = report != null && !old.same(report);
            return news ? new Heard(epoch(report), sequence(report), now, true, false) : old;
        });
        Duration since = Duration.ofNanos(now - last.at);
        return new Hearing(since, last.live, since.compareTo(Hearing.SILENCE) > 0);
    }

    /**
     * What is there when this process begins to listen: a prober that was silent for another one is silent for as long,
     * and for what comes now.
     */
    private static Heard found(ProbeReport report, Silence before, long now) {
        if (before == null || report != null && !said(report, before)) {
            return new Heard(epoch(report), sequence(report), now, false, false);
        }
        long waited = Math.max(Duration.ofMinutes(before.minutes()).toNanos(), Hearing.SILENCE.toNanos() + 1);
        return new Heard(before.epoch(), before.sequence(), now - waited, false, false);
    }

    private static boolean said(ProbeReport report, Silence silence) {
        return silence.epoch() == report.epoch() && silence.sequence() == report.sequence();
    }

    /**
     * What status says of a prober that is silent.
     *
     * @param now the operator's clock; only to tell people when the last report came, and kept from the first time on
     */
    static Silence silence(ProbeReport report, Silence before, Instant now, Duration since) {
        boolean known = before != null && (report == null || said(report, before));
        long minutes = since.toMinutes();
        return known
                ? new Silence(before.epoch(), before.sequence(), before.since(), Math.max(before.minutes(), minutes))
                : new Silence(epoch(report), sequence(report), Times.print(now.minus(since)), minutes);
    }

    private static long epoch(ProbeReport report) {
        return report == null ? 0 : report.epoch();
    }

    private static long sequence(ProbeReport report) {
        return report == null ? 0 : report.sequence();
    }
}
