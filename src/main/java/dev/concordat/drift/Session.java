package dev.concordat.drift;

import dev.concordat.api.v1alpha1.SyncContractSpec.Gap;
import dev.concordat.api.v1alpha1.SyncContractSpec.GapKind;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.report.Failure;
import dev.concordat.store.Catalogue;
import dev.concordat.store.Column;
import dev.concordat.store.Dialect;
import dev.concordat.store.Form;
import dev.concordat.store.HashFunction;
import dev.concordat.store.Logical;
import dev.concordat.store.Reason;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import dev.concordat.store.StoreSession;
import dev.concordat.store.StoreSession.Mode;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One connection to one side, and the questions that a comparison asks of it. For one thread at a time. Every statement ends by itself; none
 * keeps a snapshot for the next.
 */
final class Session implements AutoCloseable {
    /** Into so many parts {@link #share} cuts the records. */
    static final int SHARES = 4_096;

    /**
     * A position in key order.
     *
     * @param ofSource  the side that it was read from
     * @param own       the key as that side writes it for itself
     * @param canonical the key as both sides understand it
     */
    record Boundary(boolean ofSource, List<String> own, List<String> canonical) {
        /** As a checkpoint keeps it. */
        List<String> text() {
            List<String> text = new ArrayList<>();
            text.add(ofSource ? "source" : "target");
            text.addAll(own);
            text.addAll(canonical);
            return text;
        }

        static Boundary of(List<String> text) {
            int n = (text.size() - 1) / 2;
            return new Boundary(text.getFirst().equals("source"), text.subList(1, 1 + n), text.subList(1 + n, 1 + 2 * n));
        }
    }

    private static final int FETCH = 500;
    private static final Set<String> UNANSWERED = Set.of(Reason.CONNECTION_LOST, Reason.STORE_UNREACHABLE, Reason.STATEMENT_TIMEOUT, Reason.LOCKED, Reason.CONFLICT, Reason.SESSION_NOT_PINNED);
    /** Characters of expressions and conditions in one statement: a table with a thousand columns has long ones. */
    private static final int DIGESTS_TEXT = 100_000;
    /** Whole records may be large. */
    private static final int BY_KEY = 50;
    /** MariaDB's error for a row whose text is longer than a packet. */
    private static final int ROW_TOO_LARGE = 1301;

    private final StoreAccess access;
    private final boolean source;
    private final Patience patience;
    private final Dialect dialect;
    private StoreSession session;
    private Catalogue known;
    private Plan plan;
    private boolean indexed;
    private String table;
    private String where;
    private String hash;
    private String digits;
    private String row;
    private String keys;
    private List<String> keyText;
    private String ungapped;
    private String ranged;
    private String shared = "";
    private String scanned;
    private List<String> gaps;
    private List<String> keyColumns;
    private List<String> canonicalKey;

    Session(StoreAccess access, boolean source, Patience patience) throws StoreException {
        this.access = access;
        this.source = source;
        this.patience = patience;
        this.session = access.open();
        this.dialect = access.dialect();
        this.table = dialect.table(access.store());
    }

    Dialect dialect() {
        return dialect;
    }

    StoreAccess access() {
        return access;
    }

    Catalogue catalogue() throws StoreException {
        known = ask(open -> open.<Catalogue, RuntimeException>transaction(Mode.READ, connection -> dialect.catalogue(connection, access.store())));
        return known;
    }

    /** See {@link StoreSession#hold}. */
    void hold() {
        session.hold();
    }

    /** See {@link StoreSession#release}. What it cannot end is gone with its connection, which the next question finds. */
    void release() {
        try {
            session.release();
        } catch (SQLException e) {
            session.close();
        }
    }

    /** A question whose answer is thrown away where it fails, and asked again from the start. */
    @FunctionalInterface
    private interface Question<T> {
        T ask(StoreSession open) throws SQLException;
    }

    /** Asks; again, over another connection if need be, where a state that passes was in the way. */
    private <T> T ask(Question<T> question) throws StoreException {
        try {
            return patience.ask(access, source, () -> question.ask(session), this::reconnect);
        } catch (SQLException e) {
            throw explained(e);
        }
    }

    private StoreException explained(SQLException e) {
        StoreException failed = access.explain(e);
        return failed.failure().reason().equals(Reason.LOCKED) ? holder(failed, e) : failed;
    }

    /** With who holds the lock, as far as it can be seen. */
    private StoreException holder(StoreException locked, SQLException cause) {
        try {
            Optional<String> who = session.<Optional<String>, RuntimeException>transaction(Mode.READ, connection -> dialect.lockedBy(connection, access.store()));
            Failure f = locked.failure();
            return who.isEmpty() ? locked : new StoreException(new Failure(f.reason(), f.field(), f.message() + ", " + who.get(), f.remedy(), f.schema()), locked.configuration(), cause);
        } catch (SQLException e) {
            return locked;
        }
    }

    /** Another connection may lead to another server, as after a failover. */
    private void reconnect() throws StoreException {
        String before = session.server();
        session.close();
        session = access.open();
        sameServer(before);
        if (known == null) {
            return;
        }
        Catalogue now;
        try {
            now = session.<Catalogue, RuntimeException>transaction(Mode.READ, connection -> dialect.catalogue(connection, access.store()));
        } catch (SQLException e) {
            throw explained(e);
        }
        if (!now.columns().equals(known.columns())) {
            throw changed("the table has other columns there");
        }
    }

    private void sameServer(String expected) throws StoreException {
        if (!session.server().equals(expected)) {
            throw changed("its version is " + session.server() + " and not " + expected);
        }
    }

    private StoreException changed(String how) {
        return new StoreException(new Failure("ServerChanged", access.field(), "another connection to " + access.place() + " led to another server: " + how,
                "Name one server, or a proxy whose servers have one version and one schema; after an upgrade the next run compares with the new one", false), false);
    }

    /** Lets this connection be used beside another one to the same side, if it leads to the same server. */
    void beside(Session first) throws StoreException {
        known = first.known;
        sameServer(first.session.server());
    }

    /** Prepares the SQL of a plan. */
    void use(Plan newPlan, CompareSpec spec) throws StoreException {
        plan = newPlan;
        keyColumns = new ArrayList<>();
        canonicalKey = new ArrayList<>();
        List<String> keyTexts = new ArrayList<>();
        for (Plan.Field field : plan.key()) {
            Column column = field.column(source);
            String name = dialect.quote(column.name());
            keyColumns.add(plan.layout() == Plan.Layout.KEY_RANGES ? dialect.counted(column, name) : dialect.comparable(column, name));
            keyTexts.add(dialect.keyText(field.form(source), column, name));
            canonicalKey.add(dialect.canonical(field.form(source), column, name));
        }
        keyText = List.copyOf(keyTexts);
        keys = String.join(",", keyTexts);
        StringBuilder filter = new StringBuilder();
        for (String condition : conditions(spec)) {
            filter.append(" AND ").append(condition);
        }
        ungapped = filter.toString();
        gaps = new ArrayList<>();
        for (Gap gap : spec.gaps()) {
            String condition = gap.kind() == GapKind.EXCLUDED_ROWS ? gap.filter(source) : null;
            gaps.add(condition == null ? null : "(" + condition + "\n)");
            if (condition != null) {
                filter.append(" AND (").append(condition).append("\n) IS NOT TRUE");
            }
        }
        where = filter.toString();
        indexed = plan.indexed(source);
        ranged = range(spec.scope());
        scanned = where + ranged;
        List<String> parts = new ArrayList<>();
        List<String> collations = plan.hashed().stream().map(f -> f.column(source)).filter(c -> c.collation() != null).map(Column::collation).distinct().toList();
        boolean clash = collations.size() > 1 || collations.size() == 1 && !collations.getFirst().startsWith("utf8mb4");
        for (Plan.Field field : plan.hashed()) {
            Column column = field.column(source);
            parts.add(dialect.canonical(field.form(source), clash ? column : column.uncollated(), dialect.quote(column.name())));
        }
        HashFunction function = plan.hash().function();
        if (function == HashFunction.RECORD) {
            hash = dialect.recordHash(stored(plan.key()), stored(plan.hashed()));
            digits = dialect.recordDigits(hash);
            row = hash;
        } else {
            hash = dialect.rowHash(function, parts);
            digits = dialect.rowDigits(function, parts);
            row = dialect.rowText(parts);
        }
    }

    private List<Dialect.Stored> stored(List<Plan.Field> fields) {
        return fields.stream().map(f -> new Dialect.Stored(f.form(source), f.form(!source), f.column(source), f.column(!source), dialect.quote(f.column(source).name()))).toList();
    }

    /** The stretch of the key's first field that a KeyRange scope asks for. An integer key has its bounds from the scan. */
    private String range(Scope scope) throws StoreException {
        if (scope.type() != ScopeType.KEY_RANGE || plan.layout() == Plan.Layout.KEY_RANGES) {
            return "";
        }
        StringBuilder range = new StringBuilder();
        try {
            if (scope.from() != null) {
                range.append(" AND ").append(keyColumns.getFirst()).append(">=").append(value(plan.key().getFirst(), scope.from()));
            }
            if (scope.to() != null) {
                range.append(" AND ").append(keyColumns.getFirst()).append('<').append(value(plan.key().getFirst(), scope.to()));
            }
        } catch (IllegalArgumentException e) {
            throw new StoreException(new Failure("ScopeInvalid", "spec.verification.scope", "from or to is " + e.getMessage(),
                    "Give values of the key's first field, " + plan.key().getFirst().name() + " (" + plan.key().getFirst().column(source).declared() + ")", false), true);
        }
        return range.toString();
    }

    /** From now on a scan reads only those records whose hashed key falls below {@code to} and not below {@code from} of {@link #SHARES}: the same ones on both sides. */
    void share(int from, int to) {
        // One function for all runs of a sweep, though another one may be faster today.
        String bucket = dialect.bucket(HashFunction.SHA256, canonicalKey, SHARES - 1);
        shared = " AND (" + bucket + ">=" + from + " AND " + bucket + "<" + to + ")";
        scanned = where + ranged + shared;
    }

    boolean ofSource() {
        return source;
    }

    /** Condition on a row: its key is in one part of {@code of}, a power of two. The same keys on both sides, whatever their rows hold. */
    String inPart(int part, int of) {
        // A word of its own in the hash, so that the parts are cut across the shares.
        return of == 1 ? "1=1" : dialect.bucket(HashFunction.SHA256, Stream.concat(canonicalKey.stream(), Stream.of("'part'")).toList(), of - 1) + "=" + part;
    }

    /** Whether an index serves the key's order on this side. */
    boolean keyIsIndexed() {
        return indexed;
    }

    /** What a row must satisfy to be a record, the gaps apart. A line break after what the contract says keeps a comment in it from swallowing the rest. */
    private List<String> conditions(CompareSpec spec) throws StoreException {
        List<String> conditions = new ArrayList<>();
        String filter = spec.rules().rows() == null ? null : source ? spec.rules().rows().sourceFilter() : spec.rules().rows().targetFilter();
        if (filter != null) {
            conditions.add("(" + filter + "\n)");
        }
        List<String> isCanary = new ArrayList<>();
        for (int i = 0; i < plan.key().size(); i++) {
            Plan.Field field = plan.key().get(i);
            if (spec.canary().containsKey(field.name())) {
                try {
                    isCanary.add(keyColumns.get(i) + "=" + value(field, spec.canary().get(field.name())));
                } catch (IllegalArgumentException e) {
                    throw new StoreException(new Failure("CanaryKeyInvalid", "spec.latency.probe.canary.key", "the value for " + field.name() + " is " + e.getMessage(),
                            "Give a value of the column's type, " + field.column(source).declared(), false), true);
                }
            }
        }
        if (!isCanary.isEmpty()) {
            conditions.add("NOT (" + String.join(" AND ", isCanary) + ")");
        }
        if (plan.tombstones() != null && plan.tombstones().column(source) != null) {
            Column mark = plan.tombstones().column(source);
            conditions.add("NOT " + dialect.deleted(mark, dialect.quote(mark.name())));
        }
        return conditions;
    }

    /** Whether the database understands the contract's conditions; nothing is read. */
    void checkFilters(CompareSpec spec) throws StoreException {
        String side = source ? "sourceFilter" : "targetFilter";
        if (spec.rules().rows() != null) {
            checkFilter(source ? spec.rules().rows().sourceFilter() : spec.rules().rows().targetFilter(), "spec.record.rows." + side);
        }
        for (int i = 0; i < spec.gaps().size(); i++) {
            Gap gap = spec.gaps().get(i);
            checkFilter(gap.filter(source), "spec.gaps[" + i + "]." + (gap.filter() == null ? side : "filter"));
        }
    }

    private void checkFilter(String condition, String path) throws StoreException {
        if (condition == null) {
            return;
        }
        Optional<String> refused = dialect.grammar().refuses(condition);
        if (refused.isPresent()) {
            throw new StoreException(new Failure("FilterInvalid", path, "the condition " + refused.get(), "Write one SQL condition on this table's columns, as after WHERE", false), true);
        }
        try {
            query("SELECT 1 FROM " + table + " WHERE (" + condition + "\n) IS NOT TRUE AND (" + condition + "\n) LIMIT 0", _ -> {});
        } catch (StoreException e) {
            if (unanswered(e) || !(e.getCause() instanceof SQLException sql)) {
                throw e;
            }
            throw new StoreException(new Failure("FilterInvalid", path, access.place() + " does not understand the condition: " + access.words(sql),
                    "Write one SQL condition on this table's columns, as after WHERE; names stand in double quotes, or in none, and texts in single quotes", false), true);
        }
    }

    /** Whether the server did not come to refuse a statement. */
    private static boolean unanswered(StoreException e) {
        String reason = e.failure().reason();
        return UNANSWERED.contains(reason);
    }

    /** A value that the contract gives: one that the column cannot hold is a mistake, since a comparison with NULL would leave every row out. */
    private String value(Plan.Field field, String text) {
        if (!dialect.holds(field.column(source), stored(field, text))) {
            throw new IllegalArgumentException("no value of its type");
        }
        return literal(field, text);
    }

    private String literal(Plan.Field field, String text) {
        String stored = stored(field, text);
        return dialect.holds(field.column(source), stored) ? dialect.literal(field.column(source), stored) : Dialect.NO_VALUE;
    }

    private String stored(Plan.Field field, String text) {
        return field.form(source).kind() == Form.Kind.UUID && field.column(source).logical() == Logical.BINARY ? text.replace("-", "") : text;
    }

    @FunctionalInterface
    interface Reader {
        void row(ResultSet row) throws SQLException;
    }

    /** Adds a row to what a question has so far. */
    @FunctionalInterface
    interface Into<T> {
        void row(ResultSet row, T answer) throws SQLException;
    }

    /** One query. The reader may be given some rows and then all of them again: it keeps what it is given last. */
    void query(String sql, Reader reader) throws StoreException {
        read(sql, 0, () -> reader, (row, each) -> each.row(row));
    }

    /** One query whose answer is gathered in what {@code fresh} makes, anew each time that it is read. */
    <T> T read(String sql, Supplier<T> fresh, Into<T> each) throws StoreException {
        return read(sql, 0, fresh, each);
    }

    /** As above. @param fetch rows that are fetched at a time, whatever their number; 0: all at once */
    private <T> T read(String sql, int fetch, Supplier<T> fresh, Into<T> each) throws StoreException {
        return ask(open -> open.query(sql, fetch, (rows, _) -> {
            T answer = fresh.get();
            while (rows.next()) {
                each.row(rows, answer);
            }
            return answer;
        }));
    }

    /** What this server gives for {@link Dialect#recordProbe}; null when the engine has no such function. */
    Long recordProbe() throws StoreException {
        if (dialect.recordProbe() == null) {
            return null;
        }
        Long[] hash = new Long[1];
        query(dialect.recordProbe(), r -> hash[0] = r.getLong(1));
        return hash[0];
    }

    /** Whether the server has a zone of this name, as far as it says so by itself. */
    boolean knows(String zone) throws StoreException {
        String probe = dialect.zoneProbe(zone);
        if (probe == null) {
            return true;
        }
        try {
            query(probe, _ -> {});
            return true;
        } catch (StoreException e) {
            if (unanswered(e)) {
                throw e;
            }
            return false;
        }
    }

    /** Of the first {@code rows} rows, how many have a time in this column that the server cannot convert from a zone by name. */
    long unconvertible(Column column, int rows) throws StoreException {
        String name = dialect.quote(column.name());
        String condition = dialect.unconvertible(name);
        long[] found = new long[1];
        if (condition != null) {
            query("SELECT COUNT(*) FROM (SELECT " + name + " FROM " + table + " LIMIT " + rows + ") q WHERE " + condition, r -> found[0] = r.getLong(1));
        }
        return found[0];
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
        query("SELECT MIN(" + k + "), MAX(" + k + ") FROM " + table + " WHERE 1=1" + scanned, r -> {
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

    /** Keys in a range, half open; null is an open end. */
    String between(Long low, Long high) {
        String k = keyColumns.getFirst();
        return low == null && high == null ? "1=1" : (low == null ? "" : k + ">=" + number(low)) + (low == null || high == null ? "" : " AND ") + (high == null ? "" : k + "<" + number(high));
    }

    /** Digests of ranges of an integer key, one for each; null for one that the server could not compute. */
    List<Digest> digests(List<Long[]> ranges, int together) throws StoreException {
        List<Digest> digests = new ArrayList<>();
        for (List<Long[]> some : portions(ranges, together)) {
            List<String> predicates = some.stream().map(range -> between(range[0], range[1])).toList();
            boolean open = some.stream().anyMatch(range -> range[0] == null || range[1] == null);
            String sql = open || some.size() == 1 ? null : dialect.digests(plan.hash().function(), row, table, keyColumns.getFirst(),
                    some.stream().map(range -> Map.entry(number(range[0]), number(range[1]))).toList(), scanned, order());
            digests.addAll(sql == null ? united(predicates) : digests(predicates, sql));
        }
        return digests;
    }

    /** As above, of parts of the table. */
    List<Digest> digestsOf(List<String> predicates, int together) throws StoreException {
        List<Digest> digests = new ArrayList<>();
        for (List<String> some : portions(predicates, together)) {
            digests.addAll(united(some));
        }
        return digests;
    }

    private <T> List<List<T>> portions(List<T> parts, int most) {
        int size = Math.clamp(DIGESTS_TEXT / (row.length() + scanned.length()), 1, most);
        List<List<T>> portions = new ArrayList<>();
        for (int from = 0; from < parts.size(); from += size) {
            portions.add(parts.subList(from, Math.min(parts.size(), from + size)));
        }
        return portions;
    }

    private List<Digest> united(List<String> predicates) throws StoreException {
        List<String> statements = new ArrayList<>();
        for (String predicate : predicates) {
            statements.add(dialect.digest(statements.size(), plan.hash().function(), row, table + " WHERE (" + predicate + ")" + scanned, order()));
        }
        return digests(predicates, String.join(" UNION ALL ", statements));
    }

    private String order() {
        return String.join(",", inOrder(""));
    }

    private List<Digest> digests(List<String> predicates, String sql) throws StoreException {
        List<Digest> whole = unlessTooLong(open -> open.query(sql, 0, (r, statement) -> {
            Digest[] digests = new Digest[predicates.size()];
            while (r.next()) {
                Digest digest = new Digest(r.getLong(2), r.getString(3));
                digests[r.getInt(1)] = (digest.hash() == null) == (digest.count() == 0) ? digest : null;
            }
            return whole(statement) ? Arrays.asList(digests) : null;
        }));
        if (whole != null) {
            return whole;
        }
        List<Digest> each = new ArrayList<>();
        if (predicates.size() == 1) {
            each.add(null);
            return each;
        }
        for (String predicate : predicates) {
            // Which of them it was.
            each.addAll(united(List.of(predicate)));
        }
        return each;
    }

    /** As {@link #ask}; null also where a text was too long for the server to build. */
    private <T> T unlessTooLong(Question<T> question) throws StoreException {
        try {
            return ask(question);
        } catch (StoreException e) {
            if (e.getCause() instanceof SQLException sql && dialect.tooLong(sql)) {
                return null;
            }
            throw e;
        }
    }

    /** Whether the answer to a statement holds all that it should. */
    private boolean whole(Statement statement) throws SQLException {
        int warnings = 0;
        for (SQLWarning warning = statement.getWarnings(); warning != null; warning = warning.getNextWarning()) {
            if (!dialect.harmless(warning) || ++warnings == Dialect.MOST_WARNINGS) {
                return false;
            }
        }
        return true;
    }

    /** Checksums of a chunk where no index serves its leaves: leaf to count and sum. */
    Map<Long, Leaf> leaves(Chunk chunk) throws StoreException {
        String leaf = dialect.leaf(plan.key().getFirst().column(source), keyColumns.getFirst(), chunk.low(), chunk.step());
        if (chunk.first() || chunk.last()) {
            // Open ends: what was inserted outside the bounds since they were read belongs to the outermost leaves.
            leaf = "LEAST(GREATEST(" + leaf + ",0)," + chunk.lastLeaf() + ")";
        }
        return read("SELECT " + leaf + " AS leaf, COUNT(*), " + dialect.sum(hash) + " FROM " + table + " WHERE " + between(chunk.from(), chunk.to()) + scanned + " GROUP BY 1",
                HashMap::new, (r, leaves) -> leaves.put(r.getLong(1), leaf(r, 2)));
    }

    private Leaf leaf(ResultSet r, int column) throws SQLException {
        BigDecimal sum = r.getBigDecimal(column + 1);
        return new Leaf(r.getLong(column), sum.toBigInteger().longValue());
    }

    /** Keys and hashes of rows in ranges of an integer key; {@code null} is an open end. As one text, which costs server and worker a fraction of as many rows. */
    RowList rows(List<Long[]> ranges) throws StoreException {
        String from = " FROM " + table + " WHERE (" + any(ranges) + ")" + scanned;
        RowList whole = unlessTooLong(open -> open.query("SELECT COUNT(*)," + dialect.keysAndDigits(canonicalKey.getFirst(), digits) + from, 0, (r, statement) -> {
            r.next();
            RowList rows = new RowList(r.getBytes(2));
            return rows.size() == r.getLong(1) && whole(statement) ? rows : null;
        }));
        if (whole != null) {
            return whole;
        }
        // Cut, or with a row that has no hash: row by row, which tells.
        StringBuilder text = read("SELECT " + keyColumns.getFirst() + ", " + digits + from, StringBuilder::new,
                (r, into) -> into.append(r.getLong(1)).append(':').append(hashText(r, 2)).append(','));
        return new RowList(text.toString().getBytes(StandardCharsets.US_ASCII));
    }

    /** Checksums of leaves that were drawn: number of the leaf to count and sum. */
    Map<Long, Leaf> leaves(List<Long[]> ranges, long low, long step) throws StoreException {
        String leaf = dialect.leaf(plan.key().getFirst().column(source), keyColumns.getFirst(), low, step);
        return read("SELECT " + leaf + " AS leaf, COUNT(*), " + dialect.sum(hash) + " FROM " + table + " WHERE (" + any(ranges) + ")" + scanned + " GROUP BY 1",
                HashMap::new, (r, leaves) -> leaves.put(r.getLong(1), leaf(r, 2)));
    }

    /** Keys in any of some ranges. */
    String any(List<Long[]> ranges) {
        return String.join(" OR ", ranges.stream().map(range -> "(" + between(range[0], range[1]) + ")").toList());
    }

    private long hash(ResultSet r, int column) throws SQLException {
        return dialect.hash(hashText(r, column));
    }

    private static String hashText(ResultSet r, int column) throws SQLException {
        String text = r.getString(column);
        if (text == null) {
            throw new SQLException("a row without a hash", "22003", ROW_TOO_LARGE);
        }
        return text;
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

    // Any key: stretches of a side's own order, leaves by the row's hash.

    /** The row that follows {@code rows} rows from {@code low} on; null when there are fewer. */
    Boundary boundary(Boundary low, int rows) throws StoreException {
        int n = keyColumns.size();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            texts.add(dialect.boundaryText(plan.key().get(i).column(source), keyColumns.get(i)));
        }
        Boundary[] found = new Boundary[1];
        // The texts of one row: beside the columns they would be written for every row that is passed over.
        String columns = String.join(",", plan.key().stream().map(field -> dialect.quote(field.column(source).name())).distinct().toList());
        query("SELECT " + String.join(",", texts) + "," + keys + " FROM (SELECT " + columns + " FROM " + table + " WHERE " + between(low, null) + ranged + " ORDER BY " + order() + " LIMIT 1 OFFSET " + rows + ") q",
                r -> found[0] = new Boundary(source, texts(r, 1, n), texts(r, n + 1, n)));
        return found[0];
    }

    private static List<String> texts(ResultSet r, int first, int number) throws SQLException {
        List<String> texts = new ArrayList<>(number);
        for (int i = 0; i < number; i++) {
            texts.add(r.getString(first + i));
        }
        return texts;
    }

    /** With the table's name: alone, a name would mean the text of the key that the query gives, in the order of texts, and PostgreSQL refuses it where two are given. */
    private List<String> inOrder(String direction) {
        return keyColumns.stream().map(k -> table + "." + k + direction).toList();
    }

    /** Canonical keys at one end of this side's order, in its order. */
    List<Boundary> keysInOrder(int number, boolean fromTheEnd) throws StoreException {
        int n = keyColumns.size();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            texts.add(dialect.boundaryText(plan.key().get(i).column(source), keyColumns.get(i)));
        }
        List<Boundary> found = read("SELECT " + String.join(",", texts) + "," + keys + " FROM " + table + " ORDER BY " + String.join(",", inOrder(fromTheEnd ? " DESC" : "")) + " LIMIT " + number,
                ArrayList::new, (r, into) -> into.add(new Boundary(source, texts(r, 1, n), texts(r, n + 1, n))));
        return fromTheEnd ? found.reversed() : found;
    }

    /** Whether this side, too, has these keys in this order. */
    boolean keepsOrder(List<Boundary> boundaries) throws StoreException {
        int n = keyColumns.size();
        List<String> rows = new ArrayList<>();
        // No row, but the columns' own types and collations.
        rows.add("SELECT -1 AS n," + String.join(",", IntStream.range(0, n).mapToObj(k -> keyColumns.get(k) + " AS k" + k).toList()) + " FROM " + table + " WHERE 1=0");
        for (int i = 0; i < boundaries.size(); i++) {
            StringBuilder row = new StringBuilder("SELECT ").append(i).append(" AS n");
            List<String> literals = literals(boundaries.get(i));
            for (int k = 0; k < n; k++) {
                row.append(',').append(literals.get(k)).append(" AS k").append(k);
            }
            rows.add(row.toString());
        }
        List<Integer> order = read("SELECT n FROM (" + String.join(" UNION ALL ", rows) + ") q ORDER BY " + String.join(",", IntStream.range(0, n).mapToObj(k -> "k" + k).toList()) + ",n",
                ArrayList::new, (r, into) -> into.add(r.getInt(1)));
        return order.equals(IntStream.range(0, boundaries.size()).boxed().toList());
    }

    private List<String> literals(Boundary boundary) {
        List<String> literals = new ArrayList<>();
        for (int i = 0; i < keyColumns.size(); i++) {
            Plan.Field field = plan.key().get(i);
            literals.add(boundary.ofSource() == source ? dialect.literal(field.column(source), boundary.own().get(i)) : literal(field, boundary.canonical().get(i)));
        }
        return literals;
    }

    /** Whether a position is one in this side's order, too. */
    boolean holds(Boundary boundary) {
        return boundary.ofSource() == source
                || IntStream.range(0, keyColumns.size()).allMatch(i -> dialect.holds(plan.key().get(i).column(source), stored(plan.key().get(i), boundary.canonical().get(i))));
    }

    /** Keys in a stretch of this side's order, half open; null is an open end. This side {@link #holds} both bounds. */
    String between(Boundary low, Boundary high) {
        List<String> from = low == null ? null : literals(low);
        List<String> to = high == null ? null : literals(high);
        int n = keyColumns.size();
        int same = 0;
        List<String> both = new ArrayList<>();
        if (from != null && to != null) {
            // What both bounds have in common is one value: PostgreSQL would read on to the last row with it, whatever follows in the upper bound.
            for (; same < n - 1 && from.get(same).equals(to.get(same)); same++) {
                both.add(keyColumns.get(same) + "=" + from.get(same));
            }
        }
        List<String> rest = keyColumns.subList(same, n);
        if (from != null) {
            both.add(dialect.atOrAfter(rest, from.subList(same, n)));
        }
        if (to != null) {
            both.add(dialect.before(rest, to.subList(same, n)));
        }
        return both.isEmpty() ? "1=1" : String.join(" AND ", both);
    }

    /** A condition on a timestamp field: at or after {@code low} and before {@code high}, in UTC; null is an open end. */
    String between(Plan.Field field, LocalDateTime low, LocalDateTime high) {
        String name = dialect.quote(field.column(source).name());
        return (low == null ? "1=1" : name + ">=" + time(field, low)) + (high == null ? "" : " AND " + name + "<" + time(field, high));
    }

    private String time(Plan.Field field, LocalDateTime utc) {
        LocalDateTime local = field.column(source).logical() == Logical.TIMESTAMP ? WindowWalk.local(ZoneId.of(field.form(source).zone()), utc) : utc;
        return dialect.literal(field.column(source), local.format(Typed.STAMP));
    }

    /** The server's present time in UTC. */
    LocalDateTime now() throws StoreException {
        LocalDateTime[] now = new LocalDateTime[1];
        query("SELECT " + dialect.utcNow(), r -> now[0] = LocalDateTime.parse(r.getString(1), Typed.STAMP));
        return now[0];
    }

    /** Whether the table has a row at all, whatever the contract's conditions say. */
    boolean holdsRows() throws StoreException {
        boolean[] any = new boolean[1];
        query("SELECT 1 FROM " + table + " LIMIT 1", _ -> any[0] = true);
        return any[0];
    }

    /** Whether some record fulfils the predicate. */
    boolean holdsRecords(String predicate) throws StoreException {
        boolean[] any = new boolean[1];
        query("SELECT 1 FROM " + table + " WHERE " + predicate + scanned + " LIMIT 1", _ -> any[0] = true);
        return any[0];
    }

    long count(String predicate) throws StoreException {
        long[] count = new long[1];
        query("SELECT COUNT(*) FROM " + table + " WHERE " + predicate + scanned, r -> count[0] = r.getLong(1));
        return count[0];
    }

    /** Checksums of rows by the low bits of their hash: bits to count and sum. */
    Map<Integer, Leaf> leaves(String predicate, int mask) throws StoreException {
        return read("SELECT h & " + mask + ", COUNT(*), " + dialect.sum("h") + " FROM (SELECT " + hash + " AS h FROM " + table + " WHERE " + predicate + scanned + dialect.fence() + ") q GROUP BY 1",
                HashMap::new, (r, leaves) -> leaves.put(r.getInt(1), leaf(r, 2)));
    }

    /** Checksums by leaf of the key, added to what a whole walk collects. Returns the rows. */
    long keyLeaves(String predicate, KeyLeaf way, Buckets into) throws StoreException {
        Map<Integer, Leaf> leaves = read("SELECT " + keyLeaf(way, into.size()) + ",COUNT(*)," + dialect.sum(hash) + " FROM " + table + " WHERE " + predicate + scanned + " GROUP BY 1", FETCH,
                HashMap::new, (r, found) -> found.put(r.getInt(1), leaf(r, 2)));
        leaves.forEach(into::add);
        return leaves.values().stream().mapToLong(Leaf::count).sum();
    }

    /** Condition on a row: its key is in one of some leaves of {@code of}. */
    String inLeaves(KeyLeaf way, Collection<Integer> leaves, int of) {
        return in(keyLeaf(way, of), leaves, of - 1);
    }

    /** The number of a key's leaf, of so many, a power of two: the same on both sides. */
    private String keyLeaf(KeyLeaf way, int of) {
        Plan.Field first = plan.key().getFirst();
        if (plan.key().size() == 1 && first.form(source).kind() == Form.Kind.UUID) {
            return "(" + dialect.uuidBits(first.column(source), keyColumns.getFirst(), way == KeyLeaf.FINE) + " & " + (of - 1) + ")";
        }
        // Words of their own in the hash, so that leaves are cut across the shares.
        return dialect.bucket(HashFunction.SHA256, Stream.concat(canonicalKey.stream(), Stream.of("'" + way + "'")).toList(), of - 1);
    }

    /** Keys and hashes of some rows. */
    void hashes(String predicate, Hashes into) throws StoreException {
        hashes("SELECT " + keys + "," + hash + " FROM " + table + " WHERE " + predicate + scanned, FETCH, into);
    }

    /** Keys and hashes of rows in some leaves. */
    void hashes(String predicate, Collection<Integer> leaves, int mask, Hashes into) throws StoreException {
        int n = plan.key().size();
        hashes("SELECT " + aliases(n) + ",h FROM (SELECT " + aliased() + "," + hash + " AS h FROM " + table + " WHERE " + predicate + scanned + dialect.fence() + ") q WHERE "
                + in("(h & " + mask + ")", leaves, mask), 0, into);
    }

    private void hashes(String sql, int fetch, Hashes into) throws StoreException {
        int n = plan.key().size();
        Hashes.Mark mark = into.mark();
        read(sql, fetch, () -> into.cutTo(mark), (r, rows) -> rows.add(key(r), hash(r, n + 1)));
    }

    /** How many rows of some leaves have which hash. */
    Map<Long, Long> multiset(Collection<Integer> leaves, int mask) throws StoreException {
        return read("SELECT h, COUNT(*) FROM (SELECT " + hash + " AS h FROM " + table + " WHERE 1=1" + scanned + dialect.fence() + ") q WHERE " + in("(h & " + mask + ")", leaves, mask) + " GROUP BY 1",
                HashMap::new, (r, counts) -> counts.put(hash(r, 1), r.getLong(2)));
    }

    private String aliased() {
        return String.join(",", IntStream.range(0, keyText.size()).mapToObj(i -> keyText.get(i) + " AS k" + i).toList());
    }

    private static String aliases(int n) {
        return String.join(",", IntStream.range(0, n).mapToObj(i -> "k" + i).toList());
    }

    /** More leaves than this are not named one by one: all are read. */
    static final int MOST_LEAVES = 20_000;

    private static String in(String leaf, Collection<Integer> leaves, int mask) {
        return leaves.size() > mask || leaves.size() > MOST_LEAVES ? "1=1" : leaf + " IN (" + String.join(",", leaves.stream().map(String::valueOf).toList()) + ")";
    }

    /** Rows that the contract's gaps exclude, gap by gap. */
    long[] gaps(String predicate) throws StoreException {
        long[] counts = new long[gaps.size()];
        List<String> sums = gaps.stream().map(gap -> gap == null ? "0" : "SUM(CASE WHEN " + gap + " THEN 1 ELSE 0 END)").toList();
        query("SELECT " + String.join(",", sums) + " FROM " + table + " WHERE " + predicate + ungapped + ranged + shared, r -> {
            for (int i = 0; i < counts.length; i++) {
                counts[i] = r.getLong(i + 1);
            }
        });
        return counts;
    }

    int activeSessions(int own) throws StoreException {
        try {
            return look(connection -> dialect.activeSessions(connection, own));
        } catch (StoreException e) {
            throw unseen(e, "maxActiveSessions");
        }
    }

    /** How far this side is behind its primary; null when it is none. */
    Duration replicaLag() throws StoreException {
        try {
            Long millis = look(dialect::replicaLagMillis);
            return millis == null ? null : Duration.ofMillis(millis);
        } catch (StoreException e) {
            throw unseen(e, "maxReplicaLag");
        }
    }

    private <T> T look(StoreSession.Work<T, RuntimeException> work) throws StoreException {
        return ask(open -> open.transaction(Mode.READ, work));
    }

    private StoreException unseen(StoreException e, String limit) {
        if (!e.failure().reason().equals(Reason.PERMISSION_DENIED) || !(e.getCause() instanceof SQLException sql)) {
            return e;
        }
        return new StoreException(new Failure(Reason.PERMISSION_DENIED, access.field() + ".limits." + limit, "the account may not see how busy " + access.place() + " is: " + access.words(sql),
                dialect.monitorGrant() + ", or remove the limit", false), true, e);
    }

    // Streamed fields.

    /** Typed values of the streamed fields, by key. */
    void values(String predicate, Map<List<String>, Object[]> into) throws StoreException {
        List<Plan.Field> fields = plan.streamed();
        StringBuilder sql = new StringBuilder("SELECT ").append(keys);
        for (Plan.Field field : fields) {
            sql.append(',').append(dialect.valueText(field.form(source), field.column(source), dialect.quote(field.column(source).name())));
        }
        int n = plan.key().size();
        into.putAll(read(sql + " FROM " + table + " WHERE " + predicate + scanned, BY_KEY, HashMap<List<String>, Object[]>::new, (r, found) -> {
            Object[] values = new Object[fields.size()];
            for (int i = 0; i < values.length; i++) {
                Object value = Typed.read(fields.get(i).form(source), fields.get(i).column(source), r.getString(n + 1 + i));
                // A number is needed for its tolerance; of all else only equality counts, and a large text is not kept.
                values[i] = value instanceof BigDecimal || value == null ? value : Hashes.of(value.toString());
            }
            found.put(key(r), values);
        }));
    }

    // Records by key.

    /** @param chars of all fields as text */
    record Records(Map<List<String>, Row> rows, long chars) {}

    /**
     * The records with these keys as they are now. A key that is not among the answers is absent.
     *
     * @param most   characters that several records may have together
     * @param hashed whether the rows come with the database's own hash
     * @return null when they have more
     */
    Records records(List<List<String>> wanted, long most, boolean hashed) throws StoreException {
        try {
            return ask(open -> open.query(recordsSql(wanted, hashed), BY_KEY, (r, _) -> {
                Map<List<String>, Row> rows = new HashMap<>();
                long chars = 0;
                while (r.next()) {
                    Row row = row(r, hashed);
                    for (String text : row.texts()) {
                        chars += text == null ? 0 : text.length();
                    }
                    if (chars > most && wanted.size() > 1) {
                        throw new TooMuch();
                    }
                    // A collation may find more than was asked for: the caller looks up its own keys only.
                    rows.merge(key(r), row, Row::and);
                }
                return new Records(rows, chars);
            }));
        } catch (TooMuch e) {
            return null;
        }
    }

    /** More than may be held in memory: read again in smaller portions. */
    private static final class TooMuch extends RuntimeException {
        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    /**
     * The same records several times in a row.
     *
     * @param oneSnapshot whether all reads are to be of one moment, which no change of the records can then come between
     * @param same        whether two answers are the same; three of them end the reading
     */
    List<Map<List<String>, Row>> repeatedly(List<List<String>> wanted, int times, boolean oneSnapshot, BiPredicate<Map<List<String>, Row>, Map<List<String>, Row>> same) throws StoreException {
        String sql = recordsSql(wanted, false);
        return ask(open -> {
            List<Map<List<String>, Row>> answers = new ArrayList<>();
            if (oneSnapshot) {
                return open.<List<Map<List<String>, Row>>, RuntimeException>transaction(Mode.SNAPSHOT, connection -> {
                    try (Statement statement = connection.createStatement()) {
                        while (!enough(answers, times, same)) {
                            try (ResultSet rows = statement.executeQuery(sql)) {
                                answers.add(byKey(rows));
                            }
                        }
                    }
                    return answers;
                });
            }
            while (!enough(answers, times, same)) {
                answers.add(open.query(sql, 0, (rows, _) -> byKey(rows)));
            }
            return answers;
        });
    }

    private static boolean enough(List<Map<List<String>, Row>> answers, int times, BiPredicate<Map<List<String>, Row>, Map<List<String>, Row>> same) {
        return answers.size() >= times || answers.size() == 3 && same.test(answers.get(0), answers.get(1)) && same.test(answers.get(1), answers.get(2));
    }

    private Map<List<String>, Row> byKey(ResultSet r) throws SQLException {
        Map<List<String>, Row> rows = new HashMap<>();
        while (r.next()) {
            rows.merge(key(r), row(r, false), Row::and);
        }
        return rows;
    }

    private String recordsSql(List<List<String>> wanted, boolean hashed) {
        StringBuilder sql = new StringBuilder("SELECT ").append(keys);
        for (Plan.Field field : plan.fields()) {
            sql.append(',').append(dialect.valueText(field.form(source), field.column(source), dialect.quote(field.column(source).name())));
        }
        return sql.append(hashed ? "," + hash : "").append(" FROM ").append(table).append(" WHERE (").append(byKey(wanted)).append(')').append(where).toString();
    }

    private Row row(ResultSet r, boolean hashed) throws SQLException {
        int n = plan.key().size();
        int fields = plan.fields().size();
        String[] texts = new String[fields];
        Object[] values = new Object[fields];
        for (int i = 0; i < fields; i++) {
            texts[i] = r.getString(n + 1 + i);
            values[i] = Typed.read(plan.fields().get(i).form(source), plan.fields().get(i).column(source), texts[i]);
        }
        return Row.of(texts, values, hashed ? dialect.hash(r.getString(n + fields + 1)) : 0);
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
        session.close();
    }
}
