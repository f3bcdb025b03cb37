package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.concordat.report.ContractRef;
import dev.concordat.report.Json;
import dev.concordat.report.ProbeOrder;
import dev.concordat.report.RunOrder;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigMapReportsTest {
    static final ContractRef CONTRACT = new ContractRef("shop", "orders", "uid-1", 3, "1.0.0");
    static final ProbeOrder PROBE = new ProbeOrder(CONTRACT, "orders-probe", null, null);
    static final RunOrder RUN = new RunOrder(CONTRACT, 7, "orders-7-report", "orders-schema", "orders-memory", "ReconcileJob", "orders-7", "uid-7", null, null, null);

    @Nested
    @EnableKubernetesMockClient(crud = true)
    class OnAServerThatKeepsObjects {
        KubernetesClient client;

        @Test
        void createsWithTheFirstWriteAndPatchesAfterwards() {
            try (var reports = new ConfigMapReports(client, "shop", Duration.ofSeconds(5))) {
                assertThat(reports.read("orders-probe")).isEmpty();
                ReportSink sink = reports.sink(ConfigMapReports.Address.probe(PROBE));
                sink.write("{\"sequence\":1}");
                sink.write("{\"sequence\":2}");

                ConfigMap stored = reports.read("orders-probe").orElseThrow();
                assertThat(stored.getData()).isEqualTo(Map.of("report.json", "{\"sequence\":2}"));
                assertThat(stored.getMetadata().getLabels()).isEqualTo(Map.of(
                        "app.kubernetes.io/managed-by", "concordat", "concordat.dev/report", "probe", "concordat.dev/contract", "orders"));
                assertThat(stored.getMetadata().getOwnerReferences()).first().satisfies(owner -> {
                    assertThat(owner.getApiVersion()).isEqualTo("concordat.dev/v1alpha1");
                    assertThat(owner.getKind()).isEqualTo("SyncContract");
                    assertThat(owner.getUid()).isEqualTo("uid-1");
                });
            }
        }

        @Test
        void labelsARunsReportWithItsIdAndItsOwner() {
            try (var reports = new ConfigMapReports(client, "shop", Duration.ofSeconds(5))) {
                reports.sink(ConfigMapReports.Address.run(RUN)).write("{}");
                reports.sink(ConfigMapReports.Address.schema(RUN, "schema.json")).write("[]");

                ConfigMap run = reports.read("orders-7-report").orElseThrow();
                assertThat(run.getMetadata().getLabels()).containsEntry("concordat.dev/run-id", "7").containsEntry("concordat.dev/report", "run");
                assertThat(run.getMetadata().getOwnerReferences().getFirst().getUid()).isEqualTo("uid-7");
                ConfigMap schema = reports.read("orders-schema").orElseThrow();
                assertThat(schema.getData()).containsOnlyKeys("schema.json");
                assertThat(schema.getMetadata().getOwnerReferences().getFirst().getUid()).isEqualTo("uid-1");
            }
        }
    }

    @Nested
    class OnAServerInTrouble {
        final List<String> requests = new CopyOnWriteArrayList<>();

        @Test
        void triesAgainWhenAnotherWritesFirstOrTheServerRefusesForNow() throws Exception {
            write(Duration.ofSeconds(20), 404, 409, 403, 403, 200);
            // The client reads the object before each patch.
            assertThat(requests).containsExactly("GET", "POST", "GET", "GET", "GET", "PATCH");
        }

        @Test
        void failsAtOnceWhenTheReportItselfIsRefused() {
            assertThatThrownBy(() -> write(Duration.ofMinutes(5), 422)).isInstanceOf(ReportSink.ReportNotWritten.class)
                    .hasMessage("ConfigMap shop/orders-probe not written: answered 422");
            assertThat(requests).hasSize(1);
        }

        @Test
        void givesUpWhenPatienceIsOver() {
            assertThatThrownBy(() -> write(Duration.ofMillis(250), 403)).hasMessageContaining("answered 403");
        }

        /** One write to a server that answers with these codes in turn, the last of them for ever. */
        void write(Duration patience, int... codes) throws Exception {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", exchange -> {
                int code = codes[Math.min(requests.size(), codes.length - 1)];
                requests.add(exchange.getRequestMethod());
                byte[] body = Json.write(code == 200 ? new ConfigMap() : new StatusBuilder().withCode(code).withMessage("answered " + code).build())
                        .getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().add("Content-Type", "application/json");
                exchange.sendResponseHeaders(code, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            server.start();
            var config = new ConfigBuilder(Config.empty()).withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort()).build();
            try (var client = new KubernetesClientBuilder().withConfig(config).withHttpClientFactory(new JdkHttpClientFactory()).build();
                    var reports = new ConfigMapReports(client, "shop", patience)) {
                reports.sink(ConfigMapReports.Address.probe(PROBE)).write("{}");
            } finally {
                server.stop(0);
            }
        }
    }

    @Test
    void aFileHoldsTheLastReport(@TempDir Path folder) throws Exception {
        ReportSink sink = new FileReports(folder.resolve("report.json"));
        sink.write("{\"a\":1}");
        sink.write("{}");
        assertThat(folder.resolve("report.json")).hasContent("{}");
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void jsonIgnoresWhatANewerVersionAddedAndQuotesNothingOfBadText() {
        assertThat(Json.read("{\"contract\":{\"name\":\"orders\",\"colour\":\"red\"},\"later\":[1]}", ProbeOrder.class).contract().name()).isEqualTo("orders");
        assertThat(Json.write(PROBE)).doesNotContain("null").doesNotContain("fence");
        assertThatThrownBy(() -> Json.read("{\"contract\": s3cret}", ProbeOrder.class)).hasMessageContaining("ProbeOrder").hasMessageNotContaining("s3cret");
        assertThat(Optional.of(Json.read(Json.write(PROBE), ProbeOrder.class))).contains(PROBE);
    }
}
