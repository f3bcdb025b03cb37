package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.ReconcileJobSpec;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.SyncContractStatus;
import dev.concordat.api.v1alpha1.Verification;
import dev.concordat.report.ContractRef;
import dev.concordat.report.Failure;
import dev.concordat.report.Json;
import dev.concordat.report.ProbeReport;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import dev.concordat.testing.ClusterFixture;
import dev.concordat.testing.OperatorAccount;
import dev.concordat.internal.ChecksumRun;
import dev.concordat.internal.ContractRecord;
import dev.concordat.internal.LatencyProbe;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Both controllers on a real API server with the real Job controller and garbage collector. No kubelet: the test plays the worker, which
 * writes its report, and the kubelet, which reports how the pod ended.
 */
class OperatorIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private final KubernetesClient client = ClusterFixture.cluster().client();
    private final List<OperatorRuntime> operators = new ArrayList<>();
    private String namespace;

    @BeforeEach
    void namespace() {
        namespace = ClusterFixture.freshNamespace();
        // Pods that do not pass the restricted standard are refused here, and no test below would see one.
        client.namespaces().withName(namespace).patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"labels\":{\"pod-security.kubernetes.io/enforce\":\"restricted\"}}}");
    }

    @AfterEach
    void stop() {
        operators.forEach(OperatorRuntime::close);
        client.namespaces().withName(namespace).delete();
    }

    @Test
    void aContractIsCheckedAndTheVerdictShows() {
        operator();
        apply(contract("orders", "1h"));

        ReconcileJob run = await().atMost(SOON).until(() -> run("orders-1"), r -> r != null && r.getStatus() != null && r.getStatus().jobName() != null);
        Pod pod = pod(run.getStatus().jobName());
        assertThat(pod.getSpec().getServiceAccountName()).isEqualTo("concordat-data-plane");
        RunOrder order = order(pod);
        assertThat(order.runId()).isEqualTo(1);
        assertThat(order.spec().source().system()).isEqualTo("order-service");
        assertThat(condition("orders", "Ready").status()).isEqualTo("Unknown");

        report(pod, RunReport.State.DONE, RunReport.Verdict.DRIFT, null, Map.of("different", 3L));

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(condition("orders", "InSync").status()).isEqualTo("False");
            assertThat(condition("orders", "InSync").message()).contains("3 of 1,000 records differ (3 Different), 3000 ppm > 100 ppm", "id=42 state: source 'paid', target 'new'");
            assertThat(condition("orders", "Ready").status()).isEqualTo("True");
            assertThat(condition("orders", "Reconciling")).isNull();
        });
        assertThat(contractNow("orders").getStatus().check().active()).isNull();
        assertThat(condition(run("orders-1"), "DriftFound").isTrue()).isTrue();
        await().atMost(SOON).untilAsserted(() -> assertThat(client.v1().events().inNamespace(namespace).list().getItems())
                .anySatisfy(event -> {
                    assertThat(event.getReason()).isEqualTo("DriftFound");
                    assertThat(event.getInvolvedObject().getName()).isEqualTo("orders");
                }));
    }

    @Test
    void anAnnotationAsksForOneCheckAndTheResultOfTheJobStaysAfterTheJobIsGone() {
        operator();
        apply(contract("orders", "1h"));
        finish("orders-1");
        client.resources(SyncContract.class).inNamespace(namespace).withName("orders")
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"annotations\":{\"" + Api.CHECK_REQUESTED + "\":\"once\"}}}");
        finish("orders-2");
        client.batch().v1().jobs().inNamespace(namespace).withName("orders-2").delete();
        await().atMost(SOON).until(() -> client.batch().v1().jobs().inNamespace(namespace).withName("orders-2").get() == null);
        assertThat(condition(run("orders-2"), "Succeeded").isTrue()).isTrue();
        assertThat(run("orders-2").getStatus().result().rowsSource()).isEqualTo(1000);
        assertThat(contractNow("orders").getStatus().check().handledRequest()).isEqualTo("once");
        await().during(Duration.ofSeconds(2)).atMost(SOON).until(() -> run("orders-3") == null);
    }

    @Test
    void aJobMadeByHandWaitsForItsTurnIsAdoptedAndGoesWithTheContract() {
        operator();
        apply(contract("orders", "1h"));
        await().atMost(SOON).until(() -> run("orders-1") != null);
        ReconcileJob byHand = new ReconcileJob();
        byHand.setMetadata(new ObjectMetaBuilder().withName("by-hand").withNamespace(namespace).build());
        byHand.setSpec(new ReconcileJobSpec("orders", null, null, "2m"));
        client.resource(byHand).create();
        await().atMost(SOON).untilAsserted(() -> assertThat(condition(run("by-hand"), "Succeeded").reason()).isEqualTo("Queued"));

        finish("orders-1");
        await().atMost(SOON).until(() -> run("by-hand").getStatus().runId(), Long.valueOf(2)::equals);
        finish("by-hand");
        assertThat(contractNow("orders").getStatus().check().lastVerdictRunId()).isEqualTo(2);

        client.resource(contractNow("orders")).delete();
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            assertThat(client.resources(ReconcileJob.class).inNamespace(namespace).list().getItems()).isEmpty();
            assertThat(client.batch().v1().jobs().inNamespace(namespace).list().getItems()).isEmpty();
            assertThat(client.resources(ChecksumRun.class).inNamespace(namespace).list().getItems()).isEmpty();
            assertThat(client.resources(ContractRecord.class).inNamespace(namespace).list().getItems()).isEmpty();
        });
    }

    @Test
    void aWorkerThatIsKilledIsTriedAgainAndTheRunEndsOnce() {
        operator();
        apply(contract("orders", "1h"));
        String job = await().atMost(SOON).until(() -> run("orders-1"), r -> r != null && r.getStatus() != null && r.getStatus().jobName() != null).getStatus().jobName();
        Pod first = pod(job);
        end(first, 137, "killed");
        Pod second = await().atMost(Duration.ofSeconds(60)).until(() -> pods(job).stream().filter(p -> !p.getMetadata().getUid().equals(first.getMetadata().getUid())).findFirst().orElse(null),
                p -> p != null);
        assertThat(condition(run("orders-1"), "Succeeded").status()).isEqualTo("Unknown");
        report(second, RunReport.State.DONE, RunReport.Verdict.IN_SYNC, null, Map.of());
        await().atMost(SOON).until(() -> condition("orders", "InSync").isTrue());
        end(second, 0, "");
        assertThat(condition(run("orders-1"), "Succeeded").isTrue()).isTrue();
    }

    @Test
    void aConfigurationErrorIsNotTriedAgainAndIsNeverDrift() {
        operator();
        apply(contract("orders", "1h"));
        String job = await().atMost(SOON).until(() -> run("orders-1"), r -> r != null && r.getStatus() != null && r.getStatus().jobName() != null).getStatus().jobName();
        Pod pod = pod(job);
        report(pod, RunReport.State.DONE, RunReport.Verdict.INCOMPLETE,
                new Failure("AuthenticationFailed", "spec.source.store.credentials.secretName", "reader was refused", "Correct Secret orders-reader", false), Map.of());
        end(pod, 2, "");
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(condition("orders", "Ready").reason()).isEqualTo("AuthenticationFailed");
            assertThat(condition("orders", "Ready").message()).contains("spec.source.store.credentials.secretName: reader was refused. Correct Secret orders-reader");
            assertThat(condition("orders", "InSync").status()).isEqualTo("Unknown");
        });
        await().atMost(Duration.ofSeconds(60)).until(() -> client.batch().v1().jobs().inNamespace(namespace).withName(job).get(),
                j -> j.getStatus().getConditions() != null && j.getStatus().getConditions().stream().anyMatch(c -> c.getType().equals("Failed") && c.getStatus().equals("True")));
        assertThat(pods(job)).hasSize(1);
    }

    @Test
    void twoOperatorsByAccidentStartEachRunOnce() {
        operator();
        operator();
        apply(contract("orders", "5s"));
        for (int i = 1; i <= 5; i++) {
            finish("orders-" + i);
        }
        // Every run id was given to one ReconcileJob, and every ReconcileJob had one Job and one pod.
        List<ReconcileJob> runs = client.resources(ReconcileJob.class).inNamespace(namespace).list().getItems();
        assertThat(runs).extracting(r -> r.getStatus() == null ? null : r.getStatus().runId()).doesNotHaveDuplicates();
        assertThat(runs).allMatch(r -> r.getStatus() == null || r.getMetadata().getName().equals("orders-" + r.getStatus().runId()));
        for (Job job : client.batch().v1().jobs().inNamespace(namespace).list().getItems()) {
            assertThat(pods(job.getMetadata().getName())).hasSizeLessThanOrEqualTo(1);
        }
    }

    @Test
    void contractsOfOneNamespaceShareAProberAndDoNotFightOverIt() {
        operator();
        List<String> names = List.of("a", "b", "c", "d", "e");
        for (String name : names) {
            SyncContract contract = probed(name, "Observe");
            apply(contract);
        }
        await().ignoreException(NullPointerException.class).atMost(SOON).untilAsserted(() -> assertThat(probes()).containsExactlyInAnyOrderElementsOf(names));
        var prober = client.apps().deployments().inNamespace(namespace).withName("concordat-prober");
        await().ignoreException(NullPointerException.class).atMost(SOON).untilAsserted(() -> assertThat(prober.get().getSpec().getTemplate().getSpec().getVolumes().stream().filter(v -> v.getSecret() != null)
                .map(v -> v.getSecret().getSecretName())).contains("canary-a", "canary-b", "canary-c", "canary-d", "canary-e", "orders-reader"));
        long generation = prober.get().getMetadata().getGeneration();
        await().during(Duration.ofSeconds(3)).atMost(SOON).until(() -> prober.get().getMetadata().getGeneration() == generation);
        assertThat(prober.get().getMetadata().getOwnerReferences()).hasSize(5).allMatch(owner -> owner.getController() == null);

        names.subList(1, 5).forEach(name -> client.resource(contractNow(name)).delete());
        await().ignoreException(NullPointerException.class).atMost(SOON).untilAsserted(() -> assertThat(probes()).containsExactly("a"));
        client.resource(contractNow("a")).delete();
        await().ignoreException(NullPointerException.class).atMost(SOON).untilAsserted(() -> {
            assertThat(contractNow("a")).isNull();
            assertThat(prober.get()).isNull();
            assertThat(probes()).isEmpty();
        });
    }

    @Test
    void aProberThatIsRefusedIsSaidAndChecksGoOn() {
        client.resource(new ResourceQuotaBuilder().withNewMetadata().withName("no-deployments").withNamespace(namespace).endMetadata()
                .withNewSpec().addToHard("count/deployments.apps", new Quantity("0")).endSpec().build()).create();
        await().atMost(SOON).until(() -> client.resourceQuotas().inNamespace(namespace).withName("no-deployments").get().getStatus().getHard() != null);
        operator();
        apply(probed("orders", "Observe"));
        finish("orders-1");
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(condition("orders", "InSync").isTrue()).isTrue();
            assertThat(condition("orders", "Ready").reason()).isEqualTo("ProberRefused");
            assertThat(condition("orders", "Ready").message()).contains("no-deployments");
        });
        client.resourceQuotas().inNamespace(namespace).withName("no-deployments").delete();
        await().atMost(SOON).until(() -> client.apps().deployments().inNamespace(namespace).withName("concordat-prober").get() != null);
        await().atMost(SOON).until(() -> !condition("orders", "Ready").reason().equals("ProberRefused"));
    }

    @Test
    void oneCheckAtATimeUsesADatabaseServerAndTheNextStartsWhenItEnds() {
        OperatorRuntime first = operator();
        apply(contract("orders", "1h"));
        await().atMost(SOON).until(() -> run("orders-1"), r -> r != null && r.getStatus() != null && r.getStatus().jobName() != null);
        apply(contract("prices", "1h"));
        ReconcileJob waits = await().atMost(SOON).until(() -> run("prices-1"), r -> r != null && condition(r, "Succeeded").reason().equals("WaitingForSlot"));
        assertThat(condition(waits, "Succeeded").message()).contains("Waits for " + namespace + "/orders-1 on orders-db." + namespace + ":5432", "one check at a time");
        assertThat(waits.getStatus().databases()).containsExactly("orders-db." + namespace + ":5432", "storefront-db." + namespace + ":3306");

        // Another operator knows who works, though it never saw it start.
        operators.remove(first);
        first.close();
        operator();
        await().during(Duration.ofSeconds(5)).atMost(SOON).until(() -> run("prices-1").getStatus().jobName() == null);
        assertThat(client.batch().v1().jobs().inNamespace(namespace).list().getItems()).hasSize(1);

        finish("orders-1");
        finish("prices-1");
        assertThat(condition("prices", "InSync").isTrue()).isTrue();
    }

    @Test
    void aWorkerThatDoesNotStartGivesItsSlotToARunThatWaits() {
        AtomicReference<Duration> later = new AtomicReference<>(Duration.ZERO);
        operator(new Clock() {
            @Override
            public java.time.ZoneId getZone() {
                return java.time.ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }

            @Override
            public java.time.Instant instant() {
                return java.time.Instant.now().plus(later.get());
            }
        });
        apply(contract("orders", "1h"));
        String job = await().atMost(SOON).until(() -> run("orders-1"), r -> r != null && r.getStatus() != null && r.getStatus().jobName() != null).getStatus().jobName();
        client.resource(pod(job)).subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), """
                {"status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available: 3 Insufficient memory."}]}}""");
        await().atMost(SOON).until(() -> condition(run("orders-1"), "Succeeded").reason().equals("Pending"));
        apply(contract("prices", "1h"));
        await().atMost(SOON).until(() -> run("prices-1"), r -> r != null && condition(r, "Succeeded").reason().equals("WaitingForSlot"));
        later.set(Duration.ofMinutes(6));

        Condition ended = await().atMost(SOON).until(() -> condition(run("orders-1"), "Succeeded"), Condition::isFalse);
        assertThat(ended.reason()).isEqualTo("WorkerNotStarted");
        assertThat(ended.message()).contains("did not start within 5m, and " + namespace + "/prices-1 waits for the same database server", "cannot be scheduled: 0/3 nodes are available",
                "spec.verification.worker").doesNotContain("..");
        assertThat(pods(job)).isEmpty();
        await().atMost(SOON).untilAsserted(() -> assertThat(client.v1().events().inNamespace(namespace).list().getItems()).anySatisfy(event -> {
            assertThat(event.getReason()).isEqualTo("CheckFailed");
            assertThat(event.getMessage()).startsWith("WorkerNotStarted: ");
        }));

        // Whoever works is not disturbed by whoever waits.
        String next = await().atMost(SOON).until(() -> run("prices-1").getStatus().jobName(), java.util.Objects::nonNull);
        client.resource(pod(next)).subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), """
                {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [{"name": "worker", "image": "concordat:test", "imageID": "", "ready": true,
                  "restartCount": 0, "state": {"running": {}}}]}}""");
        client.resources(SyncContract.class).inNamespace(namespace).withName("orders")
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"annotations\":{\"" + Api.CHECK_REQUESTED + "\":\"again\"}}}");
        await().atMost(SOON).until(() -> run("orders-2"), r -> r != null && condition(r, "Succeeded").reason().equals("WaitingForSlot"));
        later.set(Duration.ofMinutes(20));
        await().during(Duration.ofSeconds(18)).atMost(SOON).until(() -> !condition(run("prices-1"), "Succeeded").isFalse());
        finish("prices-1");
        finish("orders-2");
    }

    @Test
    void aDeepCheckRunsInFullAndTheOthersInTheContractsScope() {
        operator();
        apply(Serialization.unmarshal(Serialization.asYaml(contract("orders", "1h")).replaceFirst("scope:\\s+type: \"Full\"",
                "scope: {type: Window, field: updated_at, last: 2h}\n    deepCheck: {every: 24h}"), SyncContract.class));
        RunOrder deep = order(pod(await().atMost(SOON).until(() -> run("orders-1"), r -> r != null && r.getStatus() != null && r.getStatus().jobName() != null).getStatus().jobName()));
        assertThat(deep.effectiveScope().type()).isEqualTo(Verification.ScopeType.FULL);
        assertThat(contractNow("orders").getStatus().check().active().trigger()).isEqualTo(SyncContractStatus.Trigger.DEEP);
        finish("orders-1");
        var check = contractNow("orders").getStatus().check();
        assertThat(check.lastFullRunId()).isEqualTo(1);
        assertThat(check.lastDeepTime()).isNotNull();
        assertThat(java.time.Instant.parse(check.nextDeepTime())).isAfter(java.time.Instant.parse(check.lastDeepTime()).plusSeconds(86_000));
        assertThat(condition("orders", "SourceReliable").isTrue()).isTrue();

        client.resources(SyncContract.class).inNamespace(namespace).withName("orders")
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"annotations\":{\"" + Api.CHECK_REQUESTED + "\":\"now\"}}}");
        RunOrder narrow = order(pod(await().atMost(SOON).until(() -> run("orders-2"), r -> r != null && r.getStatus() != null && r.getStatus().jobName() != null).getStatus().jobName()));
        assertThat(narrow.effectiveScope().type()).isEqualTo(Verification.ScopeType.WINDOW);
        assertThat(run("orders-2").getStatus().scope().field()).isEqualTo("updated_at");
        finish("orders-2");
    }

    @Test
    void theDataPlanesAccountIsMadeAgain() {
        operator();
        apply(contract("orders", "1h"));
        finish("orders-1");
        client.serviceAccounts().inNamespace(namespace).withName("concordat-data-plane").delete();
        client.rbac().roleBindings().inNamespace(namespace).withName("concordat-data-plane").delete();
        client.resources(SyncContract.class).inNamespace(namespace).withName("orders")
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"annotations\":{\"" + Api.CHECK_REQUESTED + "\":\"again\"}}}");
        finish("orders-2");
        assertThat(client.rbac().roleBindings().inNamespace(namespace).withName("concordat-data-plane").get()).isNotNull();
    }

    @Test
    void writersArePausedAndGivenBackByAnotherOperatorThanTheOneThatPausedThem() {
        OperatorRuntime first = operator();
        client.resource(new DeploymentBuilder().withNewMetadata().withName("importer").withNamespace(namespace).endMetadata().withNewSpec().withReplicas(2)
                .withNewSelector().withMatchLabels(Map.of("app", "importer")).endSelector().withNewTemplate().withNewMetadata().withLabels(Map.of("app", "importer")).endMetadata()
                .withNewSpec().withSecurityContext(WorkerJob.podSecurity()).addNewContainer().withName("importer").withImage("importer:test")
                .withSecurityContext(WorkerJob.containerSecurity()).endContainer().endSpec().endTemplate().endSpec().build()).create();
        var importer = client.apps().deployments().inNamespace(namespace).withName("importer");
        await().atMost(SOON).until(() -> client.pods().inNamespace(namespace).withLabel("app", "importer").list().getItems().size() == 2);
        apply(probed("orders", "Enforce"));
        await().atMost(SOON).until(() -> contractNow("orders").getStatus() != null);

        await().atMost(SOON).pollInterval(Duration.ofSeconds(1)).untilAsserted(() -> {
            long now = System.currentTimeMillis() / 2000;
            probe("orders", now, List.of(new SyncContractStatus.SliceSpan(now - 20, now - 1, SyncContractStatus.SliceState.BAD)), null, 0);
            assertThat(importer.get().getSpec().getReplicas()).isZero();
            assertThat(condition("orders", "WritersPaused").isTrue()).isTrue();
            assertThat(condition("orders", "BudgetExhausted").isTrue()).isTrue();
        });
        assertThat(importer.get().getMetadata().getAnnotations()).containsKeys(Api.CLAIMS, Api.RESTORE, Api.PAUSE_UNTIL);
        String fence = contractNow("orders").getStatus().writers().pause().fence();
        await().atMost(SOON).untilAsserted(() -> assertThat(client.resources(LatencyProbe.class).inNamespace(namespace).withName("orders").get().getSpec().fence()).isEqualTo(fence));

        operators.remove(first);
        first.close();
        operator();
        await().atMost(SOON).pollInterval(Duration.ofSeconds(1)).untilAsserted(() -> {
            probe("orders", System.currentTimeMillis() / 2000, List.of(), fence, 10);
            assertThat(importer.get().getSpec().getReplicas()).isEqualTo(2);
            assertThat(contractNow("orders").getStatus().writers().pause()).isNull();
            assertThat(condition("orders", "WritersPaused").isFalse()).isTrue();
        });
        assertThat(java.util.Objects.requireNonNullElse(importer.get().getMetadata().getAnnotations(), Map.of())).doesNotContainKeys(Api.CLAIMS, Api.RESTORE, Api.PAUSE_UNTIL);
    }

    private SyncContract probed(String name, String enforcement) {
        SyncContract plain = contract(name, "1h");
        return Serialization.unmarshal(Serialization.asYaml(plain).replace("  writers: []\n", "") + """
                  latency:
                    probe: {type: Canary, canary: {key: {id: -1}, field: token, every: 500ms, writerSecretName: canary-%s}}
                    ceiling: 2s
                    budget: {target: "50", window: 2m, slice: 2s}
                    enforcement: %s
                    pause: {minimum: 1s, maximum: 5m, stable: 1s}
                  writers: [{apiVersion: apps/v1, kind: Deployment, name: importer}]
                """.formatted(name, enforcement), SyncContract.class);
    }

    /** What the prober would write. */
    private void probe(String contract, long now, List<SyncContractStatus.SliceSpan> spans, String fence, int fresh) {
        SyncContract of = contractNow(contract);
        ProbeReport report = new ProbeReport(new ContractRef(namespace, contract, of.getMetadata().getUid(), 1, "1.0.0"), 1, now, 2, now - 60, now - 1, spans, 200L, null, fresh,
                fresh * 1000L, fence, fence != null, null, null, null, null, null);
        LatencyProbe order = client.resources(LatencyProbe.class).inNamespace(namespace).withName(contract).get();
        if (order != null) {
            order.setStatus(report);
            client.resource(order).patchStatus();
        }
    }

    private List<String> probes() {
        return client.resources(LatencyProbe.class).inNamespace(namespace).list().getItems().stream().map(probe -> probe.getMetadata().getName()).toList();
    }

    private OperatorRuntime operator() {
        return operator(Clock.systemUTC());
    }

    private OperatorRuntime operator(Clock clock) {
        OperatorRuntime operator = new OperatorRuntime(OperatorAccount.client(), new OperatorConfig(new DataPlaneImage("concordat:test", null), Set.of(namespace), false, null, 1),
                new SimpleMeterRegistry(), clock);
        operators.add(operator);
        operator.start();
        return operator;
    }

    private void apply(SyncContract contract) {
        client.resource(contract).create();
    }

    private SyncContract contract(String name, String every) {
        return contract(name, namespace, every);
    }

    static SyncContract contract(String name, String namespace, String every) {
        return Serialization.unmarshal("""
                apiVersion: concordat.dev/v1alpha1
                kind: SyncContract
                metadata: {name: %s, namespace: %s}
                spec:
                  version: 1.0.0
                  owner: {team: commerce-data}
                  source:
                    system: order-service
                    store: {type: PostgreSQL, host: orders-db, port: 5432, database: orders, table: orders, credentials: {secretName: orders-reader}}
                  target:
                    system: storefront
                    store: {type: MariaDB, host: storefront-db, port: 3306, database: storefront, table: order_view, credentials: {secretName: storefront-reader}}
                  record: {key: [id]}
                  verification: {schedule: {every: %s, jitter: 0}}
                """.formatted(name, namespace, every), SyncContract.class);
    }

    /** Lets a run end in sync and waits until its contract knows. */
    private void finish(String name) {
        ReconcileJob run = await().atMost(SOON).until(() -> run(name), r -> r != null && r.getStatus() != null && r.getStatus().jobName() != null);
        Pod pod = pod(run.getStatus().jobName());
        report(pod, RunReport.State.DONE, RunReport.Verdict.IN_SYNC, null, Map.of());
        end(pod, 0, "");
        await().atMost(SOON).until(() -> contractNow(run.getSpec().contractName()).getStatus().check().lastFinishedRunId(), run.getStatus().runId()::equals);
    }

    private Pod pod(String job) {
        return await().atMost(SOON).until(() -> pods(job), pods -> !pods.isEmpty()).getFirst();
    }

    private List<Pod> pods(String job) {
        return client.pods().inNamespace(namespace).withLabel("job-name", job).list().getItems();
    }

    private RunOrder order(Pod pod) {
        return client.resources(ChecksumRun.class).inNamespace(namespace).withName(pod.getMetadata().getLabels().get("job-name")).get().getSpec();
    }

    private void report(Pod pod, RunReport.State state, RunReport.Verdict verdict, Failure failure, Map<String, Long> counts) {
        RunOrder order = order(pod);
        ContractRef contract = order.contract();
        List<RunReport.Record> records = counts.isEmpty() ? List.of()
                : List.of(new RunReport.Record(Map.of("id", "42"), RunReport.Kind.DIFFERENT, List.of(new RunReport.Field("state", "paid", "new")), null, null));
        RunReport report = new RunReport(contract, order.runId(), pod.getMetadata().getName(), state, verdict, failure, null, new RunReport.Progress(100, 1000, 1000, 1), new RunReport.Rows(1000, 1000), counts,
                records, List.of(), null, null, null, RunReport.Coverage.FULL, null, null, null, null, Map.of());
        ChecksumRun run = client.resources(ChecksumRun.class).inNamespace(namespace).withName(pod.getMetadata().getLabels().get("job-name")).get();
        run.setStatus(report);
        client.resource(run).patchStatus();
    }

    /** What the kubelet would write when the worker's container ends. */
    private void end(Pod pod, int exitCode, String message) {
        String patch = Json.write(Map.of("status", Map.of("phase", exitCode == 0 ? "Succeeded" : "Failed", "containerStatuses", List.of(Map.of("name", "worker", "image", "concordat:test",
                "imageID", "", "ready", false, "restartCount", 0, "state", Map.of("terminated", Map.of("exitCode", exitCode, "message", message)))))));
        client.resource(pod).subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    }

    private ReconcileJob run(String name) {
        return client.resources(ReconcileJob.class).inNamespace(namespace).withName(name).get();
    }

    private SyncContract contractNow(String name) {
        return client.resources(SyncContract.class).inNamespace(namespace).withName(name).get();
    }

    private Condition condition(String contract, String type) {
        return Conditions.find(contractNow(contract).getStatus().conditions(), type);
    }

    private static Condition condition(ReconcileJob run, String type) {
        return run.getStatus() == null ? Conditions.of(type, "Unknown", 0L, "None", "") : java.util.Objects.requireNonNullElse(Conditions.find(run.getStatus().conditions(), type),
                Conditions.of(type, "Unknown", 0L, "None", ""));
    }
}
