package dev.concordat.dataplane;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.report.ContractRef;
import dev.concordat.report.Json;
import dev.concordat.report.ProbeOrder;
import dev.concordat.report.ProbeReport;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The data plane's whole use of the API server: ConfigMaps of one namespace, by name, with the verbs get, create and patch.
 * Safe for use by many threads.
 */
public final class ConfigMapReports implements AutoCloseable {
    private static final String API = Api.GROUP + "/" + Api.VERSION;

    private final KubernetesClient client;
    private final String namespace;
    private final Duration patience;

    /**
     * @param namespace of every ConfigMap read or written
     * @param patience  how long a write is tried again before it fails
     */
    public ConfigMapReports(KubernetesClient client, String namespace, Duration patience) {
        this.client = client;
        this.namespace = namespace;
        this.patience = patience;
    }

    /** With the pod's own service account (or the KUBECONFIG of the environment); gives up on a write after {@code patience}. */
    public static ConfigMapReports connect(String namespace, Duration patience) {
        return new ConfigMapReports(client(), namespace, patience);
    }

    /** A client with the pod's own service account, or the KUBECONFIG of the environment. Built on the JDK's HTTP client: it starts fastest. */
    public static KubernetesClient client() {
        return new KubernetesClientBuilder().withHttpClientFactory(new JdkHttpClientFactory()).build();
    }

    /**
     * The ConfigMap that one report goes to.
     *
     * @param key   of the report in the ConfigMap's data
     * @param kind  value of the label {@link Api#REPORT}
     * @param runId null when the report is not about one run
     * @param owner the object whose deletion takes the ConfigMap with it
     */
    public record Address(String name, String key, String kind, String contract, Long runId, OwnerReference owner) {
        /** Where the worker reports the run. */
        public static Address run(RunOrder order) {
            return new Address(order.reportName(), RunReport.DATA_KEY, "run", order.contract().name(), order.runId(),
                    owner(order.ownerKind(), order.ownerName(), order.ownerUid()));
        }

        /** Where the worker keeps the schema that the contract's version agreed on; {@code key} is of the worker's choosing. */
        public static Address schema(RunOrder order, String key) {
            return new Address(order.schemaName(), key, "schema", order.contract().name(), null, owner(order.contract()));
        }

        /** Where the worker keeps what the contract's runs found; {@code key} is of the worker's choosing. */
        public static Address memory(RunOrder order, String key) {
            return new Address(order.memoryName(), key, "memory", order.contract().name(), null, owner(order.contract()));
        }

        /** Where the prober reports the contract. */
        public static Address probe(ProbeOrder order) {
            return new Address(order.reportName(), ProbeReport.DATA_KEY, "probe", order.contract().name(), null, owner(order.contract()));
        }

        private static OwnerReference owner(ContractRef contract) {
            return owner("SyncContract", contract.name(), contract.uid());
        }

        private static OwnerReference owner(String kind, String name, String uid) {
            return new OwnerReferenceBuilder().withApiVersion(API).withKind(kind).withName(name).withUid(uid).build();
        }

        private Map<String, String> labels() {
            Map<String, String> labels = new LinkedHashMap<>();
            labels.put(Api.MANAGED_BY, Api.CONCORDAT);
            labels.put(Api.REPORT, kind);
            labels.put(Api.CONTRACT, contract);
            if (runId != null) {
                labels.put(Api.RUN_ID, Long.toString(runId));
            }
            return labels;
        }
    }

    /**
     * The ConfigMap of that name, or empty when there is none.
     *
     * @throws KubernetesClientException when the API server does not answer or refuses; not tried again
     */
    public Optional<ConfigMap> read(String name) {
        return Optional.ofNullable(at(name).get());
    }

    /** A sink that creates the ConfigMap with its first write and patches it with those that follow. */
    public ReportSink sink(Address address) {
        return json -> {
            long deadline = System.nanoTime() + patience.toNanos();
            long pause = 100;
            while (true) {
                try {
                    store(address, json);
                    return;
                } catch (KubernetesClientException e) {
                    // Refused for what it is, so it would be refused again. All else may pass: a server that restarts, a token being
                    // renewed, a RoleBinding that the authorizer has not seen yet.
                    boolean hopeless = e.getCode() == 400 || e.getCode() == 413 || e.getCode() == 422;
                    if (hopeless || System.nanoTime() + pause * 1_000_000 > deadline) {
                        throw new ReportSink.ReportNotWritten("ConfigMap " + namespace + "/" + address.name() + " not written: " + cause(e), e);
                    }
                }
                try {
                    Thread.sleep(pause);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new ReportSink.ReportNotWritten("ConfigMap " + namespace + "/" + address.name() + " not written: interrupted", e);
                }
                pause = Math.min(pause * 2, 5_000);
            }
        };
    }

    /** Patch first: all writes but one find the ConfigMap there. Metadata goes with each, so that one left by an earlier owner is taken over. */
    private void store(Address address, String json) {
        ConfigMap wanted = new ConfigMapBuilder()
                .withNewMetadata().withName(address.name()).withNamespace(namespace).withLabels(address.labels())
                .withOwnerReferences(address.owner()).endMetadata()
                .withData(Map.of(address.key(), json))
                .build();
        Map<String, Object> metadata = Map.of("labels", address.labels(), "ownerReferences", wanted.getMetadata().getOwnerReferences());
        String patch = Json.write(Map.of("metadata", metadata, "data", wanted.getData()));
        try {
            at(address.name()).patch(PatchContext.of(PatchType.JSON_MERGE), patch);
        } catch (KubernetesClientException e) {
            if (e.getCode() != 404) {
                throw e;
            }
            try {
                client.configMaps().inNamespace(namespace).resource(wanted).create();
            } catch (KubernetesClientException lost) {
                if (lost.getCode() != 409) {
                    throw lost;
                }
                at(address.name()).patch(PatchContext.of(PatchType.JSON_MERGE), patch);
            }
        }
    }

    private Resource<ConfigMap> at(String name) {
        return client.configMaps().inNamespace(namespace).withName(name);
    }

    private static String cause(KubernetesClientException e) {
        return e.getStatus() != null && e.getStatus().getMessage() != null ? e.getStatus().getMessage()
                : e.getCause() != null ? e.getMessage() + " (" + e.getCause() + ")" : e.getMessage();
    }

    @Override
    public void close() {
        client.close();
    }
}
