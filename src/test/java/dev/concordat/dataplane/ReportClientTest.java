package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.concordat.report.ContractRef;
import dev.concordat.report.Json;
import dev.concordat.report.ProbeOrder;
import dev.concordat.report.RunOrder;
import com.fasterxml.jackson.databind.JsonNode;
import dev.concordat.internal.ChecksumRun;
import dev.concordat.internal.ContractRecord;
import dev.concordat.report.ContractMemory;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
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

/** Orders are read and reports written as the API server has them. */
class ReportClientTest {
    static final ContractRef CONTRACT = new ContractRef("shop", "orders", "uid-1", 3, "1.0.0");
    static final ProbeOrder PROBE = new ProbeOrder(CONTRACT, null, null);
    static final RunOrder RUN = new RunOrder(CONTRACT, 7, null, null, null);

    /** The order as the operator gives it; one that is there is given anew. */
    static void order(KubernetesClient client, String name, RunOrder order) {
        ChecksumRun run = new ChecksumRun();
        run.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace(order.contract().namespace()).build());
        run.setSpec(order);
        ChecksumRun there = client.resource(run).get();
        if (there == null) {
            client.resource(run).create();
        }
    }

    /** The contract's record as the operator makes it, unless it is there. */
    static void record(KubernetesClient client, String namespace, String contract, String uid) {
        ContractRecord record = new ContractRecord();
        record.setMetadata(new ObjectMetaBuilder().withName(contract).withNamespace(namespace).build());
        record.setSpec(new ContractMemory.Owner(uid));
        if (client.resource(record).get() == null) {
            client.resource(record).create();
        }
    }

    @Nested
    @EnableKubernetesMockClient(crud = true)
    class OnAServerThatKeepsObjects {
        KubernetesClient client;

        @Test
        void aReportReplacesTheOneBeforeAndLeavesTheOrderAlone() {
            order(client, "orders-7", RUN);
            try (var reports = new ReportClient(client, "shop", Duration.ofSeconds(5))) {
                ReportSink sink = reports.sink(ReportClient.Kind.CHECKSUM_RUN, "orders-7", CONTRACT, 7L);
                sink.write("{\"runId\":7,\"plan\":\"a\",\"counts\":{\"different\":1}}");
                sink.write("{\"runId\":7,\"counts\":{\"stale\":2}}");

                JsonNode stored = reports.read(ReportClient.Kind.CHECKSUM_RUN, "orders-7").orElseThrow();
                assertThat(stored.path("status").toString()).isEqualTo("{\"runId\":7,\"counts\":{\"stale\":2}}");
                assertThat(stored.path("spec").path("contract").path("name").asText()).isEqualTo("orders");
                assertThat(reports.read(ReportClient.Kind.CHECKSUM_RUN, "orders-8")).isEmpty();
            }
        }

        @Test
        void eachMemberOfTheRecordIsReplacedAsAWhole() {
            record(client, "shop", "orders", "uid-1");
            try (var reports = new ReportClient(client, "shop", Duration.ofSeconds(5))) {
                assertThat(reports.kept(CONTRACT, "sweep")).isEmpty();
                reports.keep(CONTRACT, "sweep", "{\"runId\":1,\"position\":[\"9\"]}");
                reports.keep(CONTRACT, "schema", "{\"version\":\"1\"}");
                reports.keep(CONTRACT, "sweep", "{\"runId\":2}");
                assertThat(reports.kept(CONTRACT, "sweep")).contains("{\"runId\":2}");
                assertThat(reports.kept(CONTRACT, "schema")).contains("{\"version\":\"1\"}");
                assertThat(reports.kept(new ContractRef("shop", "orders", "uid-0", 1, "1.0.0"), "schema")).as("of an earlier contract").isEmpty();
            }
        }
    }

    @Nested
    class OnAServerInTrouble {
        final List<String> requests = new CopyOnWriteArrayList<>();

        @Test
        void triesAgainWhenTheOrderIsPutBackOrTheServerRefusesForNow() throws Exception {
            write(Duration.ofSeconds(20), 404, 409, 403, 403, 200);
            assertThat(requests).containsExactly("PATCH", "PATCH", "PATCH", "PATCH", "PATCH");
        }

        @Test
        void failsAtOnceWhenTheReportItselfIsRefused() {
            assertThatThrownBy(() -> write(Duration.ofMinutes(5), 422)).isInstanceOf(ReportSink.ReportNotWritten.class)
                    .hasMessage("LatencyProbe shop/orders not written: answered 422");
            assertThat(requests).as("written once, then looked at").containsExactly("PATCH", "GET");
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
                byte[] body = Json.write(code == 200 ? Map.of() : new StatusBuilder().withCode(code).withMessage("answered " + code).build())
                        .getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().add("Content-Type", "application/json");
                exchange.sendResponseHeaders(code, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            server.start();
            var config = new ConfigBuilder(Config.empty()).withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort()).build();
            try (var client = new KubernetesClientBuilder().withConfig(config).withHttpClientFactory(new JdkHttpClientFactory()).build();
                    var reports = new ReportClient(client, "shop", patience)) {
                reports.sink(ReportClient.Kind.LATENCY_PROBE, "orders", CONTRACT, null).write("{}");
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
