package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.Deletes;
import dev.concordat.api.v1alpha1.RecordRules.OnTarget;
import dev.concordat.api.v1alpha1.RecordRules.Rows;
import dev.concordat.api.v1alpha1.RecordRules.Tombstone;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.SyncContractSpec.Gap;
import dev.concordat.api.v1alpha1.SyncContractSpec.GapKind;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.Checkpoint;
import dev.concordat.report.RunReport.GapCount;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.store.StoreAccess;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which records a comparison covers, what it says of the rest, and how it goes on where another attempt ended. On real databases. */
class ScopesIT {
    private static final String NUMBERS = "create table n (i int); insert into n values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);";

    /** A kind of key: its type, and how each engine makes it from a number. */
    private enum Key {
        INTEGER("int", "g", "g"), TEXT("varchar(20)", "lpad(g::text, 8, '0')", "lpad(g, 8, '0')");

        private final String type;
        private final String postgres;
        private final String mariaDb;

        Key(String type, String postgres, String mariaDb) {
            this.type = type;
            this.postgres = postgres;
            this.mariaDb = mariaDb;
        }
    }

    /** A table with so many thousands of rows on both sides. The key is made from the number {@code g}, which is {@code v} as well. */
    private static TwoTables filled(Engines engines, int thousands, Key key) throws Exception {
        TwoTables tables = new TwoTables(engines).both(NUMBERS);
        String rows = " from (select a.i + 10*b.i + 100*c.i + 1000*d.i + 10000*e.i as g from n a, n b, n c, n d, n e) q where g < " + thousands * 1000;
        tables.sql("create table t (k " + key.type + " primary key, region varchar(10) not null, v int, changed timestamp(3) not null, gone timestamp(3) null)",
                "create table t (k " + key.type + " primary key, region varchar(10) not null, v int, changed datetime(3) not null, gone datetime(3) null)");
        return tables.sql("insert into t select " + key.postgres + ", case when g % 10 = 0 then 'test' else 'EU' end, g, timestamp '2024-01-01 00:00:00' + g * interval '1 minute', null" + rows + "; analyze t",
                "insert into t select " + key.mariaDb + ", case when g % 10 = 0 then 'test' else 'EU' end, g, timestamp '2024-01-01 00:00:00' + interval g minute, null" + rows + "; analyze table t");
    }

    private static TwoTables integers(Engines engines, int thousands) throws Exception {
        return filled(engines, thousands, Key.INTEGER);
    }

    private static Outcome run(CompareSpec spec) {
        return new Comparison(spec, Comparison.SchemaGate.OPEN, System::nanoTime).run();
    }

    private static RecordRules rules(Rows rows, Deletes deletes) {
        return new RecordRules(List.of("k"), null, rows, deletes, null, List.of());
    }

    // Window.

    @ParameterizedTest
    @EnumSource
    void aWindowFindsWhatChangedInItAndTellsStaleFromMissing(Engines engines) throws Exception {
        TwoTables tables = integers(engines, 5);
        tables.both("update t set changed = timestamp '2030-01-01 00:00:00' where k <= 100");
        // In the window on one side only: the target still has the version of long ago.
        tables.target("update t set v = -1, changed = timestamp '2020-01-01 00:00:00' where k = 7").target("delete from t where k = 8").source("delete from t where k = 9");
        // Outside the window on both sides: not its business.
        tables.target("update t set v = -1 where k = 3000");
        RecordRules rules = RecordRules.of(List.of("k"), new RecordRules.RecordVersion("changed", RecordRules.VersionKind.TIMESTAMP), List.of());
        Outcome outcome = run(tables.spec(rules).with(new Scope(ScopeType.WINDOW, "changed", "2h", null, null, null)));
        assertThat(TwoTables.found(outcome)).containsExactlyInAnyOrder("MISSING_ON_TARGET 8 []", "ORPHAN_ON_TARGET 9 []", "STALE 7 [v, changed]");
        assertThat(outcome.coverage().scope()).startsWith("Window changed since 20");
        assertThat(outcome.rows().source()).isLessThan(150);
    }

    // Key range.

    @ParameterizedTest
    @CsvSource({"INTEGER, 1000, 2000", "TEXT, 00001000, 00002000"})
    void aKeyRangeIsHalfOpen(Key key, String from, String to) throws Exception {
        TwoTables tables = filled(Engines.POSTGRES_TO_MARIADB, 5, key).target("update t set v = -1 where v in (999, 1000, 1999, 2000)");
        Outcome outcome = run(tables.spec(rules(null, null)).with(new Scope(ScopeType.KEY_RANGE, null, null, null, from, to)));
        assertThat(outcome.counts()).containsEntry("different", 2L);
        assertThat(outcome.rows().source()).isEqualTo(1000);
        assertThat(outcome.coverage().scope()).isEqualTo("KeyRange k from " + from + " up to but without " + to);
    }

    @Test
    void aBoundThatIsNoKeyIsNamed() throws Exception {
        TwoTables tables = integers(Engines.POSTGRES_TO_MARIADB, 1);
        Outcome outcome = run(tables.spec(rules(null, null)).with(new Scope(ScopeType.KEY_RANGE, null, null, null, "ten", null)));
        assertThat(outcome.failure().text()).isEqualTo("spec.verification.scope: 'ten' is no integer, as key field k is. Give from and to as integers");
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_TO_MARIADB", "MARIADB_TO_POSTGRES"})
    void aBoundThatTheColumnCannotHoldIsAMistakeAndNotAnEmptyRange(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).both("create table t (k uuid primary key, v int); insert into t values ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1)").target("update t set v = 2");
        CompareSpec spec = tables.spec(rules(null, null));
        assertThat(run(spec.with(new Scope(ScopeType.KEY_RANGE, null, null, null, "00", null))).failure().reason()).isEqualTo("ScopeInvalid");
        assertThat(run(tables.canary(Map.of("k", "canary")).spec(rules(null, null))).failure().reason()).isEqualTo("CanaryKeyInvalid");
        assertThat(run(spec).verdict()).isEqualTo(Verdict.DRIFT);
    }

    // Sample.

    @ParameterizedTest
    @EnumSource
    void aCleanSampleProvesABoundAndNeverThatTheStoresAgree(Key key) throws Exception {
        TwoTables tables = filled(Engines.POSTGRES_TO_MARIADB, 50, key);
        Scope scope = new Scope(ScopeType.SAMPLE, null, null, 20, null, null);
        Outcome clean = run(tables.spec(rules(null, null)).with(scope));
        assertThat(clean.verdict()).isEqualTo(Verdict.INCOMPLETE);
        assertThat(clean.failure().reason()).isEqualTo("SampleOnly");
        assertThat(clean.coverage().boundPpm()).isBetween(1L, 200_000L);
        assertThat(clean.rows().source()).isBetween(7_000L, 13_000L);
        Outcome drifted = run(tables.target("update t set v = v + 1").spec(rules(null, null)).with(scope));
        assertThat(drifted.verdict()).isEqualTo(Verdict.DRIFT);
        assertThat(drifted.counts()).containsEntry("different", drifted.rows().source());
        assertThat(drifted.coverage().unitsDrifted()).isEqualTo(drifted.coverage().units());
    }

    // Sweep.

    @ParameterizedTest
    @CsvSource({"INTEGER, false", "TEXT, false", "TEXT, true"})
    void aSweepCoversEveryRecordOnceInARound(Key key, boolean withoutIndex) throws Exception {
        TwoTables tables = filled(Engines.POSTGRES_TO_MARIADB, 60, key).target("update t set v = -v where v in (5, 30000, 59999)");
        if (withoutIndex) {
            tables.target("alter table t drop primary key");
        }
        Scope scope = new Scope(ScopeType.SWEEP, null, null, 40, null, null);
        List<String> found = new ArrayList<>();
        List<String> position = null;
        int runs = 0;
        do {
            List<String> from = position;
            Outcome outcome = run(tables.spec(rules(null, null)).with(scope).resuming(from == null ? null : new Checkpoint(null, from, null, 0, Map.of(), List.of(), List.of(), List.of(), List.of(), List.of())));
            found.addAll(TwoTables.found(outcome));
            assertThat(outcome.coverage().from()).isEqualTo(from);
            assertThat(outcome.rows().source()).isBetween(1L, 45_000L);
            position = outcome.coverage().to();
            runs++;
        } while (position != null);
        assertThat(found).hasSize(3).doesNotHaveDuplicates();
        assertThat(runs).isBetween(2, 3);
    }

    @Test
    void aSweepOverKeysWithGapsReadsItsWholeShare() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_POSTGRES).both("create table t (k int primary key, v int); insert into t select g * 10, g from generate_series(1, 500000) g; analyze t");
        Outcome outcome = run(tables.spec(rules(null, null)).with(new Scope(ScopeType.SWEEP, null, null, 60, null, null)));
        assertThat(outcome.rows().source()).isBetween(299_000L, 301_000L);
    }

    // Filters, gaps, tombstones.

    @ParameterizedTest
    @EnumSource
    void onlyRowsThatPassTheFiltersAreRecords(Engines engines) throws Exception {
        TwoTables tables = integers(engines, 3).target("delete from t where region = 'test'").target("update t set region = 'US' where k = 11");
        Outcome outcome = run(tables.spec(rules(new Rows("region = 'EU' -- not the tests", "region = 'EU'"), null)));
        assertThat(TwoTables.found(outcome)).containsExactly("MISSING_ON_TARGET 11 []");
        assertThat(outcome.rows().source()).isEqualTo(2700);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nowhere = 1", "region = 'EU') or (1=1", "region = 'EU'; drop table t", "region = 'EU' /*"})
    void aFilterThatIsNoConditionIsNamed(String filter) throws Exception {
        TwoTables tables = integers(Engines.POSTGRES_TO_MARIADB, 1);
        Outcome outcome = run(tables.spec(rules(new Rows(null, filter), null)));
        if (outcome.failure() == null) {
            // Parentheses that happen to balance are the author's own condition.
            assertThat(filter).contains("or (1=1");
            return;
        }
        assertThat(outcome.failure().reason()).isEqualTo("FilterInvalid");
        assertThat(outcome.failure().field()).isEqualTo("spec.record.rows.targetFilter");
        assertThat(outcome.configuration()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void anIntendedGapIsCountedUnderItsName(Engines engines) throws Exception {
        TwoTables tables = integers(engines, 3).target("delete from t where region = 'test'").target("update t set v = -1 where k = 17");
        CompareSpec spec = tables.spec(rules(null, null));
        Outcome outcome = run(spec.with(List.of(new Gap(GapKind.EXCLUDED_ROWS, "test orders", "region = 'test'", null, null, null, "they never leave", "qa"))));
        assertThat(TwoTables.found(outcome)).containsExactly("DIFFERENT 17 [v]");
        assertThat(outcome.gaps()).containsExactly(new GapCount("test orders", 300, 0));
        assertThat(outcome.rows().source()).isEqualTo(2700);
    }

    @ParameterizedTest
    @EnumSource
    void deletedRecordsAreNoOrphans(Engines engines) throws Exception {
        TwoTables tables = integers(engines, 1);
        // 1: deleted for good, hidden there. 2: marked on both sides, at other times. 3: marked here, visible there. 4: hidden there, alive here. 5: marked here, gone there.
        tables.source("delete from t where k = 1").target("update t set gone = changed where k in (1, 2, 4)").source("update t set gone = '2024-05-05 00:00:00' where k in (2, 3, 5)").target("delete from t where k = 5");
        Outcome hide = run(tables.spec(rules(null, new Deletes(new Tombstone("gone", null), OnTarget.HIDE))));
        assertThat(TwoTables.found(hide)).containsExactlyInAnyOrder("ORPHAN_ON_TARGET 3 []", "MISSING_ON_TARGET 4 []");
        Outcome without = run(tables.spec(rules(null, null)));
        assertThat(TwoTables.found(without)).containsExactlyInAnyOrder("DIFFERENT 2 [gone]", "DIFFERENT 3 [gone]", "DIFFERENT 4 [gone]", "MISSING_ON_TARGET 5 []", "ORPHAN_ON_TARGET 1 []");
    }

    // No key.

    @ParameterizedTest
    @EnumSource
    void withoutAKeyTheNumbersOfRowsAreTold(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).both("create table t (a int, b varchar(10)); insert into t values (1, 'x'), (1, 'x'), (1, 'x'), (2, null), (2, ''), (3, 'z')")
                .target("insert into t values (1, 'x'), (9, 'new')").target("delete from t where b = 'z'").source("insert into t values (2, null)");
        Outcome outcome = run(tables.spec(RecordRules.of(List.of(), null, List.of())));
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.counts()).contains(entry("missingOnTarget", 2L), entry("orphanOnTarget", 2L), entry("different", 0L));
        assertThat(outcome.verdict()).isEqualTo(Verdict.DRIFT);
        assertThat(run(new TwoTables(engines).both("create table t (a int); insert into t values (1), (1), (null)").spec(RecordRules.of(List.of(), null, List.of()))).verdict()).isEqualTo(Verdict.IN_SYNC);
    }

    @Test
    void withoutAKeyAFieldThatCannotBeHashedIsRefused() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).both("create table t (a int, j json)").source("insert into t values (1, '{\"x\": 1}')").target("insert into t values (1, '{\"x\": 2}')");
        Outcome outcome = run(tables.spec(RecordRules.of(List.of(), null, List.of())));
        assertThat(outcome.verdict()).isEqualTo(Verdict.INCOMPLETE);
        assertThat(outcome.failure().reason()).isEqualTo("TypesNotComparable");
        assertThat(outcome.failure().text()).contains("field j", "without a key");
    }

    @ParameterizedTest
    @EnumSource
    void aTargetThatKeepsDeletedRecordsHasNoOrphans(Engines engines) throws Exception {
        TwoTables tables = integers(engines, 1).source("update t set gone = '2024-05-05 00:00:00' where k in (2, 3)").source("delete from t where k = 4");
        Outcome keep = run(tables.spec(rules(null, new Deletes(new Tombstone("gone", null), OnTarget.KEEP))));
        assertThat(TwoTables.found(keep)).isEmpty();
        assertThat(keep.counts()).containsEntry("kept", 3L);
    }

    // Order of keys.

    @Test
    void keysInAnotherOrderOnTheTargetAreComparedAsAWhole() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).both(NUMBERS).sql("create table t (k varchar(30) collate \"C\" primary key, v int)",
                "create table t (k varchar(30) collate utf8mb4_unicode_ci primary key, v int)");
        String rows = " from (select a.i + 10*b.i as g from n a, n b) q";
        tables.sql("insert into t select case when g % 2 = 0 then 'Order-' else 'order ' end || g, g" + rows, "insert into t select concat(case when g % 2 = 0 then 'Order-' else 'order ' end, g), g" + rows);
        Outcome outcome = run(tables.target("update t set v = 0 where v in (11, 22, 33)").spec(rules(null, null)));
        assertThat(outcome.counts()).contains(entry("different", 3L), entry("missingOnTarget", 0L), entry("orphanOnTarget", 0L));
        assertThat(outcome.plan()).contains("another order");
    }

    @Test
    void anOrderThatDiffersOnlyInTheMiddleCostsTimeAndNoVerdict() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).both(NUMBERS).sql("create table t (k varchar(30) collate \"C\" primary key, v int)",
                "create table t (k varchar(30) collate utf8mb4_unicode_ci primary key, v int)");
        String rows = " from (select a.i + 10*b.i + 100*c.i + 1000*d.i + 10000*e.i as g from n a, n b, n c, n d, n e) q";
        // Both ends are plain; between them lie letters of either case.
        tables.sql("insert into t select case when g < 1000 then '0' when g >= 99000 then 'zz' when g % 2 = 0 then 'B' else 'a' end || lpad(g::text, 8, '0'), g" + rows,
                "insert into t select concat(case when g < 1000 then '0' when g >= 99000 then 'zz' when g % 2 = 0 then 'B' else 'a' end, lpad(g, 8, '0')), g" + rows);
        Outcome outcome = run(tables.target("update t set v = -1 where v in (11, 22222, 77777)").target("delete from t where v = 50000").spec(rules(null, null)));
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.counts()).contains(entry("different", 3L), entry("missingOnTarget", 1L), entry("orphanOnTarget", 0L));
        assertThat(outcome.rows().source()).isEqualTo(100_000);
        assertThat(outcome.plan()).contains("another place of the key's order");
    }

    // Going on.

    @ParameterizedTest
    @EnumSource
    void anAttemptThatGoesOnFromAnyCheckpointFindsTheSame(Key key) throws Exception {
        TwoTables tables = filled(Engines.POSTGRES_TO_MARIADB, 50, key).target("update t set v = -1 where v % 500 = 7").target("delete from t where v % 4500 = 3")
                .source("delete from t where v = 49999").connections(2);
        List<Checkpoint> checkpoints = new CopyOnWriteArrayList<>();
        CompareSpec spec = tables.maxRecords(500).spec(rules(null, null));
        Outcome whole = new Comparison(spec.with(new CompareSpec.Listeners(checkpoints::add, DriftListener.NONE)), Comparison.SchemaGate.OPEN, quick()).run();
        assertThat(whole.counts()).contains(entry("different", 100L), entry("missingOnTarget", 12L), entry("orphanOnTarget", 1L));
        assertThat(checkpoints).isNotEmpty();
        for (Checkpoint checkpoint : checkpoints.subList(0, Math.min(3, checkpoints.size()))) {
            Outcome rest = run(spec.resuming(checkpoint));
            assertThat(rest.counts()).isEqualTo(whole.counts());
            assertThat(rest.rows()).isEqualTo(whole.rows());
            assertThat(TwoTables.found(rest)).containsExactlyInAnyOrderElementsOf(TwoTables.found(whole));
            assertThat(rest.plan()).contains("gone on after " + checkpoint.chunks() + " chunks");
        }
        tables.target("alter table t add column extra int").source("alter table t add column extra int");
        Outcome anew = run(spec.resuming(checkpoints.getLast()));
        assertThat(anew.plan()).contains("started again");
        assertThat(anew.counts()).isEqualTo(whole.counts());
    }

    /** A clock that is in a hurry, so that every chunk is a checkpoint. */
    private static LongSupplier quick() {
        AtomicLong now = new AtomicLong();
        return () -> now.addAndGet(500_000_000L);
    }

    // Manners.

    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_TO_MARIADB", "MARIADB_TO_POSTGRES"})
    void aCheckWaitsWhileTheServerIsBusy(Engines engines) throws Exception {
        TwoTables tables = integers(engines, 30);
        CompareSpec plain = tables.spec(rules(null, null));
        StoreAccess source = plain.source();
        Store store = source.store();
        StoreAccess careful = new StoreAccess(new Store(store.type(), store.host(), store.port(), store.database(), null, store.table(), store.credentials(), null,
                new Store.Limits(1, "30s", 100, 1, null)), source.field(), source.secret(), null);
        Thread[] others = new Thread[3];
        for (int i = 0; i < others.length; i++) {
            others[i] = Thread.ofVirtual().start(() -> {
                try {
                    tables.sourceServer.execute(tables.sourceDatabase, engines.sourcePostgres ? "select pg_sleep(4)" : "select sleep(4)");
                } catch (java.sql.SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
        Thread.sleep(500);
        Outcome outcome = run(plain.with(careful, plain.target()));
        for (Thread other : others) {
            other.join();
        }
        assertThat(outcome.verdict()).isEqualTo(Verdict.IN_SYNC);
        assertThat(outcome.timings()).containsKey("waited");
    }
}
