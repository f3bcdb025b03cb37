package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.SyncContractStatus;
import dev.concordat.api.v1alpha1.SyncContractStatus.LatencyState;
import dev.concordat.api.v1alpha1.SyncContractStatus.Ledger;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseHistory;
import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;
import dev.concordat.budget.BudgetLedger;
import dev.concordat.budget.BudgetPolicy;
import dev.concordat.budget.BudgetView;
import dev.concordat.budget.Finding;
import dev.concordat.budget.PauseDecision;
import dev.concordat.budget.PauseDecisions;
import dev.concordat.budget.PauseInput;
import dev.concordat.budget.PausedSlices;
import dev.concordat.report.Failure;
import dev.concordat.report.Json;
import dev.concordat.report.ProbeReport;
import dev.concordat.writer.Acknowledge;
import dev.concordat.writer.Claimant;
import dev.concordat.writer.PauseProtocol;
import dev.concordat.writer.Progress;
import dev.concordat.writer.WriterEvent;
import dev.concordat.writer.WritersCondition;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** The part of a visit that is about lag, budget and writers: folds the prober's report in, decides, and drives the pause protocol. */
final class LatencyLoop {
    /** Twice the longest time between two reports; measured by this process's own clock, from when it saw the last one. */
    static final Duration SILENCE = Duration.ofSeconds(2L * ProbeReport.BATCH_SECONDS);

    private record Heard(String resourceVersion, long at) {}

    private final View view;
    private final StatusWriter writer;
    private final PauseProtocol protocol;
    private final LongSupplier nanoClock;
    private final Map<String, Heard> heard = new ConcurrentHashMap<>();

    LatencyLoop(View view, StatusWriter writer, PauseProtocol protocol, LongSupplier nanoClock) {
        this.view = view;
        this.writer = writer;
        this.protocol = protocol;
        this.nanoClock = nanoClock;
    }

    /**
     * @param contract as the API server has it now: steps of a pause are written already
     * @param latency  for status; null without spec.latency
     * @param writers  for status
     * @param probe    why lag cannot be measured; null when it can or need not
     * @param stalled  why enforcement waits for a person; null when it does not
     * @param again    when the pause wants to be looked at; null when it does not
     */
    record Seen(SyncContract contract, LatencyState latency, Writers writers, Condition budget, Condition paused, Failure probe, String stalled, Duration again,
            List<WriterEvent> events) {}

    /** Everything that a decision about writers looks at. */
    private record Gathered(BudgetPolicy policy, Ledger ledger, BudgetView view, ProbeReport report, PauseInput input) {}

    Seen visit(SyncContract contract, Instant now) {
        SyncContractSpec spec = contract.getSpec();
        SyncContractStatus before = status(contract);
        Gathered gathered = gather(contract, now);
        PauseDecision decision = PauseDecisions.decide(gathered.input);
        Acknowledged written = new Acknowledged(contract);
        Progress progress = protocol.advance(Claimant.of(contract), gathered.input, decision, written);

        Long generation = ContractLoop.generation(contract);
        Condition oldBudget = Conditions.find(before.conditions(), ContractConditions.BUDGET_EXHAUSTED);
        boolean asItWas = spec.suspend() && oldBudget != null && spec.latency() != null;
        Condition budget = asItWas ? oldBudget : budget(spec, gathered, generation);
        Finding paused = WritersCondition.of(progress.writers(), decision);
        LatencyState latency = spec.latency() == null ? null : asItWas ? before.latency() : BudgetView.status(gathered.view, gathered.report, gathered.ledger);
        Boolean suspended = progress.writers().history() == null ? null : progress.writers().history().suspended();
        return new Seen(written.current, latency, tidy(progress.writers()), budget,
                Conditions.of(ContractConditions.WRITERS_PAUSED, paused.status(), generation, paused.reason(),
                        Conditions.TRUE.equals(paused.status()) ? Texts.sentences(paused.message(), Texts.owner(spec)) : paused.message()),
                probe(contract, gathered.report), Boolean.TRUE.equals(suspended) ? decision.message() : null, progress.requeue(), progress.events());
    }

    /** @param released the contract holds no writer any more */
    record Released(SyncContract contract, boolean released, Condition paused, Writers writers, Duration again, List<WriterEvent> events) {}

    /** Gives the writers back because the contract is being deleted. */
    Released release(SyncContract contract, boolean force, Instant now) {
        Gathered gathered = gather(contract, now);
        Acknowledged written = new Acknowledged(contract);
        Progress progress = protocol.release(Claimant.of(contract), gathered.input, force, written);
        Finding paused = WritersCondition.of(progress.writers(), PauseDecisions.decide(gathered.input));
        String waits = progress.waitsFor() == null ? null : "The deletion waits for: " + progress.waitsFor() + ". The annotation " + Api.FORCE_RELEASE + " lets the contract go without that";
        return new Released(written.current, progress.released(),
                Conditions.of(ContractConditions.WRITERS_PAUSED, paused.status(), ContractLoop.generation(contract), paused.reason(), Texts.sentences(paused.message(), waits)),
                tidy(progress.writers()), progress.requeue(), progress.events());
    }

    void forget(SyncContract contract) {
        heard.remove(contract.getMetadata().getUid());
    }

    private Gathered gather(SyncContract contract, Instant now) {
        SyncContractStatus status = status(contract);
        ProbeReport report = report(contract);
        BudgetPolicy policy = BudgetPolicy.of(contract.getSpec().latency()).orElse(null);
        Ledger before = status.latency() == null ? null : status.latency().ledger();
        Ledger ledger = policy == null ? null : BudgetLedger.fold(before, report, policy, PausedSlices.of(status.writers()));
        PauseHistory history = status.writers() == null ? null : status.writers().history();
        BudgetView budget = policy == null ? null : BudgetView.of(ledger, policy, history == null ? null : history.resumedSlice(), now);
        return new Gathered(policy, ledger, budget, report, PauseInput.of(contract, policy, budget, report, now));
    }

    private static Condition budget(SyncContractSpec spec, Gathered gathered, Long generation) {
        if (spec.latency() == null) {
            return Conditions.of(ContractConditions.BUDGET_EXHAUSTED, Conditions.FALSE, generation, "NoBudget", "spec.latency is not set: only drift is checked");
        }
        Finding finding = BudgetView.condition(gathered.policy, gathered.view);
        boolean burning = Conditions.TRUE.equals(finding.status()) || finding.reason().equals("FastBurn");
        String message = burning ? Texts.sentences(finding.message(), spec.impact() == null ? null : spec.impact().duringDelay(), Texts.owner(spec)) : finding.message();
        return Conditions.of(ContractConditions.BUDGET_EXHAUSTED, finding.status(), generation, finding.reason(), message);
    }

    /** The prober's report of this very contract; one of another that had the name is nobody's. */
    private ProbeReport report(SyncContract contract) {
        var meta = contract.getMetadata();
        return map(contract).flatMap(map -> Json.find(map.getData() == null ? null : map.getData().get(ProbeReport.DATA_KEY), ProbeReport.class))
                .filter(report -> report.contract() != null && meta.getUid().equals(report.contract().uid())).orElse(null);
    }

    private Optional<ConfigMap> map(SyncContract contract) {
        return view.probe(contract.getMetadata().getNamespace(), Names.probeReport(contract.getMetadata().getName()));
    }

    private Failure probe(SyncContract contract, ProbeReport report) {
        String uid = contract.getMetadata().getUid();
        if (contract.getSpec().latency() == null || contract.getSpec().suspend()) {
            heard.remove(uid);
            return null;
        }
        String version = map(contract).map(map -> map.getMetadata().getResourceVersion()).orElse("");
        long now = nanoClock.getAsLong();
        Heard last = heard.compute(uid, (key, old) -> old != null && old.resourceVersion.equals(version) ? old : new Heard(version, now));
        if (now - last.at > SILENCE.toNanos()) {
            return new Failure("ProberSilent", null, "Deployment " + contract.getMetadata().getNamespace() + "/concordat-prober has not reported on this contract for " + SILENCE.toMinutes() + " minutes",
                    "Its pod may not start or not reach the API server: kubectl describe deployment,pod -n " + contract.getMetadata().getNamespace()
                            + " -l app.kubernetes.io/name=concordat-prober", false);
        }
        return report == null ? null : report.failure();
    }

    private static SyncContractStatus status(SyncContract contract) {
        return contract.getStatus() == null ? SyncContractStatus.EMPTY : contract.getStatus();
    }

    private static Writers tidy(Writers writers) {
        return PauseHistory.EMPTY.equals(writers.history()) ? new Writers(writers.summary(), writers.pause(), null) : writers;
    }

    /** Writes status.writers under the resourceVersion of what was read, then under that of its own last write. */
    private final class Acknowledged implements Acknowledge {
        private SyncContract current;

        Acknowledged(SyncContract contract) {
            current = contract;
        }

        @Override
        public Writers write(Writers next) {
            SyncContractStatus s = status(current);
            current = writer.write(current, new SyncContractStatus(s.observedGeneration(), s.conditions(), s.check(), s.drift(), s.latency(), tidy(next)));
            return Objects.requireNonNullElseGet(status(current).writers(), () -> new Writers(null, null, null));
        }
    }
}
