package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.store.HashFunction;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What came with a later version of a server. On an earlier one each test does what is nearest to it, so that none is skipped. */
class VersionsIT {
    /** As 17.11 and 11.8 are 1711 and 1108. */
    private static int version(DatabaseServer server) throws SQLException {
        try (var connection = server.connect(server instanceof PostgresServer ? "postgres" : "mysql")) {
            return connection.getMetaData().getDatabaseMajorVersion() * 100 + connection.getMetaData().getDatabaseMinorVersion();
        }
    }

    /** PostgreSQL 18 has NOT NULL that old rows need not fulfil; before, a child of a table could do without. */
    private static String notNullThatIsNot(DatabaseServer postgres, String column) throws SQLException {
        return version(postgres) >= 1800 ? "alter table t add constraint n_%1$s not null %1$s not valid".formatted(column)
                : "alter table t rename to r; create table t (id int not null, a text not null, b text not null); create table c () inherits (t); alter table c alter id drop not null, alter a drop not null, "
                        + "alter b drop not null; insert into c select * from r";
    }

    @Test
    void aKeyThatIsNotNullByNameOnly() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_POSTGRES).both("create table t (id int, a text, b text); create unique index on t (id); insert into t select g, 'a', 'b' from generate_series(1, 1000) g")
                .source("insert into t values (null, 'lost', 'row')");
        tables.source(notNullThatIsNot(tables.sourceServer, "id"));
        assertThat(tables.compare(rules("id")).failure().reason()).isEqualTo("KeyIsNull");
    }

    @ParameterizedTest
    @EnumSource
    void columnsThatAreNotNullByNameOnly(Engines engines) throws Exception {
        if (!engines.sourcePostgres) return;
        for (boolean swapped : new boolean[] {false, true}) {
            TwoTables tables = new TwoTables(engines).both("create table t (id int primary key, a varchar(20), b varchar(20)); insert into t values (2, 'y', null), (3, null, null), (4, 'z', 'z')")
                    .source("insert into t values (1, null, 'x')").target(swapped ? "insert into t values (1, 'x', null)" : "insert into t values (1, null, 'x')");
            tables.source(notNullThatIsNot(tables.sourceServer, "a"));
            if (version(tables.sourceServer) >= 1800) tables.source(notNullThatIsNot(tables.sourceServer, "b"));
            if (engines.targetPostgres) tables.target(notNullThatIsNot(tables.targetServer, "a"));
            if (engines.targetPostgres && version(tables.targetServer) >= 1800) tables.target(notNullThatIsNot(tables.targetServer, "b"));
            for (HashFunction hash : HashFunction.values()) {
                if (hash == HashFunction.RECORD && !engines.targetPostgres) continue;
                assertThat(found(tables.hash(hash).compare(rules("id")))).as("%s", hash).isEqualTo(swapped ? List.of("DIFFERENT 1 [a, b]") : List.of());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTimestampAfter2038(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines);
        String year = version(tables.sourceServer) >= 1105 && version(tables.targetServer) >= 1105 ? "2100" : "2037";        // MariaDB 11.5; every PostgreSQL
        tables.sql("create table t (id int primary key, at timestamptz(3))", "create table t (id int primary key, at timestamp(3) null)")
                .both("insert into t values (1, '%1$s-12-31 23:59:59.999'), (2, '%1$s-06-01 00:00:00'), (3, null), (4, '1970-01-01 00:00:01')".formatted(year));
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        assertThat(found(tables.target("update t set at = '%s-06-01 00:00:00.001' where id = 2".formatted(year)).compare(rules("id")))).containsExactly("DIFFERENT 2 [at]");
    }

    @ParameterizedTest
    @EnumSource
    void aTimestampAfter2038AsKey(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines);
        String year = version(tables.sourceServer) >= 1105 && version(tables.targetServer) >= 1105 ? "2100" : "2037";
        tables.sql("create table t (at timestamptz(0) primary key, v int)", "create table t (at timestamp primary key, v int)")
                .both("insert into t values ('%1$s-12-31 23:59:59', 1), ('%1$s-06-01 00:00:00', 2), ('1970-01-01 00:00:01', 3)".formatted(year));
        assertThat(found(tables.compare(rules("at")))).isEmpty();
        tables.target("update t set v = 9 where at = '%s-06-01 00:00:00'".formatted(year));
        assertThat(tables.compare(rules("at")).records()).singleElement().satisfies(record -> assertThat(record.key().get("at")).startsWith(year + "-06-01"));
    }

    /** PostgreSQL 18 computes a generated column when it is read. */
    @ParameterizedTest
    @EnumSource
    void aVirtualColumn(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines);
        for (boolean source : new boolean[] {true, false}) {
            DatabaseServer server = source ? tables.sourceServer : tables.targetServer;
            String kind = server instanceof PostgresServer && version(server) < 1800 ? "stored" : "virtual";
            String table = "create table t (id int primary key, a int, b int generated always as (a * 2) %s); insert into t (id, a) values (1, 1), (2, null), (3, 3)".formatted(kind);
            if (source) tables.source(table);
            else tables.target(table);
        }
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        assertThat(found(tables.target("update t set a = 4 where id = 3").compare(rules("id")))).containsExactly("DIFFERENT 3 [a, b]");
    }

    /** MariaDB 11.7 has vectors; what has no text is compared by its bytes. */
    @Test
    void aVector() throws Exception {
        TwoTables tables = new TwoTables(Engines.MARIADB_TO_MARIADB);
        boolean vectors = version(tables.sourceServer) >= 1107 && version(tables.targetServer) >= 1107;
        String value = vectors ? "vec_fromtext('[0.5,%s]')" : "point(0.5,%s)";
        tables.both("create table t (id int primary key, e %s not null)".formatted(vectors ? "vector(2)" : "point"))
                .both("insert into t values (1, %s), (2, %s)".formatted(value.formatted("1"), value.formatted("2")));
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        assertThat(found(tables.target("update t set e = %s where id = 2".formatted(value.formatted("2.0001"))).compare(rules("id")))).containsExactly("DIFFERENT 2 [e]");
    }

    /** PostgreSQL 18: a key that holds for a period. A range names no record. */
    @Test
    void aKeyWithAPeriod() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_POSTGRES);
        boolean periods = version(tables.sourceServer) >= 1800 && version(tables.targetServer) >= 1800;
        tables.both((periods ? "create extension btree_gist; " : "") + "create table t (id int, during daterange, v int, primary key (id, during%s))".formatted(periods ? " without overlaps" : ""));
        Outcome outcome = tables.compare(rules("id", "during"));
        assertThat(outcome.failure().reason()).isEqualTo("TypesNotComparable");
        assertThat(outcome.failure().field()).isEqualTo("spec.record.key[1]");
    }

    /** PostgreSQL 15: a scale below zero and one above the precision. */
    @ParameterizedTest
    @EnumSource
    void numbersOfOddScale(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines);
        boolean odd = engines.sourcePostgres && version(tables.sourceServer) >= 1500 || engines.targetPostgres && version(tables.targetServer) >= 1500;
        for (boolean source : new boolean[] {true, false}) {
            DatabaseServer server = source ? tables.sourceServer : tables.targetServer;
            String table = "create table t (id int primary key, a %s, b %s)".formatted(odd && server instanceof PostgresServer && version(server) >= 1500
                    ? new Object[] {"numeric(3,-2)", "numeric(2,4)"} : new Object[] {"decimal(5,0)", "decimal(4,4)"});
            if (source) tables.source(table);
            else tables.target(table);
        }
        tables.both("insert into t values (1, 12300, 0.0012), (2, -99900, -0.0099), (3, 0, 0), (4, null, null)");
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        assertThat(found(tables.target("update t set a = 12400 where id = 1; update t set b = 0.0001 where id = 3").compare(rules("id")))).containsExactlyInAnyOrder("DIFFERENT 1 [a]", "DIFFERENT 3 [b]");
    }
}
