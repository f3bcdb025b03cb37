package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.Compare;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.store.Reason;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreSession;
import dev.concordat.testing.Case;
import dev.concordat.testing.Databases;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.api.Tag;

/**
 * MySQL beside PostgreSQL, MariaDB and itself, on a server that {@code CONCORDAT_TEST_MYSQL} names as host:port:user:password; src/test/servers/mysql runs one.
 * The account may create databases.
 */
@Tag("mysql")
class MySqlIT {
    private static final String DATABASE = "concordat_test";
    private static final String READER = "concordat_test_reader";
    /** Every ordinary type, in the words of PostgreSQL and of the MySQL family. */
    private static final String POSTGRES = """
            create table t(id bigint primary key, i int, s smallint, n numeric(12,3), d double precision, f real, b boolean, v varchar(40), c char(5), x text, y bytea, j jsonb,
              da date, ti time(3), ts timestamp(6), tz timestamptz(3), u uuid)""";
    private static final String MYSQL = """
            create table t(id bigint primary key, i int, s smallint, n decimal(12,3), d double, f float, b tinyint(1), v varchar(40), c char(5), x text character set latin1, y blob, j json,
              da date, ti time(3), ts datetime(6), tz timestamp(3) null, u char(36))""";

    private String host;
    private int port;
    private String user;
    private String password;

    @BeforeEach
    void freshDatabase() throws SQLException {
        String[] parts = System.getenv("CONCORDAT_TEST_MYSQL").split(":", 4);
        host = parts[0];
        port = Integer.parseInt(parts[1]);
        user = parts[2];
        password = parts[3];
        execute("mysql", "drop database if exists " + DATABASE + "; create database " + DATABASE + " character set utf8mb4; drop user if exists " + READER + "; create user " + READER + "@'%' identified by 'r'");
    }

    private void execute(String database, String script) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:mariadb://" + host + ":" + port + "/" + database + "?allowMultiQueries=true&allowPublicKeyRetrieval=true", user, password);
                var statement = connection.createStatement()) {
            statement.execute("set time_zone = '+00:00'");
            statement.execute(script);
            while (statement.getMoreResults() || statement.getUpdateCount() != -1) {
                // Each result is taken, so that an error in any statement of the script surfaces here.
            }
        }
    }

    /** Read with the grant that the docs name, and no other. */
    private StoreAccess mysql(String table, String field) throws IOException, SQLException {
        execute(DATABASE, "grant select on `" + table + "` to " + READER + "@'%'");
        return reader(table, field);
    }

    private StoreAccess reader(String table, String field) throws IOException {
        return access(StoreType.MYSQL, host, port, DATABASE, table, field, TwoTables.secret(READER, "r"), "30s");
    }

    private static StoreAccess other(DatabaseServer server, String database, String field) throws IOException {
        return access(server instanceof PostgresServer ? StoreType.POSTGRESQL : StoreType.MARIADB, server.host(), server.port(), database, "t", field, TwoTables.secret(server.superuser(), server.password()), "30s");
    }

    private static StoreAccess access(StoreType type, String host, int port, String database, String table, String field, Path secret, String timeout) {
        return new StoreAccess(new Store(type, host, port, database, null, table, new Store.Credentials("reader"), null, new Store.Limits(2, timeout, null, null, null)), field, secret, null);
    }

    private static Outcome compare(StoreAccess source, StoreAccess target, RecordRules rules) {
        return new Comparison(CompareSpec.full(source, target, rules, Duration.ofMillis(50)), Comparison.SchemaGate.OPEN, System::nanoTime).run();
    }

    private static String rows(boolean postgres) {
        StringBuilder sql = new StringBuilder("insert into t values");
        for (int i = 1; i <= 300; i++) {
            String at = "2024-%02d-%02d %02d:%02d:%02d".formatted(1 + i % 12, 1 + i % 28, i % 24, i % 60, i * 7 % 60);
            sql.append(i == 1 ? "" : ",").append("(%d,%d,%d,%d.%03d,%s,%s,%s,'%s','%s','%s',%s,'%s','%s','%s.%03d','%s.%06d','%s.%03d%s','%s')".formatted(
                    i * 1_000_003L, i - 150, i % 100, i, i % 1000, i * 0.1, i * 0.25, postgres ? i % 2 == 0 : (i + 1) % 2, i % 7 == 0 ? "" : "café " + i + " 😀", "ab", i % 5 == 0 ? "naïve ~|" : "x",
                    postgres ? "'\\x00ff" + "%02x".formatted(i % 256) + "'" : "x'00ff" + "%02x".formatted(i % 256) + "'", "{\"b\": [" + i + ", 1.5, null], \"a\": \"é\"}",
                    at.substring(0, 10), at.substring(11), i % 1000, at, i * 3_333, at, i % 1000, postgres ? "+00" : "", "00000000-0000-4000-a000-%012x".formatted(i)));
        }
        return sql + "; insert into t(id) values (9000000000000)";
    }

    private static Map<String, String> differences(Outcome outcome) {
        return outcome.records().stream().collect(Collectors.toMap(r -> r.key().get("id"), r -> r.kind() + " " + r.fields().stream().map(RunReport.Field::name).toList()));
    }

    @Test
    void everyOrdinaryTypeBesidePostgreSql() throws Exception {
        PostgresServer postgres = Databases.postgres();
        String database = Databases.freshDatabase(postgres);
        postgres.execute(database, POSTGRES + ";" + rows(true));
        execute(DATABASE, MYSQL + ";" + rows(false));
        StoreAccess source = other(postgres, database, "spec.source.store");

        Outcome equal = compare(source, mysql("t", "spec.target.store"), TwoTables.rules("id"));
        assertThat(equal.failure()).isNull();
        assertThat(equal.verdict()).as("%s", differences(equal)).isEqualTo(Verdict.IN_SYNC);
        assertThat(equal.rows()).isEqualTo(new RunReport.Rows(301, 301));

        execute(DATABASE, """
                update t set n = n + 0.001 where id = 1000003; update t set v = null where id = 7000021; update t set ts = ts + interval 1 microsecond where id = 2000006;
                update t set j = '{"a": "é", "b": [3, 1.5, false]}' where id = 3000009; update t set d = d + 1e-9 where id = 4000012; delete from t where id = 5000015; insert into t(id) values (-5)""");
        Outcome drift = compare(source, mysql("t", "spec.target.store"), TwoTables.rules("id"));
        assertThat(drift.verdict()).isEqualTo(Verdict.DRIFT);
        assertThat(differences(drift)).containsOnly(Map.entry("1000003", "DIFFERENT [n]"), Map.entry("7000021", "DIFFERENT [v]"), Map.entry("2000006", "DIFFERENT [ts]"), Map.entry("3000009", "DIFFERENT [j]"),
                Map.entry("4000012", "DIFFERENT [d]"), Map.entry("5000015", "MISSING_ON_TARGET []"), Map.entry("-5", "ORPHAN_ON_TARGET []"));
    }

    @Test
    @Case(value = "compare 3", before = "exit 2: SET SESSION max_error_count is refused to the account", now = "InSync, with GRANT SELECT alone")
    void aReaderMayReadAndNothingElse() throws Exception {
        execute(DATABASE, "create table t(id int primary key, v int); insert into t values (1, 1)");
        Outcome outcome = compare(mysql("t", "spec.source.store"), mysql("t", "spec.target.store"), TwoTables.rules("id"));
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.verdict()).isEqualTo(Verdict.IN_SYNC);
    }

    /** A setting that a reader may not set is refused where its value does harm, and only there. */
    @Test
    void whatAReaderCannotSet() throws Exception {
        execute(DATABASE, "create table t(id int primary key, v int); insert into t values (1, 1)");
        execute("mysql", "set global max_error_count = 3");
        try {
            var failure = compare(mysql("t", "spec.source.store"), mysql("t", "spec.target.store"), TwoTables.rules("id")).failure();
            assertThat(failure.reason()).isEqualTo(Reason.SESSION_NOT_PINNED);
            assertThat(failure.message()).contains("max_error_count", "at least 64", "'3'");
        } finally {
            execute("mysql", "set global max_error_count = default");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"global sql_select_limit = 5", "global init_connect = 'set sql_select_limit = 5'", "global sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH'", "global show_gipk_in_create_table_and_information_schema = off"})
    void whatTheServerSetsIsNotReadUnder(String setting) throws Exception {
        String columns = "c1 int, c2 int, c3 int, c4 int, c5 int, c6 char(4)";
        execute(DATABASE, "set sql_generate_invisible_primary_key = on; create table t(" + columns + "); insert into t values (1,1,1,1,1,1), (1,1,1,1,1,1); create table t2 like t; insert into t2 select * from t; update t2 set c6 = 'z' where my_row_id = 2");
        execute("mysql", "set " + setting);
        try {
            Outcome outcome = compare(mysql("t", "spec.source.store"), mysql("t2", "spec.target.store"), TwoTables.rules("my_row_id"));
            assertThat(outcome.failure()).isNull();
            assertThat(outcome.records()).singleElement().satisfies(r -> assertThat(r.fields()).extracting(RunReport.Field::name).containsExactly("c6"));
        } finally {
            execute("mysql", "set " + setting.split(" = ")[0] + " = default");
        }
    }

    @Test
    void aFilterIsReadInOneMode() throws Exception {
        execute(DATABASE, "create table t(id int primary key, status varchar(9), v int); insert into t values (1, 'open', 1), (2, 'void', 1); create table t2 like t; insert into t2 values (1, 'open', 1), (2, 'void', 2)");
        for (String mode : List.of("ANSI_QUOTES", "", "NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT")) {
            execute("mysql", "set global sql_mode = '" + mode + "'");
            try {
                RecordRules voided = new RecordRules(List.of("id"), null, new RecordRules.Rows("\"status\" = 'void'", "\"status\" = 'void'"), null, null, List.of());
                Outcome outcome = compare(mysql("t", "spec.source.store"), mysql("t2", "spec.target.store"), voided);
                assertThat(outcome.failure()).isNull();
                assertThat(differences(outcome)).containsOnly(Map.entry("2", "DIFFERENT [v]"));
            } finally {
                execute("mysql", "set global sql_mode = default");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"b int", "b int default 0 invisible", "b int as (a + id) invisible"})
    void aColumnThatAGrantLeavesOut(String b) throws Exception {
        execute(DATABASE, "create table t(id int primary key, " + b + ", a int); create view v as select id, a, b from t; insert into t(id, a) values (1, 1); grant select(id, a) on t to " + READER + "@'%'; grant select(id, a) on v to " + READER + "@'%'");
        for (String table : List.of("t", "v")) {
            var failure = compare(reader(table, "spec.source.store"), reader(table, "spec.target.store"), TwoTables.rules("id")).failure();
            assertThat(failure).as(table).isNotNull();
            assertThat(failure.reason()).isEqualTo(Reason.PERMISSION_DENIED);
            assertThat(failure.remedy()).isEqualTo("GRANT SELECT ON `" + DATABASE + "`.`" + table + "` TO <account>");
        }
        assertThat(compare(mysql("t", "spec.source.store"), mysql("t", "spec.target.store"), TwoTables.rules("id")).verdict()).isEqualTo(Verdict.IN_SYNC);
    }

    @Test
    @Case(value = "compare 7", before = "Drift between a time and what MySQL itself made of it", now = "InSync; compare.rounding says what a copy does, and the hint names it")
    void aTimeIsRoundedAsMySqlItselfDoes() throws Exception {
        PostgresServer postgres = Databases.postgres();
        String database = Databases.freshDatabase(postgres);
        String rows = "insert into t values (1, '2024-01-01 10:00:00.6', '10:00:00.6'), (2, '2024-01-01 10:00:00.4', '10:00:00.4'), (3, '1999-01-01 00:00:00.5', '00:00:00.5'), (4, null, null)";
        postgres.execute(database, "create table t(id int primary key, at timestamp(6), ti time(6)); " + rows);
        execute(DATABASE, "create table t(id int primary key, at datetime, ti time); " + rows);
        StoreAccess source = other(postgres, database, "spec.source.store");
        Outcome equal = compare(source, mysql("t", "spec.target.store"), TwoTables.rules("id"));
        assertThat(equal.failure()).isNull();
        assertThat(differences(equal)).isEmpty();
        assertThat(equal.counts()).as("told by the databases alone").containsEntry("encodingOnly", 0L);
        Compare cut = new Compare(RecordRules.As.TIMESTAMP, null, null, RecordRules.Rounding.CUT, null, null, null, null, null);
        RecordRules rules = RecordRules.of(List.of("id"), null, List.of(new RecordRules.Field("at", null, cut)));
        assertThat(differences(compare(source, mysql("t", "spec.target.store"), rules))).containsOnly(Map.entry("1", "DIFFERENT [at]"), Map.entry("3", "DIFFERENT [at]"));
        // The other way round: what MySQL made is the source, and the target has more digits.
        assertThat(differences(compare(mysql("t", "spec.source.store"), other(postgres, database, "spec.target.store"), TwoTables.rules("id")))).isEmpty();
    }

    @Test
    void asTargetOfMariaDb() throws Exception {
        var mariaDb = Databases.mariaDb();
        String database = Databases.freshDatabase(mariaDb);
        mariaDb.execute(database, MYSQL + ";" + rows(false));
        execute(DATABASE, MYSQL + ";" + rows(false) + "; update t set y = x'00' where id = 1000003");
        Outcome outcome = compare(other(mariaDb, database, "spec.source.store"), mysql("t", "spec.target.store"), TwoTables.rules("id"));
        assertThat(outcome.failure()).isNull();
        assertThat(differences(outcome)).containsOnly(Map.entry("1000003", "DIFFERENT [y]"));
    }

    @Test
    void besideItself() throws Exception {
        execute(DATABASE, MYSQL + ";" + rows(false) + "; create table t2 like t; insert into t2 select * from t; update t2 set ti = '01:02:03.004' where id = 9000000000000");
        Outcome outcome = compare(mysql("t", "spec.source.store"), mysql("t2", "spec.target.store"), TwoTables.rules("id"));
        assertThat(outcome.failure()).isNull();
        assertThat(differences(outcome)).containsOnly(Map.entry("9000000000000", "DIFFERENT [ti]"));
    }

    @Test
    void aTimeIsCutAsMariaDbCutsItAndNotRounded() throws Exception {
        var mariaDb = Databases.mariaDb();
        String database = Databases.freshDatabase(mariaDb);
        mariaDb.execute(database, "create table t(id int primary key, at datetime(6)); insert into t values (1, '2024-01-01 00:00:00.999999')");
        execute(DATABASE, "create table t(id int primary key, at datetime(6)); insert into t values (1, '2024-01-01 00:00:00.600000')");
        RecordRules seconds = RecordRules.of(List.of("id"), null, List.of(new RecordRules.Field("at", null, new Compare(RecordRules.As.TIMESTAMP, null, RecordRules.Precision.SECONDS, null, null, null, null, null))));
        Outcome outcome = compare(other(mariaDb, database, "spec.source.store"), mysql("t", "spec.target.store"), seconds);
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.verdict()).as("%s", differences(outcome)).isEqualTo(Verdict.IN_SYNC);
    }

    @Test
    void localTimesAreConvertedByTheServersAsFarAsTheyCan() throws Exception {
        PostgresServer postgres = Databases.postgres();
        String database = Databases.freshDatabase(postgres);
        postgres.execute(database, "create table t(id int primary key, at timestamp); insert into t values (1, '2024-07-01 12:00:00.5'), (2, '1955-07-01 12:00:00'), (3, '9999-12-30 12:00:00'), (4, null), (5, '2024-07-01 12:00:00')");
        execute(DATABASE, "create table t(id int primary key, at datetime(6)); insert into t values (1, '2024-07-01 14:00:00.5'), (2, '1955-07-01 14:00:00'), (3, '9999-12-30 14:00:00'), (4, null), (5, '2024-07-01 12:00:00')");
        for (String zone : List.of("+02:00", "Africa/Maputo", "Europe/Vienna")) {
            RecordRules local = TwoTables.zones(null, zone);
            Outcome outcome = compare(other(postgres, database, "spec.source.store"), mysql("t", "spec.target.store"), local);
            assertThat(outcome.failure()).isNull();
            // Vienna had no summer time in 1955, and has none in winter.
            assertThat(differences(outcome).keySet()).as(outcome.plan()).containsExactlyInAnyOrderElementsOf(zone.equals("Europe/Vienna") ? List.of("2", "3", "5") : List.of("5"));
            assertThat(outcome.plan()).contains(zone.startsWith("Europe") ? "does not know the time zone Europe/Vienna" : zone.startsWith("+") ? "2 of 2 columns hashed" : "columns hashed");
        }
    }

    @Test
    void textAndCompoundKeys() throws Exception {
        PostgresServer postgres = Databases.postgres();
        String database = Databases.freshDatabase(postgres);
        String rows = "insert into t values ('Ä', 1, 'a'), ('ä', 2, 'b'), ('z''\\', 3, 'c'), ('', 4, 'd'), ('😀', 5, 'e')";
        postgres.execute(database, "create table t(r varchar(20), n int, v text, primary key (r, n)); " + rows);
        execute(DATABASE, "create table t(r varchar(20), n int, v text, primary key (r, n)); " + rows.replace("\\", "\\\\") + "; update t set v = 'B' where n = 2");
        Outcome outcome = compare(other(postgres, database, "spec.source.store"), mysql("t", "spec.target.store"), TwoTables.rules("r", "n"));
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.records()).singleElement().satisfies(r -> assertThat(r.key()).isEqualTo(Map.of("r", "ä", "n", "2")));
    }

    /** MariaDB sorts UUIDs by their last group first, and MySQL sorts bytes and texts from the front. */
    @ParameterizedTest
    @ValueSource(strings = {"binary(16); unhex(replace(u, '-', ''))", "char(36); upper(u)"})
    void uuidsInAnotherOrder(String type) throws Exception {
        String[] parts = type.split("; ");
        var mariaDb = Databases.mariaDb();
        String database = Databases.freshDatabase(mariaDb);
        String make = "with recursive s(g, u) as (select 1, cast('00000000-0000-4000-a000-000000000000' as char(36)) union all "
                + "select g + 1, insert(insert(insert(insert(insert(insert(left(sha2(g, 256), 32), 13, 1, '4'), 17, 1, 'a'), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-') from s where g < 40000) select %s, g from s";
        mariaDb.execute(database, "create table t(id uuid primary key, v int); set max_recursive_iterations = 40000; insert into t " + make.formatted("u"));
        execute(DATABASE, "create table t(id " + parts[0] + " primary key, v int); set cte_max_recursion_depth = 40000; insert into t " + make.formatted(parts[1]));
        StoreAccess source = other(mariaDb, database, "spec.source.store");
        Outcome equal = compare(source, mysql("t", "spec.target.store"), TwoTables.rules("id"));
        assertThat(equal.failure()).isNull();
        assertThat(equal.plan()).contains("over the whole table");
        assertThat(equal.verdict()).isEqualTo(Verdict.IN_SYNC);
        execute(DATABASE, "update t set v = 0 where v % 20 = 0; delete from t where v % 400 = 1");
        assertThat(compare(source, mysql("t", "spec.target.store"), TwoTables.rules("id")).counts()).containsEntry("different", 2000L).containsEntry("missingOnTarget", 100L).containsEntry("orphanOnTarget", 0L);
    }

    @Test
    void whatGoesWrongIsNamed() throws Exception {
        execute(DATABASE, "create table t(id int primary key)");
        var wrong = access(StoreType.MYSQL, host, port, DATABASE, "t", "spec.target.store", TwoTables.secret(READER, "wrong"), "30s");
        assertThat(compare(mysql("t", "spec.source.store"), wrong, TwoTables.rules("id")).failure().reason()).isEqualTo(Reason.AUTHENTICATION_FAILED);
        assertThat(compare(mysql("t", "spec.source.store"), reader("missing", "spec.target.store"), TwoTables.rules("id")).failure().reason()).isEqualTo(Reason.TABLE_NOT_FOUND);
        try (StoreSession session = access(StoreType.MYSQL, host, port, DATABASE, "t", "spec.source.store", TwoTables.secret(user, password), "30s").open()) {
            assertThat(org.assertj.core.api.Assertions.catchThrowableOfType(SQLException.class, () -> session.<Boolean, RuntimeException>transaction(StoreSession.Mode.READ,
                    connection -> connection.createStatement().execute("insert into t values (1)"))).getErrorCode()).as("a session that reads").isEqualTo(1792);
        }
        StoreAccess hasty = access(StoreType.MYSQL, host, port, DATABASE, "t", "spec.source.store", TwoTables.secret(READER, "r"), "1s");
        try (StoreSession session = hasty.open()) {
            SQLException ended = org.assertj.core.api.Assertions.catchThrowableOfType(SQLException.class,
                    () -> session.query("with recursive s(g) as (select 1 union all select g + 1 from s where g < 1000) select count(*) from s a, s b, s c", 0, (rows, _) -> rows.next()));
            assertThat(hasty.explain(ended).failure().reason()).isEqualTo(Reason.STATEMENT_TIMEOUT);
        }
    }
}
