package dev.concordat.store;

import java.util.List;

/**
 * What a database's catalogue says of one table.
 *
 * @param columns       in table order; empty when the table does not exist or the account may not see it
 * @param uniqueKeys    columns of each unique index over whole columns and all rows, the primary key among them
 * @param estimatedRows the engine's own estimate; 0 when it has none
 * @param primaryKey    columns of the primary key, in key order; empty when there is none
 * @param rounding      what the server does, unless a session chose otherwise, with digits of a time that a column has no place for
 * @param notes         what the columns do not show and a reader of a report must know: child tables, foreign partitions, generated and invisible columns
 */
public record Catalogue(List<Column> columns, List<List<String>> uniqueKeys, long estimatedRows, List<String> primaryKey, Form.Rounding rounding, List<String> notes) {
    public Catalogue {
        columns = List.copyOf(columns);
        uniqueKeys = List.copyOf(uniqueKeys);
        primaryKey = List.copyOf(primaryKey);
        notes = List.copyOf(notes);
    }

    /** One of which there is nothing more to know. */
    public Catalogue(List<Column> columns, List<List<String>> uniqueKeys, long estimatedRows, List<String> primaryKey, Form.Rounding rounding) {
        this(columns, uniqueKeys, estimatedRows, primaryKey, rounding, List.of());
    }

    /** A table without a primary key, of a server that cuts. */
    public Catalogue(List<Column> columns, List<List<String>> uniqueKeys, long estimatedRows) {
        this(columns, uniqueKeys, estimatedRows, List.of(), Form.Rounding.CUT);
    }

    /** The column of that exact name; null when there is none. */
    public Column column(String name) {
        for (Column column : columns) {
            if (column.name().equals(name)) {
                return column;
            }
        }
        return null;
    }
}
