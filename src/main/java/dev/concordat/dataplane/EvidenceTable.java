package dev.concordat.dataplane;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.Verification.EvidenceSide;
import dev.concordat.drift.DriftListener;
import dev.concordat.report.Failure;
import dev.concordat.report.Json;
import dev.concordat.report.ReportBound;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import dev.concordat.store.Catalogue;
import dev.concordat.store.Dialect;
import dev.concordat.store.Reason;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import dev.concordat.store.StoreSession;
import dev.concordat.store.StoreSession.Mode;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The table that gets every confirmed difference, beyond what a report holds, redacted as the contract says. Its account can do nothing but insert, so rows are only
 * ever added; one that is there already, from another attempt of the run, is left as it is. The records wait in a bounded queue for one connection of their own, which is
 * open only while there is something to write. A table that is not fit is found out before anything is compared; what cannot be written later costs no verdict and is
 * counted. Safe for use by many threads.
 */
final class EvidenceTable implements DriftListener, AutoCloseable {
    static final String FIELD = "spec.verification.evidence.table";

    /** In the order of the insert. */
    private static final List<String> COLUMNS = List.of("contract_uid", "run_id", "key_hash", "namespace", "contract", "attempt", "seen_at", "kind", "record_key", "fields",
            "source_version", "target_version");
    private static final List<String> KEY = List.of("contract_uid", "run_id", "key_hash");
    private static final int BATCH = 200;
    private static final int QUEUE = 2_000;
    /** Records of many wide fields take 100 KB each: of those fewer wait, and fewer go in one batch. */
    private static final long BATCH_BYTES = 1_000_000;
    private static final long QUEUE_BYTES = 4_000_000;
    private static final int ATTEMPTS = 3;
    private static final DateTimeFormatter SEEN = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS");

    private final StoreAccess access;
    private final RunOrder order;
    private final String attempt;
    private final InstantSource clock;
    private final List<Row> queue = new ArrayList<>();
    /** Bytes of all that is in the queue. */
    private long waiting;
    private Thread writer;
    private boolean closed;
    private boolean writing;
    private long told;
    private long written;
    private StoreException failure;

    private record Row(String keyHash, Instant seenAt, RunReport.Record record, long bytes) {}

    /**
     * @param secret folder with the files username and password of the account that may insert
     * @param ca     that of the side whose database holds the table
     */
    EvidenceTable(RunOrder order, String attempt, Path secret, Path ca, InstantSource clock) {
        this.access = access(order.spec(), secret, ca);
        this.order = order;
        this.attempt = attempt;
        this.clock = clock;
    }

    private static StoreAccess access(SyncContractSpec spec, Path secret, Path ca) {
        var table = spec.verification().evidence().table();
        boolean source = table.side() == EvidenceSide.SOURCE;
        Store store = (source ? spec.source() : spec.target()).store();
        Store there = new Store(store.type(), store.host(), store.port(), store.database(), table.schema() == null ? store.schema() : table.schema(), table.name(), table.credentials(),
                store.tls(), store.limits());
        return new StoreAccess(there, source ? "spec.source.store" : "spec.target.store", FIELD + ".credentials.secretName", table.credentials().secretName(), secret, ca);
    }

    // Before the comparison.

    /**
     * Whether rows can be added: the table is there with its columns and its unique key, and the account may insert. Adds none.
     *
     * @throws StoreException when not, with the DDL or the GRANT as the remedy
     */
    void check() throws StoreException {
        try (StoreSession session = access.openForWriting()) {
            session.<Void, StoreException>transaction(Mode.WRITE, connection -> {
                check(connection);
                return null;
            });
        } catch (SQLException e) {
            throw explain(e);
        }
    }

    private void check(Connection connection) throws SQLException, StoreException {
        Catalogue catalogue = access.dialect().catalogue(connection, access.store());
        if (catalogue.columns().isEmpty()) {
            throw unfit("EvidenceTableNotFound", "table " + table() + " does not exist, or the account of Secret " + access.secretName() + " may not see it", create(), null);
        }
        List<String> missing = COLUMNS.stream().filter(column -> catalogue.column(column) == null).toList();
        if (!missing.isEmpty()) {
            throw unfit("EvidenceTableUnsuitable", "table " + table() + " lacks the columns " + String.join(", ", missing), create(), null);
        }
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(insert() + " SELECT " + COLUMNS.stream().map(_ -> "NULL").collect(Collectors.joining(", ")) + " LIMIT 0");
        }
        if (catalogue.uniqueKeys().stream().noneMatch(columns -> Set.copyOf(columns).equals(Set.copyOf(KEY)))) {
            throw unfit("EvidenceTableUnsuitable", "table " + table() + " has no unique key on " + String.join(", ", KEY) + ", so that a run that is tried again would write its records twice",
                    "ALTER TABLE " + table() + " ADD PRIMARY KEY (" + String.join(", ", KEY) + ")", null);
        }
    }

    private StoreException explain(SQLException e) {
        StoreException known = access.explain(e, "INSERT");
        String state = String.valueOf(e.getSQLState());
        if (state.equals("25006") || e.getErrorCode() == 1290) {
            return unfit("EvidenceTableReadOnly", access.place() + " cannot be written: " + known.failure().message(), "Keep the evidence on the other side, or on the primary", e);
        }
        return switch (known.failure().reason()) {
            case Reason.PERMISSION_DENIED -> unfit(Reason.PERMISSION_DENIED, "the account of Secret " + access.secretName() + " may not insert into table " + table(), grant(), e);
            case Reason.TABLE_NOT_FOUND -> unfit("EvidenceTableNotFound", "table " + table() + " does not exist", create(), e);
            case Reason.COLUMN_NOT_FOUND -> unfit("EvidenceTableUnsuitable", "table " + table() + " lacks a column", create(), e);
            default -> known;
        };
    }

    private static StoreException unfit(String reason, String message, String remedy, SQLException cause) {
        return new StoreException(new Failure(reason, FIELD, message, remedy, false), true, cause);
    }

    private String table() {
        return access.dialect().table(access.store());
    }

    private String grant() {
        return access.dialect().grant("INSERT", access.store());
    }

    /** The DDL, as docs/evidence.md has it, in one line. */
    private String create() {
        return "As the owner of the database: " + ddl(access.store()).strip().replaceAll("\\s+", " ") + " " + grant();
    }

    /** CREATE TABLE for a store whose table is the one for evidence. */
    static String ddl(Store store) {
        String types = switch (store.type()) {
            case POSTGRESQL -> """
                      contract_uid   text        NOT NULL,
                      run_id         bigint      NOT NULL,
                      key_hash       text        NOT NULL,
                      namespace      text        NOT NULL,
                      contract       text        NOT NULL,
                      attempt        text        NOT NULL,
                      seen_at        timestamptz NOT NULL,
                      kind           text        NOT NULL,
                      record_key     json        NOT NULL,
                      fields         json        NOT NULL,
                      source_version text,
                      target_version text,
                    """;
            case MARIADB, MYSQL -> """
                      contract_uid   varchar(64)  NOT NULL,
                      run_id         bigint       NOT NULL,
                      key_hash       char(16)     NOT NULL,
                      namespace      varchar(63)  NOT NULL,
                      contract       varchar(253) NOT NULL,
                      attempt        varchar(253) NOT NULL,
                      seen_at        datetime(6)  NOT NULL,
                      kind           varchar(32)  NOT NULL,
                      record_key     json         NOT NULL,
                      fields         json         NOT NULL,
                      source_version text,
                      target_version text,
                    """;
        };
        return "CREATE TABLE " + Dialect.of(store.type()).table(store) + " (\n" + types + "  PRIMARY KEY (" + String.join(", ", KEY) + ")\n)"
                + (store.type() != StoreType.POSTGRESQL ? " CHARACTER SET utf8mb4;\n" : ";\n");
    }

    private String insert() {
        return "INSERT INTO " + table() + " (" + COLUMNS.stream().map(access.dialect()::quote).collect(Collectors.joining(", ")) + ")";
    }

    // During the comparison.

    @Override
    public void drift(List<String> key, RunReport.Record record) {
        Row row = new Row(HexFormat.of().toHexDigits(DriftMemory.key(key)), clock.instant(), record, ReportBound.bytes(record));
        synchronized (queue) {
            told++;
            while ((queue.size() >= QUEUE || waiting >= QUEUE_BYTES) && failure == null && !closed) {
                await();
            }
            if (failure != null || closed) {
                return;
            }
            queue.add(row);
            waiting += row.bytes;
            queue.notifyAll();
            if (writer == null) {
                writer = Thread.ofPlatform().daemon().name("evidence").start(this::write);
            }
        }
    }

    /** What waits is dropped. What is written stays, since the account may only insert, also where the second scan finds no difference any more. */
    @Override
    public void restarted() {
        synchronized (queue) {
            told -= queue.size();
            queue.clear();
            waiting = 0;
            queue.notifyAll();
        }
    }

    /**
     * Returns when all that was told so far is written, or cannot be.
     *
     * @return whether it is written: if not, no checkpoint may count it, so that another attempt tells of it again
     */
    boolean flush() {
        synchronized (queue) {
            while ((!queue.isEmpty() || writing) && failure == null) {
                await();
            }
            return failure == null;
        }
    }

    private void await() {
        try {
            queue.wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The writer's life: it ends when the queue is closed and empty, or at the failure that the attempts did not overcome. */
    private void write() {
        StoreSession session = null;
        try {
            while (true) {
                List<Row> batch;
                synchronized (queue) {
                    if (queue.isEmpty() && session != null) {
                        // Nothing to write for a second: the server gets its connection back.
                        queue.wait(1_000);
                        if (queue.isEmpty()) {
                            close(session);
                            session = null;
                        }
                    }
                    while (queue.isEmpty() && !closed) {
                        queue.wait();
                    }
                    if (queue.isEmpty()) {
                        return;
                    }
                    batch = next();
                    writing = true;
                    queue.notifyAll();
                }
                session = write(session, batch);
                synchronized (queue) {
                    writing = false;
                    written += batch.size();
                    queue.notifyAll();
                }
            }
        } catch (StoreException e) {
            fail(e);
        } catch (RuntimeException e) {
            fail(new StoreException(new Failure("InternalError", FIELD, "writing evidence failed with " + e.getClass().getSimpleName(), "Report this as a defect of Concordat", false), false, e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close(session);
        }
    }

    /** Takes a batch from the queue, which is not empty. */
    private List<Row> next() {
        int rows = 0;
        long bytes = 0;
        do {
            bytes += queue.get(rows++).bytes;
        } while (rows < Math.min(BATCH, queue.size()) && bytes + queue.get(rows).bytes <= BATCH_BYTES);
        List<Row> batch = List.copyOf(queue.subList(0, rows));
        queue.subList(0, rows).clear();
        waiting -= bytes;
        return batch;
    }

    private void fail(StoreException e) {
        synchronized (queue) {
            failure = e;
            writing = false;
            queue.clear();
            waiting = 0;
            queue.notifyAll();
        }
    }

    /** Writes the batch; over a new connection if the old one is gone. Returns the session that did it. */
    private StoreSession write(StoreSession open, List<Row> batch) throws StoreException, InterruptedException {
        StoreSession session = open;
        for (int tried = 1; ; tried++) {
            try {
                if (session == null) {
                    session = access.openForWriting();
                }
                insert(session, batch);
                return session;
            } catch (SQLException e) {
                close(session);
                session = null;
                StoreException known = explain(e);
                if (tried == ATTEMPTS || known.configuration()) {
                    throw known;
                }
            } catch (StoreException e) {
                if (tried == ATTEMPTS || e.configuration()) {
                    throw e;
                }
            }
            Thread.sleep(1_000L * tried);
        }
    }

    private static void close(StoreSession session) {
        if (session != null) {
            session.close();
        }
    }

    private void insert(StoreSession session, List<Row> batch) throws SQLException {
        String sql = insert() + " VALUES (" + COLUMNS.stream().map(_ -> "?").collect(Collectors.joining(", ")) + ")";
        try {
            insert(session, sql, batch);
        } catch (SQLException e) {
            if (!duplicate(e)) {
                throw e;
            }
            oneByOne(session, sql, batch);
        }
    }

    private void insert(StoreSession session, String sql, List<Row> batch) throws SQLException {
        session.<int[], RuntimeException>transaction(Mode.WRITE, connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                for (Row row : batch) {
                    bind(statement, row);
                    statement.addBatch();
                }
                return statement.executeBatch();
            }
        });
    }

    /** Some of the batch are there already. Left to the server's own ways of overlooking that, it would need other privileges, or overlook more than that. */
    private void oneByOne(StoreSession session, String sql, List<Row> batch) throws SQLException {
        for (Row row : batch) {
            try {
                insert(session, sql, List.of(row));
            } catch (SQLException e) {
                if (!duplicate(e)) {
                    throw e;
                }
            }
        }
    }

    private static boolean duplicate(SQLException e) {
        for (Throwable t = e; t != null; t = t.getCause() == t ? null : t.getCause()) {
            if (t instanceof SQLException sql && (sql.getErrorCode() == 1062 || "23505".equals(sql.getSQLState()))) {
                return true;
            }
        }
        return e.getNextException() != null && e.getNextException() != e && duplicate(e.getNextException());
    }

    private void bind(PreparedStatement statement, Row row) throws SQLException {
        RunReport.Record record = row.record;
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("contract_uid", order.contract().uid());
        values.put("run_id", order.runId());
        values.put("key_hash", row.keyHash);
        values.put("namespace", order.contract().namespace());
        values.put("contract", order.contract().name());
        values.put("attempt", attempt);
        values.put("seen_at", SEEN.format(LocalDateTime.ofInstant(row.seenAt, ZoneOffset.UTC)) + (access.store().type() == StoreType.POSTGRESQL ? "+00" : ""));
        values.put("kind", record.kind().word());
        values.put("record_key", Json.write(record.key()));
        values.put("fields", Json.write(record.fields()));
        values.put("source_version", record.versions() == null ? null : record.versions().source());
        values.put("target_version", record.versions() == null ? null : record.versions().target());
        for (int i = 0; i < COLUMNS.size(); i++) {
            Object value = values.get(COLUMNS.get(i));
            switch (access.store().type()) {
                // Without a type, so that the column's own counts, be it text, json or timestamptz.
                case POSTGRESQL -> statement.setObject(i + 1, value == null ? null : value.toString(), Types.OTHER);
                case MARIADB, MYSQL -> statement.setString(i + 1, value == null ? null : value.toString());
            }
        }
    }

    // After it.

    /** What of the evidence is missing, once everything was tried; null when it is complete. */
    Failure end() {
        close();
        synchronized (queue) {
            return failure == null ? null : new Failure("EvidenceIncomplete", failure.failure().field(), String.format(Locale.ROOT,
                    "%,d of %,d differing records were not written to table %s: %s", told - written, told, table(), failure.failure().message()), failure.failure().remedy(), false);
        }
    }

    @Override
    public void close() {
        Thread ending;
        synchronized (queue) {
            closed = true;
            queue.notifyAll();
            ending = writer;
        }
        if (ending != null) {
            try {
                ending.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
