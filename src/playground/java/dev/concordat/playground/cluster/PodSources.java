package dev.concordat.playground.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a pod may refer to, from its own namespace. */
interface PodSources {
    /** The content of a ConfigMap by key; empty when there is none of that name. */
    Optional<Map<String, byte[]>> configMap(String name);

    /** The content of a Secret by key, decoded; empty when there is none of that name. */
    Optional<Map<String, byte[]>> secret(String name);

    /** A token of the pod's service account, bound to the pod. */
    String token(String audience, Duration life);

    static PodSources ofNamespace(KubernetesClient client, String namespace, TokenSource tokens) {
        return new PodSources() {
            @Override
            public Optional<Map<String, byte[]>> configMap(String name) {
                return Optional.ofNullable(client.configMaps().inNamespace(namespace).withName(name).get()).map(object -> {
                    Map<String, byte[]> data = new TreeMap<>();
                    if (object.getData() != null) object.getData().forEach((key, value) -> data.put(key, value.getBytes(StandardCharsets.UTF_8)));
                    if (object.getBinaryData() != null) object.getBinaryData().forEach((key, value) -> data.put(key, Base64.getDecoder().decode(value)));
                    return data;
                });
            }

            @Override
            public Optional<Map<String, byte[]>> secret(String name) {
                return Optional.ofNullable(client.secrets().inNamespace(namespace).withName(name).get()).map(object -> {
                    Map<String, byte[]> data = new TreeMap<>();
                    if (object.getData() != null) object.getData().forEach((key, value) -> data.put(key, Base64.getDecoder().decode(value)));
                    return data;
                });
            }

            @Override
            public String token(String audience, Duration life) {
                return tokens.token(audience, life);
            }
        };
    }

    interface TokenSource {
        String token(String audience, Duration life);
    }
}
