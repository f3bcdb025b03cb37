package dev.concordat.operator;

import static dev.concordat.operator.Conditions.FALSE;
import static dev.concordat.operator.Conditions.TRUE;
import static dev.concordat.operator.Conditions.UNKNOWN;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.SyncContractStatus;
import dev.concordat.api.v1alpha1.SyncContractStatus.Check;
import dev.concordat.operator.RunFolding.Finding;
import dev.concordat.report.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * From what was gathered to the conditions of a contract. Pure. All six are there from the first visit. Drift is an observation and not a
 * failure to enforce the contract: a drifting contract is Ready=True, InSync=False, or one drift would hold up every Flux wait. A check
 * that failed is never drift: Ready=False says why, and InSync is Unknown.
 */
final class ContractConditions {
    static final String READY = "Ready";
    static final String IN_SYNC = "InSync";
    static final String SCHEMA_COMPATIBLE = "SchemaCompatible";
    static final String SOURCE_RELIABLE = "SourceReliable";
    static final String BUDGET_EXHAUSTED = "BudgetExhausted";
    static final String WRITERS_PAUSED = "WritersPaused";
    static final String RECONCILING = "Reconciling";
    static final String STALLED = "Stalled";

    /** Reason while no check has ended yet. */
    static final String PENDING = "FirstCheckPending";

    private ContractConditions() {}

    /**
     * @param before     status as it is written
     * @param check      after folding
     * @param finding    the run that was folded in on this visit; null when none was
     * @param compared   the generation that the finding's run was made for, which may be older than the one now planned
     * @param generation of the spec
     * @param budget     condition BudgetExhausted
     * @param writers    condition WritersPaused
     * @param probe      why the prober cannot measure; null when it can, or has nothing to measure
     * @param stalled    why a person has to act before pauses go on; null when none has to
     * @param place      namespace, for names in messages
     */
    record Input(String place, SyncContractSpec spec, long generation, SyncContractStatus before, Check check, Finding finding, Long compared, Condition budget, Condition writers,
            Failure probe, String stalled) {}

    static List<Condition> of(Input in) {
        Condition inSync = inSync(in);
        Condition schema = schema(in);
        Condition ready = ready(in, inSync);
        List<Condition> all = new ArrayList<>(List.of(ready, inSync, schema, source(in), in.budget, in.writers));
        boolean pending = inSync.observedGeneration() == null || inSync.observedGeneration() < in.generation;
        if (pending && !in.spec.suspend()) {
            all.add(Conditions.of(RECONCILING, TRUE, in.generation, "CheckPending", in.check.active() == null
                    ? "Generation " + in.generation + " has not been checked yet"
                    : "Check " + in.check.active().runId() + " (ReconcileJob " + in.check.active().name() + ") is the first of generation " + in.generation));
        }
        if (schema.isFalse()) {
            all.add(Conditions.of(STALLED, TRUE, in.generation, schema.reason(), schema.message()));
        } else if (in.stalled != null) {
            all.add(Conditions.of(STALLED, TRUE, in.generation, "EnforcementSuspended", in.stalled));
        }
        return all;
    }

    private static Condition inSync(Input in) {
        Condition before = Conditions.find(in.before.conditions(), IN_SYNC);
        Finding finding = in.finding;
        if (finding == null) {
            if (before != null && !before.reason().equals(PENDING) && !before.reason().equals("Suspended")) {
                return before;
            }
            return in.spec.suspend() ? Conditions.of(IN_SYNC, UNKNOWN, null, "Suspended", "spec.suspend is true and no check has finished yet")
                    : Conditions.of(IN_SYNC, UNKNOWN, null, PENDING, "No check has finished yet");
        }
        Long generation = in.compared;
        if (!finding.verdict()) {
            String last = in.check.lastVerdictRunId() == null ? "No check has had a verdict yet" : "Last verdict: check " + in.check.lastVerdictRunId() + " at " + in.check.lastTime();
            return Conditions.of(IN_SYNC, UNKNOWN, generation, finding.succeeded().reason(),
                    Texts.sentences(finding.succeeded().message(), "Check " + finding.runId() + ", ReconcileJob " + in.place + "/" + finding.name(), last, Texts.owner(in.spec)));
        }
        var result = finding.result();
        long rows = Math.max(RunFolding.value(result.rowsSource()), RunFolding.value(result.rowsTarget()));
        long records = RunFolding.value(result.records());
        if (records == 0) {
            return Conditions.of(IN_SYNC, TRUE, generation, "NoDrift", String.format(Locale.ROOT, "Check %d: none of %,d records differs", finding.runId(), rows)
                    + Texts.unsettled(result.counts()));
        }
        long ppm = RunFolding.value(result.ppm());
        long threshold = Long.parseLong(in.spec.verification().mismatchThreshold().replace("ppm", ""));
        String found = String.format(Locale.ROOT, "%,d of %,d records differ (%s), %d ppm %s %d ppm", records, rows, Texts.kinds(result.counts()), ppm,
                ppm > threshold ? ">" : "<=", threshold) + Texts.unsettled(result.counts());
        String first = result.sample().isEmpty() ? null : "First: " + result.sample().getFirst();
        String evidence = "Evidence: ConfigMap " + in.place + "/" + result.report();
        if (ppm <= threshold) {
            return Conditions.of(IN_SYNC, TRUE, generation, "WithinThreshold", Texts.sentences(found, first, evidence));
        }
        String impact = in.spec.impact() == null ? null : in.spec.impact().duringDrift();
        return Conditions.of(IN_SYNC, FALSE, generation, "DriftFound", Texts.sentences(found, first, evidence, impact, Texts.owner(in.spec)));
    }

    private static Condition ready(Input in, Condition inSync) {
        if (inSync.status().equals(UNKNOWN)) {
            boolean early = inSync.reason().equals(PENDING) || inSync.reason().equals("Suspended");
            return Conditions.of(READY, early ? UNKNOWN : FALSE, inSync.observedGeneration(), inSync.reason(), inSync.message());
        }
        if (in.spec.suspend()) {
            return Conditions.of(READY, TRUE, inSync.observedGeneration(), "Suspended", "spec.suspend is true: nothing is checked, measured or paused. InSync says what the last check found");
        }
        if (in.probe != null) {
            return Conditions.of(READY, FALSE, inSync.observedGeneration(), in.probe.reason(), Texts.sentences("Lag cannot be measured: " + in.probe.text(), Texts.owner(in.spec)));
        }
        return Conditions.of(READY, TRUE, inSync.observedGeneration(), "Enforced",
                "The contract between " + in.spec.source().system() + " and " + in.spec.target().system() + " is being enforced" + (in.spec.description() == null ? "" : ": " + in.spec.description()));
    }

    private static Condition schema(Input in) {
        Condition before = Conditions.find(in.before.conditions(), SCHEMA_COMPATIBLE);
        if (in.finding != null && in.finding.verdict()) {
            return Conditions.of(SCHEMA_COMPATIBLE, TRUE, in.compared, "SchemasMatch", "Both tables have the columns and types that the contract relies on");
        }
        if (in.finding != null && in.finding.schema()) {
            return Conditions.of(SCHEMA_COMPATIBLE, FALSE, in.compared, in.finding.succeeded().reason(),
                    Texts.sentences(in.finding.succeeded().message(), "Nothing is compared until this is put right", Texts.owner(in.spec)));
        }
        return before != null ? before : Conditions.of(SCHEMA_COMPATIBLE, UNKNOWN, null, PENDING, "No check has read the schemas yet");
    }

    /** Nothing looks for it yet, and what was not looked for is not known. */
    private static Condition source(Input in) {
        return Conditions.of(SOURCE_RELIABLE, UNKNOWN, in.generation, "NotExamined", "Checks of this version do not examine whether the source contradicts itself");
    }
}
