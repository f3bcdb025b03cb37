package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.Deletes;
import dev.concordat.api.v1alpha1.RecordRules.OnTarget;
import dev.concordat.api.v1alpha1.RecordRules.Rows;
import dev.concordat.api.v1alpha1.RecordRules.Tombstone;
import dev.concordat.api.v1alpha1.SyncContractSpec.Gap;
import dev.concordat.api.v1alpha1.SyncContractSpec.GapKind;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.testing.Case;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No row on either side is no agreement, unless the tables have none. On real databases. */
class NothingComparedIT {
    private static TwoTables tables(Engines engines) throws Exception {
        return new TwoTables(engines).sql("create table t (id int primary key, status varchar(10), changed timestamp(3), gone timestamp(3))",
                "create table t (id int primary key, status varchar(10), changed datetime(3), gone datetime(3))");
    }

    private static TwoTables filled(Engines engines) throws Exception {
        String rows = "insert into t values (%d, 'void', '2024-01-01 00:00:00', '2024-01-02 00:00:00')";
        return tables(engines).both(rows.formatted(1)).both(rows.formatted(2));
    }

    private static Outcome run(CompareSpec spec) {
        return new Comparison(spec, Comparison.SchemaGate.OPEN, System::nanoTime).run();
    }

    private static RecordRules rules(Rows rows, Deletes deletes) {
        return new RecordRules(List.of("id"), null, rows, deletes, null, List.of());
    }

    private static void nothing(Outcome outcome, String field, String words) {
        assertThat(outcome.verdict()).isEqualTo(Verdict.INCOMPLETE);
        assertThat(outcome.failure().reason()).isEqualTo("NothingCompared");
        assertThat(outcome.failure().field()).isEqualTo(field);
        assertThat(outcome.failure().message()).startsWith("nothing was compared: " + words).contains("0 rows on the source and 0 on the target");
        assertThat(outcome.configuration()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Engines.class)
    @Case(value = "compare 6", before = "a filter that matches nothing: none of 0 records, InSync, exit 0", now = "Incomplete NothingCompared, exit 3, naming the filter")
    void aFilterThatMatchesNothing(Engines engines) throws Exception {
        nothing(run(filled(engines).spec(rules(new Rows("status = '''void'''", "status = '''void'''"), null))), "spec.record.rows", "the row filters leave");
    }

    @Test
    void aScopeThatHoldsNothing() throws Exception {
        TwoTables tables = filled(Engines.POSTGRES_TO_MARIADB);
        CompareSpec spec = tables.spec(rules(null, null));
        nothing(run(spec.with(new Scope(ScopeType.KEY_RANGE, null, null, null, "100", "200"))), "spec.verification.scope", "the range of the key leaves");
        tables.both("update t set changed = null");
        nothing(run(spec.with(new Scope(ScopeType.WINDOW, "changed", "1h", null, null, null))), "spec.verification.scope", "the window leaves");
    }

    @Test
    void aWindowOverTablesThatNobodyHasChangedLatelyAgrees() throws Exception {
        CompareSpec spec = filled(Engines.MARIADB_TO_POSTGRES).spec(rules(null, null));
        assertThat(run(spec.with(new Scope(ScopeType.WINDOW, "changed", "1h", null, null, null))).verdict()).isEqualTo(Verdict.IN_SYNC);
    }

    @Test
    void gapsAndTombstonesThatLeaveNothing() throws Exception {
        TwoTables tables = filled(Engines.POSTGRES_TO_MARIADB);
        Gap gap = new Gap(GapKind.EXCLUDED_ROWS, null, "status = 'void'", null, null, null, "reason", "qa");
        nothing(run(tables.spec(rules(null, null)).with(List.of(gap))), "spec.gaps", "the gaps leave");
        nothing(run(tables.spec(rules(null, new Deletes(new Tombstone("gone", null), OnTarget.ARCHIVE)))), "spec.record.deletes", "the tombstones leave");
    }

    @ParameterizedTest
    @EnumSource(Engines.class)
    void tablesWithoutARowAgreeWhateverTheConditions(Engines engines) throws Exception {
        CompareSpec spec = tables(engines).spec(rules(new Rows("status = 'void'", null), null));
        assertThat(run(spec).verdict()).isEqualTo(Verdict.IN_SYNC);
        assertThat(run(spec.with(new Scope(ScopeType.KEY_RANGE, null, null, null, "100", "200"))).verdict()).isEqualTo(Verdict.IN_SYNC);
    }

    @Test
    void rowsThatAFilterLeavesOnOneSideAreDrift() throws Exception {
        assertThat(run(filled(Engines.POSTGRES_TO_POSTGRES).spec(rules(new Rows("status = 'none'", null), null))).counts()).containsEntry("orphanOnTarget", 2L);
    }
}
