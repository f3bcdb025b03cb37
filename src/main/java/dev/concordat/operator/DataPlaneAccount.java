package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Api;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Map;

/**
 * The account that workers and the prober run under in a contract's namespace, bound to the ClusterRole {@link Names#DATA_PLANE}, which
 * the chart installs: ConfigMaps of the namespace, nothing else. Shared by all contracts of the namespace and left when the last one goes.
 */
final class DataPlaneAccount {
    private static final Map<String, String> LABELS = Map.of(Api.MANAGED_BY, Api.CONCORDAT);
    private final KubernetesClient client;

    DataPlaneAccount(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Creates the ServiceAccount and its RoleBinding unless they are there. Asked anew each time, twice a run: a Job without its account is
     * accepted and never gets a pod, so nothing else would notice that somebody took them away.
     */
    void ensure(String namespace) {
        createUnlessThere(new ServiceAccountBuilder()
                .withNewMetadata().withName(Names.DATA_PLANE).withNamespace(namespace).withLabels(LABELS).endMetadata()
                .build());
        createUnlessThere(new RoleBindingBuilder()
                .withNewMetadata().withName(Names.DATA_PLANE).withNamespace(namespace).withLabels(LABELS).endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", Names.DATA_PLANE)
                .addNewSubject(null, "ServiceAccount", Names.DATA_PLANE, namespace)
                .build());
    }

    private void createUnlessThere(HasMetadata object) {
        if (client.resource(object).get() != null) {
            return;
        }
        try {
            client.resource(object).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != 409) {
                throw e;
            }
        }
    }
}
