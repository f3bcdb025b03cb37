package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.concordat.internal.ChecksumRun;
import dev.concordat.internal.ContractRecord;
import dev.concordat.internal.LatencyProbe;
import dev.concordat.report.ContractMemory;
import dev.concordat.report.ContractRef;
import dev.concordat.report.Json;
import dev.concordat.report.ProbeOrder;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import dev.concordat.testing.ClusterFixture;
import dev.concordat.testing.OperatorAccount;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectRulesReviewBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Orders and reports under the account that the operator gives to workers and the prober, on a real API server with its schemas: what it may do, and that it may do nothing else. */
class DataPlaneRightsIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final KubernetesClient admin = ClusterFixture.cluster().client();
    private String namespace;
    private ContractRef contract;
    private KubernetesClient client;
    private ReportClient reports;

    @BeforeEach
    void account() throws Exception {
        OperatorAccount.client();
        namespace = ClusterFixture.freshNamespace();
        contract = new ContractRef(namespace, "orders", "uid-1", 1, "1.0.0");
        admin.resource(new ServiceAccountBuilder().withNewMetadata().withName("concordat-data-plane").withNamespace(namespace).endMetadata().build()).create();
        admin.resource(new RoleBindingBuilder().withNewMetadata().withName("concordat-data-plane").withNamespace(namespace).endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "concordat-data-plane").addNewSubject(null, "ServiceAccount", "concordat-data-plane", namespace).build()).create();
        ReportClientTest.order(admin, "orders-7", new RunOrder(contract, 7, null, null, null));
        ReportClientTest.record(admin, namespace, "orders", "uid-1");
        LatencyProbe probe = new LatencyProbe();
        probe.setMetadata(new ObjectMetaBuilder().withName("orders").withNamespace(namespace).build());
        probe.setSpec(new ProbeOrder(contract, null, null));
        admin.resource(probe).create();
        client = ClusterFixture.cluster().clientFor(ClusterFixture.cluster().kubeconfigFor(namespace, "concordat-data-plane"));
        reports = new ReportClient(client, namespace, Duration.ofSeconds(3));
        await().atMost(SOON).ignoreException(KubernetesClientException.class).until(() -> reports.read(ReportClient.Kind.CHECKSUM_RUN, "orders-7").isPresent());
    }

    @AfterEach
    void close() {
        reports.close();
        admin.namespaces().withName(namespace).delete();
    }

    @Test
    void aReportIsWrittenAsAWholeWithNullsWhereTheDatabaseHasThem() {
        ReportSink sink = reports.sink(ReportClient.Kind.CHECKSUM_RUN, "orders-7", contract, 7L);
        sink.write("{\"runId\":7,\"attempt\":\"a\",\"state\":\"Running\",\"checkpoint\":{\"plan\":\"p\",\"chunks\":3,\"suspects\":[[\"1\",null]]}}");
        assertThat(run().checkpoint().suspects().getFirst()).containsExactly("1", null);
        sink.write("{\"runId\":7,\"attempt\":\"a\",\"state\":\"Done\",\"contradictions\":[{\"key\":{\"id\":null},\"reads\":[{\"name\":\"n\",\"values\":[\"x\",null]}]}]}");
        assertThat(run().checkpoint()).as("nothing of the one before").isNull();
        assertThat(run().contradictions().getFirst().reads().getFirst().values()).containsExactly("x", null);
        assertThat(admin.resources(ChecksumRun.class).inNamespace(namespace).withName("orders-7").get().getSpec().contract()).isEqualTo(contract);
    }

    @Test
    void aReportAsLargeAsItMayBeIsTaken() {
        RunReport large = new RunReport(contract, 7, "a", RunReport.State.DONE, RunReport.Verdict.DRIFT, null, null, null, new RunReport.Rows(9, 9), Map.of("different", 500L),
                java.util.stream.IntStream.range(0, 500).mapToObj(i -> new RunReport.Record(Map.of("id", "" + i), RunReport.Kind.DIFFERENT,
                        java.util.stream.IntStream.range(0, 30).mapToObj(f -> new RunReport.Field("f" + f, "<".repeat(250), "<>&".repeat(80))).toList(), null, null)).toList(),
                null, null, null, null, null, null, null, "plan", null, null);
        String json = Json.write(dev.concordat.report.ReportBound.API_SERVER.of(large, 500));
        reports.sink(ReportClient.Kind.CHECKSUM_RUN, "orders-7", contract, 7L).write(json);
        assertThat(run().records()).hasSizeGreaterThan(5);
        assertThat(run().omitted().records()).isPositive();
    }

    @Test
    void theReportOfAnotherRunOrContractIsNotWritten() {
        assertThatThrownBy(() -> reports.sink(ReportClient.Kind.CHECKSUM_RUN, "orders-7", contract, 6L).write("{}")).hasMessageContaining("belongs to another contract or run");
        ContractRef other = new ContractRef(namespace, "orders", "uid-0", 1, "1.0.0");
        assertThatThrownBy(() -> reports.sink(ReportClient.Kind.LATENCY_PROBE, "orders", other, null).write("{}")).hasMessageContaining("belongs to another contract or run");
        assertThatThrownBy(() -> reports.keep(other, ContractMemory.SWEEP, "{}")).hasMessageContaining("belongs to another contract or run");
        assertThat(run()).isNull();
    }

    @Test
    void eachMemberOfTheRecordIsReplacedAsAWhole() {
        reports.keep(contract, ContractMemory.SWEEP, "{\"uid\":\"uid-1\",\"runId\":1,\"position\":[\"9\"]}");
        reports.keep(contract, ContractMemory.SCHEMA, "{\"uid\":\"uid-1\",\"schema\":{\"source.id\":\"bigint\"}}");
        reports.keep(contract, ContractMemory.SWEEP, "{\"uid\":\"uid-1\",\"runId\":2}");
        ContractMemory kept = admin.resources(ContractRecord.class).inNamespace(namespace).withName("orders").get().getStatus();
        assertThat(kept.sweep()).isEqualTo(new ContractMemory.Sweep("uid-1", null, 2, null));
        assertThat(kept.schema().schema()).containsEntry("source.id", "bigint");
    }

    @Test
    void theProberSeesItsOrders() throws Exception {
        try (var orders = reports.probes()) {
            orders.start();
            await().atMost(SOON).until(() -> orders.hasSynced() && orders.getStore().list().size() == 1);
            JsonNode spec = Json.MAPPER.readTree(Prober.order(orders.getStore().list().getFirst()).spec());
            assertThat(spec.path("contract").path("uid").asText()).isEqualTo("uid-1");
        }
    }

    @Test
    void theAccountMayDoNothingElse() {
        var review = client.authorization().v1().selfSubjectRulesReview().create(new SelfSubjectRulesReviewBuilder().withNewSpec().withNamespace(namespace).endSpec().build());
        TreeSet<String> rights = new TreeSet<>();
        review.getStatus().getResourceRules().forEach(rule -> rule.getResources().forEach(resource -> rule.getVerbs().forEach(verb -> rights.add(verb + " " + resource))));
        // What everybody who is known may do: ask about oneself.
        rights.removeIf(right -> right.startsWith("create selfsubject"));
        assertThat(rights).containsExactly("get checksumruns", "get contractrecords", "get latencyprobes", "list latencyprobes",
                "patch checksumruns/status", "patch contractrecords/status", "patch latencyprobes/status", "watch latencyprobes");
    }

    private RunReport run() {
        return admin.resources(ChecksumRun.class).inNamespace(namespace).withName("orders-7").get().getStatus();
    }
}
