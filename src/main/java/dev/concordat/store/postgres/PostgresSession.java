package dev.concordat.store.postgres;

import dev.concordat.store.Setting;
import dev.concordat.store.SettingRefused;
import dev.concordat.store.StoreSession;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.postgresql.PGConnection;

/**
 * A connection to PostgreSQL, or to a pooler before it. The driver sends the statements of one text together, each parsed when those before it have run, and the server answers all of
 * them at once: begin, pins, query and commit take one trip.
 */
final class PostgresSession implements StoreSession {
    /** Errors of a setting that the account may not set, that is unknown, or that has no such value. */
    private static final Set<String> OF_SETTINGS = Set.of("42501", "42704", "22023", "55P02");

    private final Connection connection;
    private final PostgresSettings settings;
    private final String expected;
    private final String server;
    /** Whether the transaction of the next statement that reads stays open, and whether it is open. */
    private boolean held;
    private boolean begun;

    PostgresSession(Connection connection, PostgresSettings settings, String server) {
        this.connection = connection;
        this.settings = settings;
        this.expected = settings.expected();
        this.server = server;
    }

    @Override
    public <T> T query(String sql, int fetch, Rows<T> rows) throws SQLException {
        if (fetch > 0 || !literalsAreOurs()) {
            return this.<T, RuntimeException>transaction(Mode.READ, _ -> rows(sql, fetch, rows));
        }
        try (Statement statement = statement()) {
            if (begun) {
                return rows.read(statement.executeQuery(sql), statement);
            }
            statement.execute(begin(Mode.READ) + "; " + settings.sql() + "; " + sql + (held ? "" : "; commit"));
            begun = held;
            // What begin answers.
            statement.getMoreResults();
            check(statement.getResultSet());
            statement.getMoreResults();
            return rows.read(statement.getResultSet(), statement);
        } catch (SQLException e) {
            throw ended(e);
        }
    }

    @Override
    public void hold() {
        held = true;
    }

    @Override
    public void release() throws SQLException {
        held = false;
        if (begun) {
            begun = false;
            try (Statement statement = statement()) {
                statement.execute("commit");
            }
        }
    }

    /** Without JDBC's own escapes in braces, which no statement of ours has. */
    private Statement statement() throws SQLException {
        Statement statement = connection.createStatement();
        statement.setEscapeProcessing(false);
        return statement;
    }

    private <T> T rows(String sql, int fetch, Rows<T> rows) throws SQLException {
        try (Statement statement = statement()) {
            statement.setFetchSize(fetch);
            return rows.read(statement.executeQuery(sql), statement);
        }
    }

    @Override
    public <T, E extends Exception> T transaction(Mode mode, Work<T, E> work) throws SQLException, E {
        if (held && mode == Mode.READ) {
            return shared(work);
        }
        if (begun) {
            release();
        }
        boolean done = false;
        try {
            start(mode);
            // Now that a transaction is open, the driver begins none of its own, and fetches in portions.
            connection.setAutoCommit(false);
            T answer = work.run(connection);
            connection.commit();
            done = true;
            return answer;
        } catch (SQLException e) {
            done = true;
            throw ended(e);
        } finally {
            if (!done) {
                end();
            }
            if (!connection.isClosed()) {
                connection.setAutoCommit(true);
            }
        }
    }

    /** In the transaction that is held. */
    private <T, E extends Exception> T shared(Work<T, E> work) throws SQLException, E {
        try {
            if (!begun) {
                start(Mode.READ);
                begun = true;
            }
            return work.run(connection);
        } catch (SQLException e) {
            throw ended(e);
        }
    }

    private void start(Mode mode) throws SQLException {
        try (Statement statement = statement()) {
            statement.execute(begin(mode) + "; " + settings.sql());
            statement.getMoreResults();
            check(statement.getResultSet());
        }
    }

    private static String begin(Mode mode) {
        return switch (mode) {
            case READ -> "begin isolation level read committed read only not deferrable";
            case SNAPSHOT -> "begin isolation level repeatable read read only not deferrable";
            case WRITE -> "begin isolation level read committed read write not deferrable";
        };
    }

    /**
     * Whether the driver takes a backslash in a literal for an ordinary character, as it will be once the pins are set. It cuts a text of several statements by what the server told it last.
     */
    private boolean literalsAreOurs() throws SQLException {
        return "on".equals(connection.unwrap(PGConnection.class).getParameterStatus("standard_conforming_strings"));
    }

    private void check(ResultSet pins) throws SQLException {
        pins.next();
        String shown = pins.getString(1);
        if (expected.equals(shown)) {
            return;
        }
        String[] values = String.valueOf(shown).split("\\|", -1);
        for (int i = 0; i < values.length; i++) {
            Setting setting = i < settings.set().size() ? settings.set().get(i) : settings.lookedAt().get(i - settings.set().size());
            if (!setting.shown().equals(values[i])) {
                throw refused(setting, values[i], null);
            }
        }
        throw new SettingRefused("the session's settings cannot be read back", "Name the server's own port, without a pooler or proxy between", null);
    }

    private static SettingRefused refused(Setting setting, String seen, SQLException cause) {
        return new SettingRefused(setting.name(), setting.shown(), seen, setting.name().equals("transaction_read_only") ? "Name the server's own port, without a pooler or proxy between"
                : "Reset it for server, database and role (ALTER SYSTEM, ALTER DATABASE, ALTER ROLE ... RESET " + setting.name() + "), or let the account set it (GRANT SET ON PARAMETER); otherwise "
                        + setting.why(), cause);
    }

    /** Ends the transaction that an error left, and says which setting it was, where it was one. */
    private SQLException ended(SQLException e) {
        end();
        if (e instanceof SettingRefused || e.getSQLState() == null || !OF_SETTINGS.contains(e.getSQLState())) {
            return e;
        }
        for (Setting setting : settings.set()) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("begin read only; select pg_catalog.set_config('" + setting.name() + "','" + setting.value() + "',true); rollback");
            } catch (SQLException of) {
                end();
                return of.getSQLState() != null && OF_SETTINGS.contains(of.getSQLState()) ? refused(setting, null, of) : e;
            }
        }
        return e;
    }

    private void end() {
        begun = false;
        try {
            if (!connection.isClosed()) {
                if (connection.getAutoCommit()) {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("rollback");
                    }
                } else {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
            }
        } catch (SQLException e) {
            // What cannot be ended cannot be used again either.
            close();
        }
    }

    @Override
    public String server() {
        return server;
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            // Nothing depends on it: the server ends the session with the socket.
        }
    }
}
