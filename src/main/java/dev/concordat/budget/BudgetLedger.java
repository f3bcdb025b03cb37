package dev.concordat.budget;

import dev.concordat.api.v1alpha1.SyncContractStatus.Ledger;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceSpan;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.report.ProbeReport;
import java.util.ArrayList;
import java.util.List;

/** The ledger of slices: what was not Good, run-length coded, in the contract's status. */
public final class BudgetLedger {
    /** Runs kept at most; keeps the status of a contract with a choppy path bounded (about 30 KB). */
    public static final int MAX_SPANS = 500;

    private BudgetLedger() {}

    /**
     * Folds a report into the ledger.
     *
     * <ul>
     *   <li>Only slices after {@code previous.lastSlice} are taken: what is folded is never rewritten, so that a report that is replayed, comes late or
     *       goes back (an older epoch or sequence reaches no further) changes nothing.
     *   <li>Slices between the ledger's end and the report's beginning were not observed: Unknown.
     *   <li>A report of another slice length than the policy's was made for an older spec: left out. A ledger of another length is dropped.
     *   <li>Slices within {@code paused} are Excluded.
     *   <li>Pruned to the window, and to {@link #MAX_SPANS} by closing the cheapest gaps; a closed gap takes the worse state of its neighbours, Bad being the worst.
     * </ul>
     *
     * @param previous null at first
     * @param report   null when there is none
     * @param paused   {@link PausedSlices#of}
     * @return the new ledger, {@code previous} itself when nothing changes; null while nothing was ever measured
     */
    public static Ledger fold(Ledger previous, ProbeReport report, BudgetPolicy policy, PausedSlices paused) {
        Ledger base = usable(previous, policy) ? previous : null;
        if (report == null || report.sliceSeconds() != policy.sliceSeconds() || report.firstSlice() == null || report.lastSlice() == null
                || report.lastSlice() < report.firstSlice() || base != null && report.lastSlice() <= base.lastSlice()) {
            return base;
        }
        List<SliceSpan> spans = new ArrayList<>();
        long from;
        if (base == null) {
            from = report.firstSlice();
        } else {
            spans.addAll(base.spans());
            from = base.lastSlice() + 1;
            if (report.firstSlice() > from) {
                append(spans, from, report.firstSlice() - 1, SliceState.UNKNOWN, paused);
                from = report.firstSlice();
            }
        }
        // Good slices inside the pause become spans too, so the report is walked with its gaps.
        long next = from;
        for (SliceSpan span : report.spans()) {
            long start = Math.max(span.from(), next);
            long end = Math.min(span.to(), report.lastSlice());
            if (start > end || span.state() == null) {
                continue;
            }
            append(spans, next, start - 1, SliceState.GOOD, paused);
            append(spans, start, end, span.state(), paused);
            next = end + 1;
        }
        append(spans, next, report.lastSlice(), SliceState.GOOD, paused);

        long first = Math.max(base == null ? report.firstSlice() : base.firstSlice(), report.lastSlice() - policy.windowSlices() + 1);
        return new Ledger(policy.sliceSeconds(), first, report.lastSlice(), bounded(pruned(spans, first)));
    }

    private static boolean usable(Ledger ledger, BudgetPolicy policy) {
        return ledger != null && ledger.sliceSeconds() != null && ledger.sliceSeconds() == policy.sliceSeconds()
                && ledger.firstSlice() != null && ledger.lastSlice() != null;
    }

    /** Appends a run, its paused part as Excluded, and merges it with its predecessor where both agree. */
    private static void append(List<SliceSpan> spans, long from, long to, SliceState state, PausedSlices paused) {
        if (from > to) {
            return;
        }
        long pausedFrom = Math.max(from, paused.from());
        long pausedTo = Math.min(to, paused.to());
        if (pausedFrom > pausedTo) {
            appendRun(spans, from, to, state);
            return;
        }
        appendRun(spans, from, pausedFrom - 1, state);
        appendRun(spans, pausedFrom, pausedTo, SliceState.EXCLUDED);
        appendRun(spans, pausedTo + 1, to, state);
    }

    private static void appendRun(List<SliceSpan> spans, long from, long to, SliceState state) {
        if (from > to || state == SliceState.GOOD) {
            return;
        }
        SliceSpan last = spans.isEmpty() ? null : spans.getLast();
        if (last != null && last.state() == state && last.to() == from - 1) {
            spans.set(spans.size() - 1, new SliceSpan(last.from(), to, state));
        } else {
            spans.add(new SliceSpan(from, to, state));
        }
    }

    private static List<SliceSpan> pruned(List<SliceSpan> spans, long first) {
        List<SliceSpan> kept = new ArrayList<>(spans.size());
        for (SliceSpan span : spans) {
            if (span.to() >= first) {
                kept.add(span.from() >= first ? span : new SliceSpan(first, span.to(), span.state()));
            }
        }
        return kept;
    }

    private static List<SliceSpan> bounded(List<SliceSpan> spans) {
        while (spans.size() > MAX_SPANS) {
            int cheapest = 0;
            long least = Long.MAX_VALUE;
            for (int i = 0; i + 1 < spans.size(); i++) {
                long cost = cost(spans.get(i), spans.get(i + 1));
                if (cost < least) {
                    least = cost;
                    cheapest = i;
                }
            }
            SliceSpan a = spans.get(cheapest);
            SliceSpan b = spans.remove(cheapest + 1);
            spans.set(cheapest, new SliceSpan(a.from(), b.to(), worse(a.state(), b.state())));
        }
        return spans;
    }

    /** Slices whose state would change if two neighbours became one run. */
    private static long cost(SliceSpan a, SliceSpan b) {
        SliceState state = worse(a.state(), b.state());
        return b.from() - a.to() - 1 + (a.state() == state ? 0 : a.to() - a.from() + 1) + (b.state() == state ? 0 : b.to() - b.from() + 1);
    }

    private static SliceState worse(SliceState a, SliceState b) {
        return rank(a) >= rank(b) ? a : b;
    }

    private static int rank(SliceState state) {
        return switch (state) {
            case BAD -> 3;
            case UNKNOWN -> 2;
            case EXCLUDED -> 1;
            case GOOD -> 0;
        };
    }
}
