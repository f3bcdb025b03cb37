package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.report.RunReport.Verdict;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A run that loses a session on either side reads again what it was reading, over another one; one that loses the network, or a statement, at any moment, is Incomplete: what was not read is
 * not missing, and what was found until then is no verdict. The tables differ, and they would agree if nothing was read: neither wrong verdict could pass.
 */
class CutConnectionIT {
    private static final int ROWS = 3_000;
    /** Of the twelve rows that differ. */
    private static final Map<String, Long> TRUTH = Map.of("missingOnTarget", 4L, "orphanOnTarget", 4L, "different", 4L);

    /** A table that has hashed and streamed columns, or hashed ones only. */
    private static TwoTables tables(Engines engines, String keyType, boolean streamed) throws Exception {
        String columns = "(id " + keyType + " primary key, v varchar(40) not null" + (streamed ? ", r numeric(10,2)" : "") + ")";
        String more = streamed ? ", 0.5" : "";
        TwoTables tables = new TwoTables(engines)
                .sql("create table t " + columns + "; insert into t select g, md5(g::text)" + more + " from generate_series(1, " + ROWS + ") g",
                        "create table t " + columns + "; insert into t select seq, md5(seq)" + more + " from seq_1_to_" + ROWS)
                .source("delete from t where id in ('1', '1001', '2002', '2999')")
                .target("delete from t where id in ('2', '1002', '2003', '3000'); update t set v = 'drift' where id in ('3', '777', '1500', '2500')");
        return tables;
    }

    private static RecordRules rule(boolean streamed) {
        return streamed ? RecordRules.of(List.of("id"), null, List.of(new RecordRules.Field("r", null, new RecordRules.Compare(RecordRules.As.DECIMAL, "0.01", null, null, null, null, null, null))))
                : rules("id");
    }

    private static Outcome run(CompareSpec spec, Comparison.SchemaGate gate) {
        return new Comparison(spec, gate, System::nanoTime).run();
    }

    private static void isIncomplete(Outcome outcome, String field, String... reasons) {
        assertThat(outcome.verdict()).isEqualTo(Verdict.INCOMPLETE);
        assertThat(outcome.failure().reason()).as(outcome.failure().text()).isIn((Object[]) reasons);
        assertThat(outcome.failure().field()).startsWith(field);
        assertThat(outcome.failure().remedy()).isNotBlank();
        assertThat(outcome.failure().text()).doesNotContain("\n");
        assertThat(outcome.configuration()).isFalse();
        assertThat(outcome.counts()).isEmpty();
        assertThat(outcome.records()).isEmpty();
        assertThat(outcome.fields()).isEmpty();
    }

    private record Shape(Engines engines, String keyType, boolean streamed) {}

    /** The whole run, from the first byte of the first login to the last of the settled records, in so many steps; all of them at the same time. */
    @Test
    void theNetworkFailsAfterAnyNumberOfBytes() throws Exception {
        int steps = 10 * TwoTables.thorough();
        try (ExecutorService atOnce = Executors.newFixedThreadPool(80, Thread.ofVirtual().factory())) {
            List<Future<Boolean>> cuts = new ArrayList<>();
            for (Shape shape : List.of(new Shape(Engines.POSTGRES_TO_MARIADB, "int", false), new Shape(Engines.MARIADB_TO_POSTGRES, "int", true),
                    new Shape(Engines.POSTGRES_TO_MARIADB, "varchar(20)", true), new Shape(Engines.MARIADB_TO_POSTGRES, "varchar(20)", false))) {
                TwoTables tables = tables(shape.engines, shape.keyType, shape.streamed);
                CompareSpec spec = tables.spec(rule(shape.streamed));
                for (boolean source : new boolean[] {true, false}) {
                    DatabaseServer server = source ? tables.sourceServer : tables.targetServer;
                    long whole;
                    try (CuttingProxy proxy = new CuttingProxy(server.port(), Long.MAX_VALUE)) {
                        Outcome truth = run(through(spec, source, proxy), Comparison.SchemaGate.OPEN);
                        assertThat(truth.counts()).containsAllEntriesOf(TRUTH);
                        whole = proxy.bytes();
                    }
                    for (int step = 0; step < steps; step++) {
                        long most = whole * step / steps;
                        cuts.add(atOnce.submit(() -> cut(shape, spec, source, server, most)));
                    }
                }
            }
            int cut = 0;
            for (Future<Boolean> each : cuts) {
                cut += each.get() ? 1 : 0;
            }
            assertThat(cut).isGreaterThan(cuts.size() * 8 / 10);
        }
    }

    /** Returns whether it was: a run may take fewer bytes than the one that was measured. */
    private static boolean cut(Shape shape, CompareSpec spec, boolean source, DatabaseServer server, long most) throws IOException {
        try (CuttingProxy proxy = new CuttingProxy(server.port(), most)) {
            Outcome outcome = run(through(spec, source, proxy), Comparison.SchemaGate.OPEN);
            if (proxy.isCut()) {
                assertThat(outcome.verdict()).as("%s, %s cut after %d bytes", shape, source ? "source" : "target", most).isEqualTo(Verdict.INCOMPLETE);
                isIncomplete(outcome, source ? "spec.source.store" : "spec.target.store", "ConnectionLost", "StoreUnreachable");
            } else {
                assertThat(outcome.counts()).containsAllEntriesOf(TRUTH);
            }
            return proxy.isCut();
        }
    }

    private static CompareSpec through(CompareSpec spec, boolean source, CuttingProxy proxy) {
        return source ? spec.with(TwoTables.at(spec.source(), proxy.port()), spec.target()) : spec.with(spec.source(), TwoTables.at(spec.target(), proxy.port()));
    }

    /** By an administrator, after the handshake: before any record is read. */
    @ParameterizedTest
    @CsvSource({"POSTGRES_TO_MARIADB, true", "POSTGRES_TO_MARIADB, false", "MARIADB_TO_POSTGRES, true", "MARIADB_TO_POSTGRES, false"})
    void aSessionIsKilledBeforeTheFirstChunk(Engines engines, boolean source) throws Exception {
        for (String keyType : List.of("int", "varchar(20)")) {
            TwoTables tables = tables(engines, keyType, false);
            isTheTruth(run(tables.spec(rules("id")), (_, _) -> kill(tables, source)), source);
        }
    }

    /** The records that differ are known by then, and wait for their second look. */
    @ParameterizedTest
    @CsvSource({"POSTGRES_TO_MARIADB, true", "POSTGRES_TO_MARIADB, false", "MARIADB_TO_POSTGRES, true", "MARIADB_TO_POSTGRES, false"})
    void aSessionIsKilledWhileSuspectsSettle(Engines engines, boolean source) throws Exception {
        TwoTables tables = tables(engines, "int", false).settle(Duration.ofSeconds(2));
        Comparison comparison = new Comparison(tables.spec(rules("id")), Comparison.SchemaGate.OPEN, System::nanoTime);
        FutureTask<Outcome> run = new FutureTask<>(comparison::run);
        Thread.ofVirtual().start(run);
        Awaitility.await().pollInterval(Duration.ofMillis(10)).until(() -> comparison.progress().percent() == 99);
        kill(tables, source);
        isTheTruth(run.get(), source);
    }

    /** What was being read is read again over another connection, and told. */
    private static void isTheTruth(Outcome outcome, boolean source) {
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.counts()).containsAllEntriesOf(TRUTH);
        assertThat(outcome.plan()).contains("; read again ", source ? " on the source" : " on the target");
    }

    /** Every session that the comparison has in the side's database. */
    private static void kill(TwoTables tables, boolean source) {
        DatabaseServer server = source ? tables.sourceServer : tables.targetServer;
        String database = source ? tables.sourceDatabase : tables.targetDatabase;
        boolean postgres = server instanceof PostgresServer;
        try (Connection connection = server.connect(postgres ? "postgres" : "mysql"); Statement statement = connection.createStatement()) {
            List<String> kills = new ArrayList<>();
            try (ResultSet ids = statement.executeQuery(postgres ? "select 'select pg_terminate_backend(' || pid || ', 5000)' from pg_stat_activity where datname = '" + database + "' and application_name = 'concordat'"
                    : "select concat('kill ', id) from information_schema.processlist where db = '" + database + "'")) {
                while (ids.next()) {
                    kills.add(ids.getString(1));
                }
            }
            assertThat(kills).isNotEmpty();
            for (String kill : kills) {
                statement.execute(kill);
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** One row far behind the first chunk makes its statement fail: what the chunks before it found is no verdict. */
    @ParameterizedTest
    @CsvSource({"POSTGRES_TO_MARIADB, true, int", "MARIADB_TO_POSTGRES, false, int", "POSTGRES_TO_MARIADB, false, varchar(20)", "MARIADB_TO_POSTGRES, true, varchar(20)"})
    void oneStatementOfTheRunFails(Engines engines, boolean source, String keyType) throws Exception {
        boolean postgres = source ? engines.sourcePostgres : engines.targetPostgres;
        for (boolean timeout : new boolean[] {true, false}) {
            String table = "create table t (id " + keyType + " primary key, n int not null); insert into t select ";
            TwoTables tables = new TwoTables(engines).sql(table + "g, g from generate_series(100001, 125000) g", table + "seq, seq from seq_100001_to_125000").statementTimeout("1s");
            tables.target("delete from t where id = '100002'");
            String trap = timeout ? postgres ? "length(pg_sleep(10)::text)" : "sleep(10)" : postgres ? "1 / (n - 124000)" : "cast(18446744073709551615 + n as unsigned) + 18446744073709551615";
            String view = (postgres ? "alter table t rename to r; " : "rename table t to r; ") + "create view t as select id, case when n = 124000 then " + trap + " else n end as n from r";
            Outcome outcome = run((source ? tables.source(view) : tables.target(view)).spec(rules("id")), Comparison.SchemaGate.OPEN);
            assertThat(outcome.verdict()).isEqualTo(Verdict.INCOMPLETE);
            assertThat(outcome.counts()).isEmpty();
            assertThat(outcome.records()).isEmpty();
            assertThat(outcome.failure().field()).startsWith(source ? "spec.source.store" : "spec.target.store");
            if (timeout) {
                assertThat(outcome.failure().reason()).isEqualTo("StatementTimeout");
            }
        }
    }
}
