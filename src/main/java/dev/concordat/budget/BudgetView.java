package dev.concordat.budget;

import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.contract.Durations;
import dev.concordat.report.ProbeReport;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Optional;

/**
 * The budget as of now, counted from the ledger. Pure; the only time that it knows is how long ago the prober was
 * heard.
 *
 * <p>A prober reports bad slices at once and good ones in batches, so slices newer than the ledger are open rather than
 * unknown, until it is silent: from then on they count as Unknown.
 *
 * @param policy   that was counted by
 * @param asOf     position that every count ends with
 * @param open     position of the slice that is open now
 * @param heard    how the prober is heard
 * @param slices   slices in the window since the first
 * @param bad      Bad slices in the window
 * @param measured Good and Bad slices in the window since the first slice
 * @param unknown  Unknown slices in the window
 * @param excluded Excluded slices in the window
 * @param current  a report came lately, so that the newest slices tell of now
 * @param badNow   at least 2 of the last 3 slices are Bad, and they are current
 * @param shortTerm the last {@value #SHORT} slices
 * @param longTerm  the last {@value #LONG} slices
 * @param burning  the fast burn that is on; null when none is
 * @param badSinceResume Bad slices after the last resume; equal to {@code bad} when there was none
 */
public record BudgetView(
        BudgetPolicy policy, long asOf, long open, Hearing heard, int slices, int bad, int measured, int unknown,
        int excluded, boolean current, boolean badNow, Tally shortTerm, Tally longTerm, Burning burning,
        int badSinceResume) {

    /** Slices of "bad now". */
    public static final int SHORT = 3;
    /** Slices over which coverage is asked for. */
    public static final int LONG = 36;
    /** Least share of the long window that must have been measured before a pause. */
    public static final BigDecimal MIN_COVERAGE = new BigDecimal("0.8");
    /** Least number of measured slices in the long window before a pause. */
    public static final int MIN_MEASURED = 10;
    /** For the report's way here. */
    private static final Duration SLACK = Duration.ofSeconds(5);

    /**
     * What some slices were.
     *
     * @param slices    length of the window, cut at the ledger's first slice
     */
    public record Tally(int slices, int bad, int measured, int unknown, int excluded) {
        /** Measured share of the slices that are not Excluded; 0 when there are none. */
        public BigDecimal coverage() {
            return share(measured, slices - excluded);
        }
    }

    /** A fast burn, with what its windows hold. */
    public record Burning(BurnRate rate, Tally longWindow, Tally shortWindow) {}

    /**
     * Counts.
     *
     * @param ledger       {@link BudgetLedger#fold}; null while nothing was measured
     * @param report       the prober's latest report, to tell how far the open slice was; may be null
     * @param resumedSlice {@code status.writers.history.resumedSlice}; null when writers were never resumed
     * @return null when the ledger is null or was kept in slices of another length
     */
    public static BudgetView of(
            BudgetLedger ledger, BudgetPolicy policy, ProbeReport report, Long resumedSlice, Hearing heard) {
        if (ledger == null || ledger.sliceSeconds() != policy.sliceSeconds()) {
            return null;
        }
        long before = report == null || report.openMillis() == null ? 0 : report.openMillis();
        long since = before + heard.since().toMillis();
        long age = since / (policy.sliceSeconds() * 1000L);
        long asOf = heard.silent() ? ledger.last() + age : ledger.last();
        Tally window = tally(ledger, asOf, policy.windowSlices());
        Tally recent = tally(ledger, asOf, SHORT);
        boolean current = heard.live() && !heard.silent() && age <= SHORT + slices(SLACK, policy);
        long open = ledger.last() + 1 + age;
        // A position that does not exist yet is of another ledger: all that this one holds came after.
        long after = resumedSlice == null || resumedSlice > open ? Long.MIN_VALUE + 1 : resumedSlice;
        int badSinceResume = ledger.count(SliceState.BAD, Math.max(after + 1, asOf - policy.windowSlices() + 1), asOf);
        Optional<Burning> burning = BurnRate.of(policy).stream()
                .map(rate -> new Burning(rate, tally(ledger, asOf, rate.slices()),
                        tally(ledger, asOf, rate.shortSlices())))
                .filter(b -> b.rate.burns(b.longWindow, b.shortWindow)).findFirst();
        return new BudgetView(policy, asOf, open, heard, window.slices, window.bad, window.measured, window.unknown,
                window.excluded, current, current && recent.bad >= 2, recent, tally(ledger, asOf, LONG),
                burning.orElse(null), badSinceResume);
    }

    private static long slices(Duration time, BudgetPolicy policy) {
        return (time.toSeconds() + policy.sliceSeconds() - 1) / policy.sliceSeconds();
    }

    private static Tally tally(BudgetLedger ledger, long asOf, int slices) {
        long from = Math.max(ledger.first(), asOf - slices + 1);
        int length = (int) Math.max(0, asOf - from + 1);
        int bad = ledger.count(SliceState.BAD, from, asOf);
        int excluded = ledger.count(SliceState.EXCLUDED, from, asOf);
        int unreported = (int) Math.max(0, asOf - Math.max(from, ledger.last() + 1) + 1);
        int unknown = ledger.count(SliceState.UNKNOWN, from, asOf) + unreported;
        return new Tally(length, bad, length - unknown - excluded, unknown, excluded);
    }

    /** The prober is silent, so that nothing is known of now. */
    public boolean silent() {
        return heard.silent();
    }

    /** Whether the budget is spent: {@code bad >= allowed}. */
    public boolean exhausted() {
        return BigDecimal.valueOf(bad).compareTo(policy.allowed()) >= 0;
    }

    /** Whether the budget burns so fast that it is better to act before it is spent: {@link BurnRate}. */
    public boolean fastBurn() {
        return burning != null;
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
        return share(measured, measured + unknown);
    }

    /** For the column BUDGET: {@code 87%}, with a question mark while nobody knows whether it is so still. */
    public String budgetText() {
        return remainingPercent() + "%" + (silent() ? "?" : "");
    }

    /** For status: bad slices that the window allows. */
    public String allowedText() {
        return plain(policy.allowed());
    }

    /** For messages: {@code 96%}. */
    public String coverageText() {
        return percent(coverage());
    }

    private static BigDecimal share(int of, int all) {
        return all <= 0 ? BigDecimal.ZERO
                : BigDecimal.valueOf(of).divide(BigDecimal.valueOf(all), 4, RoundingMode.HALF_UP);
    }

    static String percent(BigDecimal share) {
        return share.movePointRight(2).setScale(0, RoundingMode.FLOOR).toPlainString() + "%";
    }

    static String plain(BigDecimal number) {
        BigDecimal stripped = number.stripTrailingZeros();
        return (stripped.scale() < 0 ? stripped.setScale(0) : stripped).toPlainString();
    }

    /**
     * The count in a sentence: {@code 5 of 14.4 allowed bad slices of 60s used in 24h (target 99.0%), 65% left,
     * coverage 98%}.
     */
    public String arithmetic() {
        Duration window = Duration.ofSeconds((long) policy.windowSlices() * policy.sliceSeconds());
        return bad + " of " + plain(policy.allowed()) + " allowed bad slices of " + policy.sliceSeconds() + "s used in "
                + Durations.print(window) + " (target " + policy.target() + "%), " + remainingPercent()
                + "% left, coverage " + coverageText();
    }

    /**
     * The fast burn in a sentence: {@code 9 of the last 56 slices bad and 5 of the last 5, and it burns fast from 14.4%
     * on}.
     */
    public String burnText() {
        BurnRate rate = burning.rate;
        return burning.longWindow.bad + " of the last " + rate.slices() + " slices bad and " + burning.shortWindow.bad
                + " of the last " + rate.shortSlices() + ", and it burns fast from "
                + plain(rate.share().movePointRight(2)) + "% on";
    }

    /** Why {@link #covered()} is false. */
    public String coverageGap() {
        return longTerm.measured + " of the last " + longTerm.slices + " slices measured, coverage "
                + percent(longTerm.coverage()) + "; a pause needs at least " + MIN_MEASURED
                + " and " + percent(MIN_COVERAGE);
    }
}
