package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.ReconcileJobSpec;
import dev.concordat.api.v1alpha1.ReconcileJobStatus;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.SyncContractStatus;
import dev.concordat.api.v1alpha1.SyncContractStatus.ActiveRun;
import dev.concordat.api.v1alpha1.SyncContractStatus.Check;
import dev.concordat.api.v1alpha1.SyncContractStatus.Drift;
import dev.concordat.api.v1alpha1.SyncContractStatus.Trigger;
import dev.concordat.api.v1alpha1.Verification;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.operator.RunProgress.JobSeen;
import dev.concordat.report.Json;
import dev.concordat.report.RunReport;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Instant;
import java.util.List;

/** A contract's status as the operator keeps it, run after run, through the operator's own decisions and without a cluster. */
final class FoldedContract {
    private static final JobSeen ENDED = new JobSeen(JobSeen.State.COMPLETE, null, null, null, null, null);
    private static final SyncContractSpec SPEC = OperatorIT.contract("orders", "shop", "15m").getSpec();
    private static final Condition QUIET = Conditions.of("BudgetExhausted", "False", 1L, "NoBudget", "");
    private static final Condition RUNNING = Conditions.of("WritersPaused", "False", 1L, "NoBudget", "");

    private final SyncContractSpec spec;
    Check check = Check.EMPTY;
    Drift drift;
    List<Condition> conditions = List.of();

    FoldedContract(Scope scope, String threshold) {
        Verification v = SPEC.verification();
        Verification verification = new Verification(v.schedule(), scope, null, v.settle(), threshold, v.evidence(), v.worker());
        this.spec = new SyncContractSpec(SPEC.version(), SPEC.description(), SPEC.owner(), SPEC.suspend(), SPEC.source(), SPEC.target(), SPEC.record(),
                verification, SPEC.latency(), SPEC.writers(), SPEC.impact(), SPEC.gaps());
    }

    /** A run of the contract begins, with these rules and tables in force. */
    void starts(long id, Scope asked, String rules, String tables) {
        check = check.started(new ActiveRun(id, "orders-" + id, "u" + id, asked == null ? Trigger.SCHEDULE : Trigger.MANUAL, asked)).under(rules, tables);
    }

    /** A run as it has ended. */
    ReconcileJob ended(long id, Scope asked, Scope covered, RunReport report, String rules, String tables) {
        Instant now = at(id);
        ReconcileJobStatus started = ReconcileJobStatus.EMPTY.admitted(id).working("orders-" + id, Times.print(now), covered, List.of()).under(rules, tables);
        ReconcileJob run = new ReconcileJob();
        run.setMetadata(new ObjectMetaBuilder().withName("orders-" + id).withNamespace("shop").withUid("u" + id).build());
        run.setSpec(new ReconcileJobSpec("orders", null, asked, null));
        run.setStatus(RunProgress.next(started, 1, ENDED, report, "orders-" + id + "-report", "1h", now));
        return run;
    }

    static Instant at(long id) {
        return Instant.parse("2026-11-21T12:00:00Z").plusSeconds(id);
    }

    void visit(List<ReconcileJob> runs) {
        RunFolding.Folded folded = RunFolding.fold(check, drift, runs);
        SyncContractStatus before = new SyncContractStatus(1L, conditions, check, drift, null, null);
        check = folded.check();
        drift = folded.drift();
        conditions = Conditions.merge(before.conditions(), ContractConditions.of(new ContractConditions.Input("shop", spec, 1, before, check, drift,
                folded.finding(), 1L, QUIET, RUNNING, null, null, null)), at(1000));
    }

    /** The run in flight is gone. */
    void cancelled() {
        check = RunFolding.cancelled(check);
    }

    /** What is not in the written status is forgotten. */
    void restarts() {
        SyncContractStatus read = Json.read(Json.write(new SyncContractStatus(1L, conditions, check, drift, null, null)), SyncContractStatus.class);
        check = read.check();
        drift = read.drift();
        conditions = read.conditions();
    }

    Condition condition(String type) {
        return Conditions.find(conditions, type);
    }

    String state(String type) {
        return condition(type).status() + " " + condition(type).reason();
    }
}
