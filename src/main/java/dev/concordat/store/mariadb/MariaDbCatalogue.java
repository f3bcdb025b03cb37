package dev.concordat.store.mariadb;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.store.Catalogue;
import dev.concordat.store.Column;
import dev.concordat.store.Form;
import dev.concordat.store.Logical;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What information_schema says of one table, and the proof that it says all: it shows an account only the columns that the account has some privilege on, so that a column which a grant leaves
 * out would not be missed. A table's definition is shown only to an account with a privilege on the whole table, its invisible columns included; a view has none of these, and an asterisk takes
 * all of its columns or is refused.
 */
final class MariaDbCatalogue {
    /** SELECT denied on a table, and on a column of it. */
    private static final Set<Integer> DENIED = Set.of(1142, 1143);
    private static final int ON_COLUMNS = 1143;
    /** What reading a view gives whose definer is gone, and one that reads what is gone. */
    private static final Set<Integer> BROKEN = Set.of(1045, 1356, 1449);

    private final Connection connection;
    private final Store store;
    private final String table;
    private final List<Column> columns = new ArrayList<>();
    private final List<String> unreadable = new ArrayList<>();
    /** Ends of a row's life in a table with system versioning: part of its unique keys, and no part of what is unique among the rows of today. */
    private final Set<String> rowEnds = new HashSet<>();
    private boolean view;
    private Form.Rounding rounding = Form.Rounding.CUT;
    private long rows;

    /** @param table qualified and quoted */
    MariaDbCatalogue(Connection connection, Store store, String table) {
        this.connection = connection;
        this.store = store;
        this.table = table;
    }

    Catalogue read() throws SQLException {
        readColumns();
        if (columns.isEmpty()) {
            // A view that reads what is gone has no columns.
            refuseBrokenView();
            return new Catalogue(columns, List.of(), 0);
        }
        // An account that may only write, as one for evidence, reads nothing that could be missed.
        String definition = unreadable.size() == columns.size() ? "" : definition();
        if (!unreadable.isEmpty() && unreadable.size() < columns.size()) {
            throw denied("column " + String.join(", ", unreadable), null);
        }
        columns.replaceAll(column -> json(column, definition) ? column.as(Logical.JSON) : column);
        Map<String, List<String>> keys = keys();
        return new Catalogue(columns, List.copyOf(keys.values()), rows, keys.getOrDefault("PRIMARY", List.of()), rounding);
    }

    private void readColumns() throws SQLException {
        String sql = """
                SELECT c.column_name, c.data_type, c.column_type, c.is_nullable, c.numeric_precision, c.numeric_scale, c.datetime_precision, c.character_set_name, c.collation_name,
                  c.character_maximum_length, c.privileges, c.generation_expression, t.table_type, t.table_rows, @@global.sql_mode
                FROM information_schema.columns c JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
                WHERE c.table_schema = ? AND c.table_name = ? AND t.table_schema = ? AND t.table_name = ? ORDER BY c.ordinal_position""";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, store.database());
            statement.setString(2, store.table());
            statement.setString(3, store.database());
            statement.setString(4, store.table());
            ResultSet r = statement.executeQuery();
            while (r.next()) {
                Column column = column(r);
                columns.add(column);
                if (!r.getString(11).toLowerCase(Locale.ROOT).contains("select")) {
                    unreadable.add(column.name());
                }
                if ("ROW END".equalsIgnoreCase(r.getString(12))) {
                    rowEnds.add(column.name());
                }
                view = r.getString(13).endsWith("VIEW");
                rows = r.getLong(14);
                rounding = rounds(r.getString(15)) ? Form.Rounding.UP : Form.Rounding.CUT;
            }
        }
    }

    /** What sessions do that keep the server's mode, as one may suppose of those that wrote the rows. */
    private boolean rounds(String globalMode) {
        return store.type() == StoreType.MYSQL ? !globalMode.contains("TIME_TRUNCATE_FRACTIONAL") : globalMode.contains("TIME_ROUND_FRACTIONAL");
    }

    /** The table's definition; empty for a view. */
    private String definition() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (view) {
                statement.executeQuery("SELECT * FROM " + table + " LIMIT 0").close();
                return "";
            }
            try (ResultSet r = statement.executeQuery("SHOW CREATE TABLE " + table)) {
                return r.next() ? r.getString(2) : "";
            }
        } catch (SQLException e) {
            if (DENIED.contains(e.getErrorCode())) {
                throw denied("every column", e);
            }
            throw view && BROKEN.contains(e.getErrorCode()) ? new BrokenView(table, definer(), e) : e;
        }
    }

    private void refuseBrokenView() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeQuery("SELECT * FROM " + table + " LIMIT 0").close();
        } catch (SQLException e) {
            if (BROKEN.contains(e.getErrorCode())) {
                throw new BrokenView(table, definer(), e);
            }
            // It does not exist, or may not be seen: the caller says so.
        }
    }

    private String definer() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT definer FROM information_schema.views WHERE table_schema = ? AND table_name = ?")) {
            statement.setString(1, store.database());
            statement.setString(2, store.table());
            ResultSet r = statement.executeQuery();
            return r.next() ? r.getString(1) : null;
        }
    }

    private SQLException denied(String what, SQLException cause) {
        return new SQLException("it may not read " + what + " of " + table + ", only columns that a grant names; the others are hidden from it, and would not be compared", "42000", ON_COLUMNS, cause);
    }

    /** MariaDB's json is a longtext with a check that it is JSON, which information_schema shows to those who may write. */
    private static boolean json(Column column, String definition) {
        return column.declared().equals("longtext") && "utf8mb4_bin".equals(column.collation())
                && (definition.contains("CHECK (json_valid(`" + column.name().replace("`", "``") + "`))")
                || definition.contains("CHECK (json_valid(\"" + column.name().replace("\"", "\"\"") + "\"))"));
    }

    private Map<String, List<String>> keys() throws SQLException {
        Map<String, List<String>> keys = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT index_name, column_name FROM information_schema.statistics WHERE table_schema = ? AND table_name = ? AND non_unique = 0 ORDER BY index_name, seq_in_index")) {
            statement.setString(1, store.database());
            statement.setString(2, store.table());
            ResultSet r = statement.executeQuery();
            while (r.next()) {
                List<String> key = keys.computeIfAbsent(r.getString(1), _ -> new ArrayList<>());
                if (!rowEnds.contains(r.getString(2))) {
                    // Of an expression, which MySQL can index, there is no name; it is no column of the table.
                    key.add(r.getString(2) == null ? "" : r.getString(2));
                }
            }
        }
        return keys;
    }

    private static Column column(ResultSet r) throws SQLException {
        String type = r.getString(2).toLowerCase(Locale.ROOT);
        String declared = r.getString(3);
        Logical logical = switch (type) {
            case "tinyint", "smallint", "mediumint", "int", "bigint", "year" -> Logical.INTEGER;
            case "decimal" -> Logical.DECIMAL;
            case "float" -> Logical.FLOAT;
            case "double" -> Logical.DOUBLE;
            case "bit" -> declared.equals("bit(1)") ? Logical.BOOLEAN : Logical.BITS;
            case "inet4", "inet6" -> Logical.INET;
            case "datetime" -> Logical.TIMESTAMP;
            case "timestamp" -> Logical.INSTANT;
            case "date" -> Logical.DATE;
            case "time" -> Logical.TIME;
            case "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set" -> Logical.TEXT;
            case "char" -> Logical.CHAR;
            case "uuid" -> Logical.UUID;
            case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob" -> Logical.BINARY;
            default -> Logical.OTHER;
        };
        int length = switch (logical) {
            case INTEGER -> switch (type) {
                case "tinyint" -> 1;
                case "smallint", "year" -> 2;
                case "bigint" -> 8;
                default -> 4;
            };
            case DECIMAL, BITS -> r.getInt(5);
            case TEXT, CHAR, BINARY -> (int) Math.min(Integer.MAX_VALUE, r.getLong(10));
            default -> 0;
        };
        int scale = switch (logical) {
            case DECIMAL -> r.getInt(6);
            case TIMESTAMP, INSTANT, TIME -> r.getInt(7);
            default -> 0;
        };
        return new Column(r.getString(1), logical, r.getString(4).equals("YES"), length, scale, declared.contains("unsigned"), r.getString(8), r.getString(9), declared);
    }
}
