package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.testing.Case;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys whose column the MySQL family compares as something else than the number that it is written as. */
class NumberKeysIT {
    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_TO_MARIADB", "MARIADB_TO_POSTGRES", "MARIADB_TO_MARIADB"})
    @Case(value = "compare 8", before = "none of 5 records differs, of 3 rows; range:0..1 finds 1960", now = "3 rows on both sides; nothing outside the range")
    void aYearIsTheNumberThatItIsWrittenAs(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).sql("create table t(y int primary key, v int)", "create table t(y year primary key, v int)").both("insert into t values (0, 1), (1905, 1), (1950, 1)");
        Outcome equal = tables.compare(rules("y"));
        assertThat(found(equal)).isEmpty();
        assertThat(equal.rows()).isEqualTo(new RunReport.Rows(3, 3));

        tables.both("insert into t values (1960, 1), (2001, 1), (2155, 1)").target("update t set v = 9 where v = 1 and y > 1959");
        Outcome zero = range(tables, "0..1");
        assertThat(found(zero)).isEmpty();
        assertThat(zero.rows()).isEqualTo(new RunReport.Rows(1, 1));
        for (String range : List.of("1..1905", "70..1901", "2156..", "2156..5000")) {
            assertThat(range(tables, range).failure().reason()).as(range).isEqualTo("NothingCompared");
        }
        assertThat(found(range(tables, "1950..2001"))).containsExactly("DIFFERENT 1960 [v]");
        assertThat(found(range(tables, "1..5000"))).containsExactly("DIFFERENT 1960 [v]", "DIFFERENT 2001 [v]", "DIFFERENT 2155 [v]");
    }

    private static Outcome range(TwoTables tables, String range) throws Exception {
        String[] ends = range.split("\\.\\.", 2);
        return new Comparison(tables.spec(rules("y")).with(new Scope(ScopeType.KEY_RANGE, null, null, null, ends[0], ends[1].isEmpty() ? null : ends[1])), Comparison.SchemaGate.OPEN, System::nanoTime).run();
    }

    /** The numbers 1, 70 and 5000 are no year; as a year's, the first two would be 2001 and 1970. */
    @Test
    void whatNoYearIsFoundByItsOwnNumberOnly() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql("create table t(y int primary key, v int)", "create table t(y year primary key, v int)")
                .source("insert into t values (-5, 1), (0, 1), (1, 1), (70, 1), (1900, 1), (1901, 1), (5000, 1)").target("insert into t values (0, 1), (1901, 2), (1970, 1), (2001, 1)");
        Outcome outcome = tables.compare(rules("y"));
        assertThat(found(outcome)).containsExactlyInAnyOrder("MISSING_ON_TARGET -5 []", "MISSING_ON_TARGET 1 []", "MISSING_ON_TARGET 70 []", "MISSING_ON_TARGET 1900 []", "MISSING_ON_TARGET 5000 []",
                "DIFFERENT 1901 [v]", "ORPHAN_ON_TARGET 1970 []", "ORPHAN_ON_TARGET 2001 []");
        assertThat(outcome.rows()).isEqualTo(new RunReport.Rows(7, 4));
    }

    /** As part of a key, with more rows than a leaf has: stretches begin in the middle of a year, and look-ups name it. */
    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_TO_MARIADB", "MARIADB_TO_MARIADB"})
    void aYearLeadsAKeyOfTwo(Engines engines) throws Exception {
        String values = IntStream.range(0, 20_000).mapToObj(i -> "(" + (i % 4 == 0 ? 0 : 1900 + i % 200 + 1) + ", " + i + ", " + i + ")").collect(Collectors.joining(", "));
        TwoTables tables = new TwoTables(engines).sql("create table t(y int, n int, v int, primary key (y, n))", "create table t(y year, n int, v int, primary key (y, n))").both("insert into t values " + values);
        Outcome equal = tables.compare(rules("y", "n"));
        assertThat(found(equal)).isEmpty();
        assertThat(equal.rows()).isEqualTo(new RunReport.Rows(20_000, 20_000));
        assertThat(found(tables.target("update t set v = -1 where n in (4, 71, 19999)").compare(rules("y", "n")))).containsExactly("DIFFERENT 0/4 [v]", "DIFFERENT 1972/71 [v]", "DIFFERENT 2100/19999 [v]");
        Outcome orphan = tables.source("insert into t values (" + (engines.sourcePostgres ? 1 : 2010) + ", 1, 1)").target("insert into t values (2001, 1, 1)").compare(rules("y", "n"));
        assertThat(orphan.counts()).containsEntry("missingOnTarget", 1L).containsEntry("orphanOnTarget", 1L).containsEntry("different", 3L);
    }

    /** A version, too, is the number. */
    @Test
    void aYearIsAVersion() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql("create table t(id int primary key, v int)", "create table t(id int primary key, v year)")
                .source("insert into t values (1, 2000), (2, 0), (3, 1999)").target("insert into t values (1, 1999), (2, 0), (3, 2001)");
        assertThat(found(tables.compare(dev.concordat.api.v1alpha1.RecordRules.of(List.of("id"),
                new dev.concordat.api.v1alpha1.RecordRules.RecordVersion("v", dev.concordat.api.v1alpha1.RecordRules.VersionKind.COUNTER), List.of()))))
                .containsExactly("AHEAD 3 [v]", "STALE 1 [v]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bit(8)", "bit(20)", "int(6) zerofill", "int unsigned", "mediumint", "decimal(10,0)"})
    void otherColumnsBesideAnInteger(String type) throws Exception {
        String values = IntStream.range(0, 250).mapToObj(i -> "(" + i + ", " + i + ")").collect(Collectors.joining(", "));
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql("create table t(k int primary key, v int)", "create table t(k " + type + " primary key, v int)").both("insert into t values " + values);
        Outcome equal = tables.compare(rules("k"));
        assertThat(found(equal)).isEmpty();
        assertThat(equal.verdict()).isEqualTo(Verdict.IN_SYNC);
        assertThat(equal.rows()).isEqualTo(new RunReport.Rows(250, 250));
        tables.target("update t set v = -1 where v in (5, 53, 200); delete from t where v = 48").source("delete from t where v = 65");
        assertThat(found(tables.compare(rules("k")))).containsExactly("DIFFERENT 200 [v]", "DIFFERENT 5 [v]", "DIFFERENT 53 [v]", "MISSING_ON_TARGET 48 []", "ORPHAN_ON_TARGET 65 []");
        assertThat(found(new Comparison(tables.spec(rules("k")).with(new Scope(ScopeType.KEY_RANGE, null, null, null, "6", "54")), Comparison.SchemaGate.OPEN, System::nanoTime).run()))
                .containsExactly("DIFFERENT 53 [v]", "MISSING_ON_TARGET 48 []");
    }

    /** By its labels, whatever order the column keeps them in. */
    @ParameterizedTest
    @ValueSource(strings = {"enum('z','m','a','')", "set('z','m','a')"})
    void labelsAreTexts(String type) throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql("create table t(k varchar(5), n int, v int, primary key (k, n))", "create table t(k " + type + ", n int, v int, primary key (k, n))");
        String values = IntStream.range(0, 20_000).mapToObj(i -> "('" + List.of("z", "m", "a", "").get(i % 4) + "', " + i + ", " + i + ")").collect(Collectors.joining(", "));
        Outcome equal = tables.both("insert into t values " + values).compare(rules("k", "n"));
        assertThat(found(equal)).isEmpty();
        assertThat(equal.rows()).isEqualTo(new RunReport.Rows(20_000, 20_000));
        assertThat(found(tables.target("update t set v = -1 where n in (4, 71, 19999)").compare(rules("k", "n")))).containsExactly("DIFFERENT /19999 [v]", "DIFFERENT /71 [v]", "DIFFERENT z/4 [v]");
    }
}
