package dev.concordat.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.ReconcileJobSpec;
import dev.concordat.api.v1alpha1.ReconcileJobStatus;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.SyncContractStatus;
import dev.concordat.api.v1alpha1.SyncContractStatus.ActiveRun;
import dev.concordat.api.v1alpha1.SyncContractStatus.Check;
import dev.concordat.api.v1alpha1.SyncContractStatus.Trigger;
import dev.concordat.api.v1alpha1.Verification;
import dev.concordat.contract.Rules;
import dev.concordat.operator.RunFolding.Folded;
import dev.concordat.operator.RunSchedule.Decision;
import dev.concordat.writer.WriterEvent;
import dev.concordat.report.Failure;
import dev.concordat.report.ProbeOrder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One visit to a SyncContract: gathers what happened, decides, writes what it decided, and then acts on it. Every act follows from the
 * written status, so that a crash at any point is made good by the next visit, and a second operator loses the write and does nothing.
 */
final class ContractLoop {
    private static final Logger log = LoggerFactory.getLogger(ContractLoop.class);
    private static final int SUCCESSFUL_RUNS = 3;
    private static final int FAILED_RUNS = 1;
    private static final int ATTEMPTS = 4;
    /** Reasons of WritersPaused that tell of a writer while no pause is in force; during a pause the protocol tells of each by itself. */
    private static final Set<String> WRITERS_ASTRAY = Set.of("WriterMissing", "WriterRefused", "ClaimsUnreadable", "RestoreUnknown", "HeldByOther", "NothingToPause");
    private static final Duration RELEASE_POLL = Duration.ofSeconds(5);
    private static final Duration REFUSED_POLL = Duration.ofSeconds(15);
    private static final Duration AT_ONCE = Duration.ofMillis(100);

    private final KubernetesClient client;
    private final View view;
    private final Clock clock;
    private final StatusWriter writer;
    private final EventRecorder events;
    private final ContractMetrics metrics;
    private final DataPlaneAccount account;
    private final ProberLoop prober;
    private final LatencyLoop latency;
    /** By contract uid: the slice in which numbers were last written. */
    private final Map<String, Long> shown = new ConcurrentHashMap<>();
    /** By contract uid: why the API server would not have the prober. Found anew by the next process. */
    private final Map<String, Failure> refused = new ConcurrentHashMap<>();

    ContractLoop(KubernetesClient client, View view, Clock clock, ContractMetrics metrics, DataPlaneAccount account, ProberLoop prober, LatencyLoop latency) {
        this.client = client;
        this.view = view;
        this.clock = clock;
        this.writer = new StatusWriter(client);
        this.events = new EventRecorder(client, clock);
        this.metrics = metrics;
        this.account = account;
        this.prober = prober;
        this.latency = latency;
    }

    /** Visits the contract; a write that raced with another one is decided anew on what the API server has now. */
    Outcome visit(SyncContract contract) {
        SyncContract current = contract;
        for (int attempt = 1; ; attempt++) {
            try {
                return once(current);
            } catch (KubernetesClientException e) {
                if (e.getCode() != 409 || attempt == ATTEMPTS) {
                    throw e;
                }
                current = client.resource(contract).get();
                if (current == null) {
                    return Outcome.DONE;
                }
            }
        }
    }

    /** The contract is gone. */
    void forget(SyncContract contract) {
        refused.remove(contract.getMetadata().getUid());
        metrics.remove(contract);
        prober.forget(contract);
        latency.forget(contract);
        shown.remove(contract.getMetadata().getUid());
    }

    private Outcome once(SyncContract read) {
        if (read.getMetadata().getDeletionTimestamp() != null) {
            return release(read);
        }
        // Before anything that a deletion would have to undo.
        SyncContract contract = needsFinalizer(read) && !hasFinalizer(read) ? finalizer(read, true) : read;
        Instant now = clock.instant();
        SyncContractStatus before = contract.getStatus() == null ? SyncContractStatus.EMPTY : contract.getStatus();
        // First the writers: nothing that goes wrong with checks may keep them paused, or running.
        LatencyLoop.Seen lag = latency.visit(contract, now);
        contract = lag.contract();

        // Gather.
        Check check = before.check() == null ? Check.EMPTY : before.check();
        List<ReconcileJob> named = view.runs(contract.getMetadata().getNamespace(), contract.getMetadata().getName());
        String uid = contract.getMetadata().getUid();
        List<ReconcileJob> runs = named.stream().filter(run -> ours(run, uid)).toList();
        ReconcileJob queued = queued(contract, runs, check);
        boolean lost = check.active() != null && check.active().runId() > RunFolding.value(check.lastFinishedRunId()) && lost(contract, check.active(), runs);

        // Decide.
        Folded folded = RunFolding.fold(check, before.drift(), runs);
        boolean cancelled = lost && folded.check().active() != null;
        if (cancelled) {
            folded = new Folded(RunFolding.cancelled(folded.check()), folded.drift(), folded.finding());
        }
        String request = annotation(contract, Api.CHECK_REQUESTED);
        Decision decision = RunSchedule.decide(new RunSchedule.Input(uid, generation(contract), contract.getSpec().suspend(), contract.getSpec().verification(),
                request, queued == null ? null : new RunSchedule.Queued(queued.getSpec().scope()), afterQueued(contract, folded.check()), folded.check(), now));
        Check planned = plan(contract, folded.check(), decision, queued, named, request, now);
        List<Condition> wanted = ContractConditions.of(new ContractConditions.Input(contract.getMetadata().getNamespace(), contract.getSpec(), generation(contract), before, planned, folded.drift(),
                folded.finding(), folded.check().checkedGeneration(), lag.budget(), lag.paused(), lag.probe() == null ? refused.get(uid) : lag.probe(), lag.stalled(), refusal(planned.active(), runs)));
        SyncContractStatus status = new SyncContractStatus(generation(contract), Conditions.merge(before.conditions(), wanted, now), planned, folded.drift(), lag.latency(), lag.writers());
        NumberThrottle.Decision numbers = NumberThrottle.decide(contract.getStatus() == null ? SyncContractStatus.EMPTY : contract.getStatus(), status,
                lag.news(), contract.getSpec().latency(), shown.get(contract.getMetadata().getUid()), now);

        // Act: first the record, then what it says.
        SyncContract written = contract;
        if (numbers.write()) {
            written = writer.write(contract, status);
            if (written != contract) {
                shown.put(contract.getMetadata().getUid(), numbers.slice());
            }
        } else {
            status = contract.getStatus();
        }
        for (WriterEvent event : lag.events()) {
            log.info("event={} namespace={} contract={} message={}", event.reason(), contract.getMetadata().getNamespace(), contract.getMetadata().getName(), event.message());
            emit(contract, event);
        }
        announce(contract, before, status, folded, cancelled ? check.active() : null, decision);
        metrics.observe(contract, status, decision.dropped());
        if (status.check() != null && status.check().active() != null) {
            written = ensureRun(written, status);
        }
        trim(contract, runs, planned, folded.drift());
        // Last: whatever keeps the prober away, it does not keep checks from running.
        Outcome probed = probe(written);
        if (hasFinalizer(written) && !needsFinalizer(written)) {
            finalizer(written, false);
        }
        Outcome next = decision.wake() == null ? Outcome.DONE : Outcome.again(atLeast(Duration.between(now, decision.wake()).plusMillis(50)));
        return next.and(lag.again()).and(numbers.again()).and(probed.again());
    }

    /** Whether a run is this contract's. One of an earlier contract of the same name is waiting for the garbage collector and says nothing about this one. */
    private static boolean ours(ReconcileJob run, String uid) {
        boolean admitted = run.getStatus() != null && run.getStatus().runId() != null;
        return !admitted || run.getMetadata().getOwnerReferences().stream().anyMatch(owner -> owner.getUid().equals(uid));
    }

    /** Gives the prober its order, and keeps what it runs under. A refusal shows in Ready at the next visit, which follows soon. */
    private Outcome probe(SyncContract contract) {
        Failure failure;
        try {
            account.keep(contract);
            prober.visit(contract, hasFinalizer(contract));
            failure = prober.refusal(contract);
        } catch (NameTaken e) {
            failure = e.failure();
        } catch (KubernetesClientException e) {
            if (e.getCode() == 409 || e.getCode() == 429 || e.getCode() < 400 || e.getCode() >= 500) {
                throw e;
            }
            String message = e.getStatus() == null || e.getStatus().getMessage() == null ? e.getMessage() : e.getStatus().getMessage();
            failure = new Failure("ProberRefused", null, "the API server refused the prober: " + message,
                    "Check quotas, admission policies and the operator's ClusterRole; Deployment " + ProbeOrder.PROBER + " and LatencyProbe " + contract.getMetadata().getName()
                            + " are made in the contract's namespace", false);
        }
        Failure before = failure == null || contract.getSpec().latency() == null ? refused.remove(contract.getMetadata().getUid()) : refused.put(contract.getMetadata().getUid(), failure);
        if (failure == null) {
            return before == null ? Outcome.DONE : Outcome.again(AT_ONCE);
        }
        if (!failure.equals(before)) {
            log.error("event=ProberRefused namespace={} contract={} message={}", contract.getMetadata().getNamespace(), contract.getMetadata().getName(), failure.text());
        }
        return Outcome.again(failure.equals(before) || contract.getSpec().latency() == null ? REFUSED_POLL : AT_ONCE);
    }

    private void emit(SyncContract contract, WriterEvent event) {
        if (event.warning()) {
            events.warning(contract, event.reason(), event.message());
        } else {
            events.normal(contract, event.reason(), event.message());
        }
    }

    /** Gives everything back that outlives the contract by itself. Without our finalizer there is nothing, and the deletion is not ours to hold up. */
    private Outcome release(SyncContract contract) {
        if (!hasFinalizer(contract)) {
            return Outcome.DONE;
        }
        LatencyLoop.Released released = latency.release(contract, annotation(contract, Api.FORCE_RELEASE) != null, clock.instant());
        released.events().forEach(event -> emit(contract, event));
        if (!released.released()) {
            SyncContractStatus s = released.contract().getStatus() == null ? SyncContractStatus.EMPTY : released.contract().getStatus();
            List<Condition> conditions = new ArrayList<>(s.conditions());
            conditions.replaceAll(condition -> condition.type().equals(ContractConditions.WRITERS_PAUSED) ? released.paused() : condition);
            writer.write(released.contract(), new SyncContractStatus(s.observedGeneration(), Conditions.merge(s.conditions(), conditions, clock.instant()), s.check(), s.drift(),
                    s.latency(), released.writers()));
            return Outcome.again(released.again() == null ? RELEASE_POLL : released.again());
        }
        try {
            prober.visit(released.contract(), true);
        } catch (NameTaken e) {
            // Somebody else's object is not what a deletion waits for.
            log.warn("event=ProberRefused namespace={} contract={} message={}", contract.getMetadata().getNamespace(), contract.getMetadata().getName(), e.getMessage());
        }
        finalizer(released.contract(), false);
        return Outcome.DONE;
    }

    /** A contract that is probed has an order and may have paused writers. */
    private static boolean needsFinalizer(SyncContract contract) {
        var writers = contract.getStatus() == null ? null : contract.getStatus().writers();
        return contract.getSpec().latency() != null || writers != null && writers.pause() != null;
    }

    private static boolean hasFinalizer(SyncContract contract) {
        return contract.getMetadata().getFinalizers() != null && contract.getMetadata().getFinalizers().contains(Api.FINALIZER);
    }

    private SyncContract finalizer(SyncContract contract, boolean there) {
        List<String> others = contract.getMetadata().getFinalizers() == null ? List.of()
                : contract.getMetadata().getFinalizers().stream().filter(finalizer -> !finalizer.equals(Api.FINALIZER)).toList();
        ObjectNode metadata = Serialization.jsonMapper().createObjectNode();
        var finalizers = metadata.putArray("finalizers");
        others.forEach(finalizers::add);
        if (there) {
            finalizers.add(Api.FINALIZER);
        }
        return writer.writeMetadata(contract, metadata);
    }

    private static Check plan(SyncContract contract, Check check, Decision decision, ReconcileJob queued, List<ReconcileJob> runs, String request, Instant now) {
        Check ahead = check.planned(decision.next() == null ? null : Times.print(decision.next()), decision.nextDeep() == null ? null : Times.print(decision.nextDeep()));
        if (decision.due() == null) {
            return ahead;
        }
        // Above every id that was ever seen, even when status was lost: names must not come back, and an old result must not look new.
        long id = 1 + Math.max(Math.max(RunFolding.value(check.lastRunId()), RunFolding.value(check.lastFinishedRunId())),
                runs.stream().map(ReconcileJob::getStatus).filter(Objects::nonNull).mapToLong(s -> RunFolding.value(s.runId())).max().orElse(0));
        ActiveRun active = decision.due() == Trigger.MANUAL
                ? new ActiveRun(id, queued.getMetadata().getName(), queued.getMetadata().getUid(), Trigger.MANUAL, queued.getSpec().scope())
                : new ActiveRun(id, Names.run(contract.getMetadata().getName(), id), null, decision.due(), decision.due() == Trigger.DEEP ? Verification.Scope.FULL : null);
        Check started = ahead.started(active).under(Rules.digest(contract.getSpec()), Rules.tables(contract.getSpec()));
        Check answered = decision.answers() ? started.answered(generation(contract), Times.print(now), request) : started;
        return decision.answersDeep() ? answered.deepened(Times.print(now)) : answered;
    }

    /** Whether the last check was one that somebody made: those have other names than the operator's own. */
    private static boolean afterQueued(SyncContract contract, Check check) {
        return check.lastName() != null && check.lastFinishedRunId() != null
                && !check.lastName().equals(Names.run(contract.getMetadata().getName(), check.lastFinishedRunId()));
    }

    /** The ReconcileJob that has waited longest; asked of the API server, because the cache may not know yet that it was admitted. */
    private ReconcileJob queued(SyncContract contract, List<ReconcileJob> runs, Check check) {
        if (contract.getSpec().suspend() || check.active() != null && !finished(runs, check.active())) {
            return null;
        }
        Predicate<ReconcileJob> waiting = run -> (run.getStatus() == null || run.getStatus().runId() == null) && !RunProgress.terminal(run.getStatus())
                && run.getMetadata().getDeletionTimestamp() == null && (check.active() == null || !run.getMetadata().getName().equals(check.active().name()));
        return runs.stream().filter(waiting)
                .sorted(Comparator.comparing((ReconcileJob run) -> Objects.requireNonNullElse(run.getMetadata().getCreationTimestamp(), ""))
                        .thenComparing(run -> run.getMetadata().getName()))
                .map(run -> client.resource(run).get()).filter(Objects::nonNull).filter(waiting).findFirst().orElse(null);
    }

    /** What the run in flight says of a Job or pod that the cluster would not have; null when it has, or has not tried. */
    private static Condition refusal(ActiveRun active, List<ReconcileJob> runs) {
        return active == null ? null : runs.stream().filter(run -> run.getStatus() != null && active.runId().equals(run.getStatus().runId()))
                .map(run -> Conditions.find(run.getStatus().conditions(), RunProgress.SUCCEEDED))
                .filter(condition -> condition != null && RunProgress.KEPT_FROM_STARTING.contains(condition.reason()))
                .findFirst().orElse(null);
    }

    private static boolean finished(List<ReconcileJob> runs, ActiveRun active) {
        return runs.stream().anyMatch(run -> run.getStatus() != null && active.runId().equals(run.getStatus().runId()) && RunProgress.terminal(run.getStatus()));
    }

    /** Whether the run in flight had a ReconcileJob and has it no more, or its name is somebody else's. */
    private boolean lost(SyncContract contract, ActiveRun active, List<ReconcileJob> runs) {
        ReconcileJob run = runs.stream().filter(r -> r.getMetadata().getName().equals(active.name())).findFirst()
                .orElseGet(() -> client.resources(ReconcileJob.class).inNamespace(contract.getMetadata().getNamespace()).withName(active.name()).get());
        if (run == null) {
            return active.uid() != null;
        }
        Long id = run.getStatus() == null ? null : run.getStatus().runId();
        return run.getMetadata().getDeletionTimestamp() != null && !RunProgress.terminal(run.getStatus())
                || !contract.getMetadata().getName().equals(run.getSpec().contractName())
                || active.uid() != null && !active.uid().equals(run.getMetadata().getUid())
                || id != null && !id.equals(active.runId());
    }

    /** Creates the ReconcileJob of the run in flight, or admits the one that waited; both may have happened already. */
    private SyncContract ensureRun(SyncContract contract, SyncContractStatus status) {
        ActiveRun active = status.check().active();
        String namespace = contract.getMetadata().getNamespace();
        var handle = client.resources(ReconcileJob.class).inNamespace(namespace).withName(active.name());
        ReconcileJob run = view.runs(namespace, contract.getMetadata().getName()).stream().filter(r -> r.getMetadata().getName().equals(active.name())).findFirst()
                .orElseGet(handle::get);
        if (run == null) {
            if (active.uid() != null) {
                return contract;
            }
            try {
                run = client.resource(job(contract, active)).create();
                log.info("event=RunCreated namespace={} contract={} run={} trigger={}", namespace, contract.getMetadata().getName(), active.runId(), active.trigger());
            } catch (KubernetesClientException e) {
                if (e.getCode() != 409) {
                    throw e;
                }
                run = handle.get();
                if (run == null) {
                    throw e;
                }
            }
        }
        boolean ours = contract.getMetadata().getName().equals(run.getSpec().contractName());
        if (ours && (run.getStatus() == null || run.getStatus().runId() == null)) {
            if (run.getMetadata().getOwnerReferences().isEmpty()) {
                run = adopt(contract, run, active);
            }
            ReconcileJobStatus was = run.getStatus() == null ? ReconcileJobStatus.EMPTY : run.getStatus();
            writer.write(run, was.admitted(active.runId()));
        }
        if (active.uid() != null || !ours) {
            return contract;
        }
        Check known = status.check().running(new ActiveRun(active.runId(), active.name(), run.getMetadata().getUid(), active.trigger(), active.scope()));
        return writer.write(contract, new SyncContractStatus(status.observedGeneration(), status.conditions(), known, status.drift(), status.latency(), status.writers()));
    }

    private static ReconcileJob job(SyncContract contract, ActiveRun active) {
        ReconcileJob run = new ReconcileJob();
        run.setMetadata(new ObjectMetaBuilder().withName(active.name()).withNamespace(contract.getMetadata().getNamespace())
                .withLabels(WorkerJob.labels(contract.getMetadata().getName(), active.runId())).withOwnerReferences(WorkerJob.owner(contract, true)).build());
        run.setSpec(new ReconcileJobSpec(contract.getMetadata().getName(), ReconcileJobSpec.Action.CHECK, active.trigger() == Trigger.DEEP ? Verification.Scope.FULL : null, null));
        return run;
    }

    /** A ReconcileJob that a person made belongs to its contract from its admission on: it counts in the history and goes with the contract. */
    private ReconcileJob adopt(SyncContract contract, ReconcileJob run, ActiveRun active) {
        ObjectNode metadata = Serialization.jsonMapper().createObjectNode();
        ObjectNode labels = metadata.putObject("labels");
        WorkerJob.labels(contract.getMetadata().getName(), active.runId()).forEach(labels::put);
        metadata.putArray("ownerReferences").add(StatusWriter.tree(WorkerJob.owner(contract, true)));
        return writer.writeMetadata(run, metadata);
    }

    private void trim(SyncContract contract, List<ReconcileJob> runs, Check check, SyncContractStatus.Drift drift) {
        // The evidence of drift that stands stays, however many checks came after.
        Set<Long> evidence = new HashSet<>();
        if (check.standing() != null) {
            check.standing().forEach(standing -> evidence.add(standing.runId()));
        }
        if (drift != null && RunFolding.value(drift.records()) > 0) {
            evidence.add(drift.runId());
        }
        if (check.unreliable() != null) {
            evidence.add(check.unreliable().runId());
        }
        for (ReconcileJob run : surplus(runs, RunFolding.value(check.lastFinishedRunId()), evidence)) {
            try {
                client.resource(run).delete();
            } catch (KubernetesClientException e) {
                if (e.getCode() != 404) {
                    throw e;
                }
            }
            log.info("event=RunTrimmed namespace={} contract={} run={}", contract.getMetadata().getNamespace(), contract.getMetadata().getName(), run.getStatus().runId());
        }
    }

    /** Finished and folded runs beyond the newest 3 that succeeded and the newest that failed; without those of the given ids. */
    static List<ReconcileJob> surplus(List<ReconcileJob> runs, long lastFinishedRunId, Set<Long> kept) {
        Map<Boolean, List<ReconcileJob>> bySuccess = runs.stream()
                .filter(run -> run.getStatus() != null && run.getStatus().runId() != null && run.getStatus().runId() <= lastFinishedRunId && RunProgress.terminal(run.getStatus()))
                .sorted(Comparator.comparing((ReconcileJob run) -> run.getStatus().runId()).reversed())
                .collect(Collectors.partitioningBy(run -> Conditions.find(run.getStatus().conditions(), RunProgress.SUCCEEDED).isTrue()));
        return Stream.concat(bySuccess.get(true).stream().skip(SUCCESSFUL_RUNS), bySuccess.get(false).stream().skip(FAILED_RUNS))
                .filter(run -> run.getMetadata().getDeletionTimestamp() == null && !kept.contains(run.getStatus().runId())).toList();
    }

    private void announce(SyncContract contract, SyncContractStatus before, SyncContractStatus after, Folded folded, ActiveRun cancelled, Decision decision) {
        if (decision.due() != null && decision.due() != Trigger.SCHEDULE && decision.due() != Trigger.DEEP) {
            events.normal(contract, "CheckStarted", switch (decision.due()) {
                case GENERATION -> "Check started: generation " + generation(contract) + " has not been checked yet";
                case REQUEST -> "Check started: asked for by annotation " + Api.CHECK_REQUESTED;
                default -> "Check started: asked for by ReconcileJob " + after.check().active().name();
            });
        }
        if (cancelled != null) {
            events.warning(contract, "RunCancelled", "Check " + cancelled.runId() + " was cancelled: its ReconcileJob " + cancelled.name() + " was deleted or is not this contract's");
        }
        for (Condition condition : after.conditions()) {
            Condition old = Conditions.find(before.conditions(), condition.type());
            if (old == null || old.status().equals(condition.status()) && old.reason().equals(condition.reason())) {
                continue;
            }
            transition(contract, old, condition, after);
        }
    }

    private void transition(SyncContract contract, Condition old, Condition now, SyncContractStatus after) {
        boolean flipped = !old.status().equals(now.status());
        switch (now.type()) {
            case ContractConditions.IN_SYNC -> {
                if (now.isFalse() && DriftReason.PAGING.contains(now.reason())) {
                    events.warning(contract, now.reason(), now.message());
                } else if (now.isFalse()) {
                    events.normal(contract, now.reason(), now.message());
                } else if (now.isTrue() && flipped) {
                    events.normal(contract, "InSync", now.message());
                }
            }
            case ContractConditions.READY -> {
                if (now.isFalse() && !now.reason().equals(ContractConditions.SUSPENDED)) {
                    boolean check = Conditions.find(after.conditions(), ContractConditions.IN_SYNC).status().equals(Conditions.UNKNOWN)
                            || RunProgress.KEPT_FROM_STARTING.contains(now.reason());
                    events.warning(contract, check ? "CheckFailed" : "ProbeFailed", now.reason() + ": " + now.message());
                }
            }
            case ContractConditions.SOURCE_RELIABLE -> {
                if (now.isFalse() && flipped) {
                    events.warning(contract, now.reason(), now.message());
                }
            }
            case ContractConditions.SCHEMA_COMPATIBLE -> {
                if (now.isFalse() && flipped) {
                    events.warning(contract, "SchemaChanged", now.message());
                }
            }
            case ContractConditions.BUDGET_EXHAUSTED -> {
                if (now.isTrue() && flipped || now.reason().equals("FastBurn")) {
                    events.warning(contract, now.reason(), now.message());
                }
            }
            case ContractConditions.WRITERS_PAUSED -> {
                boolean paused = after.writers() != null && after.writers().pause() != null;
                if (now.reason().equals("WouldPause") || !paused && WRITERS_ASTRAY.contains(now.reason())) {
                    events.warning(contract, now.reason(), now.message());
                }
            }
            default -> {}
        }
    }

    static String annotation(SyncContract contract, String name) {
        Map<String, String> annotations = contract.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(name);
    }

    static long generation(SyncContract contract) {
        return contract.getMetadata().getGeneration() == null ? 1 : contract.getMetadata().getGeneration();
    }

    private static Duration atLeast(Duration delay) {
        return delay.compareTo(Duration.ofMillis(50)) < 0 ? Duration.ofMillis(50) : delay;
    }
}
