package dev.concordat.playground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseStep;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The operator dies by kill -9 in each step of a pause, in the playground's parts, and another one takes over: the writer comes back with
 * its replicas and without a trace of us. The property tests of the pause protocol crash at every single write; this one proves that the
 * real process, the real API server and the real pods behave as the model does.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorCrashIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private Playground playground;
    private int replicas;

    @BeforeAll
    void start() throws Exception {
        Path folder = Files.createTempDirectory("concordat-crash");
        // Without the lease, which a killed holder keeps for 15 s: the protocol is what is tested here, and it must hold without it.
        playground = Playground.start(Narrator.onTerminal(), folder, Map.of("CONCORDAT_LEADER_ELECTION", "false"));
        playground.applyExamples();
        // Every pause counts against the hour; this test needs more of them than a platform team would want.
        playground.cluster().client().resources(SyncContract.class).inNamespace(Story.NAMESPACE).withName(Story.CONTRACT)
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"latency\":{\"pause\":{\"perHour\":60}}}}");
        await().atMost(PATIENCE).until(() -> writer().getStatus() != null && Integer.valueOf(writer().getSpec().getReplicas()).equals(writer().getStatus().getReadyReplicas()));
        replicas = writer().getSpec().getReplicas();
        await().atMost(PATIENCE).until(() -> contract().getStatus() != null && contract().getStatus().latency() != null && contract().getStatus().latency().lag() != null);
    }

    @AfterAll
    void stop() {
        if (playground != null) {
            playground.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theWriterIsNotLost(PauseStep step) throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        try (var watch = playground.cluster().client().resources(SyncContract.class).inNamespace(Story.NAMESPACE).withName(Story.CONTRACT)
                .watch(new Watcher<SyncContract>() {
                    @Override
                    public void eventReceived(Action action, SyncContract contract) {
                        if (pause(contract) != null && pause(contract).step().ordinal() >= step.ordinal()) {
                            reached.countDown();
                        }
                    }

                    @Override
                    public void onClose(WatcherException cause) {}
                })) {
            // A trickle: the fence cannot arrive before the throttle is lifted, so that the steps up to Fencing are held open.
            throttle("1");
            if (step.ordinal() > PauseStep.FENCING.ordinal()) {
                await().atMost(PATIENCE).until(() -> pause(contract()) != null && pause(contract()).step() == PauseStep.FENCING);
                throttle("NULL");
            }
            assertThat(reached.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("the pause gets to " + step).isTrue();
            playground.operator().kill();
        }
        Pause dead = pause(contract());
        if (dead != null) {
            assertThat(dead.writers()).as("what the writer was is on record before it is touched").allSatisfy(w -> assertThat(w.originalReplicas()).isEqualTo(replicas));
        }
        if (writer().getSpec().getReplicas() == 0) {
            assertThat(annotations()).containsKeys(Api.CLAIMS, Api.RESTORE, Api.PAUSE_UNTIL);
        }

        playground.restartOperator();
        throttle("NULL");
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(pause(contract())).isNull();
            assertThat(writer().getSpec().getReplicas()).isEqualTo(replicas);
            assertThat(annotations()).doesNotContainKeys(Api.CLAIMS, Api.RESTORE, Api.PAUSE_UNTIL);
        });
        // Before the next round the lag has to be good again, or a pause would start on the rest of this one.
        await().atMost(PATIENCE).until(() -> writer().getStatus().getReadyReplicas() != null && writer().getStatus().getReadyReplicas() == replicas);
    }

    private void throttle(String rowsPerSecond) throws Exception {
        try (var connection = playground.postgres().connect("orders"); var statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE replicator_control SET max_rows_per_second = " + rowsPerSecond);
        }
    }

    private SyncContract contract() {
        return playground.cluster().client().resources(SyncContract.class).inNamespace(Story.NAMESPACE).withName(Story.CONTRACT).get();
    }

    private Deployment writer() {
        return playground.cluster().client().apps().deployments().inNamespace(Story.NAMESPACE).withName(Story.WRITER).get();
    }

    private Map<String, String> annotations() {
        Map<String, String> annotations = writer().getMetadata().getAnnotations();
        return annotations == null ? Map.of() : annotations;
    }

    private static Pause pause(SyncContract contract) {
        return contract.getStatus() == null || contract.getStatus().writers() == null ? null : contract.getStatus().writers().pause();
    }
}
