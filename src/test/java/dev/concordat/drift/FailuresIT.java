package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.As;
import dev.concordat.api.v1alpha1.RecordRules.Compare;
import dev.concordat.api.v1alpha1.RecordRules.Field;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.Failure;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.store.StoreAccess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Everything that can be wrong with a store or a contract has a reason of its own, the field to blame and a remedy; none of it is drift. */
class FailuresIT {
    private static final String PASSWORD = "s3cret-of-the-reader";

    private static Store change(Store s, String host, Integer port, String database, String table) {
        return new Store(s.type(), host == null ? s.host() : host, port == null ? s.port() : port, database == null ? s.database() : database, s.schema(), table == null ? s.table() : table,
                s.credentials(), s.tls(), s.limits());
    }

    private static Failure failure(TwoTables tables, RecordRules rules, UnaryOperator<StoreAccess> source) throws Exception {
        CompareSpec spec = tables.spec(rules);
        CompareSpec changed = spec.with(source.apply(spec.source()), spec.target());
        Outcome outcome = new Comparison(changed, Comparison.SchemaGate.OPEN, System::nanoTime).run();
        assertThat(outcome.verdict()).isEqualTo(Verdict.INCOMPLETE);
        assertThat(outcome.counts()).isEmpty();
        assertThat(outcome.failure().remedy()).isNotBlank();
        assertThat(outcome.failure().text()).doesNotContain(PASSWORD).doesNotContain(tables.sourceServer.password());
        return outcome.failure();
    }

    private static void expect(Failure failure, String reason, String field, String... words) {
        assertThat(failure.reason()).as(failure.text()).isEqualTo(reason);
        assertThat(failure.field()).isEqualTo(field);
        assertThat(failure.text()).contains(words);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_TO_MARIADB", "MARIADB_TO_POSTGRES"})
    void trouble(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).both("create table t (id int primary key, v int); insert into t values (1, 1); create table noprivilege (id int primary key)");
        RecordRules byId = rules("id");
        expect(failure(tables, byId, s -> access(s, change(s.store(), "no-such-host.invalid", null, null, null))), "HostNotFound", "spec.source.store.host", "no-such-host.invalid", "DNS");
        expect(failure(tables, byId, s -> access(s, change(s.store(), null, null, "nodatabase", null))), "DatabaseNotFound", "spec.source.store.database", "nodatabase");
        expect(failure(tables, byId, s -> access(s, change(s.store(), null, null, null, "nosuchtable"))), "TableNotFound", "spec.source.store.table", "nosuchtable");
        expect(failure(tables, byId, s -> new StoreAccess(s.store(), s.field(), null, null)), "SecretMissing", "spec.source.store.credentials.secretName", "Secret reader");

        Path secret = TwoTables.secret(tables.sourceServer.superuser(), PASSWORD);
        expect(failure(tables, byId, s -> new StoreAccess(s.store(), s.field(), secret, null)), "AuthenticationFailed", "spec.source.store.credentials.secretName", "Secret reader");
        Files.delete(secret.resolve("password"));
        expect(failure(tables, byId, s -> new StoreAccess(s.store(), s.field(), secret, null)), "SecretMissing", "spec.source.store.credentials.secretName", "has no key password");

        String user = "reader_" + tables.sourceDatabase;
        tables.sourceServer.createUser(user, PASSWORD);
        if (engines.sourcePostgres) {
            expect(failure(tables, byId, s -> new StoreAccess(s.store(), s.field(), reader(user), null)), "PermissionDenied", "spec.source.store.credentials.secretName", "GRANT SELECT ON \"public\".\"t\"");
        } else {
            expect(failure(tables, byId, s -> new StoreAccess(s.store(), s.field(), reader(user), null)), "PermissionDenied", "spec.source.store.credentials.secretName", "GRANT SELECT ON `");
        }

        expect(failure(tables, rules("nokey"), s -> s), "KeyNotFound", "spec.record.key[0]", "nokey");
        expect(failure(tables, RecordRules.of(List.of("id"), null, List.of(new Field("v", "w", null))), s -> s), "ColumnNotFound", "spec.record.fields[0].targetName", "no column w");
        expect(failure(tables, RecordRules.of(List.of("id"), null, List.of(new Field("x", null, null))), s -> s), "ColumnNotFound", "spec.record.fields[0].name", "no column x");
        expect(failure(tables, RecordRules.of(List.of("id"), null, List.of(new Field("v", null, new Compare(As.JSON, null, null, null, null, null, null, null)))), s -> s),
                "TypesNotComparable", "spec.record.fields[0]", "column v");
        tables.target("alter table t add column surplus int");
        expect(failure(tables, byId, s -> s), "SchemaIncompatible", "spec.record.fields", "surplus", "Ignored");
        tables.target("alter table t drop column surplus").source("alter table t add column fresh int");
        expect(failure(tables, byId, s -> s), "ColumnNotFound", "spec.record.fields", "fresh", "targetName");
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_TO_MARIADB", "MARIADB_TO_POSTGRES"})
    void aStatementThatTakesTooLong(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).both("create table t (id int primary key, v int); insert into t values (1, 1)").statementTimeout("300ms");
        tables.source(engines.sourcePostgres ? "alter table t rename to r; create view t as select id, v + length(pg_sleep(5)::text) as v from r"
                : "rename table t to r; create view t as select id, v + sleep(5) as v from r");
        expect(failure(tables, rules("id"), s -> s), "StatementTimeout", "spec.source.store.limits.statementTimeout", "300ms");
    }

    /** A number out of range is told as what it is, and not as a row that is too large to have a hash. */
    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_TO_MARIADB", "MARIADB_TO_POSTGRES"})
    void aConditionThatFailsForSomeRow(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).both("create table t (id bigint primary key, v int); insert into t values (1, 1), (2, 1)");
        RecordRules overflows = new RecordRules(List.of("id"), null, new RecordRules.Rows("id * 9223372036854775807 > 0", null), null, null, List.of());
        expect(failure(tables, overflows, s -> s), "DataException", "spec.source.store", "overflows", "spec.record.rows");
        RecordRules large = new RecordRules(List.of("id"), null, new RecordRules.Rows(engines.sourcePostgres ? "id + 9223372036854775807 > 0" : "cast(id as unsigned) + 18446744073709551615 > 0", null), null, null, List.of());
        expect(failure(tables, large, s -> s), "DataException", "spec.source.store", "overflows", "spec.record.rows");
    }

    /** MariaDB gives NULL for a time in a zone whose tables were not loaded, as they are not here: two such times would be equal whatever they are. */
    @ParameterizedTest
    @EnumSource(names = {"MARIADB_TO_MARIADB", "MARIADB_TO_POSTGRES", "POSTGRES_TO_MARIADB"})
    void aZoneThatTheServerDoesNotKnow(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).source("create table t (id int primary key, at " + (engines.sourcePostgres ? "timestamp" : "datetime") + ")")
                .target("create table t (id int primary key, at " + (engines.targetPostgres ? "timestamp" : "datetime") + ")")
                .source("insert into t values (1, '2024-07-01 10:00:00'), (2, '2024-07-01 10:00:00'), (3, '2024-07-01 10:00:00'), (4, null)")
                .target("insert into t values (1, '2024-07-01 04:00:00'), (2, '2024-07-01 05:00:00'), (3, null), (4, null)");
        List<Field> zones = List.of(new Field("at", null, new Compare(As.TIMESTAMP, null, null, "Europe/Berlin", "America/New_York", null, null, null)));
        Outcome outcome = tables.compare(RecordRules.of(List.of("id"), null, zones));
        assertThat(TwoTables.found(outcome)).containsExactly("DIFFERENT 2 [at]", "DIFFERENT 3 [at]");
        assertThat(outcome.plan()).contains("server does not know the time zone " + (engines.sourcePostgres ? "America/New_York" : "Europe/Berlin") + ": load its time zone tables");
        expect(failure(tables, RecordRules.of(List.of(), null, zones), s -> s), "TypesNotComparable", "spec.record.fields[0]", "does not know the time zone", "load its time zone tables", "mariadb-tzinfo-to-sql");
    }

    /** What is no time of any zone is converted to NULL, and is no NULL nevertheless. */
    @ParameterizedTest
    @EnumSource(names = {"MARIADB_TO_MARIADB", "MARIADB_TO_POSTGRES"})
    void aDateThatNoCalendarHasInAZone(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).source("create table t (id int primary key, at datetime, v varchar(9)); insert into t values (1, '0000-00-00 00:00:00', 'a'), (2, '2024-07-01 12:00:00', 'a')")
                .target("create table t (id int primary key, at " + (engines.targetPostgres ? "timestamp" : "datetime") + ", v varchar(9)); insert into t values (1, null, 'a'), (2, '2024-07-01 12:00:00', 'a')");
        List<Field> zones = List.of(new Field("at", null, new Compare(As.TIMESTAMP, null, null, "+02:00", "+02:00", null, null, null)));
        assertThat(TwoTables.found(tables.compare(RecordRules.of(List.of("id"), null, zones)))).containsExactly("DIFFERENT 1 [at]");
        // Nothing could be looked up without a key.
        expect(failure(tables, RecordRules.of(List.of(), null, zones), s -> s), "TypesNotComparable", "spec.record.fields[0]", "does not convert every local time", "Name a key");
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_TO_MARIADB", "MARIADB_TO_POSTGRES"})
    void aKeyThatIsNull(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).both("create table t (id int, v int); insert into t values (null, 1)");
        expect(failure(tables, rules("id"), s -> s), "KeyIsNull", "spec.record.key[0]", "NULL");
    }

    /** Refused connections are tried again for a while first: databases restart. */
    @org.junit.jupiter.api.Test
    void aServerThatIsNotThere() throws Exception {
        int free;
        try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB);
        long start = System.nanoTime();
        expect(failure(tables, rules("id"), s -> access(s, change(s.store(), null, free, null, null))), "StoreUnreachable", "spec.source.store.host", "NetworkPolicy");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(5));
    }

    private static StoreAccess access(StoreAccess s, Store store) {
        return new StoreAccess(store, s.field(), s.secret(), s.ca());
    }

    private static Path reader(String user) {
        try {
            return TwoTables.secret(user, PASSWORD);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @org.junit.jupiter.api.Test
    void namesThatNeedQuotes() throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql("create table t (\"select\" int primary key, \"a\"\"b 😀\" int)", "create table t (`select` int primary key, `a\"b x` int)")
                .both("insert into t values (1, 1)");
        assertThat(tables.compare(RecordRules.of(List.of("select"), null, List.of(new Field("a\"b 😀", "a\"b x", null)))).verdict()).isEqualTo(Verdict.IN_SYNC);
    }
}
