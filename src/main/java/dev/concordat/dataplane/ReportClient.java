package dev.concordat.dataplane;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.concordat.api.v1alpha1.Api;
import dev.concordat.report.ContractRef;
import dev.concordat.report.Json;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The data plane's whole use of the API server: orders and reports of one namespace. It reads them by name, writes their status, and the prober follows its orders; each
 * is one request. Safe for use by many threads.
 */
public final class ReportClient implements AutoCloseable {
    /** The kinds, as they are called in messages. */
    public enum Kind {
        CHECKSUM_RUN("ChecksumRun"), LATENCY_PROBE("LatencyProbe"), CONTRACT_RECORD("ContractRecord");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        String plural() {
            return word.toLowerCase(Locale.ROOT) + "s";
        }
    }

    private static final long LONGEST_PAUSE = 5_000;
    private static final Duration ANSWER = Duration.ofSeconds(20);

    private final KubernetesClient client;
    private final String namespace;
    private final Duration patience;

    /**
     * @param namespace of every object read or written
     * @param patience  how long a write is tried again before it fails
     */
    public ReportClient(KubernetesClient client, String namespace, Duration patience) {
        this.client = client;
        this.namespace = namespace;
        this.patience = patience;
    }

    /** With the pod's own service account (or the KUBECONFIG of the environment); gives up on a write after {@code patience}. */
    public static ReportClient connect(String namespace, Duration patience) {
        return new ReportClient(client(), namespace, patience);
    }

    /** A client with the pod's own service account, or the KUBECONFIG of the environment. Built on the JDK's HTTP client: it starts fastest. */
    public static KubernetesClient client() {
        return new KubernetesClientBuilder().withHttpClientFactory(new JdkHttpClientFactory()).build();
    }

    /**
     * The object of that name, or empty when there is none.
     *
     * @throws KubernetesClientException when the API server does not answer or refuses; not tried again
     */
    public Optional<JsonNode> read(Kind kind, String name) {
        String json = client.raw(path(kind, name));
        return json == null ? Optional.empty() : Optional.of(tree(json));
    }

    /** As {@link #read}, tried again while the API server refuses or there is none: an order that was deleted is put back, and so are the rights to read it. */
    JsonNode await(Kind kind, String name) {
        long deadline = System.nanoTime() + patience.toNanos();
        for (long pause = 100; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
            KubernetesClientException trouble;
            try {
                Optional<JsonNode> found = read(kind, name);
                if (found.isPresent()) {
                    return found.get();
                }
                trouble = new KubernetesClientException("there is none", 404, null);
            } catch (KubernetesClientException e) {
                trouble = e;
            }
            String what = kind.word + " " + namespace + "/" + name + " cannot be read: ";
            if (System.nanoTime() + pause * 1_000_000 > deadline) {
                throw new ReportSink.ReportNotWritten(what + cause(trouble), trouble);
            }
            sleep(pause, what);
        }
    }

    /**
     * A sink whose writes each replace the whole report.
     *
     * @param contract whose report it is: an object of that name that belongs to another contract is not written
     * @param runId    null when the report is not about one run
     */
    public ReportSink sink(Kind kind, String name, ContractRef contract, Long runId) {
        return json -> {
            ArrayNode patch = JsonNodeFactory.instance.arrayNode();
            test(patch, "/spec/contract/uid", JsonNodeFactory.instance.textNode(contract.uid()));
            if (runId != null) {
                test(patch, "/spec/runId", JsonNodeFactory.instance.numberNode(runId));
            }
            add(patch, "/status", tree(json));
            write(kind, name, patch);
        };
    }

    /** What the contract's record holds under that member; empty when nothing, or when the record is another contract's. Tried again for a while. */
    Optional<String> kept(ContractRef contract, String member) {
        JsonNode record = await(Kind.CONTRACT_RECORD, contract.name());
        JsonNode value = record.path("status").path(member);
        boolean ours = contract.uid().equals(record.path("spec").path("contractUid").asText());
        return !ours || value.isMissingNode() ? Optional.empty() : Optional.of(value.toString());
    }

    /** Replaces one member of the contract's record. */
    void keep(ContractRef contract, String member, String json) {
        boolean first = await(Kind.CONTRACT_RECORD, contract.name()).path("status").isMissingNode();
        ArrayNode patch = JsonNodeFactory.instance.arrayNode();
        test(patch, "/spec/contractUid", JsonNodeFactory.instance.textNode(contract.uid()));
        if (first) {
            add(patch, "/status", JsonNodeFactory.instance.objectNode());
        }
        add(patch, "/status/" + member, tree(json));
        write(Kind.CONTRACT_RECORD, contract.name(), patch);
    }

    /** Follows the orders to the prober. Objects stay untyped, so that one that this version cannot read leaves the others alone. */
    SharedIndexInformer<GenericKubernetesResource> probes() {
        var context = new ResourceDefinitionContext.Builder().withGroup(Api.INTERNAL_GROUP).withVersion(Api.VERSION).withKind(Kind.LATENCY_PROBE.word)
                .withPlural(Kind.LATENCY_PROBE.plural()).withNamespaced(true).build();
        return client.genericKubernetesResources(context).inNamespace(namespace).runnableInformer(0);
    }

    private static void test(ArrayNode patch, String path, JsonNode value) {
        patch.addObject().put("op", "test").put("path", path).set("value", value);
    }

    private static void add(ArrayNode patch, String path, JsonNode value) {
        patch.addObject().put("op", "add").put("path", path).set("value", value);
    }

    private void write(Kind kind, String name, ArrayNode patch) {
        long deadline = System.nanoTime() + patience.toNanos();
        String what = kind.word + " " + namespace + "/" + name + " not written: ";
        for (long pause = 100; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
            try {
                patch(path(kind, name) + "/status", patch.toString());
                return;
            } catch (KubernetesClientException e) {
                // Refused for what it is, so it would be refused again. All else may pass: a server that restarts, a token being
                // renewed, a RoleBinding that the authorizer has not seen yet, an object that was deleted and is put back.
                boolean hopeless = e.getCode() == 400 || e.getCode() == 413 || e.getCode() == 422;
                if (hopeless || System.nanoTime() + pause * 1_000_000 > deadline) {
                    throw new ReportSink.ReportNotWritten(what + (othersThan(kind, name, patch, e) ? "it belongs to another contract or run" : cause(e)), e);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ReportSink.ReportNotWritten(what + "interrupted", e);
            }
            sleep(pause, what);
        }
    }

    /** Whether a write was refused because the object is not the one that was meant. */
    private boolean othersThan(Kind kind, String name, ArrayNode patch, KubernetesClientException refusal) {
        if (refusal.getCode() != 422) {
            return false;
        }
        try {
            JsonNode there = read(kind, name).orElse(null);
            for (JsonNode operation : patch) {
                if (there != null && operation.path("op").asText().equals("test") && !there.at(operation.path("path").asText()).asText().equals(operation.path("value").asText())) {
                    return true;
                }
            }
        } catch (KubernetesClientException e) {
            // Then the refusal itself is all that is known.
        }
        return false;
    }

    /** One request: the client's own patch reads the object first. */
    private void patch(String path, String body) throws InterruptedException {
        HttpClient http = client.getHttpClient();
        HttpRequest request = http.newHttpRequestBuilder().uri(URI.create(client.getMasterUrl() + path.substring(1)))
                .method("PATCH", "application/json-patch+json", body).build();
        HttpResponse<String> response;
        try {
            response = http.sendAsync(request, String.class).get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new KubernetesClientException("no answer within " + ANSWER.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KubernetesClientException known ? known : new KubernetesClientException(String.valueOf(e.getCause().getMessage()), e.getCause());
        }
        if (!response.isSuccessful()) {
            Status status = status(response);
            throw new KubernetesClientException(status == null || status.getMessage() == null ? "HTTP " + response.code() : status.getMessage(), response.code(), status);
        }
    }

    /** What the API server said of a refusal; null when it said nothing that can be read. */
    private static Status status(HttpResponse<String> response) {
        try {
            return Json.find(response.bodyString(), Status.class).orElse(null);
        } catch (IOException e) {
            return null;
        }
    }

    private String path(Kind kind, String name) {
        return "/apis/" + Api.INTERNAL_GROUP + "/" + Api.VERSION + "/namespaces/" + namespace + "/" + kind.plural() + "/" + name;
    }

    private static JsonNode tree(String json) {
        try {
            return Json.MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON");
        }
    }

    private static void sleep(long millis, String what) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ReportSink.ReportNotWritten(what + "interrupted", e);
        }
    }

    private static String cause(KubernetesClientException e) {
        if (e.getStatus() != null && e.getStatus().getMessage() != null) {
            return e.getStatus().getMessage();
        }
        return e.getCause() != null ? e.getMessage() + " (" + e.getCause() + ")" : e.getMessage();
    }

    @Override
    public void close() {
        client.close();
    }
}
