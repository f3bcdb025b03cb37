package dev.concordat.playground.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.concordat.testing.ClusterFixture;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalClusterIT {
    private final LocalCluster cluster = ClusterFixture.cluster();
    private final KubernetesClient client = cluster.client();

    @Test
    void theDefinitionsAreEstablishedAndExplained() throws Exception {
        assertThat(client.apiextensions().v1().customResourceDefinitions().list().getItems()).extracting(crd -> crd.getMetadata().getName())
                .contains("synccontracts.concordat.dev", "reconcilejobs.concordat.dev");
        Process kubectl = new ProcessBuilder(cluster.kubectl().toString(), "--kubeconfig", cluster.kubeconfig().toString(), "explain", "sct.spec.record")
                .redirectErrorStream(true).start();
        String output = new String(kubectl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(kubectl.waitFor()).as(output).isZero();
        assertThat(output).contains("SyncContract").contains("key");
    }

    @Test
    void theServerSaysItsVersion() {
        assertThat(client.getKubernetesVersion().getGitVersion()).isEqualTo("v1.34.4");
    }

    @Test
    void aServiceAccountHasItsRightsAndNoOthers() throws Exception {
        String namespace = ClusterFixture.freshNamespace();
        client.resource(new ServiceAccountBuilder().withNewMetadata().withName("reader").withNamespace(namespace).endMetadata().build()).create();
        client.resource(new RoleBuilder().withNewMetadata().withName("reader").withNamespace(namespace).endMetadata()
                .addNewRule().withApiGroups("").withResources("configmaps").withVerbs("get", "list").endRule().build()).create();
        client.resource(new RoleBindingBuilder().withNewMetadata().withName("reader").withNamespace(namespace).endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "Role", "reader").addNewSubject(null, "ServiceAccount", "reader", namespace).build()).create();

        Path kubeconfig = cluster.kubeconfigFor(namespace, "reader");

        try (var reader = cluster.clientFor(kubeconfig)) {
            assertThat(reader.getNamespace()).isEqualTo(namespace);
            assertThat(reader.configMaps().list().getItems()).isNotNull();
            assertThatThrownBy(() -> reader.secrets().list()).isInstanceOfSatisfying(KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(403));
            assertThatThrownBy(() -> reader.configMaps().inNamespace("default").list()).isInstanceOf(KubernetesClientException.class);
            String claims = new String(Base64.getUrlDecoder().decode(reader.getConfiguration().getAutoOAuthToken() == null
                    ? reader.getConfiguration().getOauthToken().split("\\.")[1] : reader.getConfiguration().getAutoOAuthToken().split("\\.")[1]), StandardCharsets.UTF_8);
            long expires = Long.parseLong(claims.replaceAll(".*\"exp\":(\\d+).*", "$1"));
            assertThat(Instant.ofEpochSecond(expires)).isAfter(Instant.now().plus(Duration.ofDays(1)));
        }
    }

    @Test
    void whatAnOwnerOwnedGoesWithIt() {
        String namespace = ClusterFixture.freshNamespace();
        ConfigMap owner = client.resource(configMap(namespace, "owner").build()).create();
        client.resource(configMap(namespace, "owned").editMetadata().addNewOwnerReference().withApiVersion("v1").withKind("ConfigMap").withName("owner")
                .withUid(owner.getMetadata().getUid()).endOwnerReference().endMetadata().build()).create();
        client.resource(owner).delete();
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(client.configMaps().inNamespace(namespace).withName("owned").get()).isNull());
    }

    @Test
    void closeLeavesNoProcessAndNoFolder() throws Exception {
        LocalCluster own = LocalCluster.start(line -> {});
        List<ProcessHandle> processes = own.processes();
        assertThat(processes).hasSize(3).allMatch(ProcessHandle::isAlive);
        own.close();
        assertThat(processes).noneMatch(ProcessHandle::isAlive);
        assertThat(own.folder()).doesNotExist();
    }

    @Test
    void aStartThatFailsHalfWayLeavesNoProcess(@TempDir Path folder) throws Exception {
        Path broken = Files.writeString(folder.resolve("broken"), "#!/bin/sh\necho unknown flag\nexit 7\n");
        assertThat(broken.toFile().setExecutable(true)).isTrue();
        Map<Tool, Path> tools = new EnumMap<>(Binaries.ofThisMachine(line -> {}).find(Tool.CLUSTER));
        tools.put(Tool.KUBE_CONTROLLER_MANAGER, broken);

        assertThatThrownBy(() -> LocalCluster.start(folder.resolve("cluster"), tools)).isInstanceOf(IOException.class)
                .hasMessageContainingAll("kube-controller-manager ended with exit code 7", "unknown flag");

        assertThat(ProcessHandle.current().descendants().map(process -> process.info().commandLine().orElse(""))
                .filter(command -> command.contains(folder.toString()))).isEmpty();
    }

    @Test
    void aProgramThatDiesIsAnErrorWithItsLog(@TempDir Path folder) throws Exception {
        Program program = Program.start("sh", folder, List.of("/bin/sh", "-c", "echo no such flag; exit 7"));
        program.handle().onExit().join();
        assertThatThrownBy(program::requireAlive).hasMessageContainingAll("exit code 7", "no such flag");
    }

    private static ConfigMapBuilder configMap(String namespace, String name) {
        return new ConfigMapBuilder().withNewMetadata().withName(name).withNamespace(namespace).endMetadata().withData(Map.of("a", "b"));
    }
}
