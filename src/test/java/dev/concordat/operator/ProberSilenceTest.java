package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.SyncContractStatus;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceSpan;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.api.v1alpha1.WriterKind;
import dev.concordat.internal.LatencyProbe;
import dev.concordat.report.ContractRef;
import dev.concordat.report.ProbeReport;
import dev.concordat.testing.Case;
import dev.concordat.writer.Deployments;
import dev.concordat.writer.LiveContracts;
import dev.concordat.writer.PauseProtocol;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What the operator says, and does, of a prober that it hears, no longer hears, or hears again: whole visits, on a
 * monotonic clock and a wall clock of the test's own. 2 minutes of
 * slices of 2 s, of which half may be bad; ceiling 2 s.
 */
class ProberSilenceTest {
    private static final long FIRST = 1_000_000;

    private final MockCluster cluster = new MockCluster();
    private long nanos = 1_000_000_000_000L;
    private Instant wall = Instant.parse("2026-11-21T12:00:00Z");
    private SyncContract contract;
    private ContractLoop operator;
    private long sequence;
    private long closed = FIRST - 1;
    private final java.util.ArrayList<SliceSpan> spans = new java.util.ArrayList<>();

    @BeforeEach
    void start() {
        SyncContract plain = OperatorIT.contract("orders", "shop", "1h");
        contract = cluster.client.resource(Serialization.unmarshal(Serialization.asYaml(plain).replace("  writers: []\n", "") + """
                  latency:
                    probe: {type: Canary, canary: {key: {id: -1}, field: token, every: 500ms, writerSecretName: canary}}
                    ceiling: 2s
                    budget: {target: "50", window: 2m, slice: 2s}
                    enforcement: Enforce
                    pause: {minimum: 1s, maximum: 5m, stable: 1s}
                  writers: [{apiVersion: apps/v1, kind: Deployment, name: importer}]
                """, SyncContract.class)).create();
        cluster.client.resource(new DeploymentBuilder().withNewMetadata().withName("importer").withNamespace("shop").endMetadata().withNewSpec().withReplicas(2)
                .withNewSelector().withMatchLabels(Map.of("app", "importer")).endSelector().endSpec().build()).create();
        restart();
        visit();
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    /** Another process: what is known is in status. */
    private void restart() {
        nanos = 7_000_000_000L + nanos / 3;
        Clock clock = new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return wall;
            }
        };
        operator = new ContractLoop(cluster.client, cluster.view(), clock, new ContractMetrics(new SimpleMeterRegistry()),
                new DataPlaneAccount(cluster.client, cluster.view()),
                new ProberLoop(cluster.client, cluster.view(), new DataPlaneImage("concordat:test", null), ProberDeployment.RESOURCES, new DataPlaneAccount(cluster.client, cluster.view())),
                new LatencyLoop(cluster.view(), new StatusWriter(cluster.client), new PauseProtocol(Map.of(WriterKind.DEPLOYMENT, new Deployments(cluster.client)),
                        new LiveContracts(cluster.client)), () -> nanos));
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
        wall = wall.plus(time);
    }

    private Outcome visit() {
        return operator.visit(cluster.client.resource(contract).get());
    }

    /** The prober closes slices of 2 s and reports; the operator is told. */
    private void slices(SliceState state, int count) {
        for (int i = 0; i < count; i++) {
            pass(Duration.ofSeconds(2));
            closed++;
            if (state != SliceState.GOOD) {
                spans.add(new SliceSpan(closed, closed, state));
            }
            report(1, state == SliceState.BAD ? 60_000L : null);
            visit();
        }
    }

    private void report(long epoch, Long pending) {
        ProbeReport report = new ProbeReport(new ContractRef("shop", "orders", contract.getMetadata().getUid(), 1, "1.0.0"), epoch, ++sequence, 2, FIRST, closed, List.copyOf(spans),
                1500L, pending, pending == null ? 9 : 0, pending == null ? 9000 : 0, null, false, null, FIRST, null, 0L, null);
        say(report);
    }

    /** In the contract's LatencyProbe, which its first visit makes. */
    private void say(ProbeReport report) {
        LatencyProbe order = new LatencyProbe();
        order.setMetadata(new ObjectMetaBuilder().withName("orders").withNamespace("shop").withOwnerReferences(WorkerJob.owner(contract, true)).build());
        order.setSpec(ProberLoop.order(cluster.client.resource(contract).get()));
        if (cluster.client.resource(order).get() == null) {
            cluster.client.resource(order).create();
        }
        cluster.status(order, report);
    }

    private SyncContractStatus status() {
        return cluster.client.resource(contract).get().getStatus();
    }

    private Condition condition(String type) {
        return Conditions.find(status().conditions(), type);
    }

    private int replicas() {
        return cluster.client.apps().deployments().inNamespace("shop").withName("importer").get().getSpec().getReplicas();
    }

    @Test
    @Case(value = "operator 13", before = "LAG and BUDGET kept the last number, and nothing said that it was stale", now = "LAG is ?, BUDGET 100%?, and the message says what it was and when")
    void aNumberThatIsOldIsNotShownAsIfItWereNew() {
        slices(SliceState.GOOD, 10);
        assertThat(status().latency().lag()).isEqualTo("1.5s");
        Duration next = visit().again();
        assertThat(next).as("silence is looked for in time").isLessThanOrEqualTo(Duration.ofMinutes(4).plusSeconds(1));

        pass(Duration.ofMinutes(4).plusSeconds(1));
        visit();
        assertThat(status().latency().lag()).isEqualTo("?");
        assertThat(status().latency().budgetRemaining()).isEqualTo("100%?");
        assertThat(condition("BudgetExhausted").reason()).isEqualTo("MeasurementMissing");
        assertThat(ready().message()).contains("its last report came at 2026-11-21T12:00:20Z and said 1.5s");
    }

    @Test
    @Case(value = "operator 8", before = "the operator restarted: Ready=True Enforced for four minutes", now = "silent at once, until something new comes")
    void silenceSurvivesTheOperator() {
        slices(SliceState.GOOD, 10);
        pass(Duration.ofMinutes(5));
        visit();
        assertThat(ready().reason()).isEqualTo("ProberSilent");
        SyncContractStatus before = status();

        restart();
        visit();
        assertThat(ready().reason()).isEqualTo("ProberSilent");
        assertThat(status().latency()).isEqualTo(before.latency());
        pass(Duration.ofDays(3));
        restart();
        visit();
        assertThat(ready().message()).contains("its last report came at 2026-11-21T12:00:20Z");

        slices(SliceState.GOOD, 1);
        assertThat(status().latency().silent()).isNull();
        assertThat(status().latency().lag()).isEqualTo("1.5s");
        assertThat(condition("BudgetExhausted").reason()).isEqualTo("WithinBudget");
    }

    @Test
    void aProberThatNeverCameIsSilentForTheNextOperatorToo() {
        pass(Duration.ofMinutes(5));
        visit();
        restart();
        visit();
        assertThat(ready().reason()).isEqualTo("ProberSilent");
        assertThat(ready().message()).contains("it never has");
        assertThat(status().latency().lag()).isEqualTo("?");
    }

    @Test
    @Case(value = "logic B8", before = "the report deleted, then found again: writers paused on slices of two days ago", now = "what was found at the start pauses nothing")
    void aReportThatLiesThereSinceDaysPausesNothing() {
        slices(SliceState.GOOD, 20);
        for (int i = 0; i < 35; i++) {
            closed++;
            spans.add(new SliceSpan(closed, closed, SliceState.BAD));
        }
        report(1, 60_000L);
        pass(Duration.ofDays(2));
        restart();
        visit();
        assertThat(condition("BudgetExhausted").reason()).isEqualTo("BudgetExhaustedUnknownNow");
        assertThat(condition("WritersPaused").reason()).isEqualTo("MeasurementMissing");
        assertThat(replicas()).isEqualTo(2);

        slices(SliceState.BAD, 1);
        assertThat(condition("BudgetExhausted").reason()).isEqualTo("BudgetExhausted");
        assertThat(replicas()).isZero();
    }

    @Test
    @Case(value = "logic B8", before = "operator ahead by 60 s with slices of 10 s: never paused; an hour behind: a dead prober counted as late", now = "its wall clock decides nothing here")
    void whateverTheOperatorsWallClockSaysWritersArePausedInTimeAndNotForADeadProber() {
        slices(SliceState.GOOD, 25);
        wall = wall.minus(Duration.ofHours(1));
        slices(SliceState.BAD, 20);
        wall = wall.plus(Duration.ofDays(400));
        assertThat(replicas()).isEqualTo(2);
        pass(Duration.ofMinutes(5));
        visit();
        assertThat(condition("BudgetExhausted").reason()).isEqualTo("MeasurementMissing");
        wall = wall.minus(Duration.ofDays(400));
        slices(SliceState.BAD, 35);
        assertThat(condition("BudgetExhausted").reason()).isEqualTo("BudgetExhausted");
        assertThat(replicas()).isZero();
    }

    @Test
    @Case(value = "logic B8", before = "the report of a prober with a clock in the future was deleted: the ledger stood still for two days", now = "the next life counts from its first slice on")
    void anotherLifeOfTheProberCountsAtOnceWhateverItsClock() {
        slices(SliceState.BAD, 10);
        long last = status().latency().ledger().lastSlice();
        cluster.client.resources(LatencyProbe.class).inNamespace("shop").withName("orders").delete();
        visit();
        spans.clear();
        pass(Duration.ofSeconds(20));
        closed = 77;
        spans.add(new SliceSpan(76L, 77L, SliceState.BAD));
        ProbeReport report = new ProbeReport(new ContractRef("shop", "orders", contract.getMetadata().getUid(), 1, "1.0.0"), 0, 1, 2, 76L, 77L, List.copyOf(spans), null, 9000L, 0, 0, null,
                false, null, 76L, null, 0L, null);
        say(report);
        visit();
        assertThat(status().latency().ledger().lastSlice()).isEqualTo(last + 10);
        assertThat(status().latency().ledger().states()).isEqualTo("B10 U8 B2");
    }

    @Test
    @Case(value = "operator", before = "a suspended contract showed READY True and a frozen LAG", now = "READY False, LAG and BUDGET empty; Stalled, so that nobody waits for it")
    void aSuspendedContractIsNotEnforcedAndShowsNoNumbers() {
        slices(SliceState.GOOD, 10);
        suspend(true);
        visit();
        assertThat(condition("Ready").isFalse()).isTrue();
        assertThat(condition("Ready").reason()).isEqualTo("Suspended");
        assertThat(condition("Stalled").reason()).isEqualTo("Suspended");
        assertThat(condition("BudgetExhausted").reason()).isEqualTo("Suspended");
        assertThat(status().latency().lag()).isNull();
        assertThat(status().latency().budgetRemaining()).isNull();
        assertThat(status().latency().ledger().states()).isEqualTo("G10");

        pass(Duration.ofHours(1));
        suspend(false);
        visit();
        assertThat(status().latency().silent()).as("silence begins with listening").isNull();
        assertThat(Conditions.find(status().conditions(), "Stalled")).isNull();
    }

    @Test
    @Case(value = "logic B9", before = "Stalled=True for ever after the writers were removed", now = "stalled only while enforcement waits")
    void nothingIsStalledOnceNothingIsEnforced() {
        SyncContractStatus s = status();
        cluster.status(contract, new SyncContractStatus(s.observedGeneration(), s.conditions(), s.check(), s.drift(), s.latency(),
                new SyncContractStatus.Writers(null, null, new SyncContractStatus.PauseHistory(5L, List.of(), null, null, true, null))));
        visit();
        assertThat(condition("Stalled").reason()).isEqualTo("EnforcementSuspended");
        SyncContract there = cluster.client.resource(contract).get();
        cluster.client.resource(there).edit(c -> {
            var spec = Serialization.jsonMapper().convertValue(c.getSpec(), com.fasterxml.jackson.databind.node.ObjectNode.class);
            spec.remove("writers");
            c.setSpec(Serialization.jsonMapper().convertValue(spec, dev.concordat.api.v1alpha1.SyncContractSpec.class));
            return c;
        });
        visit();
        assertThat(Conditions.find(status().conditions(), "Stalled")).isNull();
    }

    private void suspend(boolean suspend) {
        cluster.client.resource(contract).patch(io.fabric8.kubernetes.client.dsl.base.PatchContext.of(io.fabric8.kubernetes.client.dsl.base.PatchType.JSON_MERGE),
                "{\"spec\": {\"suspend\": " + suspend + "}}");
    }

    /** No check was ever made here, which Ready says first; of the probe it is asked what it would say. */
    private Condition ready() {
        SyncContractStatus s = status();
        List<Condition> checked = s.conditions().stream().map(c -> c.type().equals("InSync") ? Conditions.of("InSync", "True", 1L, "NoDrift", "none") : c).toList();
        cluster.status(contract, new SyncContractStatus(s.observedGeneration(), checked, s.check(), s.drift(), s.latency(), s.writers()));
        visit();
        return condition("Ready");
    }
}
