package dev.concordat.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Dispatcher;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;

/**
 * Applies JSON merge patches as RFC 7396 and the API server do. The mock's own patch handler (Fabric8 7.6.1) appends to lists, which a merge
 * patch replaces, and does not look at resourceVersion.
 */
final class MergePatchDispatcher extends Dispatcher {
    private final Dispatcher mock;

    MergePatchDispatcher(Dispatcher mock) {
        this.mock = mock;
    }

    @Override
    public synchronized MockResponse dispatch(RecordedRequest request) {
        String type = request.getHeader("Content-Type");
        if (request.method() != HttpMethod.PATCH || type == null || !type.startsWith("application/merge-patch+json")) {
            return mock.dispatch(request);
        }
        String path = request.getPath().split("\\?")[0];
        String object = path.endsWith("/status") ? path.substring(0, path.length() - "/status".length()) : path;
        MockResponse current = mock.dispatch(new RecordedRequest(request.getHttpVersion(), HttpMethod.GET, object, request.getHeaders(), new Buffer()));
        if (current.code() != 200) {
            return current;
        }
        try {
            ObjectNode stored = (ObjectNode) Serialization.jsonMapper().readTree(current.getBody().getBytes());
            ObjectNode patch = (ObjectNode) Serialization.jsonMapper().readTree(request.getBody().getBytes());
            String expected = patch.path("metadata").path("resourceVersion").asText(null);
            if (expected != null && !expected.equals(stored.path("metadata").path("resourceVersion").asText())) {
                return new MockResponse().setResponseCode(409).setHeader("Content-Type", "application/json")
                        .setBody("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"Conflict\",\"code\":409}");
            }
            merge(stored, patch);
            return mock.dispatch(new RecordedRequest(request.getHttpVersion(), HttpMethod.PUT, path, request.getHeaders().newBuilder().setHeader("Content-Type", "application/json").build(),
                    new Buffer(Serialization.jsonMapper().writeValueAsBytes(stored))));
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void merge(ObjectNode target, ObjectNode patch) {
        patch.properties().forEach(member -> {
            JsonNode value = member.getValue();
            if (value.isNull()) {
                target.remove(member.getKey());
            } else if (value instanceof ObjectNode object) {
                ObjectNode inner = target.get(member.getKey()) instanceof ObjectNode present ? present : Serialization.jsonMapper().createObjectNode();
                merge(inner, object);
                target.set(member.getKey(), inner);
            } else {
                target.set(member.getKey(), value);
            }
        });
    }
}
