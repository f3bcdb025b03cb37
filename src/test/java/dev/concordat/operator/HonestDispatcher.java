package dev.concordat.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Dispatcher;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Puts right what Fabric8's mock (7.6.1) does otherwise than an API server: its merge patches append to lists, which RFC 7396 replaces, and do not
 * look at resourceVersion. And it gives back the uids that the test's files declare; other objects are numbered, so that what follows from a
 * uid (jitter, names of events) is the same in every run.
 */
final class HonestDispatcher extends Dispatcher {
    private final Dispatcher mock;
    /** What the API server answers instead, to what a test chooses; null: what it would. */
    volatile Function<RecordedRequest, MockResponse> fault = request -> null;

    HonestDispatcher(Dispatcher mock) {
        this.mock = mock;
    }

    private static final Pattern MOCK_UID = Pattern.compile("00000000-0000-0000-0000-[0-9a-f]{12}");
    private final Map<String, String> outside = new HashMap<>();
    private final Map<String, String> inside = new HashMap<>();

    @Override
    public synchronized MockResponse dispatch(RecordedRequest request) {
        MockResponse instead = fault.apply(request);
        if (instead != null) {
            return instead;
        }
        String body = request.getBody() == null ? "" : new String(request.getBody().getBytes(), StandardCharsets.UTF_8);
        String declared = request.method() == HttpMethod.POST ? uid(body) : null;
        for (var uid : inside.entrySet()) {
            body = body.replace(uid.getKey(), uid.getValue());
        }
        MockResponse response = patched(new RecordedRequest(request.getHttpVersion(), request.method(), path(request), request.getHeaders(),
                new Buffer(body.getBytes(StandardCharsets.UTF_8))));
        if (response.getBody() == null || response.getWebSocketListener() != null) {
            return response;
        }
        String text = new String(response.getBody().getBytes(), StandardCharsets.UTF_8);
        String assigned = request.method() == HttpMethod.POST && response.code() == 201 ? uid(text) : null;
        if (assigned != null) {
            learn(assigned, declared == null ? "(uid-" + (outside.size() + 1) + ")" : declared);
        }
        return new MockResponse().setResponseCode(response.code()).setHeaders(response.getHeaders()).removeHeader("Content-Length")
                .setBody(MOCK_UID.matcher(text).replaceAll(uid -> outside.getOrDefault(uid.group(), uid.group())));
    }

    /** The mock finds nothing by a field that it does not know. */
    private static String path(RecordedRequest request) {
        return request.getPath().replaceFirst("events[?]fieldSelector=involvedObject.*", "events");
    }

    private void learn(String assigned, String name) {
        outside.put(assigned, name);
        inside.put(name, assigned);
    }

    private static String uid(String object) {
        try {
            return Serialization.jsonMapper().readTree(object).path("metadata").path("uid").asText(null);
        } catch (java.io.IOException e) {
            return null;
        }
    }

    private MockResponse patched(RecordedRequest request) {
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
