package dev.concordat.budget;

import static dev.concordat.budget.BudgetFixtures.policy;
import static dev.concordat.budget.BudgetFixtures.report;
import static dev.concordat.budget.BudgetFixtures.states;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.report.ProbeReport;
import dev.concordat.testing.Case;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BurnRateTest {
    private static final BudgetPolicy MONTH = policy(60, 40_320, "99.0");

    @Test
    void theWindowsOfTheWorkbookScaleWithTheContracts() {
        assertThat(BurnRate.of(MONTH)).extracting(BurnRate::slices).containsExactly(56, 336);
        assertThat(BurnRate.of(MONTH)).extracting(BurnRate::shortSlices).containsExactly(5, 28);
        assertThat(BurnRate.of(MONTH)).extracting(rate -> rate.share().stripTrailingZeros().toPlainString()).containsExactly("0.144", "0.06");
    }

    @ParameterizedTest
    @CsvSource({"40, 9", "0, 9"})
    @Case(value = "logic A9", before = "28d of 1m at 99.0, total outage: FastBurn never, a pause after 404 minutes", now = "FastBurn after 9 minutes")
    void aTotalOutageOfALargeBudgetBurnsFastWithinMinutes(int good, int minutes) {
        for (int bad = 1; bad <= minutes; bad++) {
            ProbeReport told = report(60, 1, states("G".repeat(good) + "B".repeat(bad)));
            assertThat(BudgetFixtures.view(MONTH, told).fastBurn()).as(bad + " minutes").isEqualTo(bad == minutes);
        }
    }

    @Test
    void whatIsOverRaisesNoAlarm() {
        assertThat(view("B".repeat(12)).fastBurn()).isTrue();
        assertThat(view("B".repeat(12) + "GGGGG").fastBurn()).isFalse();
    }

    @Test
    void aSlowerOutageIsFoundByTheLongerPair() {
        // Every tenth slice: ten times the sustainable rate.
        BudgetView view = view("GGGGGGGGGB".repeat(30));
        assertThat(view.fastBurn()).isTrue();
        assertThat(view.burning().rate().slices()).isEqualTo(336);
        assertThat(view.burnText()).isEqualTo("30 of the last 336 slices bad and 3 of the last 28, and it burns fast from 6% on");
    }

    @Test
    void unknownTimeMakesNoFastBurnAndHidesNone() {
        assertThat(view("U".repeat(56)).fastBurn()).isFalse();
        assertThat(view("U".repeat(50) + "BB").fastBurn()).isFalse();
        assertThat(view("UB".repeat(9)).fastBurn()).isTrue();
    }

    /** Targets from 0.000001 to 99.999999, any window and slice that the API server takes. */
    @Test
    void forEveryBudgetATotalOutageIsFoundAndTheSustainableRateIsNot() {
        Random random = new Random(9);
        for (int i = 0; i < 20_000; i++) {
            BudgetPolicy policy = any(random);
            List<BurnRate> rates = BurnRate.of(policy);
            int exhausted = policy.allowed().setScale(0, RoundingMode.CEILING).intValue();
            assertThat(exhausted).as("a total outage exhausts the budget").isLessThanOrEqualTo(policy.windowSlices());
            for (BurnRate rate : rates) {
                int total = rate.share().multiply(BigDecimal.valueOf(rate.slices())).setScale(0, RoundingMode.CEILING).intValue();
                assertThat(rate.burns(tally(rate.slices(), Math.max(3, total)), tally(rate.shortSlices(), rate.shortSlices()))).as("%s %s", policy, rate).isTrue();
                trickle(policy, rate);
            }
            if (exhausted >= 400 && policy.badShare().compareTo(new BigDecimal("0.5")) <= 0) {
                BurnRate first = rates.getFirst();
                BigDecimal needs = first.share().multiply(BigDecimal.valueOf(first.slices()));
                assertThat(needs).as("a tenth of the budget, %s", policy).isLessThanOrEqualTo(policy.allowed().movePointLeft(1));
            }
        }
    }

    /** Bad slices at exactly the rate that the budget sustains, spread evenly. */
    private static void trickle(BudgetPolicy policy, BurnRate rate) {
        double share = policy.badShare().doubleValue();
        int length = rate.slices();
        long most = 0;
        // Of evenly spread ones no window of a length holds more than this.
        for (int start = 0; start < 50; start++) {
            most = Math.max(most, (long) Math.floor((start + length) * share) - (long) Math.floor(start * share));
        }
        most = Math.min(length, Math.max(most, (long) Math.ceil(length * share)));
        assertThat(rate.burns(tally(length, (int) most), tally(rate.shortSlices(), rate.shortSlices()))).as("%s %s", policy, rate).isFalse();
    }

    private static BudgetView.Tally tally(int slices, int bad) {
        return new BudgetView.Tally(slices, bad, slices, 0, 0);
    }

    private static BudgetPolicy any(Random random) {
        while (true) {
            int slice = new int[] {1, 5, 10, 30, 60, 300, 3600}[random.nextInt(7)];
            int slices = 3 + (int) (Math.pow(random.nextDouble(), 3) * Math.min(241_917, 28 * 86_400 / slice - 3));
            String target = new BigDecimal(random.nextInt(4) == 0 ? 100 - Math.pow(10, -random.nextInt(6)) : random.nextDouble() * 100)
                    .setScale(6, RoundingMode.HALF_UP).min(new BigDecimal("99.999999")).max(new BigDecimal("0.000001")).toPlainString();
            BudgetPolicy policy = policy(slice, slices, target);
            if (policy.allowed().compareTo(new BigDecimal("2.99999")) >= 0) {
                return policy;
            }
        }
    }

    private static BudgetView view(String letters) {
        return BudgetFixtures.view(MONTH, report(60, 1, states(letters)));
    }
}
