package dev.concordat.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * One connection to a store. Every statement runs in a transaction that carries each of the engine's pins ({@link Setting}), read back before its answer counts, so that nothing that
 * server, database, role, pooler or another client set is in force for it; and nothing of ours is left to whoever gets the connection next. For one thread at a time.
 */
public interface StoreSession extends AutoCloseable {

    /** How a transaction sees and changes the store. */
    enum Mode {
        /** Reads; each statement sees what is committed when it begins. */
        READ,
        /** Reads; all statements see one moment. */
        SNAPSHOT,
        /** May write; committed when the work returns, rolled back when it throws. */
        WRITE
    }

    /** Reads the answer to one query. */
    @FunctionalInterface
    interface Rows<T> {
        /** @param statement for its warnings, which are there once the last row was read */
        T read(ResultSet rows, Statement statement) throws SQLException;
    }

    /** Statements on a connection that is in a transaction under the pins; not to be committed, rolled back or closed by the work. */
    @FunctionalInterface
    interface Work<T, E extends Exception> {
        T run(Connection connection) throws SQLException, E;
    }

    /**
     * Runs one query in a transaction of its own that cannot write, in as few trips to the server as the engine allows.
     *
     * @param fetch rows that are fetched at a time, whatever their number; 0: all at once
     * @throws SettingRefused when a pin is not in force
     */
    <T> T query(String sql, int fetch, Rows<T> rows) throws SQLException;

    /** Runs several statements in one transaction. Takes more trips to the server than {@link #query}. */
    <T, E extends Exception> T transaction(Mode mode, Work<T, E> work) throws SQLException, E;

    /**
     * From now on the statements that read share one transaction, begun with the first of them and under the same pins, so that a few short ones in a row cost as little as possible. Each
     * still sees what is committed when it begins. An engine to which that makes no difference does nothing.
     */
    default void hold() {}

    /** Ends what {@link #hold} began. */
    default void release() throws SQLException {}

    /** Version of the server that this connection leads to, as it was told with the login. */
    String server();

    /** Ends the connection; never fails. */
    @Override
    void close();
}
