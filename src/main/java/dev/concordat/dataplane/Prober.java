package dev.concordat.dataplane;

import com.fasterxml.jackson.databind.JsonNode;
import dev.concordat.api.v1alpha1.Latency.ProbeType;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.report.Json;
import dev.concordat.report.ProbeOrder;
import dev.concordat.report.ProbeReport;
import dev.concordat.report.WorkerExit;
import dev.concordat.store.StoreAccess;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The latency prober of one namespace: keeps one {@link ProbeLane} for every LatencyProbe. A contract that fails, in its order or at its stores, never disturbs
 * another one.
 */
public final class Prober implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Prober.class.getName());
    /** How soon a new order, a fence above all, is noticed. */
    private static final Duration ORDERS = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** An order that somebody deleted is put back by the operator; until then its lane goes on, so that nothing that is on its way is forgotten. */
    private static final Duration GRACE = Duration.ofSeconds(15);

    private final ReportClient reports;
    private final Path secrets;
    private final LongSupplier nanoClock;
    private final Map<String, Running> lanes = new HashMap<>();
    private final Map<String, String> refused = new HashMap<>();
    /** Orders that are gone, since when. */
    private final Map<String, Long> missing = new HashMap<>();

    private record Running(ProbeOrder order, ProbeLane lane, String object) {}

    /**
     * One order as it stands.
     *
     * @param name   of the LatencyProbe, which is that of its contract
     * @param object its uid
     * @param spec   JSON of a {@link ProbeOrder}
     */
    record Order(String name, String object, String spec) {}

    /** @param secrets folder below which each Secret is mounted under its name */
    Prober(ReportClient reports, Path secrets, LongSupplier nanoClock) {
        this.reports = reports;
        this.secrets = secrets;
        this.nanoClock = nanoClock;
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
        KubernetesClient client = ReportClient.client();
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
        try (var reports = new ReportClient(client, namespace, PATIENCE); var prober = new Prober(reports, Path.of(secrets), System::nanoTime); var orders = reports.probes()) {
            // The rights to read them may come late, and are put back when somebody takes them away: it goes on trying.
            orders.exceptionHandler((started, e) -> {
                LOG.log(Level.WARNING, "orders cannot be read: " + e.getMessage() + "; probing goes on as ordered before");
                return true;
            });
            orders.start();
            do {
                if (orders.hasSynced()) {
                    prober.follow(orders.getStore().list().stream().map(Prober::order).toList());
                }
            } while (!stop.await(ORDERS.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            stopped.countDown();
        }
        return WorkerExit.DONE;
    }

    static Order order(GenericKubernetesResource probe) {
        return new Order(probe.getMetadata().getName(), probe.getMetadata().getUid(), Json.write(probe.get("spec")));
    }

    /** Starts, stops and changes lanes according to all orders as they stand. */
    void follow(List<Order> orders) {
        Set<String> wanted = new HashSet<>();
        for (Order given : orders) {
            try {
                ProbeOrder order = Json.read(given.spec(), ProbeOrder.class);
                if (order.spec() == null || order.spec().latency() == null || order.spec().suspend()) {
                    stop(given.name());
                    continue;
                }
                wanted.add(given.name());
                follow(given, order);
                refused.remove(given.name());
            } catch (RuntimeException e) {
                // The lane of an earlier order, if any, goes on.
                wanted.add(given.name());
                if (!Objects.equals(refused.put(given.name(), String.valueOf(e.getMessage())), String.valueOf(e.getMessage()))) {
                    LOG.log(Level.WARNING, "order " + given.name() + " cannot be followed: " + e.getMessage());
                }
            }
        }
        refused.keySet().retainAll(wanted);
        missing.keySet().removeAll(wanted);
        long now = nanoClock.getAsLong();
        for (String name : Set.copyOf(lanes.keySet())) {
            if (!wanted.contains(name) && now - missing.computeIfAbsent(name, _ -> now) >= GRACE.toNanos()) {
                stop(name);
            }
        }
    }

    private void stop(String name) {
        missing.remove(name);
        Running running = lanes.remove(name);
        if (running != null) {
            LOG.log(Level.INFO, "no longer probing " + name);
            running.lane().stop();
        }
    }

    private void follow(Order given, ProbeOrder order) {
        Running running = lanes.get(given.name());
        if (running != null && !running.lane().broken() && Measured.of(running.order()).equals(Measured.of(order))) {
            running.lane().order(order);
            if (!running.object().equals(given.object())) {
                running.lane().reportAgain();
                lanes.put(given.name(), new Running(running.order(), running.lane(), given.object()));
            }
            return;
        }
        if (running != null) {
            // Its last report is what the next life continues.
            lanes.remove(given.name()).lane().close();
        }
        ProbeLane next = lane(given.name(), order, previous(given.name(), order));
        lanes.put(given.name(), new Running(order, next, given.object()));
        next.start();
        LOG.log(Level.INFO, "probing " + order.contract().namespace() + "/" + order.contract().name() + " as of generation " + order.contract().generation());
    }

    private ProbeReport previous(String name, ProbeOrder order) {
        JsonNode status = reports.read(ReportClient.Kind.LATENCY_PROBE, name).map(probe -> probe.get("status")).orElse(null);
        try {
            return status == null ? null : Json.read(status.toString(), ProbeReport.class);
        } catch (IllegalArgumentException e) {
            LOG.log(Level.WARNING, "report " + order.contract().name() + " cannot be continued: " + e.getMessage());
            return null;
        }
    }

    private ProbeLane lane(String name, ProbeOrder order, ProbeReport previous) {
        ProbeSettings settings = ProbeSettings.of(order.spec().latency());
        var state = new LaneState(order, settings, previous, System.currentTimeMillis() / 1000);
        ReportSink sink = reports.sink(ReportClient.Kind.LATENCY_PROBE, name, order.contract(), null);
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
