package dev.concordat.playground.cluster;

import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateTerminatedBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The life of one pod on the node, from its binding to its removal. Its threads are virtual: one for the pod and one for each container. */
final class RunningPod {
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(30);
    /** A container that ran this long is taken for healthy: its next restart is immediate again. */
    private static final Duration HEALTHY = Duration.ofSeconds(60);
    private static final Duration REFRESH = Duration.ofSeconds(10);
    private static final Duration SHUT_DOWN = Duration.ofSeconds(5);
    private static final Duration TOKEN_LIFE = Duration.ofDays(7);
    private static final int MESSAGE_BYTES = 4096;
    private static final int LOG_MESSAGE_BYTES = 2048;
    private static final int LOG_MESSAGE_LINES = 80;

    private final PodRunner runner;
    private final String namespace;
    private final String name;
    private final String uid;
    private final Path folder;
    private final PodVolumes volumes;
    private final PodSources sources;
    private final List<Slot> initSlots;
    private final List<Slot> slots;
    private final Instant startTime = now();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CountDownLatch done = new CountDownLatch(1);
    private final Map<String, PodCondition> conditions = new LinkedHashMap<>();

    /** Guards everything below and the slots. */
    private final Object lock = new Object();
    private Pod pod;
    private boolean terminating;
    private boolean vanished;
    private boolean initialised;
    private boolean deadlineExceeded;
    /** Until then there is nothing to report: the pod is not ours, or finished under an earlier runner. */
    private boolean bound;

    /** One container. */
    private static final class Slot {
        final Container container;
        final Path folder;
        ContainerProcess process;
        ContainerState state = waiting("ContainerCreating", null);
        ContainerState lastState = new ContainerState();
        int restarts;
        boolean finished;

        Slot(Container container, Path folder) {
            this.container = container;
            this.folder = folder;
        }

        Path log() {
            return folder.resolve(restarts + ".log");
        }

        Path terminationMessage() {
            return folder.resolve("termination-" + restarts);
        }
    }

    RunningPod(PodRunner runner, Pod pod) {
        this.runner = runner;
        this.pod = pod;
        this.namespace = pod.getMetadata().getNamespace();
        this.name = pod.getMetadata().getName();
        this.uid = pod.getMetadata().getUid();
        this.folder = runner.folder().resolve(namespace + "_" + name + "_" + uid);
        this.sources = PodSources.ofNamespace(runner.client(), namespace,
                (audience, life) -> runner.cluster().token(namespace, pod.getSpec().getServiceAccountName(), pod, audience, life));
        this.volumes = new PodVolumes(pod, folder.resolve("volumes"), sources);
        this.initSlots = pod.getSpec().getInitContainers().stream().map(container -> new Slot(container, folder.resolve(container.getName()))).toList();
        this.slots = pod.getSpec().getContainers().stream().map(container -> new Slot(container, folder.resolve(container.getName()))).toList();
    }

    boolean is(String namespace, String name) {
        return this.namespace.equals(namespace) && this.name.equals(name);
    }

    List<ProcessHandle> processes() {
        synchronized (lock) {
            List<ProcessHandle> handles = new ArrayList<>();
            for (Slot slot : all()) {
                if (slot.process != null && slot.process.handle().isAlive()) handles.add(slot.process.handle());
            }
            return handles;
        }
    }

    Path log(String container) {
        synchronized (lock) {
            return all().stream().filter(slot -> slot.container.getName().equals(container)).findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("pod " + name + " has no container " + container)).log();
        }
    }

    private List<Slot> all() {
        List<Slot> all = new ArrayList<>(initSlots);
        all.addAll(slots);
        return all;
    }

    // ---- events -----------------------------------------------------------------------------------------------------------------------------------------

    /** The object changed; all that matters is whether it is being deleted. */
    void update(Pod now) {
        boolean begin;
        synchronized (lock) {
            pod = now;
            begin = now.getMetadata().getDeletionTimestamp() != null && !terminating;
            if (begin) terminating = true;
        }
        if (begin) {
            long grace = now.getMetadata().getDeletionGracePeriodSeconds() == null ? 30 : now.getMetadata().getDeletionGracePeriodSeconds();
            Thread.ofVirtual().start(() -> remove(Duration.ofSeconds(grace)));
        }
    }

    /** The object is gone (deleted by force): nobody waits for a grace period any more. */
    void vanished() {
        synchronized (lock) {
            vanished = true;
        }
        end(Duration.ZERO);
    }

    /** The node is switched off. */
    void shutDown() {
        synchronized (lock) {
            vanished = true;        // nothing is reported from now on
        }
        end(SHUT_DOWN);
    }

    private void remove(Duration grace) {
        end(grace);
        for (int attempt = 0; !runner.closed() && attempt < 30; attempt++) {
            try {
                // With the uid, so that a pod that took this one's name is not deleted in its place.
                runner.client().raw("/api/v1/namespaces/" + namespace + "/pods/" + name, "DELETE",
                        new DeleteOptionsBuilder().withGracePeriodSeconds(0L).withNewPreconditions().withUid(uid).endPreconditions().build());
                return;
            } catch (KubernetesClientException e) {
                if (e.getCode() == 404 || e.getCode() == 409) return;
                sleep(RETRY);
            }
        }
    }

    /** Ends all processes: SIGTERM, the grace period, SIGKILL. Returns when they are gone and the pod's threads have ended. */
    private void end(Duration grace) {
        List<ContainerProcess> running = new ArrayList<>();
        synchronized (lock) {
            stopping.countDown();
            for (Slot slot : all()) {
                if (slot.process != null) running.add(slot.process);
            }
        }
        running.forEach(ContainerProcess::terminate);
        try {
            if (done.await(grace.toMillis(), TimeUnit.MILLISECONDS)) return;
            running.forEach(ContainerProcess::kill);
            done.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            running.forEach(ContainerProcess::kill);
        }
    }

    // ---- life -------------------------------------------------------------------------------------------------------------------------------------------

    void run() {
        try {
            String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
            if ("Succeeded".equals(phase) || "Failed".equals(phase)) return;         // finished under an earlier runner
            if (!bind()) return;
            synchronized (lock) {
                bound = true;
            }
            if (!prepare()) return;
            Long deadline = pod.getSpec().getActiveDeadlineSeconds();
            if (deadline != null) Thread.ofVirtual().start(() -> enforceDeadline(Duration.ofSeconds(deadline)));
            for (Slot slot : initSlots) {
                if (!runInit(slot)) return;
            }
            synchronized (lock) {
                initialised = true;
            }
            if (volumes.changing()) Thread.ofVirtual().start(this::refreshVolumes);
            List<Thread> threads = slots.stream().map(slot -> Thread.ofVirtual().name("container-" + name + "-" + slot.container.getName()).start(() -> runContainer(slot))).toList();
            for (Thread thread : threads) thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            report();
            done.countDown();
        }
    }

    private boolean bind() {
        if (pod.getSpec().getNodeName() != null && !pod.getSpec().getNodeName().isEmpty()) return true;
        var binding = new BindingBuilder().withNewMetadata().withName(name).withNamespace(namespace).withUid(uid).endMetadata()
                .withNewTarget().withApiVersion("v1").withKind("Node").withName(PodRunner.NODE).endTarget().build();
        while (stopping.getCount() > 0) {
            try {
                runner.client().bindings().inNamespace(namespace).resource(binding).create();
                return true;
            } catch (KubernetesClientException e) {
                if (e.getCode() == 404) return false;
                if (e.getCode() == 409) return true;            // bound already, or being deleted: the informer knows more soon
                pauseOrStop(RETRY);
            }
        }
        return false;
    }

    /** Writes the volumes and the kubeconfig; waits until everything needed exists. */
    private boolean prepare() {
        while (stopping.getCount() > 0) {
            String reason;
            String message;
            try {
                Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                for (Slot slot : all()) {
                    Files.createDirectories(slot.folder);
                    if (runner.programs(slot.container.getImage()).isEmpty()) {
                        throw new NotReadyException("ErrImagePull", "PodRunner has no programs for image " + slot.container.getImage());
                    }
                }
                volumes.write();
                if (mountsToken()) kubeconfig();
                return true;
            } catch (NotReadyException e) {
                reason = e.reason();
                message = e.getMessage();
            } catch (KubernetesClientException | IOException e) {
                reason = "ContainerCreating";
                message = e.getMessage();
            }
            synchronized (lock) {
                for (Slot slot : all()) slot.state = waiting(reason, message);
            }
            report();
            pauseOrStop(RETRY);
        }
        return false;
    }

    /** Admission has added the token's volume when, by pod and service account, a token is to be mounted. */
    private boolean mountsToken() {
        return !Boolean.FALSE.equals(pod.getSpec().getAutomountServiceAccountToken())
                && pod.getSpec().getVolumes().stream().anyMatch(volume -> volume.getProjected() != null
                        && volume.getProjected().getSources().stream().anyMatch(source -> source.getServiceAccountToken() != null));
    }

    private Path kubeconfig() throws IOException {
        Path file = folder.resolve("kubeconfig");
        if (Files.exists(file)) return file;
        String account = pod.getSpec().getServiceAccountName();
        String content = runner.cluster().kubeconfig(sources.token(null, TOKEN_LIFE), account, namespace);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.writeString(file, content);
    }

    private void refreshVolumes() {
        while (!pauseOrStop(REFRESH)) {
            if (done.getCount() == 0) return;
            try {
                volumes.write();
            } catch (NotReadyException | IOException | KubernetesClientException e) {
                // As on a node, a running container keeps the files it has when their object is gone.
            }
        }
    }

    private void enforceDeadline(Duration deadline) {
        try {
            if (done.await(deadline.toMillis(), TimeUnit.MILLISECONDS)) return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        synchronized (lock) {
            deadlineExceeded = true;
        }
        Long grace = pod.getSpec().getTerminationGracePeriodSeconds();
        end(Duration.ofSeconds(grace == null ? 30 : grace));
    }

    /** Runs an init container until it succeeds; false when the pod ends before that. */
    private boolean runInit(Slot slot) {
        runContainer(slot, true);
        synchronized (lock) {
            boolean succeeded = slot.finished && slot.state.getTerminated() != null && slot.state.getTerminated().getExitCode() == 0;
            if (!succeeded) for (Slot other : slots) other.finished = slot.finished;
            return succeeded;
        }
    }

    private void runContainer(Slot slot) {
        runContainer(slot, false);
    }

    private void runContainer(Slot slot, boolean init) {
        String policy = pod.getSpec().getRestartPolicy() == null ? "Always" : pod.getSpec().getRestartPolicy();
        Duration backOff = RETRY;
        while (stopping.getCount() > 0) {
            Instant started = now();
            long startedNanos = System.nanoTime();
            ContainerProcess process;
            ContainerStateTerminated end;
            try {
                process = start(slot);
                if (process == null) return;
                int code = process.await();
                end = terminated(slot, code, code == 0 ? "Completed" : "Error", message(slot, code), started);
            } catch (NotReadyException e) {
                synchronized (lock) {
                    slot.state = waiting(e.reason(), e.getMessage());
                }
                report();
                pauseOrStop(RETRY);
                continue;
            } catch (KubernetesClientException e) {
                pauseOrStop(RETRY);
                continue;
            } catch (IOException e) {
                end = terminated(slot, 128, "StartError", e.getMessage(), started);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            boolean again = end.getExitCode() == 0 ? policy.equals("Always") && !init : !policy.equals("Never");
            synchronized (lock) {
                slot.process = null;
                slot.state = new ContainerStateBuilder().withTerminated(end).build();
                if (!again || stopping.getCount() == 0) slot.finished = true;
                if (slot.finished) break;
                if (System.nanoTime() - startedNanos > HEALTHY.toNanos()) backOff = RETRY;
                slot.lastState = slot.state;
                slot.state = waiting("CrashLoopBackOff", "back-off " + backOff.toSeconds() + "s restarting container " + slot.container.getName() + " of pod " + name);
            }
            report();
            if (pauseOrStop(backOff)) {
                synchronized (lock) {
                    slot.state = slot.lastState;
                    slot.finished = true;
                }
                break;
            }
            backOff = backOff.multipliedBy(2).compareTo(LONGEST_BACK_OFF) > 0 ? LONGEST_BACK_OFF : backOff.multipliedBy(2);
            synchronized (lock) {
                slot.restarts++;
            }
        }
        report();
    }

    /** Null when the pod is to end. */
    private ContainerProcess start(Slot slot) throws NotReadyException, IOException {
        ContainerSetup setup = ContainerSetup.of(pod, slot.container, sources, volumes.folders(), slot.terminationMessage());
        Path programs = runner.programs(slot.container.getImage())
                .orElseThrow(() -> new NotReadyException("ErrImagePull", "PodRunner has no programs for image " + slot.container.getImage()));
        Map<String, String> environment = new LinkedHashMap<>(runner.nodeEnvironment());
        environment.put("HOME", folder.toString());
        environment.put("HOSTNAME", name);
        if (mountsToken()) environment.put("KUBECONFIG", kubeconfig().toString());
        environment.putAll(setup.environment());
        environment.put("PATH", programs + ":" + environment.getOrDefault("PATH", "/usr/bin:/bin"));
        Files.deleteIfExists(slot.terminationMessage());
        Files.createFile(slot.terminationMessage());
        Path workingDir = setup.workingDir() == null ? folder : Path.of(setup.workingDir());
        ContainerProcess process;
        synchronized (lock) {
            if (stopping.getCount() == 0) return null;
            process = ContainerProcess.start(setup.command(), environment, workingDir, slot.log());
            slot.process = process;
            slot.state = new ContainerStateBuilder().withNewRunning().withStartedAt(now().toString()).endRunning().build();
        }
        report();
        return process;
    }

    private static ContainerStateTerminated terminated(Slot slot, int code, String reason, String message, Instant started) {
        return new ContainerStateTerminatedBuilder().withExitCode(code).withReason(reason).withMessage(message).withStartedAt(started.toString()).withFinishedAt(now().toString())
                .withContainerID("process://" + slot.container.getName()).build();
    }

    /** The termination message as the kubelet takes it: the file; with FallbackToLogsOnError and an empty file, the end of the log of a container that failed. */
    private static String message(Slot slot, int code) throws IOException {
        String message = tail(slot.terminationMessage(), MESSAGE_BYTES);
        if (!message.isEmpty()) return message;
        if (code == 0 || !"FallbackToLogsOnError".equals(slot.container.getTerminationMessagePolicy())) return null;
        List<String> lines = tail(slot.log(), LOG_MESSAGE_BYTES).lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_MESSAGE_LINES), lines.size()));
    }

    private static String tail(Path path, int bytes) throws IOException {
        if (!Files.exists(path)) return "";
        try (var file = new RandomAccessFile(path.toFile(), "r")) {
            file.seek(Math.max(0, file.length() - bytes));
            byte[] content = new byte[(int) Math.min(bytes, file.length() - file.getFilePointer())];
            file.readFully(content);
            return new String(content, StandardCharsets.UTF_8);
        }
    }

    /** Waits; true at once when the pod is to end. */
    private boolean pauseOrStop(Duration time) {
        try {
            return stopping.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- status -----------------------------------------------------------------------------------------------------------------------------------------

    /** Writes the status as it is now. Under the lock, so that reports arrive in the order of what they say. */
    private void report() {
        synchronized (lock) {
            for (int attempt = 0; attempt < 20 && bound && !vanished; attempt++) {
                try {
                    // The uid makes it a conflict, and not somebody else's status, when a pod of the same name took this one's place.
                    var patch = Map.of("metadata", Map.of("uid", uid), "status", status());
                    runner.client().pods().inNamespace(namespace).withName(name).subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(patch));
                    return;
                } catch (KubernetesClientException e) {
                    if (e.getCode() == 404 || e.getCode() == 409 || e.getCode() == 422 || runner.closed()) return;
                    sleep(Duration.ofMillis(250));
                }
            }
        }
    }

    private Object status() {
        boolean allFinished = !slots.isEmpty() && slots.stream().allMatch(slot -> slot.finished);
        boolean allStarted = slots.stream().allMatch(slot -> slot.process != null || slot.restarts > 0 || slot.state.getTerminated() != null || slot.lastState.getTerminated() != null);
        boolean running = slots.stream().allMatch(slot -> slot.state.getRunning() != null);
        boolean failed = all().stream().anyMatch(slot -> slot.state.getTerminated() != null && slot.state.getTerminated().getExitCode() != 0);
        String phase = allFinished ? failed || deadlineExceeded ? "Failed" : "Succeeded" : initialised && allStarted ? "Running" : "Pending";
        String notReady = phase.equals("Succeeded") ? "PodCompleted" : phase.equals("Failed") ? "PodFailed" : "ContainersNotReady";
        condition("PodScheduled", true, null);
        condition("Initialized", initialised || initSlots.isEmpty(), "ContainersNotInitialized");
        condition("ContainersReady", running, notReady);
        condition("Ready", running, notReady);
        var status = new PodStatusBuilder().withPhase(phase).withStartTime(startTime.toString()).withHostIP(PodRunner.ADDRESS).withPodIP(PodRunner.ADDRESS)
                .withPodIPs(new PodIP(PodRunner.ADDRESS)).withConditions(new ArrayList<>(conditions.values()))
                .withContainerStatuses(slots.stream().map(RunningPod::status).toList());
        if (!initSlots.isEmpty()) status.withInitContainerStatuses(initSlots.stream().map(RunningPod::status).toList());
        if (deadlineExceeded) status.withReason("DeadlineExceeded").withMessage("Pod was active on the node longer than the specified deadline");
        return status.build();
    }

    private void condition(String type, boolean holds, String reason) {
        String value = holds ? "True" : "False";
        PodCondition before = conditions.get(type);
        boolean same = before != null && before.getStatus().equals(value);
        conditions.put(type, new PodConditionBuilder().withType(type).withStatus(value).withReason(holds ? null : reason)
                .withLastTransitionTime(same ? before.getLastTransitionTime() : now().toString()).build());
    }

    private static ContainerStatus status(Slot slot) {
        boolean running = slot.state.getRunning() != null;
        return new ContainerStatusBuilder().withName(slot.container.getName()).withImage(slot.container.getImage()).withImageID("").withRestartCount(slot.restarts)
                .withReady(running).withStarted(running).withState(slot.state).withLastState(slot.lastState)
                .withContainerID(slot.process == null ? "" : "process://" + slot.process.handle().pid()).build();
    }

    private static ContainerState waiting(String reason, String message) {
        return new ContainerStateBuilder().withNewWaiting(message, reason).build();
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }
}
