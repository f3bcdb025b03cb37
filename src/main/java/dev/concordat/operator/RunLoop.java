package dev.concordat.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.ReconcileJobStatus;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.contract.Durations;
import dev.concordat.contract.Rules;
import dev.concordat.operator.RunProgress.JobSeen;
import dev.concordat.internal.ChecksumRun;
import dev.concordat.internal.LatencyProbe;
import dev.concordat.report.RunReport;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One visit to a ReconcileJob: creates its batch Job and follows it to one end. */
final class RunLoop {
    private static final Logger log = LoggerFactory.getLogger(RunLoop.class);
    /** A worker that has not reported yet is looked after this often, for a pod that cannot start. */
    private static final Duration START_POLL = Duration.ofSeconds(15);
    /** What a quota or an admission policy refuses is known at once. */
    private static final Duration FIRST_LOOK = Duration.ofSeconds(3);
    /** The first in the line for a database server looks again so soon, each one behind it so much later. */
    private static final Duration SLOT_POLL = Duration.ofSeconds(2);
    private static final Duration LONGEST_SLOT_POLL = Duration.ofSeconds(30);
    /** A Job that has made no pod for so long was kept from it. */
    private static final Duration NO_POD = Duration.ofSeconds(30);
    /** A run whose worker has not started for so long gives up its slot to one that waits for it: time for an autoscaler to add a node, as in Kueue's waitForPodsReady. */
    private static final Duration START_PATIENCE = Duration.ofMinutes(5);

    private final KubernetesClient client;
    private final View view;
    private final Clock clock;
    /** Does not try again by itself: a slot is held while it waits. */
    private final KubernetesClient hasty;
    private final DataPlaneImage image;
    private final DataPlaneAccount account;
    private final StatusWriter writer;
    private final Slots slots;
    private final RunOrders orders;
    /** Runs without a running worker, by uid, since this process first saw it. */
    private final Map<String, Instant> unstarted = new ConcurrentHashMap<>();

    RunLoop(KubernetesClient client, View view, Clock clock, DataPlaneImage image, DataPlaneAccount account, Slots slots) {
        this.slots = slots;
        this.client = client;
        this.hasty = client.newClient(new RequestConfigBuilder(client.getConfiguration().getRequestConfig()).withRequestRetryBackoffLimit(0).build())
                .adapt(KubernetesClient.class);
        this.view = view;
        this.clock = clock;
        this.image = image;
        this.account = account;
        this.writer = new StatusWriter(client);
        this.orders = new RunOrders(hasty);
    }

    /** @throws KubernetesClientException code 409 when the job was changed meanwhile: look again at once */
    Outcome visit(ReconcileJob run) {
        ReconcileJobStatus status = run.getStatus() == null ? ReconcileJobStatus.EMPTY : run.getStatus();
        if (run.getMetadata().getDeletionTimestamp() != null || RunProgress.terminal(status)) {
            slots.release(run);
            unstarted.remove(run.getMetadata().getUid());
            return Outcome.DONE;
        }
        if (status.runId() == null) {
            return await(run, status);
        }
        return status.jobName() == null ? start(run, status) : follow(run, status);
    }

    private Outcome await(ReconcileJob run, ReconcileJobStatus status) {
        SyncContract contract = contract(run);
        if (contract == null) {
            write(run, RunProgress.failed(status, generation(run), "ContractNotFound", noContract(run), clock.instant()));
            return Outcome.DONE;
        }
        boolean suspended = contract.getSpec().suspend();
        write(run, RunProgress.waiting(status, generation(run), suspended ? "Suspended" : "Queued",
                suspended ? "SyncContract " + run.getSpec().contractName() + " is suspended: the check starts when spec.suspend is false"
                        : "Waits for its turn: one check of SyncContract " + run.getSpec().contractName() + " runs at a time", clock.instant()));
        return Outcome.DONE;
    }

    /** Waits without asking the API server for anything: the line may be long. */
    private Outcome line(ReconcileJob run, ReconcileJobStatus status, List<String> databases, Slots.Waiting waiting) {
        Instant now = clock.instant();
        String since = status.startTime() == null ? Times.print(now) : status.startTime();
        write(run, RunProgress.waiting(status.waiting(since, databases), generation(run), "WaitingForSlot", "Waits for " + waiting.behind() + " on " + waiting.database() + ": "
                + (slots.perDatabase() == 1 ? "one check at a time uses" : "at most " + slots.perDatabase() + " checks at a time use") + " a database server", now));
        Duration turn = SLOT_POLL.multipliedBy(waiting.ahead() + 1L);
        return Outcome.again(turn.compareTo(LONGEST_SLOT_POLL) > 0 ? LONGEST_SLOT_POLL : turn);
    }

    private Optional<Slots.Waiting> claim(ReconcileJob run, ReconcileJobStatus status, List<String> databases) {
        return slots.claim(run, databases, Times.parse(status.startTime()), clock.instant());
    }

    /** Takes a slot and makes the Job. Whatever stands in the way of the Job, its slot is not kept. */
    private Outcome start(ReconcileJob run, ReconcileJobStatus status) {
        List<String> known = status.databases() == null ? List.of() : status.databases();
        Optional<Slots.Waiting> waiting = known.isEmpty() ? Optional.empty() : claim(run, status, known);
        if (waiting.isPresent()) {
            return line(run, status, known, waiting.get());
        }
        boolean made = false;
        try {
            SyncContract contract = contract(run);
            if (contract == null || contract.getMetadata().getDeletionTimestamp() != null) {
                write(run, RunProgress.failed(status, generation(run), "ContractNotFound", noContract(run), clock.instant()));
                return Outcome.DONE;
            }
            List<String> databases = Slots.databases(contract);
            if (!databases.equals(known)) {
                slots.release(run);
                waiting = claim(run, status, databases);
                if (waiting.isPresent()) {
                    return line(run, status, databases, waiting.get());
                }
            }
            Job job = WorkerJob.of(contract, run, status.runId(), image);
            Outcome without = create(contract, run, status, job, databases);
            if (without != null) {
                return without;
            }
            made = true;
            Scope covers = run.getSpec().scope() == null ? contract.getSpec().verification().scope() : run.getSpec().scope();
            String name = job.getMetadata().getName();
            ReconcileJobStatus named = status.working(name, Times.print(clock.instant()), covers, databases)
                    .under(Rules.digest(contract.getSpec()), Rules.tables(contract.getSpec()));
            write(run, RunProgress.next(named, generation(run), new JobSeen(JobSeen.State.ACTIVE, null, null, null, null, null), null, name,
                    run.getSpec().timeout(), clock.instant()));
            return Outcome.again(FIRST_LOOK);
        } finally {
            if (!made) {
                slots.release(run);
            }
        }
    }

    /** Null when the run has its Job; otherwise what follows from that it has none, which is written. */
    private Outcome create(SyncContract contract, ReconcileJob run, ReconcileJobStatus status, Job job, List<String> databases) {
        String namespace = run.getMetadata().getNamespace();
        String name = job.getMetadata().getName();
        try {
            account.keep(contract);
            orders.give(contract, run, WorkerJob.order(contract, run, status.runId(), lagMillis(contract)));
            hasty.resource(job).create();
            log.info("event=JobCreated namespace={} contract={} run={} job={}", namespace, run.getSpec().contractName(), status.runId(), name);
            return null;
        } catch (NameTaken e) {
            write(run, RunProgress.waiting(status.waiting(null, databases), generation(run), NameTaken.REASON, e.getMessage(), clock.instant()));
            return Outcome.again(SLOT_POLL);
        } catch (KubernetesClientException e) {
            if (e.getCode() == 409 || e.getCode() == 0 || e.getCode() >= 500) {
                // It may be there: made by this very call, or before the operator was stopped.
                Job there = there(namespace, name);
                if (there != null && ownedBy(there, run)) {
                    return null;
                }
                if (there != null) {
                    write(run, RunProgress.failed(status, generation(run), "JobNameTaken",
                            "A Job named " + name + " exists and is not this run's. Delete it, or create the ReconcileJob under another name", clock.instant()));
                    return Outcome.DONE;
                }
            }
            boolean passing = e.getCode() < 400 || e.getCode() >= 500 || e.getCode() == 429 || e.getCode() == 409;
            if (!passing) {
                write(run, RunProgress.failed(status, generation(run), "JobRefused",
                        "The API server refused Job " + name + ": " + words(e) + ". Check quotas, admission policies and the operator's ClusterRole", clock.instant()));
                return Outcome.DONE;
            }
            log.warn("event=JobNotCreated namespace={} contract={} run={} job={} message={}", namespace, run.getSpec().contractName(), status.runId(), name, words(e));
            // Out of the line as well: nobody waits behind a run that cannot start.
            write(run, RunProgress.waiting(status.waiting(null, databases), generation(run), RunProgress.NOT_CREATED,
                    "The API server did not make Job " + name + ": " + words(e) + ". It is tried again every " + Durations.print(START_POLL)
                            + ", and other checks go first meanwhile", clock.instant()));
            return Outcome.again(START_POLL);
        }
    }

    /** Null when there is none, or nothing can be learned: the next try finds it. */
    private Job there(String namespace, String job) {
        try {
            return hasty.batch().v1().jobs().inNamespace(namespace).withName(job).get();
        } catch (KubernetesClientException e) {
            return null;
        }
    }

    /** The API server's own words. */
    private static String words(KubernetesClientException e) {
        String said = e.getStatus() == null ? null : e.getStatus().getMessage();
        return said == null || said.isBlank() ? e.getMessage() : said;
    }

    /** The lag that the prober measured last, or the age of what it still waits for when that is more; null when nothing measures it. */
    private Long lagMillis(SyncContract contract) {
        if (contract.getSpec().latency() == null) {
            return null;
        }
        return view.probe(contract.getMetadata().getNamespace(), contract.getMetadata().getName())
                .filter(probe -> ownedBy(probe, contract)).map(LatencyProbe::getStatus)
                .filter(report -> report.contract() != null && contract.getMetadata().getUid().equals(report.contract().uid()))
                .map(report -> report.lagMillis() == null ? report.pendingMillis()
                        : report.pendingMillis() == null ? report.lagMillis() : Long.valueOf(Math.max(report.lagMillis(), report.pendingMillis())))
                .orElse(null);
    }

    private Outcome follow(ReconcileJob run, ReconcileJobStatus status) {
        String reportName = status.jobName();
        ChecksumRun ordered = view.report(run.getMetadata().getNamespace(), reportName).orElse(null);
        RunReport report = report(run, status, ordered);
        JobSeen seen = new JobSeen(JobSeen.State.ACTIVE, null, null, null, null, null);
        if (report == null || report.state() != RunReport.State.DONE) {
            seen = look(run, status, report != null);
            if (seen.state() != JobSeen.State.ACTIVE) {
                // The worker writes its report before it ends, so the one that the API server has now is its last word.
                report = report(run, status, client.resources(ChecksumRun.class).inNamespace(run.getMetadata().getNamespace()).withName(reportName).get());
            }
        }
        ReconcileJobStatus next = RunProgress.next(status, generation(run), seen, report, reportName, run.getSpec().timeout(), clock.instant());
        write(run, next);
        if (RunProgress.terminal(next)) {
            return Outcome.DONE;
        }
        if (ordered == null) {
            giveAgain(run, status);
        }
        boolean started = started(run, status);
        if (!started) {
            yieldSlot(run, status, seen);
        }
        return started && report != null ? Outcome.DONE : Outcome.again(START_POLL);
    }

    /** The order of a run on its way was deleted: its worker may not have read it yet, and cannot report without it. */
    private void giveAgain(ReconcileJob run, ReconcileJobStatus status) {
        SyncContract contract = contract(run);
        if (contract == null || contract.getMetadata().getDeletionTimestamp() != null) {
            return;
        }
        try {
            orders.give(contract, run, WorkerJob.order(contract, run, status.runId(), lagMillis(contract)));
        } catch (NameTaken e) {
            log.warn("event=OrderNotGiven namespace={} contract={} run={} message={}", run.getMetadata().getNamespace(), run.getSpec().contractName(), status.runId(), e.getMessage());
        }
    }

    private boolean started(ReconcileJob run, ReconcileJobStatus status) {
        Job job = view.job(run.getMetadata().getNamespace(), status.jobName()).filter(j -> ownedBy(j, run)).orElse(null);
        boolean started = job == null || job.getStatus() != null && job.getStatus().getReady() != null && job.getStatus().getReady() > 0
                || pods(run, status).stream().anyMatch(pod -> pod.getStatus() != null && "Running".equals(pod.getStatus().getPhase()));
        if (started) {
            unstarted.remove(run.getMetadata().getUid());
        }
        return started;
    }

    /** A worker that does not start must not keep every other contract of its databases from being checked. The Job controller ends the Job, and the slot is held until its pod is gone. */
    private void yieldSlot(ReconcileJob run, ReconcileJobStatus status, JobSeen seen) {
        Instant now = clock.instant();
        Instant since = unstarted.get(run.getMetadata().getUid());
        if (since == null) {
            since = now;
            unstarted.keySet().retainAll(view.runs().stream().map(other -> other.getMetadata().getUid()).collect(Collectors.toSet()));
            unstarted.put(run.getMetadata().getUid(), now);
        }
        boolean refused = RunProgress.REFUSED.equals(seen.reason());
        if (!refused && now.isBefore(since.plus(START_PATIENCE))) {
            return;
        }
        Optional<String> waits = slots.waitedFor(run);
        Job job = view.job(run.getMetadata().getNamespace(), status.jobName()).orElse(null);
        if (waits.isEmpty() || job == null || job.getMetadata().getAnnotations() != null && job.getMetadata().getAnnotations().containsKey(Api.NOT_STARTED)) {
            return;
        }
        String what = refused ? "The worker cannot start" : "The worker did not start within " + Durations.print(START_PATIENCE);
        String why = Texts.sentences(what + ", and " + waits.get() + " waits for the same database server: "
                + (seen.pending() == null ? "no pod of Job " + status.jobName() + " runs" : seen.pending()),
                "The next check tries again", "spec.verification.worker is what a worker asks for");
        ObjectNode patch = Serialization.jsonMapper().createObjectNode();
        // Refused with 409 when the Job has changed: its worker may have started.
        patch.putObject("metadata").put("resourceVersion", job.getMetadata().getResourceVersion()).putObject("annotations").put(Api.NOT_STARTED, why);
        patch.putObject("spec").put("activeDeadlineSeconds", 1);
        client.batch().v1().jobs().inNamespace(run.getMetadata().getNamespace()).withName(status.jobName()).patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString());
        log.info("event=SlotYielded namespace={} contract={} run={} waiting={}", run.getMetadata().getNamespace(), run.getSpec().contractName(), status.runId(), waits.get());
    }

    private JobSeen look(ReconcileJob run, ReconcileJobStatus status, boolean reporting) {
        String namespace = run.getMetadata().getNamespace();
        Job job = view.job(namespace, status.jobName()).filter(j -> ownedBy(j, run)).orElse(null);
        if (job == null) {
            job = client.batch().v1().jobs().inNamespace(namespace).withName(status.jobName()).get();
            if (job == null || !ownedBy(job, run)) {
                return new JobSeen(JobSeen.State.GONE, null, null, null, null, null);
            }
        }
        if (job.getMetadata().getDeletionTimestamp() != null) {
            return new JobSeen(JobSeen.State.GONE, null, null, null, null, null);
        }
        var conditions = job.getStatus() == null || job.getStatus().getConditions() == null
                ? List.<JobCondition>of() : job.getStatus().getConditions();
        for (var condition : conditions) {
            if (!"True".equals(condition.getStatus())) {
                continue;
            }
            if (condition.getType().equals("Complete")) {
                return new JobSeen(JobSeen.State.COMPLETE, null, null, null, null, null);
            }
            if (condition.getType().equals("Failed")) {
                String notStarted = job.getMetadata().getAnnotations() == null ? null : job.getMetadata().getAnnotations().get(Api.NOT_STARTED);
                if (notStarted != null) {
                    return new JobSeen(JobSeen.State.FAILED, RunProgress.NOT_STARTED, notStarted, null, null, null);
                }
                return ended(run, status, condition.getReason(), condition.getMessage());
            }
        }
        return reporting ? new JobSeen(JobSeen.State.ACTIVE, null, null, null, null, null) : waiting(run, status);
    }

    private List<Pod> pods(ReconcileJob run, ReconcileJobStatus status) {
        return client.pods().inNamespace(run.getMetadata().getNamespace()).withLabel("job-name", status.jobName()).list().getItems().stream()
                .sorted(Comparator.comparing((Pod pod) -> Objects.requireNonNullElse(pod.getMetadata().getCreationTimestamp(), "")).reversed()).toList();
    }

    private JobSeen ended(ReconcileJob run, ReconcileJobStatus status, String reason, String message) {
        for (Pod pod : pods(run, status)) {
            for (var container : pod.getStatus() == null ? List.<ContainerStatus>of() : pod.getStatus().getContainerStatuses()) {
                var end = container.getState() == null ? null : container.getState().getTerminated();
                if (end != null) {
                    return new JobSeen(JobSeen.State.FAILED, reason, message, end.getExitCode(), end.getMessage(), null);
                }
            }
        }
        Condition before = Conditions.find(status.conditions(), RunProgress.SUCCEEDED);
        String pending = before != null && Set.of("Pending", RunProgress.REFUSED).contains(before.reason()) ? before.message() : null;
        return new JobSeen(JobSeen.State.FAILED, reason, message, null, null, pending);
    }

    /** Why no pod runs yet: a look at a Job without an end. */
    private JobSeen waiting(ReconcileJob run, ReconcileJobStatus status) {
        Pod pod = pods(run, status).stream().findFirst().orElse(null);
        String refused = pod == null ? refused(run, status) : null;
        return new JobSeen(JobSeen.State.ACTIVE, refused == null ? null : RunProgress.REFUSED, null, null, null,
                refused == null ? pending(run, status, pod) : refused);
    }

    /** Why the newest pod has not started, in the cluster's own words; null when it runs or nothing is known. */
    private String pending(ReconcileJob run, ReconcileJobStatus status, Pod pod) {
        Instant started = Times.parse(status.startTime());
        if (pod == null && started != null && started.plus(NO_POD).isBefore(clock.instant())) {
            return "Job " + status.jobName() + " has no pod, and no event in namespace " + run.getMetadata().getNamespace()
                    + " says why. Is the cluster's Job controller running?";
        }
        return pod == null ? null : PodWords.pending(pod);
    }

    /** What kept the Job controller from making a pod: a quota, a LimitRange, an admission policy. Null when nothing is known to have. */
    private String refused(ReconcileJob run, ReconcileJobStatus status) {
        String uid = view.job(run.getMetadata().getNamespace(), status.jobName()).filter(job -> ownedBy(job, run)).map(job -> job.getMetadata().getUid()).orElse(null);
        return client.v1().events().inNamespace(run.getMetadata().getNamespace()).withField("involvedObject.name", status.jobName()).list().getItems().stream()
                .filter(event -> "FailedCreate".equals(event.getReason()) && event.getInvolvedObject() != null && "Job".equals(event.getInvolvedObject().getKind())
                        && status.jobName().equals(event.getInvolvedObject().getName())
                        && (uid == null || event.getInvolvedObject().getUid() == null || uid.equals(event.getInvolvedObject().getUid())))
                .max(Comparator.comparing(event -> Objects.requireNonNullElse(event.getLastTimestamp(), "")))
                .map(event -> "The pod of Job " + status.jobName() + " is refused: " + event.getMessage()).orElse(null);
    }

    /** The report, if it is this run's: of the order given for this ReconcileJob, with this run id, by a pod of its Job. Anything else is somebody else's word. */
    private static RunReport report(ReconcileJob run, ReconcileJobStatus status, ChecksumRun ordered) {
        if (ordered == null || ordered.getSpec() == null || ordered.getStatus() == null || !ownedBy(ordered, run)) {
            return null;
        }
        RunReport report = ordered.getStatus();
        boolean ours = report.runId() == status.runId() && report.contract() != null && Objects.equals(report.contract().uid(), ordered.getSpec().contract().uid())
                && report.attempt() != null && report.attempt().startsWith(status.jobName() + "-");
        if (!ours) {
            log.warn("event=ReportNotBelieved namespace={} checksumRun={} run={} attempt={}", ordered.getMetadata().getNamespace(), ordered.getMetadata().getName(), report.runId(), report.attempt());
        }
        return ours ? report : null;
    }

    static boolean ownedBy(HasMetadata object, HasMetadata owner) {
        return object.getMetadata().getOwnerReferences().stream().anyMatch(reference -> owner.getMetadata().getUid().equals(reference.getUid()));
    }

    private void write(ReconcileJob run, ReconcileJobStatus status) {
        ReconcileJob written = writer.write(run, status);
        Condition succeeded = Conditions.find(status.conditions(), RunProgress.SUCCEEDED);
        if (RunProgress.terminal(status)) {
            slots.release(run);
        }
        if (written != run && RunProgress.terminal(status)) {
            log.info("event=RunEnded namespace={} contract={} run={} succeeded={} reason={} message={}", run.getMetadata().getNamespace(),
                    run.getSpec().contractName(), status.runId(), succeeded.status(), succeeded.reason(), succeeded.message());
        }
    }

    private SyncContract contract(ReconcileJob run) {
        return client.resources(SyncContract.class).inNamespace(run.getMetadata().getNamespace()).withName(run.getSpec().contractName()).get();
    }

    private static String noContract(ReconcileJob run) {
        return "spec.contractName: there is no SyncContract " + run.getSpec().contractName() + " in namespace " + run.getMetadata().getNamespace()
                + ". kubectl get sct -n " + run.getMetadata().getNamespace() + " lists those that exist; a ReconcileJob cannot be changed, so delete it and create another";
    }

    private static long generation(ReconcileJob run) {
        return run.getMetadata().getGeneration() == null ? 1 : run.getMetadata().getGeneration();
    }
}
