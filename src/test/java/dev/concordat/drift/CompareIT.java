package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.RecordVersion;
import dev.concordat.api.v1alpha1.RecordRules.VersionKind;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.store.HashFunction;
import dev.concordat.store.StoreAccess;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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
        RecordRules versioned = RecordRules.of(List.of("id"), new RecordVersion("v", VersionKind.COUNTER), List.of());

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

    /** Ranges of the key and buckets of its hash. */
    @ParameterizedTest
    @EnumSource(names = {"MD5", "SHA256"})
    void eitherHashFunction(HashFunction function) throws Exception {
        for (String type : List.of("int", "varchar(20)")) {
            TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).hash(function)
                    .sql("create table t (id %s primary key, v text); insert into t select g, 'é😀' || g from generate_series(1, 2000) g".formatted(type),
                            "create table t (id %s primary key, v text) charset utf8mb4; insert into t select seq, concat('é😀', seq) from seq_1_to_2000".formatted(type));
            Outcome clean = tables.compare(rules("id"));
            assertThat(found(clean)).isEmpty();
            assertThat(clean.plan()).contains(function.display() + " of each leaf's rows in order");
            assertThat(found(tables.target("update t set v = 'x' where id = '77'").compare(rules("id")))).containsExactly("DIFFERENT 77 [v]");
        }
    }

    /** MariaDB's GROUP_CONCAT first copies a row's text into a field of its declared length, which is in characters, and cuts the rest without a warning. */
    @ParameterizedTest
    @EnumSource
    void theEndsOfLongRowsCount(Engines engines) throws Exception {
        for (String type : List.of("varchar(100) charset utf8mb4", "varchar(100) charset latin1", "varchar(100) charset utf8mb3", "text charset latin1", "tinytext charset utf8mb3")) {
            for (boolean stamped : new boolean[] {false, true}) {
                // The key and a time come first, and the text's last letters after all that is declared.
                String columns = "create table t (id int primary key, at %s, name %s)";
                TwoTables tables = new TwoTables(engines).sql(columns.formatted(stamped ? "timestamp" : "int", "varchar(100)"), columns.formatted(stamped ? "datetime(6)" : "int", type));
                String value = stamped ? "'2024-01-01 00:00:00'" : "7";
                tables.both("insert into t values " + IntStream.range(0, 300).mapToObj(i -> "(" + i + "," + value + ",'" + "é".repeat(100) + "')").collect(Collectors.joining(",")));
                assertThat(found(tables.compare(rules("id")))).isEmpty();
                tables.target("update t set name = '" + "é".repeat(99) + "è' where id in (3, 299)");
                assertThat(found(tables.compare(rules("id")))).as(type).containsExactly("DIFFERENT 299 [name]", "DIFFERENT 3 [name]");
            }
        }
    }

    @Test
    void aKeyWithZerosInFrontAndAColumnNamedAsInOurQueries() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql("create table t (x int primary key, q text)", "create table t (x int(8) zerofill primary key, q text)")
                .both("insert into t values " + IntStream.range(0, 3_000).mapToObj(i -> "(" + i + ",'" + i + "')").collect(Collectors.joining(",")));
        Outcome clean = tables.compare(rules("x"));
        assertThat(found(clean)).isEmpty();
        assertThat(found(tables.target("update t set q = 'other' where x = 17").compare(rules("x")))).containsExactly("DIFFERENT 17 [q]");
    }

    @Test
    void twoPostgresServersHashValuesAsTheyAreStored() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_POSTGRES)
                .source("create table t (id int primary key, n numeric(12,2), d float8, s varchar(20), c char(10), ts timestamptz, j jsonb, b bytea); insert into t values (1, 1.50, '-0', 'x', 'y', now(), '{\"a\": 1}', '\\x00')")
                .target("create table t (id bigint primary key, n numeric, d float8, s text, c char(5), ts timestamptz, j jsonb, b bytea)");
        tables.target("insert into t select 1, 1.5, 0, 'x', 'y', timestamptz '2024-01-01 00:00:00+00', '{\"a\": 1}', '\\x00'").source("update t set ts = timestamptz '2024-01-01 00:00:00+00'");
        Outcome outcome = tables.compare(rules("id"));
        assertThat(outcome.plan()).contains("8 of 8 columns hashed", "hash_record_extended");
        assertThat(outcome.verdict()).isEqualTo(Verdict.IN_SYNC);
        assertThat(outcome.counts()).as("equal values have equal hashes").containsEntry("encodingOnly", 0L);
        assertThat(found(tables.target("update t set b = '\\x01', j = '{\"a\": \"1\"}'").compare(rules("id")))).containsExactly("DIFFERENT 1 [j, b]");
        assertThat(found(tables.target("update t set d = null").compare(rules("id")))).as("NULL is no zero").containsExactly("DIFFERENT 1 [d, j, b]");
    }

    @Test
    void whatAHashOfStoredValuesWouldLoseInASum() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_POSTGRES).both("create table t (id int primary key, a boolean, b bigint, c float8, d timestamp)");
        tables.source("insert into t values (1, true, -1, 0, '1999-12-31 23:59:59.999999'), (2, false, 1, null, '2024-01-01'), (3, true, 4294967296, 1, null), (4, true, 7, 1, null)");
        // Values swapped between records, a NULL for a zero and back, halves of 64 bits exchanged, a sign lost.
        tables.target("insert into t values (1, false, 4294967295, null, '2000-01-01 01:11:34.967295'), (2, true, 4294967296, 0, '2024-01-01'), (3, true, 1, 1, null), (4, true, 7, 1, null)");
        assertThat(found(tables.compare(rules("id")))).containsExactly("DIFFERENT 1 [a, b, c, d]", "DIFFERENT 2 [a, b, c]", "DIFFERENT 3 [b]");
    }

    @Test
    void theHashFunctionIsMeasuredAndThePlanSaysSo() throws Exception {
        Outcome outcome = new TwoTables(Engines.POSTGRES_TO_MARIADB).both("create table t (id int primary key)").compare(rules("id"));
        assertThat(outcome.plan()).containsPattern("64 bits of (MD5|SHA-256) of each row where leaves differ; source and target took [0-9.]+ and [0-9.]+ ms for 2,000 hashes by MD5, [0-9.]+ and [0-9.]+ ms by SHA-256");
    }

    /** As a server in FIPS mode: the function is there and fails. */
    @Test
    void aServerWithoutMd5UsesSha256() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).both("create table t (id int primary key)");
        tables.source("revoke execute on function pg_catalog.md5(text), pg_catalog.md5(bytea) from public; create role no_md5 login password 'r'; grant select on t to no_md5");
        Path secret = TwoTables.secret("no_md5", "r");
        CompareSpec spec = tables.spec(rules("id"));
        StoreAccess source = new StoreAccess(spec.source().store(), spec.source().field(), secret, null);
        Outcome outcome = new Comparison(spec.with(source, spec.target()), Comparison.SchemaGate.OPEN,
                System::nanoTime).run();
        assertThat(found(outcome)).isEmpty();
        assertThat(outcome.plan()).contains("64 bits of SHA-256 of each row where leaves differ; MD5 is not available on both servers");
    }

    /** Keys whose order differs between the engines and their collations: leaves go by hash of the key. */
    @ParameterizedTest
    @EnumSource
    void textKeysOfAnyCollation(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).sql(
                "create table t (k varchar(40) collate \"C\" primary key, v text)",
                "create table t (k varchar(40) character set utf8mb4 collate utf8mb4_nopad_bin primary key, v text) default charset utf8mb4");
        String rows = "insert into t values ('a','1'),('A','2'),('a ','3'),(' a','4'),('','5'),('é','6'),('É','7'),('😀','8'),('a-b','9'),('ab','10'),('a_b','11'),('it''s','12'),('ß','13'),('ss','14')";
        tables.both(rows).sql("insert into t select 'key ' || g, g::text from generate_series(1, 2000) g", "insert into t select concat('key ', seq), seq from seq_1_to_2000");
        assertThat(found(tables.compare(rules("k")))).isEmpty();

        tables.target("update t set v = 'x' where k in ('A', '😀', 'a '); delete from t where k in ('', 'key 77'); insert into t values ('zzz', 'orphan'), ('Key 78', 'orphan')");
        assertThat(found(tables.compare(rules("k")))).containsExactlyInAnyOrder("DIFFERENT A [v]", "DIFFERENT 😀 [v]", "DIFFERENT a  [v]", "MISSING_ON_TARGET  []", "MISSING_ON_TARGET key 77 []",
                "ORPHAN_ON_TARGET zzz []", "ORPHAN_ON_TARGET Key 78 []");
    }

    /** A collation that ignores case and trailing blanks finds more than it was asked for; only the very key counts. */
    @Test
    void textKeysOfACollationThatIgnoresCase() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql(
                "create table t (k text primary key, v int)", "create table t (k varchar(40) character set latin1 collate latin1_german2_ci primary key, v int)");
        tables.both("insert into t values ('apfel', 1), ('Birne', 2), ('äpfel', 3), ('kiwi ', 4)");
        assertThat(found(tables.compare(rules("k")))).isEmpty();
        tables.target("update t set k = 'APFEL' where k = 'apfel'; update t set k = 'kiwi' where k = 'kiwi'");
        assertThat(found(tables.compare(rules("k")))).containsExactlyInAnyOrder("MISSING_ON_TARGET apfel []", "ORPHAN_ON_TARGET APFEL []", "MISSING_ON_TARGET kiwi  []", "ORPHAN_ON_TARGET kiwi []");
    }

    @Test
    void uuidsThatMariaDbKeepsInAnotherOrderAreSeenBeforeTheScan() throws Exception {
        // Random UUIDs, which MariaDB orders by their last group first.
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB)
                .source("create table t (id uuid primary key, v int); insert into t select overlay(overlay(md5(g::text) placing '4' from 13) placing '8' from 17)::uuid, g from generate_series(1, 3000) g")
                .target("create table t (id uuid primary key, v int); insert into t select insert(insert(md5(seq), 13, 1, '4'), 17, 1, '8'), seq from seq_1_to_3000; update t set v = 0 where v = 77");
        Outcome outcome = tables.compare(TwoTables.rules("id"));
        assertThat(outcome.records()).singleElement().satisfies(r -> assertThat(r.kind().name()).isEqualTo("DIFFERENT"));
        assertThat(outcome.plan()).contains("the first and last keys are in another order on the target");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"char(36) character set ascii collate ascii_general_ci; lower(u)", "char(36) collate utf8mb4_bin; upper(u)", "uuid; u", "binary(16); unhex(replace(u,'-',''))"})
    void uuidKeysWhateverTheirSpelling(String type, String spelling) throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB)
                .source("create table t (id uuid primary key, v int); insert into t select overlay(overlay(md5(g::text) placing '4' from 13) placing '8' from 17)::uuid, g from generate_series(1, 3000) g")
                .target("create table t (id " + type + " primary key, v int); insert into t select " + spelling.replaceAll("\\bu\\b",
                        "insert(insert(insert(insert(insert(insert(md5(seq),13,1,'4'),17,1,'8'),21,0,'-'),17,0,'-'),13,0,'-'),9,0,'-')") + ", seq from seq_1_to_3000");
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        tables.target("update t set v = -1 where v = 5; delete from t where v = 6").source("delete from t where v = 7");
        assertThat(found(tables.compare(rules("id")))).containsExactlyInAnyOrder("DIFFERENT e4da3b7f-bbce-4345-8777-2b0674a318d5 [v]",
                "MISSING_ON_TARGET 1679091c-5a88-4faf-8fb5-e6087eb1b2dc []", "ORPHAN_ON_TARGET 8f14e45f-ceea-467a-8a36-dedd4bea2543 []");
    }

    @ParameterizedTest
    @EnumSource
    void compoundKeys(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).sql(
                "create table t (a int, b varchar(10), v int, primary key (a, b)); insert into t select g / 50, 'b' || g % 50, g from generate_series(0, 4999) g",
                "create table t (a int, b varchar(10), v int, primary key (a, b)); insert into t select seq div 50, concat('b', seq % 50), seq from seq_0_to_4999").connections(2);
        assertThat(found(tables.compare(rules("a", "b")))).isEmpty();
        tables.target("update t set v = 0 where a = 3 and b = 'b7'; delete from t where a = 99 and b = 'b49'; insert into t values (-1, '|', 1), (1000, '~', 1)");
        assertThat(found(tables.compare(rules("a", "b")))).containsExactlyInAnyOrder("DIFFERENT 3/b7 [v]", "MISSING_ON_TARGET 99/b49 []", "ORPHAN_ON_TARGET -1/| []", "ORPHAN_ON_TARGET 1000/~ []");
    }

    @ParameterizedTest
    @EnumSource
    void integerKeysWithHugeGapsAtTheEndsOfTheirRange(Engines engines) throws Exception {
        String rows = "insert into t values (-9223372036854775808, 'x'), (-9223372036854775807, 'x'), (-5, 'x'), (0, 'x'), (9223372036854775806, 'x'), (9223372036854775807, 'x')";
        TwoTables tables = new TwoTables(engines).both("create table t (id bigint primary key, v varchar(5)); " + rows)
                .sql("insert into t select 1000000000000 + g, 'g' from generate_series(1, 5000) g; insert into t select g, 'g' from generate_series(1, 5000) g",
                        "insert into t select 1000000000000 + seq, 'g' from seq_1_to_5000; insert into t select seq, 'g' from seq_1_to_5000");
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        tables.target("delete from t where id in (-9223372036854775808, 9223372036854775807, 1000000000777)").source("update t set v = 'y' where id in (-5, 4000)");
        assertThat(found(tables.compare(rules("id")))).containsExactlyInAnyOrder("MISSING_ON_TARGET -9223372036854775808 []", "MISSING_ON_TARGET 9223372036854775807 []",
                "MISSING_ON_TARGET 1000000000777 []", "DIFFERENT -5 [v]", "DIFFERENT 4000 [v]");
    }

    /** What ACE once missed: rows beyond the other side's smallest and largest key. */
    @ParameterizedTest
    @EnumSource
    void rowsOutsideTheOtherSidesBounds(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).both("create table t (id int primary key, v text)").source("insert into t values (10, null), (11, '')").target("insert into t values (10, ''), (11, null), (-7, ''), (9000, '')");
        assertThat(found(tables.compare(rules("id")))).containsExactlyInAnyOrder("DIFFERENT 10 [v]", "DIFFERENT 11 [v]", "ORPHAN_ON_TARGET -7 []", "ORPHAN_ON_TARGET 9000 []");
    }

    @ParameterizedTest
    @EnumSource
    void emptyTablesOnEitherSide(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).both("create table t (id int primary key, v text)");
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        tables.source("insert into t values (1, 'a')");
        assertThat(found(tables.compare(rules("id")))).containsExactly("MISSING_ON_TARGET 1 []");
        tables.source("delete from t").target("insert into t values (2, 'a')");
        assertThat(found(tables.compare(rules("id")))).containsExactly("ORPHAN_ON_TARGET 2 []");
    }

    /** The drift that checksums by CRC32 and XOR do not see, since every row changes in the same way. */
    @ParameterizedTest
    @ValueSource(strings = {"d = d + interval 1 year", "s = 'New' where s = 'new'", "s = 'voix' where s = 'void'", "amt = amt + 0.01", "d = d + interval 1 hour"})
    void systematicDriftIsFoundInEveryRow(String change) throws Exception {
        String rows = """
                create table t (id int primary key, s varchar(10), d datetime, amt decimal(12,2));
                insert into t select seq, elt(1 + seq % 4, 'new', 'paid', 'shipped', 'void'), timestampadd(second, seq * 37, '2024-01-01'), seq * 1.25 from seq_100000_to_119999""";
        TwoTables tables = new TwoTables(Engines.MARIADB_TO_MARIADB).both(rows).target("update t set " + change).maxRecords(3);
        Outcome outcome = tables.compare(rules("id"));
        assertThat(outcome.verdict()).isEqualTo(Verdict.DRIFT);
        assertThat(outcome.counts().get("different")).isEqualTo(change.contains("where") ? 5_000 : 20_000);
        assertThat(outcome.records()).hasSize(3);
    }

    @Test
    void aKeyThatIsThereTwiceIsNamed() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).both("create table t (id int not null, v text)").both("insert into t values (1, 'a'), (2, 'b')").target("insert into t values (2, 'b')");
        assertThat(found(tables.compare(rules("id")))).containsExactly("DUPLICATE_KEY 2 [(rows with this key)]");
    }

    @Test
    void theCanaryRowIsLeftOutOnBothSides() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).both("create table t (id int primary key, v text)").source("insert into t values (-1, 'now'), (1, 'a')")
                .target("insert into t values (-1, 'before'), (1, 'a')").canary(Map.of("id", "-1"));
        Outcome outcome = tables.compare(rules("id"));
        assertThat(found(outcome)).isEmpty();
        assertThat(outcome.rows().source()).isEqualTo(1);
    }
}
