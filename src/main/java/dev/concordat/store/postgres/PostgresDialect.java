package dev.concordat.store.postgres;

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
import dev.concordat.store.StoreSession;
import dev.concordat.store.Trouble;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.Properties;
import org.postgresql.PGConnection;
import org.postgresql.core.ServerVersion;
import org.postgresql.util.PSQLException;

/** PostgreSQL 14 and later. */
public final class PostgresDialect implements Dialect {
    public static final PostgresDialect INSTANCE = new PostgresDialect();

    private PostgresDialect() {}

    @Override
    public StoreType type() {
        return StoreType.POSTGRESQL;
    }

    @Override
    public String quote(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    @Override
    public String table(Store store) {
        return quote(schema(store)) + "." + quote(store.table());
    }

    static String schema(Store store) {
        return store.schema() == null ? "public" : store.schema();
    }

    @Override
    public StoreSession open(Login login) throws SQLException {
        Store store = login.store();
        String host = store.host().indexOf(':') >= 0 ? "[" + store.host() + "]" : store.host();
        String url = "jdbc:postgresql://" + host + ":" + store.port() + "/" + URLEncoder.encode(store.database(), StandardCharsets.UTF_8).replace("+", "%20");
        Properties properties = new Properties();
        properties.setProperty("user", login.username());
        properties.setProperty("password", login.password());
        properties.setProperty("ApplicationName", "concordat");
        // Of the server's age, so that the driver needs no statements of its own to say who it is.
        properties.setProperty("assumeMinServerVersion", "14");
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("loginTimeout", "10");
        // Beyond the server's own statement timeout: it only ends a wait for a server that is gone.
        properties.setProperty("socketTimeout", Long.toString(login.statementMillis() / 1000 + 15));
        properties.setProperty("tcpKeepAlive", "true");
        // No named statements, so that a pooler between us and the server does no harm.
        properties.setProperty("prepareThreshold", "0");
        // Details of errors quote values of rows.
        properties.setProperty("logServerErrorDetail", "false");
        properties.setProperty("sslmode", switch (store.tls().mode()) {
            case DISABLE -> "disable";
            case REQUIRE -> "require";
            case VERIFY_CA -> "verify-ca";
            case VERIFY_FULL -> "verify-full";
        });
        if (login.ca() != null) {
            properties.setProperty("sslrootcert", login.ca().toString());
        }
        Connection connection = new org.postgresql.Driver().connect(url, properties);
        try {
            // It was told with the login, also by a pooler.
            String server = String.valueOf(connection.unwrap(PGConnection.class).getParameterStatus("server_version"));
            return new PostgresSession(connection, new PostgresSettings(login.write(), login.statementMillis(), ServerVersion.from(server).getVersionNum()), server);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public String reason(SQLException e) {
        return trouble(e).reason();
    }

    /** The driver's and PgBouncer's own words are the same in every language. */
    @Override
    public Trouble trouble(SQLException e) {
        String text = String.valueOf(e.getMessage());
        if (text.contains("does not support SSL") || text.contains("no encryption") || text.contains("SSL off") || text.contains("could not be verified by hostnameverifier")
                || text.contains("SSL root certificate")) {
            return Trouble.of(Reason.TLS_FAILED);
        }
        if (text.contains("unsupported startup parameter")) {
            return Trouble.of(Reason.SESSION_NOT_PINNED).saying("the pooler there refuses a parameter that the driver gives with the login",
                    "Add it to ignore_startup_parameters in PgBouncer's configuration (it has no effect here: every setting is set with each transaction), or name the server's own port");
        }
        if (text.contains("in statement pooling mode")) {
            return Trouble.of(Reason.SESSION_NOT_PINNED).saying("the pooler there pools single statements (pool_mode = statement), so that no setting of ours is in force for the statement after it",
                    "Let PgBouncer pool this database by transaction or session (pool_mode), or name the server's own port");
        }
        Trouble known = PostgresErrors.of(e.getSQLState());
        return known == null ? Trouble.of(Reason.STORE_ERROR) : known;
    }

    @Override
    public int position(SQLException e) {
        return e instanceof PSQLException sql && sql.getServerErrorMessage() != null ? sql.getServerErrorMessage().getPosition() : 0;
    }

    @Override
    public Catalogue catalogue(Connection connection, Store store) throws SQLException {
        List<Column> columns = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        List<String> generated = new ArrayList<>();
        long rows = 0;
        String sql = """
                select a.attname, format_type(a.atttypid, a.atttypmod), b.typname, b.typtype,
                  -- What a child, a foreign table or, from PostgreSQL 18 on, a constraint that is not valid need not keep is no promise.
                  a.attnotnull and case c.relkind when 'r' then not c.relhassubclass
                      when 'p' then not exists (select from pg_partition_tree(c.oid) p join pg_class l on l.oid = p.relid where l.relkind = 'f') else false end
                    and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'n' and not k.convalidated and a.attnum = any(k.conkey)),
                  greatest(b.typmod, a.atttypmod),
                  -- By its present size: the estimate is of the last ANALYZE, and there may have been none.
                  (case when c.reltuples >= 0 and c.relpages > 0 and c.relkind in ('r', 'm') then c.reltuples / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::int)
                    when c.relkind in ('r', 'm') then pg_relation_size(c.oid) / 100 else greatest(c.reltuples, 0) end)::bigint,
                  nullif(current_setting('server_encoding'), 'UTF8'), format_type(b.oid, greatest(b.typmod, a.atttypmod)),
                  (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e where e.enumtypid = b.oid), a.attgenerated,
                  (select count(*) from pg_inherits i where i.inhparent = c.oid and c.relkind <> 'p'),
                  (select string_agg(l.relname, ', ' order by l.relname) from pg_partition_tree(c.oid) p join pg_class l on l.oid = p.relid where c.relkind = 'p' and l.relkind = 'f'),
                  (select string_agg(l.relname, ', ' order by l.relname) from pg_inherits i join pg_class l on l.oid = i.inhrelid where i.inhparent = c.oid and i.inhdetachpending)
                from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
                  -- The type below all domains.
                  cross join lateral (with recursive d as (select t.oid, t.typname, t.typtype, t.typbasetype, t.typtypmod, 1 as depth from pg_type t where t.oid = a.atttypid
                      union all select t.oid, t.typname, t.typtype, t.typbasetype, t.typtypmod, depth + 1 from d join pg_type t on d.typtype = 'd' and t.oid = d.typbasetype)
                    select oid, typname, typtype, max(typtypmod) over () as typmod from d order by depth desc limit 1) b
                where n.nspname = ? and c.relname = ? and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped order by a.attnum""";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, schema(store));
            statement.setString(2, store.table());
            ResultSet r = statement.executeQuery();
            while (r.next()) {
                columns.add(column(r.getString(1), unqualified(r.getString(2), store), r.getString(3), r.getString(4), !r.getBoolean(5), r.getInt(6), r.getString(8), r.getString(9),
                        r.getArray(10) == null ? null : List.of((String[]) r.getArray(10).getArray())));
                rows = Math.max(0, r.getLong(7));
                if (!r.getString(11).isEmpty()) {
                    generated.add(r.getString(1));
                }
                if (columns.size() == 1) {
                    note(notes, r.getLong(12) == 0 ? null : "the rows of " + r.getLong(12) + " child tables are read as well, without columns of their own");
                    note(notes, r.getString(13) == null ? null : "partitions on other servers are read through foreign tables: " + r.getString(13));
                    note(notes, r.getString(14) == null ? null : "partitions that are being detached are not read: " + r.getString(14));
                }
            }
        }
        List<List<String>> keys = new ArrayList<>();
        List<String> primaryKey = List.of();
        sql = """
                select i.indexrelid, array_agg(a.attname::text order by k.n), bool_or(i.indisprimary)
                from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
                  cross join lateral unnest(i.indkey::int2[]) with ordinality k(attnum, n) join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
                where n.nspname = ? and c.relname = ? and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null and k.n <= i.indnkeyatts
                group by 1""";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, schema(store));
            statement.setString(2, store.table());
            ResultSet r = statement.executeQuery();
            while (r.next()) {
                keys.add(List.of((String[]) r.getArray(2).getArray()));
                primaryKey = r.getBoolean(3) ? keys.getLast() : primaryKey;
            }
        }
        note(notes, generated.isEmpty() ? null : "generated, and compared as they are read: " + String.join(", ", generated));
        return new Catalogue(columns, keys, rows, primaryKey, Form.Rounding.AWAY, notes);
    }

    private static void note(List<String> notes, String note) {
        if (note != null) {
            notes.add(note);
        }
    }

    /** A type's name as people write it, without the schema where that is the table's or public. */
    private String unqualified(String type, Store store) {
        return Stream.of(quote(schema(store)), schema(store), "public").map(schema -> schema + ".").filter(type::startsWith).findFirst().map(schema -> type.substring(schema.length())).orElse(type);
    }

    private static Column column(String name, String declared, String type, String category, boolean nullable, int typmod, String encoding, String base, List<String> labels) {
        Logical logical = category.equals("e") ? Logical.TEXT : switch (type) {
            case "int2", "int4", "int8" -> Logical.INTEGER;
            case "numeric" -> Logical.DECIMAL;
            case "float4" -> Logical.FLOAT;
            case "float8" -> Logical.DOUBLE;
            case "bool" -> Logical.BOOLEAN;
            case "timestamp" -> Logical.TIMESTAMP;
            case "timestamptz" -> Logical.INSTANT;
            case "date" -> Logical.DATE;
            case "time" -> Logical.TIME;
            case "text", "varchar", "name", "citext" -> Logical.TEXT;
            case "bpchar" -> Logical.CHAR;
            case "uuid" -> Logical.UUID;
            case "bytea" -> Logical.BINARY;
            case "json", "jsonb" -> Logical.JSON;
            case "bit", "varbit" -> Logical.BITS;
            case "inet", "cidr" -> Logical.INET;
            default -> declared.endsWith("[]") ? Logical.ARRAY : Logical.OTHER;
        };
        int length = switch (type) {
            case "int2" -> 2;
            case "int4" -> 4;
            case "int8" -> 8;
            case "numeric" -> typmod < 4 ? 0 : (typmod - 4) >> 16 & 0xffff;
            case "varchar", "bpchar" -> Math.max(0, typmod - 4);
            case "bit", "varbit" -> Math.max(0, typmod);
            default -> 0;
        };
        int scale = switch (type) {
            // PostgreSQL 15 allows a negative scale: an 11-bit number with sign.
            case "numeric" -> typmod < 4 ? -1 : Math.max(0, ((typmod - 4) & 0x7ff) << 21 >> 21);
            case "timestamp", "timestamptz", "time" -> typmod < 0 ? 6 : typmod;
            default -> 0;
        };
        return new Column(name, logical, nullable, length, scale, false, encoding, null, declared, base, labels);
    }

    /** No table's name, of which the condition may speak. */
    private static final String RANGE = "\"range of concordat\"";

    private static String orNull(Column column, String text) {
        return column.nullable() ? "coalesce(" + text + ",'~')" : text;
    }

    /** Arguments of concat_ws are best left as they are: it calls the type's own output, and a cast to text would copy the text once more. */
    @Override
    public String canonical(Form form, Column column, String c) {
        return switch (form.kind()) {
            // concat_ws leaves out NULL: the length of no text.
            case TEXT, NATIVE, JSON -> {
                String text = plain(form, column, c);
                String length = utf8Length(column, text);
                yield length + "," + orNull(column, form.digest() ? "case when " + length + ">" + Form.LONG + " then encode(sha256(textsend(" + text + ")),'hex') else " + text + " end" : text);
            }
            default -> column.nullable() ? "coalesce((" + raw(form, column, c) + ")::text,'~')" : raw(form, column, c);
        };
    }

    private static String utf8Length(Column column, String text) {
        return column.charset() == null ? "octet_length(" + text + ")" : "octet_length(convert_to(" + text + ",'UTF8'))";
    }

    private static String text(Form form, String c) {
        String text = c + "::text";
        return form.trim() ? "btrim(" + text + ",' ')" : form.padded() ? "rtrim(" + text + ",' ')" : text;
    }

    private static String plain(Form form, Column column, String c) {
        return form.kind() == Form.Kind.TEXT ? text(form, c) : "(" + raw(form, column, c) + ")::text";
    }

    /** A value whose output is the canonical text. */
    private static String raw(Form form, Column column, String c) {
        return switch (form.kind()) {
            case INTEGER -> switch (column.logical()) {
                case INTEGER -> c;
                case BITS -> column.length() < 64 ? c + "::bigint" : "case when " + c + "::bigint<0 then " + c + "::bigint::numeric+18446744073709551616 else " + c + "::bigint::numeric end";
                case BOOLEAN -> c + "::int";
                default -> c + "::numeric(1000,0)";
            };
            // round also adds zeros; a cast would fail where 1,000 digits are not enough.
            case DECIMAL -> form.digits() < 0 ? "trim_scale(" + c + "::numeric)"
                    : column.scale() == form.digits() && column.logical() == Logical.DECIMAL ? c : "round(" + c + "::numeric," + form.digits() + ")";
            case DOUBLE -> {
                // MariaDB writes an exponent from 1e15 on unless there is a fraction, and below 1e-15; PostgreSQL from 1e15 on and below 1e-4. Of large whole numbers PostgreSQL
                // does not always write the shortest form (it leaves out those half way to the next number), so they are written with all
                // digits, from 2^63 on as a multiple of what two such numbers are apart.
                String d = column.logical() == Logical.FLOAT ? c + "::float8" : c;
                yield "case when abs(%1$s)>=1e-4 and abs(%1$s)<1e15 then %1$s::text when %1$s=0 then '0' when abs(%1$s)>=1e15 and abs(%1$s)<'9223372036854775808' and %1$s=trunc(%1$s) then %1$s::bigint::text ".formatted(d)
                        + "when abs(%1$s)>=1e-15 and (abs(%1$s)<1e15 or %1$s<>trunc(%1$s)) then %1$s::text::numeric::text when abs(%1$s)>=1e15 and abs(%1$s)<1e22 then (%1$s/2048)::bigint||'*2048' else replace(%1$s::text,'e+','e') end".formatted(d);
            }
            case BOOLEAN -> column.logical() == Logical.INTEGER ? "(" + c + "<>0)::int" : c + "::int";
            case TIMESTAMP -> cut(utc(form, column, c), form, column);
            case DATE, NATIVE, BITS -> c;
            case TIME -> column.scale() <= form.digits() ? c : form.round() ? c + "::time(" + form.digits() + ")" : form.digits() == 0 ? "left(" + c + "::text,8)"
                    : "rtrim(rtrim(left(to_char(" + c + "::interval,'HH24:MI:SS.US')," + (9 + form.digits()) + "),'0'),'.')";
            case TEXT -> text(form, c);
            case UUID -> switch (column.logical()) {
                case UUID -> c;
                case BINARY -> "case when octet_length(" + c + ")=16 then encode(" + c + ",'hex')::uuid::text else encode(" + c + ",'hex') end";
                default -> "lower(" + c + "::text)";
            };
            case BINARY -> {
                String bytes = form.padded() ? "rtrim(" + c + ",'\\x00'::bytea)" : c;
                yield form.digest() ? "case when octet_length(" + bytes + ")>" + Form.LONG + " then '#'||encode(sha256(" + bytes + "),'hex') else encode(" + bytes + ",'hex') end" : "encode(" + bytes + ",'hex')";
            }
            case INET -> {
                // Four bytes of family, length, kind and size come before the address.
                String address = "encode(substr(inet_send(" + c + "),5),'hex')";
                String whole = form.digits() == Form.MAPPED ? "case when family(" + c + ")=4 then '00000000000000000000ffff'||" + address + " else " + address + " end" : address;
                yield whole + "||case when masklen(" + c + ")=case family(" + c + ") when 4 then 32 else 128 end then '' else '/'||masklen(" + c + ") end";
            }
            case JSON -> json(column, c);
            case NUMBER -> throw new IllegalArgumentException("no canonical text in SQL: " + form.kind());
        };
    }

    private static String json(Column column, String c) {
        return column.declared().endsWith("[]") ? "to_json(" + c + ")::text" : c + "::text";
    }

    /** Cut to so many digits of a second. The engine's own text leaves out zeros at the end of the fraction; it costs less than half of to_char, and keeps infinity and the era. */
    private static String utc(Form form, Column column, String c) {
        if (column.logical() == Logical.INSTANT) {
            // A zone given as an interval is an addition; one given by name is looked up for every row.
            return "(" + c + " at time zone interval '0')";
        }
        Integer ahead = form.ahead();
        // Not by the zone's text: in POSIX's, which PostgreSQL reads, +02:00 lies west.
        return ahead == null ? "((" + c + " at time zone '" + form.zone().replace("'", "''") + "') at time zone interval '0')" : ahead == 0 ? c : "(" + c + "-interval '" + ahead + " seconds')";
    }

    private static String cut(String local, Form form, Column column) {
        int digits = form.digits();
        if (digits >= 6 || column.scale() <= digits) {
            return local;
        }
        if (form.round()) {
            // It rounds half away from 2000: before that, half is made a little more where it is to go up.
            String half = form.rounding() == Form.Rounding.AWAY ? local : "(case when " + local + "<'2000-01-01' then " + local + "+interval '1 microsecond' else " + local + " end)";
            return half + "::timestamp(" + digits + ")";
        }
        return switch (digits) {
            case 3 -> "date_trunc('milliseconds'," + local + ")";
            case 0 -> "date_trunc('second'," + local + ")";
            default -> "case when " + local + ">='0001-01-01' and " + local + "<'10000-01-01' then rtrim(rtrim(left(to_char(" + local + ",'YYYY-MM-DD HH24:MI:SS.US')," + (20 + digits)
                    + "),'0'),'.') else " + local + "::text end";
        };
    }

    /** to_char leaves out the era and gives NULL for infinity: outside the years 1 to 9999 the plain text is taken instead. */
    private static String stamp(String local) {
        return "case when " + local + ">='0001-01-01' and " + local + "<'10000-01-01' then to_char(" + local + ",'YYYY-MM-DD HH24:MI:SS.US') else " + local + "::text end";
    }

    @Override
    public String keyText(Form form, Column column, String sql) {
        // The bytes themselves, by which a literal finds them again.
        return form.kind() == Form.Kind.BINARY ? "encode(" + sql + ",'hex')" : plain(form, column, sql);
    }

    @Override
    public String valueText(Form form, Column column, String c) {
        return switch (column.logical()) {
            case BOOLEAN -> c + "::int::text";
            case TIMESTAMP -> stamp(c);
            case INSTANT -> stamp("(" + c + " at time zone interval '0')");
            case TIME -> "to_char(" + c + "::interval,'HH24:MI:SS.US')";
            case FLOAT -> c + "::float8::text";
            case BINARY -> veryLong(form, column, "octet_length(" + c + ")", "sha256(" + c + ")", "encode(" + c + ",'hex')");
            case JSON -> json(column, c);
            case BITS -> form.kind() == Form.Kind.BITS ? c + "::text" : plain(form, column, c);
            case TEXT -> veryLong(form, column, utf8Length(column, c + "::text"), "sha256(textsend(" + c + "::text))", c + "::text");
            default -> c + "::text";
        };
    }

    private static String veryLong(Form form, Column column, String length, String hash, String text) {
        return form.opaque() && (column.length() == 0 || column.length() > Form.VERY_LONG / 4)
                ? "case when " + length + ">" + Form.VERY_LONG + " then 'SHA-256 '||encode(" + hash + ",'hex')||' of '||" + length + "||' bytes' else " + text + " end" : text;
    }

    @Override
    public String rowHash(HashFunction function, List<String> canonical) {
        return "(" + bits(function, canonical) + ")::bit(64)::bigint";
    }

    @Override
    public String rowDigits(HashFunction function, List<String> canonical) {
        return function == HashFunction.MD5 ? "left(md5(textsend(" + rowText(canonical) + ")),16)" : "encode(substr(" + sha256(rowText(canonical)) + ",1,8),'hex')";
    }

    private static String sha256(String text) {
        return "sha256(textsend(" + text + "))";
    }

    @Override
    public String keysAndDigits(String key, String digits) {
        return "string_agg(" + key + "||':'||" + digits + ",',')";
    }

    @Override
    public String digest(int number, HashFunction function, String row, String rows, String order) {
        return digest(Integer.toString(number), function, row, rows, order);
    }

    /** In a derived table of its own: an ORDER BY inside the aggregate would sort what an index gives in order. */
    private String digest(String number, HashFunction function, String row, String rows, String order) {
        String from = "(SELECT " + row + " AS x FROM " + rows + " ORDER BY " + order + fence() + ") q";
        return "SELECT " + number + ",count(*)," + switch (function) {
            case MD5 -> "md5(textsend(string_agg(x,';'))) FROM " + from;
            case SHA256 -> "encode(" + sha256("string_agg(x,';')") + ",'hex') FROM " + from;
            case RECORD -> "sum(" + row + ")::text FROM " + rows;
        };
    }

    /** One plan for all ranges: to plan each by itself takes as long as to read some hundred rows. */
    @Override
    public String digests(HashFunction function, String row, String table, String key, List<Map.Entry<String, String>> ranges, String condition, String order) {
        String values = IntStream.range(0, ranges.size()).mapToObj(i -> "(" + i + "," + ranges.get(i).getKey() + "," + ranges.get(i).getValue() + ")").collect(Collectors.joining(","));
        String rows = table + " WHERE " + key + ">=" + RANGE + ".low AND " + key + "<" + RANGE + ".high" + condition;
        return "SELECT d.* FROM (VALUES " + values + ") AS " + RANGE + "(n,low,high) CROSS JOIN LATERAL (" + digest(RANGE + ".n", function, row, rows, order) + ") d";
    }

    /** A text ends at 1 GB: program_limit_exceeded. */
    @Override
    public boolean tooLong(SQLException e) {
        return "54000".equals(e.getSQLState());
    }

    /** The cast to bit keeps the first bits of what is longer. textsend writes the client's encoding, which is UTF-8, and costs less than convert_to. */
    private String bits(HashFunction function, List<String> canonical) {
        return switch (function) {
            case MD5 -> "'x'||md5(textsend(" + rowText(canonical) + "))";
            case SHA256 -> "'x'||encode(substr(" + sha256(rowText(canonical)) + ",1,8),'hex')";
            case RECORD -> throw new IllegalArgumentException("a record's hash is no text");
        };
    }

    @Override
    public String hashWorkload(HashFunction function, int rows) {
        return "SELECT " + sum(rowHash(function, List.of("g", "repeat('x',150)"))) + " FROM generate_series(1," + rows + ") g";
    }

    /** A function takes at most 100 arguments; concat_ws of concat_ws gives the same text. */
    @Override
    public String rowText(List<String> canonical) {
        List<String> parts = canonical;
        while (parts.size() > 40) {
            List<String> wider = new ArrayList<>();
            for (int i = 0; i < parts.size(); i += 40) {
                wider.add("concat_ws('|'," + String.join(",", parts.subList(i, Math.min(parts.size(), i + 40))) + ")");
            }
            parts = wider;
        }
        return "concat_ws('|'," + String.join(",", parts) + ")";
    }

    @Override
    public long hash(String text) {
        return Long.parseLong(text);
    }

    @Override
    public String sum(String hash) {
        // Never NULL here: concat_ws gives a text or raises an error.
        return "sum(" + hash + ")";
    }

    @Override
    public String bucket(HashFunction function, List<String> canonicalKey, int mask) {
        return "((" + bits(function, canonicalKey) + ")::bit(32)::int & " + mask + ")";
    }

    @Override
    public String uuidBits(Column column, String c, boolean others) {
        int high = others ? 14 : 15;
        int low = others ? 2 : 3;
        return switch (column.logical()) {
            case UUID -> "(get_byte(uuid_send(" + c + ")," + high + ")*256+get_byte(uuid_send(" + c + ")," + low + "))";
            case BINARY -> "case when octet_length(" + c + ")=16 then get_byte(" + c + "," + high + ")*256+get_byte(" + c + "," + low + ") else 0 end";
            default -> Stream.of(high, low).map(at -> nibble(c, Dialect.uuidDigit(at)) + "*16+" + nibble(c, Dialect.uuidDigit(at) + 1)).collect(Collectors.joining(")*256+(", "((", "))"));
        };
    }

    /** The value of a text's hexadecimal digit, counted from 1. */
    private static String nibble(String c, int digit) {
        return "greatest(strpos('0123456789abcdef',lower(substr(" + c + "::text," + digit + ",1)))-1,0)";
    }

    @Override
    public String recordProbe() {
        return RecordHash.PROBE;
    }

    @Override
    public String recordHash(List<Stored> key, List<Stored> fields) {
        Stored first = key.getFirst();
        return key.size() == 1 && first.own().logical() == Logical.INTEGER && first.other().logical() == Logical.INTEGER
                ? RecordHash.of(fields.stream().map(field -> field.sql().equals(first.sql()) ? field.sql() : parts(field)).toList(), first.sql())
                : RecordHash.of(fields.stream().map(this::parts).toList(), key.stream().map(this::parts).toList());
    }

    @Override
    public String recordDigits(String recordHash) {
        return "to_hex(" + recordHash + ")";
    }

    private String parts(Stored field) {
        return RecordHash.typed(field) ? RecordHash.parts(field.own(), field.other(), field.sql())
                : rowText(List.of(canonical(field.form(), field.own(), field.sql()))) + " COLLATE \"C\"";
    }

    @Override
    public String zoneProbe(String zone) {
        return "SELECT now() AT TIME ZONE '" + zone.replace("'", "''") + "'";
    }

    @Override
    public String fence() {
        return " OFFSET 0";
    }

    @Override
    public String utcNow() {
        return stamp("(clock_timestamp() at time zone interval '0')");
    }

    @Override
    public int activeSessions(Connection connection, int own) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet r = statement.executeQuery("select count(*) filter (where state = 'active' and application_name <> 'concordat'), count(*) filter (where state is null) "
                        + "from pg_stat_activity where backend_type = 'client backend'")) {
            r.next();
            if (r.getInt(2) > 0) {
                throw new SQLException("the account does not see what other sessions do in pg_stat_activity", "42501");
            }
            return r.getInt(1);
        }
    }

    @Override
    public Long replicaLagMillis(Connection connection) throws SQLException {
        // Only a replica that is connected to its primary has caught up when it has applied all it got. Everybody sees whether there is a receiver; an account without pg_read_all_stats sees
        // no more of it than that. A cut that nothing tells of ends the receiver after wal_receiver_timeout. What is fed from an archive has none.
        try (Statement statement = connection.createStatement();
                ResultSet r = statement.executeQuery("select case when not pg_is_in_recovery() then null when exists (select from pg_stat_wal_receiver where coalesce(status, 'streaming') = 'streaming') "
                        + "and pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() then 0 else coalesce((extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::bigint, "
                        + UNKNOWN_LAG + ") end")) {
            r.next();
            long millis = r.getLong(1);
            return r.wasNull() ? null : Long.valueOf(millis);
        }
    }

    /** Everybody sees who holds a lock; application and times of others only who may read all statistics. A view's own tables may be the locked ones. */
    @Override
    public Optional<String> lockedBy(Connection connection, Store store) throws SQLException {
        String sql = """
                select l.pid, nullif(a.application_name, ''), to_char(a.xact_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), l.granted, c.relname
                from pg_locks l join pg_class c on c.oid = l.relation join pg_database d on d.oid = l.database left join pg_stat_activity a on a.pid = l.pid
                where d.datname = current_database() and l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.pid <> pg_backend_pid() and c.relkind in ('r', 'p', 'm', 'f', 'v')
                order by l.granted desc, (c.oid = to_regclass(?)) desc, a.xact_start limit 1""";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, table(store));
            try (ResultSet r = statement.executeQuery()) {
                if (!r.next()) {
                    return Optional.empty();
                }
                String who = "process " + r.getInt(1) + (r.getString(2) == null ? "" : " (" + r.getString(2) + ")") + (r.getString(3) == null ? "" : ", in a transaction since " + r.getString(3) + "Z");
                return Optional.of((r.getBoolean(4) ? "held by " : "which others wait for as well, first ") + who + ", on " + r.getString(5));
            }
        }
    }

    @Override
    public String replicaStatus() {
        return "pg_stat_wal_receiver and pg_is_wal_replay_paused()";
    }

    @Override
    public String monitorGrant() {
        return "GRANT pg_read_all_stats TO <account>";
    }

    @Override
    public String leaf(Column column, String key, long low, long step) {
        return "(" + key + " - ('" + low + "'::bigint)) / '" + step + "'::bigint";
    }

    @Override
    public String literal(Column column, String text) {
        if (!holds(column.logical(), text)) {
            return NO_VALUE;
        }
        String quoted = "'" + text.replace("'", "''") + "'";
        return switch (column.logical()) {
            case BINARY -> "decode(" + quoted + ",'hex')";
            // The keys of other engines may be wider than this column: an integer out of range must find nothing, not fail.
            case INTEGER, DECIMAL -> quoted + "::numeric" + (column.logical() == Logical.INTEGER && fitsLong(text) ? "::bigint" : "");
            case BOOLEAN -> quoted + "::boolean";
            case CHAR -> quoted + "::bpchar";
            // The catalogue may be older than the label: asked for now, one that does not exist is NULL instead of an error.
            case TEXT -> column.labels() != null && !column.labels().contains(text)
                    ? "(select e.enumlabel::text::" + column.base() + " from pg_enum e where e.enumtypid = '" + column.base().replace("'", "''") + "'::regtype and e.enumlabel = " + quoted + ")"
                    : quoted + (column.base().startsWith("character varying") || citext(column) ? "::text" : "::" + column.base());
            // Not the domain: its check would refuse what no row of it can be.
            default -> quoted + "::" + column.base();
        };
    }

    /** A domain of an enum has no operators, not even with itself. Those of citext are outside pg_catalog, so that it is compared as the text that it is; its index does not serve then. */
    @Override
    public String comparable(Column column, String sql) {
        return citext(column) ? sql + "::text" : column.labels() != null && !column.base().equals(column.declared()) ? sql + "::" + column.base() : sql;
    }

    @Override
    public boolean ordered(Column column) {
        return !citext(column);
    }

    private static boolean citext(Column column) {
        return column.base().equals("citext") || column.base().endsWith(".citext");
    }

    @Override
    public boolean holds(Column column, String text) {
        return holds(column.logical(), text) && (column.labels() == null || column.labels().contains(text));
    }

    /** Whether a column of that type can hold the value at all: the other engine's key may be any text, and may have dates that no calendar has. */
    private static boolean holds(Logical logical, String text) {
        return switch (logical) {
            case UUID -> text.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
            case DATE, TIMESTAMP, INSTANT -> !text.startsWith("0000-") && !text.contains("-00");
            default -> text.indexOf('\0') < 0;
        };
    }

    private static boolean fitsLong(String text) {
        try {
            Long.parseLong(text);
            return true;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    @Override
    public String boundaryText(Column column, String sql) {
        return column.logical() == Logical.BINARY ? "encode(" + sql + ",'hex')" : sql + "::text";
    }

    @Override
    public String atOrAfter(List<String> key, List<String> low) {
        return key.size() == 1 ? key.getFirst() + ">=" + low.getFirst() : "(" + String.join(",", key) + ")>=(" + String.join(",", low) + ")";
    }

    @Override
    public String before(List<String> key, List<String> high) {
        return key.size() == 1 ? key.getFirst() + "<" + high.getFirst() : "(" + String.join(",", key) + ")<(" + String.join(",", high) + ")";
    }

    @Override
    public String sample(Column column, int scale, String text) {
        String quoted = "'" + text.replace("'", "''") + "'";
        return column.logical() == Logical.BINARY ? "decode(" + quoted + ",'hex')"
                : column.logical() == Logical.DECIMAL && scale >= 0 ? "round(" + quoted + "," + scale + ")" : quoted + switch (column.logical()) {
            case INTEGER -> "::bigint";
            case DECIMAL -> "::numeric";
            case FLOAT -> "::float4";
            case DOUBLE -> "::float8";
            case BOOLEAN -> "::boolean";
            case TIMESTAMP -> "::timestamp(" + scale + ")";
            case INSTANT -> "::timestamptz(" + scale + ")";
            case DATE -> "::date";
            case TIME -> "::time(" + scale + ")";
            case UUID -> "::uuid";
            case BITS -> "::varbit";
            case INET -> "::inet";
            default -> "::text";
        };
    }

    @Override
    public String grant(String privilege, Store store) {
        return "GRANT USAGE ON SCHEMA " + quote(schema(store)) + " TO <account>; GRANT " + privilege + " ON " + table(store) + " TO <account>";
    }
}
