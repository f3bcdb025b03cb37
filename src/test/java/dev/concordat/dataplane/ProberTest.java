package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.report.ContractRef;
import dev.concordat.report.Json;
import dev.concordat.report.ProbeOrder;
import dev.concordat.report.Failure;
import dev.concordat.report.ProbeReport;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import dev.concordat.testing.Case;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Orders in, reports out. The stores are a port where nothing listens and a Secret that is not there: what they say shows which lane runs. */
@EnableKubernetesMockClient(crud = true)
class ProberTest {
    KubernetesClient client;
    @TempDir Path secrets;
    ConfigMapReports reports;
    Prober prober;
    final Map<String, String> orders = new TreeMap<>();

    @BeforeEach
    void start() {
        reports = new ConfigMapReports(client, "shop", Duration.ofSeconds(5));
        prober = new Prober(reports, secrets);
    }

    @AfterEach
    void stop() {
        prober.close();
    }

    void order(String name, String uid, String fence, String secret) {
        Store store = new Store(StoreType.POSTGRESQL, "127.0.0.1", 1, "shop", null, "orders", new Store.Credentials(secret), null, null);
        var spec = ProbeLanesIT.canary(store, store, Map.of("id", new IntOrString(-1)));
        orders.put(name + ".json", Json.write(new ProbeOrder(new ContractRef("shop", name, uid, 1, "1.0.0"), name + "-probe", fence, spec)));
    }

    void follow() {
        client.configMaps().inNamespace("shop").resource(new ConfigMapBuilder().withNewMetadata().withName(ProbeOrder.CONFIG_MAP).endMetadata().withData(orders).build()).createOr(r -> r.update());
        prober.follow();
    }

    Optional<ProbeReport> report(String name) {
        return reports.read(name + "-probe").map(map -> Json.read(map.getData().get(ProbeReport.DATA_KEY), ProbeReport.class));
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
        prober.follow();
        assertThat(client.configMaps().inNamespace("shop").list().getItems()).isEmpty();
    }

    @Test
    void eachContractGetsALaneOfItsOwnAndABadOrderDisturbsNobody() {
        order("orders", "uid-1", null, "source");
        orders.put("broken.json", "{not json");
        orders.put("later.json", "{\"contract\":{\"name\":\"later\",\"uid\":\"uid-3\"},\"reportName\":\"later-probe\"}");
        order("prices", "uid-2", null, "source");
        follow();
        assertThat(awaitFailure("orders").reason()).isEqualTo("SecretMissing");
        assertThat(awaitFailure("prices").field()).isEqualTo("spec.latency.probe.canary.writerSecretName");
        assertThat(report("later")).isEmpty();
        assertThat(report("broken")).isEmpty();
    }

    @Test
    void aContractWhoseOrderIsGoneIsNoLongerProbed() {
        order("orders", "uid-1", null, "source");
        follow();
        awaitReport("orders");
        orders.clear();
        follow();
        client.configMaps().inNamespace("shop").withName("orders-probe").delete();
        await().during(Duration.ofSeconds(3)).atMost(Duration.ofSeconds(5)).until(() -> report("orders").isEmpty());
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
        String json = orders.get("orders.json");
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
        orders.put("orders.json", edited);
        follow();
        ProbeReport after = await().atMost(Duration.ofSeconds(20)).until(() -> report("orders").filter(report -> report.sequence() > 1), Optional::isPresent).orElseThrow();
        assertThat(after.epoch()).isEqualTo(epoch);
    }
}
