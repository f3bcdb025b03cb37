package dev.concordat.writer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseStep;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.api.v1alpha1.SyncContractStatus.WriterState;
import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;
import dev.concordat.api.v1alpha1.WriterKind;
import dev.concordat.budget.Finding;
import dev.concordat.budget.PauseDecisions;
import dev.concordat.report.ProbeReport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The protocol step by step, and what people are told. */
class PauseProtocolTest {
    /** 2026-11-21T12:00:00Z in seconds, in base 36. */
    private static final String START = "toupc0";
    private final World world = new World();
    private World.Contract contract;

    @BeforeEach
    void aShopWithThreeReplicas() {
        world.deployment("shop", 3);
        contract = world.contract("aaaaaaaa-1111", "shop");
    }

    @Test
    void theIntentIsStoredBeforeAWriterIsTouched() {
        world.reconcile();
        contract.want = true;
        int before = world.writes;
        world.killAt(before + 2, World.Kill.BEFORE);
        world.reconcile();
        // The first write was the intent; the second, killed, was the step; the run after the restart went on from there.
        assertThat(contract.pause().id()).isEqualTo("aaaaaaaa-1-" + START);
        assertThat(contract.pause().writers()).containsExactly(writer(WriterState.APPLIED, null, "3 pods are left"));
        assertThat(world.deployments.get("shop").annotations).containsEntry(Api.CLAIMS, "{\"aaaaaaaa-1111\":\"aaaaaaaa-1-" + START + "\"}")
                .containsEntry(Api.RESTORE, "{\"spec\":{\"replicas\":3}}").containsEntry(Api.PAUSE_UNTIL, contract.pause().deadline());
        assertThat(contract.stored.history().total()).isEqualTo(1);
        assertThat(contract.stored.history().recent()).hasSize(1);
    }

    @Test
    void itIsPausedOnceNoPodIsLeftAndDrainedOnceTheFenceIsSeen() {
        pause();
        assertThat(contract.pause().step()).isEqualTo(PauseStep.PAUSING);
        assertThat(contract.stored.summary()).isEqualTo("Pausing");
        world.tick();
        world.reconcile();
        assertThat(contract.pause().step()).isEqualTo(PauseStep.FENCING);
        assertThat(contract.pause().pausedTime()).isNotNull();
        assertThat(contract.stored.history().pausedSlice()).as("the slice after the one that is open").isEqualTo(102);
        world.reconcile();
        assertThat(contract.pause().step()).isEqualTo(PauseStep.DRAINING);
        assertThat(contract.stored.summary()).isEqualTo("Paused");
        contract.want = false;
        world.reconcile();
        assertThat(contract.pause()).isNull();
        assertThat(reasons()).containsExactly("PauseStarted", "WritersStopped", "BacklogDrained", "WritersResuming", "WritersResumed");
        assertThat(world.events.getLast().message()).isEqualTo("The pause is over (Drained): shop Restored");
    }

    @Test
    void aWriterThatRanAgainNeedsANewFence() {
        pausedAndDrained();
        world.scale("shop", 3);
        world.tick();
        world.reconcile();
        assertThat(contract.pause().step()).isEqualTo(PauseStep.PAUSING);
        assertThat(contract.pause().drainedTime()).isNull();
        assertThat(contract.pause().writers().getFirst().reapplied()).isEqualTo(1);
        world.tick();
        world.reconcile();
        assertThat(contract.pause().step()).isEqualTo(PauseStep.FENCING);
        assertThat(contract.pause().fence()).isEqualTo("aaaaaaaa-1-" + START + "-1");
    }

    @Test
    void anOutsideReversalIsPutBackTwiceAndThenLeftAlone() {
        pausedAndDrained();
        for (int i = 1; i <= 3; i++) {
            world.scale("shop", 5);
            world.tick();
            world.reconcile();
            assertThat(world.deployments.get("shop").replicas).isEqualTo(i <= 2 ? 0 : 5);
            world.tick();
            world.reconcile();
        }
        assertThat(contract.pause().writers().getFirst().state()).isEqualTo(WriterState.REVERTED);
        assertThat(contract.stored.summary()).isEqualTo("Degraded");
        assertThat(world.deployments.get("shop").annotations).isEmpty();
        Finding finding = contract.condition;
        assertThat(finding.reason()).isEqualTo("WriterReverted");
        assertThat(finding.message()).contains("Deployment shop: was scaled to 5 while paused, for the 3rd time: left alone", "RespectIgnoreDifferences=true", "driftIgnoreRules");
        assertThat(reasons()).filteredOn("WriterReapplied"::equals).hasSize(2);

        contract.want = false;
        world.reconcile();
        assertThat(contract.pause()).isNull();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(5);
    }

    @Test
    void withNothingRecordedTheReplicasAreNotGuessed() {
        pausedAndDrained();
        world.deployments.get("shop").annotations.remove(Api.RESTORE);
        PausedWriter w = contract.pause().writers().getFirst();
        contract.stored = new Writers(null,
                Pauses.writers(contract.pause(), List.of(new PausedWriter(w.apiVersion(), w.kind(), w.name(), w.uid(), null, w.state(), null, null))), contract.stored.history());
        contract.want = false;
        world.reconcile();
        assertThat(contract.pause().writers().getFirst().state()).isEqualTo(WriterState.RESTORE_UNKNOWN);
        assertThat(contract.stored.summary()).isEqualTo("Degraded");
        assertThat(world.deployments.get("shop").replicas).isZero();
        assertThat(contract.condition.message()).contains("kubectl -n shop scale deployment shop --replicas=N");

        world.scale("shop", 2);
        world.reconcile();
        assertThat(contract.pause()).isNull();
        assertThat(world.deployments.get("shop").annotations).isEmpty();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(2);
    }

    @Test
    void statusComesFirstAndAnOriginalThatWasChangedOnTheWriterIsSaid() {
        pausedAndDrained();
        world.damage("shop", Api.RESTORE, "{\"spec\":{\"replicas\":100}}");
        contract.want = false;
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(world.events).filteredOn(e -> e.reason().equals("RestoreDiffers")).singleElement()
                .satisfies(e -> assertThat(e.message()).isEqualTo("shop: annotation concordat.dev/restore says 100, the contract's status 3 replicas: status was used"));
    }

    @Test
    void aStatusOfAnotherPauseThanTheClaimIsNotTrusted() {
        pausedAndDrained();
        Writers first = contract.stored;
        contract.want = false;
        world.reconcile();
        world.scale("shop", 5);
        contract.want = true;
        world.tick();
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isZero();
        // A backup of the first pause is put back in the second.
        world.loseStatus(contract.uid, first);
        contract.want = false;
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(5);
    }

    @Test
    void claimsThatCannotBeReadAreNotTouched() {
        world.deployments.get("shop").annotations.put(Api.CLAIMS, "mine");
        pause();
        assertThat(contract.pause()).as("nothing else could be paused").isNull();
        assertThat(contract.summary).isEqualTo("Degraded");
        assertThat(contract.condition.reason()).isEqualTo("ClaimsUnreadable");
        assertThat(contract.condition.message()).contains("annotation concordat.dev/claims is not a JSON object", "concordat.dev/claims- concordat.dev/restore- concordat.dev/pause-until-");
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
    }

    @Test
    void aClaimWithoutAPauseIsReleasedWhenTheOperatorStarts() {
        pausedAndDrained();
        contract.stored = null;
        contract.want = false;
        world.restarted();
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(world.deployments.get("shop").annotations).isEmpty();
        assertThat(reasons()).contains("OrphanClaimReleased");
        // No number is used twice, or an old claim could look like a new one.
        assertThat(contract.stored.history().total()).isEqualTo(1);
    }

    @Test
    void aStatusThatIsLostDuringAPauseIsMadeUpForAtTheNextVisit() {
        pausedAndDrained();
        world.loseStatus(contract.uid, null);
        contract.want = false;
        world.reconcile();
        assertGivenBack();
    }

    @Test
    void aStatusRestoredFromBeforeThePauseIsMadeUpForAtTheNextVisit() {
        world.reconcile();
        Writers older = contract.stored;
        pausedAndDrained();
        world.loseStatus(contract.uid, older);
        contract.want = false;
        world.reconcile();
        assertGivenBack();
    }

    @Test
    void aStatusThatIsLostBeforeThePodsAreGoneIsMadeUpForToo() {
        world.reconcile();
        contract.want = true;
        world.reconcile();
        assertThat(contract.pause().step()).isEqualTo(PauseStep.PAUSING);
        world.loseStatus(contract.uid, null);
        contract.want = false;
        world.reconcile();
        assertGivenBack();
    }

    @Test
    void aClaimThatLandsRightAfterThePauseIsFoundAtTheNextVisit() {
        pausedAndDrained();
        contract.want = false;
        world.reconcile();
        assertThat(contract.pause()).isNull();
        claimLandsLate();
        world.reconcile();
        assertGivenBack();
    }

    @Test
    void aClaimThatLandsMuchLaterIsFoundWithinThreeMinutes() {
        world.reconcile();
        claimLandsLate();
        world.now = world.now.plus(PauseProtocol.SWEEP).minusSeconds(1);
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isZero();
        assertThat(world.requeue).isEqualTo(Duration.ofSeconds(1));
        world.tick();
        world.reconcile();
        assertGivenBack();
    }

    @Test
    void theFenceOfAPauseBeforeStatusWasLostProvesNothing() {
        pausedAndDrained();
        Pause before = contract.pause();
        ProbeReport old = world.report(contract);
        assertThat(PauseDecisions.fenceSeen(before, old)).isTrue();

        world.loseStatus(contract.uid, null);
        world.tick();
        world.reconcile();
        assertThat(contract.stored.history().total()).isEqualTo(1);
        assertThat(contract.pause().id()).isNotEqualTo(before.id());
        assertThat(contract.pause().step()).isEqualTo(PauseStep.FENCING);
        assertThat(PauseDecisions.fenceSeen(contract.pause(), old)).isFalse();

        contract.want = false;
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(world.deployments.get("shop").annotations).isEmpty();
    }

    @Test
    void aQuietContractCostsOneReadOfEachWriterInThreeMinutes() {
        world.reconcile();
        int gets = world.gets;
        for (int i = 0; i < 10; i++) {
            world.tick();
            world.reconcile();
        }
        assertThat(world.gets).isEqualTo(gets);
        world.now = world.now.plus(PauseProtocol.SWEEP);
        for (int i = 0; i < 10; i++) {
            world.tick();
            world.reconcile();
        }
        assertThat(world.gets).isEqualTo(gets + 1);
        assertThat(world.writes).isZero();
    }

    /** The patch of a process that was held up since before the pause ended. */
    private void claimLandsLate() {
        World.Deployment shop = world.deployments.get("shop");
        world.patch(World.NAMESPACE, "shop", Long.toString(shop.version), 0,
                Map.of(Api.CLAIMS, "{\"aaaaaaaa-1111\":\"aaaaaaaa-1-" + START + "\"}", Api.RESTORE, "{\"spec\":{\"replicas\":3}}", Api.PAUSE_UNTIL, "2026-11-21T12:30:00Z"));
    }

    private void assertGivenBack() {
        assertThat(contract.pause()).isNull();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(world.deployments.get("shop").annotations).isEmpty();
        assertThat(reasons()).contains("OrphanClaimReleased");
    }

    private void pause() {
        world.reconcile();
        contract.want = true;
        world.reconcile();
    }

    private void pausedAndDrained() {
        pause();
        world.tick();
        world.reconcile();
        world.reconcile();
        assertThat(contract.pause().step()).isEqualTo(PauseStep.DRAINING);
    }

    private List<String> reasons() {
        return world.events.stream().map(WriterEvent::reason).toList();
    }

    private PausedWriter writer(WriterState state, Integer reapplied, String message) {
        return new PausedWriter("apps/v1", WriterKind.DEPLOYMENT, "shop", world.deployments.get("shop").uid, 3, state, reapplied, message);
    }
}
