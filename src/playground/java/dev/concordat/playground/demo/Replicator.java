package dev.concordat.playground.demo;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Copies the log of order changes from PostgreSQL to MariaDB, in order. A change leaves the log only after the storefront's commit, and applying
 * it again does no harm: killed at any moment, nothing is lost. One at a time: a second one waits.
 */
public final class Replicator {
    private static final long LOCK = 0x0c0c0dL;
    private static final int BATCH = 200;
    private static final Duration IDLE = Duration.ofMillis(50);
    private static final Duration THROTTLED = Duration.ofMillis(100);
    private static final DateTimeFormatter DATETIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS");

    private static final String READ = """
            SELECT change_id, order_id, operation, image->>'region', image->>'status', image->>'amount', image->>'updated_at', image->>'attributes',
                   image->>'display_name', image->>'row_version', image->>'probe_token'
            FROM order_changes WHERE changed_at <= clock_timestamp() - make_interval(secs => ? / 1000.0) ORDER BY change_id LIMIT ?""";
    /** An older version never overwrites a newer one. row_version comes last: the assignments before it compare with the stored one. */
    private static final String PUT = """
            INSERT INTO order_view (id, region, state, amount, updated_at, attributes, display_name, probe_token, row_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON DUPLICATE KEY UPDATE region = IF(VALUES(row_version) >= row_version, VALUES(region), region),
                state = IF(VALUES(row_version) >= row_version, VALUES(state), state),
                amount = IF(VALUES(row_version) >= row_version, VALUES(amount), amount),
                updated_at = IF(VALUES(row_version) >= row_version, VALUES(updated_at), updated_at),
                attributes = IF(VALUES(row_version) >= row_version, VALUES(attributes), attributes),
                display_name = IF(VALUES(row_version) >= row_version, VALUES(display_name), display_name),
                probe_token = IF(VALUES(row_version) >= row_version, VALUES(probe_token), probe_token),
                row_version = GREATEST(VALUES(row_version), row_version)""";

    private final Endpoint source;
    private final Endpoint target;
    private final DemoLoop loop = new DemoLoop("replicator");

    Replicator(Endpoint source, Endpoint target) {
        this.source = source;
        this.target = target;
    }

    /**
     * Copies until SIGTERM. Needs HOST, PORT, DATABASE, USER and PASSWORD with the prefixes SOURCE_ and TARGET_. Slowed down by the row in the
     * source's table replicator_control, which is read all the time.
     */
    public static int run(Map<String, String> env) {
        try {
            Replicator replicator = new Replicator(Endpoint.of(env, "SOURCE", "postgresql"), Endpoint.of(env, "TARGET", "mariadb"));
            System.out.println("replicator: from " + replicator.source + " to " + replicator.target);
            return replicator.loop.untilTerminated(replicator::copy);
        } catch (IllegalArgumentException e) {
            System.err.println("replicator: " + e.getMessage());
            return 2;
        }
    }

    void runUntilStopped() {
        loop.run(this::copy);
    }

    void stop() {
        loop.stop();
    }

    /** How the replicator is slowed down; {@code perSecond} null: not at all. */
    private record Control(Integer perSecond, int delayMillis) {}

    private record Change(long id, long order, boolean put, String region, String status, String amount, String updatedAt, String attributes, String name, String version, String token) {}

    private void copy() throws SQLException {
        try (Connection from = source.open(); Connection to = target.open()) {
            if (!lock(from)) {
                return;
            }
            double quota = 0;
            long last = System.nanoTime();
            Duration pause = Duration.ZERO;
            while (loop.waitFor(pause)) {
                Control control = control(from);
                int most = BATCH;
                long now = System.nanoTime();
                boolean throttled = control.perSecond() != null;
                if (throttled) {
                    // What was not used is kept for a quarter of a second, so that the rate holds over time without bursts.
                    quota = Math.min(quota + control.perSecond() * (now - last) / 1e9, Math.max(1, control.perSecond() / 4.0));
                    most = (int) quota;
                }
                last = now;
                List<Change> changes = most == 0 ? List.of() : changes(from, control.delayMillis(), most);
                if (!changes.isEmpty()) {
                    apply(to, changes);
                    forget(from, changes);
                }
                from.commit();
                quota = throttled ? quota - changes.size() : 0;
                pause = throttled ? THROTTLED : changes.size() == BATCH ? Duration.ZERO : IDLE;
            }
        }
    }

    /** Waits for the other replicator to go, if there is one. Returns whether to work. */
    private boolean lock(Connection from) throws SQLException {
        do {
            try (Statement statement = from.createStatement(); ResultSet row = statement.executeQuery("SELECT pg_try_advisory_lock(" + LOCK + ")")) {
                row.next();
                if (row.getBoolean(1)) {
                    return true;
                }
            } finally {
                from.commit();
            }
        } while (loop.waitFor(Duration.ofMillis(500)));
        return false;
    }

    private static Control control(Connection from) throws SQLException {
        try (Statement statement = from.createStatement(); ResultSet row = statement.executeQuery("SELECT max_rows_per_second, delay_ms FROM replicator_control")) {
            return row.next() ? new Control((Integer) row.getObject(1), row.getInt(2)) : new Control(null, 0);
        }
    }

    private static List<Change> changes(Connection from, int delayMillis, int most) throws SQLException {
        List<Change> changes = new ArrayList<>();
        try (PreparedStatement statement = from.prepareStatement(READ)) {
            statement.setInt(1, delayMillis);
            statement.setInt(2, Math.min(BATCH, most));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    changes.add(new Change(row.getLong(1), row.getLong(2), row.getString(3).equals("PUT"), row.getString(4), row.getString(5), row.getString(6), row.getString(7),
                            row.getString(8), row.getString(9), row.getString(10), row.getString(11)));
                }
            }
        }
        return changes;
    }

    private static void apply(Connection to, List<Change> changes) throws SQLException {
        try (PreparedStatement put = to.prepareStatement(PUT); PreparedStatement delete = to.prepareStatement("DELETE FROM order_view WHERE id = ?")) {
            boolean putting = true;
            for (Change change : changes) {
                if (change.put() != putting) {
                    (putting ? put : delete).executeBatch();
                    putting = change.put();
                }
                if (putting) {
                    put.setLong(1, change.order());
                    put.setString(2, change.region());
                    put.setString(3, change.status());
                    put.setBigDecimal(4, new BigDecimal(change.amount()));
                    put.setString(5, DATETIME.format(OffsetDateTime.parse(change.updatedAt()).withOffsetSameInstant(ZoneOffset.UTC)));
                    put.setString(6, change.attributes());
                    put.setString(7, change.name());
                    put.setString(8, change.token());
                    put.setLong(9, Long.parseLong(change.version()));
                    put.addBatch();
                } else {
                    delete.setLong(1, change.order());
                    delete.addBatch();
                }
            }
            (putting ? put : delete).executeBatch();
            to.commit();
        }
    }

    private static void forget(Connection from, List<Change> changes) throws SQLException {
        try (PreparedStatement statement = from.prepareStatement("DELETE FROM order_changes WHERE change_id = ANY (?)")) {
            statement.setArray(1, from.createArrayOf("bigint", changes.stream().map(Change::id).toArray()));
            statement.executeUpdate();
        }
    }
}
