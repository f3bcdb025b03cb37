package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.SyncContractStatus;
import dev.concordat.api.v1alpha1.SyncContractStatus.LatencyState;
import dev.concordat.api.v1alpha1.SyncContractStatus.Ledger;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseHistory;
import dev.concordat.api.v1alpha1.SyncContractStatus.Silence;
import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;
import dev.concordat.budget.BudgetCondition;
import dev.concordat.budget.BudgetLedger;
import dev.concordat.budget.BudgetPolicy;
import dev.concordat.budget.BudgetView;
import dev.concordat.budget.Finding;
import dev.concordat.budget.Hearing;
import dev.concordat.budget.Lateness;
import dev.concordat.budget.PauseDecision;
import dev.concordat.budget.PauseDecisions;
import dev.concordat.budget.PauseInput;
import dev.concordat.internal.LatencyProbe;
import dev.concordat.report.Failure;
import dev.concordat.report.ProbeReport;
import dev.concordat.writer.Acknowledge;
import dev.concordat.writer.Claimant;
import dev.concordat.writer.PauseProtocol;
import dev.concordat.writer.Progress;
import dev.concordat.writer.WriterEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;

/** The part of a visit that is about lag, budget and writers: folds the prober's report in, decides, and drives the pause protocol. */
final class LatencyLoop {
    private final View view;
    private final StatusWriter writer;
    private final PauseProtocol protocol;
    private final ProberPulse pulse;
    private final Ledgers ledgers;

    LatencyLoop(View view, StatusWriter writer, PauseProtocol protocol, LongSupplier nanoClock) {
        this.view = view;
        this.writer = writer;
        this.protocol = protocol;
        this.pulse = new ProberPulse(nanoClock);
        this.ledgers = new Ledgers(nanoClock);
    }

    /** From now on whatever the prober says of this contract is news. The first visit says so too. */
    void listen(String uid) {
        pulse.listen(uid);
    }

    /**
     * @param contract as the API server has it now: steps of a pause are written already
     * @param latency  for status; null without spec.latency
     * @param writers  for status
     * @param probe    why lag cannot be measured; null when it can or need not
     * @param stalled  why enforcement waits for a person; null when it does not
     * @param news     the ledger holds more than Good slices that status does not know of
     * @param again    when the pause, or the prober's silence, wants to be looked at; null when nothing does
     */
    record Seen(SyncContract contract, LatencyState latency, Writers writers, Condition budget, Condition paused,
            Failure probe, String stalled, boolean news, Duration again, List<WriterEvent> events) {}

    /** Everything that a decision about writers looks at. */
    private record Gathered(
            BudgetPolicy policy, BudgetLedger ledger, boolean news, BudgetView view, ProbeReport report, Hearing hearing,
            Silence silent, PauseInput input) {
        /** When silence would begin; null when nobody is to probe, or it has begun. */
        Duration patience() {
            return hearing == null || hearing.silent() ? null : Hearing.SILENCE.minus(hearing.since()).plusMillis(50);
        }
    }

    Seen visit(SyncContract contract, Instant now) {
        SyncContractSpec spec = contract.getSpec();
        Gathered gathered = gather(contract, now);
        PauseDecision decision = PauseDecisions.decide(gathered.input);
        Acknowledged written = new Acknowledged(contract);
        Progress progress = protocol.advance(Claimant.of(contract), gathered.input, decision, written);

        Long generation = ContractLoop.generation(contract);
        Condition budget = budget(spec, gathered, generation);
        Finding paused = progress.condition();
        boolean waits = decision.reason().equals("EnforcementSuspended");
        return new Seen(written.current, latency(spec, gathered), tidy(progress.writers()), budget,
                Conditions.of(ContractConditions.WRITERS_PAUSED, paused.status(), generation, paused.reason(),
                        Conditions.TRUE.equals(paused.status()) ? Texts.sentences(paused.message(), Texts.owner(spec)) : paused.message()),
                probe(contract, gathered), waits ? decision.message() : null, gathered.news, earlier(progress.requeue(), gathered.patience()), progress.events());
    }

    /** @param released the contract holds no writer any more */
    record Released(SyncContract contract, boolean released, Condition paused, Writers writers, Duration again, List<WriterEvent> events) {}

    /** Gives the writers back because the contract is being deleted. */
    Released release(SyncContract contract, boolean force, Instant now) {
        Gathered gathered = gather(contract, now);
        Acknowledged written = new Acknowledged(contract);
        Progress progress = protocol.release(Claimant.of(contract), gathered.input, force, written);
        Finding paused = progress.condition();
        String waits = progress.waitsFor() == null ? null : "The deletion waits for: " + progress.waitsFor() + ". The annotation " + Api.FORCE_RELEASE + " lets the contract go without that";
        return new Released(written.current, progress.released(),
                Conditions.of(ContractConditions.WRITERS_PAUSED, paused.status(), ContractLoop.generation(contract), paused.reason(), Texts.sentences(paused.message(), waits)),
                tidy(progress.writers()), progress.requeue(), progress.events());
    }

    void forget(SyncContract contract) {
        pulse.forget(contract.getMetadata().getUid());
        ledgers.forget(contract.getMetadata().getUid());
        Writers writers = status(contract).writers();
        protocol.gone(Claimant.of(contract), writers == null ? null : writers.pause());
    }

    private Gathered gather(SyncContract contract, Instant now) {
        SyncContractStatus status = status(contract);
        String uid = contract.getMetadata().getUid();
        ProbeReport report = report(contract);
        BudgetPolicy policy = BudgetPolicy.of(contract.getSpec().latency()).orElse(null);
        Ledger stored = status.latency() == null ? null : status.latency().ledger();
        if (contract.getSpec().latency() == null) {
            pulse.forget(uid);
            ledgers.forget(uid);
            return new Gathered(null, null, false, null, null, null, null, PauseInput.of(contract, null, null, null, now));
        }
        Silence before = status.latency() == null ? null : status.latency().silent();
        Hearing hearing = contract.getSpec().suspend() ? pulse.rest(uid) : pulse.hear(uid, report, before);
        Silence silent = hearing.silent() ? ProberPulse.silence(report, before, now, hearing.since()) : null;
        Ledgers.Folded folded = ledgers.fold(uid, stored, policy, report, status.writers());
        PauseHistory history = status.writers() == null ? null : status.writers().history();
        Long resumed = history == null ? null : history.resumedSlice();
        BudgetView budget = policy == null ? null : BudgetView.of(folded.ledger(), policy, report, resumed, hearing);
        Hearing listens = contract.getSpec().suspend() ? null : hearing;
        return new Gathered(policy, folded.ledger(), folded.news(), budget, report, listens, silent,
                PauseInput.of(contract, policy, budget, report, now));
    }

    private static LatencyState latency(SyncContractSpec spec, Gathered gathered) {
        if (spec.latency() == null) {
            return null;
        }
        Ledger ledger = gathered.ledger == null || gathered.ledger.blank() ? null : gathered.ledger.written();
        if (spec.suspend()) {
            // A number that nobody keeps up is not shown as if somebody did.
            return ledger == null ? null : new LatencyState(null, null, null, null, null, null, null, ledger);
        }
        String lag = gathered.silent == null ? Lateness.lag(gathered.report) : "?";
        BudgetView view = gathered.view;
        if (view == null || view.slices() == 0) {
            return new LatencyState(lag, null, null, null, null, null, gathered.silent, ledger);
        }
        return new LatencyState(lag, view.budgetText(), view.bad(), view.allowedText(), view.unknown(),
                view.coverageText(), gathered.silent, ledger);
    }

    private static Condition budget(SyncContractSpec spec, Gathered gathered, Long generation) {
        if (spec.latency() == null) {
            return Conditions.of(ContractConditions.BUDGET_EXHAUSTED, Conditions.FALSE, generation, "NoBudget", "spec.latency is not set: only drift is checked");
        }
        if (spec.suspend()) {
            return Conditions.of(ContractConditions.BUDGET_EXHAUSTED, Conditions.UNKNOWN, generation,
                    ContractConditions.SUSPENDED, "spec.suspend is true: lag is not measured");
        }
        Lateness late = gathered.policy == null ? null
                : Lateness.of(gathered.view, gathered.report, gathered.policy.ceiling(), gathered.silent);
        Finding finding = BudgetCondition.of(gathered.policy, gathered.view, late);
        boolean burning = Conditions.TRUE.equals(finding.status()) || finding.reason().equals("FastBurn");
        String message = burning ? Texts.sentences(finding.message(), spec.impact() == null ? null : spec.impact().duringDelay(), Texts.owner(spec)) : finding.message();
        return Conditions.of(ContractConditions.BUDGET_EXHAUSTED, finding.status(), generation, finding.reason(), message);
    }

    /** The prober's report of this very contract; one of another that had the name is nobody's. */
    private ProbeReport report(SyncContract contract) {
        var meta = contract.getMetadata();
        return view.probe(meta.getNamespace(), meta.getName()).filter(probe -> RunLoop.ownedBy(probe, contract)).map(LatencyProbe::getStatus)
                .filter(report -> report.contract() != null && meta.getUid().equals(report.contract().uid())).orElse(null);
    }

    private Failure probe(SyncContract contract, Gathered gathered) {
        Silence silent = gathered.silent;
        if (contract.getSpec().suspend()) {
            return null;
        }
        if (silent == null) {
            return gathered.report == null ? null : gathered.report.failure();
        }
        String namespace = contract.getMetadata().getNamespace();
        String said = silent.epoch() == 0 ? "it never has" : "its last report came at " + silent.since() + " and said "
                + Objects.requireNonNullElse(Lateness.lag(gathered.report), "nothing of lag");
        return new Failure("ProberSilent", null,
                "Deployment " + namespace + "/concordat-prober has not reported on this contract for more than "
                + Hearing.SILENCE.toMinutes() + " minutes: " + said,
                "Its pod may not start or not reach the API server: kubectl describe deployment,pod -n " + namespace
                + " -l app.kubernetes.io/name=concordat-prober", false);
    }

    private static Duration earlier(Duration a, Duration b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return a.compareTo(b) <= 0 ? a : b;
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
