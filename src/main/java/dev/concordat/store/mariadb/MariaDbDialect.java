package dev.concordat.store.mariadb;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.store.Catalogue;
import dev.concordat.store.Column;
import dev.concordat.store.Dialect;
import dev.concordat.store.Form;
import dev.concordat.store.HashFunction;
import dev.concordat.store.Logical;
import dev.concordat.store.Login;
import dev.concordat.store.Reason;
import dev.concordat.store.Setting;
import dev.concordat.store.StoreSession;
import dev.concordat.store.Trouble;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mariadb.jdbc.Driver;

/** MariaDB 10.11 and later; and what MySQL has in common with it, see {@link dev.concordat.store.mysql.MySqlDialect}. */
public class MariaDbDialect implements Dialect {
    public static final MariaDbDialect INSTANCE = new MariaDbDialect();

    /** Something is deprecated, as utf8mb3 is in MySQL. */
    private static final int DEPRECATED = 1287;
    private static final int OUT_OF_RANGE_ERROR = 1690;
    private static final String OUT_OF_RANGE = "18446744073709551615";

    protected MariaDbDialect() {}

    /** What is put in force in each session of a server of this version: major number times 100, and minor number. */
    protected List<Setting> settings(Login login, int version) {
        return MariaDbSettings.mariaDb(login, version);
    }

    /** Properties of the driver beyond those that both engines have. */
    protected Properties driver(Login login) {
        return new Properties();
    }

    /** The column of SHOW REPLICA STATUS that tells how far a replica is behind. */
    protected String secondsBehind() {
        return "Seconds_Behind_Master";
    }

    @Override
    public StoreType type() {
        return StoreType.MARIADB;
    }

    @Override
    public String quote(String identifier) {
        return '`' + identifier.replace("`", "``") + '`';
    }

    @Override
    public String table(Store store) {
        return quote(store.database()) + "." + quote(store.table());
    }

    @Override
    public StoreSession open(Login login) throws SQLException {
        Store store = login.store();
        Properties properties = driver(login);
        properties.setProperty("user", login.username());
        properties.setProperty("password", login.password());
        properties.setProperty("connectTimeout", "5000");
        // Beyond the server's own statement timeout: it only ends a wait for a server that is gone.
        properties.setProperty("socketTimeout", Long.toString(Math.min(Integer.MAX_VALUE, login.statementMillis() + 15_000)));
        properties.setProperty("tinyInt1isBit", "false");
        // Another server than the one that was named, or a file of ours, is nothing that a server may ask for.
        properties.setProperty("permitRedirect", "false");
        properties.setProperty("allowLocalInfile", "false");
        properties.setProperty("sslMode", switch (store.tls().mode()) {
            case DISABLE -> "disable";
            case REQUIRE -> "trust";
            case VERIFY_CA -> "verify-ca";
            case VERIFY_FULL -> "verify-full";
        });
        if (login.ca() != null) {
            properties.setProperty("serverSslCert", login.ca().toString());
        }
        // The database is chosen afterwards: a URL has no way to write every name.
        Connection connection = new Driver().connect("jdbc:mariadb://address=(host=" + store.host() + ")(port=" + store.port() + ")(type=primary)/", properties);
        try (Statement statement = connection.createStatement()) {
            statement.execute("USE " + quote(store.database()));
            var server = connection.getMetaData();
            SessionSettings.pin(connection, settings(login, server.getDatabaseMajorVersion() * 100 + server.getDatabaseMinorVersion()), MariaDbSettings.least());
            return new MariaDbSession(connection);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public String reason(SQLException e) {
        return trouble(e).reason();
    }

    @Override
    public Trouble trouble(SQLException e) {
        if (e instanceof BrokenView view) {
            return view.trouble();
        }
        String text = String.valueOf(e.getMessage());
        if (text.contains("SSL hostname verification failed") || text.contains("ssl not enabled") || text.contains("SSL") && text.contains("support") || e.getErrorCode() == 3159) {
            return Trouble.of(Reason.TLS_FAILED);
        }
        Trouble known = MariaDbErrors.of(e.getErrorCode());
        if (e.getErrorCode() == OUT_OF_RANGE_ERROR && text.contains(OUT_OF_RANGE) && text.toLowerCase(Locale.ROOT).contains("rand()")) {
            // Only the sum of hashes has this in it; any other number out of range is one of a condition or a view.
            return Trouble.of(Reason.ROW_TOO_LARGE);
        }
        if (known != null) {
            return known;
        }
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        return Trouble.of(state.startsWith("28") ? Reason.AUTHENTICATION_FAILED
                : state.startsWith("08") ? Reason.CONNECTION_LOST : state.startsWith("22") ? Reason.DATA_EXCEPTION : Reason.STORE_ERROR);
    }

    @Override
    public Catalogue catalogue(Connection connection, Store store) throws SQLException {
        return new MariaDbCatalogue(connection, store, table(store)).read();
    }

    private static final String CONVERTIBLE = " BETWEEN '1970-01-02' AND '2038-01-17'";

    private static String orNull(Column column, String text) {
        return column.nullable() ? "IFNULL(" + text + ",'~')" : text;
    }

    @Override
    public String canonical(Form form, Column column, String c) {
        return switch (form.kind()) {
            case TEXT, JSON -> {
                String text = text(form, column, c);
                String length = "LENGTH(" + text + ")";
                yield orNull(column, length) + "," + (form.digest() ? "IF(" + length + ">" + Form.LONG + ",SHA2(" + text + ",256)," + text + ")" : text);
            }
            default -> orNull(column, plain(form, column, c));
        };
    }

    private static String utf8(Column column, String c) {
        // The bytes of ASCII and of utf8mb3 are those of utf8mb4. A binary string keeps concat_ws away from collations, which it would refuse to mix.
        if (column.collation() == null) {
            return c;
        }
        boolean same = column.charset() != null && (column.charset().startsWith("utf8") || column.charset().equals("ascii"));
        // CONVERT, since CAST would copy the text.
        return "CONVERT(" + (same ? c : "CONVERT(" + c + " USING utf8mb4)") + " USING binary)";
    }

    private static String text(Form form, Column column, String c) {
        String text = form.trim() ? "TRIM(" + c + ")" : form.padded() ? "TRIM(TRAILING ' ' FROM " + c + ")" : c;
        return utf8(column, text);
    }

    private static String plain(Form form, Column column, String c) {
        return switch (form.kind()) {
            case INTEGER -> switch (column.logical()) {
                // Both are written with zeros in front.
                case INTEGER -> column.declared().contains("zerofill") || year(column) ? c + "+0" : c;
                case BITS, BOOLEAN -> "(" + c + "+0)";
                default -> "CAST(" + c + " AS DECIMAL(65,0))";
            };
            case DECIMAL -> {
                String number = form.digits() >= 0 && column.logical() == Logical.DECIMAL && column.scale() == form.digits() && !column.declared().contains("zerofill") ? c
                        : "CAST(" + c + " AS DECIMAL(65," + (form.digits() >= 0 ? form.digits() : Math.max(0, column.scale())) + "))";
                yield form.digits() < 0 && column.scale() > 0 ? "TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM " + number + "))" : number;
            }
            // Large whole numbers with all digits: the engines disagree on the shortest form of some.
            case DOUBLE -> ("IF(%1$s BETWEEN -1e15 AND 1e15 AND ABS(%1$s)<>1e15,IF(%1$s=0,'0',%2$s),IF(ABS(%1$s)>=1e22 OR %1$s<>TRUNCATE(%1$s,0),%2$s,"
                    + "IF(ABS(%1$s)<9223372036854775808e0,CAST(%1$s+0e0 AS SIGNED),CONCAT(CAST(%1$s/2048e0 AS SIGNED),'*2048'))))").formatted(c, real(column, c));
            case BOOLEAN -> "(" + c + "<>0)";
            case TIMESTAMP -> {
                String utc = utc(form, column, c);
                boolean converted = !utc.equals(c);
                boolean cut = column.scale() > form.digits();
                if (cut && form.round()) {
                    // Half away from zero is half up for all but the exact halves of times before 2000, which are compared by value.
                    utc = "IFNULL(" + utc + "+INTERVAL " + 5 * power(5 - form.digits()) + " MICROSECOND," + utc + ")";
                }
                int digits = Math.min(form.digits(), column.scale());
                // Binary: cutting and trimming characters of utf8mb4 is 30 % of the cost of a whole row.
                String text = "CAST(" + (!cut && utc.equals(c) ? c : "CAST(" + utc + " AS DATETIME(" + digits + "))") + " AS BINARY)";
                text = digits == 0 ? text : withoutZeros(text);
                // What is converted to NULL is a time nevertheless, and one of its zone.
                yield converted ? "IFNULL(" + text + ",CAST(CONCAT('~" + form.zone().replace("'", "''") + " '," + c + ") AS BINARY))" : text;
            }
            case DATE -> "CAST(" + c + " AS CHAR)";
            case TIME -> {
                boolean cut = column.scale() > form.digits();
                // Half away from zero: a time of the MySQL family may be negative, and the longest has no room.
                String half = "INTERVAL " + 5 * power(5 - form.digits()) + " MICROSECOND";
                String time = cut && form.round() ? "IFNULL(IF(" + c + "<0," + c + "-" + half + "," + c + "+" + half + ")," + c + ")" : c;
                int digits = Math.min(form.digits(), column.scale());
                String text = "CAST(" + (cut ? "CAST(" + time + " AS TIME(" + digits + "))" : time) + " AS BINARY)";
                yield digits == 0 ? text : withoutZeros(text);
            }
            case TEXT, JSON -> text(form, column, c);
            case UUID -> column.logical() == Logical.BINARY
                    ? "LOWER(CONCAT_WS('-',HEX(SUBSTR(%1$s,1,4)),HEX(SUBSTR(%1$s,5,2)),HEX(SUBSTR(%1$s,7,2)),HEX(SUBSTR(%1$s,9,2)),HEX(SUBSTR(%1$s,11))))".formatted(c)
                    // A UUID is written in lower case; beside one, IFNULL would take '~' for a UUID as well, and give NULL.
                    : column.logical() == Logical.UUID ? column.nullable() ? "CAST(" + c + " AS CHAR)" : c : "LOWER(CAST(" + c + " AS CHAR))";
            case BINARY -> {
                String bytes = form.padded() ? "TRIM(TRAILING x'00' FROM " + c + ")" : c;
                yield form.digest() ? "IF(LENGTH(" + bytes + ")>" + Form.LONG + ",CONCAT('#',SHA2(" + bytes + ",256)),LOWER(HEX(" + bytes + ")))" : "LOWER(HEX(" + bytes + "))";
            }
            case BITS -> bits(column, c);
            case INET -> column.declared().equals("inet6") ? "LOWER(HEX(CAST(" + c + " AS BINARY(16))))"
                    : (form.digits() == Form.MAPPED ? "CONCAT('00000000000000000000ffff'," : "(") + "LOWER(HEX(CAST(" + c + " AS BINARY(4)))))";
            case NATIVE -> "HEX(" + c + ")";
            case NUMBER -> throw new IllegalArgumentException("no canonical text in SQL: " + form.kind());
        };
    }

    /**
     * A local time in UTC; NULL where the server does not know better. Of a zone by name it leaves as they are the times outside the years 1970 to 2037, of an hour that the clock
     * shows twice it takes the first, and of one that it never shows the end: about such changes, too, the worker decides.
     */
    private static String utc(Form form, Column column, String c) {
        if (column.logical() == Logical.INSTANT || form.zone().equals("UTC")) {
            return c;
        }
        Integer ahead = form.ahead();
        if (ahead != null) {
            return "IF(" + c + (ahead > 0 ? ">='0100-01-01'" : " BETWEEN '0100-01-01' AND '9999-12-30'") + "," + c + "-INTERVAL " + ahead + " SECOND,NULL)";
        }
        String zone = "'" + form.zone().replace("'", "''") + "'";
        String converted = "CONVERT_TZ(" + c + "," + zone + ",'+00:00')";
        // No time is one of two if the clock runs on for as long as it was ever set back.
        String later = "+INTERVAL " + setBack(ZoneId.of(form.zone())) + " SECOND";
        return "IF(" + c + CONVERTIBLE + " AND CONVERT_TZ(" + converted + later + ",'+00:00'," + zone + ")=" + c + later + "," + converted + ",NULL)";
    }

    @Override
    public String unconvertible(String sql) {
        return "NOT (" + sql + CONVERTIBLE + ")";
    }

    /** Seconds by which a zone's clocks were set back at most since 1970; an hour, if less. */
    private static long setBack(ZoneId zone) {
        Duration most = Duration.ofHours(1);
        Instant end = Instant.parse("2038-01-19T00:00:00Z");
        for (ZoneOffsetTransition change = zone.getRules().nextTransition(Instant.EPOCH); change != null && change.getInstant().isBefore(end); change = zone.getRules().nextTransition(change.getInstant())) {
            most = change.isOverlap() && change.getDuration().negated().compareTo(most) > 0 ? change.getDuration().negated() : most;
        }
        return most.toSeconds();
    }

    /** CAST(float AS CHAR) keeps six digits only, and a column with a fixed number of digits writes zeros. */
    private static String real(Column column, String c) {
        return "CAST(" + c + (column.logical() == Logical.FLOAT || !column.declared().equals("double") ? "+0e0" : "") + " AS CHAR)";
    }

    private static String bits(Column column, String c) {
        return "LPAD(BIN(" + c + ")," + column.length() + ",'0')";
    }

    /** PostgreSQL writes no zeros at the end of a fraction. */
    private static String withoutZeros(String text) {
        return "TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM " + text + "))";
    }

    private static int power(int digits) {
        int power = 1;
        for (int i = 0; i < digits; i++) {
            power *= 10;
        }
        return power;
    }

    @Override
    public String keyText(Form form, Column column, String c) {
        return switch (form.kind()) {
            case TEXT -> form.padded() ? "TRIM(TRAILING ' ' FROM " + c + ")" : form.trim() ? "TRIM(" + c + ")" : c;
            case TIMESTAMP, TIME -> "CONVERT(" + plain(form, column, c) + " USING utf8mb4)";
            // The bytes themselves, by which a literal finds them again.
            case BINARY -> "LOWER(HEX(" + c + "))";
            default -> plain(form, column, c);
        };
    }

    @Override
    public String valueText(Form form, Column column, String c) {
        return switch (column.logical()) {
            case BOOLEAN -> "CAST(" + c + "<>0 AS CHAR)";
            case TIMESTAMP, INSTANT -> "CAST(CAST(" + c + " AS DATETIME(6)) AS CHAR)";
            case TIME -> "CAST(CAST(" + c + " AS TIME(6)) AS CHAR)";
            case FLOAT, DOUBLE -> real(column, c);
            case BINARY -> veryLong(form, column, c, c, "LOWER(HEX(" + c + "))");
            case TEXT -> veryLong(form, column, c, utf8(column, c), c);
            case CHAR, JSON -> c;
            case BITS -> form.kind() == Form.Kind.BITS ? bits(column, c) : "CAST(" + c + "+0 AS CHAR)";
            case OTHER -> "HEX(" + c + ")";
            default -> "CAST(" + c + " AS CHAR)";
        };
    }

    private static String veryLong(Form form, Column column, String c, String bytes, String text) {
        return form.opaque() && column.length() > Form.VERY_LONG / 4 ? "IF(LENGTH(" + c + ")>" + Form.VERY_LONG / 4 + " AND LENGTH(" + bytes + ")>" + Form.VERY_LONG
                + ",CONCAT('SHA-256 ',SHA2(" + bytes + ",256),' of ',LENGTH(" + bytes + "),' bytes'),CONVERT(" + text + " USING utf8mb4))" : text;
    }

    @Override
    public String rowHash(HashFunction function, List<String> canonical) {
        return "CAST(CONV(LEFT(" + hex(function, canonical) + ",16),16,10) AS UNSIGNED)";
    }

    @Override
    public String rowDigits(HashFunction function, List<String> canonical) {
        return "LEFT(" + hex(function, canonical) + ",16)";
    }

    @Override
    public String keysAndDigits(String key, String digits) {
        return "GROUP_CONCAT(" + key + ",':'," + digits + " SEPARATOR ',')";
    }

    /**
     * A range of a key is read in its order; to say ORDER BY would sort it once more. GROUP_CONCAT first copies what it is given into a field of its declared length, which
     * counts characters where bytes are meant, and cuts the rest without a warning: REPEAT, which is not computed, makes that field as long as any.
     */
    @Override
    public String digest(int number, HashFunction function, String row, String rows, String order) {
        return "SELECT " + number + ",COUNT(*)," + hex(function, "GROUP_CONCAT(IFNULL(" + row + ",REPEAT('x',20000000)) SEPARATOR ';')") + " FROM " + rows;
    }

    @Override
    public boolean harmless(SQLWarning warning) {
        return warning.getErrorCode() == DEPRECATED;
    }

    private String hex(HashFunction function, List<String> canonical) {
        return hex(function, rowText(canonical));
    }

    private static String hex(HashFunction function, String text) {
        return switch (function) {
            case MD5 -> "MD5(" + text + ")";
            case SHA256 -> "SHA2(" + text + ",256)";
            case RECORD -> throw new IllegalArgumentException("MariaDB hashes no records");
        };
    }

    @Override
    public String hashWorkload(HashFunction function, int rows) {
        // Two factors: a recursion ends after 1,000 steps.
        int side = (int) Math.ceil(Math.sqrt(rows));
        return "WITH RECURSIVE s(g) AS (SELECT 1 UNION ALL SELECT g+1 FROM s WHERE g<" + side + ") SELECT " + sum(rowHash(function, List.of("a.g", "b.g", "REPEAT('x',150)")))
                + " FROM s a, s b";
    }

    @Override
    public String rowText(List<String> canonical) {
        return "CONCAT_WS('|'," + String.join(",", canonical) + ")";
    }

    @Override
    public long hash(String text) {
        return Long.parseUnsignedLong(text);
    }

    @Override
    public String sum(String hash) {
        // A row longer than max_allowed_packet has no hash, and SUM would pass over it in silence. COUNT(hash) beside it would compute every hash twice, and a
        // marker of another type costs a sixth: so its place is taken by a sum out of range, error 1690. RAND keeps the server from computing that beforehand.
        return "SUM(IFNULL(" + hash + "," + OUT_OF_RANGE + "+CAST(RAND() AS UNSIGNED)+1))";
    }

    @Override
    public String bucket(HashFunction function, List<String> canonicalKey, int mask) {
        return "(CAST(CONV(LEFT(" + hex(function, canonicalKey) + ",8),16,10) AS UNSIGNED) & " + mask + ")";
    }

    @Override
    public String uuidBits(Column column, String c, boolean others) {
        int high = others ? 14 : 15;
        int low = others ? 2 : 3;
        String bytes = column.logical() == Logical.UUID ? "CAST(" + c + " AS BINARY(16))" : c;
        return switch (column.logical()) {
            case UUID, BINARY -> "(ORD(SUBSTR(" + bytes + "," + (high + 1) + ",1))*256+ORD(SUBSTR(" + bytes + "," + (low + 1) + ",1)))";
            default -> Stream.of(high, low).map(at -> nibble(c, Dialect.uuidDigit(at)) + "*16+" + nibble(c, Dialect.uuidDigit(at) + 1)).collect(Collectors.joining(")*256+(", "((", "))"));
        };
    }

    /** The value of a text's hexadecimal digit, counted from 1. */
    private static String nibble(String c, int digit) {
        return "GREATEST(LOCATE(LOWER(SUBSTR(" + c + "," + digit + ",1)),'0123456789abcdef')-1,0)";
    }

    @Override
    public String fence() {
        return " LIMIT 18446744073709551615";
    }

    @Override
    public String utcNow() {
        return "CAST(UTC_TIMESTAMP(6) AS CHAR)";
    }

    @Override
    public int activeSessions(Connection connection, int own) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet r = statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Threads_running'")) {
            return r.next() ? Math.max(0, r.getInt(2) - own) : 0;
        }
    }

    @Override
    public Long replicaLagMillis(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet r = statement.executeQuery("SHOW REPLICA STATUS")) {
            if (!r.next()) {
                return null;
            }
            long seconds = r.getLong(secondsBehind());
            // NULL: replication has stopped, or cannot reach its primary.
            return r.wasNull() ? Long.valueOf(UNKNOWN_LAG) : Long.valueOf(seconds * 1_000);
        }
    }

    @Override
    public String monitorGrant() {
        return "GRANT SLAVE MONITOR ON *.* TO <account>";
    }

    @Override
    public String leaf(Column column, String key, long low, long step) {
        return "(" + (column.unsigned() ? "CAST(" + key + " AS SIGNED)" : key) + " - (" + low + ")) DIV " + step;
    }

    @Override
    public String literal(Column column, String text) {
        return switch (column.logical()) {
            case INTEGER, DECIMAL, BOOLEAN, BITS, FLOAT, DOUBLE -> {
                if (!text.matches("-?[0-9.]+(e[-+]?[0-9]+)?")) {
                    throw new IllegalArgumentException("not a number");
                }
                yield text;
            }
            case BINARY -> text.matches("([0-9a-f]{2})*") ? "x'" + text + "'" : NO_VALUE;
            // Of its own type: MariaDB orders UUIDs of most versions by their last group first, and a list of texts would seem to be in PostgreSQL's order.
            case UUID -> text.matches("[0-9a-fA-F-]{32,36}") ? "CAST(CONVERT(_utf8mb4 x'" + HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8)) + "' USING utf8mb4) AS UUID)" : NO_VALUE;
            case TEXT, CHAR -> "CONVERT(_utf8mb4 x'" + HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8)) + "' USING " + column.charset() + ") COLLATE " + column.collation();
            default -> "CONVERT(x'" + HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8)) + "' USING utf8mb4)";
        };
    }

    /** A year is compared with the numbers 1 to 99 as if they were years of two digits, and with some that no year is as if they were 0. */
    @Override
    public boolean holds(Column column, String text) {
        return year(column) ? text.equals("0") || text.matches("19[0-9]{2}|20[0-9]{2}|21[0-4][0-9]|215[0-5]") && !text.equals("1900") : Dialect.super.holds(column, text);
    }

    @Override
    public String counted(Column column, String sql) {
        return year(column) ? "CAST(" + sql + " AS SIGNED)" : comparable(column, sql);
    }

    private static boolean year(Column column) {
        return column.declared().startsWith("year");
    }

    private static String hex(String text) {
        if (!text.matches("([0-9a-f]{2})*")) {
            throw new IllegalArgumentException("not hexadecimal");
        }
        return text;
    }

    @Override
    public String boundaryText(Column column, String c) {
        return valueText(Form.of(Form.Kind.NATIVE), column, c);
    }

    /** Spelled out: MariaDB scans the whole index for a comparison of rows, and a range of it for this. */
    @Override
    public String atOrAfter(List<String> key, List<String> low) {
        return order(key, low, ">", ">=");
    }

    @Override
    public String before(List<String> key, List<String> high) {
        return order(key, high, "<", "<");
    }

    private static String order(List<String> key, List<String> value, String strict, String last) {
        String text = key.getLast() + last + value.getLast();
        for (int i = key.size() - 2; i >= 0; i--) {
            text = "(" + key.get(i) + strict + value.get(i) + " OR (" + key.get(i) + "=" + value.get(i) + " AND " + text + "))";
        }
        return text;
    }

    @Override
    public String sample(Column column, int scale, String text) {
        String quoted = "CONVERT(x'" + HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8)) + "' USING utf8mb4)";
        return switch (column.logical()) {
            case INTEGER, BOOLEAN -> text;
            case DECIMAL -> "CAST(" + quoted + " AS DECIMAL(65," + Math.clamp(scale < 0 ? 6 : scale, 0, 38) + "))";
            case FLOAT -> "CAST(" + quoted + " AS FLOAT)";
            case DOUBLE -> "CAST(" + quoted + " AS DOUBLE)";
            case TIMESTAMP, INSTANT -> "CAST(" + quoted + " AS DATETIME(" + scale + "))";
            case DATE -> "CAST(" + quoted + " AS DATE)";
            case TIME -> "CAST(" + quoted + " AS TIME(" + scale + "))";
            case UUID -> "CAST(" + quoted + " AS UUID)";
            case BINARY -> "x'" + hex(text) + "'";
            case BITS -> "CONV(" + quoted + ",2,10)";
            case INET -> "CAST(" + quoted + " AS " + column.declared() + ")";
            default -> quoted;
        };
    }

    @Override
    public String grant(String privilege, Store store) {
        return "GRANT " + privilege + " ON " + table(store) + " TO <account>";
    }
}
