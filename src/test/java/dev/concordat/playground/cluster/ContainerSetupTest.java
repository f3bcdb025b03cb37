package dev.concordat.playground.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerSetupTest {
    @TempDir
    private Path folder;

    private final Pod pod = new PodBuilder().withNewMetadata().withName("p").withNamespace("ns").withUid("u-1").addToLabels("app.kubernetes.io/name", "shop").endMetadata()
            .withNewSpec().withServiceAccountName("worker").endSpec().build();
    private final PodSources sources = new PodSources() {
        @Override
        public Optional<Map<String, byte[]>> configMap(String name) {
            return name.equals("settings") ? Optional.of(Map.of("level", bytes("high"))) : Optional.empty();
        }

        @Override
        public Optional<Map<String, byte[]>> secret(String name) {
            return name.equals("login") ? Optional.of(Map.of("username", bytes("u"), "password", bytes("p"))) : Optional.empty();
        }

        @Override
        public String token(String audience, Duration life) {
            throw new AssertionError("no token is asked for");
        }
    };

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ContainerBuilder container() {
        return new ContainerBuilder().withName("c").withCommand("run");
    }

    private ContainerSetup setup(ContainerBuilder container) throws NotReadyException {
        return ContainerSetup.of(pod, container.build(), sources, Map.of("creds", folder.resolve("creds"), "tmp", folder.resolve("tmp")), folder.resolve("message"));
    }

    @Test
    void variablesComeFromValuesFieldsConfigMapsAndSecrets() throws Exception {
        var setup = setup(container()
                .addNewEnvFrom().withPrefix("L_").withNewSecretRef("login", false).endEnvFrom()
                .addNewEnv().withName("PLAIN").withValue("v").endEnv()
                .addNewEnv().withName("POD").withNewValueFrom().withNewFieldRef(null, "metadata.name").endValueFrom().endEnv()
                .addNewEnv().withName("APP").withNewValueFrom().withNewFieldRef(null, "metadata.labels['app.kubernetes.io/name']").endValueFrom().endEnv()
                .addNewEnv().withName("LEVEL").withNewValueFrom().withNewConfigMapKeyRef("level", "settings", null).endValueFrom().endEnv()
                .addNewEnv().withName("PASSWORD").withNewValueFrom().withNewSecretKeyRef("password", "login", null).endValueFrom().endEnv()
                .addNewEnv().withName("ABSENT").withNewValueFrom().withNewSecretKeyRef("password", "nowhere", true).endValueFrom().endEnv());
        assertThat(setup.environment()).containsAllEntriesOf(Map.of("L_username", "u", "PLAIN", "v", "POD", "p", "APP", "shop", "LEVEL", "high", "PASSWORD", "p"))
                .doesNotContainKey("ABSENT");
    }

    @Test
    void referencesAreExpandedAsKubernetesDoes() throws Exception {
        var setup = setup(container().withArgs("$(A)-$(B)", "$(UNKNOWN)", "$$(A)", "$A")
                .addNewEnv().withName("A").withValue("1").endEnv().addNewEnv().withName("B").withValue("$(A)2$(C)").endEnv().addNewEnv().withName("C").withValue("3").endEnv());
        assertThat(setup.environment()).containsEntry("B", "12$(C)");          // C is defined later
        assertThat(setup.command()).containsExactly("run", "1-12$(C)", "$(UNKNOWN)", "$(A)", "$A");
    }

    @Test
    void pathsBelowAMountAreRewritten() throws Exception {
        var setup = setup(container().withArgs("--file=/creds/password", "/creds", "/credsx", "--tmp", "/tmp/a", "/dev/termination-log").withWorkingDir("/tmp/w")
                .addNewVolumeMount().withName("creds").withMountPath("/creds").endVolumeMount().addNewVolumeMount().withName("tmp").withMountPath("/tmp").endVolumeMount()
                .addNewEnv().withName("DIR").withValue("/creds").endEnv().addNewEnv().withName("TEXT").withValue("see /creds").endEnv());
        assertThat(setup.command()).containsExactly("run", "--file=" + folder + "/creds/password", folder + "/creds", "/credsx", "--tmp", folder + "/tmp/a", folder + "/message");
        assertThat(setup.environment()).containsEntry("DIR", folder + "/creds").containsEntry("TEXT", "see /creds");
        assertThat(setup.workingDir()).isEqualTo(folder + "/tmp/w");
    }

    @Test
    void aFolderAboveMountsShowsEachUnderItsName() throws Exception {
        Files.createDirectories(folder.resolve("creds"));
        Files.writeString(folder.resolve("creds/password"), "p");
        var setup = setup(container().addNewVolumeMount().withName("creds").withMountPath("/nowhere/secrets/login").endVolumeMount()
                .addNewEnv().withName("SECRETS").withValue("/nowhere/secrets").endEnv());
        assertThat(Path.of(setup.environment().get("SECRETS")).resolve("login/password")).hasContent("p");
    }

    @Test
    void whatIsMissingAndNotOptionalKeepsTheContainerWaiting() {
        assertThatThrownBy(() -> setup(container().addNewEnv().withName("X").withNewValueFrom().withNewSecretKeyRef("k", "nowhere", null).endValueFrom().endEnv()))
                .isInstanceOfSatisfying(NotReadyException.class, e -> assertThat(e.reason()).isEqualTo("CreateContainerConfigError")).hasMessage("secret \"nowhere\" not found");
        assertThatThrownBy(() -> setup(container().addNewEnv().withName("X").withNewValueFrom().withNewConfigMapKeyRef("no", "settings", null).endValueFrom().endEnv()))
                .hasMessage("couldn't find key no in configmap settings");
    }

    @Test
    void whatPodRunnerDoesNotKnowIsSaidNotIgnored() {
        assertThatThrownBy(() -> setup(container().addNewEnv().withName("X").withNewValueFrom().withNewResourceFieldRef().withResource("limits.memory").endResourceFieldRef().endValueFrom().endEnv()))
                .hasMessageContaining("env X");
        assertThatThrownBy(() -> setup(container().withCommand())).hasMessageContaining("no command");
    }
}
