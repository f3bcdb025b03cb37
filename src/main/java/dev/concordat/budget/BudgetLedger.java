package dev.concordat.budget;

import dev.concordat.api.v1alpha1.SyncContractStatus.Ledger;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceSpan;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.report.ProbeReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The ledger of slices: the state of every slice of the window, in the order in which they were heard of. Immutable.
 *
 * <p>Positions are the ledger's own and only grow. Within one life of the prober (an epoch) they follow the prober's
 * numbers; between two lives, as much time passes as the operator saw pass by its own clock. No time of another host is
 * looked at, so that no clock that is wrong makes slices appear, disappear or wait.
 */
public final class BudgetLedger {
    /** The API server accepts no budget of more: 28 days of 10 seconds. */
    public static final int MAX_SLICES = 241_920;

    private final int sliceSeconds;
    private final long last;
    private final SliceStates states;
    /** The life that was heard last; null when none was. */
    private final Long epoch;
    /**
     * Number, in that life, of its last slice that is in here; null when what comes next has to do with nothing before.
     */
    private final Long heard;
    private Ledger written;

    private BudgetLedger(int sliceSeconds, long last, SliceStates states, Long epoch, Long heard) {
        this.sliceSeconds = sliceSeconds;
        this.last = last;
        this.states = states;
        this.epoch = epoch;
        this.heard = heard;
    }

    /**
     * An empty ledger.
     *
     * @param after the greatest position that was ever spoken of under this contract; 0 when none was. Positions are
     *              not used twice, so that a pause that was recorded by them stays a pause in the next ledger
     */
    public static BudgetLedger begin(int sliceSeconds, long after) {
        return new BudgetLedger(sliceSeconds, after, SliceStates.NONE, null, null);
    }

    /**
     * Reads what status keeps. Versions before kept runs of what was not Good, and the prober's numbers as positions.
     *
     * @return null when there is none
     */
    public static BudgetLedger read(Ledger stored) {
        if (stored == null || stored.sliceSeconds() == null || stored.firstSlice() == null
                || stored.lastSlice() == null) {
            return null;
        }
        long size = Math.min(MAX_SLICES, Math.max(0, stored.lastSlice() - stored.firstSlice() + 1));
        if (stored.states() == null) {
            SliceStates states = spans(stored, Math.max(1, (int) size));
            return new BudgetLedger(stored.sliceSeconds(), stored.lastSlice(), states, null, stored.lastSlice());
        }
        SliceStates states = SliceStates.of(stored.states(), (int) size);
        return new BudgetLedger(stored.sliceSeconds(), stored.lastSlice(), states, stored.epoch(), stored.heardSlice());
    }

    private static SliceStates spans(Ledger stored, int keep) {
        var walk = new SpanWalk(stored.spans());
        var all = new SliceStates.Builder(keep);
        long first = Math.max(stored.firstSlice(), stored.lastSlice() - keep + 1);
        for (long slice = first; slice <= stored.lastSlice(); slice++) {
            all.append(walk.at(slice));
        }
        return all.build();
    }

    /** What status keeps. */
    public Ledger written() {
        if (written == null) {
            written = new Ledger(sliceSeconds, first(), last, null, states.text(), epoch, heard);
        }
        return written;
    }

    /** Nothing was ever taken in, so that there is nothing to keep. */
    public boolean blank() {
        return epoch == null && states.size() == 0;
    }

    public int sliceSeconds() {
        return sliceSeconds;
    }

    /** Position of the oldest slice; one more than {@link #last} when there is none. */
    public long first() {
        return last - states.size() + 1;
    }

    /** Position of the newest slice. */
    public long last() {
        return last;
    }

    /** Slices of that state among the positions, both included. */
    public int count(SliceState state, long from, long to) {
        long start = Math.max(from, first()) - first();
        long end = Math.min(to, last) - first() + 1;
        return start >= end ? 0 : states.count(state, (int) start, (int) end);
    }

    public SliceState at(long position) {
        return states.at((int) (position - first()));
    }

    /** Whether nothing but Good slices came since. */
    public boolean onlyGoodSince(BudgetLedger earlier) {
        return earlier != null && sliceSeconds == earlier.sliceSeconds && last >= earlier.last
                && (heard == null) == (earlier.heard == null)
                && count(SliceState.GOOD, earlier.last + 1, last) == last - Math.max(earlier.last, first() - 1);
    }

    /** What comes next has to do with nothing before: in between, nobody was to judge. */
    public BudgetLedger parted() {
        return heard == null && epoch == null ? this : new BudgetLedger(sliceSeconds, last, states, null, null);
    }

    /**
     * Takes in what a report says for the first time.
     *
     * <ul>
     *   <li>Of the life that was heard last, the slices after the last one that was heard; those that the report no
     *       longer carries are Unknown. What is in the ledger is never rewritten, so that a report that is replayed,
     *       comes late or goes back changes nothing.
     *   <li>Of another life, all its slices, before them what it carries over of the life before and was not heard yet,
     *       and between the two as many Unknown ones as {@code elapsed} asks for.
     *   <li>More than {@code elapsed} has room for cannot be: of such a report the newest count.
     *   <li>A report of another slice length was made for another spec, and is left out.
     *   <li>Slices within {@code paused} are Excluded.
     * </ul>
     *
     * @param report  null when there is none
     * @param paused  {@link PausedSlices#of}
     * @param elapsed time since something new was last taken in, by one monotonic clock of the operator; at least,
     *                where {@code whole} is false
     * @param whole   whether that was in this very process
     * @return this, when nothing changes
     */
    public BudgetLedger fold(
            ProbeReport report, BudgetPolicy policy, PausedSlices paused, Duration elapsed, boolean whole) {
        if (report == null || report.sliceSeconds() != sliceSeconds || report.firstSlice() == null
                || report.lastSlice() == null || report.lastSlice() < report.firstSlice()) {
            return this;
        }
        long passed = elapsed.toSeconds() / sliceSeconds;
        long slack = Hearing.SILENCE.toSeconds() / sliceSeconds + 1;
        List<Stretch> news = news(report, passed, passed - slack);
        if (news == null) {
            return this;
        }
        int keep = Math.min(MAX_SLICES, policy.windowSlices());
        long appended = news.stream().mapToLong(Stretch::length).sum();
        long impossible = whole ? Math.max(0, appended - passed - slack) : 0;
        long beyond = Math.max(0, appended - impossible - keep);
        long taken = appended - impossible - beyond;
        var all = new SliceStates.Builder(keep);
        for (long i = Math.max(0, states.size() + taken - keep); i < states.size(); i++) {
            all.append(states.at((int) i));
        }
        var walk = new SpanWalk(report.spans());
        // Of both the oldest. What is older than the window has passed all the same.
        long skip = impossible + beyond;
        long position = last + beyond;
        for (Stretch stretch : news) {
            long skipped = Math.min(skip, stretch.length());
            skip -= skipped;
            for (long slice = stretch.from() + skipped; slice <= stretch.to(); slice++) {
                position++;
                boolean ours = position >= paused.from() && position <= paused.to();
                SliceState heardOf = stretch.known() ? walk.at(slice) : SliceState.UNKNOWN;
                all.append(ours ? SliceState.EXCLUDED : heardOf);
            }
        }
        return new BudgetLedger(sliceSeconds, position, all.build(), report.epoch(), report.lastSlice());
    }

    /** Slices from a number to a number, both included; of those that are not known, only how many there are counts. */
    private record Stretch(long from, long to, boolean known) {
        long length() {
            return Math.max(0, to - from + 1);
        }

        static Stretch unknown(long length) {
            return new Stretch(1, Math.max(0, length), false);
        }
    }

    /**
     * What is new, oldest first; null when nothing is.
     *
     * @param passed slices for which there was time
     * @param least  slices for which there was time, delays on the way here apart
     */
    private List<Stretch> news(ProbeReport report, long passed, long least) {
        long first = report.firstSlice();
        long end = report.lastSlice();
        long life = report.lifeSlice() == null ? first : report.lifeSlice();
        if (heard == null) {
            // Of what was before nobody knows any more whether it was judged, or excluded.
            boolean begins = states.size() == 0;
            return List.of(begins ? new Stretch(Math.max(first, life), end, true) : Stretch.unknown(passed));
        }
        // A prober of the version before numbered all its lives by one wall clock.
        boolean old = report.lifeSlice() == null;
        if (epoch == null || epoch == report.epoch() || old) {
            if (end <= heard) {
                // That clock may have run ahead, and the ledger with it: it goes on from here.
                return epoch == null || epoch != report.epoch() ? List.of() : null;
            }
            long from = Math.max(heard + 1, first);
            long reported = end - heard;
            return List.of(Stretch.unknown(least - reported), Stretch.unknown(from - heard - 1),
                    new Stretch(from, end, true));
        }
        List<Stretch> news = new ArrayList<>();
        long known = 0;
        if (report.continues() != null && report.continues().equals(epoch) && life > heard + 1) {
            long before = Math.min(life - 1, end);
            news.add(Stretch.unknown(Math.min(first - 1, before) - heard));
            news.add(new Stretch(Math.max(heard + 1, first), before, true));
            known += Math.max(0, before - heard);
        }
        known += Math.max(0, end - life + 1);
        news.add(Stretch.unknown(passed - known));
        news.add(Stretch.unknown(first - life));
        news.add(new Stretch(Math.max(life, first), end, true));
        return news;
    }

    /** States from spans, asked for in growing order. */
    private static final class SpanWalk {
        private final Iterator<SliceSpan> spans;
        private SliceSpan span;

        SpanWalk(List<SliceSpan> spans) {
            this.spans = spans.iterator();
            next();
        }

        private void next() {
            span = spans.hasNext() ? spans.next() : null;
        }

        SliceState at(long slice) {
            while (span != null && (span.to() < slice || span.state() == null)) {
                next();
            }
            return span != null && span.from() <= slice ? span.state() : SliceState.GOOD;
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BudgetLedger that && written().equals(that.written());
    }

    @Override
    public int hashCode() {
        return Long.hashCode(last);
    }
}
