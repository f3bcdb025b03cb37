package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.Json;
import dev.concordat.report.RunReport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values of a redacted key leave the comparison on no way, whatever is compared and how. */
class RedactionIT {
    /** In every key. */
    private static final String SECRET = "5172936";

    private enum Key {
        /** By ranges of the key. */
        INTEGER("bigint not null", "bigint not null", "5172936000 + g"),
        /** In the key's order. */
        TEXT("varchar(30) collate \"C\" not null", "varchar(30) collate utf8mb4_bin not null", "concat('a5172936-', 1000 + g)"),
        /** As a whole, since the orders differ. */
        REORDERED("varchar(30) collate \"C\" not null", "varchar(30) collate utf8mb4_unicode_ci not null", "concat(case when g % 2 = 0 then 'A' else 'b' end, '5172936-', 1000 + g)");

        private final String postgres;
        private final String mariaDb;
        private final String value;

        Key(String postgres, String mariaDb, String value) {
            this.postgres = postgres;
            this.mariaDb = mariaDb;
            this.value = value;
        }
    }

    @ParameterizedTest
    @CsvSource({"INTEGER, FULL", "INTEGER, KEY_RANGE", "INTEGER, SAMPLE", "INTEGER, WINDOW", "TEXT, FULL", "TEXT, KEY_RANGE", "TEXT, SAMPLE", "TEXT, WINDOW", "REORDERED, FULL", "REORDERED, KEY_RANGE"})
    void noValueOfTheKeyIsShown(Key key, ScopeType type) throws Exception {
        String from = key == Key.INTEGER ? "5172936000" : key == Key.TEXT ? "a5172936-" : "A5172936-";
        String to = key == Key.INTEGER ? "5172936900" : "b5172936-9";
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB)
                .sql("create table t (k " + key.postgres + ", v int, changed timestamp not null)", "create table t (k " + key.mariaDb + ", v int, changed datetime not null)")
                .sql("insert into t select " + key.value + ", g, timestamp '2030-01-01 00:00:00' from generate_series(1, 800) g",
                        "insert into t select " + key.value + ", g, timestamp '2030-01-01 00:00:00' from (select seq as g from seq_1_to_800) s")
                .both("create index k on t (k)")
                .target("update t set v = -v where v % 100 = 5").target("delete from t where v = 7").source("delete from t where v = 8").target("insert into t select k, v, changed from t where v = 9");
        Scope scope = switch (type) {
            case KEY_RANGE -> new Scope(type, null, null, null, from, to);
            case SAMPLE -> new Scope(type, null, null, 100, null, null);
            case WINDOW -> new Scope(type, "changed", "1h", null, null, null);
            case FULL, SWEEP -> Scope.FULL;
        };
        List<RunReport.Record> told = Collections.synchronizedList(new ArrayList<>());
        List<Object> checkpoints = Collections.synchronizedList(new ArrayList<>());
        CompareSpec spec = tables.redact("k").spec(RecordRules.of(List.of("k"), null, List.of())).with(scope).with(new CompareSpec.Listeners(checkpoints::add, new DriftListener() {
            @Override
            public void drift(List<String> k, RunReport.Record record) {
                told.add(record);
            }
        }));
        Outcome outcome = new Comparison(spec, Comparison.SchemaGate.OPEN, System::nanoTime).run();
        assertThat(outcome.counts()).containsEntry("different", 8L).containsEntry("missingOnTarget", 1L).containsEntry("orphanOnTarget", 1L).containsEntry("duplicateKey", 1L);
        assertThat(told).hasSize(11);
        assertThat(checkpoints).isEmpty();
        assertThat(Json.write(outcome) + Json.write(told)).contains("(redacted)").doesNotContain(SECRET);
    }
}
