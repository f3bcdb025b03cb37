package dev.concordat.playground.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.concordat.api.v1alpha1.ReconcileJobSpec;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The examples name only fields that exist, and fit each other and the demo's databases. */
class ExamplesTest {
    static final ObjectMapper STRICT = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    static List<HasMetadata> read(String file) throws IOException {
        String text = Files.readString(Path.of("examples", file)).replace("${SOURCE_PORT}", "5432").replace("${TARGET_PORT}", "3306");
        List<HasMetadata> objects = new ArrayList<>();
        for (String document : text.split("(?m)^---$")) {
            objects.add((HasMetadata) new KubernetesSerialization().unmarshal(document));
        }
        return objects;
    }

    static <T> T strictly(HasMetadata object, Class<T> type) throws IOException {
        return STRICT.readValue(new KubernetesSerialization().asJson(((GenericKubernetesResource) object).getAdditionalProperties().get("spec")), type);
    }

    @Test
    void everyFieldOfTheDocumentedExampleIsKnown() throws Exception {
        var contract = strictly(read("orders.yaml").getFirst(), SyncContractSpec.class);
        assertThat(contract.writers()).hasSize(1);
        assertThat(strictly(read("check.yaml").getFirst(), ReconcileJobSpec.class).contractName()).isEqualTo("orders-to-storefront");
    }

    @Test
    void thePlaygroundsSecretsHoldTheDemosAccountsAndAllThatAreNamedExist() throws Exception {
        List<HasMetadata> objects = new ArrayList<>(read("playground/10-shop.yaml"));
        objects.addAll(read("playground/20-contract.yaml"));
        var secrets = objects.stream().filter(Secret.class::isInstance).map(Secret.class::cast).collect(Collectors.toMap(s -> s.getMetadata().getName(), Secret::getStringData));
        secrets.forEach((name, data) -> assertThat(data.get("password")).as(name).isEqualTo(Schema.password(data.get("username"))));
        var contract = strictly(objects.getLast(), SyncContractSpec.class);
        assertThat(secrets).containsKeys(contract.source().store().credentials().secretName(), contract.target().store().credentials().secretName(),
                contract.latency().probe().canary().writerSecretName());
        assertThat(objects).filteredOn(Deployment.class::isInstance).extracting(o -> o.getMetadata().getName())
                .contains(contract.writers().getFirst().name(), "replicator");
        assertThat(objects).filteredOn(Deployment.class::isInstance).allSatisfy(o -> ((Deployment) o).getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv().stream()
                .filter(env -> env.getValueFrom() != null).forEach(env -> assertThat(secrets).containsKey(env.getValueFrom().getSecretKeyRef().getName())));
    }
}
