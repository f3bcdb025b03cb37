package dev.concordat.budget;

import dev.concordat.api.v1alpha1.SyncContractStatus.LatencyState;
import dev.concordat.api.v1alpha1.SyncContractStatus.Ledger;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceSpan;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.contract.Durations;
import dev.concordat.report.ProbeReport;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;

/**
 * The budget as of now, counted from the ledger.
 *
 * <p>A prober reports bad slices at once and good ones in batches, so slices newer than the ledger are open rather than unknown, until the
 * silence is longer than two batches: from then on they count as Unknown.
 *
 * @param policy   that was counted by
 * @param asOf     the slice that every count ends with
 * @param silent   no report covers the recent past
 * @param bad      Bad slices in the window
 * @param measured Good and Bad slices in the window since the first slice
 * @param unknown  Unknown slices in the window
 * @param excluded Excluded slices in the window
 * @param badNow   at least 2 of the last 3 slices are Bad, and they are recent
 * @param shortTerm the last {@value #SHORT} slices
 * @param longTerm  the last {@value #LONG} slices
 * @param badSinceResume Bad slices after the last resume; equal to {@code bad} when there was none
 */
public record BudgetView(
        BudgetPolicy policy, long asOf, boolean silent, int bad, int measured, int unknown, int excluded, boolean badNow,
        Tally shortTerm, Tally longTerm, int badSinceResume) {

    /** Slices of the short burn window, and of "bad now". */
    public static final int SHORT = 3;
    /** Slices of the long burn window: twelve times the short one, as in the multi-window alerts of the Google SRE workbook. */
    public static final int LONG = 36;
    /** Burn rate at which a budget of 30 days loses 2 % in an hour; the fast-burn factor of the Google SRE workbook. */
    public static final BigDecimal FAST_BURN = new BigDecimal("14.4");
    /** Least share of the long window that must have been measured before a pause. */
    public static final BigDecimal MIN_COVERAGE = new BigDecimal("0.8");
    /** Least number of measured slices in the long window before a pause. */
    public static final int MIN_MEASURED = 10;

    /**
     * What some slices were.
     *
     * @param slices    length of the window, cut at the ledger's first slice
     */
    public record Tally(int slices, int bad, int measured, int unknown, int excluded) {
        /** Measured share of the slices that are not Excluded; 0 when there are none. */
        public BigDecimal coverage() {
            int due = slices - excluded;
            return due <= 0 ? BigDecimal.ZERO : BigDecimal.valueOf(measured).divide(BigDecimal.valueOf(due), 4, RoundingMode.HALF_UP);
        }

        /** How many times faster than sustainable the budget burns: bad / measured / badShare; 0 when nothing was measured. */
        public BigDecimal burn(BigDecimal badShare) {
            return measured == 0 ? BigDecimal.ZERO
                    : BigDecimal.valueOf(bad).divide(BigDecimal.valueOf(measured).multiply(badShare), 2, RoundingMode.HALF_UP);
        }
    }

    /**
     * Counts.
     *
     * @param ledger       {@link BudgetLedger#fold}; null while nothing was measured
     * @param resumedSlice {@code status.writers.history.resumedSlice}; null when writers were never resumed
     * @param now          wall clock, to place the present slice and nothing else
     * @return null when the ledger is null or was kept in slices of another length
     */
    public static BudgetView of(Ledger ledger, BudgetPolicy policy, Long resumedSlice, Instant now) {
        if (ledger == null || ledger.firstSlice() == null || ledger.lastSlice() == null || ledger.sliceSeconds() == null || ledger.sliceSeconds() != policy.sliceSeconds()) {
            return null;
        }
        long closed = policy.slice(now) - 1;
        long age = closed - ledger.lastSlice();
        long grace = slices(Duration.ofSeconds(2L * ProbeReport.BATCH_SECONDS), policy) + 3;
        boolean silent = age > grace;
        long asOf = silent ? closed : ledger.lastSlice();
        Tally window = tally(ledger, asOf, policy.windowSlices());
        Tally recent = tally(ledger, asOf, SHORT);
        // Some slack for the report's way here and for hosts whose clocks are a few seconds apart.
        boolean current = age <= SHORT + slices(Duration.ofSeconds(5), policy);
        // An index beyond the present was recorded in shorter slices; the ledger since began anew, so that all it holds came after.
        long after = resumedSlice == null || resumedSlice > policy.slice(now) + 1 ? Long.MIN_VALUE : resumedSlice;
        int badSinceResume = count(ledger, SliceState.BAD, Math.max(after == Long.MIN_VALUE ? after : after + 1, asOf - policy.windowSlices() + 1), asOf);
        return new BudgetView(policy, asOf, silent, window.bad, window.measured, window.unknown, window.excluded, current && recent.bad >= 2,
                recent, tally(ledger, asOf, LONG), badSinceResume);
    }

    private static long slices(Duration time, BudgetPolicy policy) {
        return (time.toSeconds() + policy.sliceSeconds() - 1) / policy.sliceSeconds();
    }

    private static Tally tally(Ledger ledger, long asOf, int slices) {
        long from = Math.max(ledger.firstSlice(), asOf - slices + 1);
        int length = (int) Math.max(0, asOf - from + 1);
        int bad = count(ledger, SliceState.BAD, from, asOf);
        int excluded = count(ledger, SliceState.EXCLUDED, from, asOf);
        int unreported = (int) Math.max(0, asOf - Math.max(from, ledger.lastSlice() + 1) + 1);
        int unknown = count(ledger, SliceState.UNKNOWN, from, asOf) + unreported;
        return new Tally(length, bad, length - unknown - excluded, unknown, excluded);
    }

    private static int count(Ledger ledger, SliceState state, long from, long to) {
        long n = 0;
        for (SliceSpan span : ledger.spans()) {
            if (span.state() == state) {
                n += Math.max(0, Math.min(to, span.to()) - Math.max(from, span.from()) + 1);
            }
        }
        return (int) n;
    }

    /** Whether the budget is spent: {@code bad >= allowed}. */
    public boolean exhausted() {
        return BigDecimal.valueOf(bad).compareTo(policy.allowed()) >= 0;
    }

    /**
     * Whether the budget burns so fast that it is better to act before it is spent: both burn windows at {@link #FAST_BURN} or more, the long one
     * observed in full, and as many bad slices in it as re-arming asks. Lower targets than about 93 % never burn this fast.
     */
    public boolean fastBurn() {
        return longTerm.slices >= LONG && longTerm.bad >= policy.rearm()
                && shortBurn().compareTo(FAST_BURN) >= 0 && longBurn().compareTo(FAST_BURN) >= 0;
    }

    public BigDecimal shortBurn() {
        return shortTerm.burn(policy.badShare());
    }

    public BigDecimal longBurn() {
        return longTerm.burn(policy.badShare());
    }

    /** Whether enough was measured lately to act on. */
    public boolean covered() {
        return longTerm.measured >= MIN_MEASURED && longTerm.coverage().compareTo(MIN_COVERAGE) >= 0;
    }

    /** What is left, in percent of the allowed bad slices, rounded down; negative when overspent. */
    public int remainingPercent() {
        return BigDecimal.ONE.subtract(BigDecimal.valueOf(bad).divide(policy.allowed(), 6, RoundingMode.HALF_UP))
                .movePointRight(2).setScale(0, RoundingMode.FLOOR).intValue();
    }

    /** Measured share of the window since the first slice, Excluded time apart. */
    public BigDecimal coverage() {
        int due = measured + unknown;
        return due == 0 ? BigDecimal.ZERO : BigDecimal.valueOf(measured).divide(BigDecimal.valueOf(due), 4, RoundingMode.HALF_UP);
    }

    /** For the column BUDGET: {@code 87%}. */
    public String budgetText() {
        return remainingPercent() + "%";
    }

    /** For messages: {@code 96%}. */
    public String coverageText() {
        return percent(coverage());
    }

    private static String percent(BigDecimal share) {
        return share.movePointRight(2).setScale(0, RoundingMode.FLOOR).toPlainString() + "%";
    }

    private static String plain(BigDecimal number) {
        BigDecimal stripped = number.stripTrailingZeros();
        return (stripped.scale() < 0 ? stripped.setScale(0) : stripped).toPlainString();
    }

    /** The count in a sentence: {@code 5 of 14.4 allowed bad slices of 60s used in 24h (target 99.0%), 65% left, coverage 98%}. */
    public String arithmetic() {
        return bad + " of " + plain(policy.allowed()) + " allowed bad slices of " + policy.sliceSeconds() + "s used in "
                + Durations.print(Duration.ofSeconds((long) policy.windowSlices() * policy.sliceSeconds())) + " (target " + policy.target() + "%), "
                + budgetText() + " left, coverage " + coverageText();
    }

    /** The burn rates in a sentence. */
    public String burnText() {
        return "burn rate " + plain(shortBurn()) + " over " + SHORT + " slices and " + plain(longBurn()) + " over " + LONG + " (fast from " + FAST_BURN + ")";
    }

    /** Why {@link #covered()} is false. */
    public String coverageGap() {
        return longTerm.measured + " of the last " + longTerm.slices + " slices measured, coverage " + percent(longTerm.coverage()) + "; a pause needs at least "
                + MIN_MEASURED + " and " + percent(MIN_COVERAGE);
    }

    /**
     * The part of a contract's status about lag and budget.
     *
     * @param view   null when there is no budget, or nothing was measured yet
     * @param report null when there is none
     * @param ledger {@link BudgetLedger#fold}; may be null
     */
    public static LatencyState status(BudgetView view, ProbeReport report, Ledger ledger) {
        String lag = lag(report);
        return view == null ? new LatencyState(lag, null, null, null, null, null, ledger)
                : new LatencyState(lag, view.budgetText(), view.bad, plain(view.policy.allowed()), view.unknown, view.coverageText(), ledger);
    }

    /**
     * Lag for people: the last completed probe's, or {@code >N} when the oldest pending probe is older than that. An upper bound rounded up to a
     * step that grows with it, so that status is not written for every jitter. Null while nothing is known.
     */
    public static String lag(ProbeReport report) {
        if (report == null || report.lagMillis() == null && report.pendingMillis() == null) {
            return null;
        }
        long lag = report.lagMillis() == null ? -1 : report.lagMillis();
        long pending = report.pendingMillis() == null ? -1 : report.pendingMillis();
        if (pending > Math.max(lag, 1000)) {
            long step = step(pending);
            return ">" + Durations.print(Duration.ofMillis(Math.max(1000, pending / step * step)));
        }
        return lag < 0 ? null : Durations.print(Duration.ofMillis(Math.max(1, (lag + step(lag) - 1) / step(lag)) * step(lag)));
    }

    private static long step(long millis) {
        return millis < 1000 ? 100 : millis < 10_000 ? 500 : millis < 60_000 ? 1000 : millis < 600_000 ? 10_000 : 60_000;
    }

    /**
     * The condition BudgetExhausted. Reasons: NoBudget, NotMeasured, MeasurementMissing, BudgetExhausted, BudgetExhaustedHealthyNow, FastBurn, WithinBudget.
     *
     * @param policy null when the contract has no budget
     * @param view   null while nothing was measured
     */
    public static Finding condition(BudgetPolicy policy, BudgetView view) {
        if (policy == null) {
            return new Finding("False", "NoBudget", "spec.latency.budget is not set: lag is shown and nothing is decided");
        }
        if (view == null) {
            return new Finding("Unknown", "NotMeasured", "No slice of " + policy.sliceSeconds()
                    + "s was measured yet: the prober has not reported. See Deployment concordat-prober in this namespace");
        }
        if (view.exhausted()) {
            return view.badNow ? new Finding("True", "BudgetExhausted", view.arithmetic() + ". The sync is late now")
                    : new Finding("True", "BudgetExhaustedHealthyNow", view.arithmetic() + ". It is not late now; bad slices leave the window as they age");
        }
        if (view.silent) {
            return new Finding("Unknown", "MeasurementMissing", "The prober has been silent for longer than two reports, and unknown time decides nothing: "
                    + view.arithmetic() + ". See Deployment concordat-prober in this namespace");
        }
        if (view.fastBurn()) {
            return new Finding("False", "FastBurn", view.arithmetic() + "; " + view.burnText());
        }
        return new Finding("False", "WithinBudget", view.arithmetic());
    }
}
