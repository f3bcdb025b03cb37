package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.Failure;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.store.StoreAccess;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that are not ordinary tables: each is compared, or refused in one line that names the field and the remedy. */
class BadTablesIT {

    private static void refused(Outcome outcome, String reason, String field, String... words) {
        assertThat(outcome.verdict()).isEqualTo(Verdict.INCOMPLETE);
        Failure failure = outcome.failure();
        assertThat(failure.reason()).as(failure.text()).isEqualTo(reason);
        assertThat(failure.field()).startsWith(field);
        assertThat(failure.remedy()).isNotBlank();
        assertThat(failure.text()).doesNotContain("\n").contains(words);
        assertThat(outcome.counts()).isEmpty();
    }

    /** On both sides in turn: the base table on one, what only looks like a table on the other. */
    @ParameterizedTest
    @ValueSource(strings = {
        "alter table t rename to r; create view t as select id, v from r",
        "alter table t rename to r; create view t as select r.id, max(r.v) as v from r join r o on o.id = r.id group by r.id order by 2",
        "alter table t rename to r; create materialized view t as select id, v from r; create unique index on t (id)",
        "alter table t rename to r; create table t (id int not null, v text, primary key (id)) partition by range (id); create table t1 partition of t for values from (minvalue) to (100); "
                + "create table t2 partition of t for values from (100) to (maxvalue); insert into t select id, v from r",
        "alter table t rename to r; create table t (id int not null, v text) partition by hash (id); create table t1 partition of t for values with (modulus 2, remainder 0); "
                + "create table t2 partition of t for values with (modulus 2, remainder 1); insert into t select id, v from r",
        "alter table t rename to r; create table t (id int, v text); create table child () inherits (t); insert into t select id, v from r where id < 500; insert into child select id, v from r where id >= 500",
        "create unlogged table u as select * from t; drop table t; alter table u rename to t",
        "alter table t rename to r; create domain whole as int check (value > 0); create table t (id whole primary key, v text); insert into t select id, v from r",
        "alter table t rename to r; create table t (id int primary key, lower_v text, v text generated always as (lower_v || '') stored); insert into t (id, lower_v) select id, v from r",
        "alter table t alter id add generated always as identity (start with 5000), add dropped int, add constraint c check (id > 0); alter table t drop dropped",
    })
    void whatPostgresCallsARelation(String script) throws Exception {
        for (Engines engines : List.of(Engines.POSTGRES_TO_MARIADB, Engines.POSTGRES_TO_POSTGRES)) {
            TwoTables tables = new TwoTables(engines)
                    .sql("create table t (id int primary key, v text); insert into t select g, 'v' || g from generate_series(1, 1000) g",
                            "create table t (id int primary key, v varchar(20)); insert into t select seq, concat('v', seq) from seq_1_to_1000").source(script);
            RecordRules rules = script.contains("lower_v") ? RecordRules.of(List.of("id"), null, List.of(new RecordRules.Field("lower_v", null,
                    new RecordRules.Compare(RecordRules.As.IGNORED, null, null, null, null, null, null, "v is made of it")))) : rules("id");
            assertThat(found(tables.compare(rules))).isEmpty();
            assertThat(found(tables.target("update t set v = 'other' where id = 99; delete from t where id in (100, 1000)").compare(rules)))
                    .containsExactlyInAnyOrder("DIFFERENT 99 [v]", "MISSING_ON_TARGET 100 []", "MISSING_ON_TARGET 1000 []");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "rename table t to r; create view t as select id, v from r",
        "rename table t to r; create algorithm = temptable view t as select id, max(v) as v from r group by id",
        "alter table t partition by range (id) (partition a values less than (100), partition b values less than maxvalue)",
        "alter table t partition by hash (id) partitions 4",
        "alter table t engine = MyISAM",
        "alter table t engine = Aria",
        "alter table t add system versioning; update t set v = 'history' where id = 5; update t set v = 'v5' where id = 5; delete from t where id = 6; insert into t values (6, 'v6')",
        "alter table t add d int as (id + 1) virtual, add e varchar(30) as (concat(v, '!')) persistent",
        "alter table t add d int invisible default 7, add e int default (uuid_short() % 5)",
        "alter table t modify v varchar(20) compressed",
        "alter table t row_format = compressed, modify v varchar(20) invisible",
        "alter table t drop primary key, add unique key (id), modify v varchar(20) character set ucs2",
    })
    void whatMariaDbCallsATable(String script) throws Exception {
        TwoTables tables = new TwoTables(Engines.MARIADB_TO_POSTGRES)
                .sql("create table t (id int primary key, v text); insert into t select g, 'v' || g from generate_series(1, 1000) g",
                        "create table t (id int primary key, v varchar(20)); insert into t select seq, concat('v', seq) from seq_1_to_1000").source(script);
        if (script.contains(" d int")) {
            tables.target("alter table t add d int; update t set d = " + (script.contains("virtual") ? "id + 1" : "7"));
        }
        RecordRules rules = script.contains(" e ") ? RecordRules.of(List.of("id"), null, List.of(new RecordRules.Field("e", null,
                new RecordRules.Compare(RecordRules.As.IGNORED, null, null, null, null, null, null, "only the source has it")))) : rules("id");
        assertThat(found(tables.compare(rules))).isEmpty();
        assertThat(found(tables.target("update t set v = 'other' where id = 99; delete from t where id in (100, 1000)").compare(rules)))
                .containsExactlyInAnyOrder("DIFFERENT 99 [v]", "MISSING_ON_TARGET 100 []", "MISSING_ON_TARGET 1000 []");
    }

    /** The rows of another server, read through this one. */
    @Test
    void aForeignTable() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_POSTGRES).both("create table t (id int primary key, v text); insert into t select g, 'v' || g from generate_series(1, 1000) g");
        tables.source("create extension postgres_fdw; create server other foreign data wrapper postgres_fdw options (host '127.0.0.1', port '" + tables.targetServer.port() + "', dbname '" + tables.targetDatabase + "'); "
                + "create user mapping for current_user server other options (user 'postgres', password '" + tables.targetServer.password() + "'); "
                + "create foreign table f (id int, v text) server other options (schema_name 'public', table_name 't')");
        tables.tables("f", "t");
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        tables.tables("f", "copy").target("create table copy as select * from t; update copy set v = 'other' where id = 99");
        assertThat(found(tables.compare(rules("id")))).containsExactly("DIFFERENT 99 [v]");
        // Nobody checks what a foreign table says of NULL.
        tables.target("create table nulls as select * from t; update nulls set v = null where id = 5")
                .source("create foreign table n (id int, v text not null) server other options (schema_name 'public', table_name 'nulls'); "
                        + "create table p (id int, v text not null) partition by range (id); "
                        + "create foreign table p1 partition of p for values from (minvalue) to (maxvalue) server other options (schema_name 'public', table_name 'nulls')");
        for (String table : List.of("n", "p")) {
            assertThat(found(tables.tables(table, "nulls").compare(rules("id")))).isEmpty();
            assertThat(found(tables.tables(table, "t").compare(rules("id")))).containsExactly("DIFFERENT 5 [v]");
        }
    }

    /** What a policy hides from the account is not missing: the account needs to see all rows. */
    @Test
    void aTableWithRowLevelSecurity() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).both("create table t (id int primary key, v varchar(5)); insert into t values (1, 'mine'), (2, 'yours')");
        String reader = "reader_" + tables.sourceDatabase;
        tables.source("create role " + reader + " login password 'r'; grant select on t to " + reader + "; alter table t enable row level security; create policy own on t using (v = 'mine')");
        CompareSpec spec = tables.spec(rules("id"));
        StoreAccess source = new StoreAccess(spec.source().store(), spec.source().field(), TwoTables.secret(reader, "r"), null);
        Outcome outcome = new Comparison(spec.with(source, spec.target()), Comparison.SchemaGate.OPEN, System::nanoTime).run();
        refused(outcome, "PermissionDenied", "spec.source.store.credentials.secretName", "row-level security", "BYPASSRLS");
        tables.source("alter role " + reader + " bypassrls");
        assertThat(found(new Comparison(spec.with(source, spec.target()), Comparison.SchemaGate.OPEN, System::nanoTime).run())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '\1', value = {
        "POSTGRES_TO_MARIADB; Orders; Orders",
        "POSTGRES_TO_MARIADB; select; group",
        "MARIADB_TO_POSTGRES; a`b\"c'd; a`b\"c'd",
        "MARIADB_TO_POSTGRES; tëst ünd; 😀 emoji",
        "POSTGRES_TO_POSTGRES; x.y; \"\"",
        "MARIADB_TO_MARIADB; x.y; a\\b%s?",
        "MARIADB_TO_MARIADB; -- no; /* no",
        "POSTGRES_TO_POSTGRES; $1; {t}",
    })
    void namesThatNeedQuotes(Engines engines, String source, String target) throws Exception {
        TwoTables tables = new TwoTables(engines).tables(source, target);
        tables.source("create table " + RandomTables.quote(engines.sourcePostgres, source) + " (id int primary key, v varchar(5))").target("create table " + RandomTables.quote(engines.targetPostgres, target) + " (id int primary key, v varchar(5))")
                .source("insert into " + RandomTables.quote(engines.sourcePostgres, source) + " values (1, 'a'), (2, 'b')").target("insert into " + RandomTables.quote(engines.targetPostgres, target) + " values (1, 'a'), (3, 'b')");
        assertThat(found(tables.compare(rules("id")))).containsExactlyInAnyOrder("MISSING_ON_TARGET 2 []", "ORPHAN_ON_TARGET 3 []");
    }

    /** Databases and schemas as well. */
    @Test
    void databasesAndSchemasWhoseNamesNeedQuotes() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB);
        String name = "Sales & \"co\" 100% é/?#";
        tables.sourceServer.createDatabase(name);
        tables.targetServer.createDatabase(name);
        try {
            CompareSpec spec = tables.spec(rules("id"));
            tables.targetServer.execute("mysql", "create table `" + name + "`.t (id int primary key); insert into `" + name + "`.t values (1), (2)");
            try (var session = new StoreAccess(in(spec.source().store(), name, null), "spec.source.store", spec.source().secret(), null).openForWriting()) {
                session.<Boolean, RuntimeException>transaction(dev.concordat.store.StoreSession.Mode.WRITE, connection -> connection.createStatement().execute("create schema \"my \"\"schema\"\" 😀\"; create table \"my \"\"schema\"\" 😀\".t (id int primary key); insert into \"my \"\"schema\"\" 😀\".t values (1)"));
            }
            StoreAccess source = new StoreAccess(in(spec.source().store(), name, "my \"schema\" 😀"), "spec.source.store", spec.source().secret(), null);
            StoreAccess target = new StoreAccess(in(spec.target().store(), name, null), "spec.target.store", spec.target().secret(), null);
            assertThat(found(new Comparison(spec.with(source, target), Comparison.SchemaGate.OPEN, System::nanoTime).run())).containsExactly("ORPHAN_ON_TARGET 2 []");
        } finally {
            tables.targetServer.execute("mysql", "drop database `" + name + "`");
        }
    }

    private static Store in(Store s, String database, String schema) {
        return new Store(s.type(), s.host(), s.port(), database, schema, s.table(), s.credentials(), s.tls(), s.limits());
    }

    /** MariaDB's own names know their case where its files do. */
    @ParameterizedTest
    @EnumSource(names = {"MARIADB_TO_MARIADB", "POSTGRES_TO_POSTGRES"})
    void aNameInTheWrongCase(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).sql("create table \"Orders\" (id int primary key)", "create table `Orders` (id int primary key)").tables("orders", "Orders");
        refused(tables.compare(rules("id")), "TableNotFound", "spec.source.store.table", "as the catalogue spells them");
    }

    @Test
    void somethingThatIsNoTable() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).both("create table t (id int primary key)").source("create sequence s; create index i on t (id)");
        refused(tables.tables("s", "t").compare(rules("id")), "TableNotFound", "spec.source.store.table", "does not exist");
        refused(tables.tables("i", "t").compare(rules("id")), "TableNotFound", "spec.source.store.table", "does not exist");
    }

    /** As many columns as PostgreSQL lets a query have, and as many as a MariaDB table may. */
    @ParameterizedTest
    @CsvSource({"POSTGRES_TO_POSTGRES, 1000", "POSTGRES_TO_MARIADB, 1000", "MARIADB_TO_MARIADB, 1016", "POSTGRES_TO_POSTGRES, 1599"})
    void aThousandColumns(Engines engines, int columns) throws Exception {
        String definition = "create table t (id int primary key, " + IntStream.range(0, columns - 1).mapToObj(i -> "c" + i + " int").collect(Collectors.joining(", ")) + ")";
        String values = IntStream.range(0, columns - 1).mapToObj(String::valueOf).collect(Collectors.joining(", "));
        TwoTables tables = new TwoTables(engines).both(definition).both("insert into t values (1, " + values + "), (2, " + values + ")");
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        assertThat(found(tables.target("update t set c" + (columns - 2) + " = -1, c0 = null where id = 2").compare(rules("id")))).containsExactly("DIFFERENT 2 [c0, c" + (columns - 2) + "]");
    }

    /** It is hashed where it is; the evidence names it by its own hash. */
    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_TO_MARIADB"})
    void aValueOfFiftyMegabytes(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).sql("create table t (id int primary key, v text)", "create table t (id int primary key, v longtext)")
                .both("insert into t values (1, repeat('x', 52428800)), (2, 'small')");
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        Outcome outcome = tables.target("update t set v = concat(v, 'y') where id = 1").compare(rules("id"));
        assertThat(found(outcome)).containsExactly("DIFFERENT 1 [v]");
        assertThat(outcome.records().getFirst().fields().getFirst().source()).hasSizeLessThan(400).startsWith("SHA-256 ").endsWith(" of 52428800 bytes");
    }

    /** A binary value is twice as long in hexadecimal, and two values are longer than one: each long value counts with its hash. */
    @ParameterizedTest
    @CsvSource({"POSTGRES_TO_MARIADB, longblob", "MARIADB_TO_MARIADB, longtext"})
    void aRowThatIsLongerThanAPacket(Engines engines, String type) throws Exception {
        String postgres = type.equals("longblob") ? "bytea" : "text";
        TwoTables tables = new TwoTables(engines).sql("create table t (id int primary key, a " + postgres + ", b " + postgres + ")", "create table t (id int primary key, a " + type + ", b " + type + ")")
                .both("insert into t values (1, 'a', 'b')")
                .sql("insert into t values (2, " + (postgres.equals("bytea") ? "convert_to(repeat('x', 36000000), 'UTF8'), '')" : "repeat('x', 36000000), repeat('x', 36000000))"),
                        "insert into t values (2, repeat('x', 36000000), " + (type.equals("longblob") ? "'')" : "repeat('x', 36000000))"));
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        assertThat(found(tables.target("update t set a = concat(left(a, 35999999), 'y') where id = 2").compare(rules("id")))).containsExactly("DIFFERENT 2 [a]");
    }

    /** Blanks that do not count are cut from the whole text: the server has no hash for such a row. */
    @Test
    void aRowThatIsLongerThanAPacketAndTrimmed() throws Exception {
        TwoTables tables = new TwoTables(Engines.MARIADB_TO_MARIADB).both("create table t (id int primary key, a longtext, b longtext); insert into t values (1, 'a', 'b'), (2, repeat('x', 36000000), repeat('x', 36000000))");
        List<RecordRules.Field> fields = Stream.of("a", "b").map(name -> new RecordRules.Field(name, null, new RecordRules.Compare(RecordRules.As.TEXT, null, null, null, null, true, null, null))).toList();
        refused(tables.compare(RecordRules.of(List.of("id"), null, fields)), "RowTooLarge", "spec.source.store", "max_allowed_packet");
    }

    /** Not even partitions that could have some. */
    @Test
    void tablesWithoutRows() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).source("create table t (id int, v text) partition by list (id)").target("create table t (id int primary key, v text) engine = Aria");
        Outcome outcome = tables.compare(rules("id"));
        assertThat(found(outcome)).isEmpty();
        assertThat(outcome.verdict()).isEqualTo(Verdict.IN_SYNC);
        assertThat(outcome.rows().source() + outcome.rows().target()).isZero();
    }
}
