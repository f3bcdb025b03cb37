package dev.concordat.playground.cluster;

import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Our stand-in for the kubelet: one Ready node, to which every pod of the cluster is bound, and on which each container is a local process.
 *
 * <p>What holds as on a node: environment and volumes ({@link ContainerSetup}, {@link PodVolumes}); a token of the pod's own service account, so that RBAC is
 * enforced; init containers; restart policy with a back-off from 1 s to 30 s; status with conditions, exit codes, termination messages; activeDeadlineSeconds;
 * deletion by SIGTERM, grace period, SIGKILL, and only then the object's removal; a process that ends takes its children along.
 *
 * <p>What does not: there is no isolation, so security contexts, resource limits and ports have no effect; a container is ready as soon as it runs (probes and
 * lifecycle hooks are not called); pods share the network and the file system of this machine, and service names do not resolve. An image is only a folder of
 * programs put first on PATH. A program finds the API server by the file that the variable {@code KUBECONFIG} names, which holds the service account's token, unless
 * the pod says {@code automountServiceAccountToken: false}.
 */
public final class PodRunner implements AutoCloseable {
    /** The node's name. */
    public static final String NODE = "local";
    static final String ADDRESS = "127.0.0.1";

    private final LocalCluster cluster;
    private final KubernetesClient client;
    private final Map<String, Path> images;
    private final Path folder;
    private final Map<String, RunningPod> pods = new ConcurrentHashMap<>();
    private final Thread hook = new Thread(this::stop, "pod-runner-stop");
    private volatile boolean closed;
    private SharedIndexInformer<Pod> informer;

    private PodRunner(LocalCluster cluster, Map<String, Path> images, Path folder) {
        this.cluster = cluster;
        this.client = cluster.client();
        this.images = Map.copyOf(images);
        this.folder = folder;
    }

    /**
     * Registers the node and runs every pod of the cluster from now on; one runner per cluster.
     *
     * @param images a folder of programs by the beginning of an image's name; the longest that fits is taken. A pod with an image that fits none waits with
     *               {@code ErrImagePull}
     * @param folder for volumes and logs of the pods; it stays after {@link #close()}
     */
    public static PodRunner start(LocalCluster cluster, Map<String, Path> images, Path folder) throws IOException {
        var runner = new PodRunner(cluster, images, Files.createDirectories(folder).toAbsolutePath());
        Runtime.getRuntime().addShutdownHook(runner.hook);
        try {
            runner.registerNode();
            runner.informer = runner.client.pods().inAnyNamespace().inform(runner.new Handler());
            return runner;
        } catch (RuntimeException e) {
            runner.close();
            throw e;
        }
    }

    private void registerNode() {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        var node = new NodeBuilder().withNewMetadata().withName(NODE).addToLabels("kubernetes.io/hostname", NODE).addToLabels("kubernetes.io/os", Tool.os())
                .addToLabels("kubernetes.io/arch", Tool.arch()).endMetadata().withNewSpec().endSpec().build();
        if (client.nodes().withName(NODE).get() == null) client.resource(node).create();
        client.nodes().withName(NODE).editStatus(current -> new NodeBuilder(current).editOrNewStatus()
                .withCapacity(Map.of("cpu", new Quantity("64"), "memory", new Quantity("256Gi"), "pods", new Quantity("500")))
                .withAllocatable(Map.of("cpu", new Quantity("64"), "memory", new Quantity("256Gi"), "pods", new Quantity("500")))
                .withConditions(new NodeConditionBuilder().withType("Ready").withStatus("True").withReason("PodRunnerReady").withMessage("containers are local processes")
                        .withLastHeartbeatTime(now).withLastTransitionTime(now).build())
                .withAddresses(new NodeAddress(ADDRESS, "InternalIP"))
                .withNewNodeInfo().withKubeletVersion("pod-runner").withOperatingSystem(Tool.os()).withArchitecture(Tool.arch()).endNodeInfo()
                .endStatus().build());
        // Admission gives a new node the taint not-ready; the node controller that would take it away does not run here.
        client.nodes().withName(NODE).edit(current -> new NodeBuilder(current).editSpec().withTaints().endSpec().build());
    }

    private final class Handler implements ResourceEventHandler<Pod> {
        @Override
        public void onAdd(Pod pod) {
            seen(pod);
        }

        @Override
        public void onUpdate(Pod before, Pod pod) {
            seen(pod);
        }

        @Override
        public void onDelete(Pod pod, boolean unknownFinalState) {
            RunningPod running = pods.remove(pod.getMetadata().getUid());
            if (running != null) running.vanished();
        }

        private void seen(Pod pod) {
            String node = pod.getSpec().getNodeName();
            if (closed || node != null && !node.isEmpty() && !node.equals(NODE)) return;
            pods.computeIfAbsent(pod.getMetadata().getUid(), uid -> {
                var running = new RunningPod(PodRunner.this, pod);
                Thread.ofVirtual().name("pod-" + pod.getMetadata().getName()).start(running::run);
                return running;
            }).update(pod);
        }
    }

    KubernetesClient client() {
        return client;
    }

    LocalCluster cluster() {
        return cluster;
    }

    Path folder() {
        return folder;
    }

    boolean closed() {
        return closed;
    }

    /** The programs of an image. */
    Optional<Path> programs(String image) {
        return images.entrySet().stream().filter(entry -> image.startsWith(entry.getKey()))
                .max(Comparator.comparingInt(entry -> entry.getKey().length())).map(Map.Entry::getValue);
    }

    /** What every process gets, whatever its pod says. */
    Map<String, String> nodeEnvironment() {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String name : List.of("PATH", "LANG", "LC_ALL", "TZ", "CONCORDAT_JAVA_OPTS")) {
            if (System.getenv(name) != null) environment.put(name, System.getenv(name));
        }
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("CONCORDAT_NO_BUILD", "1");          // the launcher must not look for changed sources each time a pod starts
        return environment;
    }

    /** The log of a container's present or last run. */
    public Path logs(String namespace, String pod, String container) {
        return running(namespace, pod).orElseThrow(() -> new IllegalArgumentException("no pod " + namespace + "/" + pod + " on this node")).log(container);
    }

    /** The first process of each container of the pod that runs now; empty when there is no such pod. */
    public List<ProcessHandle> process(String namespace, String pod) {
        return running(namespace, pod).map(RunningPod::processes).orElse(List.of());
    }

    private Optional<RunningPod> running(String namespace, String name) {
        return pods.values().stream().filter(pod -> pod.is(namespace, name)).findFirst();
    }

    private void stop() {
        closed = true;
        if (informer != null) informer.close();
        List<Thread> stops = pods.values().stream().map(pod -> Thread.ofVirtual().start(pod::shutDown)).toList();
        for (Thread stop : stops) {
            try {
                stop.join(TimeUnit.SECONDS.toMillis(20));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Ends every process (SIGTERM, then SIGKILL after at most 5 s) and leaves the pod objects as they are, as a node does that is switched off. */
    @Override
    public void close() {
        stop();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending, and the hook runs as well: it finds nothing left to stop.
        }
    }
}
