package dev.concordat.writer;

import dev.concordat.api.v1alpha1.SyncContract;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.HashMap;
import java.util.Map;

/** The contracts as the API server has them now. Needs: list synccontracts. */
public final class LiveContracts implements Contracts {
    private final KubernetesClient client;

    public LiveContracts(KubernetesClient client) {
        this.client = client;
    }

    @Override
    public Map<String, Holder> in(String namespace) {
        try {
            Map<String, Holder> byUid = new HashMap<>();
            for (SyncContract contract : client.resources(SyncContract.class).inNamespace(namespace).list().getItems()) {
                var writers = contract.getStatus() == null ? null : contract.getStatus().writers();
                byUid.put(contract.getMetadata().getUid(), new Holder(namespace, contract.getMetadata().getName(), writers == null ? null : writers.pause()));
            }
            return byUid;
        } catch (KubernetesClientException e) {
            throw new WriterPort.Refused("could not list the SyncContracts of namespace " + namespace + ": " + e.getMessage() + ". It is tried again", e.getCode() == 403);
        }
    }
}
