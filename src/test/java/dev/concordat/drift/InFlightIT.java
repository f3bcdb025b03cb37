package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.testing.Case;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Comparing while data moves: what is on its way is not drift, and drift is found all the same. */
class InFlightIT {
    private static final int ROWS = 20_000;

    private record Write(int id, int qty, long due) implements Delayed {
        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(due - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(due, ((Write) other).due);
        }
    }

    /** Writes to the source, and a second later, or whatever the lag is, to the target; a fifth of the writes go to a few hot rows. */
    private static final class Replication extends Traffic {
        private final DelayQueue<Write> queue = new DelayQueue<>();
        private final long start = System.nanoTime();
        private volatile int written;
        private volatile long endWrites = Long.MAX_VALUE;

        Replication(TwoTables tables, Duration lag, Set<Integer> spared) {
            start(tables.sourceServer, tables.sourceDatabase, connection -> {
                Random random = new Random(7);
                try (PreparedStatement update = connection.prepareStatement("update t set qty = ? where id = ?")) {
                    while (goesOn() && System.nanoTime() - start < endWrites) {
                        int id = random.nextInt(5) == 0 ? 7_000 + random.nextInt(20) : 1 + random.nextInt(ROWS);
                        if (spared.contains(id)) {
                            continue;
                        }
                        int qty = random.nextInt();
                        update.setInt(1, qty);
                        update.setInt(2, id);
                        update.executeUpdate();
                        queue.add(new Write(id, qty, System.nanoTime() + lag.toNanos()));
                        written++;
                        Thread.sleep(2);
                    }
                }
            });
            start(tables.targetServer, tables.targetDatabase, connection -> {
                try (PreparedStatement update = connection.prepareStatement("update t set qty = ? where id = ?")) {
                    while (goesOn()) {
                        Write write = queue.poll(10, TimeUnit.MILLISECONDS);
                        if (write != null) {
                            update.setInt(1, write.qty());
                            update.setInt(2, write.id());
                            update.executeUpdate();
                        }
                    }
                }
            });
        }

        /** Hot rows then hold still, so that a test ends. */
        void endWritesAfter(Duration fromNow) {
            endWrites = System.nanoTime() - start + fromNow.toNanos();
        }
    }

    private static final Set<Integer> PLANTED = Set.of(11, 5_000, 10_001, 15_002, 19_999);

    private static TwoTables orders() throws SQLException {
        return new TwoTables(Engines.POSTGRES_TO_MARIADB).sql(
                "create table t (id int primary key, qty int, status varchar(10)); insert into t select g, g, 'new' from generate_series(1, " + ROWS + ") g",
                "create table t (id int primary key, qty int, status varchar(10)); insert into t select seq, seq, 'new' from seq_1_to_" + ROWS)
                .target("update t set status = 'DRIFT' where id in (11, 5000, 10001, 15002, 19999)");
    }

    private static void exactlyThePlanted(Outcome outcome) {
        assertThat(found(outcome)).containsExactlyInAnyOrderElementsOf(PLANTED.stream().map(id -> "DIFFERENT " + id + " [status]").toList());
        assertThat(outcome.counts()).as("a hot record is not one that contradicts itself").containsEntry("unreliable", 0L).containsEntry("undecided", 0L);
    }

    /** About 400 writes a second, a fifth of them on twenty rows: none is taken for drift, and what does differ is found. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aReplicatorThatIsLateIsNotDriftAndDriftIsStillFound(int lagSeconds) throws Exception {
        TwoTables tables = orders().settle(Duration.ofMillis(100));
        Outcome outcome;
        int written;
        try (Replication replication = new Replication(tables, Duration.ofSeconds(lagSeconds), PLANTED)) {
            org.awaitility.Awaitility.await().until(() -> replication.written > 400 * lagSeconds);
            replication.endWritesAfter(Duration.ofSeconds(2 + 2 * lagSeconds));
            outcome = new Comparison(tables.spec(rules("id")).withLag(Duration.ofMillis(lagSeconds * 1_000 + 50)), Comparison.SchemaGate.OPEN, System::nanoTime).run();
            written = replication.written;
        }
        assertThat(written).as("writes while comparing").isGreaterThan(800 * lagSeconds);
        exactlyThePlanted(outcome);
        assertThat(outcome.plan()).contains("twice the measured lag");
        assertThat(outcome.timings().get("settleTime")).isGreaterThanOrEqualTo(2_000L * lagSeconds);
    }

    /** Nobody measures the lag, and the settle time is too short for it: what the run's own changes take to arrive tells. */
    @Test
    void aRunLearnsHowLateTheReplicatorIs() throws Exception {
        TwoTables tables = orders().settle(Duration.ofMillis(1_200));
        Outcome outcome;
        try (Replication replication = new Replication(tables, Duration.ofMillis(1_800), PLANTED)) {
            org.awaitility.Awaitility.await().until(() -> replication.written > 800);
            replication.endWritesAfter(Duration.ofSeconds(5));
            outcome = tables.compare(rules("id"));
        }
        exactlyThePlanted(outcome);
        assertThat(outcome.plan()).contains("extended from 1.2s");
        assertThat(outcome.timings().get("settleTime")).isGreaterThan(1_800);
    }

    /** The control: with a settle time shorter than the lag the same check does report what is only late. */
    @Test
    void aSettleTimeShorterThanTheLagReportsWhatIsOnlyLate() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql(
                "create table t (id int primary key, qty int); insert into t select g, g from generate_series(1, " + ROWS + ") g",
                "create table t (id int primary key, qty int); insert into t select seq, seq from seq_1_to_" + ROWS).settle(Duration.ofMillis(50));
        try (Replication replication = new Replication(tables, Duration.ofSeconds(2), Set.of())) {
            org.awaitility.Awaitility.await().until(() -> replication.written > 300);
            assertThat(tables.compare(rules("id")).verdict()).isEqualTo(Verdict.DRIFT);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Case(value = "compare 11", before = "\"raise --statement-timeout\"", now = "TableLocked: waited for 5 s, held by which process, and what to do")
    void aConnectionThatIsCutAndThenALockMakeTheRunIncompleteAndNameTheStore(boolean source) throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).both("create table t (id int primary key, v text); insert into t values (1, 'a'), (2, 'b')").source("delete from t where id = 1");
        // A lock keeps the scan's statement at work until it is cut.
        try (Connection lock = source ? tables.sourceServer.connect(tables.sourceDatabase) : tables.targetServer.connect(tables.targetDatabase); var locking = lock.createStatement();
                Connection admin = source ? tables.sourceServer.connect(tables.sourceDatabase) : tables.targetServer.connect(tables.targetDatabase); var asking = admin.createStatement()) {
            Comparison comparison = new Comparison(tables.spec(rules("id")), (_, _) -> {
                try {
                    locking.execute(source ? "begin; lock table t in access exclusive mode" : "lock tables t write");
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }, System::nanoTime);
            AtomicReference<Outcome> outcome = new AtomicReference<>();
            Thread run = Thread.ofPlatform().start(() -> outcome.set(comparison.run()));
            String waiting = source ? "select pid from pg_stat_activity where application_name = 'concordat' and wait_event_type = 'Lock' and datname = '" + tables.sourceDatabase + "'"
                    : "select id from information_schema.processlist where db = '" + tables.targetDatabase + "' and state like 'Waiting%'";
            AtomicReference<Long> id = new AtomicReference<>();
            org.awaitility.Awaitility.await().pollInterval(Duration.ofMillis(20)).until(() -> {
                try (var rows = asking.executeQuery(waiting)) {
                    id.set(rows.next() ? rows.getLong(1) : null);
                    return id.get() != null;
                }
            });
            asking.execute(source ? "select pg_terminate_backend(" + id.get() + ")" : "kill " + id.get());
            run.join();
            assertThat(outcome.get().verdict()).isEqualTo(Verdict.INCOMPLETE);
            // Read again over another connection, it waits for the lock to the end of its patience.
            assertThat(outcome.get().failure().field()).startsWith(source ? "spec.source.store" : "spec.target.store");
            assertThat(outcome.get().failure().reason()).isIn("TableLocked", "StatementTimeout");
            if (source) {
                assertThat(outcome.get().failure().text()).contains("waited for a lock for 5 s", "held by process ", "in a transaction since ", ", on t. Compare when that is done").doesNotContain("lock table");
            }
            assertThat(outcome.get().configuration()).isFalse();
            assertThat(outcome.get().counts()).as("half a comparison tells of no missing rows").isEmpty();
            assertThat(outcome.get().records()).isEmpty();
        }
    }

    /** Two random tables and a planted set of differences: the engine finds exactly that set, whatever the seed. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void exactlyThePlantedDifferences(long seed) throws Exception {
        Random random = new Random(seed);
        Engines engines = Engines.values()[(int) (seed % 4)];
        boolean textKey = seed % 2 == 0;
        int rows = 500 + random.nextInt(3_000);
        TreeMap<String, String[]> source = new TreeMap<>();
        for (int i = 0; i < rows; i++) {
            String key = textKey ? "k" + Integer.toString(random.nextInt(1 << 20), 36) + (random.nextInt(10) == 0 ? " " : "") : Long.toString(random.nextInt(4) == 0 ? random.nextLong() >> random.nextInt(60) : random.nextInt(20_000));
            source.put(key, new String[] {number(random), text(random), number(random)});
        }
        TreeMap<String, String[]> target = new TreeMap<>();
        source.forEach((key, values) -> target.put(key, values.clone()));
        Set<String> expected = new HashSet<>();
        for (String key : List.copyOf(source.keySet())) {
            switch (random.nextInt(60)) {
                case 0 -> {
                    target.remove(key);
                    expected.add("MISSING_ON_TARGET " + key + " []");
                }
                case 1 -> {
                    source.remove(key);
                    expected.add("ORPHAN_ON_TARGET " + key + " []");
                }
                case 2 -> {
                    int field = random.nextInt(3);
                    String before = target.get(key)[field];
                    target.get(key)[field] = field == 1 ? before.equals("null") ? "''" : "null" : before.equals("null") ? "0" : before.equals("7") ? "8" : "7";
                    expected.add("DIFFERENT " + key + " [" + "abc".charAt(field) + "]");
                }
                default -> {
                    // Equal on both sides.
                }
            }
        }
        TwoTables tables = new TwoTables(engines).sql(
                "create table t (id " + (textKey ? "varchar(40)" : "bigint") + " primary key, a int, b text, c numeric(9,2))",
                "create table t (id " + (textKey ? "varchar(40) collate utf8mb4_nopad_bin" : "bigint") + " primary key, a int, b text, c decimal(9,2)) default charset utf8mb4").maxRecords(500).connections(1 + (int) (seed % 3));
        tables.source(insert(source, textKey)).target(insert(target, textKey));
        Outcome outcome = tables.compare(rules("id"));
        assertThat(found(outcome)).as("seed %d, %s, %d rows", seed, engines, rows).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(outcome.rows()).isEqualTo(new RunReport.Rows(source.size(), target.size()));
    }

    private static String number(Random random) {
        return random.nextInt(8) == 0 ? "null" : Integer.toString(random.nextInt(2_000) - 1_000);
    }

    private static String text(Random random) {
        String[] texts = {"null", "''", "' '", "'a'", "'a '", "'~'", "'|'", "'1|a'", "'é'", "'😀'", "'Ä'", "'ä'"};
        return texts[random.nextInt(texts.length)];
    }

    private static String insert(Map<String, String[]> rows, boolean textKey) {
        StringBuilder sql = new StringBuilder("insert into t values ");
        rows.forEach((key, values) -> sql.append('(').append(textKey ? "'" + key + "'" : key).append(',').append(String.join(",", values)).append("),"));
        sql.setLength(sql.length() - 1);
        return sql.toString();
    }

    /** Nothing is kept but a bounded queue and the evidence, also of a table that differs in every row. */
    @Test
    void everyRowDifferent() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql(
                "create table t (id int primary key, v text); insert into t select g, md5(g::text) from generate_series(1, 70000) g",
                "create table t (id int primary key, v text); insert into t select seq, md5(seq + 1) from seq_1_to_70000").settle(Duration.ofMillis(10)).maxRecords(5);
        Outcome outcome = tables.compare(rules("id"));
        assertThat(outcome.counts().get("different")).isEqualTo(70_000);
        assertThat(outcome.records()).hasSize(5);
        assertThat(outcome.fields()).containsExactly(new RunReport.FieldCount("v", 70_000, null));
    }
}
