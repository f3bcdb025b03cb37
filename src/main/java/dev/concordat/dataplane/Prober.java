package dev.concordat.dataplane;

import dev.concordat.api.v1alpha1.Latency.ProbeType;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.report.Json;
import dev.concordat.report.ProbeOrder;
import dev.concordat.report.ProbeReport;
import dev.concordat.report.WorkerExit;
import dev.concordat.store.StoreAccess;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The latency prober of one namespace: keeps one {@link ProbeLane} for every contract in the ConfigMap of orders. A contract that fails, in
 * its order or at its stores, never disturbs another one.
 */
public final class Prober implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Prober.class.getName());
    /** How soon a new order, a fence above all, is noticed. */
    private static final Duration ORDERS = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ConfigMapReports reports;
    private final Path secrets;
    private final Map<String, Running> lanes = new HashMap<>();
    private final Map<String, String> refused = new HashMap<>();
    private String seenVersion;
    private String trouble;

    private record Running(ProbeOrder order, ProbeLane lane) {}

    /** @param secrets folder below which each Secret is mounted under its name */
    public Prober(ConfigMapReports reports, Path secrets) {
        this.reports = reports;
        this.secrets = secrets;
    }

    /**
     * Probes until the process is told to end. Needs {@link ProbeOrder#SECRETS}; takes the namespace from POD_NAMESPACE or from the service
     * account.
     *
     * @return an exit code of {@link WorkerExit}
     */
    public static int run(Map<String, String> env) {
        String secrets = env.get(ProbeOrder.SECRETS);
        if (secrets == null || secrets.isEmpty()) {
            LOG.log(Level.ERROR, ProbeOrder.SECRETS + " is not set: the operator's Deployment names there the folder of the mounted Secrets");
            return WorkerExit.CONFIGURATION;
        }
        KubernetesClient client = ConfigMapReports.client();
        String namespace = env.getOrDefault("POD_NAMESPACE", client.getNamespace());
        if (namespace == null || namespace.isEmpty()) {
            LOG.log(Level.ERROR, "the namespace is not known: set POD_NAMESPACE, or run with a service account");
            return WorkerExit.CONFIGURATION;
        }
        var stop = new CountDownLatch(1);
        var stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stop.countDown();
            try {
                stopped.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "stop"));
        LOG.log(Level.INFO, "probing the contracts of namespace " + namespace);
        try (var reports = new ConfigMapReports(client, namespace, PATIENCE); var prober = new Prober(reports, Path.of(secrets))) {
            do {
                prober.follow();
            } while (!stop.await(ORDERS.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            stopped.countDown();
        }
        return WorkerExit.DONE;
    }

    /** Reads the orders once and starts, stops and changes lanes accordingly. While the API server does not answer, all goes on as ordered. */
    public void follow() {
        Map<String, String> orders;
        try {
            ConfigMap map = reports.read(ProbeOrder.CONFIG_MAP).orElse(null);
            String version = map == null ? "" : map.getMetadata().getResourceVersion();
            if (trouble != null) {
                LOG.log(Level.INFO, "orders can be read again");
                trouble = null;
            }
            if (Objects.equals(version, seenVersion) && refused.isEmpty() && lanes.values().stream().noneMatch(running -> running.lane().broken())) {
                return;
            }
            orders = map == null || map.getData() == null ? Map.of() : map.getData();
            follow(orders);
            seenVersion = version;
        } catch (KubernetesClientException e) {
            String now = "orders cannot be read: HTTP " + e.getCode();
            if (!now.equals(trouble)) {
                LOG.log(Level.WARNING, now + "; probing goes on as ordered before");
                trouble = now;
            }
        }
    }

    private void follow(Map<String, String> orders) {
        Set<String> wanted = new HashSet<>();
        orders.forEach((entry, json) -> {
            try {
                ProbeOrder order = Json.read(json, ProbeOrder.class);
                if (order.spec() == null || order.spec().latency() == null || order.spec().suspend()) {
                    return;
                }
                wanted.add(entry);
                follow(entry, order);
                refused.remove(entry);
            } catch (RuntimeException e) {
                // The lane of an earlier order, if any, goes on.
                wanted.add(entry);
                if (!Objects.equals(refused.put(entry, String.valueOf(e.getMessage())), String.valueOf(e.getMessage()))) {
                    LOG.log(Level.WARNING, "order " + entry + " cannot be followed: " + e.getMessage());
                }
            }
        });
        refused.keySet().retainAll(orders.keySet());
        for (String entry : Set.copyOf(lanes.keySet())) {
            if (!wanted.contains(entry)) {
                LOG.log(Level.INFO, "no longer probing " + entry);
                lanes.remove(entry).lane().stop();
            }
        }
    }

    private void follow(String entry, ProbeOrder order) {
        Running running = lanes.get(entry);
        if (running != null && !running.lane().broken() && Measured.of(running.order()).equals(Measured.of(order))) {
            running.lane().order(order);
            return;
        }
        if (running != null) {
            // Its last report is what the next life continues.
            lanes.remove(entry).lane().close();
        }
        ProbeLane next = lane(order, previous(order));
        lanes.put(entry, new Running(order, next));
        next.start();
        LOG.log(Level.INFO, "probing " + order.contract().namespace() + "/" + order.contract().name() + " as of generation " + order.contract().generation());
    }

    private ProbeReport previous(ProbeOrder order) {
        ConfigMap stored = reports.read(order.reportName()).orElse(null);
        String json = stored == null || stored.getData() == null ? null : stored.getData().get(ProbeReport.DATA_KEY);
        try {
            return json == null ? null : Json.read(json, ProbeReport.class);
        } catch (IllegalArgumentException e) {
            LOG.log(Level.WARNING, "report " + order.reportName() + " cannot be continued: " + e.getMessage());
            return null;
        }
    }

    private ProbeLane lane(ProbeOrder order, ProbeReport previous) {
        ProbeSettings settings = ProbeSettings.of(order.spec().latency());
        var state = new LaneState(order, settings, previous, System.currentTimeMillis() / 1000);
        ReportSink sink = reports.sink(ConfigMapReports.Address.probe(order));
        Store source = order.spec().source().store();
        StoreAccess target = access(order.spec().target().store(), "spec.target.store");
        if (order.spec().latency().probe().type() == ProbeType.WATERMARK) {
            return new WatermarkLane(state, settings, sink, access(source, "spec.source.store"), target);
        }
        String writer = order.spec().latency().probe().canary().writerSecretName();
        var writing = new StoreAccess(source, "spec.source.store", "spec.latency.probe.canary.writerSecretName", writer, secrets.resolve(writer), ca(source));
        return new CanaryLane(state, settings, sink, writing, target);
    }

    private StoreAccess access(Store store, String field) {
        return new StoreAccess(store, field, secrets.resolve(store.credentials().secretName()), ca(store));
    }

    private Path ca(Store store) {
        return store.tls().caSecretName() == null ? null : secrets.resolve(store.tls().caSecretName());
    }

    /** Stops all lanes; each reports what it has not reported yet. */
    @Override
    public void close() {
        var closing = lanes.values().stream().map(running -> Thread.ofVirtual().start(running.lane()::close)).toList();
        for (Thread thread : closing) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        lanes.clear();
    }
}
