package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.report.Failure;
import dev.concordat.report.RunOrder;
import dev.concordat.report.WorkerExit;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What the worker decides without a database: bad orders, and schemas that changed. */
class ChecksumWorkerTest {
    private static final Map<String, String> SCHEMA = Map.of("source.id", "integer not null", "target.id", "int(11) not null", "source.gone", "text");

    private static Failure changed(ChecksumWorker.Agreed agreed, String uid, String version, Map<String, String> schema) {
        return ChecksumWorker.changed(agreed, uid, version, schema.equals(SCHEMA) ? "same" : "other", schema, "orders");
    }

    private static final ChecksumWorker.Agreed AGREED = new ChecksumWorker.Agreed("uid", "1.0.0", "same", SCHEMA);

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
}
