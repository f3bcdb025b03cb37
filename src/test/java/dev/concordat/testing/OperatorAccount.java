package dev.concordat.testing;

import static org.awaitility.Awaitility.await;

import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.generate.PlaygroundRbac;
import dev.concordat.playground.cluster.LocalCluster;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** The rights that the chart gives the operator. What a test runs under them, it proves to be enough. */
public final class OperatorAccount {
    /** The operator's own namespace. */
    public static final String NAMESPACE = PlaygroundRbac.NAMESPACE;
    private static KubernetesClient client;
    private static Path kubeconfig;

    private OperatorAccount() {}

    /** A client of the shared cluster with the operator's own service account. Nobody closes it: tests share it. */
    public static synchronized KubernetesClient client() {
        if (client == null) {
            LocalCluster cluster = ClusterFixture.cluster();
            try {
                cluster.client().resource(new NamespaceBuilder().withNewMetadata().withName(PlaygroundRbac.NAMESPACE).endMetadata().build()).serverSideApply();
                cluster.apply(PlaygroundRbac.FILE);
                kubeconfig = cluster.kubeconfigFor(PlaygroundRbac.NAMESPACE, "concordat");
                client = cluster.clientFor(kubeconfig);
                // The authorizer learns of new roles through a watch of its own.
                await().atMost(Duration.ofSeconds(10)).ignoreExceptions().until(() -> client.resources(SyncContract.class).inAnyNamespace().list() != null);
            } catch (IOException e) {
                throw new IllegalStateException("no client for the operator's account", e);
            }
        }
        return client;
    }

    /** For an operator in a process of its own. */
    public static Path kubeconfig() {
        client();
        return kubeconfig;
    }
}
