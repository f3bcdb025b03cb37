package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.report.Checkpoint;
import dev.concordat.report.ContractRef;
import dev.concordat.report.Json;
import dev.concordat.report.ReportBound;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A killed run goes on where its report says; a sweep goes on where the run before ended. */
class RunCheckpointTest {
    private static final RunReport.Progress HALF = new RunReport.Progress(50, 500, 1000, 5);

    @Test
    void aReportOnTheWayCarriesTheLatestCheckpoint() {
        RunCheckpoint checkpoint = new RunCheckpoint();
        assertThat(read(checkpoint.report(order("Full"), "pod-1", HALF)).checkpoint()).isNull();
        checkpoint.accept(at("100", 1, 0));
        checkpoint.accept(at("200", 2, 0));
        assertThat(read(checkpoint.report(order("Full"), "pod-1", HALF)).checkpoint()).isEqualTo(at("200", 2, 0));
    }

    @Test
    void anAttemptThatIsKilledBeforeItsFirstChunkLeavesWhatItWasGiven() {
        RunCheckpoint checkpoint = new RunCheckpoint();
        checkpoint.begin(at("200", 2, 0));
        assertThat(read(checkpoint.report(order("Full"), "pod-2", HALF)).checkpoint()).isEqualTo(at("200", 2, 0));
        checkpoint.accept(at("300", 3, 0));
        checkpoint.begin(at("200", 2, 0));
        assertThat(read(checkpoint.report(order("Full"), "pod-2", HALF)).checkpoint().chunks()).isEqualTo(3);
    }

    @Test
    void aCheckpointThatIsTooLargeLosesItsEvidenceAndThenStaysAsItWas() {
        RunCheckpoint checkpoint = new RunCheckpoint(new ReportBound(20_000, 40_000));
        checkpoint.accept(at("100", 1, 10));
        assertThat(read(checkpoint.report(order("Full"), "pod-1", HALF)).checkpoint().records()).hasSize(10);

        checkpoint.accept(at("200", 2, 1000));
        String bare = checkpoint.report(order("Full"), "pod-1", HALF);
        assertThat(bare.length()).isLessThanOrEqualTo(20_000);
        assertThat(read(bare).checkpoint().records()).as("as many as there is room for").hasSizeBetween(200, 500);
        assertThat(read(bare).checkpoint().counts()).isEqualTo(Map.of("different", 1000L));
        assertThat(read(bare).checkpoint().chunks()).isEqualTo(2);

        Checkpoint huge = new Checkpoint("plan", List.of("300"), null, 3, Map.of(), List.of(), List.of(), List.of(), List.of(),
                IntStream.range(0, 5000).mapToObj(i -> List.of("" + i)).toList());
        checkpoint.accept(huge);
        String before = checkpoint.report(order("Full"), "pod-1", HALF);
        assertThat(before.length()).isLessThanOrEqualTo(20_000);
        assertThat(read(before).checkpoint().chunks()).as("the last that fits").isEqualTo(2);
    }

    @Test
    void onlyTheVerySameRunIsGoneOnWith() {
        String report = Json.write(RunReport.running(order("Full").contract(), 7, "pod-1", HALF, at("200", 2, 0)));
        assertThat(RunCheckpoint.ofEarlierAttempt(report, order("Full"))).isEqualTo(at("200", 2, 0));
        assertThat(RunCheckpoint.ofEarlierAttempt(null, order("Full"))).isNull();
        assertThat(RunCheckpoint.ofEarlierAttempt(report.replace("\"runId\":7", "\"runId\":6"), order("Full"))).isNull();
        assertThat(RunCheckpoint.ofEarlierAttempt(report.replace("\"uid\":\"u-1\"", "\"uid\":\"u-0\""), order("Full"))).isNull();
        assertThat(RunCheckpoint.ofEarlierAttempt(report.replace("\"Running\"", "\"Done\""), order("Full"))).isNull();
    }

    @Test
    void aSweepGoesOnWhereTheLastRunEndedUnlessTheRulesChanged() {
        SweepPosition last = Json.read(Json.write(SweepPosition.after(order("Sweep"), List.of("500"))), SweepPosition.class);
        assertThat(SweepPosition.start(last, order("Sweep"))).containsExactly("500");
        assertThat(SweepPosition.start(null, order("Sweep"))).isNull();
        assertThat(SweepPosition.start(SweepPosition.after(order("Sweep"), null), order("Sweep"))).as("the end was reached").isNull();
        assertThat(SweepPosition.start(last, read(json("Sweep").replace("\"key\":[\"id\"]", "\"key\":[\"id\",\"region\"]"), RunOrder.class))).as("another key").isNull();
        assertThat(SweepPosition.start(last, read(json("Sweep").replace("\"uid\":\"u-1\"", "\"uid\":\"u-2\""), RunOrder.class))).as("another contract").isNull();
        assertThat(SweepPosition.start(last, read(json("Sweep").replace("\"settle\":\"50ms\"", "\"settle\":\"1s\""), RunOrder.class))).as("the same rules").containsExactly("500");
    }

    @Nested
    @EnableKubernetesMockClient(crud = true, https = false)
    class InACluster {
        KubernetesClient client;

        @BeforeEach
        void server() {
            ReportClientTest.record(client, "shop", "orders", "u-1");
        }

        private ChecksumWorker.InCluster reports(RunOrder order) {
            ReportClientTest.order(client, "orders-7", order);
            return new ChecksumWorker.InCluster(new ReportClient(client, "shop", Duration.ofSeconds(5)), "orders-7");
        }

        @Test
        void aSecondAttemptStartsFromTheFirstOnesCheckpoint() {
            RunOrder order = order("Full");
            assertThat(start(order)).isEqualTo(new ChecksumWorker.Start(null, null));
            reports(order).write(Json.write(RunReport.running(order.contract(), 7, "pod-1", HALF, at("200", 2, 3))));
            assertThat(start(order)).isEqualTo(new ChecksumWorker.Start(at("200", 2, 3), null));
        }

        @Test
        void aSweepStartsWhereTheLastOneEndedAndItsSecondAttemptWhereTheFirstWasKilled() {
            RunOrder order = order("Sweep");
            ChecksumWorker.InCluster reports = reports(order);
            reports.keepSchema("{\"uid\":\"u-1\"}");
            reports.keepSweep(Json.write(SweepPosition.after(order, List.of("500"))));
            assertThat(reports.schema()).contains("{\"uid\":\"u-1\"}");
            assertThat(start(order)).isEqualTo(new ChecksumWorker.Start(SweepPosition.checkpoint(List.of("500")), List.of("500")));
            assertThat(start(order("Full"))).as("a full run begins at the start").isEqualTo(new ChecksumWorker.Start(null, null));

            reports.write(Json.write(RunReport.running(order.contract(), 7, "pod-1", HALF, at("700", 2, 0))));
            assertThat(start(order)).isEqualTo(new ChecksumWorker.Start(at("700", 2, 0), List.of("500")));
        }

        private ChecksumWorker.Start start(RunOrder order) {
            return new ChecksumWorker(order, "pod-2", reports(order)).start();
        }
    }

    @Test
    void aRunIntoAFileGoesOnFromThatFile(@TempDir Path folder) throws Exception {
        RunOrder order = order("Full");
        Path file = folder.resolve("report.json");
        assertThat(new ChecksumWorker(order, "1", new ChecksumWorker.InFile(file)).start().checkpoint()).isNull();
        Files.writeString(file, Json.write(RunReport.running(order.contract(), 7, "1", HALF, at("200", 2, 0))));
        assertThat(new ChecksumWorker(order, "2", new ChecksumWorker.InFile(file)).start().checkpoint()).isEqualTo(at("200", 2, 0));
        Files.writeString(file, "half a rep");
        assertThat(new ChecksumWorker(order, "3", new ChecksumWorker.InFile(file)).start().checkpoint()).as("what cannot be read costs time and no truth").isNull();
    }

    private static Checkpoint at(String key, int chunks, int records) {
        return new Checkpoint("plan", List.of(key), new RunReport.Rows(100L * chunks, 100L * chunks), chunks, Map.of("different", (long) records),
                IntStream.range(0, records).mapToObj(i -> new RunReport.Record(Map.of("id", "" + i), RunReport.Kind.DIFFERENT, List.of(), null, null)).toList(),
                List.of(), List.of(), List.of(), List.of(List.of("42")));
    }

    private static RunReport read(String json) {
        return read(json, RunReport.class);
    }

    private static <T> T read(String json, Class<T> type) {
        return Json.read(json, type);
    }

    private static RunOrder order(String scope) {
        RunOrder order = read(json(scope), RunOrder.class);
        assertThat(order.contract()).isEqualTo(new ContractRef("shop", "orders", "u-1", 1, "1.0.0"));
        return order;
    }

    private static String json(String scope) {
        return """
                {"contract":{"namespace":"shop","name":"orders","uid":"u-1","generation":1,"version":"1.0.0"},"runId":7,"reportName":"orders-7-report","schemaName":"orders-schema",
                 "ownerKind":"ReconcileJob","ownerName":"orders-7","ownerUid":"u-7","scope":{"type":"%s"},"spec":{"version":"1.0.0","owner":{"team":"shop"},
                 "source":{"system":"orders","store":{"type":"PostgreSQL","host":"a","port":5432,"database":"d","table":"orders","credentials":{"secretName":"orders-reader"}}},
                 "target":{"system":"storefront","store":{"type":"MariaDB","host":"b","port":3306,"database":"d","table":"order_view","credentials":{"secretName":"view-reader"}}},
                 "record":{"key":["id"]},"verification":{"schedule":{"every":"1m"},"settle":"50ms"}}}""".formatted(scope);
    }
}
