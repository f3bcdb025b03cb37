package dev.concordat.writer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.SyncContractStatus;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseStep;
import dev.concordat.api.v1alpha1.SyncContractStatus.WriterState;
import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;
import dev.concordat.api.v1alpha1.WriterKind;
import dev.concordat.budget.BudgetPolicy;
import dev.concordat.budget.PauseDecision;
import dev.concordat.budget.BudgetLedger;
import dev.concordat.budget.BudgetView;
import dev.concordat.budget.Hearing;
import dev.concordat.budget.PauseInput;
import dev.concordat.report.ContractRef;
import dev.concordat.report.ProbeReport;
import dev.concordat.testing.ClusterFixture;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The pause protocol on a real API server with its real controllers: Deployments are scaled, ReplicaSets follow, pods go. */
class PauseProtocolIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String CONTRACT = """
            apiVersion: concordat.dev/v1alpha1
            kind: SyncContract
            metadata: {name: orders}
            spec:
              version: 1.0.0
              owner: {team: commerce-data}
              source: {system: orders, store: {type: PostgreSQL, host: orders-db, port: 5432, database: orders, schema: public, table: orders, credentials: {secretName: orders-db}}}
              target: {system: shop, store: {type: MariaDB, host: shop-db, port: 3306, database: shop, table: orders, credentials: {secretName: shop-db}}}
              record: {key: [id], fields: [{name: status}]}
              verification: {schedule: {every: 15m}}
              latency:
                probe: {type: Watermark, watermark: {field: updated_at, every: 500ms}}
                ceiling: 2s
                budget: {target: "99.0", window: 10m, slice: 2s}
                enforcement: Enforce
                pause: {minimum: 4s, stable: 4s}
              writers:
              - {apiVersion: apps/v1, kind: Deployment, name: shop}
              - {apiVersion: apps/v1, kind: Deployment, name: importer}
            """;

    private final KubernetesClient client = ClusterFixture.cluster().client();
    private String namespace;

    @BeforeEach
    void namespace() {
        namespace = ClusterFixture.freshNamespace();
        client.resource(Serialization.unmarshal(CONTRACT, SyncContract.class)).inNamespace(namespace).create();
    }

    @Test
    void writersArePausedVerifiedFencedAndRestoredExactly() {
        deployment("shop", 3);
        deployment("importer", 1);
        podsOf("shop", 3);
        PauseProtocol protocol = protocol(client);

        advance(protocol, pause(), null);
        Deployment shop = get("shop");
        assertThat(shop.getSpec().getReplicas()).isZero();
        assertThat(shop.getMetadata().getAnnotations()).containsEntry(Api.RESTORE, "{\"spec\":{\"replicas\":3}}").containsKeys(Api.CLAIMS, Api.PAUSE_UNTIL)
                .containsEntry("example.com/note", "kept");
        assertThat(shop.getMetadata().getManagedFields()).anySatisfy(m -> assertThat(m.getManager()).isEqualTo("concordat"));

        await().atMost(SOON).untilAsserted(() -> {
            advance(protocol, stay(), null);
            assertThat(stored().pause().step()).isEqualTo(PauseStep.FENCING);
        });
        assertThat(client.pods().inNamespace(namespace).list().getItems()).isEmpty();
        assertThat(stored().pause().writers()).allSatisfy(w -> assertThat(w.state()).isEqualTo(WriterState.VERIFIED));
        assertThat(stored().pause().fence()).isEqualTo(stored().pause().id());

        advance(protocol, stay(), "another");
        assertThat(stored().pause().step()).isEqualTo(PauseStep.FENCING);
        advance(protocol, stay(), stored().pause().fence());
        assertThat(stored().pause().step()).isEqualTo(PauseStep.DRAINING);

        Progress end = advance(protocol, resume(), stored().pause().fence());
        assertThat(end.released()).isTrue();
        assertThat(end.writers().summary()).isEqualTo("Running");
        assertThat(stored().pause()).isNull();
        assertThat(stored().history().resumedSlice()).isNotNull();
        assertThat(get("shop").getSpec().getReplicas()).isEqualTo(3);
        assertThat(get("importer").getSpec().getReplicas()).isEqualTo(1);
        assertThat(get("shop").getMetadata().getAnnotations()).doesNotContainKeys(Api.CLAIMS, Api.RESTORE, Api.PAUSE_UNTIL).containsEntry("example.com/note", "kept");
        podsOf("shop", 3);
    }

    @Test
    void aPodThatIsStillTerminatingIsAPodThatMayWrite() {
        deployment("shop", 1);
        deployment("importer", 0);
        Pod pod = podsOf("shop", 1).getFirst();
        finalizers(pod, "[\"concordat.dev/test\"]");
        PauseProtocol protocol = protocol(client);

        advance(protocol, pause(), null);
        await().atMost(SOON).until(() -> client.resource(pod).get().getMetadata().getDeletionTimestamp() != null);
        await().atMost(SOON).until(() -> get("shop").getStatus().getReplicas() == null);
        Progress waiting = advance(protocol, stay(), null);
        assertThat(stored().pause().step()).isEqualTo(PauseStep.PAUSING);
        assertThat(stored().pause().writers()).extracting(w -> w.state()).containsExactly(WriterState.APPLIED, WriterState.ALREADY_PAUSED);
        assertThat(stored().pause().writers().getFirst().message()).isEqualTo("1 pod is left");
        assertThat(waiting.requeue()).isPositive();

        finalizers(pod, "null");
        await().atMost(SOON).untilAsserted(() -> {
            advance(protocol, stay(), null);
            assertThat(stored().pause().step()).isEqualTo(PauseStep.FENCING);
        });
        advance(protocol, resume(), null);
        assertThat(get("shop").getSpec().getReplicas()).isEqualTo(1);
        assertThat(get("importer").getSpec().getReplicas()).isZero();
    }

    @Test
    void podsOfOthersWithTheSameLabelsAndPodsThatHaveEndedDoNotCount() {
        deployment("shop", 0);
        deployment("importer", 0);
        Pod stranger = client.resource(new PodBuilder().withNewMetadata().withName("stranger").withNamespace(namespace).addToLabels("app", "shop").endMetadata()
                .withNewSpec().addNewContainer().withName("main").withImage("none").endContainer().endSpec().build()).create();
        assertThat(new Deployments(client).podsLeft(namespace, "shop")).isZero();
        client.resource(stranger).withGracePeriod(0).delete();

        client.apps().deployments().inNamespace(namespace).withName("importer").scale(1);
        Pod ended = podsOf("importer", 1).getFirst();
        assertThat(new Deployments(client).podsLeft(namespace, "importer")).isEqualTo(1);
        client.pods().inNamespace(namespace).withName(ended.getMetadata().getName()).subresource("status")
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\":{\"phase\":\"Failed\",\"reason\":\"Evicted\"}}");
        // The ReplicaSet makes a new one, and the failed one stays.
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(client.pods().inNamespace(namespace).list().getItems()).hasSize(2);
            assertThat(new Deployments(client).podsLeft(namespace, "importer")).isEqualTo(1);
        });
    }

    @Test
    void aPatchHoldsForTheVersionThatWasReadAndNoOther() {
        deployment("shop", 2);
        Deployments port = new Deployments(client);
        WriterPort.Observed read = port.get(namespace, "shop");
        client.apps().deployments().inNamespace(namespace).withName("shop").scale(5);

        Map<String, String> claim = new HashMap<>(Map.of(Api.CLAIMS, "{}"));
        assertThatThrownBy(() -> port.patch(namespace, "shop", read.resourceVersion(), 0, claim)).isInstanceOf(WriterPort.Conflict.class);
        assertThat(get("shop").getSpec().getReplicas()).isEqualTo(5);
        assertThat(get("shop").getMetadata().getAnnotations()).doesNotContainKey(Api.CLAIMS);
        assertThatThrownBy(() -> port.patch(namespace, "nobody", "1", 0, claim)).isInstanceOf(WriterPort.Conflict.class);
        assertThat(port.get(namespace, "nobody")).isNull();
    }

    @Test
    void aStaleStatusStartsNoPause() {
        deployment("shop", 2);
        deployment("importer", 2);
        SyncContract stale = contract();
        client.resource(contract()).edit(c -> {
            c.getMetadata().getAnnotations().put("example.com/changed", "yes");
            return c;
        });
        PauseProtocol protocol = protocol(client);
        assertThatThrownBy(() -> protocol.advance(Claimant.of(stale), input(stale, null), pause(), acknowledge(stale)))
                .isInstanceOfSatisfying(KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(409));
        assertThat(get("shop").getSpec().getReplicas()).isEqualTo(2);
        assertThat(get("shop").getMetadata().getAnnotations()).doesNotContainKey(Api.CLAIMS);
    }

    @Test
    void whatTheApiServerForbidsIsSaidAndBlocksOnlyThatWriter() throws Exception {
        deployment("shop", 1);
        deployment("importer", 1);
        client.resource(new ServiceAccountBuilder().withNewMetadata().withName("operator").withNamespace(namespace).endMetadata().build()).create();
        client.resource(new RoleBuilder().withNewMetadata().withName("operator").withNamespace(namespace).endMetadata()
                .addNewRule().withApiGroups("apps").withResources("deployments").withVerbs("get").endRule()
                .addNewRule().withApiGroups("apps").withResources("deployments").withResourceNames("importer").withVerbs("patch").endRule()
                .addNewRule().withApiGroups("apps").withResources("replicasets").withVerbs("list").endRule()
                .addNewRule().withApiGroups("").withResources("pods").withVerbs("list").endRule().build()).create();
        client.resource(new RoleBindingBuilder().withNewMetadata().withName("operator").withNamespace(namespace).endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "Role", "operator").addNewSubject(null, "ServiceAccount", "operator", namespace).build()).create();
        try (KubernetesClient limited = ClusterFixture.cluster().clientFor(ClusterFixture.cluster().kubeconfigFor(namespace, "operator"))) {
            PauseProtocol protocol = protocol(limited);
            Progress progress = advance(protocol, pause(), null);

            assertThat(progress.writers().summary()).isEqualTo("Degraded");
            assertThat(stored().pause().writers().getFirst().message()).contains("could not patch Deployment " + namespace + "/shop", "forbidden", "The operator's role must allow");
            assertThat(get("importer").getSpec().getReplicas()).isZero();
            assertThat(get("shop").getSpec().getReplicas()).isEqualTo(1);

            assertThat(advance(protocol, resume(), null).released()).isTrue();
            assertThat(get("importer").getSpec().getReplicas()).isEqualTo(1);
        }
    }

    @Test
    void aDeletedContractGivesItsWritersBack() {
        deployment("shop", 2);
        deployment("importer", 1);
        advance(protocol(client), pause(), null);
        assertThat(get("shop").getSpec().getReplicas()).isZero();

        SyncContract contract = contract();
        Progress progress = protocol(client).release(Claimant.of(contract), input(contract, null), false, acknowledge(contract));
        assertThat(progress.released()).isTrue();
        assertThat(get("shop").getSpec().getReplicas()).isEqualTo(2);
        assertThat(get("importer").getSpec().getReplicas()).isEqualTo(1);
    }

    private static PauseProtocol protocol(KubernetesClient client) {
        return new PauseProtocol(Map.of(WriterKind.DEPLOYMENT, new Deployments(client)), new LiveContracts(client));
    }

    private Progress advance(PauseProtocol protocol, PauseDecision decision, String fenceSeen) {
        SyncContract contract = contract();
        return protocol.advance(Claimant.of(contract), input(contract, fenceSeen), decision, acknowledge(contract));
    }

    private PauseInput input(SyncContract contract, String fenceSeen) {
        ProbeReport report = new ProbeReport(new ContractRef(namespace, "orders", contract.getMetadata().getUid(), 1, "1.0.0"), 1, 1, 2, 1L, 2L, List.of(), 100L, null, 5, 9000,
                fenceSeen, fenceSeen != null, null, null, null, null, null);
        BudgetPolicy policy = BudgetPolicy.of(contract.getSpec().latency()).orElseThrow();
        BudgetView view = BudgetView.of(BudgetLedger.begin(policy.sliceSeconds(), 0), policy, null, null, Hearing.NEWS);
        return PauseInput.of(contract, policy, view, report, Instant.now());
    }

    /** Optimistic locking as the operator does it: each write is valid for the version before it. */
    private Acknowledge acknowledge(SyncContract read) {
        SyncContract[] last = {read};
        return next -> {
            SyncContract wanted = Serialization.clone(last[0]);
            wanted.setStatus(new SyncContractStatus(null, null, null, null, null, next));
            last[0] = client.resource(wanted).updateStatus();
            return last[0].getStatus().writers();
        };
    }

    private SyncContract contract() {
        return client.resources(SyncContract.class).inNamespace(namespace).withName("orders").get();
    }

    private Writers stored() {
        return contract().getStatus().writers();
    }

    private static PauseDecision pause() {
        return new PauseDecision.Pause("BudgetExhausted", "3 of 3 allowed bad slices used");
    }

    private static PauseDecision resume() {
        return new PauseDecision.Resume("Drained", "The backlog is drained");
    }

    private static PauseDecision stay() {
        return new PauseDecision.Stay("Pausing", "Waiting");
    }

    private void finalizers(Pod pod, String json) {
        client.pods().inNamespace(namespace).withName(pod.getMetadata().getName()).patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"finalizers\":" + json + "}}");
    }

    private Deployment get(String name) {
        return client.apps().deployments().inNamespace(namespace).withName(name).get();
    }

    private List<Pod> podsOf(String app, int count) {
        return await().atMost(SOON).until(() -> client.pods().inNamespace(namespace).withLabel("app", app).list().getItems(), pods -> pods.size() == count);
    }

    private void deployment(String name, int replicas) {
        client.resource(new DeploymentBuilder().withNewMetadata().withName(name).withNamespace(namespace).addToAnnotations("example.com/note", "kept").endMetadata()
                .withNewSpec().withReplicas(replicas).withNewSelector().addToMatchLabels("app", name).endSelector()
                .withNewTemplate().withNewMetadata().addToLabels("app", name).endMetadata()
                .withNewSpec().addNewContainer().withName("main").withImage("none").endContainer().endSpec().endTemplate().endSpec().build()).create();
        await().atMost(SOON).until(() -> {
            Deployment d = get(name);
            return d.getStatus() != null && d.getStatus().getObservedGeneration() != null;
        });
    }
}
