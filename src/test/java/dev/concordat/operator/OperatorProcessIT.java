package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.playground.cluster.ProjectHome;
import dev.concordat.testing.ClusterFixture;
import dev.concordat.testing.OperatorAccount;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator as it is shipped: the packaged program, in a process of its own, under the rights that the chart gives it, with leader election. */
class OperatorProcessIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    @TempDir Path folder;
    private final List<Process> processes = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void stop() throws Exception {
        for (Process process : processes) {
            process.destroy();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    @Test
    void startsUnderItsOwnRightsLeadsAndAnswersItsProbes() throws Exception {
        ClusterFixture.cluster();
        int port = start("one");
        long before = System.nanoTime();
        await().atMost(SOON).until(() -> status(port, "/q/health/ready") == 200);
        assertThat(status(port, "/q/health/live")).isEqualTo(200);
        assertThat(body(port, "/q/metrics")).contains("concordat_build_info{version=");
        Process process = processes.getFirst();
        String rss = Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream().filter(l -> l.startsWith("VmRSS")).findFirst().orElse("VmRSS unknown");
        System.out.println("operator ready after " + (System.nanoTime() - before) / 1_000_000 + " ms of waiting, " + rss.replaceAll("\\s+", " "));

        int second = start("two");
        await().atMost(SOON).until(() -> status(second, "/q/health/live") == 200);
        // Ready while it waits for the lease, or a rolling update would wait for the old pod and the old pod for the new one.
        await().atMost(SOON).until(() -> status(second, "/q/health/ready") == 200);
        var leases = ClusterFixture.cluster().client().leases().inNamespace(OperatorAccount.NAMESPACE).withName("concordat-operator");
        String leader = leases.get().getSpec().getHolderIdentity();
        process.destroyForcibly();
        await().atMost(SOON).until(() -> !leader.equals(leases.get().getSpec().getHolderIdentity()));
        String namespace = ClusterFixture.freshNamespace();
        SyncContract contract = OperatorIT.contract("orders", namespace, "1h");
        ClusterFixture.cluster().client().resource(contract).create();
        await().atMost(SOON).until(() -> ClusterFixture.cluster().client().resource(contract).get().getStatus() != null);
        await().atMost(SOON).untilAsserted(() -> assertThat(body(second, "/q/metrics")).contains("concordat_reconciliations_seconds_count{controller=\"synccontract\"}", "concordat_contract_in_sync{contract=\"orders\""));
        ClusterFixture.cluster().client().resource(contract).delete();
    }

    @Test
    void withoutAnImageItSaysWhatToSet() throws Exception {
        Process process = launch("no-image", null, 0);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(2);
        assertThat(Files.readString(folder.resolve("no-image.log"))).contains("CONCORDAT_IMAGE is not set");
    }

    private int start(String name) throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        launch(name, "concordat:test", port);
        return port;
    }

    private Process launch(String name, String image, int port) throws IOException {
        Path jar = ProjectHome.find().resolve("target/quarkus-app/quarkus-run.jar");
        ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-Xmx128m", "-jar", jar.toString(), "operator");
        builder.environment().put("KUBECONFIG", OperatorAccount.kubeconfig().toString());
        builder.environment().put("QUARKUS_HTTP_PORT", Integer.toString(port));
        builder.environment().put("CONCORDAT_LEASE_NAMESPACE", OperatorAccount.NAMESPACE);
        if (image != null) {
            builder.environment().put("CONCORDAT_IMAGE", image);
        }
        Process process = builder.redirectErrorStream(true).redirectOutput(folder.resolve(name + ".log").toFile()).start();
        processes.add(process);
        return process;
    }

    private int status(int port, String path) {
        try {
            return get(port, path).statusCode();
        } catch (IOException | InterruptedException e) {
            return 0;
        }
    }

    private String body(int port, String path) throws IOException, InterruptedException {
        return get(port, path).body();
    }

    private HttpResponse<String> get(int port, String path) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(Duration.ofSeconds(5)).build(), HttpResponse.BodyHandlers.ofString());
    }
}
