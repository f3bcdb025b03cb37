package dev.concordat.playground;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.SyncContractStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientTimeoutException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The closed loop, told live: drift found and put right, then a late sync, an exhausted budget, paused writers, a drained backlog and
 * running writers again. Every step counts only when it was observed through the API server, as any user could observe it.
 */
final class Story {
    static final String NAMESPACE = "shop";
    static final String CONTRACT = "orders-to-storefront";
    static final String WRITER = "shop";
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Ends the story: a step was not observed in time. */
    static final class NotObserved extends Exception {
        NotObserved(String message) {
            super(message);
        }
    }

    /**
     * The parts of the world that the story touches.
     *
     * @param client         an administrator of the cluster
     * @param kubectl        the real kubectl
     * @param kubeconfig     the administrator's kubeconfig
     * @param source         opens a session on the shop's database
     * @param target         opens a session on the storefront's database, which the replicator knows nothing of
     * @param writerProcesses the live processes of the writer's pods
     */
    record World(KubernetesClient client, Path kubectl, Path kubeconfig, Callable<Connection> source, Callable<Connection> target,
            Callable<List<ProcessHandle>> writerProcesses) {}

    private final World world;
    private final Narrator narrator;
    private final Map<String, Duration> timings = new TreeMap<>();

    Story(World world, Narrator narrator) {
        this.world = world;
        this.narrator = narrator;
    }

    /** How long the steps took that users ask about, by name. */
    Map<String, Duration> timings() {
        return timings;
    }

    /**
     * Tells the story from the first verdict on. The contract has just been applied.
     *
     * @param applied {@link Narrator#elapsed()} when the contract was applied
     * @throws NotObserved when a step does not show in time
     */
    void tell(Duration applied) throws Exception {
        inSync(applied);
        changeBehindTheReplicatorsBack();
        budgetAndPause();
    }

    private void inSync(Duration applied) throws Exception {
        narrator.chapter("The contract is applied. Do the two stores agree?");
        SyncContract contract = await("InSync=True: the first check compared both tables and found no difference", c -> condition(c, "InSync").isTrue());
        timings.put("from apply to the first verdict", narrator.elapsed().minus(applied));
        narrator.say(condition(contract, "InSync").message());
        await("a lag is measured: canary rows arrive on the target", c -> c.getStatus().latency() != null && c.getStatus().latency().lag() != null
                && condition(c, "BudgetExhausted").isFalse());
        kubectl("get", "synccontracts", "-n", NAMESPACE);
        kubectl("get", "reconcilejobs", "-n", NAMESPACE);
    }

    private void changeBehindTheReplicatorsBack() throws Exception {
        narrator.chapter("Somebody changes a row in the storefront, behind the replicator's back");
        Order order = pickSettledOrder();
        update(world.target(), "UPDATE order_view SET state = 'lost-in-transit' WHERE id = ?", order.id());
        narrator.say("MariaDB> UPDATE order_view SET state = 'lost-in-transit' WHERE id = " + order.id() + ";");
        askForCheck("drift");
        SyncContract drifted = await("InSync=False: the check found it, with key, field and both values",
                c -> condition(c, "InSync").isFalse() && condition(c, "InSync").message().contains(String.valueOf(order.id()))
                        && condition(c, "InSync").message().contains("lost-in-transit") && condition(c, "InSync").message().contains(order.status()));
        narrator.say(condition(drifted, "InSync").message());
        if (!condition(drifted, "Ready").isTrue()) {
            throw new NotObserved("a drifting contract must stay Ready, but Ready says: " + condition(drifted, "Ready").message());
        }
        kubectl("get", "sct", CONTRACT, "-n", NAMESPACE);

        narrator.chapter("The row is put right");
        update(world.target(), "UPDATE order_view SET state = '" + order.status() + "' WHERE id = ?", order.id());
        narrator.say("MariaDB> UPDATE order_view SET state = '" + order.status() + "' WHERE id = " + order.id() + ";");
        askForCheck("repaired");
        await("InSync=True again", c -> condition(c, "InSync").isTrue());
        kubectl("wait", "--for=condition=InSync", "sct/" + CONTRACT, "-n", NAMESPACE, "--timeout=10s");
    }

    private void budgetAndPause() throws Exception {
        Deployment before = writer().get();
        int replicas = before.getSpec().getReplicas();
        List<ProcessHandle> processes = world.writerProcesses().call();
        if (processes.isEmpty()) {
            throw new NotObserved("the shop has no running process before the pause");
        }
        narrator.chapter("The replicator is throttled. The sync gets late");
        throttle(true);
        narrator.say("The shop still writes with " + replicas + " replicas: processes " + processes.stream().map(p -> String.valueOf(p.pid())).toList());
        await("the lag passes the ceiling", c -> c.getStatus().latency() != null && c.getStatus().latency().badSlices() != null && c.getStatus().latency().badSlices() > 0);
        kubectl("get", "sct", CONTRACT, "-n", NAMESPACE);
        SyncContract exhausted = await("BudgetExhausted=True", c -> condition(c, "BudgetExhausted").isTrue());
        Instant since = Instant.parse(condition(exhausted, "BudgetExhausted").lastTransitionTime());
        narrator.say(condition(exhausted, "BudgetExhausted").message());

        narrator.chapter("The budget is exhausted: the shop is paused");
        SyncContract paused = await("WritersPaused=True: no pod of the shop is left", c -> condition(c, "WritersPaused").isTrue());
        timings.put("from the end of the slice that exhausted the budget to writers verified as stopped",
                Duration.between(since, Instant.parse(paused.getStatus().writers().pause().pausedTime())));
        narrator.say(condition(paused, "WritersPaused").message());
        List<ProcessHandle> alive = processes.stream().filter(ProcessHandle::isAlive).toList();
        if (!alive.isEmpty()) {
            throw new NotObserved("the shop's processes still run: " + alive);
        }
        List<Pod> pods = world.client().pods().inNamespace(NAMESPACE).withLabel("app", WRITER).list().getItems();
        if (!pods.isEmpty()) {
            throw new NotObserved("the shop still has pods: " + pods.stream().map(p -> p.getMetadata().getName()).toList());
        }
        narrator.seen("the shop's processes are gone");
        kubectl("get", "deployments,pods", "-n", NAMESPACE);

        narrator.chapter("The cause is mended, the backlog drains");
        throttle(false);
        await("the fence arrived: everything written before the pause is on the target",
                c -> c.getStatus().writers() != null && (c.getStatus().writers().pause() == null || c.getStatus().writers().pause().drainedTime() != null));

        narrator.chapter("The shop runs again");
        SyncContract resumed = await("WritersPaused=False", c -> condition(c, "WritersPaused").isFalse() && c.getStatus().writers().pause() == null);
        narrator.say(condition(resumed, "WritersPaused").message());
        awaitWriter("the shop has its " + replicas + " replicas back, and they are ready", d -> d.getSpec().getReplicas() == replicas
                && d.getStatus() != null && d.getStatus().getReadyReplicas() != null && d.getStatus().getReadyReplicas() == replicas);
        Map<String, String> left = writer().get().getMetadata().getAnnotations();
        for (String annotation : List.of(Api.CLAIMS, Api.RESTORE, Api.PAUSE_UNTIL)) {
            if (left != null && left.containsKey(annotation)) {
                throw new NotObserved("the annotation " + annotation + " was left on the shop: " + left.get(annotation));
            }
        }
        askForCheck("after-the-pause");
        await("InSync=True: nothing was lost", c -> condition(c, "InSync").isTrue() && "after-the-pause".equals(c.getStatus().check().handledRequest())
                && c.getStatus().check().active() == null);
        kubectl("get", "sct", CONTRACT, "-n", NAMESPACE, "-o", "wide");
        kubectl("get", "events", "-n", NAMESPACE, "--field-selector", "involvedObject.kind=SyncContract", "--sort-by=.lastTimestamp",
                "-o", "custom-columns=LAST:.lastTimestamp,COUNT:.count,REASON:.reason,MESSAGE:.message");
    }

    private record Order(long id, String status) {}

    /** An order that neither the shop nor the replicator will touch again. */
    private Order pickSettledOrder() throws Exception {
        try (Connection source = world.source().call(); var statement = source.createStatement();
                var row = statement.executeQuery("SELECT id, status FROM orders WHERE id > 0 AND region = 'EU' ORDER BY updated_at LIMIT 1")) {
            if (!row.next()) {
                throw new NotObserved("the shop has no orders yet");
            }
            return new Order(row.getLong(1), row.getString(2));
        }
    }

    private static void update(Callable<Connection> database, String sql, long id) throws Exception {
        try (Connection connection = database.call(); var statement = connection.prepareStatement(sql)) {
            statement.setLong(1, id);
            if (statement.executeUpdate() != 1) {
                throw new SQLException("expected to change one row: " + sql + " with id " + id);
            }
        }
    }

    private void throttle(boolean on) throws Exception {
        String sql = on ? "UPDATE replicator_control SET max_rows_per_second = 20" : "UPDATE replicator_control SET max_rows_per_second = NULL";
        try (Connection source = world.source().call(); var statement = source.createStatement()) {
            statement.executeUpdate(sql);
        }
        narrator.say("PostgreSQL> " + sql + ";");
    }

    private void askForCheck(String value) throws Exception {
        kubectl("annotate", "sct", CONTRACT, "-n", NAMESPACE, "--overwrite", Api.CHECK_REQUESTED + "=" + value);
    }

    private Resource<SyncContract> contract() {
        return world.client().resources(SyncContract.class).inNamespace(NAMESPACE).withName(CONTRACT);
    }

    private Resource<Deployment> writer() {
        return world.client().apps().deployments().inNamespace(NAMESPACE).withName(WRITER);
    }

    private SyncContract await(String what, Predicate<SyncContract> until) throws NotObserved {
        try {
            SyncContract seen = contract().waitUntilCondition(c -> c != null && c.getStatus() != null && until.test(c), PATIENCE.toSeconds(), TimeUnit.SECONDS);
            narrator.seen(what);
            return seen;
        } catch (KubernetesClientTimeoutException late) {
            throw new NotObserved("not observed within " + PATIENCE.toSeconds() + " s: " + what + "\n" + describe());
        }
    }

    private void awaitWriter(String what, Predicate<Deployment> until) throws NotObserved {
        try {
            writer().waitUntilCondition(d -> d != null && until.test(d), PATIENCE.toSeconds(), TimeUnit.SECONDS);
            narrator.seen(what);
        } catch (KubernetesClientTimeoutException late) {
            throw new NotObserved("not observed within " + PATIENCE.toSeconds() + " s: " + what);
        }
    }

    private String describe() {
        SyncContract contract = contract().get();
        if (contract == null || contract.getStatus() == null) {
            return "the contract has no status";
        }
        List<String> lines = new ArrayList<>();
        contract.getStatus().conditions().forEach(c -> lines.add("  " + c.type() + "=" + c.status() + " " + c.reason() + ": " + c.message()));
        return String.join("\n", lines);
    }

    private static Condition condition(SyncContract contract, String type) {
        return contract.getStatus().conditions().stream().filter(c -> c.type().equals(type)).findFirst()
                .orElse(new Condition(type, "Unknown", null, "", "Absent", "not reported"));
    }

    /** Runs the real kubectl, so that what the reader sees is what the reader would get. */
    private void kubectl(String... args) throws IOException, InterruptedException, NotObserved {
        List<String> command = new ArrayList<>(List.of(world.kubectl().toString()));
        command.addAll(List.of(args));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("KUBECONFIG", world.kubeconfig().toString());
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes());
        narrator.shown("kubectl " + String.join(" ", args), output);
        if (process.waitFor() != 0) {
            throw new NotObserved("kubectl " + String.join(" ", args) + " ended with " + process.exitValue());
        }
    }
}
