package dev.concordat.operator;

import static dev.concordat.operator.Conditions.FALSE;
import static dev.concordat.operator.Conditions.TRUE;
import static dev.concordat.operator.Conditions.UNKNOWN;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.SyncContractStatus;
import dev.concordat.api.v1alpha1.SyncContractStatus.Check;
import dev.concordat.api.v1alpha1.SyncContractStatus.Drift;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.operator.RunFolding.Finding;
import dev.concordat.report.Failure;
import dev.concordat.report.RunReport;
import dev.concordat.report.Share;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

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

    static final String SUSPENDED = "Suspended";

    /** Reason while no check has ended yet. */
    static final String PENDING = "FirstCheckPending";

    /** Reasons of InSync=Unknown with a check that did all it was to do, and that was not to do enough to tell. */
    private static final Set<String> NOT_ALL = Set.of(RunReport.SAMPLE_ONLY, "SweepIncomplete", "PartOnly");

    private ContractConditions() {}

    /**
     * @param before     status as it is written
     * @param check      after folding
     * @param drift      after folding: what stands
     * @param finding    the run that was folded in on this visit; null when none was
     * @param compared   the generation that the finding's run was made for, which may be older than the one now planned
     * @param generation of the spec
     * @param budget     condition BudgetExhausted
     * @param writers    condition WritersPaused
     * @param probe      why the prober cannot measure; null when it can, or has nothing to measure
     * @param stalled    why a person has to act before pauses go on; null when none has to
     * @param place      namespace, for names in messages
     * @param refused    of the run in flight, why the cluster would not have its Job or its pod; null when it has
     */
    record Input(String place, SyncContractSpec spec, long generation, SyncContractStatus before, Check check, Drift drift, Finding finding, Long compared, Condition budget, Condition writers,
            Failure probe, String stalled, Condition refused) {}

    static List<Condition> of(Input in) {
        Condition inSync = inSync(in);
        Condition schema = schema(in);
        Condition ready = ready(in, inSync);
        List<Condition> all = new ArrayList<>(List.of(ready, inSync, schema, source(in), in.budget, in.writers));
        boolean pending = inSync.observedGeneration() == null || inSync.observedGeneration() < in.generation;
        if (pending && !in.spec.suspend()) {
            boolean started = in.check.active() != null && in.check.checkedGeneration() != null && in.check.checkedGeneration() == in.generation;
            all.add(Conditions.of(RECONCILING, TRUE, in.generation, "CheckPending", !started
                    ? "Generation " + in.generation + " has not been checked yet"
                    : "Check " + in.check.active().runId() + " (ReconcileJob " + in.check.active().name() + ") is the first of generation " + in.generation));
        }
        if (in.spec.suspend()) {
            // Nothing goes on until a person acts; who waits for Ready is told so at once.
            all.add(Conditions.of(STALLED, TRUE, in.generation, SUSPENDED, ready.message()));
        } else if (schema.isFalse()) {
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
            if (before != null && !before.reason().equals(PENDING) && !before.reason().equals(SUSPENDED)) {
                return before;
            }
            return in.spec.suspend() ? Conditions.of(IN_SYNC, UNKNOWN, null, SUSPENDED, "spec.suspend is true and no check has finished yet")
                    : Conditions.of(IN_SYNC, UNKNOWN, null, PENDING, "No check has finished yet");
        }
        Long generation = in.compared;
        if (!finding.verdict()) {
            String last = in.check.lastVerdictRunId() == null ? "No check has had a verdict yet" : "Last verdict: check " + in.check.lastVerdictRunId() + " at " + in.check.lastTime();
            return Conditions.of(IN_SYNC, UNKNOWN, generation, finding.succeeded().reason(),
                    Texts.sentences(finding.succeeded().message(), "Check " + finding.runId() + ", ReconcileJob " + in.place + "/" + finding.name(), last, Texts.owner(in.spec)));
        }
        return verdict(in, finding, in.drift, generation);
    }

    /** InSync after a check that compared what it was to compare. What stands of earlier drift stands, and nothing is said of what nobody looked at. */
    private static Condition verdict(Input in, Finding finding, Drift drift, Long generation) {
        var result = finding.result();
        ScopeType scope = finding.scope().type();
        String evidence = "Evidence: ChecksumRun " + in.place + "/" + drift.report();
        String gaps = Texts.gaps(result.gaps());
        long records = RunFolding.value(drift.records());
        long ppm = RunFolding.value(drift.ppm());
        long threshold = Long.parseLong(in.spec.verification().mismatchThreshold().replace("ppm", ""));
        boolean within = ppm <= threshold;
        if (records > 0 && !within) {
            String impact = in.spec.impact() == null ? null : in.spec.impact().duringDrift();
            String reason = DriftReason.of(Conditions.find(in.before.conditions(), IN_SYNC), finding, drift, threshold);
            return Conditions.of(IN_SYNC, FALSE, generation, reason, Texts.sentences(found(in, finding, drift, threshold), DriftReason.history(finding), first(finding, drift),
                    drift.worstPartition() == null ? null : "Worst partition: " + drift.worstPartition(), gaps, evidence, impact, Texts.owner(in.spec)));
        }
        String little = records == 0 ? null : Texts.sentences(found(in, finding, drift, threshold), DriftReason.history(finding), first(finding, drift), evidence);
        if (undecidedBeyond(in, drift, threshold)) {
            return Conditions.of(IN_SYNC, UNKNOWN, generation, "Undecided",
                    Texts.sentences(little, "With the records that could not be decided it may be more than the threshold allows", gaps, Texts.owner(in.spec)));
        }
        long rows = Math.max(RunFolding.value(result.rowsSource()), RunFolding.value(result.rowsTarget()));
        if (scope == ScopeType.SAMPLE) {
            String bound = result.coverage() == null ? null : result.coverage().bound();
            return Conditions.of(IN_SYNC, UNKNOWN, generation, RunReport.SAMPLE_ONLY, Texts.sentences(
                    little != null ? little : String.format(Locale.ROOT, "Check %d: none of the sample's %,d records differs", finding.runId(), rows) + Texts.unsettled(result.counts()),
                    bound, "A sample never proves that the stores agree", gaps, everything(in)));
        }
        if (scope == ScopeType.SWEEP && in.check.lastFullRunId() == null) {
            return Conditions.of(IN_SYNC, UNKNOWN, generation, "SweepIncomplete", Texts.sentences(
                    little != null ? little : String.format(Locale.ROOT, "Check %d: none of the %,d records that the sweep has compared so far differs", finding.runId(), drifted(drift)) + Texts.unsettled(result.counts()),
                    sweptSoFar(in), gaps, everything(in)));
        }
        String none = String.format(Locale.ROOT, "Check %d: none of %,d records differs", finding.runId(), rows) + Texts.unsettled(result.counts());
        if (!comparedAsAsked(in, finding)) {
            return Conditions.of(IN_SYNC, UNKNOWN, generation, "PartOnly", Texts.sentences(little != null ? little : none, "Compared: " + covered(finding),
                    "What the contract asks for (" + Scopes.text(in.spec.verification().scope()) + ") has not been compared yet", gaps));
        }
        if (little != null) {
            return Conditions.of(IN_SYNC, TRUE, generation, "WithinThreshold", Texts.sentences(little, gaps, scope == ScopeType.FULL ? null : everything(in)));
        }
        if (scope == ScopeType.FULL) {
            return Conditions.of(IN_SYNC, TRUE, generation, "NoDrift", gaps == null ? none : Texts.sentences(none, gaps));
        }
        return Conditions.of(IN_SYNC, TRUE, generation, "NoDrift", Texts.sentences(none, "Compared: " + covered(finding), gaps, everything(in)));
    }

    /** Whether what could not be decided may be the drift that is beyond the threshold. */
    private static boolean undecidedBeyond(Input in, Drift drift, long threshold) {
        long undecided = Standings.count(drift.counts(), "undecided");
        return undecided > 0
                && Share.ppm(RunFolding.value(drift.records()) + undecided, drifted(drift)) > threshold;
    }

    /** Whether all that the contract asks for has been compared by the present rules: nothing is said of what nobody looked at. */
    private static boolean comparedAsAsked(Input in, Finding finding) {
        Scope asked = in.spec.verification().scope();
        return in.check.lastFullRunId() != null || Scopes.covers(finding.scope(), asked)
                || in.check.covered() != null && Scopes.covers(in.check.covered(), asked);
    }

    private static String sweptSoFar(Input in) {
        SyncContractStatus.Sweep sweep = in.check.sweep();
        if (sweep.sinceRunId() == null) {
            return "Where the sweep's round began is not known, so the next round counts";
        }
        return sweep.percent() < 100 ? sweep.percent() + " % of the first round is done"
                : "The first round is done, but for the records that could not be decided";
    }

    private static long drifted(Drift drift) {
        return Share.records(RunFolding.value(drift.rowsSource()), RunFolding.value(drift.rowsTarget()), drift.counts());
    }

    private static String covered(Finding finding) {
        var coverage = finding.result().coverage();
        return coverage == null || coverage.scope() == null ? Scopes.text(finding.scope()) : coverage.scope();
    }

    /** Since when every record is known. */
    private static String everything(Input in) {
        if (in.check.sweep() != null && in.check.sweep().oldestVerified() != null && in.spec.verification().scope().type() == ScopeType.SWEEP) {
            return "Every record was compared at " + in.check.sweep().oldestVerified() + " or later";
        }
        return in.check.lastFullRunId() == null ? "No check has compared every record yet" : "Every record was last compared by check " + in.check.lastFullRunId() + ", at " + in.check.lastFullTime();
    }

    /** What differs; when an earlier check found it, which, and what takes it back. */
    private static String found(Input in, Finding finding, Drift drift, long threshold) {
        long ppm = RunFolding.value(drift.ppm());
        String numbers = String.format(Locale.ROOT, "%,d of %,d records differ (%s), %d ppm %s %d ppm", RunFolding.value(drift.records()), drifted(drift), Texts.kinds(drift.counts()), ppm,
                ppm > threshold ? ">" : "<=", threshold) + Texts.unsettled(drift.counts());
        String others = others(in, drift);
        String where = where(in, finding, drift, numbers);
        return others == null ? where : where + ". " + others;
    }

    private static String where(Input in, Finding finding, Drift drift, String numbers) {
        ScopeType scope = finding.scope().type();
        if (ofThisRound(in, finding, drift)) {
            return numbers + ", in the " + in.check.sweep().percent() + " % that the sweep's round has compared since check " + in.check.sweep().sinceRunId();
        }
        boolean here = drift.runId() == null || drift.runId() == finding.runId();
        if (here) {
            boolean takenBackBySame = drift.scope() == null || Scopes.covers(finding.scope(), drift.scope());
            return numbers + (scope == ScopeType.FULL ? "" : ", in " + covered(finding)) + (takenBackBySame ? "" : ". " + remedy(drift));
        }
        long also = RunFolding.value(finding.result().records());
        return String.format(Locale.ROOT, "Check %d found that ", drift.runId()) + numbers
                + String.format(Locale.ROOT, ". Check %d (%s) found %s, and does not cover that. %s", finding.runId(), covered(finding), also == 0 ? "no difference" : String.format(Locale.ROOT, "%,d that differ", also), remedy(drift));
    }

    /** Whether the numbers are those of the sweep's round that the check is a part of. */
    private static boolean ofThisRound(Input in, Finding finding, Drift drift) {
        Long since = in.check.sweep() == null ? null : in.check.sweep().sinceRunId();
        return finding.scope().type() == ScopeType.SWEEP && since != null && RunFolding.value(drift.runId()) >= since
                && drifting(in).stream().anyMatch(standing -> standing.runId().equals(drift.runId()) && standing.scope().type() == ScopeType.SWEEP);
    }

    /** Which other checks found drift that stands. */
    private static String others(Input in, Drift drift) {
        String checks = drifting(in).stream().filter(standing -> !standing.runId().equals(drift.runId())).map(standing -> standing.runId().toString())
                .collect(Collectors.joining(", "));
        return checks.isEmpty() ? null : "Drift stands as well that was found by check " + checks;
    }

    private static List<SyncContractStatus.Standing> drifting(Input in) {
        return in.check.standing() == null ? List.of() : Standings.of(SyncContractStatus.What.DRIFT, in.check.standing());
    }

    private static String remedy(Drift drift) {
        boolean everything = drift.scope() == null || drift.scope().type() == ScopeType.FULL || drift.scope().type() == ScopeType.SAMPLE || drift.scope().type() == ScopeType.SWEEP;
        return everything ? "A full check that finds none takes it back: a deep check, a complete round of a sweep, or a ReconcileJob with spec.scope.type Full"
                : "A check of " + Scopes.text(drift.scope()) + ", or a full one, takes it back when it finds none";
    }

    private static String first(Finding finding, Drift drift) {
        boolean here = drift.runId() == null || drift.runId() == finding.runId();
        return !here || finding.result().sample().isEmpty() ? null : "First: " + finding.result().sample().getFirst();
    }

    private static Condition unmeasured(Input in, Condition inSync) {
        return Conditions.of(READY, FALSE, inSync.observedGeneration(), in.probe.reason(), Texts.sentences("Lag cannot be measured: " + in.probe.text(), Texts.owner(in.spec)));
    }

    private static Condition ready(Input in, Condition inSync) {
        if (in.spec.suspend()) {
            return Conditions.of(READY, FALSE, in.generation, SUSPENDED, "spec.suspend is true: nothing is checked, measured or paused. InSync says what the last check found");
        }
        if (in.refused != null) {
            return Conditions.of(READY, FALSE, inSync.observedGeneration(), in.refused.reason(),
                    Texts.sentences("Check " + in.check.active().runId() + " cannot start: " + in.refused.message(), Texts.owner(in.spec)));
        }
        if (inSync.status().equals(UNKNOWN) && !NOT_ALL.contains(inSync.reason())) {
            boolean early = inSync.reason().equals(PENDING) || inSync.reason().equals(SUSPENDED);
            if (early && in.probe != null) {
                return unmeasured(in, inSync);
            }
            return Conditions.of(READY, early ? UNKNOWN : FALSE, inSync.observedGeneration(), inSync.reason(), inSync.message());
        }
        if (in.probe != null) {
            return unmeasured(in, inSync);
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

    /** What was not looked for is not known: True only once every record has been read. */
    private static Condition source(Input in) {
        Long generation = in.compared == null ? in.generation : in.compared;
        var unreliable = in.check.unreliable();
        if (unreliable != null) {
            return Conditions.of(SOURCE_RELIABLE, FALSE, generation, "SourceContradictsItself", Texts.sentences(
                    String.format(Locale.ROOT, "Check %d: the source said different things of %,d records in reads in a row, though they had not changed. They are not counted as drift, and nothing should be copied from them",
                            unreliable.runId(), unreliable.records()),
                    unreliable.first() == null ? null : "First: " + unreliable.first(),
                    "Look for a replica or a cache behind the address, a view or generated column that is not deterministic, or a damaged index", "Evidence: ChecksumRun " + in.place + "/" + unreliable.report(),
                    Texts.owner(in.spec)));
        }
        if (in.check.lastFullRunId() != null) {
            return Conditions.of(SOURCE_RELIABLE, TRUE, generation, "NoContradiction", "Every record had been read by the end of check " + in.check.lastFullRunId() + "; the source did not contradict itself");
        }
        return Conditions.of(SOURCE_RELIABLE, UNKNOWN, generation, "NoFullCheckYet", "No check has read every record yet");
    }
}
