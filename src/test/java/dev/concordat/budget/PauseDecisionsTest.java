package dev.concordat.budget;

import static dev.concordat.budget.BudgetFixtures.IMPORTER;
import static dev.concordat.budget.BudgetFixtures.policy;
import static dev.concordat.budget.BudgetFixtures.report;
import static dev.concordat.budget.BudgetFixtures.states;
import static dev.concordat.budget.BudgetFixtures.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.SyncContractSpec.Writer;
import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseHistory;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseStep;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.api.v1alpha1.SyncContractStatus.WriterState;
import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;
import dev.concordat.api.v1alpha1.WriterKind;
import dev.concordat.report.Failure;
import dev.concordat.report.ProbeReport;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When writers are paused, and when they are given back. Slices of 60 s, 5 bad ones allowed of 500. */
class PauseDecisionsTest {
    private static final BudgetPolicy POLICY = policy(60, 500, "99.0");
    private static final String HEALTHY = "G".repeat(40);
    private static final Instant START = Instant.parse("2026-11-21T12:00:00Z");

    // Running

    @Test
    void pausesWhenTheBudgetIsSpentAndItIsBadNow() {
        PauseDecision decision = running(HEALTHY + "BBBBB").decide();

        assertThat(decision).isInstanceOf(PauseDecision.Pause.class);
        assertThat(decision.reason()).isEqualTo("BudgetExhausted");
        assertThat(decision.message()).isEqualTo("5 of 5 allowed bad slices of 60s used in 8h20m (target 99.0%), 0% left, coverage 100%; 3 of the last 3 slices bad");
    }

    @ParameterizedTest
    @CsvSource({
        "BBBB,   Running",        // one bad slice is left
        "BBBBBG, BudgetExhausted", // 2 of the last 3
        "BBBBBGG, HealthyNow",
        "BBBBBUU, HealthyNow",    // unknown is not bad
        "BBBBBBBBGGB, HealthyNow",
    })
    void spentAloneOrBadAloneDoesNotPause(String end, String reason) {
        assertThat(running(HEALTHY + end).decide().reason()).isEqualTo(reason);
    }

    @Test
    void tooLittleMeasuredDoesNotPause() {
        assertThat(running("UUUUUUUUUU" + "GGGGBBBBB").decide().reason()).isEqualTo("LowCoverage");
        assertThat(running("GGGBBBBBB").decide().reason()).isEqualTo("LowCoverage");
        assertThat(running("GGGGGBBBBB").decide().reason()).isEqualTo("BudgetExhausted");
    }

    @Test
    void aSilentProberPausesNothing() {
        Case late = running(HEALTHY + "BBBBB");
        late.hearing = new Hearing(Duration.ofMinutes(20), true, true);
        assertThat(late.decide()).isInstanceOf(PauseDecision.Stay.class).extracting(PauseDecision::reason).isEqualTo("MeasurementMissing");
    }

    @Test
    @dev.concordat.testing.Case(value = "logic B8", before = "a report that lay there for days paused writers on its last slices", now = "it pauses nothing until the prober says something new")
    void aReportThatWasFoundAtTheStartPausesNothing() {
        Case found = running(HEALTHY + "BBBBB");
        found.hearing = new Hearing(Duration.ofSeconds(10), false, false);
        assertThat(found.decide().reason()).isEqualTo("MeasurementMissing");
    }

    @Test
    void aLargeBudgetThatBurnsFastPausesBeforeItIsSpent() {
        Case c = running(HEALTHY + "BBBBBB", policy(60, 1440, "99.0"));
        PauseDecision decision = c.decide();
        assertThat(decision.reason()).isEqualTo("FastBurn");
        assertThat(decision.message()).contains("6 of the last 36 slices bad and 3 of the last 3, and it burns fast from 14.4% on");
        // Five bad slices in 36 are 13.9 %. What was before the first slice is taken for good: six are enough without it.
        assertThat(running(HEALTHY + "BBBBB", policy(60, 1440, "99.0")).decide().reason()).isEqualTo("Running");
        assertThat(running("GGGGGGGGGGBBBBBB", policy(60, 1440, "99.0")).decide().reason()).isEqualTo("FastBurn");
        assertThat(running("GGGGGGGGGGBBBBB", policy(60, 1440, "99.0")).decide().reason()).isEqualTo("Running");
    }

    @Test
    void afterAResumeNewBadSlicesAreNeeded() {
        // The first pause ended with the slice at position 46; all bad slices but the last ones lie before it.
        Case c = running(HEALTHY + "BBBBBB" + "BB");
        c.history = new PauseHistory(1L, List.of(), null, 46L, null, null);
        assertThat(c.decide().reason()).isEqualTo("NotRearmed");
        Case armed = running(HEALTHY + "BBBBBB" + "BBB");
        armed.history = c.history;
        assertThat(armed.decide().reason()).isEqualTo("BudgetExhausted");
    }

    @Test
    void aResumeRecordedInAnotherLedgerDoesNotDisarmForEver() {
        Case c = running(HEALTHY + "BBBBB");
        c.history = new PauseHistory(1L, List.of(), null, 1_000_000L, null, null);
        assertThat(c.decide().reason()).isEqualTo("BudgetExhausted");
    }

    @Test
    void observeSaysWhatItWouldDo() {
        Case c = running(HEALTHY + "BBBBB", BudgetFixtures.observe(POLICY));
        assertThat(c.decide()).isInstanceOf(PauseDecision.WouldPause.class);
        assertThat(c.decide().message()).startsWith("In Enforce mode the writers would be paused now (BudgetExhausted): 5 of 5");
    }

    @Test
    void peopleComeFirst() {
        Case c = running(HEALTHY + "BBBBB");
        c.hold = "maintenance until six";
        assertThat(c.decide().reason()).isEqualTo("Held");
        c.forceResume = true;
        assertThat(c.decide().reason()).isEqualTo("ForceResume");
        c.suspend = true;
        assertThat(c.decide().reason()).isEqualTo("ContractSuspended");
    }

    @Test
    void tooManyPausesWithinTheHourSuspendEnforcementUntilAcknowledged() {
        Case c = running(HEALTHY + "BBBBB");
        c.history = recent(c.now, 10, 20, 30, 40);
        c.acknowledge = "earlier";
        PauseDecision decision = c.decide();
        assertThat(decision).isEqualTo(new PauseDecision.Suspend("EnforcementSuspended", decision.message(), "earlier"));

        c.history = new PauseHistory(4L, List.of(), null, null, true, "earlier");
        assertThat(c.decide()).isInstanceOf(PauseDecision.Stay.class).extracting(PauseDecision::reason).isEqualTo("EnforcementSuspended");
        c.acknowledge = "looked at it, jd";
        assertThat(c.decide()).isInstanceOfSatisfying(PauseDecision.Rearm.class, r -> assertThat(r.acknowledged()).isEqualTo("looked at it, jd"));
        c.history = recent(c.now, 10, 20, 30, 70);
        assertThat(c.decide()).isInstanceOf(PauseDecision.Pause.class);
    }

    // Paused

    @Test
    void resumesWhenTheFenceWasSeenAndLagStaysLow() {
        Case c = draining();
        assertThat(c.decide()).isInstanceOf(PauseDecision.Resume.class).extracting(PauseDecision::reason).isEqualTo("Drained");
    }

    @Test
    void theFenceOfAnotherPauseProvesNothing() {
        Case c = draining();
        c.now = START.plus(Duration.ofMinutes(4));
        c.atPresent();
        c.report = with(c.report, 5, Duration.ofSeconds(90), "p-1", true, null);
        assertThat(c.decide().reason()).isEqualTo("WaitingForFence");
        c.report = with(c.report, 5, Duration.ofSeconds(90), "p-2", false, null);
        assertThat(c.decide().reason()).isEqualTo("WaitingForFence");
    }

    @Test
    void lowLagMustLastAndMustBeMeasured() {
        Case c = draining();
        c.report = with(c.report, 2, Duration.ofSeconds(90), "p-2", true, null);
        assertThat(c.decide().reason()).isEqualTo("WaitingForStableLag");
        c.report = with(c.report, 50, Duration.ofSeconds(59), "p-2", true, null);
        assertThat(c.decide().reason()).isEqualTo("WaitingForStableLag");
        c.report = with(c.report, 50, Duration.ofSeconds(90), "p-2", true, new Failure("ConnectFailed", "spec.target.store.host", "down", "look", false));
        assertThat(c.decide().reason()).isEqualTo("MeasurementMissing");
        c.report = null;
        assertThat(c.decide().reason()).isEqualTo("MeasurementMissing");
    }

    @Test
    void theMinimumDoublesWithEveryPauseOfTheHourUpToHalfOfTheMaximum() {
        assertThat(POLICY.minimumPause(1)).isEqualTo(Duration.ofMinutes(1));
        assertThat(POLICY.minimumPause(2)).isEqualTo(Duration.ofMinutes(2));
        assertThat(POLICY.minimumPause(4)).isEqualTo(Duration.ofMinutes(8));
        assertThat(POLICY.minimumPause(60)).isEqualTo(Duration.ofMinutes(15));
        Case c = draining();
        c.history = recent(c.now, 5, 20, 30);
        assertThat(c.decide().reason()).isEqualTo("Drained");
        c.history = recent(c.now, 5, 20, 30, 40);
        assertThat(c.decide().reason()).isEqualTo("MinimumPause");
    }

    @Test
    void theMaximumEndsWhatNobodyCanSeeInto() {
        Case c = draining();
        c.report = null;
        c.now = START.plus(Duration.ofMinutes(30));
        assertThat(c.decide()).isInstanceOf(PauseDecision.Resume.class).extracting(PauseDecision::reason).isEqualTo("MaximumPauseReached");
        c.hold = "we are on it";
        assertThat(c.decide().reason()).isEqualTo("Held");
        c.forceResume = true;
        assertThat(c.decide()).isEqualTo(new PauseDecision.Resume("ForceResume", c.decide().message()));
    }

    @Test
    @dev.concordat.testing.Case(value = "logic C", before = "pause.maximum lowered during a pause has no effect", now = "the pause ends that long after it began; a raised one does not lengthen it")
    void aMaximumThatIsLoweredDuringAPauseHoldsForItAndARaisedOneDoesNot() {
        Case c = draining();
        c.report = null;
        c.policy = BudgetFixtures.maximum(POLICY, Duration.ofMinutes(10));
        c.now = START.plus(Duration.ofMinutes(10)).minusSeconds(1);
        assertThat(c.decide().reason()).isEqualTo("MeasurementMissing");
        c.now = START.plus(Duration.ofMinutes(10));
        assertThat(c.decide().reason()).isEqualTo("MaximumPauseReached");
        c.policy = BudgetFixtures.maximum(POLICY, Duration.ofHours(2));
        c.now = START.plus(POLICY.maximumPause());
        assertThat(c.decide().reason()).isEqualTo("MaximumPauseReached");
    }

    @Test
    void wherePartialPausesAreRefusedOneWriterThatCannotBePausedEndsIt() {
        Case c = draining();
        c.report = with(c.report, 0, Duration.ZERO, null, false, null);
        c.state = WriterState.MISSING;
        assertThat(c.decide()).isInstanceOf(PauseDecision.Stay.class);
        c.refusePartial = true;
        assertThat(c.decide()).isInstanceOf(PauseDecision.Resume.class).extracting(PauseDecision::reason).isEqualTo("PartialPause");
        c.hold = "we are on it";
        assertThat(c.decide().reason()).isEqualTo("Held");
    }

    @Test
    void aPauseThatDoesNotHelpIsSaid() {
        Case c = draining();
        c.report = with(c.report, 0, Duration.ZERO, null, false, null);
        c.now = START.plus(Duration.ofSeconds(20)).plus(PauseDecisions.INEFFECTIVE_AFTER);
        assertThat(c.atPresent().decide().reason()).isEqualTo("PauseIneffective");
        c.now = c.now.minusSeconds(1);
        assertThat(c.atPresent().decide().reason()).isEqualTo("WaitingForFence");
    }

    @ParameterizedTest
    @CsvSource({"PAUSING", "FENCING", "DRAINING"})
    void whateverTheStepTheSpecDecides(PauseStep step) {
        Case c = draining();
        c.step = step;
        c.hold = "held";
        c.policy = BudgetFixtures.observe(POLICY);
        assertThat(c.decide()).isEqualTo(new PauseDecision.Resume("EnforcementObserve", c.decide().message()));
        c.policy = null;
        c.view = false;
        assertThat(c.decide().reason()).isEqualTo("BudgetRemoved");
        c.suspend = true;
        assertThat(c.decide().reason()).isEqualTo("ContractSuspended");
        c.deleted = true;
        assertThat(c.decide().reason()).isEqualTo("ContractDeleted");
        Case removed = draining();
        removed.step = step;
        removed.spec = List.of(new Writer("apps/v1", WriterKind.DEPLOYMENT, "another"));
        assertThat(removed.decide().reason()).isEqualTo("WritersChanged");
    }

    @Test
    void aResumeThatHasBegunGoesOn() {
        Case c = draining();
        c.step = PauseStep.RESUMING;
        c.hold = "too late";
        assertThat(c.decide()).isInstanceOf(PauseDecision.Resume.class).extracting(PauseDecision::reason).isEqualTo("Resuming");
    }

    private static Case running(String history) {
        return running(history, POLICY);
    }

    private static Case running(String history, BudgetPolicy policy) {
        Case c = new Case();
        c.policy = policy;
        c.report = report(60, 1000, states(history));
        c.now = START;
        return c;
    }

    /** Paused at START, stopped 20 s later, the fence seen, lag low; 6 minutes have passed. */
    private static Case draining() {
        Case c = new Case();
        c.step = PauseStep.DRAINING;
        c.now = START.plus(Duration.ofMinutes(6));
        c.history = recent(c.now, 6);
        c.atPresent();
        c.report = with(c.report, 5, Duration.ofSeconds(90), "p-2", true, null);
        return c;
    }

    private static PauseHistory recent(Instant now, int... minutesAgo) {
        return new PauseHistory((long) minutesAgo.length, Arrays.stream(minutesAgo).mapToObj(m -> now.minus(Duration.ofMinutes(m)).toString()).toList(), null, null, null, null);
    }

    private static final class Case {
        BudgetPolicy policy = POLICY;
        ProbeReport report;
        Instant now = START;
        PauseHistory history;
        PauseStep step;
        List<Writer> spec = List.of(IMPORTER);
        String hold;
        boolean forceResume;
        boolean suspend;
        boolean refusePartial;
        WriterState state = WriterState.VERIFIED;
        boolean deleted;
        String acknowledge;
        boolean view = true;
        Hearing hearing = Hearing.NEWS;

        /** A report whose last slice closed just now, with what it said of the fence. */
        Case atPresent() {
            ProbeReport fresh = report(60, 1000, states("G".repeat(40)));
            report = report == null ? fresh : with(fresh, report.freshProbes(), Duration.ofMillis(report.freshMillis()), report.fence(), report.fenceSeen(), report.failure());
            return this;
        }

        PauseDecision decide() {
            Pause pause = step == null ? null : new Pause("p-2", step, "BudgetExhausted", START.toString(), START.plus(POLICY.maximumPause()).toString(),
                    START.plusSeconds(20).toString(), "p-2", null, null, START.plusSeconds(20).toString(), null,
                    List.of(new PausedWriter("apps/v1", WriterKind.DEPLOYMENT, "importer", "d-1", 3, state, null, null)));
            BudgetView seen = policy == null || !view ? null
                    : BudgetView.of(BudgetFixtures.ledger(policy, report), policy, report, history == null ? null : history.resumedSlice(), hearing);
            return PauseDecisions.decide(new PauseInput(policy, seen, new Writers(null, pause, history), spec, report, suspend, deleted, hold, forceResume, acknowledge, refusePartial, now));
        }
    }
}
