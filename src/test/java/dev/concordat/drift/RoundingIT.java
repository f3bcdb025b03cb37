package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.As;
import dev.concordat.api.v1alpha1.RecordRules.Compare;
import dev.concordat.api.v1alpha1.RecordRules.Rounding;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.RunReport.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the copy does with digits of a time that its column has no place for. */
class RoundingIT {
    private static final String FINE = "('2024-01-01 10:00:00.6', '10:00:00.6'), ('2024-01-01 10:00:00.4', '10:00:00.4'), ('1999-01-01 00:00:00.5', '00:00:00.5'), ('2031-12-31 23:59:59.499999', '23:59:59.499999')";
    private static final String ROUNDED = "('2024-01-01 10:00:01', '10:00:01'), ('2024-01-01 10:00:00', '10:00:00'), ('1999-01-01 00:00:01', '00:00:01'), ('2031-12-31 23:59:59', '23:59:59')";
    private static final String CUT = "('2024-01-01 10:00:00', '10:00:00'), ('2024-01-01 10:00:00', '10:00:00'), ('1999-01-01 00:00:00', '00:00:00'), ('2031-12-31 23:59:59', '23:59:59')";

    private static String numbered(String rows) {
        StringBuilder numbered = new StringBuilder();
        int id = 0;
        for (String row : rows.split(", (?=\\()")) {
            numbered.append(numbered.isEmpty() ? "" : ", ").append('(').append(++id).append(", ").append(row.substring(1));
        }
        return "insert into t values " + numbered;
    }

    private static RecordRules rounding(Rounding rounding) {
        return RecordRules.of(List.of("id"), null, List.of(new RecordRules.Field("at", null, new Compare(As.TIMESTAMP, null, null, rounding, null, null, null, null, null)),
                new RecordRules.Field("ti", null, new Compare(As.EXACT, null, null, rounding, null, null, null, null, null))));
    }

    private static TwoTables fineAndCoarse(Engines engines, String coarse) throws Exception {
        return new TwoTables(engines).source("create table t(id int primary key, at " + (engines.sourcePostgres ? "timestamp(6)" : "datetime(6)") + ", ti time(6)); " + numbered(FINE))
                .target("create table t(id int primary key, at " + (engines.targetPostgres ? "timestamp(0)" : "datetime") + ", ti time(0)); " + numbered(coarse));
    }

    @ParameterizedTest
    @CsvSource({"POSTGRES_TO_MARIADB, CUT", "MARIADB_TO_MARIADB, CUT", "MARIADB_TO_POSTGRES, ROUND"})
    void asTheTargetsServerDoesByItself(Engines engines, Rounding its) throws Exception {
        TwoTables tables = fineAndCoarse(engines, FINE);                     // each server stores what it makes of the digits
        Outcome outcome = tables.compare(rules("id"));
        assertThat(found(outcome)).isEmpty();
        assertThat(outcome.rows().target()).isEqualTo(4);
        assertThat(found(tables.compare(rounding(its)))).isEmpty();
        Outcome other = tables.compare(rounding(its == Rounding.CUT ? Rounding.ROUND : Rounding.CUT));
        assertThat(other.records()).extracting(r -> r.key().get("id")).contains("1").doesNotContain("2", "4");
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_TO_MARIADB", "MARIADB_TO_MARIADB"})
    void byTheRuleAndInSql(Engines engines) throws Exception {
        TwoTables tables = fineAndCoarse(engines, ROUNDED);
        Outcome rounded = tables.compare(rounding(Rounding.ROUND));
        assertThat(found(rounded)).isEmpty();
        assertThat(rounded.counts()).as("told by the databases alone").containsEntry("encodingOnly", 0L);
        assertThat(rounded.plan()).contains("3 of 3 columns hashed");
        tables.target("update t set at = at + interval 1 second, ti = '00:00:00' where id = 1");
        assertThat(found(tables.compare(rounding(Rounding.ROUND)))).containsExactly("DIFFERENT 1 [at, ti]");
        assertThat(found(fineAndCoarse(engines, CUT).compare(rounding(Rounding.CUT)))).isEmpty();
    }

    /** Half of a second before 2000: PostgreSQL makes 00:00:00 of it, and everybody else 00:00:01. */
    @Test
    void halfOfASecondBeforeTheYear2000() throws Exception {
        TwoTables tables = fineAndCoarse(Engines.POSTGRES_TO_MARIADB, ROUNDED).target("update t set at = '1999-01-01 00:00:00' where id = 3");
        assertThat(found(tables.compare(rounding(Rounding.ROUND)))).containsExactly("DIFFERENT 3 [at]");
    }

    /** Of a time below zero, too, half goes away from zero. */
    @Test
    void timesBelowZero() throws Exception {
        TwoTables tables = new TwoTables(Engines.MARIADB_TO_MARIADB).source("create table t(id int primary key, ti time(6)); insert into t values (1, '-00:00:00.6'), (2, '-838:59:59.4'), (3, '838:59:59.6'), (4, '-00:00:00.4')")
                .target("create table t(id int primary key, ti time(0)); insert into t values (1, '00:00:00'), (2, '-838:59:59'), (3, '838:59:59'), (4, '00:00:00')");
        RecordRules round = RecordRules.of(List.of("id"), null, List.of(new RecordRules.Field("ti", null, new Compare(As.EXACT, null, null, Rounding.ROUND, null, null, null, null, null))));
        assertThat(found(tables.compare(round))).contains("DIFFERENT 1 [ti]").doesNotContain("DIFFERENT 2 [ti]", "DIFFERENT 4 [ti]");
    }

    @Test
    void theHintNamesTheRule() throws Exception {
        TwoTables tables = fineAndCoarse(Engines.POSTGRES_TO_MARIADB, ROUNDED).source("insert into t select 10 + g, '2024-02-02 00:00:07.9', '00:00:07.9' from generate_series(1, 3) g")
                .target("insert into t values (11, '2024-02-02 00:00:08', '00:00:08'), (12, '2024-02-02 00:00:08', '00:00:08'), (13, '2024-02-02 00:00:08', '00:00:08')");
        Outcome outcome = tables.compare(rules("id"));
        assertThat(outcome.verdict()).isEqualTo(Verdict.DRIFT);
        assertThat(outcome.fields()).filteredOn(f -> f.different() > 0).hasSize(2).allSatisfy(f -> assertThat(f.hint()).isEqualTo("equal where the copy rounds and does not cut digits: set compare.rounding to Round"));
    }

    @Test
    void aRuleForWhatIsNoTime() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).both("create table t(id int primary key, ti int)");
        RecordRules wrong = RecordRules.of(List.of("id"), null, List.of(new RecordRules.Field("ti", null, new Compare(As.EXACT, null, null, Rounding.ROUND, null, null, null, null, null))));
        assertThat(tables.compare(wrong).failure()).satisfies(f -> {
            assertThat(f.reason()).isEqualTo("TypesNotComparable");
            assertThat(f.field()).isEqualTo("spec.record.fields[0].compare.rounding");
        });
    }
}
