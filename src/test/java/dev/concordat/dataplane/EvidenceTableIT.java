package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.report.ContractRef;
import dev.concordat.report.Failure;
import dev.concordat.report.Json;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Field;
import dev.concordat.report.RunReport.Kind;
import dev.concordat.store.Dialect;
import dev.concordat.store.StoreException;
import dev.concordat.testing.Databases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The evidence table on real servers, written by an account that can do nothing but insert. */
class EvidenceTableIT {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00.123456Z");

    @TempDir
    Path folder;

    private DatabaseServer server;
    private String database;
    private String account;
    private Store table;

    private void database(StoreType type) throws Exception {
        server = type == StoreType.POSTGRESQL ? Databases.postgres() : Databases.mariaDb();
        database = Databases.freshDatabase(server);
        account = "writer_" + database;
        server.createUser(account, "insert-only");
        server.execute(database, "create table t (id int primary key)");
        Files.writeString(folder.resolve("username"), account);
        Files.writeString(folder.resolve("password"), "insert-only");
        table = new Store(type, "127.0.0.1", server.port(), database, null, "Concordat evidence", null, null, null);
    }

    /** As the documentation says. */
    private void tableAndGrant() throws Exception {
        server.execute(database, EvidenceTable.ddl(table));
        grant(Dialect.of(table.type()).grant("INSERT", table));
    }

    private void grant(String statement) throws Exception {
        server.execute(database, statement.replace("<account>", table.type() == StoreType.POSTGRESQL ? account : "'" + account + "'@'%'"));
    }

    private EvidenceTable evidence(long runId, String attempt) {
        String store = """
                {"type":"%s","host":"127.0.0.1","port":%d,"database":"%s","table":"t","credentials":{"secretName":"reader"}}""".formatted(
                table.type() == StoreType.POSTGRESQL ? "PostgreSQL" : "MariaDB", server.port(), database);
        SyncContractSpec spec = Json.read("""
                {"version":"1.0.0","owner":{"team":"shop"},"source":{"system":"a","store":%1$s},"target":{"system":"b","store":%1$s},"record":{"key":["id"]},
                 "verification":{"schedule":{"every":"1m"},"evidence":{"table":{"side":"Target","name":"Concordat evidence","credentials":{"secretName":"evidence-writer"}}}}}""".formatted(store),
                SyncContractSpec.class);
        RunOrder order = new RunOrder(new ContractRef("shop", "orders", "u-1", 1, "1.0.0"), runId, null, null, spec);
        return new EvidenceTable(order, attempt, folder, null, () -> NOW);
    }

    private static RunReport.Record record(String id) {
        return new RunReport.Record(Map.of("id", id), Kind.STALE, List.of(new Field("note", "\u00fc \ud83d\ude80 'quoted' \"twice\" \\", null)), new RunReport.Versions("5", null), null);
    }

    private List<String> rows(String columns) throws Exception {
        List<String> rows = new ArrayList<>();
        String quoted = table.type() == StoreType.POSTGRESQL ? "\"Concordat evidence\"" : "`Concordat evidence`";
        try (var connection = DriverManager.getConnection(server.url(database), server.superuser(), server.password()); var statement = connection.createStatement()) {
            if (table.type() == StoreType.POSTGRESQL) {
                statement.execute("set timezone = 'UTC'");
            }
            var row = statement.executeQuery("select " + columns + " from " + quoted + " order by run_id, key_hash");
            while (row.next()) {
                List<String> values = new ArrayList<>();
                for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                    values.add(row.getString(i));
                }
                rows.add(String.join("|", values.stream().map(String::valueOf).toList()));
            }
        }
        return rows;
    }

    private Failure refused() {
        StoreException e = catchThrowableOfType(StoreException.class, () -> evidence(1, "pod-1").check());
        assertThat(e).isNotNull();
        assertThat(e.configuration()).as("only a person can change it").isTrue();
        assertThat(e.failure().text()).doesNotContain("insert-only");
        return e.failure();
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void everyRecordIsARowAndAnotherAttemptAddsOnlyWhatIsMissing(StoreType type) throws Exception {
        database(type);
        tableAndGrant();
        EvidenceTable first = evidence(7, "pod-1");
        first.check();
        assertThat(rows("run_id")).as("the check adds none").isEmpty();
        first.drift(List.of("17"), record("17"));
        first.flush();
        assertThat(rows("contract_uid, run_id, key_hash, namespace, contract, attempt, seen_at, kind, record_key, fields, source_version, target_version")).containsExactly(
                "u-1|7|3434825d0ff4c6d8|shop|orders|pod-1|2026-11-21 12:00:00.123456" + (type == StoreType.POSTGRESQL ? "+00" : "") + "|Stale|{\"id\":\"17\"}|"
                        + "[{\"name\":\"note\",\"source\":\"\u00fc \ud83d\ude80 'quoted' \\\"twice\\\" \\\\\"}]|5|null");
        assertThat(first.end()).isNull();

        EvidenceTable second = evidence(7, "pod-2");
        for (int id = 0; id < 5_000; id++) {
            second.drift(List.of("" + id), record("" + id));
        }
        assertThat(second.end()).isNull();
        assertThat(rows("attempt")).hasSize(5_000).contains("pod-1");
        assertThat(rows("attempt").stream().filter("pod-1"::equals)).as("what was there stays as it was").hasSize(1);
        EvidenceTable next = evidence(8, "pod-1");
        next.drift(List.of("17"), record("17"));
        assertThat(next.end()).isNull();
        assertThat(rows("run_id")).hasSize(5_001);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void whatIsNotFitIsRefusedByNameWithTheStatementThatHelps(StoreType type) throws Exception {
        database(type);
        if (type == StoreType.MARIADB) {
            // Without any privilege the database itself is closed; one on another table opens it.
            grant("grant select on " + database + ".t to <account>");
        }
        assertThat(refused().reason()).isEqualTo("EvidenceTableNotFound");
        assertThat(refused().field()).isEqualTo("spec.verification.evidence.table");
        assertThat(refused().remedy()).contains("CREATE TABLE").contains("contract_uid").contains("PRIMARY KEY (contract_uid, run_id, key_hash)");
        assertThat(refused().remedy()).contains("GRANT INSERT ON");

        server.execute(database, EvidenceTable.ddl(table));
        Failure ungranted = refused();
        if (type == StoreType.POSTGRESQL) {
            assertThat(ungranted.reason()).isEqualTo("PermissionDenied");
            assertThat(ungranted.remedy()).contains("GRANT INSERT ON \"public\".\"Concordat evidence\" TO <account>");
        } else {
            assertThat(ungranted.reason()).as("MariaDB hides what an account has no privilege on").isEqualTo("EvidenceTableNotFound");
        }
        grant(Dialect.of(type).grant("INSERT", table));
        evidence(1, "pod-1").check();

        String name = type == StoreType.POSTGRESQL ? "\"Concordat evidence\"" : "`Concordat evidence`";
        server.execute(database, "alter table " + name + (type == StoreType.POSTGRESQL ? " drop constraint \"Concordat evidence_pkey\"" : " drop primary key"));
        assertThat(refused().text()).contains("has no unique key on contract_uid, run_id, key_hash").contains("ADD PRIMARY KEY (contract_uid, run_id, key_hash)");
        server.execute(database, "alter table " + name + " drop column kind");
        assertThat(refused().text()).contains("lacks the columns kind");
        Files.delete(folder.resolve("password"));
        assertThat(refused().text()).contains("spec.verification.evidence.table.credentials.secretName").contains("Secret evidence-writer has no key password");
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void theAccountCanDoNothingButInsert(StoreType type) throws Exception {
        database(type);
        tableAndGrant();
        try (var connection = DriverManager.getConnection(server.url(database), account, "insert-only"); var statement = connection.createStatement()) {
            String name = type == StoreType.POSTGRESQL ? "\"Concordat evidence\"" : "`Concordat evidence`";
            for (String forbidden : List.of("select * from " + name, "delete from " + name, "update " + name + " set kind = 'x'", "select * from t")) {
                assertThatThrownBy(() -> statement.execute(forbidden)).as(forbidden).isInstanceOf(SQLException.class);
            }
        }
        EvidenceTable evidence = evidence(1, "pod-1");
        evidence.check();
        evidence.drift(List.of("1"), record("1"));
        assertThat(evidence.end()).isNull();
        assertThat(rows("run_id")).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void whatCannotBeWrittenLateIsCountedAndHoldsNobodyUp(StoreType type) throws Exception {
        database(type);
        tableAndGrant();
        EvidenceTable evidence = evidence(1, "pod-1");
        evidence.check();
        evidence.drift(List.of("1"), record("1"));
        evidence.flush();
        server.execute(database, "drop table " + (type == StoreType.POSTGRESQL ? "\"Concordat evidence\"" : "`Concordat evidence`"));
        for (int id = 2; id <= 10_000; id++) {
            evidence.drift(List.of("" + id), record("" + id));
        }
        evidence.flush();
        Failure incomplete = evidence.end();
        assertThat(incomplete.reason()).isEqualTo("EvidenceIncomplete");
        assertThat(incomplete.message()).contains("9,999 of 10,000 differing records were not written");
        assertThat(incomplete.field()).isEqualTo("spec.verification.evidence.table");
    }
}
