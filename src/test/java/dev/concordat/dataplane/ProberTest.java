package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.internal.LatencyProbe;
import dev.concordat.report.ContractRef;
import dev.concordat.report.Json;
import dev.concordat.report.ProbeOrder;
import dev.concordat.report.Failure;
import dev.concordat.report.ProbeReport;
import dev.concordat.testing.Case;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.CustomResourceDefinitionContext;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Orders in, reports out. The stores are a port where nothing listens and a Secret that is not there: what they say shows which lane runs. */
@EnableKubernetesMockClient(crud = true)
class ProberTest {
    KubernetesClient client;
    @TempDir Path secrets;
    ReportClient reports;
    Prober prober;
    /** What is ordered now, as JSON by the contract's name. */
    final Map<String, String> orders = new TreeMap<>();
    final AtomicLong nanos = new AtomicLong();

    @BeforeEach
    void start() {
        reports = new ReportClient(client, "shop", Duration.ofSeconds(5));
        prober = new Prober(reports, secrets, nanos::get);
    }

    @AfterEach
    void stop() {
        prober.close();
    }

    void order(String name, String uid, String fence, String secret) {
        Store store = new Store(StoreType.POSTGRESQL, "127.0.0.1", 1, "shop", null, "orders", new Store.Credentials(secret), null, null);
        var spec = ProbeLanesIT.canary(store, store, Map.of("id", new IntOrString(-1)));
        orders.put(name, Json.write(new ProbeOrder(new ContractRef("shop", name, uid, 1, "1.0.0"), fence, spec)));
    }

    /** Brings the API server's objects in step with the orders, and the prober with them. */
    void follow() {
        var probes = client.genericKubernetesResources(CustomResourceDefinitionContext.fromCustomResourceType(LatencyProbe.class)).inNamespace("shop");
        probes.list().getItems().stream().filter(probe -> !orders.containsKey(probe.getMetadata().getName())).forEach(probe -> probes.resource(probe).delete());
        orders.forEach((name, spec) -> {
            GenericKubernetesResource there = probes.withName(name).get();
            GenericKubernetesResource wanted = there == null ? new GenericKubernetesResource() : there;
            wanted.setApiVersion("internal.concordat.dev/v1alpha1");
            wanted.setKind("LatencyProbe");
            wanted.setMetadata(there == null ? new ObjectMetaBuilder().withName(name).build() : there.getMetadata());
            wanted.setAdditionalProperty("spec", Json.read(spec, Object.class));
            if (there == null) {
                probes.resource(wanted).create();
            } else {
                probes.resource(wanted).update();
            }
        });
        prober.follow(probes.list().getItems().stream().map(Prober::order).toList());
    }

    Optional<ProbeReport> report(String name) {
        return reports.read(ReportClient.Kind.LATENCY_PROBE, name).map(probe -> probe.get("status")).map(status -> Json.read(status.toString(), ProbeReport.class));
    }

    ProbeReport awaitReport(String name) {
        return await().atMost(Duration.ofSeconds(20)).until(() -> report(name), Optional::isPresent).orElseThrow();
    }

    /** A lane's first report may be older than its first attempt to log in. */
    Failure awaitFailure(String name) {
        return await().atMost(Duration.ofSeconds(20)).until(() -> report(name).map(ProbeReport::failure), Optional::isPresent).orElseThrow();
    }

    @Test
    void withoutOrdersNothingRuns() {
        follow();
        assertThat(report("orders")).isEmpty();
    }

    @Test
    void eachContractGetsALaneOfItsOwnAndABadOrderDisturbsNobody() {
        order("orders", "uid-1", null, "source");
        orders.put("broken", "{\"contract\":7}");
        orders.put("later", "{\"contract\":{\"name\":\"later\",\"uid\":\"uid-3\"}}");
        order("prices", "uid-2", null, "source");
        follow();
        assertThat(awaitFailure("orders").reason()).isEqualTo("SecretMissing");
        assertThat(awaitFailure("prices").field()).isEqualTo("spec.latency.probe.canary.writerSecretName");
        assertThat(report("later")).isEmpty();
        assertThat(report("broken")).isEmpty();
    }

    @Test
    void aContractWhoseOrderIsGoneForGoodIsNoLongerProbed() {
        order("orders", "uid-1", null, "source");
        follow();
        awaitReport("orders");
        orders.clear();
        follow();
        nanos.addAndGet(Duration.ofMinutes(1).toNanos());
        follow();
        order("orders", "uid-1", null, "source");
        follow();
        assertThat(awaitReport("orders").sequence()).as("a new life").isEqualTo(1);
    }

    @Test
    @Case(value = "operator 13", before = "blind for minutes after kubectl delete cm concordat-prober", now = "the lane goes on, and reports again at once")
    void anOrderThatIsPutBackFindsItsLaneAndIsToldOfItAtOnce() {
        order("orders", "uid-1", null, "source");
        follow();
        long epoch = awaitReport("orders").epoch();
        orders.clear();
        follow();
        nanos.addAndGet(Duration.ofSeconds(5).toNanos());
        follow();
        order("orders", "uid-1", null, "source");
        follow();
        assertThat(awaitReport("orders").epoch()).isEqualTo(epoch);
    }

    @Test
    void aFenceLeavesTheLaneAloneAndAnotherContractOfThatNameStartsANewLife() throws Exception {
        order("orders", "uid-1", null, "source");
        follow();
        long epoch = awaitReport("orders").epoch();
        Files.writeString(Files.createDirectories(secrets.resolve("source")).resolve("username"), "u");
        Files.writeString(secrets.resolve("source/password"), "p");
        order("orders", "uid-1", "p1", "source");
        follow();
        await().atMost(Duration.ofSeconds(20)).until(() -> report("orders").map(ProbeReport::failure).filter(failure -> failure.reason().equals("StoreUnreachable")), Optional::isPresent);
        assertThat(report("orders").orElseThrow().epoch()).isEqualTo(epoch);
        order("orders", "uid-9", null, "source");
        follow();
        await().atMost(Duration.ofSeconds(20)).until(() -> report("orders").filter(report -> report.contract().uid().equals("uid-9")), Optional::isPresent);
    }

    @Test
    @Case(value = "operator 11", before = "a patch of pause.perHour forgets the pending probe, 8 slices Unknown", now = "only what is measured by restarts the measuring")
    void anEditThatDoesNotChangeHowIsMeasuredDoesNotRestartTheMeasuring() {
        order("orders", "uid-1", null, "source");
        follow();
        long epoch = awaitReport("orders").epoch();
        String json = orders.get("orders");
        Measured before = Measured.of(Json.read(json, ProbeOrder.class));
        String edited = json.replaceFirst("\"perHour\":\\d+", "\"perHour\":7").replaceFirst("\"stable\":\"[^\"]*\"", "\"stable\":\"90s\"")
                .replaceFirst("\"maxLoad\":100", "\"maxLoad\":50").replaceFirst("\"system\":\"shop\"", "\"system\":\"other\"").replace("\"window\":\"10m\"", "\"window\":\"20m\"")
                .replaceFirst("\"version\":\"1.0.0\",\"", "\"version\":\"1.1.0\",\"impact\":{\"duringDelay\":\"x\"},\"");
        assertThat(edited).contains("\"perHour\":7", "\"stable\":\"90s\"", "\"window\":\"20m\"");
        assertThat(Measured.of(Json.read(edited, ProbeOrder.class))).isEqualTo(before);
        for (String other : List.of(json.replaceFirst("\"ceiling\":\"[^\"]*\"", "\"ceiling\":\"9s\""), json.replace("\"slice\":\"1s\"", "\"slice\":\"2s\""),
                json.replaceFirst("\"table\":\"orders\"", "\"table\":\"orders2\""))) {
            assertThat(Measured.of(Json.read(other, ProbeOrder.class))).isNotEqualTo(before);
        }
        orders.put("orders", edited);
        follow();
        ProbeReport after = await().atMost(Duration.ofSeconds(20)).until(() -> report("orders").filter(report -> report.sequence() > 1), Optional::isPresent).orElseThrow();
        assertThat(after.epoch()).isEqualTo(epoch);
    }
}
