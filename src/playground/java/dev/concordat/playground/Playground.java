package dev.concordat.playground;

import dev.concordat.contract.Durations;
import dev.concordat.playground.cluster.LocalCluster;
import dev.concordat.playground.cluster.PodRunner;
import dev.concordat.playground.cluster.ProjectHome;
import dev.concordat.playground.databases.MariaDbServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.playground.demo.Schema;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The real thing on one machine: a Kubernetes API server with its controllers, PodRunner in the kubelet's place, PostgreSQL, MariaDB, a
 * shop, a replicator, and the operator in a process of its own under the very RBAC that the chart installs.
 */
public final class Playground implements AutoCloseable {
    /** Where the operator lives. */
    static final String OPERATOR_NAMESPACE = "concordat-system";
    private static final String OPERATOR_ACCOUNT = "concordat";

    private final Narrator narrator;
    private final Path folder;
    private final Map<String, String> settings;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private LocalCluster cluster;
    private PodRunner pods;
    private PostgresServer postgres;
    private MariaDbServer mariadb;
    private OperatorProcess operator;
    private volatile boolean told;

    private Playground(Narrator narrator, Path folder, Map<String, String> settings) {
        this.narrator = narrator;
        this.folder = folder;
        this.settings = settings;
    }

    /**
     * Brings the playground up, tells the story and, unless {@code once}, stays up until it is interrupted.
     *
     * @return 0 when every step of the story was observed through the API server, 1 otherwise
     */
    public static int run(boolean once) throws Exception {
        Narrator narrator = Narrator.onTerminal();
        Path folder = Files.createTempDirectory("concordat-playground-");
        Playground playground = new Playground(narrator, folder, Map.of());
        Thread interrupted = new Thread(() -> {
            playground.close();
            if (playground.told) {
                deleteTree(folder);
                narrator.progress("stopped; nothing is left");
            }
        }, "playground-stop");
        Runtime.getRuntime().addShutdownHook(interrupted);
        int exit = 1;
        try {
            exit = playground.tell(once);
        } catch (Story.NotObserved missing) {
            narrator.missed(missing.getMessage());
            narrator.say("Logs: " + folder.resolve("logs"));
        } finally {
            playground.close();
            if (exit == 0) {
                deleteTree(folder);
            }
        }
        return exit;
    }

    /** Brings everything up to the point where the operator runs, with these settings in its environment, and no contract is applied yet. */
    static Playground start(Narrator narrator, Path folder, Map<String, String> settings) throws Exception {
        Playground playground = new Playground(narrator, folder, settings);
        try {
            playground.bringUp();
            return playground;
        } catch (Exception e) {
            playground.close();
            throw e;
        }
    }

    LocalCluster cluster() {
        return cluster;
    }

    PodRunner pods() {
        return pods;
    }

    PostgresServer postgres() {
        return postgres;
    }

    MariaDbServer mariadb() {
        return mariadb;
    }

    OperatorProcess operator() {
        return operator;
    }

    private int tell(boolean once) throws Exception {
        bringUp();
        Thread teller = Thread.currentThread();
        operator.onUnexpectedEnd(code -> {
            narrator.missed("the operator ended with exit code " + code + ". Its log: " + folder.resolve("logs/operator.log"));
            teller.interrupt();
        });
        applyExamples();
        Story story = new Story(world(), narrator);
        Duration applied = narrator.elapsed();
        story.tell(applied);
        narrator.chapter("Every step was observed through the API server");
        story.timings().forEach((what, time) -> narrator.say(what + ": " + Durations.print(time)));
        narrator.say("from the start of the playground to the end of the story: " + Durations.print(narrator.elapsed()));
        if (!once) {
            told = true;
            narrator.say("");
            narrator.say("It stays up. In another terminal:");
            narrator.say("  export KUBECONFIG=" + cluster.kubeconfig());
            narrator.say("  export PATH=" + cluster.kubectl().getParent() + ":$PATH");
            narrator.say("  kubectl get synccontracts -A; kubectl describe sct -n shop; kubectl explain sct.spec.record; kubectl get rj -A");
            narrator.say("Ctrl-C stops everything.");
            new CountDownLatch(1).await();
        }
        return 0;
    }

    Story.World world() {
        return new Story.World(cluster.client(), cluster.kubectl(), cluster.kubeconfig(), () -> postgres.connect("orders"), () -> mariadb.connect("storefront"),
                this::writerProcesses);
    }

    private List<ProcessHandle> writerProcesses() {
        return cluster.client().pods().inNamespace(Story.NAMESPACE).withLabel("app", Story.WRITER).list().getItems().stream()
                .flatMap(pod -> pods.process(Story.NAMESPACE, pod.getMetadata().getName()).stream()).toList();
    }

    private void bringUp() throws Exception {
        Path home = ProjectHome.find();
        try (var starting = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<PostgresServer> startedPostgres = starting.submit(step("PostgreSQL", PostgresServer::start));
            Future<MariaDbServer> startedMariadb = starting.submit(step("MariaDB", MariaDbServer::start));
            Future<LocalCluster> startedCluster = starting.submit(step("etcd, API server and controllers",
                    () -> LocalCluster.start(folder.resolve("cluster"), narrator::progress)));
            cluster = keep(startedCluster);
            postgres = keep(startedPostgres);
            mariadb = keep(startedMariadb);
        }
        Schema.create(postgres, mariadb);
        installConcordat(home);
        pods = PodRunner.start(cluster, Map.of("concordat", home), folder.resolve("pods"));
        open.push(pods);
        restartOperator();
        narrator.progress("operator started, process " + operator.pid() + ", as service account " + OPERATOR_NAMESPACE + "/" + OPERATOR_ACCOUNT);
    }

    /** Another operator, as a Deployment would start one for one that died. */
    void restartOperator() throws IOException {
        operator = OperatorProcess.start(ProjectHome.find(), cluster.kubeconfigFor(OPERATOR_NAMESPACE, OPERATOR_ACCOUNT), folder.resolve("logs/operator.log"), settings);
        open.push(operator);
    }

    private <T> Callable<T> step(String what, Callable<T> start) {
        return () -> {
            long from = System.nanoTime();
            T started = start.call();
            narrator.progress(what + " up after " + Durations.print(Duration.ofNanos(System.nanoTime() - from)));
            return started;
        };
    }

    private <T extends AutoCloseable> T keep(Future<T> starting) throws Exception {
        try {
            T started = starting.get();
            open.push(started);
            return started;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private void installConcordat(Path home) throws IOException {
        cluster.apply(home.resolve("crds"));
        cluster.client().resource(new NamespaceBuilder().withNewMetadata().withName(OPERATOR_NAMESPACE).endMetadata().build()).serverSideApply();
        applyText(new String(Playground.class.getResourceAsStream("rbac.yaml").readAllBytes(), StandardCharsets.UTF_8));
        narrator.progress("CRDs and RBAC applied, as charts/concordat renders them");
    }

    /** Applies examples/playground with the ports that this machine gave. */
    void applyExamples() throws IOException {
        try (var files = Files.list(ProjectHome.find().resolve("examples/playground"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
                String text = Files.readString(file)
                        .replace("${SOURCE_PORT}", String.valueOf(postgres.port()))
                        .replace("${TARGET_PORT}", String.valueOf(mariadb.port()));
                applyText(text);
                narrator.progress("kubectl apply -f examples/playground/" + file.getFileName());
            }
        }
    }

    private void applyText(String yaml) {
        for (HasMetadata object : cluster.client().load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8))).items()) {
            cluster.client().resource(object).forceConflicts().serverSideApply();
        }
    }

    /** Stops everything, in reverse order. A second call does nothing. */
    @Override
    public void close() {
        while (true) {
            AutoCloseable next;
            synchronized (open) {
                next = open.poll();
            }
            if (next == null) {
                return;
            }
            try {
                next.close();
            } catch (Exception e) {
                narrator.missed("while stopping: " + e.getMessage());
            }
        }
    }

    private static void deleteTree(Path folder) {
        try (var tree = Files.walk(folder)) {
            tree.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.deleteIfExists(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
