package dev.concordat.budget;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.stream.Stream;

/**
 * One of the multi-window burn rates of the Google SRE workbook, on the contract's own window. The workbook's pages for
 * 30 days: 14.4 times the sustainable rate over 1 h and 5 min, which takes 2 % of the budget, and 6 times over 6 h and
 * 30 min, which takes 5 %.
 *
 * <p>Where a budget allows so much that no outage reaches the factor, a smaller one stands in its place, {@link #REACH}
 * of the way from the sustainable rate to a total outage, and the windows grow so that the same share of the budget
 * goes in them.
 *
 * @param share share of bad slices from which it burns
 * @param slices length of the long window
 * @param shortSlices length of the short one, a twelfth: what is over stops the alarm
 */
public record BurnRate(BigDecimal share, int slices, int shortSlices) {
    private static final BigDecimal REACH = new BigDecimal("0.9");
    /** Fewer bad slices than this are blips, whatever the rate. */
    static final int LEAST_BAD = 3;

    /**
     * The pairs of windows of a budget; without those that would be longer than its window, in which it is exhausted
     * first.
     */
    static List<BurnRate> of(BudgetPolicy policy) {
        return Stream.of(of(policy, "14.4", "0.02", BudgetView.LONG), of(policy, "6", "0.05", 6 * BudgetView.LONG))
                .filter(rate -> rate.slices <= policy.windowSlices()).toList();
    }

    private static BurnRate of(BudgetPolicy policy, String factor, String ofBudget, int least) {
        BigDecimal sustainable = policy.badShare();
        BigDecimal room = BigDecimal.ONE.subtract(sustainable);
        BigDecimal share = sustainable.multiply(new BigDecimal(factor)).min(sustainable.add(room.multiply(REACH)));
        BigDecimal slices = policy.allowed().multiply(new BigDecimal(ofBudget)).divide(share, 0, RoundingMode.CEILING);
        // In a shorter window than this, slices that are bad at the sustainable rate and evenly could look like a fast
        // burn. Where the factor stands as it is, LEAST_BAD keeps them apart.
        BigDecimal apart = share.subtract(sustainable);
        BigDecimal told = apart.multiply(BigDecimal.TWO).compareTo(sustainable) >= 0 ? BigDecimal.ONE
                : BigDecimal.ONE.divide(apart, 0, RoundingMode.CEILING).add(BigDecimal.ONE);
        int length = slices.max(told).max(BigDecimal.valueOf(least)).min(BigDecimal.valueOf(Integer.MAX_VALUE))
                .intValue();
        return new BurnRate(share, length, Math.max(BudgetView.SHORT, (length + 11) / 12));
    }

    /**
     * Whether the budget burns this fast. Slices from before the ledger began count as measured and not bad: what was
     * not seen raises no alarm.
     */
    boolean burns(BudgetView.Tally longWindow, BudgetView.Tally shortWindow) {
        return longWindow.bad() >= LEAST_BAD && above(longWindow, slices) && above(shortWindow, shortSlices);
    }

    private boolean above(BudgetView.Tally window, int length) {
        int due = Math.max(1, length - window.unknown() - window.excluded());
        return BigDecimal.valueOf(window.bad()).compareTo(share.multiply(BigDecimal.valueOf(due))) >= 0;
    }
}
