package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.ReconcileJobSpec;
import dev.concordat.api.v1alpha1.ReconcileJobStatus;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.SyncContractStatus;
import dev.concordat.api.v1alpha1.SyncContractStatus.Check;
import dev.concordat.api.v1alpha1.SyncContractStatus.Drift;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.report.Failure;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Coverage;
import dev.concordat.report.RunReport.Verdict;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What runs of different scopes make of InSync and SourceReliable, run after run: nothing is declared gone by a check that did not look. */
class StandingDriftTest {
    private static final Scope WINDOW = new Scope(ScopeType.WINDOW, "updated_at", "2h", null, null, null);
    private static final Scope SAMPLE = new Scope(ScopeType.SAMPLE, null, null, 5, null, null);
    private static final Scope SWEEP = new Scope(ScopeType.SWEEP, null, null, 40, null, null);
    private static final Coverage WINDOWED = new Coverage("Window updated_at >= 2026-11-21 10:00:00", null, null, null, null, null, null, null);
    private static final Coverage SAMPLED = new Coverage("Sample of 5 % of the key's ranges", 5, 200L, 4000L, 0L, 14_866L, null, null);

    private Check check = Check.EMPTY;
    private Drift drift;
    private List<Condition> conditions = List.of();
    private Scope scopeOfContract = Scope.FULL;
    private long id;

    @Test
    void aWindowDoesNotTakeBackWhatAFullCheckFound() {
        run(Scope.FULL, Coverage.FULL, 5, 1000);
        assertThat(inSync()).isEqualTo("False DriftFound");
        run(WINDOW, WINDOWED, 0, 100);
        assertThat(inSync()).isEqualTo("False DriftFound");
        assertThat(message()).contains("Check 1 found that 5 of 1,000 records differ (5 Different), 5000 ppm > 100 ppm", "Check 2 (Window updated_at >= 2026-11-21 10:00:00) found no difference, and does not cover that",
                "A full check that finds none takes it back");
        assertThat(drift.records()).isEqualTo(5);
        assertThat(drift.consecutiveRuns()).isEqualTo(1);
        run(Scope.FULL, Coverage.FULL, 0, 1000);
        assertThat(inSync()).isEqualTo("True NoDrift");
        assertThat(drift.records()).isZero();
        assertThat(drift.consecutiveRuns()).isZero();
    }

    @Test
    void theSameWindowTakesItBackAndItsInSyncSaysWhatItCovers() {
        scopeOfContract = WINDOW;
        run(WINDOW, WINDOWED, 1, 100);
        assertThat(inSync()).isEqualTo("False DriftFound");
        assertThat(message()).contains("1 of 100 records differ", ", in Window updated_at");
        run(new Scope(ScopeType.WINDOW, "created_at", "2h", null, null, null), WINDOWED, 0, 100);
        assertThat(inSync()).as("another field").isEqualTo("False DriftFound");
        run(new Scope(ScopeType.WINDOW, "updated_at", "1h", null, null, null), WINDOWED, 0, 100);
        assertThat(inSync()).as("a shorter window").isEqualTo("False DriftFound");
        run(new Scope(ScopeType.WINDOW, "updated_at", "4h", null, null, null), WINDOWED, 0, 200);
        assertThat(inSync()).isEqualTo("True NoDrift");
        assertThat(message()).contains("none of 200 records differs", "Compared: Window updated_at >= 2026-11-21 10:00:00", "No check has compared every record yet");
        run(Scope.FULL, Coverage.FULL, 0, 1000);
        run(WINDOW, WINDOWED, 0, 100);
        assertThat(message()).contains("Every record was last compared by check 5, at 2026-11-21T12:00:05Z");
    }

    @Test
    void ofTwoDriftsTheWorseStandsUntilBothAreCovered() {
        run(new Scope(ScopeType.KEY_RANGE, null, null, null, "1", "100"), new Coverage("KeyRange id from 1", null, null, null, null, null, null, null), 2, 100);
        run(WINDOW, WINDOWED, 1, 100);
        assertThat(drift.records()).as("20,000 ppm are worse than 10,000").isEqualTo(2);
        assertThat(drift.consecutiveRuns()).isEqualTo(2);
        run(WINDOW, WINDOWED, 0, 100);
        assertThat(inSync()).startsWith("False ");
        run(new Scope(ScopeType.KEY_RANGE, null, null, null, "1", "100"), WINDOWED, 0, 100);
        assertThat(inSync()).as("each was taken back by a check that looked, and the rest was never looked at").isEqualTo("Unknown PartOnly");
        assertThat(message()).contains("none of 100 records differs", "What the contract asks for (Full) has not been compared yet");
        assertThat(state("Ready")).isEqualTo("True Enforced");
        run(Scope.FULL, Coverage.FULL, 0, 1000);
        assertThat(inSync()).isEqualTo("True NoDrift");
    }

    @Test
    void aFailedCheckMakesNothingOfDriftThatStands() {
        run(Scope.FULL, Coverage.FULL, 5, 1000);
        fail("StoreUnreachable", false);
        assertThat(inSync()).isEqualTo("Unknown StoreUnreachable");
        run(WINDOW, WINDOWED, 0, 100);
        assertThat(inSync()).isEqualTo("False DriftFound");
    }

    @Test
    void aCleanSampleIsNeverInSyncAndNeverAnError() {
        run(SAMPLE, SAMPLED, 0, 50);
        assertThat(inSync()).isEqualTo("Unknown SampleOnly");
        assertThat(message()).contains("Check 1: none of the sample's 50 records differs", "200 of 4,000 groups of neighbouring records were drawn", "with 95 % confidence at most 14,866 in a million",
                "A sample never proves that the stores agree", "No check has compared every record yet");
        assertThat(state("Ready")).isEqualTo("True Enforced");
        assertThat(state("SchemaCompatible")).isEqualTo("True SchemasMatch");
        assertThat(state("SourceReliable")).isEqualTo("Unknown NoFullCheckYet");
        assertThat(check.lastVerdictRunId()).isEqualTo(1);
        run(Scope.FULL, Coverage.FULL, 0, 1000);
        assertThat(inSync()).isEqualTo("True NoDrift");
        run(SAMPLE, SAMPLED, 0, 50);
        assertThat(inSync()).isEqualTo("Unknown SampleOnly");
    }

    @Test
    void driftThatASampleFindsIsTakenBackByAFullCheckAlone() {
        run(SAMPLE, SAMPLED, 1, 50);
        assertThat(inSync()).isEqualTo("False DriftFound");
        run(SAMPLE, SAMPLED, 0, 50);
        assertThat(inSync()).as("it drew other records").isEqualTo("False DriftFound");
        run(Scope.FULL, Coverage.FULL, 0, 1000);
        assertThat(inSync()).isEqualTo("True NoDrift");
    }

    @Test
    void aSweepIsInSyncOnceARoundIsCompleteAndTakesBackDriftWithTheNextCleanRound() {
        scopeOfContract = SWEEP;
        part(null, "400", 0);
        assertThat(inSync()).isEqualTo("Unknown SweepIncomplete");
        assertThat(message()).contains("none of the 400 records that the sweep has compared so far differs", "40 % of the first round is done");
        assertThat(state("Ready")).isEqualTo("True Enforced");
        part("400", "800", 0);
        assertThat(check.sweep().percent()).isEqualTo(80);
        assertThat(check.sweep().oldestVerified()).isNull();
        part("800", null, 0);
        assertThat(inSync()).isEqualTo("True NoDrift");
        assertThat(check.sweep().percent()).isEqualTo(100);
        assertThat(check.sweep().oldestVerified()).isEqualTo("2026-11-21T12:00:01Z");
        assertThat(message()).contains("Every record was compared at 2026-11-21T12:00:01Z or later");
        assertThat(state("SourceReliable")).isEqualTo("True NoContradiction");

        part(null, "400", 2);
        assertThat(inSync()).startsWith("False ");
        part("400", "800", 1);
        assertThat(drift.records()).as("of the round so far").isEqualTo(3);
        assertThat(message()).contains("3 of 800 records differ (3 Different)", "in the 80 % that the sweep's round has compared since check 4");
        part("800", null, 0);
        assertThat(inSync()).as("the round was not clean").startsWith("False ");
        assertThat(drift.records()).isEqualTo(3);
        part(null, "400", 0);
        part("400", "800", 0);
        assertThat(inSync()).as("the rest of the round may still hold some").startsWith("False ");
        assertThat(check.sweep().oldestVerified()).as("of the round before").isEqualTo("2026-11-21T12:00:04Z");
        part("800", null, 0);
        assertThat(inSync()).isEqualTo("True NoDrift");
        assertThat(drift.records()).isZero();
    }

    @Test
    void theLastPartOfARoundAgainIsNoRound() {
        scopeOfContract = SWEEP;
        part("800", null, 0);
        assertThat(inSync()).as("nobody knows of the round's beginning").isEqualTo("Unknown SweepIncomplete");
        part(null, "800", 3);
        part("800", null, 0);
        assertThat(inSync()).isEqualTo("False DriftFound");
        part("800", null, 0);
        assertThat(inSync()).isEqualTo("False DriftFound");
        assertThat(drift.records()).isEqualTo(3);
    }

    @Test
    void aDeepCheckSpeaksForThePartsOfTheRoundBeforeIt() {
        scopeOfContract = SWEEP;
        part(null, "400", 2);
        run(Scope.FULL, Coverage.FULL, 0, 1000);
        assertThat(inSync()).isEqualTo("True NoDrift");
        part("400", "800", 0);
        assertThat(inSync()).isEqualTo("True NoDrift");
        part("800", null, 0);
        assertThat(inSync()).isEqualTo("True NoDrift");
    }

    @Test
    void aSourceThatContradictsItselfIsUnreliableUntilACheckThatCoversItFindsNone() {
        assertThat(state("SourceReliable")).isNull();
        run(WINDOW, WINDOWED, Map.of(), 100);
        assertThat(state("SourceReliable")).isEqualTo("Unknown NoFullCheckYet");
        run(Scope.FULL, Coverage.FULL, Map.of("unreliable", 2L), 1000);
        assertThat(state("SourceReliable")).isEqualTo("False SourceContradictsItself");
        assertThat(condition("SourceReliable").message()).contains("Check 2: the source said different things of 2 records", "First: id=9: read as it was before (state read as 'a', then 'b', then 'a')", "Evidence: ChecksumRun shop/orders-2-report");
        assertThat(inSync()).as("it is no drift").isEqualTo("True NoDrift");
        run(WINDOW, WINDOWED, Map.of(), 100);
        assertThat(state("SourceReliable")).isEqualTo("False SourceContradictsItself");
        run(Scope.FULL, Coverage.FULL, Map.of(), 1000);
        assertThat(state("SourceReliable")).isEqualTo("True NoContradiction");
    }

    @Test
    void recordsThatCouldNotBeDecidedKeepACheckFromSpeakingForEveryRecord() {
        run(Scope.FULL, Coverage.FULL, Map.of("different", 5L, "undecided", 7L), 1000);
        assertThat(check.lastFullRunId()).isNull();
        assertThat(message()).contains("7 more could not be decided");
        fail("Undecided", false);
        assertThat(inSync()).isEqualTo("Unknown Undecided");
    }

    @Test
    void aSchemaThatChangedStaysIncompatibleUntilACheckHasAVerdict() {
        run(Scope.FULL, Coverage.FULL, 0, 1000);
        fail("SchemaChanged", true);
        assertThat(state("SchemaCompatible")).isEqualTo("False SchemaChanged");
        assertThat(state("Stalled")).isEqualTo("True SchemaChanged");
        String list = condition("SchemaCompatible").message();
        assertThat(list).contains("source.c1 added (text); source.c2 added (text)", "source.c40 added (text)", "Remedy");
        fail("StoreUnreachable", false);
        assertThat(state("SchemaCompatible")).as("nobody looked").isEqualTo("False SchemaChanged");
        assertThat(condition("SchemaCompatible").message()).isEqualTo(list);
        run(WINDOW, WINDOWED, 0, 100);
        assertThat(state("SchemaCompatible")).isEqualTo("True SchemasMatch");
    }

    @Test
    void whatWasVerifiedByOtherRulesIsNotVerified() {
        scopeOfContract = SWEEP;
        check = check.started(new SyncContractStatus.ActiveRun(1L, "orders-1", null, SyncContractStatus.Trigger.SCHEDULE, null)).under("these", "tables");
        run(Scope.FULL, Coverage.FULL, 0, 1000);
        part(null, "400", 0);
        assertThat(inSync()).isEqualTo("True NoDrift");
        check = check.started(new SyncContractStatus.ActiveRun(3L, "orders-3", null, SyncContractStatus.Trigger.SCHEDULE, null)).under("these", "tables");
        part("400", "800", 0);
        assertThat(inSync()).as("the same rules").isEqualTo("True NoDrift");
        check = check.started(new SyncContractStatus.ActiveRun(4L, "orders-4", null, SyncContractStatus.Trigger.GENERATION, null)).under("others", "tables");
        part(null, "400", 0);
        assertThat(inSync()).isEqualTo("Unknown SweepIncomplete");
        assertThat(state("SourceReliable")).isEqualTo("Unknown NoFullCheckYet");
    }

    @Test
    void theEvidenceOfDriftThatStandsIsKeptHoweverManyChecksCameAfter() {
        List<ReconcileJob> runs = new ArrayList<>();
        for (long i = 1; i <= 6; i++) {
            ReconcileJob run = new ReconcileJob();
            run.setMetadata(new ObjectMetaBuilder().withName("orders-" + i).withNamespace("shop").build());
            run.setStatus(RunProgress.next(ReconcileJobStatus.EMPTY.admitted(i), 1, new RunProgress.JobSeen(RunProgress.JobSeen.State.COMPLETE, null, null, null, null, null),
                    report(Coverage.FULL, Map.of(), 1), "r", "1h", Instant.EPOCH));
            runs.add(run);
        }
        assertThat(ContractLoop.surplus(runs, 6, java.util.Set.of())).extracting(r -> r.getStatus().runId()).containsExactlyInAnyOrder(1L, 2L, 3L);
        assertThat(ContractLoop.surplus(runs, 6, java.util.Set.of(2L))).extracting(r -> r.getStatus().runId()).containsExactlyInAnyOrder(1L, 3L);
    }

    @Test
    void gapsAndTheWorstPartitionAreToldAndCountNotAsDrift() {
        RunReport report = report(Coverage.FULL, Map.of(), 1000);
        fold(Scope.FULL, with(report, List.of(new RunReport.GapCount("test orders", 5, 0)), List.of()));
        assertThat(inSync()).isEqualTo("True NoDrift");
        assertThat(message()).contains("Left out by the contract's gaps: test orders (5 on the source, 0 on the target)");
        assertThat(drift.gaps()).containsExactly(new SyncContractStatus.GapRows("test orders", 5L, 0L));
        fold(Scope.FULL, with(report(Coverage.FULL, Map.of("different", 9L), 1000), List.of(), List.of(new RunReport.Partition("eu", 100, 9))));
        assertThat(message()).contains("Worst partition: eu: 9 of 100 records differ");
        assertThat(drift.worstPartition()).isEqualTo("eu: 9 of 100 records differ");
    }

    private void part(String from, String to, long different) {
        run(SWEEP, new Coverage("Sweep of 40 % of the records", to == null ? 20 : 40, null, null, null, null, from == null ? null : List.of(from), to == null ? null : List.of(to)), different, to == null ? 200 : 400);
    }

    private void run(Scope scope, Coverage coverage, long different, long rows) {
        run(scope, coverage, different == 0 ? Map.of() : Map.of("different", different), rows);
    }

    private void run(Scope scope, Coverage coverage, Map<String, Long> counts, long rows) {
        fold(scope, report(coverage, counts, rows));
    }

    private static RunReport report(Coverage coverage, Map<String, Long> counts, long rows) {
        boolean drift = RunReport.Kind.drifted(counts) > 0;
        boolean sample = coverage.units() != null && !drift;
        List<RunReport.Contradiction> contradictions = counts.containsKey("unreliable")
                ? List.of(new RunReport.Contradiction(Map.of("id", "9"), "read as it was before", List.of(new RunReport.Reads("state", List.of("a", "b", "a"))))) : List.of();
        return new RunReport(null, 0, "pod", RunReport.State.DONE, drift ? Verdict.DRIFT : sample ? Verdict.INCOMPLETE : Verdict.IN_SYNC,
                sample ? new Failure("SampleOnly", null, "no difference in a sample", "Compare in full", false) : null, null, new RunReport.Progress(100, rows, rows, 1),
                new RunReport.Rows(rows, rows), new HashMap<>(counts), null, null, null, null, contradictions, coverage, null, null, null, null, null);
    }

    private static RunReport with(RunReport r, List<RunReport.GapCount> gaps, List<RunReport.Partition> partitions) {
        return new RunReport(null, 0, "pod", r.state(), r.verdict(), null, null, r.progress(), r.rows(), r.counts(), null, null, gaps, partitions, null, r.coverage(), null, null, null, null, null);
    }

    private void fail(String reason, boolean schema) {
        List<String> changes = new ArrayList<>();
        for (int i = 1; i <= 40; i++) {
            changes.add("source.c" + i + " added (text)");
        }
        fold(Scope.FULL, new RunReport(null, 0, "pod", RunReport.State.DONE, Verdict.INCOMPLETE, new Failure(reason, null, String.join("; ", changes), "Remedy", schema), null,
                new RunReport.Progress(0, 0, 0, 0), null, null, null, null, null, null, null, null, null, null, null, null, null));
    }

    /** One run from its start to the contract's conditions, through the operator's own decisions. */
    private void fold(Scope scope, RunReport report) {
        id++;
        Instant now = Instant.parse("2026-11-21T12:00:00Z").plusSeconds(id);
        ReconcileJobStatus started = ReconcileJobStatus.EMPTY.admitted(id).working("orders-" + id, Times.print(now), scope, List.of());
        ReconcileJob run = new ReconcileJob();
        run.setMetadata(new ObjectMetaBuilder().withName("orders-" + id).withNamespace("shop").build());
        run.setSpec(new ReconcileJobSpec("orders", null, null, null));
        run.setStatus(RunProgress.next(started, 1, new RunProgress.JobSeen(RunProgress.JobSeen.State.COMPLETE, null, null, null, null, null), report, "orders-" + id + "-report", "1h", now));
        RunFolding.Folded folded = RunFolding.fold(check, drift, List.of(run));
        SyncContract contract = OperatorIT.contract("orders", "shop", "15m");
        var spec = contract.getSpec();
        var v = spec.verification();
        var verification = new dev.concordat.api.v1alpha1.Verification(v.schedule(), scopeOfContract, null, v.settle(), v.mismatchThreshold(), v.evidence(), v.worker());
        spec = new dev.concordat.api.v1alpha1.SyncContractSpec(spec.version(), spec.description(), spec.owner(), spec.suspend(), spec.source(), spec.target(), spec.record(), verification, spec.latency(),
                spec.writers(), spec.impact(), spec.gaps());
        SyncContractStatus before = new SyncContractStatus(1L, conditions, check, drift, null, null);
        check = folded.check();
        drift = folded.drift();
        Condition quiet = Conditions.of("BudgetExhausted", "False", 1L, "NoBudget", "");
        conditions = Conditions.merge(before.conditions(), ContractConditions.of(new ContractConditions.Input("shop", spec, 1, before, check, drift, folded.finding(), 1L, quiet,
                Conditions.of("WritersPaused", "False", 1L, "NoBudget", ""), null, null, null)), now);
    }

    private Condition condition(String type) {
        return Conditions.find(conditions, type);
    }

    private String state(String type) {
        return condition(type) == null ? null : condition(type).status() + " " + condition(type).reason();
    }

    private String inSync() {
        return state("InSync");
    }

    private String message() {
        return condition("InSync").message();
    }
}
