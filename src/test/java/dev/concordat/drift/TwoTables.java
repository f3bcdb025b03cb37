package dev.concordat.drift;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.Verification;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.MariaDbServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.report.RunReport;
import dev.concordat.store.HashFunction;
import dev.concordat.store.StoreAccess;
import dev.concordat.testing.Databases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** A source and a target table {@code t} on real servers, and the comparison of both. */
final class TwoTables {
    /** The engines of source and target. */
    enum Engines {
        POSTGRES_TO_MARIADB(true, false), MARIADB_TO_POSTGRES(false, true), POSTGRES_TO_POSTGRES(true, true), MARIADB_TO_MARIADB(false, false);

        final boolean sourcePostgres;
        final boolean targetPostgres;

        Engines(boolean sourcePostgres, boolean targetPostgres) {
            this.sourcePostgres = sourcePostgres;
            this.targetPostgres = targetPostgres;
        }
    }

    final DatabaseServer sourceServer;
    final DatabaseServer targetServer;
    final String sourceDatabase;
    final String targetDatabase;
    private Duration settle = Duration.ofMillis(50);
    private List<String> redact = List.of();
    private Map<String, String> canary = Map.of();
    private int maxRecords = 100;
    private int connections = 1;
    private HashFunction hash;
    private String statementTimeout = "30s";
    private String sourceTable = "t";
    private String targetTable = "t";

    TwoTables(Engines engines) throws SQLException {
        sourceServer = engines.sourcePostgres ? Databases.postgres() : Databases.mariaDb();
        targetServer = engines.targetPostgres ? Databases.targetPostgres() : Databases.targetMariaDb();
        sourceDatabase = Databases.freshDatabase(sourceServer);
        targetDatabase = Databases.freshDatabase(targetServer);
    }

    /** Runs a script on both sides: the first in the source's words, the second in the target's. */
    TwoTables sql(String postgres, String mariaDb) throws SQLException {
        return source(sourceServer instanceof PostgresServer ? postgres : mariaDb).target(targetServer instanceof PostgresServer ? postgres : mariaDb);
    }

    TwoTables both(String script) throws SQLException {
        return sql(script, script);
    }

    TwoTables source(String script) throws SQLException {
        sourceServer.execute(sourceDatabase, script);
        return this;
    }

    TwoTables target(String script) throws SQLException {
        targetServer.execute(targetDatabase, script);
        return this;
    }

    TwoTables settle(Duration duration) {
        settle = duration;
        return this;
    }

    TwoTables redact(String... fields) {
        redact = List.of(fields);
        return this;
    }

    TwoTables canary(Map<String, String> key) {
        canary = key;
        return this;
    }

    TwoTables maxRecords(int records) {
        maxRecords = records;
        return this;
    }

    TwoTables connections(int number) {
        connections = number;
        return this;
    }

    /** Instead of what the servers compute faster. */
    TwoTables hash(HashFunction function) {
        hash = function;
        return this;
    }

    /** Names of the two tables, as the catalogues spell them, instead of {@code t}. */
    TwoTables tables(String source, String target) {
        sourceTable = source;
        targetTable = target;
        return this;
    }

    TwoTables statementTimeout(String duration) {
        statementTimeout = duration;
        return this;
    }

    /** Key {@code id}, and a time {@code at} that is local on a side where a zone is given. */
    static RecordRules zones(String source, String target) {
        return RecordRules.of(List.of("id"), null, List.of(new RecordRules.Field("at", null, new RecordRules.Compare(RecordRules.As.TIMESTAMP, null, null, source, target, null, null, null))));
    }

    static RecordRules rules(String... key) {
        return RecordRules.of(List.of(key), null, List.of());
    }

    static StoreAccess access(DatabaseServer server, String database, String table, String field, Path secret, int connections, String statementTimeout) {
        StoreType type = server instanceof MariaDbServer ? StoreType.MARIADB : StoreType.POSTGRESQL;
        return new StoreAccess(new Store(type, server.host(), server.port(), database, null, table, new Store.Credentials("reader"), null, new Store.Limits(connections, statementTimeout, null, null, null)),
                field, secret, null);
    }

    static Path secret(String username, String password) throws IOException {
        Path folder = Files.createTempDirectory("secret");
        folder.toFile().deleteOnExit();
        Files.writeString(folder.resolve("username"), username).toFile().deleteOnExit();
        Files.writeString(folder.resolve("password"), password).toFile().deleteOnExit();
        return folder;
    }

    /** The same store at another port of this machine. */
    static StoreAccess at(StoreAccess access, int port) {
        Store s = access.store();
        return new StoreAccess(new Store(s.type(), s.host(), port, s.database(), s.schema(), s.table(), s.credentials(), s.tls(), s.limits()), access.field(), access.secret(), null);
    }

    CompareSpec spec(RecordRules rules) throws IOException {
        return new CompareSpec(access(sourceServer, sourceDatabase, sourceTable, "spec.source.store", secret(sourceServer.superuser(), sourceServer.password()), connections, statementTimeout),
                access(targetServer, targetDatabase, targetTable, "spec.target.store", secret(targetServer.superuser(), targetServer.password()), connections, statementTimeout),
                rules, List.of(), Verification.Scope.FULL, settle, null, maxRecords, redact, canary, CompareSpec.FROM_THE_START, CompareSpec.Listeners.NONE);
    }

    /**
     * How many times more a test is to try than in an ordinary build: one knob for all long versions, {@code -Dconcordat.thorough=20}.
     */
    static int thorough() {
        return Integer.getInteger("concordat.thorough", 1);
    }

    Outcome compare(RecordRules rules) throws IOException {
        return new Comparison(spec(rules), Comparison.SchemaGate.OPEN, System::nanoTime, hash).run();
    }

    /** The differing records of an outcome, one text each: {@code Stale 17 [status]}; sorted. */
    static List<String> found(Outcome outcome) {
        if (outcome.failure() != null) {
            throw new AssertionError(outcome.failure().reason() + ": " + outcome.failure().text());
        }
        TreeSet<String> sorted = new TreeSet<>();
        List<String> all = new ArrayList<>();
        for (RunReport.Record record : outcome.records()) {
            String text = record.kind() + " " + String.join("/", record.key().values()) + " " + record.fields().stream().map(RunReport.Field::name).toList();
            if (!sorted.add(text)) {
                all.add(text);
            }
        }
        all.addAll(sorted);
        return all;
    }
}
