package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.As;
import dev.concordat.api.v1alpha1.RecordRules.Compare;
import dev.concordat.api.v1alpha1.RecordRules.Field;
import dev.concordat.api.v1alpha1.RecordRules.Precision;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.RunReport.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every pair of types that has a sound comparison, with the values that break naive ones; and the contract's rules. */
class TypesIT {
    private static final String POSTGRES = """
            create table t (id int primary key, i8 bigint, i2 smallint, n numeric(20,6), f8 double precision, f4 real, b boolean, ts timestamp(6), tz timestamptz(6), d date, tm time(6),
              tx text, vc varchar(50), ch char(5), u uuid, by bytea)""";
    private static final String MARIADB = """
            create table t (id int primary key, i8 bigint, i2 smallint, n decimal(20,6), f8 double, f4 float, b tinyint(1), ts datetime(6), tz timestamp(6) null, d date, tm time(6),
              tx text, vc varchar(50), ch char(5), u uuid, `by` blob) default charset utf8mb4""";
    private static final String ROWS = """
            insert into t values
             (1, 9223372036854775807, 32767, 99999999999999.999999, 1.7976931348623157e308, 3.4e38, true, '2024-02-29 12:34:56.789012', '2024-02-29 12:34:56.789012', '2024-02-29', '23:59:59.999999', '', '', '', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', ''),
             (2, -9223372036854775808, -32768, -99999999999999.999999, -1.7976931348623157e308, -3.4e38, false, '1000-01-01 00:00:00', '1970-01-01 00:00:01', '0001-01-01', '00:00:00', ' ', ' lead', 'a  ', '00000000-0000-0000-0000-000000000000', 'abc'),
             (3, 0, 0, 0, 0, 0, null, '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07.999999', '9999-12-31', '12:00:00.5', 'a ', 'trail ', ' b', 'ffffffff-ffff-4fff-8fff-ffffffffffff', '~|'),
             (4, 1, -1, 0.000001, 0.1, 0.1, true, '2024-03-31 02:30:00', '2024-03-31 02:30:00.000001', '2024-03-31', '00:00:00.000001', 'tab\tnew
            line', 'é', 'é', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', '~'),
             (5, -1, 1, -0.5, 0.30000000000000004, 16777216, true, '2024-10-27 02:30:00.1', '2024-10-27 01:30:00.100000', '2024-10-27', '01:02:03.04', '😀 emoji', '|a~', '|', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a13', 'x'),
             (6, 12, 7, 1.5, 1e15, 1e-10, false, '2001-02-03 04:05:06', '2001-02-03 04:05:06', '2001-02-03', '04:05:06', '3|abc', '~', '~', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a14', 'y'),
             (7, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
             (8, 12, 7, 1.5, 2.2250738585072014e-308, 1.5, false, '2001-02-03 04:05:06', '2001-02-03 04:05:06', '2001-02-03', '04:05:06', 'back', 'slash', 'x', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a15', 'z')""";

    private static TwoTables edge(Engines engines) throws Exception {
        return new TwoTables(engines).sql(POSTGRES, MARIADB).both(ROWS);
    }

    @ParameterizedTest
    @EnumSource
    void nastyValuesOfEveryTypeAreEqual(Engines engines) throws Exception {
        Outcome outcome = edge(engines).compare(rules("id"));
        assertThat(found(outcome)).isEmpty();
        assertThat(outcome.plan()).as("all columns are hashed by the databases").contains("16 of 16 columns hashed");
        // Doubles of 1e15 and more are the one case where the engines write equal values differently.
        assertThat(outcome.counts().get("encodingOnly")).isLessThanOrEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    void theSmallestChangeInAnyColumnIsFound(Engines engines) throws Exception {
        TwoTables tables = edge(engines);
        String[][] changes = {{"i8", "i8 - 1"}, {"i2", "i2 - 1"}, {"n", "n - 0.000001"}, {"f8", "0.10000000000000002"}, {"f4", "0.25"}, {"b", "null"}, {"ts", "'2024-02-29 12:34:56.789013'"},
            {"tz", "'2024-02-29 12:34:56.789011'"}, {"d", "'2024-03-01'"}, {"tm", "'23:59:59.999998'"}, {"tx", "null"}, {"vc", "' '"}, {"ch", "'-'"},
            {"u", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a10'"}, {"by", "null"}};
        boolean postgres = engines.targetPostgres;
        for (int i = 0; i < changes.length; i++) {
            String column = postgres ? changes[i][0] : "`" + changes[i][0] + "`";
            tables.target("insert into t select 100 + " + i + ", i8, i2, n, f8, f4, b, ts, tz, d, tm, tx, vc, ch, u, " + (postgres ? "by" : "`by`") + " from t where id = 1");
            tables.source("insert into t select 100 + " + i + ", i8, i2, n, f8, f4, b, ts, tz, d, tm, tx, vc, ch, u, " + (engines.sourcePostgres ? "by" : "`by`") + " from t where id = 1");
            tables.target("update t set " + column + " = " + changes[i][1] + " where id = " + (100 + i));
        }
        List<String> expected = new java.util.ArrayList<>();
        for (int i = 0; i < changes.length; i++) {
            expected.add("DIFFERENT " + (100 + i) + " [" + changes[i][0] + "]");
        }
        assertThat(found(tables.compare(rules("id")))).containsExactlyInAnyOrderElementsOf(expected);
    }

    /** {@code equal} and {@code other}: a source value, and a target value that is equal or differs. */
    @ParameterizedTest(name = "{0} and {1}")
    @CsvSource(delimiter = ';', quoteCharacter = '"', value = {
        "int; bigint; 5; 5; 6",
        "bigint; bigint unsigned; 5; 5; 6",
        "int; decimal(12,2); 5; 5.00; 5.01",
        "numeric; decimal(12,2); 5.5; 5.50; 5.51",
        "numeric; double; 0.1; 0.1; 0.11",
        "real; double; 0.5; 0.5; 0.25",
        "boolean; bit(1); true; b'1'; b'0'",
        "boolean; int; false; 0; 1",
        "timestamptz; datetime(3); '2024-01-01 10:00:00.123456+00'; '2024-01-01 10:00:00.123'; '2024-01-01 10:00:00.124'",
        "timestamp; timestamp(6); '2024-01-01 10:00:00.5'; '2024-01-01 10:00:00.5'; '2024-01-01 11:00:00.5'",
        "text; varchar(20) character set latin1; 'é'; 'é'; 'e'",
        "char(10); varchar(10); 'a'; 'a'; 'A'",
        "text; enum('x','y'); 'x'; 'x'; 'y'",
        "uuid; char(36); 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'; 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'; 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a10'",
        "bytea; varbinary(10); '\\x00ff'; x'00ff'; x'00fe'",
        "jsonb; json; '{\"a\":1.0,\"b\":[1,2]}'; '{\"b\": [1, 2.00], \"a\": 1}'; '{\"b\": [2, 1], \"a\": 1}'",
        "json; longtext; '{\"a\":null}'; '{ \"a\" : null }'; '{}'",
    })
    void pairsOfTypes(String postgres, String mariaDb, String value, String equal, String other) throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB)
                .source("create table t (id int primary key, v " + postgres + "); insert into t values (1, " + value + "), (2, " + value + "), (3, null)")
                .target("create table t (id int primary key, v " + mariaDb + ") default charset utf8mb4; insert into t values (1, " + equal + "), (2, " + other + "), (3, null)");
        assertThat(found(tables.compare(rules("id")))).containsExactly("DIFFERENT 2 [v]");
        assertThat(found(tables.target("update t set v = null where id = 1").compare(rules("id")))).containsExactly("DIFFERENT 1 [v]", "DIFFERENT 2 [v]");
    }

    @ParameterizedTest
    @CsvSource({"date, datetime", "text, int", "int[], text", "interval, time", "bytea, text", "boolean, varchar(5)", "timetz, time", "timestamp, time", "money, 'decimal(10,2)'", "point, point",
        "bit(4), bit(8)", "bit(16), binary(2)", "text, date", "uuid, binary(15)", "timestamp[], json", "bytea[], json", "inet, int unsigned", "int4range, text", "time, int"})
    void pairsWithoutASoundComparisonAreRefusedByName(String postgres, String mariaDb) throws Exception {
        Outcome outcome = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql("create table t (id int primary key, v " + postgres + ")", "create table t (id int primary key, v " + mariaDb + ")").compare(rules("id"));
        assertThat(outcome.verdict()).isEqualTo(Verdict.INCOMPLETE);
        assertThat(outcome.failure().reason()).isEqualTo("TypesNotComparable");
        assertThat(outcome.failure().text()).contains("spec.record.fields (v)", "column v", "Ignored");
        assertThat(outcome.configuration()).isTrue();
    }

    @Test
    void infinityAndTheEraAreNotLost() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_POSTGRES).both("create table t (id int primary key, v timestamptz, d date, f float8)")
                .source("insert into t values (1, 'infinity', 'infinity', 'NaN'), (2, '-infinity', '-infinity', 'Infinity'), (3, '0044-03-15 BC', '0044-03-15 BC', '-Infinity')");
        tables.target("insert into t values (1, 'infinity', 'infinity', 'NaN'), (2, '-infinity', '-infinity', 'Infinity'), (3, '0044-03-15 BC', '0044-03-15 BC', '-Infinity')");
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        tables.target("update t set v = null where id = 1; update t set d = null where id = 2; update t set v = '0044-03-15', d = '0044-03-15' where id = 3");
        assertThat(found(tables.compare(rules("id")))).containsExactly("DIFFERENT 1 [v]", "DIFFERENT 2 [d]", "DIFFERENT 3 [v, d]");
    }

    private static RecordRules with(Field... fields) {
        return RecordRules.of(List.of("id"), null, List.of(fields));
    }

    @ParameterizedTest
    @EnumSource
    void theContractsRules(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).sql(
                "create table t (id int primary key, price numeric(10,4), at timestamp(6), attributes text, name varchar(30), note varchar(30), extra int)",
                "create table t (id int primary key, price decimal(10,4), at datetime(6), attributes longtext, name varchar(30), note varchar(30), extra int)")
                .target("alter table t add column only_here int")
                .both("insert into t (id, price, at, attributes, name, note) values (1, 10, '2024-07-01 10:00:00.123456', '{\"a\":1,\"b\":2}', 'Zoë', 'x'), "
                        + "(2, 10, '2024-07-01 10:00:00.123456', '{\"a\":1,\"b\":2}', 'Zoë', 'x'), (3, 10, '2024-01-01 10:00:00', '[]', 'q', 'x')");
        RecordRules rules = with(
                new Field("price", null, new Compare(As.DECIMAL, "0.01", null, null, null, null, null, null)),
                new Field("at", null, new Compare(As.TIMESTAMP, null, Precision.MILLISECONDS, "Europe/Berlin", null, null, null, null)),
                new Field("attributes", null, new Compare(As.JSON, null, null, null, null, null, null, null)),
                new Field("name", null, new Compare(As.TEXT, null, null, null, null, true, true, null)),
                new Field("note", "extra_note", null),
                new Field("extra", null, new Compare(As.IGNORED, null, null, null, null, null, null, "staff write it")),
                new Field("only_here", null, new Compare(As.IGNORED, null, null, null, null, null, null, "a search index")));
        tables.target("alter table t rename column note to extra_note; update t set extra = 5, only_here = 7, name = '  ZOË ', attributes = '{\"b\":2.0, \"a\": 1}', price = 10.01");
        tables.target("update t set at = '2024-07-01 08:00:00.123999' where id < 3; update t set at = '2024-01-01 09:00:00' where id = 3; update t set name = 'Q ', attributes = ' [ ] ' where id = 3");
        Outcome equal = tables.compare(rules);
        assertThat(found(equal)).isEmpty();
        assertThat(equal.plan()).contains("price streamed: a tolerance has no hash", "attributes streamed", "name streamed");

        tables.target("update t set price = 10.0101 where id = 1; update t set at = '2024-07-01 08:00:00.124' where id = 2; update t set name = 'R', attributes = '[0]', extra_note = 'X' where id = 3");
        assertThat(found(tables.redact("name").compare(rules))).containsExactly("DIFFERENT 1 [price]", "DIFFERENT 2 [at]", "DIFFERENT 3 [attributes, name, note]");
        Outcome redacted = tables.compare(rules);
        assertThat(redacted.records().stream().flatMap(r -> r.fields().stream()).filter(f -> f.name().equals("name"))).allMatch(f -> f.source().equals("(redacted)") && f.target().equals("(redacted)"));
        assertThat(redacted.fields()).extracting("name").containsExactlyInAnyOrder("price", "at", "attributes", "name", "note");
    }

    /** Streamed fields beside a key that is not a range. */
    @Test
    void streamedFieldsUnderATextKey() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql("create table t (k text primary key, j jsonb, n int)", "create table t (k varchar(20) primary key, j json, n int)")
                .sql("insert into t select 'k' || g, jsonb_build_object('g', g, 'a', 1), g from generate_series(1, 1000) g", "insert into t select concat('k', seq), concat('{\"a\": 1.0,   \"g\":', seq, '}'), seq from seq_1_to_1000");
        assertThat(found(tables.compare(rules("k")))).isEmpty();
        tables.target("update t set j = '{\"a\": 1, \"g\": 0}' where k = 'k5'; update t set n = 0 where k = 'k6'; delete from t where k = 'k7'");
        assertThat(found(tables.compare(rules("k")))).containsExactly("DIFFERENT k5 [j]", "DIFFERENT k6 [n]", "MISSING_ON_TARGET k7 []");
    }
}
