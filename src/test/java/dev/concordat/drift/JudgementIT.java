package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.Deletes;
import dev.concordat.api.v1alpha1.RecordRules.OnTarget;
import dev.concordat.api.v1alpha1.RecordRules.RecordVersion;
import dev.concordat.api.v1alpha1.RecordRules.VersionKind;
import dev.concordat.api.v1alpha1.SyncContractSpec.Gap;
import dev.concordat.api.v1alpha1.SyncContractSpec.GapKind;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Verdict;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made of records that differ: drift, an intended gap, a source that contradicts itself, or nothing that could be decided. */
class JudgementIT {
    /** Repeats a statement until closed. */
    private static final class Writer extends Traffic {
        Writer(DatabaseServer server, String database, String sql, int pauseMillis) {
            start(server, database, connection -> {
                try (Statement statement = connection.createStatement()) {
                    while (goesOn()) {
                        statement.execute(sql);
                        Thread.sleep(pauseMillis);
                    }
                }
            });
        }
    }

    private static Outcome compare(TwoTables tables, RecordRules rules, Gap... gaps) throws Exception {
        CompareSpec spec = tables.spec(rules);
        return new Comparison(new CompareSpec(spec.source(), spec.target(), spec.rules(), List.of(gaps), spec.scope(), spec.settle(), spec.lag(), spec.maxRecords(), spec.redact(), spec.canary(),
                spec.resume(), spec.listeners()), Comparison.SchemaGate.OPEN, System::nanoTime).run();
    }

    /** A view that answers differently every time, or throws a coin: whatever it says, it is not drift. */
    @ParameterizedTest
    @ValueSource(strings = {"(random() * 1e9)::int", "floor(random() * 2)::int", "(extract(microseconds from clock_timestamp())::bigint % 3)::int"})
    void aSourceThatContradictsItselfIsUnreliableAndNotDrift(String expression) throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).source("create table base as select g as id from generate_series(1, 300) g; create view v as select id, "
                + "case when id <= 100 then " + expression + " else 0 end as qty from base").target("create table t (id int primary key, qty int); insert into t select seq, if(seq <= 100, 5, 0) from seq_1_to_300; "
                + "update t set qty = 9 where id = 200").tables("v", "t").settle(Duration.ofMillis(200));
        Outcome outcome = tables.compare(rules("id"));
        assertThat(found(outcome)).containsExactly("DIFFERENT 200 [qty]");
        assertThat(outcome.counts().get("unreliable") + outcome.counts().get("hot")).isEqualTo(100);
        assertThat(outcome.counts().get("unreliable")).isGreaterThan(50);
        assertThat(outcome.contradictions()).isNotEmpty().first().satisfies(contradiction -> {
            assertThat(contradiction.reason()).contains("in one snapshot");
            assertThat(contradiction.reads()).extracting(RunReport.Reads::name).containsExactly("qty");
        });
    }

    @Test
    void onMariaDbToo() throws Exception {
        TwoTables tables = new TwoTables(Engines.MARIADB_TO_POSTGRES).source("create table base (id int primary key); insert into base select seq from seq_1_to_50; create view v as select id, floor(rand() * 1e9) as qty from base")
                .target("create table t (id int primary key, qty double precision); insert into t select g, 5 from generate_series(1, 50) g").tables("v", "t").settle(Duration.ofMillis(100));
        Outcome outcome = tables.compare(rules("id"));
        assertThat(found(outcome)).isEmpty();
        assertThat(outcome.counts()).containsEntry("unreliable", 50L);
    }

    /** A record that changes all the time is hot, however its source keeps the table, and never a contradiction. */
    @ParameterizedTest
    @CsvSource({"POSTGRES_TO_MARIADB,", "MARIADB_TO_POSTGRES,engine=InnoDB", "MARIADB_TO_POSTGRES,engine=MyISAM"})
    void aHotRecordIsHot(Engines engines, String storage) throws Exception {
        TwoTables tables = new TwoTables(engines).source("create table t (id int primary key, qty int) " + (storage == null ? "" : storage) + "; insert into t values (1, 1), (2, 2), (3, 3)")
                .target("create table t (id int primary key, qty int); insert into t values (1, -1), (2, -2), (3, 4)").settle(Duration.ofMillis(100));
        Outcome outcome;
        try (Writer writer = new Writer(tables.sourceServer, tables.sourceDatabase, "update t set qty = qty + 1 where id < 3", 5);
                Writer other = new Writer(tables.targetServer, tables.targetDatabase, "update t set qty = qty - 1 where id < 3", 5)) {
            outcome = tables.compare(rules("id"));
        }
        assertThat(found(outcome)).containsExactly("DIFFERENT 3 [qty]");
        assertThat(outcome.counts()).containsEntry("hot", 2L).containsEntry("unreliable", 0L).containsEntry("different", 1L);
    }

    /** Replication has died, and the source goes on: the target is later than the settle time allows, although no record stands still. */
    @Test
    void aTargetThatNothingReachesIsDriftHoweverBusyTheSource() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).source("create table t (id int primary key, qty int); insert into t select g, 1 from generate_series(1, 20) g")
                .target("create table t (id int primary key, qty int); insert into t select seq, -1 from seq_1_to_19").settle(Duration.ofMillis(100));
        Outcome outcome;
        try (Writer writer = new Writer(tables.sourceServer, tables.sourceDatabase, "update t set qty = qty + 1", 5)) {
            outcome = tables.compare(rules("id"));
        }
        assertThat(outcome.verdict()).isEqualTo(Verdict.DRIFT);
        assertThat(outcome.counts()).containsEntry("different", 19L).containsEntry("missingOnTarget", 1L).containsEntry("hot", 0L).containsEntry("inFlight", 0L);
    }

    /** Content that changes again and again under one version: the source breaks its own word. */
    @Test
    void aSourceWhoseVersionDoesNotFollowItsContentIsUnreliable() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).both("create table t (id int primary key, qty int, version bigint); insert into t values (1, 1, 7), (2, 2, 7)").target("update t set qty = -1")
                .settle(Duration.ofMillis(100));
        Outcome outcome;
        try (Writer writer = new Writer(tables.sourceServer, tables.sourceDatabase, "update t set qty = qty + 1, version = version + case when id = 2 then 1 else 0 end", 5);
                Writer other = new Writer(tables.targetServer, tables.targetDatabase, "update t set qty = qty - 1", 5)) {
            outcome = tables.compare(RecordRules.of(List.of("id"), new RecordVersion("version", VersionKind.COUNTER), List.of()));
        }
        assertThat(found(outcome)).isEmpty();
        assertThat(outcome.counts()).containsEntry("unreliable", 1L).containsEntry("hot", 1L);
        assertThat(outcome.contradictions()).singleElement().satisfies(contradiction -> {
            assertThat(contradiction.key()).containsEntry("id", "1");
            assertThat(contradiction.reads()).containsExactly(new RunReport.Reads("version", List.of("7")));
        });
    }

    /** More records are on their way than can be remembered: nothing is said about those, and the run does not wait for ever. */
    @Test
    void whatCouldNotBeLookedAtAgainIsUndecidedAndTheVerdictIncomplete() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql("create table t (id int primary key, qty int); insert into t select g, g from generate_series(1, 200) g",
                "create table t (id int primary key, qty int); insert into t select seq, -seq from seq_1_to_200").settle(Duration.ofMillis(100));
        Outcome outcome;
        try (Writer writer = new Writer(tables.sourceServer, tables.sourceDatabase, "update t set qty = qty + 1", 10);
                Writer other = new Writer(tables.targetServer, tables.targetDatabase, "update t set qty = qty - 1", 10)) {
            outcome = new Comparison(tables.spec(rules("id")), Comparison.SchemaGate.OPEN, System::nanoTime, null, 20).run();
        }
        assertThat(outcome.verdict()).isEqualTo(Verdict.INCOMPLETE);
        assertThat(outcome.failure().reason()).isEqualTo("Undecided");
        assertThat(outcome.failure().message()).contains(outcome.counts().get("undecided").toString());
        assertThat(outcome.failure().remedy()).isNotBlank();
        assertThat(outcome.configuration()).isFalse();
        assertThat(outcome.counts().get("undecided")).isPositive();
        assertThat(outcome.counts().get("undecided") + outcome.counts().get("hot")).isEqualTo(200);
    }

    @Test
    void driftIsDriftWhateverElseIsUndecided() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql("create table t (id int primary key, qty int); insert into t select g, g from generate_series(1, 2000) g",
                "create table t (id int primary key, qty int); insert into t select seq, -seq from seq_1_to_2000").settle(Duration.ofMillis(100));
        Outcome outcome = new Comparison(tables.spec(rules("id")), Comparison.SchemaGate.OPEN, System::nanoTime, null, 20).run();
        assertThat(outcome.verdict()).isEqualTo(Verdict.DRIFT);
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.counts().get("undecided")).isPositive();
        assertThat(outcome.counts().get("undecided") + outcome.counts().get("different")).isEqualTo(2_000);
    }

    @ParameterizedTest
    @EnumSource(Engines.class)
    void gapsAndKeptRowsAreCountedApart(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).both("create table t (id int primary key, name varchar(20), score int, seen int); insert into t values (1, 'a', 1, 1), (2, 'b', 2, 2), (3, 'c', 3, 3), (4, 'd', 4, 4)")
                .target("update t set score = 9 where id in (1, 2); update t set seen = 9 where id = 2; update t set name = 'x' where id = 3; insert into t values (5, 'e', 5, 5), (6, 'f', 6, 6)").settle(Duration.ofMillis(10));
        Outcome outcome = compare(tables, new RecordRules(List.of("id"), null, null, new Deletes(null, OnTarget.KEEP), null, List.of()),
                new Gap(GapKind.STALE_FIELD, "nightly score", null, null, null, "score", "computed at night", "reports"), new Gap(GapKind.STALE_FIELD, null, null, null, null, "seen", "not replicated", "support"));
        assertThat(found(outcome)).containsExactly("DIFFERENT 3 [name]");
        assertThat(outcome.counts()).containsEntry("kept", 2L).containsEntry("orphanOnTarget", 0L).containsEntry("different", 1L);
        assertThat(outcome.gaps()).containsExactly(new RunReport.GapCount("nightly score", 2, 2), new RunReport.GapCount("support", 1, 1));
    }

    /** A field that is stale by design may change all the time: drift in the others is found all the same. */
    @Test
    void aFieldThatMayBeStaleDoesNotMakeARecordHot() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).both("create table t (id int primary key, name varchar(20), seen int); insert into t values (1, 'a', 1), (2, 'b', 2)").target("update t set name = 'x' where id = 2")
                .settle(Duration.ofMillis(200));
        Outcome outcome;
        try (Writer writer = new Writer(tables.sourceServer, tables.sourceDatabase, "update t set seen = seen + 1", 5)) {
            outcome = compare(tables, rules("id"), new Gap(GapKind.STALE_FIELD, "seen", null, null, null, "seen", "not replicated", "support"));
        }
        assertThat(found(outcome)).containsExactly("DIFFERENT 2 [name]");
        assertThat(outcome.counts()).containsEntry("hot", 0L);
        assertThat(outcome.gaps()).containsExactly(new RunReport.GapCount("seen", 1, 1));
    }

    @Test
    void theWorstPartitionIsNamedAndAFieldsDifferencesAreExplained() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql(
                "create table t (id int primary key, region varchar(10), at timestamp(6)); insert into t select g, case when g % 10 = 0 then 'us' else 'eu' end, timestamp '2026-01-01' + g * interval '1 minute' from generate_series(1, 4000) g",
                "create table t (id int primary key, region varchar(10), at datetime(6)); insert into t select seq, if(seq % 10 = 0, 'us', 'eu'), timestamp'2026-01-01 00:00:00' + interval seq minute from seq_1_to_4000")
                .target("update t set at = at + interval 2 hour where region = 'us' or id = 1").settle(Duration.ofMillis(10));
        Outcome outcome = compare(tables, new RecordRules(List.of("id"), null, null, null, "region", List.of()));
        assertThat(outcome.partitions()).containsExactly(new RunReport.Partition("us", 0, 400), new RunReport.Partition("eu", 0, 1));
        assertThat(outcome.fields()).containsExactly(new RunReport.FieldCount("at", 401, "constant delta of 7,200 s: check the time zones"));
        Outcome byKey = compare(tables, rules("id"));
        assertThat(byKey.partitions()).hasSize(16);
        assertThat(byKey.partitions().stream().mapToLong(RunReport.Partition::drifted).sum()).isEqualTo(401);
        assertThat(byKey.partitions().stream().mapToLong(RunReport.Partition::rows).sum()).isEqualTo(4_000);
        assertThat(byKey.partitions()).contains(new RunReport.Partition("id 1 to 250", byKey.partitions().stream().filter(p -> p.name().equals("id 1 to 250")).findFirst().orElseThrow().rows(), 26));
    }
}
