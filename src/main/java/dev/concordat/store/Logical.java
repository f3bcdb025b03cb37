package dev.concordat.store;

/** What a column's values are, whatever its engine calls the type. */
public enum Logical {
    INTEGER, DECIMAL, FLOAT, DOUBLE, BOOLEAN,
    /** Strings of bits; MariaDB's {@code bit(1)} is a BOOLEAN. */
    BITS,
    /** Date and time without a zone. */
    TIMESTAMP,
    /** A point in time. */
    INSTANT,
    DATE, TIME,
    TEXT,
    /** Text of fixed length, where blanks at the end are padding. */
    CHAR,
    UUID, BINARY, JSON,
    /** PostgreSQL's arrays. Taken as JSON, they are written as such. */
    ARRAY,
    /** Addresses of IPv4 or IPv6, with a network's length on PostgreSQL. */
    INET,
    /** Known to its own engine only. */
    OTHER
}
