package dev.concordat.store;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.store.mariadb.MariaDbDialect;
import dev.concordat.store.mysql.MySqlDialect;
import dev.concordat.store.postgres.PostgresDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One engine's way of saying things. Stateless. Placeholders are JDBC's question marks on every engine. */
public interface Dialect {
    static Dialect of(StoreType type) {
        return switch (type) {
            case POSTGRESQL -> PostgresDialect.INSTANCE;
            case MARIADB -> MariaDbDialect.INSTANCE;
            case MYSQL -> MySqlDialect.INSTANCE;
        };
    }

    StoreType type();

    /** How the engine reads a condition of a contract. */
    default ConditionGrammar grammar() {
        return type() == StoreType.POSTGRESQL ? ConditionGrammar.POSTGRESQL : ConditionGrammar.MARIADB;
    }

    /** An identifier, quoted, whatever characters it holds. */
    String quote(String identifier);

    /** The store's table, qualified and quoted. */
    String table(Store store);

    /**
     * Opens a session whose statements are under the engine's pins: all that decides which rows, columns or values they see and how these are written as text, and the limits of
     * a good guest: statement and lock timeouts, read only unless the login may write.
     *
     * @throws SettingRefused when a pin cannot be in force
     */
    StoreSession open(Login login) throws SQLException;

    /** What kind of trouble an error is; one of {@link Reason}, never null. Errors of the network are told apart by the caller. */
    String reason(SQLException e);

    /** What an error is, with words and remedy of its class where it has any, and whether it passes. Never null. */
    default Trouble trouble(SQLException e) {
        return Trouble.of(reason(e));
    }

    /** Where in its statement an error is, in characters counted from 1; 0 where the server does not say. */
    default int position(SQLException e) {
        return 0;
    }

    /** Columns, unique keys and size of the store's table. */
    Catalogue catalogue(Connection connection, Store store) throws SQLException;

    /**
     * A value in canonical form, as arguments of {@link #rowHash}. Injective: NULL is {@code ~}, a text is preceded by its length in bytes. Never
     * NULL, except for the length of a text. Not for {@link Form.Kind#NUMBER}, folded text and numbers with a tolerance, which no engine renders alike.
     */
    String canonical(Form form, Column column, String sql);

    /** A key field's value as text, the same on both sides for equal keys, without a length. */
    String keyText(Form form, Column column, String sql);

    /**
     * A value as text without loss, for reading by type and for people. NULL stays NULL. What is longer than {@link Form#VERY_LONG} bytes is given as its SHA-256,
     * where the form is {@link Form#opaque()}.
     */
    String valueText(Form form, Column column, String sql);

    /** Canonical arguments as one text. */
    String rowText(List<String> canonical);

    /** The first 64 bits of a hash over canonical arguments. */
    String rowHash(HashFunction function, List<String> canonical);

    /** The same bits as hexadecimal digits, which costs the server less than a number. NULL where a row has no hash. */
    String rowDigits(HashFunction function, List<String> canonical);

    /** Keys and hashes of all rows as one text, as an aggregate: {@code key:digits} for each row, with commas between. A row without a hash is left out. */
    String keysAndDigits(String key, String digits);

    /**
     * A query for a number of one's own, the number of some rows and their digest: one hash over all of them, in the key's order as far as the engine reads them in that order. Where it does not,
     * digests of two sides differ though their rows do not. The driver has a warning where rows were left out or cut; none means that every row is in the digest whole.
     *
     * @param row   a row's text, or its number by {@link HashFunction#RECORD}
     * @param rows  table and condition
     * @param order the key's columns
     */
    String digest(int number, HashFunction function, String row, String rows, String order);

    /**
     * Digests of several ranges of a key, numbered from 0 on; null where the engine knows nothing better than a union of them.
     *
     * @param ranges    first key and first key after the range, as literals
     * @param condition of all rows, with AND before it; may be empty
     */
    default String digests(HashFunction function, String row, String table, String key, List<Map.Entry<String, String>> ranges, String condition, String order) {
        return null;
    }

    /** Whether an error says that a text was too long for the server to build, and nothing worse. */
    default boolean tooLong(SQLException e) {
        return false;
    }

    /** Warnings that a server keeps for a statement, where it does not keep all: what comes after them is lost. */
    int MOST_WARNINGS = 64;

    /** Whether a warning says nothing about the rows that were read. */
    default boolean harmless(SQLWarning warning) {
        return false;
    }

    /** A query without a table that computes so many row hashes and gives one row. It fails where the server does not have the function. */
    String hashWorkload(HashFunction function, int rows);

    /** Reads what {@link #rowHash} gave. */
    long hash(String text);

    /** The sum of row hashes as an aggregate. A row without a hash is an error, {@link Reason#ROW_TOO_LARGE}, never left out. */
    String sum(String hash);

    /** A bucket of a row: the low bits of a hash over its key, blind to order and collation. */
    String bucket(HashFunction function, List<String> canonicalKey, int mask);

    /**
     * 16 bits of a key that is compared as a UUID, for a fraction of what {@link #bucket} costs: bytes that vary in UUIDs of every version, other ones when {@code others}. The
     * same for equal UUIDs, however a column holds them; any number for what is none.
     */
    String uuidBits(Column column, String sql, boolean others);

    /** Where in a UUID's text the first digit of a byte stands, counted from 1. */
    static int uuidDigit(int ofByte) {
        return 1 + 2 * ofByte + (ofByte >= 4 ? 1 : 0) + (ofByte >= 6 ? 1 : 0) + (ofByte >= 8 ? 1 : 0) + (ofByte >= 10 ? 1 : 0);
    }

    /** A query for one number that is the same on two servers which hash records alike by {@link HashFunction#RECORD}; null where the engine has no such function. */
    default String recordProbe() {
        return null;
    }

    /**
     * The hash of a row by {@link HashFunction#RECORD}.
     *
     * @param key    the fields of the key, at least one
     * @param fields every hashed field
     */
    default String recordHash(List<Stored> key, List<Stored> fields) {
        throw new UnsupportedOperationException(type() + " hashes no records");
    }

    /** A hash by {@link #recordHash} as {@link #rowDigits} writes one. */
    default String recordDigits(String recordHash) {
        throw new UnsupportedOperationException(type() + " hashes no records");
    }

    /**
     * A field as one side stores it.
     *
     * @param form      this side's
     * @param otherForm the other side's
     * @param own       this side's column
     * @param other     the other side's
     * @param sql       the column in SQL
     */
    record Stored(Form form, Form otherForm, Column own, Column other, String sql) {}

    /** A query that fails where the server does not know a zone by this name; null where it converts to NULL instead. */
    default String zoneProbe(String zone) {
        return null;
    }

    /** Condition on local times of a zone by name that the server cannot convert, though it knows the zone; null where there are none. */
    default String unconvertible(String sql) {
        return null;
    }

    /** Ends a derived table whose columns are computed once, whatever the outer query does with them. */
    String fence();

    /** A condition that holds where a column marks a deleted record: true, not zero, or, for other types, not NULL. */
    default String deleted(Column column, String sql) {
        return switch (column.logical()) {
            case BOOLEAN -> "(" + sql + ") IS TRUE";
            case INTEGER, DECIMAL, FLOAT, DOUBLE -> "(" + sql + " IS NOT NULL AND " + sql + "<>0)";
            default -> "(" + sql + " IS NOT NULL)";
        };
    }

    /** The server's present time in UTC, as {@link #valueText} writes a time. */
    String utcNow();

    /**
     * Sessions of others that are at work in the server.
     *
     * @param own sessions of the caller that may be at work as well
     * @throws SQLException also where the account may not see it
     */
    int activeSessions(Connection connection, int own) throws SQLException;

    /** The lag of a replica that gets nothing from its primary, or has applied nothing yet: nobody knows it. */
    long UNKNOWN_LAG = Long.MAX_VALUE / 1_000_000;

    /** How far a replica is behind its primary, in milliseconds, or {@link #UNKNOWN_LAG}; null on a server that is none. */
    Long replicaLagMillis(Connection connection) throws SQLException;

    /**
     * Who keeps readers out of the store's table at present: {@code process 17 (psql), in a transaction since ...}; never a statement's text. Empty where nobody does, or the account may not see it.
     */
    default Optional<String> lockedBy(Connection connection, Store store) throws SQLException {
        return Optional.empty();
    }

    /** Where a replica shows how its replication stands. */
    default String replicaStatus() {
        return "SHOW REPLICA STATUS";
    }

    /** The statement that lets an account see {@link #activeSessions} and {@link #replicaLagMillis}. */
    String monitorGrant();

    /** {@code (key - low) / step}, rounded down, for keys at least as large as {@code low}. */
    String leaf(Column column, String key, long low, long step);

    /** What {@link #literal} gives for a value that the column cannot hold: equal to nothing, and no bound. */
    String NO_VALUE = "NULL";

    /**
     * A key field's value, given as {@link #keyText} wrote it or as {@link #boundaryText} did, as a literal of the column's own type and collation; NULL, or an expression that
     * is NULL, which equals no row, for a value that the column cannot hold.
     */
    String literal(Column column, String text);

    /** A key column as it stands beside a {@link #literal}; its index serves. */
    default String comparable(Column column, String sql) {
        return sql;
    }

    /**
     * A key column of whole numbers as the number that it is written as: what ranges of numbers, also of such as the column cannot hold, are compared with. Its index serves, unless the engine
     * reads numbers beside the column's type in another way.
     */
    default String counted(Column column, String sql) {
        return comparable(column, sql);
    }

    /** Whether an index on the column keeps it in the order of {@link #comparable}. */
    default boolean ordered(Column column) {
        return true;
    }

    /** Whether the column can hold the value, as far as is known: only then {@link #literal} is a bound, and only then anything equals it. */
    default boolean holds(Column column, String text) {
        return !literal(column, text).equals(NO_VALUE);
    }

    /** A key field's own value as text from which {@link #literal} makes the same value again. */
    String boundaryText(Column column, String sql);

    /** Rows at or after a position in key order; {@code low} holds literals. */
    String atOrAfter(List<String> key, List<String> low);

    /** Rows before a position in key order. */
    String before(List<String> key, List<String> high);

    /** A literal like a column's values, for the handshake, given in {@link #valueText}'s spelling. */
    String sample(Column column, int scale, String text);

    /** The statement that gives an account a privilege on the store's table. */
    String grant(String privilege, Store store);
}
