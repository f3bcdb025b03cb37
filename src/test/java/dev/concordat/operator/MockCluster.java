package dev.concordat.operator;

import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.internal.ChecksumRun;
import dev.concordat.internal.ContractRecord;
import dev.concordat.internal.LatencyProbe;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
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
import java.util.stream.Stream;

/** Fabric8's CRUD mock of an API server with all kinds, and a view without caches. It has no owner-reference GC, no CRD schema and no RBAC. */
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
        var contexts = Stream.of(SyncContract.class, ReconcileJob.class, ChecksumRun.class, LatencyProbe.class, ContractRecord.class)
                .map(CustomResourceDefinitionContext::fromCustomResourceType).toList();
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
            public Optional<ChecksumRun> report(String namespace, String name) {
                return Optional.ofNullable(client.resources(ChecksumRun.class).inNamespace(namespace).withName(name).get());
            }

            @Override
            public Optional<LatencyProbe> probe(String namespace, String name) {
                return Optional.ofNullable(client.resources(LatencyProbe.class).inNamespace(namespace).withName(name).get());
            }

            @Override
            public List<LatencyProbe> probes(String namespace) {
                return client.resources(LatencyProbe.class).inNamespace(namespace).list().getItems();
            }

            @Override
            public Optional<Deployment> prober(String namespace) {
                return Optional.ofNullable(client.apps().deployments().inNamespace(namespace).withName("concordat-prober").get());
            }

            @Override
            public Optional<ServiceAccount> account(String namespace) {
                return Optional.ofNullable(client.serviceAccounts().inNamespace(namespace).withName("concordat-data-plane").get());
            }

            @Override
            public Optional<RoleBinding> binding(String namespace) {
                return Optional.ofNullable(client.rbac().roleBindings().inNamespace(namespace).withName("concordat-data-plane").get());
            }
        };
    }

    @Override
    public void close() {
        client.close();
        server.destroy();
    }
}
