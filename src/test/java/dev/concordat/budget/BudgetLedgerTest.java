package dev.concordat.budget;

import static dev.concordat.budget.BudgetFixtures.policy;
import static dev.concordat.budget.BudgetFixtures.report;
import static dev.concordat.budget.BudgetFixtures.states;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.SyncContractStatus.Ledger;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceSpan;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.report.ProbeReport;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The ledger and its counts, beside a model that keeps a state for every single slice. */
class BudgetLedgerTest {
    private static final BudgetPolicy DAY = policy(60, 1440, "99.0");

    @Test
    void aGapBetweenReportsIsUnknown() {
        Ledger ledger = fold(null, report(60, 100, states("GGB")));
        ledger = fold(ledger, report(60, 105, states("GB")));

        assertThat(ledger.firstSlice()).isEqualTo(100);
        assertThat(ledger.lastSlice()).isEqualTo(106);
        assertThat(ledger.spans()).containsExactly(span(102, 102, SliceState.BAD), span(103, 104, SliceState.UNKNOWN), span(106, 106, SliceState.BAD));
    }

    @Test
    void whatIsFoldedIsNeverRewritten() {
        Ledger ledger = fold(null, report(60, 100, states("GGBG")));

        // A prober that lost its memory claims the same slices were otherwise, and one more.
        assertThat(fold(ledger, report(60, 100, states("BBGGB"))).spans()).containsExactly(span(102, 102, SliceState.BAD), span(104, 104, SliceState.BAD));
        // One that goes back says nothing new.
        assertThat(fold(ledger, report(60, 90, states("BBBB")))).isSameAs(ledger);
    }

    @Test
    void anotherSliceLengthStartsANewLedger() {
        Ledger ledger = fold(null, report(60, 100, states("BB")));

        assertThat(BudgetLedger.fold(ledger, report(30, 230, states("GB")), policy(30, 1440, "99.0"), PausedSlices.NONE))
                .isEqualTo(new Ledger(30, 230L, 231L, List.of(span(231, 231, SliceState.BAD))));
        // The prober has not yet heard of the change: its report is of the old length.
        assertThat(BudgetLedger.fold(ledger, report(60, 100, states("BBB")), policy(30, 1440, "99.0"), PausedSlices.NONE)).isNull();
    }

    @Test
    void slicesOfAVerifiedPauseAreExcludedGoodOnesToo() {
        Ledger ledger = BudgetLedger.fold(null, report(60, 100, states("BBBGGBG")), DAY, new PausedSlices(102, 104));

        assertThat(ledger.spans()).containsExactly(span(100, 101, SliceState.BAD), span(102, 104, SliceState.EXCLUDED), span(105, 105, SliceState.BAD));
    }

    @Test
    void theLedgerIsBoundedAndRoundsTowardBad() {
        List<SliceState> choppy = new ArrayList<>();
        for (int i = 0; i < 1400; i++) {
            choppy.add(i % 2 == 0 ? SliceState.GOOD : i % 4 == 1 ? SliceState.BAD : SliceState.UNKNOWN);
        }
        Ledger ledger = fold(null, report(60, 100, choppy));
        long bad = choppy.stream().filter(s -> s == SliceState.BAD).count();

        assertThat(ledger.spans()).hasSize(BudgetLedger.MAX_SPANS);
        assertThat((long) BudgetView.of(ledger, DAY, null, BudgetFixtures.after(DAY, 1499)).bad()).isGreaterThanOrEqualTo(bad);
    }

    @Property(tries = 500)
    void countsAgreeWithAModelOfSingleSlices(@ForAll("histories") List<List<SliceState>> batches, @ForAll @IntRange(min = 5, max = 60) int window,
            @ForAll @IntRange(min = 0, max = 6) int gap, @ForAll @IntRange(min = 0, max = 40) int pausedFrom, @ForAll @IntRange(min = -5, max = 30) int pausedFor) {
        BudgetPolicy policy = policy(60, window, "80.0");
        PausedSlices paused = pausedFor < 0 ? PausedSlices.NONE : new PausedSlices(1000 + pausedFrom, 1000 + pausedFrom + pausedFor);
        TreeMap<Long, SliceState> model = new TreeMap<>();
        Ledger ledger = null;
        long at = 1000;
        for (List<SliceState> batch : batches) {
            if (!model.isEmpty()) {
                for (int g = 0; g < gap; g++) {
                    model.put(at, at >= paused.from() && at <= paused.to() ? SliceState.EXCLUDED : SliceState.UNKNOWN);
                    at++;
                }
            }
            ledger = BudgetLedger.fold(ledger, report(60, at, batch), policy, paused);
            for (SliceState state : batch) {
                model.put(at, at >= paused.from() && at <= paused.to() ? SliceState.EXCLUDED : state);
                at++;
            }
        }
        long last = at - 1;
        BudgetView view = BudgetView.of(ledger, policy, null, BudgetFixtures.after(policy, last));
        var window1 = model.tailMap(last - window + 1).values();
        int bad = Collections.frequency(window1, SliceState.BAD);
        int good = Collections.frequency(window1, SliceState.GOOD);

        assertThat(view.bad()).isEqualTo(bad);
        assertThat(view.measured()).isEqualTo(good + bad);
        assertThat(view.unknown()).isEqualTo(Collections.frequency(window1, SliceState.UNKNOWN));
        assertThat(view.excluded()).isEqualTo(Collections.frequency(window1, SliceState.EXCLUDED));
        assertThat(view.badNow()).isEqualTo(Collections.frequency(model.tailMap(last - 2).values(), SliceState.BAD) >= 2);
        assertThat(view.exhausted()).isEqualTo(BigDecimal.valueOf(bad).compareTo(policy.allowed()) >= 0);
        assertThat(view.exhausted()).isEqualTo(view.remainingPercent() <= 0);
        var longWindow = model.tailMap(Math.max(last - BudgetView.LONG, last - window) + 1).values();
        assertThat(view.longTerm().bad()).isEqualTo(Collections.frequency(longWindow, SliceState.BAD));
        assertThat(view.longTerm().measured()).isEqualTo((int) longWindow.stream().filter(s -> s == SliceState.GOOD || s == SliceState.BAD).count());
    }

    @Property(tries = 300)
    void replaysInAnyOrderChangeNothing(@ForAll("history") List<SliceState> history, @ForAll long seed) {
        // Every report of one prober speaks of all slices since its first.
        List<ProbeReport> reports = new ArrayList<>();
        for (int n = 1; n <= history.size(); n++) {
            reports.add(report(60, 1000, history.subList(0, n)));
        }
        Ledger inOrder = null;
        for (ProbeReport r : reports) {
            inOrder = fold(inOrder, r);
        }
        List<ProbeReport> shuffled = new ArrayList<>(reports);
        shuffled.addAll(reports.subList(0, reports.size() / 2));
        Collections.shuffle(shuffled, new Random(seed));
        Ledger any = null;
        for (ProbeReport r : shuffled) {
            any = fold(any, r);
            Ledger again = fold(any, r);
            assertThat(again).isSameAs(any);
        }
        assertThat(any).isEqualTo(inOrder);
    }

    @Property(tries = 300)
    void unknownTimeNeitherShrinksNorGrowsTheBudget(@ForAll("history") List<SliceState> history) {
        List<SliceState> without = history.stream().map(s -> s == SliceState.UNKNOWN ? SliceState.GOOD : s).toList();
        BudgetView view = view(history);
        BudgetView same = view(without);

        assertThat(view.bad()).isEqualTo(same.bad());
        assertThat(view.remainingPercent()).isEqualTo(same.remainingPercent());
        assertThat(view.exhausted()).isEqualTo(same.exhausted());
        assertThat(view.coverage()).isLessThanOrEqualTo(same.coverage());
    }

    @Test
    void silenceIsOpenForTwoBatchesAndUnknownFromThenOn() {
        Ledger ledger = fold(null, report(60, 1000, states("GGGGGGGGGGGGGGGGBB")));

        BudgetView soon = BudgetView.of(ledger, DAY, null, BudgetFixtures.after(DAY, 1018));
        assertThat(soon.badNow()).isTrue();
        assertThat(soon.silent()).isFalse();
        assertThat(soon.unknown()).isZero();
        // 2 x 120 s are 4 slices, and 3 more for the way here.
        assertThat(BudgetView.of(ledger, DAY, null, BudgetFixtures.after(DAY, 1017 + 7)).silent()).isFalse();
        BudgetView later = BudgetView.of(ledger, DAY, null, BudgetFixtures.after(DAY, 1017 + 8));
        assertThat(later.silent()).isTrue();
        assertThat(later.unknown()).isEqualTo(8);
        assertThat(later.badNow()).isFalse();
        assertThat(later.bad()).isEqualTo(2);
        assertThat(later.covered()).isFalse();
    }

    @Test
    void theArithmeticReadsLikeASentence() {
        Ledger ledger = fold(null, report(60, 1000, states("BBGGGGGGGU")));
        BudgetView view = BudgetView.of(ledger, DAY, null, BudgetFixtures.after(DAY, 1009));

        assertThat(view.arithmetic()).isEqualTo("2 of 14.4 allowed bad slices of 60s used in 24h (target 99.0%), 86% left, coverage 90%");
        assertThat(view.budgetText()).isEqualTo("86%");
    }

    @Test
    void lagIsAnUpperBoundAndAPendingProbeIsALowerOne() {
        assertThat(BudgetView.lag(null)).isNull();
        assertThat(BudgetView.lag(lag(120L, null))).isEqualTo("200ms");
        assertThat(BudgetView.lag(lag(120L, 300L))).isEqualTo("200ms");
        assertThat(BudgetView.lag(lag(1400L, 12_300L))).isEqualTo(">12s");
        assertThat(BudgetView.lag(lag(0L, null))).isEqualTo("100ms");
        assertThat(BudgetView.lag(lag(null, 500L))).isNull();
        assertThat(BudgetView.lag(lag(75_000L, 3000L))).isEqualTo("1m20s");
    }

    private static ProbeReport lag(Long lag, Long pending) {
        return new ProbeReport(BudgetFixtures.REF, 1, 1, 60, 1L, 1L, List.of(), lag, pending, 0, 0, null, false, null);
    }

    private static BudgetView view(List<SliceState> history) {
        return BudgetView.of(fold(null, report(60, 1000, history)), DAY, null, BudgetFixtures.after(DAY, 999 + history.size()));
    }

    private static Ledger fold(Ledger ledger, ProbeReport report) {
        return BudgetLedger.fold(ledger, report, DAY, PausedSlices.NONE);
    }

    private static SliceSpan span(long from, long to, SliceState state) {
        return new SliceSpan(from, to, state);
    }

    @Provide
    Arbitrary<List<SliceState>> history() {
        return Arbitraries.of(SliceState.GOOD, SliceState.GOOD, SliceState.GOOD, SliceState.BAD, SliceState.UNKNOWN).list().ofMinSize(1).ofMaxSize(60);
    }

    @Provide
    Arbitrary<List<List<SliceState>>> histories() {
        return Arbitraries.of(SliceState.GOOD, SliceState.GOOD, SliceState.BAD, SliceState.UNKNOWN, SliceState.EXCLUDED).list().ofMinSize(1).ofMaxSize(20).list().ofMinSize(1).ofMaxSize(6);
    }
}
