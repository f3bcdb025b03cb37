package dev.concordat.budget;

import static dev.concordat.budget.BudgetFixtures.ledger;
import static dev.concordat.budget.BudgetFixtures.policy;
import static dev.concordat.budget.BudgetFixtures.report;
import static dev.concordat.budget.BudgetFixtures.states;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.SyncContractStatus.Ledger;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceSpan;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.report.ProbeReport;
import dev.concordat.testing.Case;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BudgetLedgerTest {
    private static final BudgetPolicy DAY = policy(60, 1440, "99.0");
    private static final Duration HOUR = Duration.ofHours(1);

    @ParameterizedTest
    @CsvSource({"70, 576", "57, 707", "40, 1008"})
    @Case(value = "logic A0", before = "one bad minute in 70 of 28 days: 5,820 counted, budget exhausted, writers paused", now = "576 of 2,016")
    void oneBadMinuteEverySoOftenIsCountedAsThat(int every, int bad) {
        BudgetPolicy month = policy(60, 40_320, "95.0");
        BudgetLedger ledger = grown(month, i -> i % every == every - 1 ? SliceState.BAD : SliceState.GOOD);
        BudgetView view = BudgetView.of(ledger, month, null, null, Hearing.NEWS);

        assertThat(view.bad()).isEqualTo(bad);
        assertThat(view.exhausted()).isFalse();
        assertThat(BudgetLedger.read(ledger.written())).isEqualTo(ledger);
    }

    @Test
    @Case(value = "logic A0", before = "500 runs, whatever the budget", now = "241,920 slices with half of them bad, exact, in 64 KiB")
    void theLargestBudgetFitsWhateverIsBad() {
        BudgetPolicy largest = policy(10, BudgetLedger.MAX_SLICES, "50.0");
        Random random = new Random(4711);
        SliceState[] three = {SliceState.GOOD, SliceState.BAD, SliceState.UNKNOWN};
        List<IntFunction<SliceState>> patterns = List.of(
                i -> random.nextBoolean() ? SliceState.BAD : SliceState.GOOD,
                i -> three[random.nextInt(3)],
                i -> random.nextBoolean() ? SliceState.BAD : three[2 * random.nextInt(2)],
                i -> i % 2 == 0 ? SliceState.BAD : SliceState.GOOD,
                // Half a year of pauses, and half bad between them.
                i -> i % 300 < 100 ? SliceState.EXCLUDED : random.nextBoolean() ? SliceState.BAD : SliceState.GOOD);
        for (IntFunction<SliceState> pattern : patterns) {
            BudgetLedger ledger = grown(largest, pattern);
            String text = ledger.written().states();
            assertThat(text.length()).isLessThanOrEqualTo(64 * 1024);
            assertThat(BudgetLedger.read(ledger.written())).isEqualTo(ledger);
        }
    }

    /** Told in batches, as a prober does. */
    private static BudgetLedger grown(BudgetPolicy policy, IntFunction<SliceState> state) {
        BudgetLedger ledger = BudgetLedger.begin(policy.sliceSeconds(), 0);
        int batch = 20_000;
        for (int from = 0; from < policy.windowSlices(); from += batch) {
            List<SliceState> states = new ArrayList<>();
            for (int i = from; i < Math.min(policy.windowSlices(), from + batch); i++) {
                states.add(state.apply(i));
            }
            ProbeReport told = report(policy.sliceSeconds(), 1 + from, states);
            told = new ProbeReport(told.contract(), 1, 1 + from, told.sliceSeconds(), told.firstSlice(), told.lastSlice(), told.spans(), null, null, 0, 0, null, false, null, 1L, null, 0L, null);
            ledger = ledger.fold(told, policy, PausedSlices.NONE, Duration.ofSeconds((long) states.size() * policy.sliceSeconds()), true);
        }
        return ledger;
    }

    @Test
    void theTextIsReadableWhereItIsShort() {
        assertThat(ledger(DAY, "GGGGBBUXG").written().states()).isEqualTo("G4 B2 U1 X1 G1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G3", "G9999999999", "B-4", "Q4", "z:AAAA", "z:%", "G2 B3"})
    void aTextThatCannotBeReadIsUnknownAndNotGood(String text) {
        BudgetLedger read = BudgetLedger.read(new Ledger(60, 1L, 4L, null, text, 1L, 4L));
        assertThat(read.count(SliceState.UNKNOWN, 1, 4)).isEqualTo(4);
    }

    @Test
    void whatTheReportNoLongerCarriesIsUnknown() {
        BudgetLedger ledger = ledger(DAY, "GGB");
        ledger = ledger.fold(report(60, 1005, states("GB")), DAY, PausedSlices.NONE, Duration.ofMinutes(4), true);

        assertThat(ledger.written().states()).isEqualTo("G2 B1 U2 G1 B1");
        assertThat(ledger.last()).isEqualTo(7);
    }

    @Test
    void whatIsFoldedIsNeverRewritten() {
        BudgetLedger ledger = ledger(DAY, "GGBG");

        assertThat(more(ledger, report(60, 1000, states("BBGGB")), Duration.ofMinutes(1)).written().states()).isEqualTo("G2 B1 G1 B1");
        assertThat(more(ledger, report(60, 990, states("BBBB")), HOUR)).isSameAs(ledger);
        assertThat(more(ledger, report(60, 1000, states("GGBG")), HOUR)).isSameAs(ledger);
    }

    @Test
    @Case(value = "logic B8", before = "a prober two days ahead for a minute: the bad slices were gone, and new ones in the future", now = "its numbers are its own, and a leap of them is no time")
    void aProberWhoseNumbersLeapMakesNoTimePass() {
        BudgetLedger ledger = ledger(DAY, "GGGBBBBB");
        ledger = more(ledger, report(60, 1000 + 2880, states("G")), Duration.ofMinutes(1));

        // Five slices at most: one minute, and four for the way here.
        assertThat(ledger.last()).isLessThanOrEqualTo(8 + 1 + 5);
        assertThat(ledger.count(SliceState.BAD, 1, ledger.last())).isEqualTo(5);
    }

    @Test
    @Case(value = "logic B8", before = "its report deleted, the obvious remedy: the ledger stood still for two days", now = "another life goes on at once, whatever its epoch and its numbers")
    void aLifeWithAnEarlierClockGoesOnAtOnce() {
        BudgetLedger ledger = ledger(DAY, "GGGBB");
        ProbeReport earlier = new ProbeReport(BudgetFixtures.REF, 0, 1, 60, 7L, 9L, BudgetFixtures.spans(7, states("BGB")), 100L, null, 0, 0, null, false, null, 7L, null, 0L, null);

        assertThat(more(ledger, earlier, Duration.ofMinutes(5)).written().states()).isEqualTo("G3 B2 U2 B1 G1 B1");
    }

    @Test
    void theNextLifeCarriesOverWhatWasNotHeardAndTheGapIsAsLongAsTheOperatorSawItLast() {
        BudgetLedger ledger = ledger(DAY, "GG");
        // Slices 1002 to 1004 were reported while the operator was away; 1005 stands for the time between; 1006 and 1007 are of this life.
        ProbeReport next = new ProbeReport(BudgetFixtures.REF, 2, 1, 60, 1000L, 1007L, BudgetFixtures.spans(1000, states("GGGBBUGB")), 100L, null, 0, 0, null, false, null, 1006L, 1L, 0L, null);

        assertThat(more(ledger, next, Duration.ofMinutes(10)).written().states()).isEqualTo("G3 B2 U5 G1 B1");
        assertThat(more(ledger, next, Duration.ofMinutes(2)).written().states()).isEqualTo("G3 B2 U1 G1 B1");
    }

    @Test
    void aLifeThatHasClosedNothingYetSaysOnlyWhatItCarriesOver() {
        BudgetLedger ledger = ledger(DAY, "GG");
        ProbeReport next = new ProbeReport(BudgetFixtures.REF, 2, 1, 60, 1000L, 1002L, BudgetFixtures.spans(1000, states("GGB")), 100L, null, 0, 0, null, false, null, 1004L, 1L, 0L, null);
        BudgetLedger carried = more(ledger, next, Duration.ofMinutes(3));
        assertThat(carried.written().states()).isEqualTo("G2 B1 U2");

        ProbeReport later = new ProbeReport(BudgetFixtures.REF, 2, 2, 60, 1000L, 1004L, BudgetFixtures.spans(1000, states("GGBUB")), 100L, null, 0, 0, null, false, null, 1004L, 1L, 0L, null);
        assertThat(more(carried, later, Duration.ofMinutes(1)).written().states()).isEqualTo("G2 B1 U3 B1");
    }

    @Test
    void aLedgerOfTheVersionBeforeIsReadAndGoesOn() {
        Ledger old = new Ledger(60, 29_000_000L, 29_000_009L, List.of(new SliceSpan(29_000_002L, 29_000_003L, SliceState.BAD), new SliceSpan(29_000_009L, 29_000_009L, SliceState.UNKNOWN)),
                null, null, null);
        BudgetLedger read = BudgetLedger.read(old);
        assertThat(read.written().states()).isEqualTo("G2 B2 G5 U1");
        assertThat(read.first()).isEqualTo(29_000_000L);

        BudgetLedger next = more(read, report(60, 29_000_000L, states("GGBBGGGGGGGB")), Duration.ofMinutes(2));
        assertThat(next.written().states()).isEqualTo("G2 B2 G5 U1 G1 B1");
        assertThat(next.written().spans()).isNull();
    }

    @Test
    void aLedgerOfTheVersionBeforeThatLiesInTheFutureGoesOnFromNow() {
        BudgetLedger future = BudgetLedger.read(new Ledger(60, 29_002_000L, 29_002_009L, List.of(new SliceSpan(29_002_003L, 29_002_003L, SliceState.BAD)), null, null, null));
        BudgetLedger now = more(future, report(60, 29_000_000L, states("GGB")), Duration.ZERO);
        assertThat(now.last()).isEqualTo(29_002_009L);
        assertThat(more(now, report(60, 29_000_000L, states("GGBBB")), Duration.ofMinutes(2)).written().states()).isEqualTo("G3 B1 G6 B2");
    }

    @Test
    @Case(value = "logic C", before = "the slice was changed in a pause: the pause's slices became bad", now = "positions go on, and with them the pause")
    void anotherSliceLengthInTheMiddleOfAPauseIsStillInIt() {
        BudgetLedger before = ledger(DAY, "GGGBBBBBB");
        PausedSlices paused = new PausedSlices(8, Long.MAX_VALUE);
        BudgetPolicy shorter = policy(30, 2880, "99.0");
        BudgetLedger after = BudgetLedger.begin(30, Math.max(before.last(), 8)).fold(report(30, 5000, states("BBBB")), shorter, paused, HOUR, true);

        assertThat(after.written().states()).isEqualTo("X4");
        // The prober has not yet heard of the change: its report is of the old length.
        assertThat(BudgetLedger.begin(30, 9).fold(report(60, 1000, states("BBB")), shorter, paused, HOUR, true).blank()).isTrue();
    }

    @Test
    @Case(value = "logic C", before = "the budget removed and put back: slices of our own pause were bad", now = "what was in between is unknown")
    void aBudgetThatIsPutBackKnowsNothingOfTheTimeBetween() {
        BudgetLedger parted = ledger(DAY, "GGGBB").parted();
        BudgetLedger back = more(parted, report(60, 1000, states("GGGBBBBBB")), Duration.ofMinutes(4));

        assertThat(back.written().states()).isEqualTo("G3 B2 U4");
        assertThat(more(back, report(60, 1000, states("GGGBBBBBBG")), Duration.ofMinutes(1)).written().states()).isEqualTo("G3 B2 U4 G1");
    }

    @Test
    void slicesOfAVerifiedPauseAreExcludedGoodOnesToo() {
        BudgetLedger ledger = BudgetLedger.begin(60, 0).fold(report(60, 100, states("BBBGGBG")), DAY, new PausedSlices(3, 5), HOUR, true);

        assertThat(ledger.written().states()).isEqualTo("B2 X3 B1 G1");
    }

    @Test
    void whatIsOlderThanTheWindowIsNotKept() {
        BudgetPolicy five = policy(60, 5, "20.0");
        BudgetLedger ledger = more(five, BudgetFixtures.ledger(five, report(60, 1000, states("BBBBB"))), report(60, 1000, states("BBBBBGGG")), Duration.ofMinutes(3));

        assertThat(ledger.written().states()).isEqualTo("B2 G3");
        assertThat(ledger.first()).isEqualTo(4);
        // A week without a word: positions have passed, and nothing of it is known.
        BudgetLedger later = ledger.fold(report(60, 1000 + 10_000, states("G")), five, PausedSlices.NONE, HOUR, false);
        assertThat(later.written().states()).isEqualTo("U4 G1");
        assertThat(later.last()).isEqualTo(8 + 9993);
    }

    @Test
    void silenceIsOpenAndThenUnknown() {
        ProbeReport told = report(60, 1000, states("GGGGGGGGGGGGGGGGBB"));
        BudgetLedger ledger = ledger(DAY, told);

        BudgetView soon = BudgetView.of(ledger, DAY, told, null, new Hearing(Duration.ofSeconds(70), true, false));
        assertThat(soon.badNow()).isTrue();
        assertThat(soon.unknown()).isZero();
        assertThat(soon.open()).isEqualTo(20);
        BudgetView later = BudgetView.of(ledger, DAY, told, null, new Hearing(Duration.ofMinutes(8), true, true));
        assertThat(later.unknown()).isEqualTo(8);
        assertThat(later.badNow()).isFalse();
        assertThat(later.bad()).isEqualTo(2);
        assertThat(later.covered()).isFalse();
        assertThat(later.budgetText()).isEqualTo("86%?");
    }

    @Test
    void theArithmeticReadsLikeASentence() {
        BudgetView view = BudgetFixtures.view(DAY, report(60, 1000, states("BBGGGGGGGU")));

        assertThat(view.arithmetic()).isEqualTo("2 of 14.4 allowed bad slices of 60s used in 24h (target 99.0%), 86% left, coverage 90%");
        assertThat(view.budgetText()).isEqualTo("86%");
    }

    private static BudgetLedger more(BudgetLedger ledger, ProbeReport report, Duration elapsed) {
        return more(DAY, ledger, report, elapsed);
    }

    private static BudgetLedger more(BudgetPolicy policy, BudgetLedger ledger, ProbeReport report, Duration elapsed) {
        return ledger.fold(report, policy, PausedSlices.NONE, elapsed, true);
    }
}
