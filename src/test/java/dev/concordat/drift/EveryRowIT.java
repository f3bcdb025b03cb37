package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Verdict;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Drift of the same kind in every row, which other tools are known to miss: sums of CRC32 by XOR cancel it out, and formats that round hide it.
 */
class EveryRowIT {
    private static final int ROWS = 50_000;

    /** As left behind by a wrong time zone, a renamed value, a wrong rounding: the same change in each row of a chunk. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '"', value = {
        "POSTGRES_TO_MARIADB; d; d + interval 1 year; true; 1",
        "MARIADB_TO_POSTGRES; d; d + interval '1 hour'; true; 1",
        "MARIADB_TO_MARIADB; s; 'New'; s = 'new' and id % 4 = 0; 4",
        "POSTGRES_TO_POSTGRES; s; 'voix'; s = 'void'; 4",
        "MARIADB_TO_POSTGRES; amt; amt + 0.01; true; 1",
        "POSTGRES_TO_MARIADB; b; not b; true; 1",
    })
    void systematicDrift(Engines engines, String column, String change, String where, int every) throws Exception {
        TwoTables tables = new TwoTables(engines).sql("""
                create table t (id int primary key, s varchar(10), d timestamp, amt numeric(12,2), b boolean);
                insert into t select g, (array['new', 'paid', 'shipped', 'void'])[1 + g % 4], timestamp '2024-01-01' + g * interval '37 second', g * 1.25, g % 3 = 0 from generate_series(100000, 149999) g""", """
                create table t (id int primary key, s varchar(10), d datetime(6), amt decimal(12,2), b boolean);
                insert into t select seq, elt(1 + seq % 4, 'new', 'paid', 'shipped', 'void'), timestampadd(second, seq * 37, '2024-01-01'), seq * 1.25, seq % 3 = 0 from seq_100000_to_149999""");
        Outcome clean = tables.compare(rules("id"));
        assertThat(found(clean)).isEmpty();
        assertThat(clean.rows().target()).isEqualTo(ROWS);

        Outcome drifted = tables.target("update t set " + column + " = " + change + " where " + where).compare(rules("id"));
        assertThat(drifted.failure()).isNull();
        assertThat(drifted.verdict()).isEqualTo(Verdict.DRIFT);
        assertThat(drifted.counts()).containsAllEntriesOf(
                Map.of("different", (long) ROWS / every, "missingOnTarget", 0L, "orphanOnTarget", 0L, "duplicateKey", 0L, "hot", 0L, "inFlight", 0L, "encodingOnly", 0L, "undecided", 0L));
        assertThat(drifted.fields()).extracting(RunReport.FieldCount::name, RunReport.FieldCount::different).containsExactly(org.assertj.core.groups.Tuple.tuple(column, (long) ROWS / every));
    }

    /** Keys that both sides keep in one order, in nearly one order, and in different ones, with hashed columns only and with streamed ones: no record counts twice. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '"', value = {
        "POSTGRES_TO_MARIADB; 100000 + g; 100000 + seq; true; false",
        "MARIADB_TO_POSTGRES; case when g % 2 = 0 then 'a' else 'B' end || g; concat(if(seq % 2 = 0, 'a', 'B'), seq); true; false",
        "POSTGRES_TO_MARIADB; case when g % 2 = 0 then 'a' else 'B' end || g; concat(if(seq % 2 = 0, 'a', 'B'), seq); n % 2 = 0; true",
        "MARIADB_TO_POSTGRES; case when g % 5000 = 0 then 'A' else 'b' end || g; concat(if(seq % 5000 = 0, 'A', 'b'), seq); true; false",
    })
    void inEveryRowUnderAnyKey(Engines engines, String postgresKey, String mariaDbKey, String where, boolean streamed) throws Exception {
        TwoTables tables = new TwoTables(engines).connections(2).sql("create table t (k varchar(20) collate \"C\" primary key, n int, s varchar(10), r real); insert into t select " + postgresKey + ", g, 's', g from generate_series(1, 40000) g",
                "create table t (k varchar(20) collate utf8mb4_general_ci primary key, n int, s varchar(10), r float); insert into t select " + mariaDbKey + ", seq, 's', seq from seq_1_to_40000");
        RecordRules rules = streamed ? RecordRules.of(List.of("k"), null, List.of(new RecordRules.Field("r", null, new RecordRules.Compare(RecordRules.As.DECIMAL, "0.5", null, null, null, null, null, null)))) : rules("k");
        assertThat(found(tables.compare(rules))).isEmpty();
        Outcome drifted = tables.target("update t set s = 'S', r = r + 1 where " + where).compare(rules);
        long differ = where.equals("true") ? 40_000 : 20_000;
        assertThat(drifted.failure()).isNull();
        assertThat(drifted.counts()).as(drifted.plan()).containsAllEntriesOf(Map.of("different", differ, "missingOnTarget", 0L, "orphanOnTarget", 0L, "encodingOnly", 0L, "undecided", 0L));
        assertThat(drifted.fields()).as(drifted.plan()).extracting(RunReport.FieldCount::different).containsExactly(differ, differ);
    }

    /** What number formats of eleven digits, trimmed texts and seconds without a fraction call equal. */
    @ParameterizedTest
    @EnumSource
    void nothingIsRoundedTrimmedOrTruncated(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).sql("""
                create table t (id int primary key, a bigint, b text, c text, d timestamp(6), e double precision);
                insert into t select g, 12000000000000 + g, null, 'x', timestamp '2024-01-01 00:00:00.1' + g * interval '1 second', 1 + g / 1024.0 from generate_series(1, 1000) g""", """
                create table t (id int primary key, a bigint, b text, c text, d datetime(6), e double);
                insert into t select seq, 12000000000000 + seq, null, 'x', timestampadd(second, seq, '2024-01-01 00:00:00.1'), 1 + seq / 1024e0 from seq_1_to_1000""");
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        tables.target("update t set a = a + 1; update t set b = ''; update t set c = '  x '; update t set e = e + 0.0000000000000003")
                .target(engines.targetPostgres ? "update t set d = d + interval '0.8 second'" : "update t set d = d + interval 0.8 second_microsecond");
        Outcome drifted = tables.compare(rules("id"));
        assertThat(drifted.counts()).containsEntry("different", 1000L);
        assertThat(drifted.fields()).extracting(RunReport.FieldCount::name).containsExactly("a", "b", "c", "d", "e");
        assertThat(drifted.fields()).extracting(RunReport.FieldCount::different).containsOnly(1000L);
    }
}
