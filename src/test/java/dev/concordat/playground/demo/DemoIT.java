package dev.concordat.playground.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.MariaDbServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.testing.Databases;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.HashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The playground's shop and replicator between real databases. */
class DemoIT {
    static final PostgresServer POSTGRES = Databases.postgres();
    static final MariaDbServer MARIADB = Databases.mariaDb();
    final List<Thread> threads = new ArrayList<>();
    Shop shop;
    Replicator replicator;
    Process killed;

    @BeforeAll
    static void schema() throws Exception {
        Schema.create(POSTGRES, MARIADB);
    }

    @BeforeEach
    void programs() throws SQLException {
        throttle("NULL");
        shop = new Shop(Endpoint.of(env(), "SOURCE", "postgresql"), 40);
        replicator = newReplicator();
    }

    @AfterEach
    void stop() throws Exception {
        shop.stop();
        replicator.stop();
        for (Thread thread : threads) {
            thread.join();
        }
        if (killed != null) {
            killed.destroyForcibly().waitFor();
        }
    }

    @Test
    void theStorefrontBecomesWhatTheShopWrote() throws Exception {
        run(shop::runUntilStopped);
        run(replicator::runUntilStopped);
        awaitCount(POSTGRES, Schema.SOURCE, "SELECT count(*) FROM orders WHERE id > 1000", 30);
        shop.stop();
        awaitEqual();
        assertThat(number(MARIADB, Schema.TARGET, "SELECT count(*) FROM order_view WHERE id = -1")).as("the canary row is copied as any other").isEqualTo(1);
        assertThat(number(POSTGRES, Schema.SOURCE, "SELECT count(*) FROM orders WHERE row_version > 1")).as("the shop changes orders too").isPositive();
    }

    @Test
    void aThrottledReplicatorFallsBehindAndCatchesUpWhenTheShopRests() throws Exception {
        run(replicator::runUntilStopped);
        awaitEqual();
        throttle("20");
        run(shop::runUntilStopped);
        awaitCount(POSTGRES, Schema.SOURCE, "SELECT count(*) FROM order_changes", 60);
        shop.stop();
        throttle("NULL");
        awaitEqual();
    }

    @Test
    void aDelayHoldsEveryChangeBackButLosesNone() throws Exception {
        run(replicator::runUntilStopped);
        awaitEqual();
        POSTGRES.execute(Schema.SOURCE, "UPDATE replicator_control SET delay_ms = 1000");
        POSTGRES.execute(Schema.SOURCE, "UPDATE orders SET status = 'held' WHERE id = 1");
        assertThat(number(MARIADB, Schema.TARGET, "SELECT count(*) FROM order_view WHERE id = 1 AND state = 'held'")).isZero();
        awaitEqual();
    }

    @Test
    void aChangeWithALowNumberThatCommitsLateIsNotOverlooked() throws Exception {
        run(replicator::runUntilStopped);
        awaitEqual();
        try (Connection slow = POSTGRES.connect(Schema.SOURCE); Statement statement = slow.createStatement()) {
            slow.setAutoCommit(false);
            statement.execute("UPDATE orders SET status = 'slow' WHERE id = 2");
            POSTGRES.execute(Schema.SOURCE, "UPDATE orders SET status = 'quick' WHERE id = 3");
            awaitCount(MARIADB, Schema.TARGET, "SELECT count(*) FROM order_view WHERE id = 3 AND state = 'quick'", 1);
            slow.commit();
        }
        awaitEqual();
        assertThat(number(MARIADB, Schema.TARGET, "SELECT count(*) FROM order_view WHERE id = 2 AND state = 'slow'")).isEqualTo(1);
    }

    @Test
    void noCanaryOvertakesTheOrdersWrittenBeforeIt() throws Exception {
        run(replicator::runUntilStopped);
        awaitEqual();
        throttle("10");
        POSTGRES.execute(Schema.SOURCE, "UPDATE orders SET status = 'before the fence' WHERE id BETWEEN 100 AND 115");
        POSTGRES.execute(Schema.SOURCE, "UPDATE orders SET probe_token = 'the fence' WHERE id = -1");
        awaitCount(MARIADB, Schema.TARGET, "SELECT count(*) FROM order_view WHERE probe_token = 'the fence'", 1);
        assertThat(number(MARIADB, Schema.TARGET, "SELECT count(*) FROM order_view WHERE state = 'before the fence'")).isEqualTo(16);
    }

    @Test
    void aReplicatorKilledWithoutWarningLosesNothing() throws Exception {
        run(shop::runUntilStopped);
        for (int i = 0; i < 3; i++) {
            killed = program();
            long before = number(POSTGRES, Schema.SOURCE, "SELECT max(change_id) FROM order_changes");
            await().atMost(Duration.ofSeconds(30)).until(() -> number(POSTGRES, Schema.SOURCE, "SELECT coalesce(min(change_id), " + (before + 1) + ") FROM order_changes") > before);
            killed.destroyForcibly().waitFor();
        }
        shop.stop();
        run(replicator::runUntilStopped);
        awaitEqual();
    }

    @Test
    void accountsMayDoNoMoreThanTheyMust() {
        assertThatThrownBy(() -> as("concordat_reader", "UPDATE orders SET status = 'x'")).hasMessageContaining("permission denied");
        assertThatThrownBy(() -> as("concordat_canary", "UPDATE orders SET status = 'x' WHERE id = -1")).hasMessageContaining("permission denied");
        assertThatThrownBy(() -> as("concordat_canary", "SELECT amount FROM orders")).hasMessageContaining("permission denied");
        assertThatThrownBy(() -> as("shop", "DELETE FROM order_changes")).hasMessageContaining("permission denied");
        assertThatThrownBy(() -> as("replicator", "DELETE FROM orders")).hasMessageContaining("permission denied");
    }

    static void as(String user, String sql) throws SQLException {
        try (Connection connection = POSTGRES.connect(Schema.SOURCE, user, Schema.password(user)); Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    // The parts.

    static Map<String, String> env() {
        return Map.of("SOURCE_HOST", POSTGRES.host(), "SOURCE_PORT", "" + POSTGRES.port(), "SOURCE_DATABASE", Schema.SOURCE, "SOURCE_USER", "shop",
                "SOURCE_PASSWORD", Schema.password("shop"));
    }

    static Map<String, String> replicatorEnv() {
        Map<String, String> env = new HashMap<>(env());
        env.putAll(Map.of("SOURCE_USER", "replicator", "SOURCE_PASSWORD", Schema.password("replicator"), "TARGET_HOST", MARIADB.host(), "TARGET_PORT", "" + MARIADB.port(),
                "TARGET_DATABASE", Schema.TARGET, "TARGET_USER", "replicator", "TARGET_PASSWORD", Schema.password("replicator")));
        return env;
    }

    static Replicator newReplicator() {
        return new Replicator(Endpoint.of(replicatorEnv(), "SOURCE", "postgresql"), Endpoint.of(replicatorEnv(), "TARGET", "mariadb"));
    }

    /** The replicator as a process of its own. */
    static final class Program {
        public static void main(String[] args) {
            System.exit(Replicator.run(System.getenv()));
        }
    }

    static Process program() throws Exception {
        var builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m", "-XX:TieredStopAtLevel=1",
                "-cp", System.getProperty("java.class.path"), Program.class.getName()).inheritIO();
        builder.environment().putAll(replicatorEnv());
        return builder.start();
    }

    void run(Runnable program) {
        threads.add(Thread.ofVirtual().start(program));
    }

    static void throttle(String perSecond) throws SQLException {
        POSTGRES.execute(Schema.SOURCE, "UPDATE replicator_control SET delay_ms = 0, max_rows_per_second = " + perSecond);
    }

    static long number(DatabaseServer server, String database, String sql) throws SQLException {
        try (Connection connection = server.connect(database); Statement statement = connection.createStatement(); var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    static void awaitCount(DatabaseServer server, String database, String sql, long least) {
        await().atMost(Duration.ofSeconds(30)).until(() -> number(server, database, sql) >= least);
    }

    /** Awaits an empty log and then compares both tables as text, field by field. */
    static void awaitEqual() throws SQLException {
        await().atMost(Duration.ofSeconds(30)).until(() -> number(POSTGRES, Schema.SOURCE, "SELECT count(*) FROM order_changes") == 0);
        List<String> source = rows(POSTGRES, Schema.SOURCE, "SELECT id, region, status, to_char(amount, 'FM9999990.0000'), "
                + "to_char(date_trunc('milliseconds', updated_at AT TIME ZONE 'UTC'), 'YYYY-MM-DD HH24:MI:SS.MS'), attributes::text, display_name, row_version, probe_token FROM orders ORDER BY id");
        List<String> target = rows(MARIADB, Schema.TARGET,
                "SELECT id, region, state, amount, CAST(updated_at AS CHAR), attributes, display_name, row_version, probe_token FROM order_view ORDER BY id");
        assertThat(target).hasSizeGreaterThan(1000).isEqualTo(source);
    }

    static List<String> rows(DatabaseServer server, String database, String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Connection connection = server.connect(database); Statement statement = connection.createStatement(); var row = statement.executeQuery(sql)) {
            while (row.next()) {
                StringBuilder text = new StringBuilder();
                for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                    text.append(row.getString(i)).append('|');
                }
                rows.add(text.toString());
            }
        }
        return rows;
    }
}
