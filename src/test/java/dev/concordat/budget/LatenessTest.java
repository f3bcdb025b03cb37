package dev.concordat.budget;

import static dev.concordat.budget.BudgetFixtures.policy;
import static dev.concordat.budget.BudgetFixtures.report;
import static dev.concordat.budget.BudgetFixtures.states;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.SyncContractStatus.Silence;
import dev.concordat.report.Failure;
import dev.concordat.report.ProbeReport;
import dev.concordat.testing.Case;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said of now, in every state of probe, pause, silence and budget, beside what is known of it. */
class LatenessTest {
    private static final BudgetPolicy POLICY = policy(60, 500, "99.0");
    private static final Failure DOWN = new Failure("ConnectFailed", "spec.target.store.host", "down", "look", false);
    private static final Silence SILENT = new Silence(1L, 7L, "2026-11-21T12:00:00Z", 4L);

    /** Everything that a sentence could be about. */
    private record Facts(String slices, Long lag, Long pending, boolean failing, boolean paused, boolean silent, boolean live) {
        boolean probeLate() {
            return pending != null && pending > 30_000 || !failing && lag != null && lag > 30_000;
        }

        ProbeReport told() {
            ProbeReport r = report(60, 1000, states(slices));
            return new ProbeReport(r.contract(), 1, 7, 60, r.firstSlice(), r.lastSlice(), r.spans(), lag, pending, 0, 0, null, false, failing ? DOWN : null, 1000L, null, 0L,
                    null);
        }

        BudgetView view() {
            ProbeReport told = told();
            PausedSlices pause = paused ? new PausedSlices(slices.length() - 4, Long.MAX_VALUE) : PausedSlices.NONE;
            BudgetLedger ledger = BudgetLedger.begin(60, 0).fold(told, POLICY, pause, Duration.ZERO, false);
            return BudgetView.of(ledger, POLICY, told, null, new Hearing(Duration.ofMinutes(silent ? 9 : 0), live, silent));
        }

        Finding finding() {
            return BudgetCondition.of(POLICY, view(), Lateness.of(view(), told(), POLICY.ceiling(), silent ? SILENT : null));
        }
    }

    private static List<Facts> table() {
        List<Facts> all = new ArrayList<>();
        for (String slices : List.of("G".repeat(60), "G".repeat(40) + "BBBBBB" + "GGGGG", "G".repeat(40) + "BBBBBBBB", "G".repeat(40) + "BBBBBB" + "UUUU", "G".repeat(40) + "BB",
                "B".repeat(10) + "G".repeat(300) + "BBBB")) {
            for (Long lag : new Long[] {null, 1500L, 31_000L}) {
                for (Long pending : new Long[] {null, 500L, 100_000L}) {
                    for (int bits = 0; bits < 16; bits++) {
                        all.add(new Facts(slices, lag, pending, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0));
                    }
                }
            }
        }
        return all;
    }

    @Test
    @Case(value = "operator 7", before = "paused with a dead pipeline, LAG >1m40s: BudgetExhaustedHealthyNow, It is not late now", now = "late, in every state of pause and budget")
    void whatIsLateIsCalledLate() {
        for (Facts facts : table()) {
            Finding said = facts.finding();
            boolean known = facts.live && !facts.silent;
            if (known && facts.probeLate()) {
                assertThat(said.message()).as("%s", facts).contains("The sync is late now");
                assertThat(said.reason()).as("%s", facts).isNotIn("BudgetExhaustedHealthyNow", "BudgetExhaustedUnknownNow");
            }
            if (said.message().contains("The sync is late now")) {
                assertThat(known && (facts.probeLate() || facts.view().badNow())).as("%s", facts).isTrue();
            }
        }
    }

    @Test
    @Case(value = "logic B2", before = "a spent budget and a silent prober: It is not late now", now = "not known, and why")
    void notLateIsSaidOnlyOfWhatWasMeasured() {
        for (Facts facts : table()) {
            Finding said = facts.finding();
            if (said.message().contains("not late now") || said.reason().equals("BudgetExhaustedHealthyNow")) {
                assertThat(facts.live && !facts.silent && !facts.failing && !facts.probeLate() && facts.lag != null).as("%s: %s", facts, said).isTrue();
                assertThat(facts.view().badNow()).as("%s", facts).isFalse();
            }
            if (facts.silent) {
                assertThat(said.message()).as("%s", facts).contains("Whether it is late now is not known: the prober is silent since 2026-11-21T12:00:00Z");
                assertThat(said.reason()).isIn("BudgetExhaustedUnknownNow", "MeasurementMissing");
            }
            if (said.reason().equals("BudgetExhaustedUnknownNow")) {
                assertThat(said.message()).as("%s", facts).contains("Whether it is late now is not known: ");
            }
        }
    }

    @Test
    void theStatusOfTheConditionIsTheBudgetsWhateverIsKnownOfNow() {
        for (Facts facts : table()) {
            Finding said = facts.finding();
            boolean exhausted = facts.view().exhausted();
            assertThat(said.status()).as("%s", facts).isEqualTo(exhausted ? "True" : facts.silent ? "Unknown" : "False");
        }
    }

    @Test
    void aLateReportThatIsOverdueIsNoPresent() {
        Facts late = new Facts("G".repeat(40) + "BBBBBB", null, 100_000L, false, false, false, true);
        BudgetView overdue = BudgetView.of(BudgetFixtures.ledger(POLICY, late.told()), POLICY, late.told(), null, new Hearing(Duration.ofSeconds(310), true, false));
        assertThat(Lateness.of(overdue, late.told(), POLICY.ceiling(), null)).isInstanceOf(Lateness.NotKnown.class);
    }

    @Test
    void lagIsAnUpperBoundAndAPendingProbeIsALowerOne() {
        assertThat(Lateness.lag(null)).isNull();
        assertThat(Lateness.lag(lag(120L, null))).isEqualTo("200ms");
        assertThat(Lateness.lag(lag(120L, 300L))).isEqualTo("200ms");
        assertThat(Lateness.lag(lag(1400L, 12_300L))).isEqualTo(">12s");
        assertThat(Lateness.lag(lag(0L, null))).isEqualTo("100ms");
        assertThat(Lateness.lag(lag(null, 500L))).isNull();
        assertThat(Lateness.lag(lag(75_000L, 3000L))).isEqualTo("1m20s");
    }

    private static ProbeReport lag(Long lag, Long pending) {
        return new Facts("G", lag, pending, false, false, false, true).told();
    }
}
