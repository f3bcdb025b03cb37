package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.Checkpoint;
import dev.concordat.store.Column;
import dev.concordat.store.Dialect;
import dev.concordat.store.Logical;
import dev.concordat.store.mariadb.MariaDbDialect;
import dev.concordat.store.postgres.PostgresDialect;
import dev.concordat.testing.Databases;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys that the two sides keep in different orders: each side is read in its own, in leaves of the key. */
class WholeScanIT {
    private static final String RANDOM = "overlay(overlay(md5(g::text) placing '4' from 13) placing '8' from 17)::uuid";
    private static final String RANDOM_THERE = "insert(insert(md5(seq), 13, 1, '4'), 17, 1, '8')";

    /** Many leaves differ: they are split before their records are read. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "POSTGRES_TO_MARIADB; uuid; " + RANDOM + "; uuid; " + RANDOM_THERE,
        "MARIADB_TO_POSTGRES; uuid; " + RANDOM + "; uuid; " + RANDOM_THERE,
        // Upper case sorts before lower case here and among it there.
        "POSTGRES_TO_MARIADB; text collate \"C\"; case g % 2 when 0 then upper('x' || md5(g::text)) else 'x' || md5(g::text) end; varchar(40) collate utf8mb4_general_ci; if(seq % 2 = 0, upper(concat('x', md5(seq))), concat('x', md5(seq)))",
    })
    void manyRecordsDiffer(Engines engines, String type, String key, String typeThere, String keyThere) throws Exception {
        TwoTables tables = new TwoTables(engines).connections(2).sql(
                "create table t (id " + type + " primary key, n int not null, v int); insert into t select " + key + ", g, g from generate_series(1, 150000) g; analyze t",
                "create table t (id " + typeThere + " primary key, n int not null, v int) default charset utf8mb4; insert into t select " + keyThere + ", seq, seq from seq_1_to_150000; analyze table t");
        Outcome alike = tables.compare(rules("id"));
        assertThat(found(alike)).isEmpty();
        assertThat(alike.plan()).contains("whole table");
        assertThat(alike.rows().source()).isEqualTo(150_000);
        tables.target("delete from t where n % 100 = 1").source("delete from t where n % 120 = 2").target("update t set v = v + 1 where n % 25 = 3");
        Outcome outcome = tables.compare(rules("id"));
        assertThat(outcome.counts()).containsEntry("missingOnTarget", 1500L).containsEntry("orphanOnTarget", 1250L).containsEntry("different", 6000L);
        tables.target("update t set v = n").target("delete from t where n % 7 = 0").source("delete from t where n % 7 = 0 or n % 100 = 1").target("delete from t where n % 120 = 2");
        assertThat(found(tables.compare(rules("id")))).isEmpty();
    }

    /** More leaves differ than a statement names one by one. */
    @Test
    void everyRecordDiffersOnOneConnection() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).settle(Duration.ZERO)
                .source("create table t (id uuid primary key, v int); insert into t select " + RANDOM + ", g from generate_series(1, 130000) g; analyze t")
                .target("create table t (id uuid primary key, v int); insert into t select " + RANDOM_THERE + ", seq + 1 from seq_1_to_130000; analyze table t");
        Outcome outcome = tables.compare(rules("id"));
        assertThat(outcome.counts()).containsEntry("different", 130_000L).containsEntry("missingOnTarget", 0L).containsEntry("orphanOnTarget", 0L);
    }

    /** Keys are longer than anybody could know without an index: what does not fit is read in parts. */
    @Test
    void longKeysWithoutAnIndex() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).settle(Duration.ZERO)
                .source("create table t (id varchar(600) not null, v int); insert into t select repeat(md5(g::text), 18), g from generate_series(1, 30000) g; analyze t")
                .target("create table t (id varchar(600) not null, v int); insert into t select repeat(md5(seq), 18), seq + if(seq % 10 = 0, 0, 1) from seq_1_to_30000; analyze table t");
        Outcome outcome = tables.compare(rules("id"));
        assertThat(outcome.counts()).containsEntry("different", 27_000L).containsEntry("missingOnTarget", 0L).containsEntry("orphanOnTarget", 0L);
        assertThat(outcome.rows().source()).isEqualTo(30_000);
    }

    /** The hash of one record in a leaf of its own would tell of what is redacted in it. */
    @Test
    void nothingIsKeptWhereFieldsAreRedacted() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB)
                .source("create table t (id uuid primary key, v int); insert into t select " + RANDOM + ", g from generate_series(1, 1000) g; analyze t")
                .target("create table t (id uuid primary key, v int); insert into t select " + RANDOM_THERE + ", seq from seq_1_to_1000; analyze table t");
        AtomicLong clock = new AtomicLong();
        for (boolean redacted : new boolean[] {false, true}) {
            List<Checkpoint> checkpoints = new CopyOnWriteArrayList<>();
            CompareSpec spec = (redacted ? tables.redact("v") : tables).spec(rules("id")).with(new CompareSpec.Listeners(checkpoints::add, DriftListener.NONE));
            assertThat(new Comparison(spec, Comparison.SchemaGate.OPEN, () -> clock.addAndGet(1_100_000_000L)).run().failure()).isNull();
            assertThat(checkpoints.isEmpty()).isEqualTo(redacted);
        }
    }

    /** UUIDs of one clock and one node have few leaves. */
    @Test
    void uuidsOfOneClockAndNode() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).connections(2)
                .source("create table t (id uuid primary key, v int); insert into t select (lpad(to_hex(g * 1000), 8, '0') || '-58cc-11e4-aec7-446ba9b00999')::uuid, g from generate_series(1, 130000) g; analyze t")
                .target("create table t (id uuid primary key, v int); insert into t select concat(lpad(lower(hex(seq * 1000)), 8, '0'), '-58cc-11e4-aec7-446ba9b00999'), seq from seq_1_to_130000; analyze table t");
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        tables.target("update t set v = 0 where v % 8 = 0");
        assertThat(tables.compare(rules("id")).counts()).containsEntry("different", 16_250L).containsEntry("missingOnTarget", 0L).containsEntry("orphanOnTarget", 0L);
    }

    private record Kept(Dialect dialect, Connection connection, Column column, String sql) {}

    @Test
    void equalUuidsAreInOneLeafWhateverTheyAreKeptIn() throws Exception {
        try (Connection postgres = Databases.postgres().connect("postgres"); Connection mariaDb = Databases.mariaDb().connect("mysql")) {
            Dialect p = PostgresDialect.INSTANCE;
            Dialect m = MariaDbDialect.INSTANCE;
            Set<Integer> numbers = new TreeSet<>();
            // Versions 4, 1 and 7, and the one that is all zeros.
            for (String uuid : List.of("f81d4fae-7dec-41d0-a765-00a0c91e6bf6", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "00000000-0000-0000-0000-000000000000")) {
                String hex = uuid.replace("-", "");
                List<Kept> kept = List.of(
                        new Kept(p, postgres, column(Logical.UUID), "'" + uuid + "'::uuid"), new Kept(p, postgres, column(Logical.TEXT), "'" + uuid.toUpperCase() + "'::text"),
                        new Kept(p, postgres, column(Logical.CHAR), "'" + uuid + "'::char(40)"), new Kept(p, postgres, column(Logical.BINARY), "'\\x" + hex + "'::bytea"),
                        new Kept(m, mariaDb, column(Logical.UUID), "CAST('" + uuid + "' AS UUID)"), new Kept(m, mariaDb, column(Logical.TEXT), "'" + uuid.toUpperCase() + "'"),
                        new Kept(m, mariaDb, column(Logical.BINARY), "x'" + hex + "'"));
                for (boolean others : new boolean[] {false, true}) {
                    Set<Integer> here = new TreeSet<>();
                    for (Kept one : kept) {
                        here.add(ask(one.connection, one.dialect.uuidBits(one.column, one.sql, others)));
                    }
                    assertThat(here).as(uuid).hasSize(1);
                    numbers.addAll(here);
                }
            }
            assertThat(numbers).containsExactlyInAnyOrder(0xf6ae, 0x6b4f, 0x8fe2, 0x3922, 0);
            // What is no UUID is not asked about, and is no error either.
            for (String text : List.of("''", "'not a uuid'", "'zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz'")) {
                assertThat(ask(postgres, p.uuidBits(column(Logical.TEXT), text, false))).isBetween(0, 0xffff);
                assertThat(ask(mariaDb, m.uuidBits(column(Logical.TEXT), text, true))).isBetween(0, 0xffff);
            }
            assertThat(ask(postgres, p.uuidBits(column(Logical.BINARY), "'\\x00'::bytea", false))).isZero();
            assertThat(ask(mariaDb, m.uuidBits(column(Logical.BINARY), "x'00'", false))).isZero();
        }
    }

    private static Column column(Logical logical) {
        return new Column("id", logical, false, 0, 0, false, null, null, logical.name());
    }

    private static int ask(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement(); var rows = statement.executeQuery("SELECT " + sql)) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
