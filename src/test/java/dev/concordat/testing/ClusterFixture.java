package dev.concordat.testing;

import dev.concordat.playground.cluster.LocalCluster;
import dev.concordat.playground.cluster.ProjectHome;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** One local cluster for all tests of a JVM, with the project's CRDs; it stops with the JVM. Tests share it and never their namespaces. */
public final class ClusterFixture {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private ClusterFixture() {}

    private static final class Cluster {
        static final LocalCluster INSTANCE = start();

        private static LocalCluster start() {
            try {
                LocalCluster cluster = LocalCluster.start(System.err::println);
                Runtime.getRuntime().addShutdownHook(new Thread(cluster::close));
                cluster.apply(ProjectHome.find().resolve("crds"));
                return cluster;
            } catch (IOException e) {
                throw new IllegalStateException("the shared cluster did not start: " + e.getMessage(), e);
            }
        }
    }

    /** The cluster, started at the first call. */
    public static LocalCluster cluster() {
        return Cluster.INSTANCE;
    }

    /** Creates an empty namespace with a name of its own, waits until pods can be made in it, and returns its name. */
    public static String freshNamespace() {
        String name = "test-" + COUNT.incrementAndGet();
        var client = cluster().client();
        client.resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build()).create();
        client.serviceAccounts().inNamespace(name).withName("default").waitUntilCondition(account -> account != null, 30, TimeUnit.SECONDS);
        return name;
    }
}
