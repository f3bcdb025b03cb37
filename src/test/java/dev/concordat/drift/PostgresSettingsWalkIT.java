package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.Verification;
import dev.concordat.drift.SettingsWalk.Change;
import dev.concordat.drift.SettingsWalk.Problem;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.store.StoreAccess;
import dev.concordat.testing.Case;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Every setting of the server's own catalogue that a session, a role, a database or a reload may set, at another legal value: the verdict over a table with every type is the same, or the
 * setting is refused by name. {@code ./concordat test --settings} runs it on every supported version.
 */
class PostgresSettingsWalkIT {
    private static final String TYPES = """
            create type mood as enum ('sad', 'ok', 'happy');
            create domain percent as numeric(5,2) check (value <= 100);
            create table t (id bigint primary key, i2 smallint, i4 int, n numeric(12,4), nn numeric, f4 float4, f8 float8, b boolean, c char(6), v varchar(40), x text, bytes bytea, d date, ts timestamp(6),
              tz timestamptz, tm time(6), u uuid, j json, jb jsonb, ip inet, net cidr, bits varbit, m mood, p percent, money money, iv interval, tags text[], nums int[], xm xml, words tsvector, r int4range, mac macaddr,
              at timestamp generated always as (ts + interval '1 day') stored);
            create index on t using gin (tags);
            insert into t (id, i2, i4, n, nn, f4, f8, b, c, v, x, bytes, d, ts, tz, tm, u, j, jb, ip, net, bits, m, p, money, iv, tags, nums, xm, words, r, mac)
              select g, g %% 100, g * 3, g + 0.1234, 1.0 / g, g + 0.1, g + 0.1, g %% 2 = 0, 'c' || g %% 10, 'Größe \\ ' || g, case when g %% 5 > 0 then 'it''s ' || g end, decode(md5(g::text), 'hex'), date '1999-12-31' + g,
              timestamp '2024-02-29 12:34:56.789012' + g * interval '1 hour', timestamptz '2024-07-01 00:30:00+00' + g * interval '1 minute', time '10:11:12.131415', md5(g::text)::uuid,
              json_build_object('a', g), jsonb_build_object('b', g + 0.1), ('10.0.0.' || g %% 250)::inet, '10.1.0.0/16', '10110'::varbit, (array['sad', 'ok', 'happy'])[1 + g %% 3]::mood, g %% 100, (g + 0.5)::money,
              g * interval '1 day 2 hours', array['a', 'NULL', 'x' || g %% 7], array[g, null], xmlparse(content 'a <b/>'), to_tsvector('pg_catalog.simple', 'the quick foxes'), int4range(g, g + 10), '08:00:2b:01:02:03'
              from generate_series(1, %d) g;
            """.formatted(600);
    /** Each in a way that some setting could hide. */
    private static final String DRIFT = """
            update t set f8 = f8 + 1e-13 where id = 11; update t set f4 = f4 + 1e-5 where id = 12; update t set x = '' where id = 15; update t set tz = tz + interval '1 microsecond' where id = 21;
            update t set v = replace(v, '\\', '/') where id = 22; update t set tags = array['a', null, 'x'] where id = 23; update t set money = '0.01' where id = 24; update t set bytes = '\\x5c' where id = 25;
            update t set iv = interval '1 month' where id = 26; delete from t where id = 27; insert into t (id) values (-5); update t set xm = xmlparse(document '<a/>') where id = 28;
            update t set nn = nn + 0.00000000000000001 where id = 29""";
    private static final List<String> FOUND = List.of("DIFFERENT 11 [f8]", "DIFFERENT 12 [f4]", "DIFFERENT 15 [x]", "DIFFERENT 21 [tz]", "DIFFERENT 22 [v]", "DIFFERENT 23 [tags]", "DIFFERENT 24 [money]",
            "DIFFERENT 25 [bytes]", "DIFFERENT 26 [iv]", "DIFFERENT 28 [xm]", "DIFFERENT 29 [nn]", "MISSING_ON_TARGET 27 []", "ORPHAN_ON_TARGET -5 []");
    /** A condition whose meaning some settings change: every row is a record, on both sides. */
    private static final String CONDITION = "((x = NULL) IS NOT TRUE OR x IS NULL) AND (v = '\\' OR tags @> ARRAY['a'] OR id < 0)";

    /** Values of settings that are texts. Those that name files, hosts or programs are of no concern here. */
    private static final Map<String, String> TEXTS = Map.ofEntries(Map.entry("DateStyle", "SQL, DMY"), Map.entry("TimeZone", "Asia/Kathmandu"), Map.entry("search_path", "evil, pg_catalog, public"),
            Map.entry("client_encoding", "LATIN1"), Map.entry("default_text_search_config", "pg_catalog.english"), Map.entry("application_name", "something else"), Map.entry("role", "other"),
            Map.entry("timezone_abbreviations", "Australia"), Map.entry("log_timezone", "Asia/Tokyo"), Map.entry("restrict_nonsystem_relation_kind", "view, foreign-table"), Map.entry("createrole_self_grant", "set"),
            Map.entry("wal_consistency_checking", "heap"), Map.entry("log_line_prefix", "%m "), Map.entry("temp_tablespaces", "pg_default"));
    /** Not tried: they slow every statement or the login by seconds, keep a commit waiting for a standby that is not there, or let nobody log in. */
    private static final Set<String> NOT_TRIED = Set.of("pre_auth_delay", "post_auth_delay", "synchronous_standby_names", "authentication_timeout", "debug_discard_caches", "jit_provider", "allow_system_table_mods",
            "wal_debug", "trace_sort", "trace_locks", "trace_lwlocks", "trace_userlocks", "debug_deadlocks", "ssl", "fsync", "full_page_writes", "archive_mode",
            "db_user_namespace");

    /** Refused by name. */
    private static final Set<String> ALONE = Set.of("zero_damaged_pages", "ignore_checksum_failure");

    private static PostgresServer server;

    @BeforeAll
    static void twoDatabasesOfOneServer() throws Exception {
        server = PostgresServer.start();
        server.createUser("reader", "secret-1");
        server.createUser("other", "secret-2");
        server.execute("postgres", "grant other to reader");
        for (String database : List.of("source", "target")) {
            server.createDatabase(database);
            server.execute(database, TYPES);
            server.execute(database, "grant select on t to reader; create schema evil; grant usage on schema evil to public; create function evil.md5(text) returns text language sql immutable as 'select ''0''';"
                    + "create function evil.sha256(bytea) returns bytea language sql immutable as 'select ''0''::bytea'; create function evil.hash_record_extended(record, bigint) returns bigint language plpgsql immutable as 'begin return 0; end';"
                    + "create domain evil.numeric as pg_catalog.int4; create function evil.textsend(text) returns bytea language sql immutable as 'select ''0''::bytea'; create table evil.t (id int)");
        }
        server.execute("target", DRIFT);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static StoreAccess side(String database, String field) throws Exception {
        return TwoTables.access(server, database, "t", field, TwoTables.secret("reader", "secret-1"), 1, "30s");
    }

    private static Outcome compare() throws Exception {
        RecordRules rules = new RecordRules(List.of("id"), null, new RecordRules.Rows(CONDITION, CONDITION), null, null, List.of());
        CompareSpec spec = new CompareSpec(side("source", "spec.source.store"), side("target", "spec.target.store"), rules, List.of(), Verification.Scope.FULL, Duration.ZERO, null, 100, List.of(), Map.of(),
                CompareSpec.FROM_THE_START, CompareSpec.Listeners.NONE);
        return new Comparison(spec, Comparison.SchemaGate.OPEN, System::nanoTime).run();
    }

    private static Optional<Problem> judged(List<Change> changes) throws Exception {
        Outcome outcome = compare();
        if (outcome.failure() != null) {
            String text = outcome.failure().reason() + ": " + outcome.failure().text();
            return Optional.of(new Problem(text, changes.stream().anyMatch(change -> text.contains(change.name()))));
        }
        List<String> found = TwoTables.found(outcome);
        return found.equals(FOUND) ? Optional.empty() : Optional.of(new Problem("found " + found, false));
    }

    /** Other legal values of all settings that may be set in one of these contexts. */
    private static List<Change> changes(Set<String> contexts) throws Exception {
        List<Change> changes = new ArrayList<>();
        Set<String> texts = new TreeSet<>();
        try (Connection connection = server.connect("postgres"); Statement statement = connection.createStatement();
                ResultSet r = statement.executeQuery("select name, context, vartype, reset_val, min_val, max_val, enumvals from pg_settings order by name")) {
            while (r.next()) {
                String name = r.getString(1);
                if (!contexts.contains(r.getString(2)) || NOT_TRIED.contains(name) || name.startsWith("log_") && r.getString(3).equals("bool")) {
                    continue;
                }
                String now = r.getString(4);
                switch (r.getString(3)) {
                    case "bool" -> changes.add(new Change(name, now.equals("on") ? "off" : "on"));
                    case "enum" -> {
                        for (String value : (String[]) r.getArray(7).getArray()) {
                            if (!value.equals(now) && !value.startsWith("debug")) {
                                changes.add(new Change(name, value));
                            }
                        }
                    }
                    case "integer", "real" -> changes.add(new Change(name, number(name, r.getString(3), now, r.getString(5), r.getString(6))));
                    default -> {
                        if (TEXTS.containsKey(name)) {
                            changes.add(new Change(name, TEXTS.get(name)));
                        } else {
                            texts.add(name);
                        }
                    }
                }
            }
        }
        System.out.println("settings that are texts and are not tried: " + texts);
        return changes;
    }

    private static String number(String name, String type, String now, String least, String most) {
        if (name.endsWith("_timeout")) {
            // A millisecond would end the login itself, sooner or later; whatever ends a statement ends it with an error.
            return "5000";
        }
        if (!least.equals(now)) {
            return least;
        }
        return type.equals("real") ? most : Long.toString(Long.parseLong(now) + 1);
    }

    private static String quoted(String value) {
        return "'" + value.replace("'", "''") + "'";
    }

    /** Lists of names are lists, and no one name with commas. */
    private static String literal(Change change) {
        return Set.of("search_path", "temp_tablespaces", "DateStyle").contains(change.name()) ? change.value() : quoted(change.value());
    }

    private static Optional<Problem> set(List<Change> changes, String of, boolean system) throws Exception {
        List<Change> done = new ArrayList<>();
        try (Connection connection = server.connect("postgres"); Statement statement = connection.createStatement()) {
            for (Change change : changes) {
                try {
                    statement.execute(of + " set " + change.name() + " = " + literal(change));
                    done.add(change);
                } catch (java.sql.SQLException e) {
                    // Not one that can be set in this way.
                    continue;
                }
            }
            try {
                if (system) {
                    reload(statement);
                }
                return judged(done);
            } finally {
                for (Change change : done) {
                    statement.execute(of + " reset " + change.name());
                }
                if (system) {
                    reload(statement);
                }
            }
        }
    }

    private static void reload(Statement statement) throws Exception {
        statement.execute("select pg_reload_conf()");
        // The postmaster reads it when its signal comes, and a new session after that has it.
        Thread.sleep(100);
    }

    @Test
    @Case(value = "compare 1", before = "a limit of the server's, and other settings, changed which rows and columns were seen", now = "every setting of pg_settings by role: the same verdict, or a refusal by name")
    void byRole() throws Exception {
        assertThat(judged(List.of())).isEmpty();
        assertThat(SettingsWalk.problems(changes(Set.of("user", "superuser", "backend", "superuser-backend")), ALONE, 80, changes -> set(changes, "alter role reader", false))).isEmpty();
    }

    @Test
    void byDatabase() throws Exception {
        List<Change> all = changes(Set.of("user", "superuser", "backend", "superuser-backend"));
        assertThat(SettingsWalk.problems(all, ALONE, 80, changes -> set(changes.stream().filter(change -> !change.name().equals("role")).toList(), "alter database source", false))).isEmpty();
    }

    /** Timeouts would end the session that sets them as well; by role they are tried. */
    @Test
    void byReload() throws Exception {
        assertThat(SettingsWalk.problems(changes(Set.of("user", "superuser", "sighup", "backend", "superuser-backend")).stream().filter(change -> !change.name().endsWith("_timeout")).toList(), ALONE, 80, changes -> set(changes, "alter system", true))).isEmpty();
    }
}
