package dev.concordat.store.mariadb;

import dev.concordat.store.StoreSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** A connection to MariaDB or MySQL, whose settings were set when it was opened. */
class MariaDbSession implements StoreSession {
    private final Connection connection;
    private final String server;

    MariaDbSession(Connection connection) throws SQLException {
        this.connection = connection;
        this.server = connection.getMetaData().getDatabaseProductVersion();
    }

    @Override
    public <T> T query(String sql, int fetch, Rows<T> rows) throws SQLException {
        if (fetch > 0) {
            return this.<T, RuntimeException>transaction(Mode.READ, _ -> read(sql, fetch, rows));
        }
        return read(sql, 0, rows);
    }

    private <T> T read(String sql, int fetch, Rows<T> rows) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(fetch);
            return rows.read(statement.executeQuery(sql), statement);
        }
    }

    @Override
    public <T, E extends Exception> T transaction(Mode mode, Work<T, E> work) throws SQLException, E {
        boolean done = false;
        try {
            connection.setAutoCommit(false);
            if (mode == Mode.SNAPSHOT) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
                }
            }
            T answer = work.run(connection);
            connection.commit();
            done = true;
            return answer;
        } finally {
            if (!connection.isClosed()) {
                if (!done) {
                    connection.rollback();
                }
                connection.setAutoCommit(true);
            }
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
