package dev.concordat.testing;

import dev.concordat.playground.cluster.LocalCluster;
import dev.concordat.playground.cluster.PodRunner;
import dev.concordat.playground.cluster.ProjectHome;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
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

    private static final class Runner {
        static final PodRunner INSTANCE = start();

        private static PodRunner start() {
            try {
                Path folder = Files.createTempDirectory("concordat-pods");
                Map<String, Path> images = Map.of(
                        // The project's launcher, for whatever tag or registry a test's image has.
                        "concordat", ProjectHome.find(),
                        // The cluster's kubectl beside what the machine has.
                        TEST_IMAGE, cluster().kubectl().getParent());
                PodRunner runner = PodRunner.start(cluster(), images, folder);
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    runner.close();
                    delete(folder);
                }));
                return runner;
            } catch (IOException e) {
                throw new IllegalStateException("the shared PodRunner did not start: " + e.getMessage(), e);
            }
        }
    }

    private static void delete(Path folder) {
        try (var paths = Files.walk(folder)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            // A temporary folder: what is left is the system's to clean.
        }
    }

    /** Image of containers that run sh, kubectl and what else the machine has. */
    public static final String TEST_IMAGE = "test.local/tools";

    /** What runs the cluster's pods as processes, started at the first call. Image {@code concordat...} has the launcher of this checkout on PATH. */
    public static PodRunner podRunner() {
        return Runner.INSTANCE;
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
