package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.RecordVersion;
import dev.concordat.api.v1alpha1.RecordRules.VersionKind;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.RunReport.Kind;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Inserts, updates and deletes that reach the target late, each at its own pace and in order: none is drift, and every planted difference is found. */
class MovingTablesIT {
    private static final int RECORDS = 3_000;
    private static final int HOT = 20;
    private static final Duration LAG = Duration.ofMillis(900);

    private record Change(String sql, long due) {}

    /** A source with a writer, and a replicator that is up to {@link #LAG} late. */
    private static final class Replicated extends Traffic {
        private final LinkedBlockingQueue<Change> changes = new LinkedBlockingQueue<>();
        private volatile int written;

        Replicated(TwoTables tables, boolean text, long seed, Duration writes) {
            start(tables.sourceServer, tables.sourceDatabase, connection -> {
                Random random = new Random(seed);
                Set<Integer> present = new HashSet<>();
                for (int id = 1; id <= RECORDS; id++) {
                    present.add(id);
                }
                long start = System.nanoTime();
                long due = start;
                int version = 1;
                try (Statement statement = connection.createStatement()) {
                    while (goesOn() && System.nanoTime() - start < writes.toNanos()) {
                        // Every hundredth record is spared: there differences are planted.
                        int id = random.nextInt(5) == 0 ? 101 + random.nextInt(HOT) : 1 + random.nextInt(2 * RECORDS);
                        if (id % 100 == 0) {
                            continue;
                        }
                        String key = text ? "'k" + id + "'" : "" + id;
                        version++;
                        String sql;
                        if (present.add(id)) {
                            sql = "insert into t values (" + key + ", " + random.nextInt() + ", " + version + ")";
                        } else if (random.nextInt(3) == 0) {
                            present.remove(id);
                            sql = "delete from t where id = " + key;
                        } else {
                            sql = "update t set qty = " + random.nextInt() + ", version = " + version + " where id = " + key;
                        }
                        statement.executeUpdate(sql);
                        due = Math.max(due, System.nanoTime() + random.nextLong(LAG.toNanos()));
                        changes.add(new Change(sql, due));
                        written++;
                        Thread.sleep(2);
                    }
                }
            });
            start(tables.targetServer, tables.targetDatabase, connection -> {
                try (Statement statement = connection.createStatement()) {
                    while (goesOn()) {
                        Change change = changes.poll(10, TimeUnit.MILLISECONDS);
                        if (change != null) {
                            TimeUnit.NANOSECONDS.sleep(change.due() - System.nanoTime());
                            statement.executeUpdate(change.sql());
                        }
                    }
                }
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"POSTGRES_TO_MARIADB, false, true, 1", "MARIADB_TO_POSTGRES, true, false, 2", "POSTGRES_TO_POSTGRES, true, true, 3", "MARIADB_TO_MARIADB, false, false, 4"})
    void nothingOnItsWayIsDriftAndAllDriftIsFound(Engines engines, boolean text, boolean versioned, long seed) throws Exception {
        String key = text ? "'k'||g" : "g";
        TwoTables tables = new TwoTables(engines).sql(
                "create table t (id " + (text ? "varchar(20)" : "int") + " primary key, qty int, version int); insert into t select " + key + ", g, 1 from generate_series(1, " + RECORDS + ") g",
                "create table t (id " + (text ? "varchar(20) collate utf8mb4_bin" : "int") + " primary key, qty int, version int); insert into t select " + (text ? "concat('k', seq)" : "seq") + ", seq, 1 from seq_1_to_" + RECORDS)
                .settle(Duration.ofMillis(1_500)).connections(2);
        String id = text ? "'k%d'" : "%d";
        Set<String> expected = new HashSet<>();
        for (int planted = 100; planted <= RECORDS; planted += 300) {
            tables.target("delete from t where id = " + id.formatted(planted));
            expected.add("MISSING_ON_TARGET " + (text ? "k" : "") + planted + " []");
            tables.target("update t set qty = -1 where id = " + id.formatted(planted + 100));
            expected.add((versioned ? "DIVERGED " : "DIFFERENT ") + (text ? "k" : "") + (planted + 100) + " [qty]");
            tables.target("insert into t values (" + id.formatted(2 * RECORDS + planted) + ", 1, 1)");
            expected.add("ORPHAN_ON_TARGET " + (text ? "k" : "") + (2 * RECORDS + planted) + " []");
        }
        RecordRules rules = versioned ? RecordRules.of(List.of("id"), new RecordVersion("version", VersionKind.COUNTER), List.of()) : rules("id");
        Outcome outcome;
        int written;
        try (Replicated replicated = new Replicated(tables, text, seed, Duration.ofSeconds(4))) {
            Awaitility.await().until(() -> replicated.written > 300);
            int before = replicated.written;
            outcome = tables.compare(rules);
            written = replicated.written - before;
        }
        assertThat(written).as("writes while comparing").isGreaterThan(300);
        assertThat(found(outcome)).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(outcome.counts()).containsEntry("unreliable", 0L).containsEntry("undecided", 0L).containsEntry(Kind.DUPLICATE_KEY.counter(), 0L);
    }
}
