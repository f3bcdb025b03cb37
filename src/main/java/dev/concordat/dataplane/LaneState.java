package dev.concordat.dataplane;

import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.report.Failure;
import dev.concordat.report.ProbeOrder;
import dev.concordat.report.ProbeReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All that is known of one contract's lag, and what follows from it: closed slices, freshness, the fence, and when to report. No I/O and no
 * clock of its own: callers pass {@code now}, nanoseconds of one monotonic clock, and the wall clock where slices are placed.
 * Safe for use by the threads of one lane.
 */
public final class LaneState {
    private ProbeSettings settings;
    private final long epoch;
    private final Long continues;
    private final SliceClock clock;
    private final SliceHistory history;
    private final PendingProbes pending = new PendingProbes();
    private ProbeOrder order;

    // The open slice.
    private Long open;
    private int samples;
    private int late;
    private Long lastTick;
    /** Arrivals since the last look at the clocks, which may show that they were held up. */
    private final List<PendingProbes.Arrival> unjudged = new ArrayList<>();
    /** Since when the target cannot be looked at for a cause of our own, as far as that has been counted; null while it can. */
    private Long blindSince;

    private Long lag;
    private Failure sourceFailure;
    private int sourceFailures;
    private Failure targetFailure;
    private boolean targetRead;
    private Long targetLostAt;
    private Long watermarkPendingSince;
    private long watermarkHeld;

    private int freshProbes;
    private long freshFor;
    private long freshTo;

    private String fence;
    private Long fenceSequence;
    private Long lastSeen;
    private boolean fenceSeen;

    private Mark newest;
    private long arrivals;

    private Long notGood;
    private SliceState lastState;
    private long sequence;
    private ReportPolicy.Facts reported;
    private long reportedAt;

    /**
     * @param previous the contract's last report, of whatever life; null when there is none
     * @param epochNow seconds since 1970: names this life where no report tells of an earlier one
     */
    public LaneState(ProbeOrder order, ProbeSettings settings, ProbeReport previous, long epochNow) {
        this.order = order;
        this.settings = settings;
        this.history = new SliceHistory(settings.keep());
        boolean ours = previous != null && previous.contract() != null && order.contract().uid().equals(previous.contract().uid());
        epoch = ours ? Math.max(previous.epoch() + 1, epochNow) : epochNow;
        if (ours && previous.sliceSeconds() == settings.slice().toSeconds()) {
            history.restore(previous.firstSlice(), previous.lastSlice(), previous.spans());
        }
        continues = history.last() == null ? null : Long.valueOf(previous.epoch());
        clock = new SliceClock((int) settings.slice().toSeconds(), history.last());
        if (ours && previous.fenceSeen() && previous.fence() != null && previous.fence().equals(order.fence())) {
            fence = previous.fence();
            fenceSeen = true;
        }
    }

    public long epoch() {
        return epoch;
    }

    public synchronized ProbeOrder order() {
        return order;
    }

    /** A new order for the same lane: another generation or another fence. Returns whether a fence is to be written now. */
    public synchronized boolean order(ProbeOrder next) {
        order = next;
        if (next.spec() != null) {
            settings = settings.under(ProbeSettings.of(next.spec().latency()));
            history.keep(settings.keep());
        }
        return fenceWanted() != null;
    }

    /** Id of the fence that was ordered and not yet written; null when none. A write begun before this call is no fence. */
    public synchronized String fenceWanted() {
        return order.fence() == null || order.fence().equals(fence) ? null : order.fence();
    }

    // Canary.

    /** A canary write is about to be made. */
    public synchronized void writing(long probe, long now) {
        pending.begin(probe, now);
    }

    /**
     * A canary write was committed.
     *
     * @param asFence the {@link #fenceWanted()} of the moment before the write began; null when it is none
     */
    public synchronized void written(long probe, String asFence, long now) {
        pending.acknowledge(probe, now);
        sourceWorks();
        if (asFence != null && asFence.equals(order.fence()) && !asFence.equals(fence)) {
            fence = asFence;
            fenceSequence = probe;
            // It may have been seen before its commit came back.
            fenceSeen = lastSeen != null && lastSeen >= probe;
        }
    }

    /** A canary write failed, or it is not known whether it was made. */
    public synchronized void notWritten(long probe, Failure failure) {
        pending.abandon(probe);
        sourceFailed(failure);
    }

    /** The target was read, and held this probe; null: none of this life. Returns how many probes arrived. */
    public synchronized int seen(Long probe, long now) {
        targetReadable(now);
        if (probe == null) {
            return 0;
        }
        lastSeen = probe;
        if (fenceSequence != null && probe >= fenceSequence) {
            fenceSeen = true;
        }
        var arrivals = pending.arrive(probe, now);
        if (!arrivals.isEmpty()) {
            lag = arrivals.getLast().latency();
        }
        unjudged.addAll(arrivals);
        return arrivals.size();
    }

    /** Whether the target is worth a look. */
    public synchronized boolean awaiting() {
        return !pending.isEmpty();
    }

    // Watermark.

    /**
     * The target's watermark and then the source were read.
     *
     * @param behind nanoseconds, by the source's clock alone, since the oldest write that the target does not hold; 0 when it holds all
     */
    public synchronized void measured(long behind, long now) {
        targetReadable(now);
        sourceWorks();
        lag = behind;
        watermarkPendingSince = behind > 0 ? now - behind : null;
        watermarkHeld = pending.held();
        sample(behind, now);
    }

    /** Both stores were read, but what was read allows no statement; the slice misses a sample. */
    public synchronized void undecided(long now) {
        targetReadable(now);
        sourceWorks();
    }

    /** The source's watermark was read for this fence; the target has yet to reach it. */
    public synchronized void fenceRead(String id) {
        if (id.equals(order.fence())) {
            fence = id;
            fenceSeen = false;
        }
    }

    /** The target has reached the watermark read for the fence. */
    public synchronized void fenceReached(String id) {
        if (id.equals(fence)) {
            fenceSeen = true;
        }
    }

    /** How new something is that was read on the target. Marks of one kind of probe are compared with each other only. */
    private record Mark(long major, long minor) {
        boolean newerThan(Mark other) {
            return major > other.major || major == other.major && minor > other.minor;
        }
    }

    /** This was read on the target, whichever life of the prober wrote it: a backlog that drains shows in it long before its end. */
    public synchronized void arrived(long major, long minor) {
        Mark mark = new Mark(major, minor);
        if (newest == null) {
            newest = mark;
        } else if (mark.newerThan(newest)) {
            newest = mark;
            arrivals++;
        }
    }

    // Failures.

    /** A probe was not made, and says nothing of those that were. */
    public synchronized void sourceFailed(Failure failure) {
        sourceFailure = failure;
        sourceFailures++;
    }

    private void sourceWorks() {
        sourceFailure = null;
        sourceFailures = 0;
    }

    /** @param ours whether the cause is one that the target's consumers do not share: a wrong password, a missing privilege */
    public synchronized void targetFailed(Failure failure, boolean ours, long now) {
        targetFailure = failure;
        if (targetLostAt == null) {
            targetLostAt = now;
        }
        if (ours) {
            targetRead = false;
        }
        blind(now);
        notFresh();
    }

    private void targetReadable(long now) {
        targetFailure = null;
        targetRead = true;
        targetLostAt = null;
        blind(now);
    }

    /**
     * Counts the time in which the target could not be looked at for a cause that its consumers do not share: it was never reached, it refuses
     * us, or the source is gone too, so that it is we who are cut off.
     */
    private void blind(long now) {
        if (blindSince != null && now > blindSince) {
            pending.heldUp(now - blindSince);
        }
        blindSince = targetFailure != null && (!targetRead || sourceFailure != null) ? Long.valueOf(now) : null;
    }

    private void judge(long now) {
        for (PendingProbes.Arrival arrival : unjudged) {
            // The bound includes the write, and the time in which we were held up. Where these took their time, a late bound proves nothing of the sync.
            long ceiling = settings.ceiling().toNanos();
            boolean late = arrival.latency() - (pending.held() - arrival.held()) > ceiling && arrival.writing() <= ceiling / 4;
            if (late || arrival.latency() <= ceiling) {
                sample(arrival.latency(), now);
            }
        }
        unjudged.clear();
    }

    private void sample(long latency, long now) {
        samples++;
        if (latency > settings.ceiling().toNanos()) {
            late++;
        }
        if (latency > settings.ceiling().toNanos() / 2) {
            notFresh();
            return;
        }
        // Of a longer gap nothing is known but its ends.
        freshFor += freshProbes == 0 ? 0 : Math.min(now - freshTo, settings.every().toNanos() * 3);
        freshProbes++;
        freshTo = now;
    }

    private void notFresh() {
        freshProbes = 0;
        freshFor = 0;
        freshTo = 0;
    }

    /** Whether so long nothing was measured that what was fresh is so no more. */
    private boolean stale(long now) {
        return freshProbes > 0 && now - freshTo > settings.every().toNanos() * 10 + settings.ceiling().toNanos();
    }

    /** How long a committed write has been missing on the target while somebody was able to look. */
    private long missing(long now) {
        if (blindSince != null) {
            return 0;
        }
        if (watermarkPendingSince != null) {
            // Whether the target has caught up since, the source would have to tell.
            return sourceFailure != null ? 0 : now - watermarkPendingSince - (pending.held() - watermarkHeld);
        }
        boolean lost = targetLostAt != null && pending.isEmpty() && sourceFailure == null;
        return Math.max(pending.oldestMissing(now), lost ? now - targetLostAt : 0);
    }

    private long pendingAge(long now) {
        long age = pending.oldestAge(now);
        if (watermarkPendingSince != null) {
            age = Math.max(age, now - watermarkPendingSince);
        } else if (targetLostAt != null && pending.isEmpty()) {
            age = Math.max(age, now - targetLostAt);
        }
        return age;
    }

    /**
     * Looks at the clocks: closes the slices that are over, and says whether a report is due.
     *
     * @param planned when this look was to take place; one that is late shows that the whole process was held up
     * @param free    whether a report can be sent now; one that is due waits otherwise
     * @return the report, counted as reported; empty when none is due
     */
    public synchronized Optional<ProbeReport> tick(long planned, long now, long wallMillis, boolean free) {
        blind(now);
        if (blindSince == null && now - planned > settings.ceiling().toNanos() / 4) {
            pending.heldUp(now - planned);
        }
        judge(now);
        if (pendingAge(now) > settings.ceiling().toNanos() / 2 || stale(now)) {
            notFresh();
        }
        long index = clock.index(wallMillis, now);
        if (open == null) {
            open = index;
        }
        if (index > open) {
            close(open, now);
            if (index > open + 1) {
                // The clock leapt over whole slices, and nobody was there to watch them.
                history.close(index - 1, SliceState.UNKNOWN);
                lastState = SliceState.UNKNOWN;
                notGood = index - 1;
            }
            open = index;
            samples = 0;
            late = 0;
        }
        lastTick = now;
        ReportPolicy.Facts facts = facts();
        if (!free || !ReportPolicy.due(facts, reported, Duration.ofNanos(now - reportedAt), order.fence() != null)) {
            return Optional.empty();
        }
        return Optional.of(report(facts, now));
    }

    private void close(long index, long now) {
        lastState = SliceJudge.judge(new SliceJudge.Evidence(samples, late, missing(now)), settings.ceiling(), settings.expected());
        history.close(index, lastState);
        if (lastState != SliceState.GOOD) {
            notGood = index;
        }
    }

    private ReportPolicy.Facts facts() {
        Failure failure = failure();
        boolean fresh = freshProbes >= 3 && freshFor >= settings.stable().toNanos();
        return new ReportPolicy.Facts(history.last(), notGood, lastState, fence, fenceSeen,
                failure == null ? null : failure.reason() + " " + failure.field(), lag != null, fresh);
    }

    private Failure failure() {
        // One write that failed among others that did not is no failure to measure.
        boolean lasting = sourceFailure != null && (sourceFailures > 1 || lag == null);
        return lasting ? sourceFailure : targetFailure;
    }

    /** A last report before this life ends, so that its Good slices are not lost; empty when nothing new is known. */
    public synchronized Optional<ProbeReport> last() {
        ReportPolicy.Facts facts = facts();
        return lastTick == null || facts.equals(reported) ? Optional.empty() : Optional.of(report(facts, lastTick));
    }

    /** The last report did not reach the API server: what it said is news again. */
    public synchronized void notReported() {
        reported = null;
    }

    private ProbeReport report(ReportPolicy.Facts facts, long now) {
        reported = facts;
        reportedAt = now;
        long age = pendingAge(now);
        return new ProbeReport(order.contract(), epoch, ++sequence, (int) settings.slice().toSeconds(), history.first(), history.last(), history.spans(),
                lag == null ? null : lag / 1_000_000, age > 0 ? age / 1_000_000 : null, freshProbes, freshFor / 1_000_000,
                fence, fenceSeen, failure(), history.last() == null ? null : clock.first(), continues,
                history.last() == null ? null : clock.open(history.last(), now), arrivals);
    }
}
