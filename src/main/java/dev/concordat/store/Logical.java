package dev.concordat.store;

/** What a column's values are, whatever its engine calls the type. */
public enum Logical {
    INTEGER, DECIMAL, FLOAT, DOUBLE, BOOLEAN,
    /** Date and time without a zone. */
    TIMESTAMP,
    /** A point in time. */
    INSTANT,
    DATE, TIME,
    TEXT,
    /** Text of fixed length, where blanks at the end are padding. */
    CHAR,
    UUID, BINARY, JSON,
    /** Known to its own engine only. */
    OTHER
}
