package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.internal.ChecksumRun;
import dev.concordat.internal.LatencyProbe;
import dev.concordat.report.ContractRef;
import dev.concordat.report.ProbeOrder;
import dev.concordat.testing.Case;
import dev.concordat.testing.ClusterFixture;
import dev.concordat.testing.OperatorAccount;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the operator makes beside its runs, on a real API server under the chart's rights: kept while it is ours, left alone where it is not, gone with the last contract. */
class ChildrenIT {
    /** A machine under load is slow; what must not happen is the three minutes until everything is looked at anyway. */
    private static final Duration SOON = Duration.ofSeconds(45);
    private final KubernetesClient client = ClusterFixture.cluster().client();
    private OperatorRuntime operator;
    private String namespace;

    @BeforeEach
    void start() {
        namespace = ClusterFixture.freshNamespace();
    }

    @AfterEach
    void stop() {
        if (operator != null) {
            operator.close();
        }
        client.namespaces().withName(namespace).delete();
    }

    private void operator() {
        operator(OperatorAccount.client());
    }

    private void operator(KubernetesClient with) {
        operator = new OperatorRuntime(with, new OperatorConfig(new DataPlaneImage("concordat:test", null), Set.of(namespace), false, null, 1), new SimpleMeterRegistry(), Clock.systemUTC());
        operator.start();
    }

    @Test
    @Case(value = "operator 1", before = "taken over without a word, then garbage-collected with its data", now = "left as it is: orders and reports are of a group of their own")
    void configMapsOfAUserAreNotTouched() {
        List<String> names = List.of("x1-schema", "x1-probe", "x1-memory", "x1-1-report", "concordat-prober");
        names.forEach(name -> client.resource(new ConfigMapBuilder().withNewMetadata().withName(name).withNamespace(namespace).endMetadata().addToData("mine", "1").build()).create());
        operator();
        apply(probed("x1"));
        await().atMost(SOON).until(() -> client.resources(ChecksumRun.class).inNamespace(namespace).withName("x1-1").get() != null && probe("x1").get() != null);
        client.resource(contract("x1")).delete();
        await().atMost(SOON).until(() -> contract("x1") == null && client.resources(ChecksumRun.class).inNamespace(namespace).withName("x1-1").get() == null);
        for (String name : names) {
            var map = client.configMaps().inNamespace(namespace).withName(name).get();
            assertThat(map.getData()).isEqualTo(Map.of("mine", "1"));
            assertThat(map.getMetadata().getOwnerReferences()).isEmpty();
            assertThat(map.getMetadata().getLabels()).isNullOrEmpty();
        }
    }

    @Test
    void aDeploymentThatSomebodyElseMadeIsLeftAloneAndNamed() {
        client.resource(foreign("concordat-prober")).create();
        operator();
        apply(probed("orders"));
        await().atMost(SOON).untilAsserted(() -> assertThat(refusal("orders")).contains("Deployment " + namespace + "/concordat-prober exists and was not made by Concordat", "Rename or delete it"));
        assertThat(prober().get().getSpec().getTemplate().getSpec().getContainers().getFirst().getImage()).isEqualTo("mine:1");
        client.resource(contract("orders")).delete();
        await().atMost(SOON).until(() -> contract("orders") == null);
        assertThat(prober().get()).isNotNull();
    }

    @Test
    void anOrderOfAnEarlierContractIsNotBelievedAndGivesWayWhenItGoes() {
        LatencyProbe old = new LatencyProbe();
        old.setMetadata(new ObjectMetaBuilder().withName("orders").withNamespace(namespace).build());
        old.setSpec(new ProbeOrder(new ContractRef(namespace, "orders", "an-earlier-one", 1, "1.0.0"), null, probed("orders").getSpec()));
        client.resource(old).create();
        operator();
        apply(probed("orders"));
        await().atMost(SOON).untilAsserted(() -> assertThat(refusal("orders")).contains("LatencyProbe " + namespace + "/orders belongs to another contract",
                "kubectl delete latencyprobes.internal.concordat.dev -n " + namespace + " orders"));
        probe("orders").delete();
        await().atMost(SOON).until(() -> probe("orders").get(), there -> there != null && there.getSpec().contract().uid().equals(contract("orders").getMetadata().getUid()));
    }

    @Test
    @Case(value = "operator 8", before = "kubectl set image deploy/concordat-prober is not repaired in 10 minutes", now = "put back at once, as one that was deleted is")
    void aProberThatWasChangedOrDeletedIsPutBack() {
        operator();
        apply(probed("orders"));
        Deployment made = await().atMost(SOON).until(() -> prober().get(), there -> there != null);
        prober().patch(PatchContext.of(PatchType.STRATEGIC_MERGE), "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"prober\",\"image\":\"bad\"}]}}}}");
        await().atMost(SOON).until(() -> prober().get().getSpec().getTemplate().getSpec().getContainers().getFirst().getImage(), "concordat:test"::equals);
        prober().patch(PatchContext.of(PatchType.STRATEGIC_MERGE), "{\"spec\":{\"replicas\":0,\"template\":{\"spec\":{\"containers\":[{\"name\":\"prober\",\"env\":[{\"name\":\"JAVA_TOOL_OPTIONS\",\"value\":\"-x\"}]}]}}}}");
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(prober().get().getSpec().getReplicas()).isEqualTo(1);
            assertThat(prober().get().getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv()).hasSize(2);
        });
        long generation = prober().get().getMetadata().getGeneration();
        await().during(Duration.ofSeconds(3)).atMost(SOON).until(() -> prober().get().getMetadata().getGeneration() == generation);
        prober().delete();
        await().atMost(SOON).until(() -> prober().get(), there -> there != null && !there.getMetadata().getUid().equals(made.getMetadata().getUid()));
    }

    @Test
    @Case(value = "operator 10", before = "the RoleBinding stays empty, runs end in a client's toString after 10 minutes", now = "repaired as the Deployment is")
    void theAccountAndItsRightsArePutBackAndGoWithTheLastContract() {
        operator();
        apply(probed("orders"));
        await().atMost(SOON).until(() -> binding().get() != null && account() && prober().get() != null);
        binding().patch(PatchContext.of(PatchType.JSON_MERGE), "{\"subjects\":null}");
        await().atMost(SOON).until(() -> binding().get().getSubjects() != null && binding().get().getSubjects().size() == 1);
        binding().delete();
        client.serviceAccounts().inNamespace(namespace).withName("concordat-data-plane").delete();
        await().atMost(SOON).until(() -> binding().get() != null && account());

        client.resource(contract("orders")).delete();
        await().atMost(SOON).until(() -> binding().get() == null && !account() && prober().get() == null && probe("orders").get() == null);
    }

    @Test
    void anAccountThatSomebodyElseMadeIsLeftAloneAndTheRunSaysSo() {
        client.resource(new io.fabric8.kubernetes.api.model.ServiceAccountBuilder().withNewMetadata().withName("concordat-data-plane").withNamespace(namespace).endMetadata().build()).create();
        operator();
        apply(OperatorIT.contract("orders", namespace, "1h"));
        await().atMost(SOON).ignoreException(NullPointerException.class).untilAsserted(() -> {
            var run = client.resources(dev.concordat.api.v1alpha1.ReconcileJob.class).inNamespace(namespace).withName("orders-1").get();
            Condition succeeded = Conditions.find(run.getStatus().conditions(), "Succeeded");
            assertThat(succeeded.reason()).isEqualTo("NameTaken");
            assertThat(succeeded.message()).contains("ServiceAccount " + namespace + "/concordat-data-plane exists and was not made by Concordat");
        });
        assertThat(client.serviceAccounts().inNamespace(namespace).withName("concordat-data-plane").get().getMetadata().getOwnerReferences()).isEmpty();
    }

    @Test
    @Case(value = "operator 13", before = "all orders in one ConfigMap: deleted, the last contract is blind for 5m47s", now = "each is put back within seconds")
    void ordersThatWereDeletedOrChangedArePutBack() {
        operator();
        List<String> names = IntStream.range(0, 7).mapToObj(i -> "c" + i).toList();
        names.forEach(name -> apply(probed(name)));
        await().atMost(SOON).until(() -> orders().equals(Set.copyOf(names)));
        client.resources(LatencyProbe.class).inNamespace(namespace).delete();
        await().atMost(SOON).until(() -> orders().equals(Set.copyOf(names)));
        probe("c3").patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"fence\":\"not-ours\",\"spec\":{\"source\":{\"store\":{\"host\":\"elsewhere\"}}}}}");
        await().atMost(SOON).untilAsserted(() -> assertThat(probe("c3").get().getSpec()).isEqualTo(ProberLoop.order(contract("c3"))));
    }

    @Test
    @Case(value = "operator 9", before = "a quota on limits.cpu refuses the prober for good, and no condition says so", now = "Ready quotes the quota's words at once, of the worker's pod or of the prober's")
    void aQuotaThatRefusesTheProbersPodIsQuoted() {
        client.resource(new ResourceQuotaBuilder().withNewMetadata().withName("cpu").withNamespace(namespace).endMetadata()
                .withNewSpec().addToHard("limits.cpu", new Quantity("2")).endSpec().build()).create();
        await().atMost(SOON).until(() -> client.resourceQuotas().inNamespace(namespace).withName("cpu").get().getStatus().getHard() != null);
        operator();
        apply(probed("orders"));
        await().atMost(SOON).untilAsserted(() -> assertThat(refusal("orders")).contains("must specify limits.cpu"));
    }

    @Test
    @Case(value = "operator 9", before = "no field sets a worker's cpu limit, so that a quota on limits.cpu refuses it for good", now = "verification.worker.cpuLimit: the pod is made")
    void aWorkerWithACpuLimitFitsAQuotaOnLimits() {
        client.resource(new ResourceQuotaBuilder().withNewMetadata().withName("cpu").withNamespace(namespace).endMetadata()
                .withNewSpec().addToHard("limits.cpu", new Quantity("2")).endSpec().build()).create();
        await().atMost(SOON).until(() -> client.resourceQuotas().inNamespace(namespace).withName("cpu").get().getStatus().getHard() != null);
        operator();
        apply(edited("orders", contract -> ((ObjectNode) contract.at("/spec/verification")).putObject("worker").put("cpuLimit", "1")));
        var pod = await().atMost(SOON).until(() -> client.pods().inNamespace(namespace).withLabel("job-name", "orders-1").list().getItems(), there -> !there.isEmpty()).getFirst();
        assertThat(pod.getSpec().getContainers().getFirst().getResources().getLimits()).containsEntry("cpu", new Quantity("1"));
    }

    private SyncContract edited(String name, Consumer<ObjectNode> edit) {
        ObjectNode contract = Serialization.jsonMapper().valueToTree(OperatorIT.contract(name, namespace, "1h"));
        edit.accept(contract);
        return Serialization.jsonMapper().convertValue(contract, SyncContract.class);
    }

    @Test
    @Case(value = "logic C", before = "CONCORDAT_RUN beyond 128 KiB cannot be executed", now = "the order is in the ChecksumRun, the pod has its name")
    void aLargeContractsRunIsOrdered() {
        operator();
        String ignored = IntStream.range(0, 256).mapToObj(i -> "    - {name: f" + i + ", compare: {as: Ignored, reason: \"" + "r".repeat(500) + "\"}}").collect(Collectors.joining("\n"));
        String yaml = Serialization.asYaml(OperatorIT.contract("orders", namespace, "1h")).replaceFirst("fields: \\[]", "fields:\n" + ignored);
        apply(Serialization.unmarshal(yaml, SyncContract.class));
        var ordered = await().atMost(SOON).until(() -> client.resources(ChecksumRun.class).inNamespace(namespace).withName("orders-1").get(), there -> there != null);
        assertThat(ordered.getSpec().spec()).isEqualTo(contract("orders").getSpec());
        var job = await().atMost(SOON).until(() -> client.batch().v1().jobs().inNamespace(namespace).withName("orders-1").get(), there -> there != null);
        assertThat(Serialization.asJson(job).length()).isLessThan(20_000);
    }

    @Test
    void anOrderOfARunThatWasDeletedIsPutBack() {
        operator();
        apply(OperatorIT.contract("orders", namespace, "1h"));
        var runs = client.resources(ChecksumRun.class).inNamespace(namespace).withName("orders-1");
        String uid = await().atMost(SOON).until(runs::get, there -> there != null).getMetadata().getUid();
        await().atMost(SOON).until(() -> client.batch().v1().jobs().inNamespace(namespace).withName("orders-1").get() != null);
        runs.delete();
        await().atMost(SOON).until(runs::get, there -> there != null && !there.getMetadata().getUid().equals(uid));
    }

    @Test
    void aReportThatJavaCouldNotReadIsRefusedByTheApiServer() {
        LatencyProbe order = new LatencyProbe();
        order.setMetadata(new ObjectMetaBuilder().withName("orders").withNamespace(namespace).build());
        order.setSpec(new ProbeOrder(new ContractRef(namespace, "orders", "u", 1, "1.0.0"), null, probed("orders").getSpec()));
        client.resource(order).create();
        for (String bad : List.of("\"sliceSeconds\":3000000000", "\"sequence\":1e300", "\"epoch\":\"one\"", "\"spans\":[{\"from\":1,\"to\":2,\"state\":\"Excellent\"}]", "\"failure\":[]")) {
            assertThatThrownBy(() -> probe("orders").subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\":{" + bad + "}}")).as(bad).hasMessageContaining("status");
        }
    }

    @Test
    void whatIsWrittenStandsUnderConcordatsName() {
        var config = new ConfigBuilder(OperatorAccount.client().getConfiguration()).withUserAgent("concordat").build();
        try (var named = new KubernetesClientBuilder().withConfig(config).build()) {
            operator(named);
            apply(probed("orders"));
            await().atMost(SOON).until(() -> prober().get() != null && contract("orders").getStatus().check().active() != null);
            assertThat(prober().get().getMetadata().getManagedFields()).filteredOn(entry -> entry.getSubresource() == null).extracting(entry -> entry.getManager()).containsOnly("concordat");
            assertThat(contract("orders").getMetadata().getManagedFields()).filteredOn(entry -> "status".equals(entry.getSubresource())).extracting(entry -> entry.getManager()).containsOnly("concordat");
            operator.close();
            operator = null;
        }
    }

    private static Deployment foreignTemplate(String name) {
        return new DeploymentBuilder().withNewMetadata().withName(name).endMetadata().withNewSpec().withReplicas(0).withNewSelector().addToMatchLabels("app", "mine").endSelector()
                .withNewTemplate().withNewMetadata().addToLabels("app", "mine").endMetadata().withNewSpec().addNewContainer().withName("mine").withImage("mine:1").endContainer().endSpec().endTemplate()
                .endSpec().build();
    }

    private Deployment foreign(String name) {
        return new DeploymentBuilder(foreignTemplate(name)).editMetadata().withNamespace(namespace).endMetadata().build();
    }

    private SyncContract probed(String name) {
        return Serialization.unmarshal(Serialization.asYaml(OperatorIT.contract(name, namespace, "1h")).replace("  writers: []\n", "") + """
                  latency:
                    probe: {type: Canary, canary: {key: {id: -1}, field: token, every: 500ms, writerSecretName: canary-%s}}
                    ceiling: 2s
                    budget: {target: "50", window: 2m, slice: 2s}
                    enforcement: Observe
                """.formatted(name), SyncContract.class);
    }

    private void apply(SyncContract contract) {
        client.resource(contract).create();
    }

    private SyncContract contract(String name) {
        return client.resources(SyncContract.class).inNamespace(namespace).withName(name).get();
    }

    private String refusal(String name) {
        SyncContract now = contract(name);
        Condition ready = now.getStatus() == null ? null : Conditions.find(now.getStatus().conditions(), ContractConditions.READY);
        return ready == null ? "" : ready.reason() + ": " + ready.message();
    }

    private Resource<LatencyProbe> probe(String name) {
        return client.resources(LatencyProbe.class).inNamespace(namespace).withName(name);
    }

    private Set<String> orders() {
        return client.resources(LatencyProbe.class).inNamespace(namespace).list().getItems().stream().map(probe -> probe.getMetadata().getName()).collect(Collectors.toSet());
    }

    private RollableScalableResource<Deployment> prober() {
        return client.apps().deployments().inNamespace(namespace).withName("concordat-prober");
    }

    private Resource<RoleBinding> binding() {
        return client.rbac().roleBindings().inNamespace(namespace).withName("concordat-data-plane");
    }

    private boolean account() {
        return client.serviceAccounts().inNamespace(namespace).withName("concordat-data-plane").get() != null;
    }
}
