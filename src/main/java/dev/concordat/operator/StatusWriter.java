package dev.concordat.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;

/**
 * Writes to the API server as JSON merge patches with {@code resourceVersion}: a write that raced with another one is refused with 409
 * instead of winning silently. Nothing is written when nothing differs: the operator framework can take the echo of a no-op status write
 * for a spec change that happened at the same moment (JOSDK 5.3, see its v5-5 migration notes).
 */
final class StatusWriter {
    private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);
    private final KubernetesClient client;

    StatusWriter(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Writes the status and awaits the answer.
     *
     * @param resource as it was read; its status is what the new one is compared with
     * @return the object as the API server answered, or {@code resource} itself when nothing differs
     * @throws io.fabric8.kubernetes.client.KubernetesClientException code 409 when the object has changed since it was read
     */
    <S, R extends CustomResource<?, S>> R write(R resource, S status) {
        ObjectNode patch = JsonMergePatch.between(tree(resource.getStatus()), tree(status));
        if (patch.isEmpty()) {
            return resource;
        }
        ObjectNode body = at(resource);
        body.set("status", patch);
        return client.resource(resource).subresource("status").patch(MERGE, body.toString());
    }

    /**
     * Writes labels, owner references and finalizers.
     *
     * @param metadata members of metadata to replace
     */
    <R extends HasMetadata> R writeMetadata(R resource, ObjectNode metadata) {
        ObjectNode body = at(resource);
        ((ObjectNode) body.get("metadata")).setAll(metadata);
        return client.resource(resource).patch(MERGE, body.toString());
    }

    private static ObjectNode at(HasMetadata resource) {
        ObjectNode body = Serialization.jsonMapper().createObjectNode();
        body.putObject("metadata").put("resourceVersion", resource.getMetadata().getResourceVersion());
        return body;
    }

    static ObjectNode tree(Object value) {
        return value == null ? Serialization.jsonMapper().createObjectNode() : Serialization.jsonMapper().valueToTree(value);
    }
}
