package dev.concordat.writer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseStep;
import dev.concordat.api.v1alpha1.SyncContractStatus.WriterState;
import dev.concordat.budget.PausedSlices;
import dev.concordat.testing.Case;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said of writers is what was seen of them: missing, created anew, held by others, of contracts that are gone. */
class UnseenWritersTest {
    private final World world = new World();

    @Test
    @Case(value = "operator 2", before = "paused: \"No pod of order-imporetr is left\", slices Excluded", now = "WriterMissing and Degraded before a pause is needed; no pause begins")
    void aMissingWriterIsSaidBeforeAPauseIsNeededAndIsNeverPaused() {
        World.Contract contract = world.contract("aaaa", "order-imporetr");
        world.reconcile();
        assertThat(contract.summary).isEqualTo("Degraded");
        assertThat(contract.condition.reason()).isEqualTo("WriterMissing");
        assertThat(contract.condition.message()).contains("spec.writers[0].name: there is no Deployment shop/order-imporetr", "Correct the name, or remove it from spec.writers")
                .doesNotContain("The writers run");

        contract.want = true;
        world.reconcile();
        assertThat(contract.pause()).isNull();
        assertThat(contract.condition.message()).contains("no writer can be paused");
        assertThat(reasons()).doesNotContain("PauseStarted", "WritersStopped");
    }

    @Test
    @Case(value = "logic B3", before = "missing writers count as paused, slices Excluded", now = "the others are paused, and the slices count")
    void besideAMissingWriterTheOthersArePausedAndTheSlicesCount() {
        world.deployment("shop", 3);
        World.Contract contract = world.contract("aaaa", "shop", "nobody");
        contract.want = true;
        world.reconcile();
        world.tick();
        world.reconcile();
        assertThat(contract.pause().step()).isIn(PauseStep.FENCING, PauseStep.DRAINING);
        assertThat(world.deployments.get("shop").replicas).isZero();
        assertThat(PausedSlices.of(contract.stored)).isEqualTo(PausedSlices.NONE);
        assertThat(contract.summary).isEqualTo("Degraded");
        assertThat(contract.condition.status()).isEqualTo("False");
        assertThat(contract.condition.reason()).isEqualTo("WriterMissing");
        assertThat(world.events).filteredOn(e -> e.reason().equals("WritersPartlyStopped")).singleElement()
                .satisfies(e -> assertThat(e.message()).startsWith("No pod of shop is left.").contains("Not so nobody: there is no Deployment shop/nobody"));

        contract.want = false;
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(PausedSlices.of(contract.stored)).isEqualTo(PausedSlices.NONE);
    }

    @Test
    void wherePartialPausesAreRefusedNoneBegins() {
        world.deployment("shop", 3);
        World.Contract contract = world.contract("aaaa", "shop", "nobody");
        contract.refusePartial = true;
        contract.want = true;
        world.reconcile();
        assertThat(contract.pause()).isNull();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(contract.condition.message()).contains("partialPause is Refuse: no pause begins");
    }

    @Test
    void aWriterThatItsOwnerStoppedIsNotSaidToRunAndThereIsNothingToPause() {
        world.deployment("shop", 0);
        World.Contract contract = world.contract("aaaa", "shop");
        world.reconcile();
        assertThat(contract.summary).isEqualTo("Stopped");
        assertThat(contract.condition.message()).contains("Deployment shop/shop stands at 0 replicas, and not because of a pause").doesNotContain("run.");
        contract.want = true;
        world.reconcile();
        assertThat(contract.pause()).isNull();
        assertThat(contract.condition.reason()).isEqualTo("NothingToPause");
    }

    @Test
    @Case(value = "operator 3", before = "left alone, but Paused, slices Excluded, no event until the end", now = "said at once, counted, and paused again under its new uid")
    void aWriterThatIsCreatedAnewDuringAPauseIsSaidAndPausedAgain() {
        World.Contract contract = pausedAndDrained("shop");
        world.recreate("shop", 2);
        world.reconcile();
        assertThat(world.events).filteredOn(e -> e.reason().equals("WriterRecreated")).singleElement()
                .satisfies(e -> assertThat(e.message()).contains("shop was deleted and created anew while paused, with 2 replicas"));
        assertThat(contract.summary).isEqualTo("Degraded");
        assertThat(contract.condition.status()).isEqualTo("False");
        assertThat(PausedSlices.of(contract.stored)).isEqualTo(PausedSlices.NONE);
        assertThat(world.deployments.get("shop").replicas).isZero();
        world.tick();
        world.reconcile();
        assertThat(contract.pause().writers().getFirst().state()).isEqualTo(WriterState.VERIFIED);
        assertThat(contract.pause().writers().getFirst().uid()).isEqualTo(world.deployments.get("shop").uid);

        contract.want = false;
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(2);
        assertThat(world.deployments.get("shop").annotations).isEmpty();
    }

    @Test
    void aWriterThatComesBackAgainAndAgainIsLeftAloneAndTheSlicesCount() {
        World.Contract contract = pausedAndDrained("shop");
        for (int i = 0; i < 3; i++) {
            world.recreate("shop", 2);
            world.reconcile();
            world.tick();
            world.reconcile();
        }
        assertThat(contract.pause().writers().getFirst().state()).isEqualTo(WriterState.REVERTED);
        assertThat(world.deployments.get("shop").replicas).isEqualTo(2);
        assertThat(PausedSlices.of(contract.stored)).isEqualTo(PausedSlices.NONE);
    }

    @Test
    void aWriterThatIsCreatedDuringThePauseIsPausedToo() {
        world.deployment("shop", 3);
        World.Contract contract = world.contract("aaaa", "shop", "late");
        contract.want = true;
        world.reconcile();
        world.tick();
        world.reconcile();
        world.deployment("late", 1);
        world.reconcile();
        assertThat(world.deployments.get("late").replicas).isZero();
        assertThat(reasons()).contains("WriterRecreated");
        contract.want = false;
        world.reconcile();
        assertThat(world.deployments.get("late").replicas).isEqualTo(1);
    }

    @Test
    @Case(value = "logic A8", before = "every slice Excluded while one writer cannot be given back and the other runs", now = "nothing is Excluded from the moment when the writers are given back")
    void slicesCountFromTheMomentWhenAWriterMayRunAgain() {
        World.Contract contract = pausedAndDrained("shop", "importer");
        assertThat(PausedSlices.of(contract.stored).to()).isEqualTo(Long.MAX_VALUE);
        world.refused.add("shop");
        contract.want = false;
        world.reconcile();
        long resumed = contract.stored.history().resumedSlice();
        assertThat(world.deployments.get("importer").replicas).isEqualTo(3);
        assertThat(contract.summary).isEqualTo("Degraded");
        assertThat(contract.condition.status()).isEqualTo("False");
        for (int i = 0; i < 100; i++) {
            world.tick();
            world.reconcile();
            assertThat(PausedSlices.of(contract.stored).to()).isEqualTo(resumed);
        }
        world.refused.clear();
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(PausedSlices.of(contract.stored).to()).isEqualTo(resumed);
    }

    @Test
    void aWriterThatCannotBePausedKeepsNobodyFromProvingTheRestDrained() {
        world.deployment("shop", 3);
        world.deployment("importer", 1);
        World.Contract contract = world.contract("aaaa", "shop", "importer");
        world.reconcile();
        world.frozen.add("shop");
        contract.want = true;
        world.reconcile();
        world.tick();
        world.reconcile();
        assertThat(contract.pause().step()).isEqualTo(PauseStep.PAUSING);
        assertThat(contract.condition.reason()).isEqualTo("WriterRefused");
        world.now = world.now.plus(PauseRun.SLOW_STOP);
        world.reconcile();
        assertThat(contract.pause().step()).isIn(PauseStep.FENCING, PauseStep.DRAINING);
        assertThat(PausedSlices.of(contract.stored)).isEqualTo(PausedSlices.NONE);
        assertThat(contract.condition.status()).isEqualTo("False");
        contract.want = false;
        world.frozen.clear();
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(world.deployments.get("importer").replicas).isEqualTo(1);
    }

    @Test
    @Case(value = "operator 4", before = "writer at 0 for ever under \"The writers run\"; a later pause ends with Restored at 0/0", now = "the claim of the contract that is gone is found at the first visit, and the writer given back")
    void theClaimOfAContractThatIsGoneIsFoundWhenOneOfItsNameAppears() {
        pausedAndDrained("shop");
        world.contracts.remove("aaaa");
        world.restarted();
        World.Contract again = world.contract("bbbb", "shop");
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(world.deployments.get("shop").annotations).isEmpty();
        assertThat(reasons()).contains("OrphanClaimReleased");
        assertThat(again.summary).isEqualTo("Running");
    }

    @Test
    void theClaimOfAContractThatIsGoneIsFoundOnAWriterThatNobodyNamesAnyMore() {
        pausedAndDrained("shop");
        world.contracts.remove("aaaa");
        world.restarted();
        world.deployment("importer", 1);
        world.contract("bbbb", "importer");
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(world.deployments.get("shop").annotations).isEmpty();
    }

    @Test
    void aContractThatGoesWithoutItsFinalizerWhileTheOperatorRunsGivesItsWritersBackAtOnce() {
        World.Contract contract = pausedAndDrained("shop");
        world.contracts.remove("aaaa");
        world.operator().gone(new Claimant(World.NAMESPACE, "aaaa", "aaaa"), contract.pause());
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(world.deployments.get("shop").annotations).isEmpty();
    }

    @Test
    void aClaimOfAContractThatIsGoneDoesNotCountAsHeldByAnother() {
        World.Contract first = pausedAndDrained("shop");
        World.Contract second = world.contract("bbbb", "shop");
        second.want = true;
        world.reconcile();
        world.contracts.remove("aaaa");
        second.want = false;
        world.reconcile();
        assertThat(first.pause()).isNotNull();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(world.events.getLast().message()).contains("shop Restored");
    }

    @Test
    @Case(value = "operator 5", before = "a restore that was left over scales a stopped workload to 2", now = "an original without a claim is never used, and the remedy takes it away")
    void anOriginalWithoutAClaimIsNeverUsed() {
        world.deployment("shop", 0);
        world.deployment("importer", 1);
        world.deployments.get("shop").annotations.put(Api.RESTORE, "{\"spec\":{\"replicas\":2}}");
        World.Contract contract = world.contract("aaaa", "shop", "importer");
        world.reconcile();
        assertThat(contract.summary).isEqualTo("Degraded");
        assertThat(contract.condition.message()).contains("it is not known who stopped it", "concordat.dev/restore-");
        contract.want = true;
        world.reconcile();
        world.tick();
        world.reconcile();
        contract.want = false;
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isZero();
        assertThat(world.deployments.get("importer").replicas).isEqualTo(1);
    }

    @Test
    void claimsThatAreMadeUnreadableDuringAPauseAreWrittenAnewFromStatus() {
        World.Contract contract = pausedAndDrained("shop");
        World.Contract other = world.contract("bbbb", "shop");
        other.want = true;
        world.reconcile();
        world.damage("shop", Api.CLAIMS, "what is this?");
        world.damage("shop", Api.RESTORE, null);
        world.reconcile();
        assertThat(reasons()).contains("ClaimsRepaired");
        assertThat(world.deployments.get("shop").annotations.get(Api.CLAIMS)).contains("aaaa", "bbbb");
        contract.want = false;
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isZero();
        other.want = false;
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(world.deployments.get("shop").annotations).isEmpty();
    }

    @Test
    void claimsThatAreMadeUnreadableRightBeforeTheResumeCostNobodyTheWriter() {
        World.Contract contract = pausedAndDrained("shop");
        world.damage("shop", Api.CLAIMS, "[]");
        contract.want = false;
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(world.deployments.get("shop").annotations).isEmpty();
    }

    @Test
    @Case(value = "operator 6", before = "WRITERS Running, \"The writers run\", Restored, at 0/0", now = "HeldByOther, with the other contract's name; said again when the writer runs")
    void aWriterThatAnotherContractHoldsIsNotSaidToRun() {
        World.Contract first = pausedAndDrained("shop");
        World.Contract second = world.contract("bbbb", "shop");
        second.want = true;
        world.reconcile();
        first.want = false;
        world.events.clear();
        world.reconcile();
        assertThat(first.pause()).isNull();
        assertThat(first.summary).isEqualTo("HeldByOther");
        assertThat(first.condition.reason()).isEqualTo("HeldByOther");
        assertThat(first.condition.message()).contains("stands at 0 replicas, paused by SyncContract shop/bbbb").doesNotContain("run");
        assertThat(world.events).filteredOn(e -> e.reason().equals("WritersResumed")).singleElement()
                .satisfies(e -> assertThat(e.message()).isEqualTo("The pause is over (Drained): shop HeldByOther (stands at 0 replicas, still paused by SyncContract shop/bbbb)"));

        world.restarted();
        second.want = false;
        world.reconcile();
        world.now = world.now.plus(PauseProtocol.TROUBLED);
        world.reconcile();
        assertThat(world.deployments.get("shop").replicas).isEqualTo(3);
        assertThat(first.summary).isEqualTo("Running");
        assertThat(first.condition.message()).startsWith("The writers run.");
        assertThat(reasons()).contains("WritersRunAgain");
    }

    @Test
    @Case(value = "logic C", before = "an orphan claim without a saved original: \"The writers run\", 720 status writes an hour", now = "RestoreUnknown in column and condition, and nothing is written")
    void anOrphanClaimWithoutAnOriginalIsSaidOnce() {
        world.deployment("shop", 0);
        world.deployments.get("shop").annotations.put(Api.CLAIMS, "{\"aaaa\":\"aaaa-1\"}");
        World.Contract contract = world.contract("aaaa", "shop");
        for (int i = 0; i < 720; i++) {
            world.now = world.now.plusSeconds(5);
            world.reconcile();
        }
        assertThat(world.statusWrites).isZero();
        assertThat(world.writes).isZero();
        assertThat(contract.summary).isEqualTo("Degraded");
        assertThat(contract.condition.reason()).isEqualTo("RestoreUnknown");
        assertThat(contract.condition.message()).contains("kubectl -n shop scale deployment shop --replicas=N");
        world.scale("shop", 2);
        world.now = world.now.plus(PauseProtocol.TROUBLED);
        world.reconcile();
        assertThat(contract.summary).isEqualTo("Running");
        assertThat(world.deployments.get("shop").annotations).isEmpty();
    }

    @Test
    void aForcedReleaseNamesEveryWriterThatItLeaves() {
        World.Contract contract = pausedAndDrained("shop", "importer");
        world.refused.add("shop");
        contract.deleted = true;
        contract.force = true;
        world.reconcile();
        assertThat(contract.gone).isTrue();
        assertThat(world.events).filteredOn(e -> e.reason().equals("ForceReleased")).singleElement().satisfies(e -> assertThat(e.message())
                .contains("Deployment shop/shop", "kubectl -n shop scale deployment shop --replicas=3").doesNotContain("importer"));
    }

    private World.Contract pausedAndDrained(String... writers) {
        List.of(writers).forEach(w -> world.deployment(w, 3));
        World.Contract contract = world.contract("aaaa", writers);
        world.reconcile();
        contract.want = true;
        world.reconcile();
        world.tick();
        world.reconcile();
        world.reconcile();
        assertThat(contract.pause().step()).isEqualTo(PauseStep.DRAINING);
        assertThat(contract.summary).isEqualTo("Paused");
        return contract;
    }

    private List<String> reasons() {
        return world.events.stream().map(WriterEvent::reason).toList();
    }
}
