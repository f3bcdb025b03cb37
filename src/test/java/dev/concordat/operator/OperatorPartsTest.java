package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.report.RunReport;
import dev.concordat.internal.ChecksumRun;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import dev.concordat.testing.Case;
import org.junit.jupiter.api.Test;

/** The small parts: names, filters, probes, caches, metrics and events. */
class OperatorPartsTest {
    @Test
    void aJobIsNamedAfterItsRunAndFitsAPodsLabel() {
        assertThat(Names.job("orders-5")).isEqualTo("orders-5");
        String longName = "a".repeat(48) + "-" + Long.MAX_VALUE;
        assertThat(Names.job(longName)).hasSizeLessThanOrEqualTo(52).startsWith("a".repeat(40)).isEqualTo(Names.job(longName)).isNotEqualTo(Names.job(longName + "0"));
        assertThat(Names.job("by.hand")).matches("by-hand-[0-9a-f]{8}");
    }

    @Test
    void onlyChangesThatPeopleMakeCallForAVisit() {
        SyncContract before = contract();
        assertThat(SyncContractReconciler.relevant(contract(), before)).isFalse();
        SyncContract ourStatus = contract();
        ourStatus.getMetadata().setResourceVersion("2");
        assertThat(SyncContractReconciler.relevant(ourStatus, before)).isFalse();
        for (String name : List.of(Api.CHECK_REQUESTED, Api.HOLD, Api.FORCE_RESUME, Api.ACKNOWLEDGE, Api.FORCE_RELEASE)) {
            SyncContract annotated = contract();
            annotated.getMetadata().setAnnotations(Map.of(name, "now"));
            assertThat(SyncContractReconciler.relevant(annotated, before)).as(name).isTrue();
        }
        SyncContract other = contract();
        other.getMetadata().setAnnotations(Map.of("kubectl.kubernetes.io/last-applied-configuration", "{}"));
        assertThat(SyncContractReconciler.relevant(other, before)).isFalse();
        SyncContract changed = contract();
        changed.getMetadata().setGeneration(2L);
        assertThat(SyncContractReconciler.relevant(changed, before)).isTrue();
        SyncContract deleted = contract();
        deleted.getMetadata().setDeletionTimestamp("2026-11-21T12:00:00Z");
        assertThat(SyncContractReconciler.relevant(deleted, before)).isTrue();
    }

    @Test
    void aliveUntilTheInformersWereCutOffForTooLong() {
        AtomicLong nanos = new AtomicLong();
        OperatorHealth health = new OperatorHealth(nanos::get);
        nanos.addAndGet(Duration.ofHours(1).toNanos());
        assertThat(health.alive(false)).as("waits for the lease").isTrue();
        assertThat(health.alive(true)).isTrue();
        nanos.addAndGet(Duration.ofMinutes(4).toNanos());
        assertThat(health.alive(false)).isTrue();
        nanos.addAndGet(Duration.ofMinutes(2).toNanos());
        assertThat(health.alive(false)).isFalse();
        assertThat(health.alive(true)).isTrue();
    }

    @Test
    void aCachedReportKeepsThreeRecordsAndAllCounts() {
        List<RunReport.Record> records = IntStream.range(0, 500).mapToObj(i -> new RunReport.Record(Map.of("id", "" + i), RunReport.Kind.DIFFERENT, List.of(), null, null)).toList();
        RunReport report = new RunReport(null, 5, "pod", RunReport.State.DONE, RunReport.Verdict.DRIFT, null, null, null, null, Map.of("different", 500L), records, List.of(), null, null, null, null, null, null, null, null, null);
        ChecksumRun run = new ChecksumRun();
        run.setStatus(report);
        RunReport kept = ReportStore.reduced(run).getStatus();
        assertThat(kept.records()).hasSize(3);
        assertThat(kept.drifted()).isEqualTo(500);
        assertThat(RunProgress.result(kept, "r")).isEqualTo(RunProgress.result(report, "r"));
    }

    @Test
    void aContractsSeriesGoWithIt() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        ContractMetrics metrics = new ContractMetrics(registry);
        metrics.observe(contract(), dev.concordat.api.v1alpha1.SyncContractStatus.EMPTY, 2);
        assertThat(registry.getMeters()).hasSize(11);
        assertThat(registry.get("concordat.windows.dropped").tags("namespace", "shop", "contract", "orders").counter().count()).isEqualTo(2);
        metrics.remove(contract());
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void windowsThatACheckOverranAreCountedByTheVisitThatSeesIt() {
        try (MockCluster cluster = new MockCluster()) {
            SimpleMeterRegistry registry = new SimpleMeterRegistry();
            SyncContract contract = cluster.client.resource(OperatorIT.contract("orders", "shop", "15m")).create();
            var active = new dev.concordat.api.v1alpha1.SyncContractStatus.ActiveRun(1L, "orders-1", null, dev.concordat.api.v1alpha1.SyncContractStatus.Trigger.SCHEDULE, null);
            var check = dev.concordat.api.v1alpha1.SyncContractStatus.Check.EMPTY.started(active).answered(1, "2026-11-21T11:00:00Z", null).under("rules", "tables").planned("2026-11-21T11:31:00Z", null);
            cluster.status(contract, new dev.concordat.api.v1alpha1.SyncContractStatus(1L, List.of(), check, null, null, null));
            DataPlaneImage image = new DataPlaneImage("concordat:test", null);
            Clock clock = Clock.fixed(Instant.parse("2026-11-21T12:00:00Z"), ZoneOffset.UTC);
            ContractLoop loop = new ContractLoop(cluster.client, cluster.view(), clock, new ContractMetrics(registry), new DataPlaneAccount(cluster.client, cluster.view()),
                    new ProberLoop(cluster.client, cluster.view(), image, ProberDeployment.RESOURCES, new DataPlaneAccount(cluster.client, cluster.view())),
                    new LatencyLoop(cluster.view(), new StatusWriter(cluster.client), new dev.concordat.writer.PauseProtocol(Map.of(dev.concordat.api.v1alpha1.WriterKind.DEPLOYMENT, new dev.concordat.writer.Deployments(cluster.client)), new dev.concordat.writer.LiveContracts(cluster.client)), () -> 0));
            loop.visit(cluster.client.resource(contract).get());
            assertThat(registry.get("concordat.windows.dropped").counter().count()).as("of 11:31 and 11:46").isEqualTo(2);
            loop.visit(cluster.client.resource(contract).get());
            assertThat(registry.get("concordat.windows.dropped").counter().count()).as("each once").isEqualTo(2);
            assertThat(cluster.client.resource(contract).get().getStatus().check().nextTime()).isEqualTo("2026-11-21T12:01:00Z");
        }
    }

    @Test
    void anEventThatRepeatsIsCounted() {
        try (MockCluster cluster = new MockCluster()) {
            EventRecorder events = new EventRecorder(cluster.client, Clock.fixed(Instant.parse("2026-11-21T12:00:00Z"), ZoneOffset.UTC));
            events.warning(contract(), "DriftFound", "3 of 10");
            events.warning(contract(), "DriftFound", "3 of 10");
            events.warning(contract(), "DriftFound", "4 of 10");
            assertThat(cluster.client.v1().events().inNamespace("shop").list().getItems()).extracting(e -> e.getMessage() + " x" + e.getCount())
                    .containsExactlyInAnyOrder("3 of 10 x2", "4 of 10 x1");
        }
    }

    @Test
    @Case(value = "logic D", before = "verification.worker.memory sets the pod's limit, the heap stays 48 MB", now = "the heap is what is left of it; at the default it is what it was")
    void aWorkersHeapFollowsItsMemory() {
        assertThat(WorkerJob.heap("256Mi")).isEmpty();
        assertThat(WorkerJob.heap("64Mi")).isEmpty();
        assertThat(WorkerJob.heap("512Mi")).contains("304m");
        assertThat(WorkerJob.heap("2Gi")).contains("1840m");
    }

    private static SyncContract contract() {
        SyncContract contract = new SyncContract();
        contract.setMetadata(new ObjectMetaBuilder().withNamespace("shop").withName("orders").withUid("uid").withGeneration(1L).withResourceVersion("1").build());
        return contract;
    }
}
