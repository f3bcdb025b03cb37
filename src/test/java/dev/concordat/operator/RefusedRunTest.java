package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.ReconcileJobSpec;
import dev.concordat.api.v1alpha1.ReconcileJobStatus;
import dev.concordat.testing.Case;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that the cluster keeps from starting: it says why in the cluster's words, and keeps nobody else waiting. */
class RefusedRunTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    private final MockCluster cluster = new MockCluster();
    private final Slots slots = new Slots(cluster.view(), 1);
    private final RunLoop loop = loop(NOW);

    @BeforeEach
    void twoContractsOfOneServer() {
        cluster.client.resource(OperatorIT.contract("orders", "shop", "15m")).create();
        cluster.client.resource(OperatorIT.contract("prices", "shop", "15m")).create();
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    @Case(value = "logic A6", before = "keeps the slot for ever: other teams' checks stand still for days", now = "holds neither a slot nor a place in the line")
    void aWebhookThatFailsKeepsNobodyElseWaiting() {
        refused(500);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504})
    void whateverTheApiServerAnswersTheSlotIsGivenBack(int code) {
        refused(code);
    }

    private void refused(int code) {
        // It has waited in line, as in the report.
        ReconcileJob run = run("orders", NOW.minusSeconds(60));
        ReconcileJob other = run("prices", null);
        cluster.answers("POST", "/jobs", code, "failed calling webhook policy.example.com");
        loop.visit(run);
        Condition succeeded = succeeded("orders-1");
        assertThat(succeeded.message()).contains("failed calling webhook policy.example.com");
        assertThat(succeeded.reason()).isEqualTo(code >= 500 || code == 429 || code == 409 ? "JobNotCreated" : "JobRefused");

        cluster.answers("POST", "/jobs", 0, null);
        loop.visit(other);
        assertThat(cluster.client.batch().v1().jobs().inNamespace("shop").withName("prices-1").get()).as("the other team's check").isNotNull();
        loop.visit(now(run));
        assertThat(succeeded("orders-1").reason()).isEqualTo(succeeded.isFalse() ? "JobRefused" : "WaitingForSlot");
    }

    @Test
    void aJobThatWasMadeThoughTheAnswerWasLostIsTheRuns() {
        ReconcileJob run = run("orders", null);
        loop.visit(run);
        ReconcileJob lost = now(run);
        lost.setStatus(ReconcileJobStatus.EMPTY.admitted(1));
        cluster.answers("POST", "/jobs", 504, "timeout");
        loop.visit(lost);
        assertThat(now(run).getStatus().jobName()).isEqualTo("orders-1");
        assertThat(slots.claim(run("prices", null), List.of("orders-db.shop:5432"), null, NOW)).as("its slot").isPresent();
    }

    @Test
    @Case(value = "operator 9", before = "a quota's refusal holds a slot for five minutes, and the run says kubectl describe job says why",
            now = "the first look quotes the quota, and the slot is given to who waits")
    void aQuotaIsQuotedAtTheFirstLookAndTheSlotGoesToWhoWaits() {
        ReconcileJob run = run("orders", null);
        assertThat(loop.visit(run).again().toSeconds()).isLessThanOrEqualTo(3);
        String quota = "Error creating: pods \"orders-1-x\" is forbidden: failed quota: team: must specify limits.cpu for: worker";
        cluster.client.resource(new EventBuilder().withNewMetadata().withName("e1").withNamespace("shop").endMetadata().withReason("FailedCreate").withMessage(quota)
                .withNewInvolvedObject().withKind("Job").withName("orders-1").withNamespace("shop").endInvolvedObject().build()).create();
        loop.visit(now(run));
        assertThat(succeeded("orders-1").reason()).isEqualTo("PodRefused");
        assertThat(succeeded("orders-1").message()).isEqualTo("The pod of Job orders-1 is refused: " + quota);
        assertThat(deadline()).as("nobody waits").isNotEqualTo(1);

        loop.visit(run("prices", null));
        loop.visit(now(run));
        assertThat(deadline()).as("its Job is ended").isEqualTo(1);
        assertThat(cluster.client.batch().v1().jobs().inNamespace("shop").withName("orders-1").get().getMetadata().getAnnotations().values())
                .anyMatch(text -> text.contains(quota) && text.contains("shop/prices-1 waits for the same database server"));
    }

    @Test
    void aRunInLineThatNobodyLooksAfterKeepsNobodyWaiting() {
        run("orders", NOW.minusSeconds(600));
        ReconcileJob other = run("prices", null);
        loop.visit(other);
        assertThat(succeeded("prices-1").reason()).isEqualTo("WaitingForSlot");
        loop(NOW.plusSeconds(121)).visit(now(other));
        assertThat(now(other).getStatus().jobName()).isEqualTo("prices-1");
    }

    private Long deadline() {
        return cluster.client.batch().v1().jobs().inNamespace("shop").withName("orders-1").get().getSpec().getActiveDeadlineSeconds();
    }

    private RunLoop loop(Instant now) {
        return new RunLoop(cluster.client, cluster.view(), Clock.fixed(now, ZoneOffset.UTC), new DataPlaneImage("concordat:test", null), new DataPlaneAccount(cluster.client, cluster.view()), slots);
    }

    private ReconcileJob run(String contract, Instant waitsSince) {
        ReconcileJob run = new ReconcileJob();
        run.setMetadata(new ObjectMetaBuilder().withName(contract + "-1").withNamespace("shop").build());
        run.setSpec(new ReconcileJobSpec(contract, null, null, "1h"));
        cluster.client.resource(run).create();
        ReconcileJobStatus status = ReconcileJobStatus.EMPTY.admitted(1);
        cluster.status(run, waitsSince == null ? status : status.waiting(waitsSince.toString(), List.of("orders-db.shop:5432", "storefront-db.shop:3306")));
        return now(run);
    }

    private ReconcileJob now(ReconcileJob run) {
        return cluster.client.resource(run).get();
    }

    private Condition succeeded(String name) {
        return Conditions.find(cluster.client.resources(ReconcileJob.class).inNamespace("shop").withName(name).get().getStatus().conditions(), RunProgress.SUCCEEDED);
    }
}
