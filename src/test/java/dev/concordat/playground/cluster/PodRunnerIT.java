package dev.concordat.playground.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.concordat.testing.ClusterFixture;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodRunnerIT {
    /** Any image of ours; the folder of programs is the tests' own. */
    private static final String IMAGE = ClusterFixture.TEST_IMAGE;

    private final LocalCluster cluster = ClusterFixture.cluster();
    private final PodRunner runner = ClusterFixture.podRunner();
    private final KubernetesClient client = cluster.client();
    private String namespace;

    @BeforeEach
    void namespace() {
        namespace = ClusterFixture.freshNamespace();
    }

    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(50));
    }

    private PodBuilder pod(String name, String script) {
        return new PodBuilder().withNewMetadata().withName(name).withNamespace(namespace).endMetadata()
                .withNewSpec().withRestartPolicy("Never").addNewContainer().withName("main").withImage(IMAGE).withCommand("sh", "-c", script).endContainer().endSpec();
    }

    private Job job(String name, String script) {
        return client.resource(new JobBuilder().withNewMetadata().withName(name).withNamespace(namespace).endMetadata()
                .withNewSpec().withBackoffLimit(0).withNewTemplate().withNewSpec().withRestartPolicy("Never")
                .addNewContainer().withName("main").withImage(IMAGE).withCommand("sh", "-c", script).withTerminationMessagePolicy("FallbackToLogsOnError").endContainer()
                .endSpec().endTemplate().endSpec().build()).create();
    }

    private Deployment deployment(String name, String script) {
        return client.resource(new DeploymentBuilder().withNewMetadata().withName(name).withNamespace(namespace).endMetadata()
                .withNewSpec().withReplicas(1).withNewSelector().addToMatchLabels("app", name).endSelector()
                .withNewTemplate().withNewMetadata().addToLabels("app", name).endMetadata().withNewSpec().withTerminationGracePeriodSeconds(2L)
                .addNewContainer().withName("main").withImage(IMAGE).withCommand("sh", "-c", script).endContainer().endSpec().endTemplate().endSpec().build()).create();
    }

    private List<Pod> podsOf(String label, String value) {
        return client.pods().inNamespace(namespace).withLabel(label, value).list().getItems();
    }

    private Pod read(String name) {
        return client.pods().inNamespace(namespace).withName(name).get();
    }

    private static ContainerStatus container(Pod pod) {
        assertThat(pod.getStatus().getContainerStatuses()).as("container statuses of pod %s", pod.getMetadata().getName()).isNotEmpty();
        return pod.getStatus().getContainerStatuses().getFirst();
    }

    private ContainerStateTerminated terminated(String name) {
        return soon().until(() -> {
            Pod pod = read(name);
            return pod.getStatus().getContainerStatuses() == null || pod.getStatus().getContainerStatuses().isEmpty() ? null : container(pod).getState().getTerminated();
        }, Objects::nonNull);
    }

    private Pod runningPodOf(String app) {
        return soon().until(() -> podsOf("app", app).stream().filter(pod -> "Running".equals(pod.getStatus().getPhase()) && !runner.process(namespace, pod.getMetadata().getName()).isEmpty())
                .findFirst().orElse(null), Objects::nonNull);
    }

    /** Soon, not at once: a killed orphan counts as alive until the system's first process has taken note of its end. */
    private static void gone(List<ProcessHandle> processes) {
        soon().untilAsserted(() -> assertThat(processes).noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void aJobCompletes() {
        job("good", "echo done");
        soon().untilAsserted(() -> assertThat(client.batch().v1().jobs().inNamespace(namespace).withName("good").get().getStatus().getSucceeded()).isEqualTo(1));
        Pod pod = podsOf("job-name", "good").getFirst();
        assertThat(pod.getStatus().getPhase()).isEqualTo("Succeeded");
        assertThat(container(pod).getState().getTerminated().getReason()).isEqualTo("Completed");
        assertThat(runner.logs(namespace, pod.getMetadata().getName(), "main")).content().isEqualTo("done\n");
    }

    @Test
    void aJobFailsWithExitCodeAndTheEndOfItsLog() {
        job("bad", "echo starting; echo 'cannot reach the target' >&2; exit 3");
        soon().untilAsserted(() -> assertThat(client.batch().v1().jobs().inNamespace(namespace).withName("bad").get().getStatus().getFailed()).isEqualTo(1));
        ContainerStateTerminated end = container(podsOf("job-name", "bad").getFirst()).getState().getTerminated();
        assertThat(end.getExitCode()).isEqualTo(3);
        assertThat(end.getReason()).isEqualTo("Error");
        assertThat(end.getMessage()).isEqualTo("starting\ncannot reach the target");
    }

    @Test
    void theTerminationMessageIsWhatTheContainerWrote() {
        client.resource(pod("said", "echo noise; printf 'the reason' > \"$MESSAGE\"; exit 2").editSpec().editFirstContainer()
                .addNewEnv().withName("MESSAGE").withValue("/dev/termination-log").endEnv().endContainer().endSpec().build()).create();
        assertThat(terminated("said").getMessage()).isEqualTo("the reason");
    }

    @Test
    void secretsAreFilesAndAMissingOptionalOneIsAnEmptyFolder() {
        client.resource(new SecretBuilder().withNewMetadata().withName("login").withNamespace(namespace).endMetadata().addToStringData("password", "s3cret").build()).create();
        client.resource(pod("reads", "cat \"$LOGIN/password\"; ls -A \"$CA\" | wc -l").editSpec()
                .addNewVolume().withName("login").withNewSecret().withSecretName("login").endSecret().endVolume()
                .addNewVolume().withName("ca").withNewSecret().withSecretName("absent").withOptional(true).endSecret().endVolume()
                .editFirstContainer().addNewVolumeMount().withName("login").withMountPath("/etc/login").endVolumeMount().addNewVolumeMount().withName("ca").withMountPath("/etc/ca").endVolumeMount()
                .addNewEnv().withName("LOGIN").withValue("/etc/login").endEnv().addNewEnv().withName("CA").withValue("/etc/ca").endEnv().endContainer().endSpec().build()).create();
        assertThat(terminated("reads").getExitCode()).isZero();
        assertThat(runner.logs(namespace, "reads", "main")).content().isEqualTo("s3cret0\n");
    }

    @Test
    void aMissingSecretKeepsThePodWaitingUntilItIsThere() {
        client.resource(pod("waits", "echo \"$PASSWORD\"").editSpec().editFirstContainer()
                .addNewEnv().withName("PASSWORD").withNewValueFrom().withNewSecretKeyRef("password", "late", false).endValueFrom().endEnv().endContainer().endSpec().build()).create();
        soon().untilAsserted(() -> {
            assertThat(container(read("waits")).getState().getWaiting()).isNotNull();
            assertThat(container(read("waits")).getState().getWaiting().getReason()).isEqualTo("CreateContainerConfigError");
            assertThat(container(read("waits")).getState().getWaiting().getMessage()).isEqualTo("secret \"late\" not found");
        });
        client.resource(new SecretBuilder().withNewMetadata().withName("late").withNamespace(namespace).endMetadata().addToStringData("password", "now").build()).create();
        assertThat(terminated("waits").getExitCode()).isZero();
        assertThat(runner.logs(namespace, "waits", "main")).content().isEqualTo("now\n");
    }

    @Test
    void aPodActsAsItsOwnServiceAccount() {
        client.resource(new ServiceAccountBuilder().withNewMetadata().withName("worker").withNamespace(namespace).endMetadata().build()).create();
        client.resource(pod("asks", "kubectl auth whoami -o jsonpath='{.status.userInfo.username}'; echo; kubectl get secrets").editSpec().withServiceAccountName("worker")
                .editFirstContainer().withTerminationMessagePolicy("FallbackToLogsOnError").endContainer().endSpec().build()).create();
        ContainerStateTerminated end = terminated("asks");
        assertThat(end.getExitCode()).isEqualTo(1);
        assertThat(end.getMessage()).contains("system:serviceaccount:" + namespace + ":worker", "Forbidden");
    }

    @Test
    void aPodThatMountsNoTokenHasNone() {
        client.resource(pod("bare", "echo \"[$KUBECONFIG]\"").editSpec().withAutomountServiceAccountToken(false).endSpec().build()).create();
        terminated("bare");
        assertThat(runner.logs(namespace, "bare", "main")).content().isEqualTo("[]\n");
    }

    @Test
    void initContainersRunFirst() {
        client.resource(pod("ordered", "cat \"$DIR/made\"").editSpec().addNewVolume().withName("work").withNewEmptyDir().endEmptyDir().endVolume()
                .addNewInitContainer().withName("first").withImage(IMAGE).withCommand("sh", "-c", "echo made > \"$DIR/made\"")
                .addNewVolumeMount().withName("work").withMountPath("/mnt/work").endVolumeMount().addNewEnv().withName("DIR").withValue("/mnt/work").endEnv().endInitContainer()
                .editFirstContainer().addNewVolumeMount().withName("work").withMountPath("/mnt/work").endVolumeMount().addNewEnv().withName("DIR").withValue("/mnt/work").endEnv()
                .endContainer().endSpec().build()).create();
        assertThat(terminated("ordered").getExitCode()).isZero();
    }

    @Test
    void scaledToNothingTheProcessIsAskedThenKilledAndThePodGoes() {
        // It hears SIGTERM and does not obey, and has a child that would outlive it.
        deployment("stubborn", "trap 'echo asked' TERM; sleep 1000 & while true; do sleep 0.1; done");
        Pod pod = runningPodOf("stubborn");
        String name = pod.getMetadata().getName();
        soon().untilAsserted(() -> assertThat(runner.process(namespace, name).getFirst().descendants()).isNotEmpty());
        ProcessHandle process = runner.process(namespace, name).getFirst();
        List<ProcessHandle> children = process.descendants().toList();
        Path log = runner.logs(namespace, name, "main");

        client.apps().deployments().inNamespace(namespace).withName("stubborn").scale(0);

        soon().untilAsserted(() -> assertThat(podsOf("app", "stubborn")).isEmpty());
        assertThat(process.isAlive()).isFalse();
        gone(children);
        assertThat(log).content().contains("asked");
    }

    @Test
    void aKilledProcessIsStartedAgain() {
        deployment("phoenix", "echo up; exec sleep 1000");
        String name = runningPodOf("phoenix").getMetadata().getName();
        ProcessHandle first = runner.process(namespace, name).getFirst();

        first.destroyForcibly();

        soon().untilAsserted(() -> {
            ContainerStatus status = container(read(name));
            assertThat(status.getRestartCount()).isEqualTo(1);
            assertThat(status.getState().getRunning()).isNotNull();
            assertThat(status.getLastState().getTerminated().getExitCode()).isEqualTo(137);
        });
        assertThat(runner.process(namespace, name)).singleElement().satisfies(second -> assertThat(second.pid()).isNotEqualTo(first.pid()));
    }

    @Test
    void aReadyPodIsAvailable() {
        deployment("steady", "exec sleep 1000");
        soon().untilAsserted(() -> assertThat(client.apps().deployments().inNamespace(namespace).withName("steady").get().getStatus().getAvailableReplicas()).isEqualTo(1));
    }

    @Test
    void aPodPastItsDeadlineFails() {
        client.resource(pod("slow", "exec sleep 1000").editSpec().withActiveDeadlineSeconds(1L).endSpec().build()).create();
        terminated("slow");
        soon().untilAsserted(() -> assertThat(read("slow").getStatus().getPhase()).isEqualTo("Failed"));
        assertThat(read("slow").getStatus().getReason()).isEqualTo("DeadlineExceeded");
    }

    @Test
    void aProgramThatDoesNotExistIsAStartError() {
        client.resource(pod("typo", "").editSpec().editFirstContainer().withCommand("no-such-program").endContainer().endSpec().build()).create();
        assertThat(terminated("typo").getReason()).isEqualTo("StartError");
        assertThat(terminated("typo").getMessage()).contains("no-such-program");
    }

    @Test
    void anUnknownImageIsSaid() {
        client.resource(pod("foreign", "true").editSpec().editFirstContainer().withImage("example.com/other:1").endContainer().endSpec().build()).create();
        soon().untilAsserted(() -> assertThat(container(read("foreign")).getState().getWaiting()).isNotNull()
                .satisfies(waiting -> assertThat(waiting.getReason()).isEqualTo("ErrImagePull")));
    }

    @Test
    void closeLeavesNoProcess(@TempDir Path folder) throws Exception {
        try (var own = LocalCluster.start(line -> {})) {
            own.client().resource(new PodBuilder().withNewMetadata().withName("left").withNamespace("default").endMetadata().withNewSpec()
                    .addNewContainer().withName("main").withImage(IMAGE).withCommand("sh", "-c", "trap '' TERM; sleep 1000 & wait; sleep 1000").endContainer().endSpec().build()).create();
            var second = PodRunner.start(own, Map.of(IMAGE, Files.createDirectories(folder.resolve("bin"))), folder.resolve("pods"));
            soon().untilAsserted(() -> assertThat(second.process("default", "left")).isNotEmpty());
            ProcessHandle process = second.process("default", "left").getFirst();
            soon().untilAsserted(() -> assertThat(process.descendants()).isNotEmpty());
            List<ProcessHandle> children = process.descendants().toList();

            second.close();

            assertThat(process.isAlive()).isFalse();
            gone(children);
        }
    }
}
