package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.RecordVersion;
import dev.concordat.api.v1alpha1.RecordRules.VersionKind;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.RunReport.Verdict;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The engine on real databases: each kind of difference is found exactly, and none is invented. */
class CompareIT {
    private static final String POSTGRES = """
            create table t (id bigint primary key, amount numeric(12,2) not null, qty int, status varchar(20) not null, active boolean not null, updated_at timestamptz(6) not null, v int not null);
            insert into t select g, g / 4.0, case when g % 17 = 0 then null else g end, (array['new','paid','shipped','void'])[1 + g % 4], g % 3 = 0,
              timestamptz '2021-01-01 00:00:00+00' + g * interval '1.234567 second', 1 from generate_series(1, 3000) g""";
    private static final String MARIADB = """
            create table t (id bigint primary key, amount decimal(12,2) not null, qty int, status varchar(20) not null, active tinyint(1) not null, updated_at datetime(6) not null, v int not null);
            insert into t select seq, seq / 4.0, case when seq % 17 = 0 then null else seq end, elt(1 + seq % 4, 'new','paid','shipped','void'), seq % 3 = 0,
              timestampadd(microsecond, seq * 1234567, '2021-01-01 00:00:00'), 1 from seq_1_to_3000""";

    @ParameterizedTest
    @EnumSource
    void eachKindOfDriftIsFoundExactly(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).sql(POSTGRES, MARIADB);
        RecordRules versioned = new RecordRules(List.of("id"), new RecordVersion("v", VersionKind.COUNTER), List.of());

        Outcome clean = tables.compare(versioned);
        assertThat(found(clean)).isEmpty();
        assertThat(clean.verdict()).isEqualTo(Verdict.IN_SYNC);
        assertThat(clean.rows().source()).isEqualTo(3000);
        assertThat(clean.rows().target()).isEqualTo(3000);

        tables.target("delete from t where id in (1, 1500, 3000); update t set status = 'DRIFT', v = 0 where id = 700; update t set v = 2 where id = 701; "
                + "update t set qty = null where id = 702; update t set qty = 0 where id = 17")
                .sql("select 1", "select 1")
                .source("delete from t where id in (2, 2999)");
        Outcome drifted = tables.compare(versioned);
        assertThat(found(drifted)).containsExactlyInAnyOrder("MISSING_ON_TARGET 1 []", "MISSING_ON_TARGET 1500 []", "MISSING_ON_TARGET 3000 []", "ORPHAN_ON_TARGET 2 []",
                "ORPHAN_ON_TARGET 2999 []", "STALE 700 [status, v]", "AHEAD 701 [v]", "DIVERGED 702 [qty]", "DIVERGED 17 [qty]");
        assertThat(drifted.verdict()).isEqualTo(Verdict.DRIFT);
        assertThat(drifted.counts()).containsAllEntriesOf(Map.of("missingOnTarget", 3L, "orphanOnTarget", 2L, "stale", 1L, "ahead", 1L, "diverged", 2L, "different", 0L));

        assertThat(found(tables.compare(rules("id")))).contains("DIFFERENT 700 [status, v]", "DIFFERENT 702 [qty]").hasSize(9);
    }
}
