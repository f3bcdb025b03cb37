package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.report.ContractRef;
import dev.concordat.report.Failure;
import dev.concordat.report.Json;
import dev.concordat.report.ReportBound;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import dev.concordat.report.WorkerExit;
import dev.concordat.testing.Case;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the worker decides without a database: bad orders, and schemas that changed. */
class ChecksumWorkerTest {
    private static final Map<String, String> SCHEMA = Map.of("source.id", "integer not null", "target.id", "int(11) not null", "source.gone", "text");

    private static Failure changed(AgreedSchema agreed, String uid, String version, Map<String, String> schema) {
        return AgreedSchema.changed(agreed, AgreedSchema.of(uid, version, schema.equals(SCHEMA) ? "same" : "other", schema), "orders");
    }

    private static final AgreedSchema AGREED = AgreedSchema.of("uid", "1.0.0", "same", SCHEMA);

    @Test
    void anOrderThatIsMissingOrDamagedIsAConfigurationError() {
        assertThat(ChecksumWorker.run(Map.of())).isEqualTo(WorkerExit.CONFIGURATION);
        assertThat(ChecksumWorker.run(Map.of(RunOrder.ENV, "{\"contract\":"))).isEqualTo(WorkerExit.CONFIGURATION);
    }

    @Test
    void theFirstSchemaAndTheSameSchemaAreAccepted() {
        assertThat(changed(null, "uid", "1.0.0", SCHEMA)).isNull();
        assertThat(changed(AGREED, "uid", "1.0.0", SCHEMA)).isNull();
    }

    @Test
    void aChangedSchemaIsRefusedWithTheListOfWhatChanged() {
        Map<String, String> now = new TreeMap<>(SCHEMA);
        now.remove("source.gone");
        now.put("source.id", "bigint not null");
        now.put("target.fresh", "text");
        Failure failure = changed(AGREED, "uid", "1.0.0", now);
        assertThat(failure.reason()).isEqualTo("SchemaChanged");
        assertThat(failure.schema()).isTrue();
        assertThat(failure.field()).isEqualTo("spec.version");
        assertThat(failure.text()).contains("source.gone removed (was text)", "source.id changed from integer not null to bigint not null", "target.fresh added (text)", "raise spec.version");
    }

    @Test
    void theListIsWholeUntilAConditionHasNoRoomForIt() {
        Map<String, String> now = new TreeMap<>(SCHEMA);
        for (int i = 0; i < 60; i++) {
            now.put("target.column_" + i, "text");
        }
        assertThat(changed(AGREED, "uid", "1.0.0", now).text()).contains("target.column_59 added (text)").doesNotContain(" more");
        for (int i = 0; i < 1000; i++) {
            now.put("target.column_" + i, "text");
        }
        assertThat(changed(AGREED, "uid", "1.0.0", now).text()).containsPattern("; and \\d+ more").hasSizeLessThan(3500);
    }

    @Test
    void aNewVersionOrANewContractOfThatNameAcceptsThePresentSchema() {
        Map<String, String> now = Map.of("source.id", "bigint");
        assertThat(changed(AGREED, "uid", "1.1.0", now)).isNull();
        assertThat(changed(AGREED, "other uid", "1.0.0", now)).isNull();
        assertThat(changed(AGREED, "uid", "1.0.0", now)).isNotNull();
    }

    @Test
    void aTypeWithThousandsOfMembersIsKeptByItsBeginningAndItsDigest() {
        Map<String, String> before = Map.of("source.state", "enum('" + "\u4e2d".repeat(100_000) + "a')");
        Map<String, String> after = Map.of("source.state", "enum('" + "\u4e2d".repeat(100_000) + "b')");
        AgreedSchema agreed = Json.read(AgreedSchema.of("uid", "1.0.0", "one", before).write(), AgreedSchema.class);
        Failure failure = AgreedSchema.changed(agreed, AgreedSchema.of("uid", "1.0.0", "two", after), "orders");
        assertThat(failure.text()).contains("source.state changed from enum(", "digest").hasSizeLessThan(1_500);
        // One that an earlier version kept whole.
        assertThat(AgreedSchema.changed(new AgreedSchema("uid", "1.0.0", "one", before), AgreedSchema.of("uid", "1.0.0", "two", before), "orders").text()).doesNotContain("changed from");
    }

    @Test
    void aSchemaTooLargeToBeKeptIsKnownByItsFingerprint() {
        Map<String, String> wide = new TreeMap<>();
        for (int i = 0; i < 4_096; i++) {
            wide.put("source." + "\u4e2d".repeat(60) + i, "varchar(" + i + ") character set utf8mb4 collate utf8mb4_general_ci not null");
        }
        String json = AgreedSchema.of("uid", "1.0.0", "one", wide).write();
        assertThat(ReportBound.API_SERVER.fits(json)).isTrue();
        AgreedSchema agreed = Json.read(json, AgreedSchema.class);
        assertThat(AgreedSchema.changed(agreed, AgreedSchema.of("uid", "1.0.0", "one", wide), "orders")).isNull();
        assertThat(AgreedSchema.changed(agreed, AgreedSchema.of("uid", "1.0.0", "two", wide), "orders").text()).contains("another one now");
    }

    @Test
    void aMemoryOfDriftFitsWhateverItHolds() {
        Map<Long, DriftMemory.Entry> records = new HashMap<>();
        for (long i = 0; i < DriftMemory.RECORDS; i++) {
            records.put(i, new DriftMemory.Entry(9_000_000_000L + i, 9_000_000_000L + i, 9_000_000_000L + i, 9_000_000_000L + i, 1_000_000, 1_000_000, true, "0123456789abcdef"));
        }
        List<DriftMemory.Age> ages = IntStream.range(0, 500).mapToObj(i -> new DriftMemory.Age(9_000_000_000L + i, 9_000_000_000L)).toList();
        assertThat(ReportBound.API_SERVER.fits(new DriftMemory("subject", 1, records, ages, new DriftMemory.Sweep(1, "0123456789abcdef")).write())).isTrue();
    }

    /** Reports into a list, and refuses as the API server does. */
    private static final class Refusing implements ChecksumWorker.Reports {
        private final List<String> written = new ArrayList<>();
        private final int mostBytes;
        private final RuntimeException refusal;

        Refusing(int mostBytes, KubernetesClientException refusal) {
            this.mostBytes = mostBytes;
            this.refusal = new ReportSink.ReportNotWritten("not written: " + refusal.getMessage(), refusal);
        }

        @Override
        public void write(String json) {
            if (json.length() > mostBytes) {
                throw refusal;
            }
            written.add(json);
        }

        @Override
        public Optional<String> written() {
            return Optional.empty();
        }

        @Override
        public Optional<String> schema() {
            return Optional.empty();
        }

        @Override
        public void keepSchema(String json) {
            // Not asked for.
        }

        @Override
        public Optional<String> sweep() {
            return Optional.empty();
        }

        @Override
        public void keepSweep(String json) {
            // Not asked for.
        }
    }

    private static final RunReport REPORT = new RunReport(null, 7, "pod", RunReport.State.DONE, RunReport.Verdict.DRIFT, null, null, null, new RunReport.Rows(5, 5),
            Map.of("different", 50L), IntStream.range(0, 50).mapToObj(i -> new RunReport.Record(Map.of("id", "" + i), RunReport.Kind.DIFFERENT, List.of(), null, null)).toList(),
            null, null, null, null, null, null, null, "plan", null, null);

    private static boolean stored(Refusing reports) {
        RunOrder order = new RunOrder(new ContractRef("shop", "orders", "u", 1, "1"), 7, null, null, null);
        return new ChecksumWorker(order, "pod", reports).store(REPORT, ReportBound.least(REPORT, 100));
    }

    @Test
    @Case(value = "logic A5", before = "a report refused for its size: the log blames RBAC, and there is no verdict", now = "it is stored without evidence, and the log names the size")
    void aReportThatIsRefusedForItsSizeIsStoredWithoutEvidence() {
        Refusing reports = new Refusing(1_000, new KubernetesClientException("Request entity too large: limit is 3145728", 413, null));
        assertThat(stored(reports)).isTrue();
        RunReport stored = Json.read(reports.written.getFirst(), RunReport.class);
        assertThat(stored.verdict()).isEqualTo(RunReport.Verdict.DRIFT);
        assertThat(stored.drifted()).isEqualTo(50);
        assertThat(stored.omitted().records()).isEqualTo(50);
    }

    @Test
    void whatIsRefusedForAnotherReasonIsNotTriedAgain() {
        Refusing reports = new Refusing(1_000, new KubernetesClientException("configmaps is forbidden", 403, null));
        assertThat(stored(reports)).isFalse();
        assertThat(reports.written).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"413, anything, TOO_LARGE", "422, 'ConfigMap \"r\" is invalid: []: Too long: must have at most 1048576 bytes', TOO_LARGE", "500, etcdserver: request is too large, TOO_LARGE",
            "403, forbidden, NOT_ALLOWED", "401, Unauthorized, NOT_ALLOWED", "422, spec.verdict: Unsupported value, NOT_VALID", "503, try again, OTHER"})
    void theRemedyFollowsFromTheRefusal(int code, String message, Refusal refusal) {
        assertThat(Refusal.of(new ReportSink.ReportNotWritten("not written", new KubernetesClientException(message, code, null)))).isEqualTo(refusal);
        assertThat(Refusal.of(new IllegalStateException("no client"))).isEqualTo(Refusal.OTHER);
        if (refusal != Refusal.NOT_ALLOWED) {
            assertThat(refusal.remedy()).doesNotContain("rights");
        }
    }
}
