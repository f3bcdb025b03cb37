package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.SyncContract;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.CustomResourceDefinitionContext;
import io.fabric8.kubernetes.client.server.mock.KubernetesMixedDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.MockResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/** Fabric8's CRUD mock of an API server with both kinds, and a view without caches. It has no owner-reference GC, no CRD schema and no RBAC. */
final class MockCluster implements AutoCloseable {
    static {
        // It logs every request.
        java.util.logging.Logger.getLogger("io.fabric8.mockwebserver").setLevel(java.util.logging.Level.WARNING);
        java.util.logging.Logger.getLogger(MockWebServer.class.getName()).setLevel(java.util.logging.Level.WARNING);
    }

    private final KubernetesMockServer server;
    private final HonestDispatcher dispatcher;
    final KubernetesClient client;

    MockCluster() {
        var contexts = List.of(CustomResourceDefinitionContext.fromCustomResourceType(SyncContract.class), CustomResourceDefinitionContext.fromCustomResourceType(ReconcileJob.class));
        var responses = new HashMap<io.fabric8.mockwebserver.ServerRequest, java.util.Queue<io.fabric8.mockwebserver.ServerResponse>>();
        dispatcher = new HonestDispatcher(new KubernetesMixedDispatcher(responses, contexts));
        server = new KubernetesMockServer(new Context(), new MockWebServer(), responses, dispatcher, false);
        server.init();
        client = server.createClient();
    }

    /** The API server answers a request of that method and path so, from now on; 0: as it would. */
    void answers(String method, String path, int code, String message) {
        dispatcher.fault = request -> code == 0 || !request.method().toString().equals(method) || !request.getPath().contains(path) ? null
                : new MockResponse().setResponseCode(code).setHeader("Content-Type", "application/json")
                        .setBody("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"" + message + "\",\"code\":" + code + "}");
    }

    /** Writes a status, which a real API server and the mock both ignore on create. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    void status(CustomResource object, Object status) {
        CustomResource there = (CustomResource) client.resource(object).get();
        there.setStatus(status);
        client.resource(there).updateStatus();
    }

    View view() {
        return new View() {
            @Override
            public List<ReconcileJob> runs(String namespace, String contract) {
                return client.resources(ReconcileJob.class).inNamespace(namespace).list().getItems().stream().filter(r -> r.getSpec().contractName().equals(contract)).toList();
            }

            @Override
            public List<ReconcileJob> runs() {
                return client.resources(ReconcileJob.class).inAnyNamespace().list().getItems();
            }

            @Override
            public Optional<Job> job(String namespace, String name) {
                return Optional.ofNullable(client.batch().v1().jobs().inNamespace(namespace).withName(name).get());
            }

            @Override
            public Optional<ConfigMap> report(String namespace, String name) {
                return Optional.ofNullable(client.configMaps().inNamespace(namespace).withName(name).get()).filter(map -> "run".equals(map.getMetadata().getLabels().get(Api.REPORT)));
            }

            @Override
            public Optional<ConfigMap> probe(String namespace, String name) {
                return Optional.ofNullable(client.configMaps().inNamespace(namespace).withName(name).get()).filter(map -> "probe".equals(map.getMetadata().getLabels().get(Api.REPORT)));
            }
        };
    }

    @Override
    public void close() {
        client.close();
        server.destroy();
    }
}
