package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static dev.concordat.drift.TwoTables.secret;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.store.Reason;
import dev.concordat.store.StoreAccess;
import dev.concordat.testing.Case;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an account cannot see of a MariaDB table is refused, and not passed over: its catalogue shows an account only the columns that it may use. */
class ColumnGrantsIT {
    private TwoTables tables;
    private String account;

    @BeforeEach
    void anAccountThatMayReadNothing() throws Exception {
        tables = new TwoTables(Engines.MARIADB_TO_MARIADB);
        account = "grants_" + tables.sourceDatabase;
        tables.sourceServer.createUser(account, "r");
    }

    /** The same for both sides, which are databases of one server. */
    private Outcome asReader(String table) throws Exception {
        CompareSpec spec = tables.tables(table, table).spec(rules("id"));
        return new Comparison(spec.with(new StoreAccess(spec.source().store(), spec.source().field(), secret(account, "r"), null),
                new StoreAccess(spec.target().store(), spec.target().field(), secret(account, "r"), null)), Comparison.SchemaGate.OPEN, System::nanoTime).run();
    }

    private void grant(String privileges, String table) throws Exception {
        tables.both("grant " + privileges + " on " + table + " to '" + account + "'@'%'");
    }

    private static void refused(Outcome outcome) {
        assertThat(outcome.failure()).as("%s", outcome.plan()).isNotNull();
        assertThat(outcome.failure().reason()).isEqualTo(Reason.PERMISSION_DENIED);
        assertThat(outcome.failure().message()).contains("may not read", "would not be compared");
        assertThat(outcome.failure().remedy()).startsWith("GRANT SELECT ON `");
    }

    @ParameterizedTest
    @ValueSource(strings = {"b int", "b int invisible default 0", "b int as (a + id)", "b int as (a + id) stored invisible"})
    @Case(value = "compare 2", before = "InSync, exit 0, no word of column b", now = "PermissionDenied with the GRANT that is missing")
    void aColumnThatAGrantLeavesOut(String b) throws Exception {
        tables.both("create table t(id int primary key, " + b + ", a int); create view v as select id, a, b from t; insert into t(id, a) values (1, 1)")
                .target(b.contains("as (") ? "update t set a = 2" : "update t set b = 9");
        grant("select(id, a)", "t");
        refused(asReader("t"));
        grant("select(id, a)", "v");
        refused(asReader("v"));
        // A privilege on the whole table, other than to read it, shows the column and does not let it be read.
        grant("insert", "t");
        refused(asReader("t"));

        grant("select", "t");
        assertThat(asReader("t").verdict()).isEqualTo(Verdict.DRIFT);
        // All of a view's columns, one by one.
        grant("select(b)", "v");
        assertThat(found(asReader("v"))).singleElement().asString().startsWith("DIFFERENT 1 [");
    }

    @Test
    @Case(value = "compare 12", before = "correct the password", now = "the view, its definer, and what to do")
    void aViewWhoseDefinerIsGone() throws Exception {
        String gone = "gone_" + tables.sourceDatabase;
        tables.sourceServer.createUser(gone, "g");
        tables.both("create table t(id int primary key); create table u(id int primary key); create view w as select * from u; create definer='" + gone + "'@'%' view v as select * from t; drop table u");
        grant("select", "v");
        grant("select", "w");
        tables.source("drop user '" + gone + "'@'%'");
        for (String view : new String[] {"v", "w"}) {
            Outcome outcome = asReader(view);
            assertThat(outcome.failure().reason()).isEqualTo(Reason.PERMISSION_DENIED);
            assertThat(outcome.failure().message()).contains("view `" + tables.sourceDatabase + "`.`" + view + "` cannot be read: its definer", view.equals("v") ? gone + "@%" : "root@%");
            assertThat(outcome.failure().remedy()).contains("SHOW CREATE VIEW `" + tables.sourceDatabase + "`.`" + view + "`", "CREATE OR REPLACE DEFINER").doesNotContain("password");
        }
    }

    @Test
    void aGrantToARoleOrOnEverythingCounts() throws Exception {
        tables.both("create table t(id int primary key, a int, b int invisible default 0); insert into t(id, a, b) values (1, 1, 1)").target("update t set b = 2");
        String role = "role_" + tables.sourceDatabase;
        tables.source("create role " + role + "; grant " + role + " to '" + account + "'@'%'; set default role " + role + " for '" + account + "'@'%'");
        tables.both("grant select on t to " + role);
        assertThat(found(asReader("t"))).containsExactly("DIFFERENT 1 [b]");
        tables.both("revoke select on t from " + role);
        tables.source("grant select on *.* to '" + account + "'@'%'");
        assertThat(found(asReader("t"))).containsExactly("DIFFERENT 1 [b]");
    }

    /** Rows of the past are in the same table, and are not rows of today; and what ends a row's life is part of every key of it. */
    @Test
    void systemVersioning() throws Exception {
        String period = "rs timestamp(6) generated always as row start, re timestamp(6) generated always as row end, period for system_time(rs, re)";
        tables.both("create table t(id int primary key, a int, " + period + ") with system versioning; insert into t(id, a) values (1, 0), (2, 0); update t set a = 1; delete from t where id = 2;"
                + "create table u(id int primary key, a int) with system versioning partition by system_time (partition h history, partition c current); insert into u values (1, 0); update u set a = 1");
        grant("select", "t");
        grant("select", "u");
        assertThat(found(asReader("u"))).isEmpty();
        assertThat(asReader("u").rows().source()).isEqualTo(1);
        Outcome outcome = asReader("t");
        assertThat(found(outcome)).as("the times at which a row was written are columns").containsExactly("DIFFERENT 1 [rs]");
        assertThat(outcome.plan()).doesNotContain("no unique index");
    }

    @Test
    void applicationTimePeriodsAndPartitions() throws Exception {
        tables.both("create table t(id int, s date, e date, v int, period for p(s, e), unique (id, p without overlaps)) ; insert into t values (1, '2024-01-01', '2024-02-01', 1), (1, '2024-02-01', '2024-03-01', 2);"
                + "create table u(id int primary key, v int) partition by range (id) (partition a values less than (10), partition b values less than maxvalue); insert into u values (1, 1), (11, 1)")
                .target("update u set v = 2 where id = 11");
        grant("select", "t");
        grant("select", "u");
        assertThat(asReader("t").plan()).as("one id has several periods").contains("no unique index");
        assertThat(found(asReader("u"))).containsExactly("DIFFERENT 11 [v]");
    }
}
