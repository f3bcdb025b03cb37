package dev.concordat.drift;

import dev.concordat.report.Failure;
import dev.concordat.store.Column;
import dev.concordat.store.Dialect;
import dev.concordat.store.Form;
import dev.concordat.store.HashFunction;
import dev.concordat.store.Logical;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One connection to one side, and the questions that a comparison asks of it. For one thread at a time. Every statement ends by itself; none
 * keeps a snapshot for the next.
 */
final class Session implements AutoCloseable {
    private static final int FETCH = 500;
    /** MariaDB's error for a row whose text is longer than a packet. */
    private static final int ROW_TOO_LARGE = 1301;

    private final StoreAccess access;
    private final boolean source;
    private final Connection connection;
    private final Dialect dialect;
    private Plan plan;
    private String table;
    private String where;
    private String hash;
    private String keys;
    private List<String> keyColumns;
    private List<String> canonicalKey;

    Session(StoreAccess access, boolean source, Connection connection) {
        this.access = access;
        this.source = source;
        this.connection = connection;
        this.dialect = access.dialect();
        this.table = dialect.table(access.store());
    }

    Dialect dialect() {
        return dialect;
    }

    StoreAccess access() {
        return access;
    }

    dev.concordat.store.Catalogue catalogue() throws StoreException {
        try {
            return dialect.catalogue(connection, access.store());
        } catch (SQLException e) {
            throw access.explain(e);
        }
    }

    /** Prepares the SQL of a plan. */
    void use(Plan newPlan, Map<String, String> canary) throws StoreException {
        plan = newPlan;
        keyColumns = new ArrayList<>();
        canonicalKey = new ArrayList<>();
        List<String> keyTexts = new ArrayList<>();
        List<String> isCanary = new ArrayList<>();
        for (Plan.Field field : plan.key()) {
            Column column = field.column(source);
            String name = dialect.quote(column.name());
            keyColumns.add(name);
            keyTexts.add(dialect.keyText(field.form(source), column, name));
            canonicalKey.add(dialect.canonical(field.form(source), column, name));
            if (canary.containsKey(field.name())) {
                try {
                    isCanary.add(name + "=" + literal(field, canary.get(field.name())));
                } catch (IllegalArgumentException e) {
                    throw new StoreException(new Failure("CanaryKeyInvalid", "spec.latency.probe.canary.key", "the value for " + field.name() + " is " + e.getMessage(),
                            "Give a value of the column's type, " + column.declared(), false), true);
                }
            }
        }
        keys = String.join(",", keyTexts);
        where = isCanary.isEmpty() ? "" : " AND NOT (" + String.join(" AND ", isCanary) + ")";
        List<String> parts = new ArrayList<>();
        List<String> collations = plan.hashed().stream().map(f -> f.column(source)).filter(c -> c.collation() != null).map(Column::collation).distinct().toList();
        boolean clash = collations.size() > 1 || collations.size() == 1 && !collations.getFirst().startsWith("utf8mb4");
        for (Plan.Field field : plan.hashed()) {
            Column column = field.column(source);
            parts.add(dialect.canonical(field.form(source), clash ? column : column.uncollated(), dialect.quote(column.name())));
        }
        hash = dialect.rowHash(plan.hash().function(), parts);
    }

    private String literal(Plan.Field field, String text) {
        Column column = field.column(source);
        return dialect.literal(column, field.form(source).kind() == Form.Kind.UUID && column.logical() == Logical.BINARY ? text.replace("-", "") : text);
    }

    @FunctionalInterface
    interface Reader {
        void row(ResultSet row) throws SQLException;
    }

    void query(String sql, Reader reader) throws StoreException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                reader.row(rows);
            }
        } catch (SQLException e) {
            throw access.explain(e);
        }
    }

    /** As {@link #query}, with the rows fetched in portions, whatever their number. */
    void stream(String sql, Reader reader) throws StoreException {
        try {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(FETCH);
                try (ResultSet rows = statement.executeQuery(sql)) {
                    while (rows.next()) {
                        reader.row(rows);
                    }
                }
            } finally {
                if (!connection.isClosed()) {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
            }
        } catch (SQLException e) {
            throw access.explain(e);
        }
    }

    void execute(String sql) throws StoreException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw access.explain(e);
        }
    }

    /** Computes so many hashes of literals, for their time. */
    void hashWorkload(HashFunction function, int rows) throws StoreException {
        query(dialect.hashWorkload(function, rows), _ -> {});
    }

    /** Whether a key field is NULL somewhere: such a row has no place in any range. */
    void refuseNullKeys() throws StoreException {
        for (int i = 0; i < plan.key().size(); i++) {
            if (!plan.key().get(i).column(source).nullable()) {
                continue;
            }
            boolean[] found = new boolean[1];
            query("SELECT 1 FROM " + table + " WHERE " + keyColumns.get(i) + " IS NULL LIMIT 1", _ -> found[0] = true);
            if (found[0]) {
                throw new StoreException(new Failure("KeyIsNull", "spec.record.key[" + i + "]", access.place() + " has rows whose key field " + plan.key().get(i).column(source).name() + " is NULL",
                        "Name a key that every record has", false), true);
            }
        }
    }

    // Ranges of an integer key.

    /** Smallest and largest key; null when the table is empty. */
    long[] bounds() throws StoreException {
        long[][] bounds = new long[1][];
        String k = keyColumns.getFirst();
        query("SELECT MIN(" + k + "), MAX(" + k + ") FROM " + table + " WHERE 1=1" + where, r -> {
            long low = r.getLong(1);
            bounds[0] = r.wasNull() ? null : new long[] {low, r.getLong(2)};
        });
        return bounds[0];
    }

    /** The key that follows {@code rows} keys from {@code low} on; null when there are fewer. */
    Long after(long low, int rows) throws StoreException {
        Long[] key = new Long[1];
        String k = keyColumns.getFirst();
        query("SELECT " + k + " FROM " + table + " WHERE " + k + ">=" + number(low) + " ORDER BY " + k + " LIMIT 1 OFFSET " + rows, r -> key[0] = r.getLong(1));
        return key[0];
    }

    /** A negative literal is a unary minus on a positive one, which the smallest long does not have. */
    private String number(long value) {
        return dialect.literal(plan.key().getFirst().column(source), Long.toString(value));
    }

    private String between(Long low, Long high) {
        String k = keyColumns.getFirst();
        return low == null && high == null ? "1=1" : (low == null ? "" : k + ">=" + number(low)) + (low == null || high == null ? "" : " AND ") + (high == null ? "" : k + "<" + number(high));
    }

    /** Checksums of a chunk: leaf to count and sum. */
    Map<Long, Leaf> leaves(Chunk chunk) throws StoreException {
        String leaf = dialect.leaf(plan.key().getFirst().column(source), keyColumns.getFirst(), chunk.low(), chunk.step());
        if (chunk.first() || chunk.last()) {
            // Open ends: what was inserted outside the bounds since they were read belongs to the outermost leaves.
            leaf = "LEAST(GREATEST(" + leaf + ",0)," + chunk.lastLeaf() + ")";
        }
        Map<Long, Leaf> leaves = new HashMap<>();
        query("SELECT " + leaf + " AS leaf, COUNT(*), " + dialect.sum(hash) + " FROM " + table + " WHERE " + between(chunk.from(), chunk.to()) + where + " GROUP BY 1",
                r -> leaves.put(r.getLong(1), leaf(r, 2)));
        return leaves;
    }

    private Leaf leaf(ResultSet r, int column) throws SQLException {
        BigDecimal sum = r.getBigDecimal(column + 1);
        return new Leaf(r.getLong(column), sum.toBigInteger().longValue());
    }

    /** Keys and hashes of rows in ranges of an integer key; {@code null} is an open end. */
    Hashes hashes(List<Long[]> ranges) throws StoreException {
        List<String> any = new ArrayList<>();
        for (Long[] range : ranges) {
            any.add("(" + between(range[0], range[1]) + ")");
        }
        return hashesWhere("(" + String.join(" OR ", any) + ")");
    }

    private Hashes hashesWhere(String predicate) throws StoreException {
        Hashes hashes = new Hashes();
        hashesWhere(predicate, hashes);
        return hashes;
    }

    private void hashesWhere(String predicate, Hashes into) throws StoreException {
        int n = plan.key().size();
        query("SELECT " + keys + ", " + hash + " FROM " + table + " WHERE " + predicate + where, r -> {
            String text = r.getString(n + 1);
            if (text == null) {
                throw new SQLException("a row without a hash", "22003", ROW_TOO_LARGE);
            }
            into.add(key(r), dialect.hash(text));
        });
    }

    private List<String> key(ResultSet r) throws SQLException {
        int n = plan.key().size();
        if (n == 1) {
            return List.of(r.getString(1));
        }
        String[] parts = new String[n];
        for (int i = 0; i < n; i++) {
            parts[i] = r.getString(i + 1);
        }
        return List.of(parts);
    }

    // Any key: a walk in this side's own order, leaves by hash of the key.

    /** The key that follows {@code rows} rows from {@code low} on, as literals; null when there are fewer. */
    List<String> boundary(List<String> low, int rows) throws StoreException {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < keyColumns.size(); i++) {
            texts.add(dialect.boundaryText(plan.key().get(i).column(source), keyColumns.get(i)));
        }
        List<List<String>> found = new ArrayList<>();
        query("SELECT " + String.join(",", texts) + " FROM " + table + " WHERE " + (low == null ? "1=1" : dialect.atOrAfter(keyColumns, low)) + " ORDER BY " + String.join(",", keyColumns)
                + " LIMIT 1 OFFSET " + rows, r -> {
                    List<String> literals = new ArrayList<>();
                    for (int i = 0; i < keyColumns.size(); i++) {
                        literals.add(dialect.literal(plan.key().get(i).column(source), r.getString(i + 1)));
                    }
                    found.add(literals);
                });
        return found.isEmpty() ? null : found.getFirst();
    }

    private String between(List<String> low, List<String> high) {
        return low == null && high == null ? "1=1"
                : (low == null ? "" : dialect.atOrAfter(keyColumns, low)) + (low == null || high == null ? "" : " AND ") + (high == null ? "" : dialect.before(keyColumns, high));
    }

    /** Checksums by bucket of the key's hash, of the rows in a range of this side's order. Returns the rows. */
    long buckets(List<String> low, List<String> high, Buckets into) throws StoreException {
        long[] rows = new long[1];
        query("SELECT " + dialect.bucket(plan.hash().function(), canonicalKey, into.mask()) + " AS bucket, COUNT(*), " + dialect.sum(hash) + " FROM " + table + " WHERE " + between(low, high) + where + " GROUP BY 1", r -> {
            Leaf leaf = leaf(r, 2);
            into.add(r.getInt(1), leaf);
            rows[0] += leaf.count();
        });
        return rows[0];
    }

    private String inBuckets(List<Integer> buckets, int mask) {
        return dialect.bucket(plan.hash().function(), canonicalKey, mask) + " IN (" + String.join(",", buckets.stream().map(String::valueOf).toList()) + ")";
    }

    void hashes(List<String> low, List<String> high, List<Integer> buckets, int mask, Hashes into) throws StoreException {
        hashesWhere("(" + between(low, high) + ") AND " + inBuckets(buckets, mask), into);
    }

    // Streamed fields.

    /** Typed values of the streamed fields, by key, of rows in a range of an integer key. */
    void values(Long low, Long high, Map<List<String>, Object[]> into) throws StoreException {
        valuesWhere(between(low, high), into);
    }

    void values(List<String> low, List<String> high, List<Integer> buckets, int mask, Map<List<String>, Object[]> into) throws StoreException {
        valuesWhere("(" + between(low, high) + ") AND " + inBuckets(buckets, mask), into);
    }

    private void valuesWhere(String predicate, Map<List<String>, Object[]> into) throws StoreException {
        List<Plan.Field> fields = plan.streamed();
        StringBuilder sql = new StringBuilder("SELECT ").append(keys);
        for (Plan.Field field : fields) {
            sql.append(',').append(dialect.valueText(field.column(source), dialect.quote(field.column(source).name())));
        }
        int n = plan.key().size();
        stream(sql + " FROM " + table + " WHERE " + predicate + where, r -> {
            Object[] values = new Object[fields.size()];
            for (int i = 0; i < values.length; i++) {
                Object value = Typed.read(fields.get(i).form(source), fields.get(i).column(source), r.getString(n + 1 + i));
                // A number is needed for its tolerance; of all else only equality counts, and a large text is not kept.
                values[i] = value instanceof BigDecimal || value == null ? value : Hashes.of(value.toString());
            }
            into.put(key(r), values);
        });
    }

    // Records by key.

    /** The records with these keys as they are now. A key that is not among the answers is absent. */
    Map<List<String>, Row> rows(List<List<String>> wanted) throws StoreException {
        StringBuilder sql = new StringBuilder("SELECT ").append(keys);
        for (Plan.Field field : plan.fields()) {
            sql.append(',').append(dialect.valueText(field.column(source), dialect.quote(field.column(source).name())));
        }
        int n = plan.key().size();
        int fields = plan.fields().size();
        sql.append(',').append(hash).append(" FROM ").append(table).append(" WHERE (").append(byKey(wanted)).append(')').append(where);
        Map<List<String>, Row> rows = new HashMap<>();
        stream(sql.toString(), r -> {
            String[] texts = new String[fields];
            Object[] values = new Object[fields];
            for (int i = 0; i < fields; i++) {
                texts[i] = r.getString(n + 1 + i);
                values[i] = Typed.read(plan.fields().get(i).form(source), plan.fields().get(i).column(source), texts[i]);
            }
            long bytes = dialect.hash(r.getString(n + fields + 1));
            // A collation may find more than was asked for: the caller looks up its own keys only.
            rows.merge(key(r), new Row(1, texts, values, bytes), (a, _) -> new Row(a.copies() + 1, a.texts(), a.values(), a.bytes()));
        });
        return rows;
    }

    private String byKey(List<List<String>> wanted) {
        if (plan.key().size() == 1) {
            return operand(0) + " IN (" + String.join(",", wanted.stream().map(key -> literal(plan.key().getFirst(), key.getFirst())).toList()) + ")";
        }
        List<String> any = new ArrayList<>();
        for (List<String> key : wanted) {
            List<String> all = new ArrayList<>();
            for (int i = 0; i < key.size(); i++) {
                all.add(operand(i) + "=" + literal(plan.key().get(i), key.get(i)));
            }
            any.add("(" + String.join(" AND ", all) + ")");
        }
        return String.join(" OR ", any);
    }

    /** The key column itself, so that its index serves; or its canonical text where the column may spell an equal key in another way. */
    private String operand(int i) {
        Plan.Field field = plan.key().get(i);
        Column column = field.column(source);
        boolean spelledOtherwise = column.text() && (field.form(source).kind() == Form.Kind.UUID || field.form(source).padded() && column.logical() == Logical.TEXT)
                && (column.collation() == null || !column.collation().contains("_ci"));
        return spelledOtherwise ? dialect.keyText(field.form(source), column, keyColumns.get(i)) : keyColumns.get(i);
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
