package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.playground.databases.MariaDbServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.internal.ChecksumRun;
import dev.concordat.internal.ContractRecord;
import dev.concordat.report.Checkpoint;
import dev.concordat.report.ContractMemory;
import dev.concordat.report.Json;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import dev.concordat.report.WorkerExit;
import dev.concordat.testing.Databases;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The worker as its Job starts it: order from its ChecksumRun, Secrets from the environment, report in its status, schema in the contract's record, exit code. */
@EnableKubernetesMockClient(crud = true, https = false)
class ChecksumWorkerIT {
    private static final String PASSWORD = "never-to-be-seen";

    KubernetesClient client;

    @TempDir
    Path folder;

    private final PostgresServer postgres = Databases.postgres();
    private final MariaDbServer mariaDb = Databases.mariaDb();
    private String source;
    private String target;
    /** What an earlier attempt of the next run has left; null: nothing. */
    private RunReport earlier;

    @BeforeEach
    void aContractBetweenTwoTables() throws Exception {
        System.setProperty("kubernetes.master", client.getConfiguration().getMasterUrl());
        System.setProperty("kubernetes.auth.tryKubeConfig", "false");
        source = Databases.freshDatabase(postgres);
        target = Databases.freshDatabase(mariaDb);
        postgres.execute(source, "create table orders (id int primary key, status text); insert into orders select g, 'new' from generate_series(1, 1000) g");
        mariaDb.execute(target, "create table order_view (id int primary key, state varchar(20)); insert into order_view select seq, 'new' from seq_1_to_1000");
        secret("source", postgres.superuser(), postgres.password());
        secret("target", mariaDb.superuser(), mariaDb.password());
    }

    @AfterEach
    void clear() {
        System.clearProperty("kubernetes.master");
        System.clearProperty("kubernetes.auth.tryKubeConfig");
    }

    private void secret(String name, String username, String password) throws Exception {
        Files.createDirectories(folder.resolve(name));
        Files.writeString(folder.resolve(name).resolve("username"), username);
        Files.writeString(folder.resolve(name).resolve("password"), password + "\n");
    }

    private int run(String version, long runId) {
        return run(version, runId, "");
    }

    private int run(String version, long runId, String verification) {
        String order = """
                {"contract":{"namespace":"shop","name":"orders","uid":"u-1","generation":1,"version":"%1$s"},"runId":%2$d,"spec":{"version":"%1$s","owner":{"team":"shop"},
                 "source":{"system":"orders","store":{"type":"PostgreSQL","host":"127.0.0.1","port":%3$d,"database":"%4$s","table":"orders","credentials":{"secretName":"orders-reader"}}},
                 "target":{"system":"storefront","store":{"type":"MariaDB","host":"127.0.0.1","port":%5$d,"database":"%6$s","table":"order_view","credentials":{"secretName":"view-reader"}}},
                 "record":{"key":["id"],"fields":[{"name":"status","targetName":"state"}]},
                 "verification":{"schedule":{"every":"1m"},"settle":"50ms"%7$s}}}""".formatted(version, runId, postgres.port(), source, mariaDb.port(), target, verification);
        ReportClientTest.record(client, "shop", "orders", "u-1");
        ReportClientTest.order(client, "orders-" + runId, Json.read(order, RunOrder.class));
        if (earlier != null) {
            ChecksumRun before = checksumRun(runId);
            before.setStatus(earlier);
            client.resource(before).updateStatus();
        }
        Map<String, String> env = new HashMap<>(Map.of(RunOrder.NAME, "orders-" + runId, RunOrder.NAMESPACE, "shop", RunOrder.SOURCE_SECRET, folder.resolve("source").toString(), RunOrder.TARGET_SECRET, folder.resolve("target").toString(),
                RunOrder.EVIDENCE_SECRET, folder.resolve("evidence").toString(), "HOSTNAME", "pod-1"));
        return ChecksumWorker.run(env);
    }

    private ChecksumRun checksumRun(long runId) {
        return client.resources(ChecksumRun.class).inNamespace("shop").withName("orders-" + runId).get();
    }

    private ContractMemory kept() {
        return client.resources(ContractRecord.class).inNamespace("shop").withName("orders").get().getStatus();
    }

    private RunReport report(long runId) {
        return checksumRun(runId).getStatus();
    }

    @Test
    void aVerdictIsReportedWithItsEvidenceUnderTheRunsOwner() throws Exception {
        assertThat(run("1.0.0", 1)).isEqualTo(WorkerExit.DONE);
        assertThat(report(1).verdict()).isEqualTo(RunReport.Verdict.IN_SYNC);
        assertThat(report(1).state()).isEqualTo(RunReport.State.DONE);
        assertThat(report(1).progress().percent()).isEqualTo(100);
        assertThat(report(1).attempt()).isEqualTo("pod-1");
        assertThat(report(1).timings()).containsKeys("connect", "handshake", "scan", "settle", "total", "firstQuery");
        assertThat(checksumRun(1).getSpec().runId()).as("the order stays").isEqualTo(1);

        mariaDb.execute(target, "update order_view set state = 'lost' where id = 17");
        assertThat(run("1.0.0", 2)).isEqualTo(WorkerExit.DONE);
        assertThat(report(2).verdict()).isEqualTo(RunReport.Verdict.DRIFT);
        assertThat(report(2).records()).containsExactly(new RunReport.Record(Map.of("id", "17"), RunReport.Kind.DIFFERENT, List.of(new RunReport.Field("status", "new", "lost")), null,
                new RunReport.Seen(2, report(2).memory().oldestTime(), 1, 0)));
        assertThat(Json.write(report(2))).doesNotContain(postgres.password()).doesNotContain(mariaDb.password());
    }

    @Test
    void aSchemaThatChangesStopsTheComparisonUntilTheContractTakesItUp() throws Exception {
        assertThat(run("1.0.0", 1)).isEqualTo(WorkerExit.DONE);
        assertThat(kept().schema().schema()).containsEntry("source.id", "integer not null");

        postgres.execute(source, "alter table orders alter column id type bigint");
        assertThat(run("1.0.0", 2)).isEqualTo(WorkerExit.CONFIGURATION);
        assertThat(report(2).failure().reason()).isEqualTo("SchemaChanged");
        assertThat(report(2).failure().text()).contains("source.id changed from integer not null to bigint not null");
        assertThat(report(2).verdict()).isEqualTo(RunReport.Verdict.INCOMPLETE);

        assertThat(run("1.1.0", 3)).isEqualTo(WorkerExit.DONE);
        assertThat(run("1.1.0", 4)).isEqualTo(WorkerExit.DONE);
    }

    @Test
    void aRecordThatDriftsAgainIsPersistentAndOneThatComesBackAfterItsRepairRecurs() throws Exception {
        assertThat(run("1.0.0", 1)).isEqualTo(WorkerExit.DONE);
        assertThat(kept().drift()).as("nothing to remember").isNull();
        assertThat(report(1).memory()).isEqualTo(new RunReport.Memory(0, 0, 0, 0, null, null, null, 0));

        mariaDb.execute(target, "update order_view set state = 'lost' where id = 17");
        assertThat(run("1.0.0", 2)).isEqualTo(WorkerExit.DONE);
        assertThat(report(2).memory().fresh()).isEqualTo(1);
        assertThat(report(2).memory().persistent()).isZero();
        assertThat(kept().drift().records()).hasSize(1);
        assertThat(kept().schema()).as("beside it").isNotNull();

        mariaDb.execute(target, "delete from order_view where id = 500");
        assertThat(run("1.0.0", 3)).isEqualTo(WorkerExit.DONE);
        assertThat(report(3).memory().persistent()).isEqualTo(1);
        assertThat(report(3).memory().fresh()).isEqualTo(1);
        assertThat(report(3).memory().oldestRun()).isEqualTo(2);
        assertThat(report(3).records()).extracting(record -> record.key().get("id") + " since " + record.seen().first() + ", runs " + record.seen().runs())
                .containsExactlyInAnyOrder("17 since 2, runs 2", "500 since 3, runs 1");

        secret("source", postgres.superuser(), PASSWORD);
        assertThat(run("1.0.0", 4)).as("a run without a verdict").isEqualTo(WorkerExit.CONFIGURATION);
        assertThat(report(4).memory()).isNull();
        secret("source", postgres.superuser(), postgres.password());

        mariaDb.execute(target, "update order_view set state = 'new' where id = 17; insert into order_view values (500, 'new')");
        assertThat(run("1.0.0", 5)).isEqualTo(WorkerExit.DONE);
        assertThat(report(5).verdict()).isEqualTo(RunReport.Verdict.IN_SYNC);
        assertThat(report(5).memory().resolved()).isEqualTo(2);
        assertThat(report(5).memory().halfLifeSeconds()).isNotNull();

        mariaDb.execute(target, "update order_view set state = 'lost' where id = 17");
        assertThat(run("1.0.0", 6)).isEqualTo(WorkerExit.DONE);
        assertThat(report(6).memory().recurring()).isEqualTo(1);
        assertThat(report(6).memory().fresh()).isZero();
        assertThat(report(6).memory().persistent()).isZero();
        assertThat(report(6).records().getFirst().seen()).isEqualTo(new RunReport.Seen(6, report(6).memory().oldestTime(), 1, 1));
        assertThat(run("1.0.0", 5)).as("an older run").isEqualTo(WorkerExit.DONE);
        assertThat(report(5).memory()).isNull();
    }

    @Test
    void aDamagedMemoryCostsNoVerdictAndBeginsAnew() throws Exception {
        mariaDb.execute(target, "update order_view set state = 'lost' where id = 17");
        assertThat(run("1.0.0", 1)).isEqualTo(WorkerExit.DONE);
        ContractRecord record = client.resources(ContractRecord.class).inNamespace("shop").withName("orders").get();
        record.setStatus(new ContractMemory(kept().schema(), null, new ContractMemory.Drift(1, kept().drift().subject(), 1, List.of("not a record"), List.of(), null)));
        client.resource(record).updateStatus();
        assertThat(run("1.0.0", 2)).isEqualTo(WorkerExit.DONE);
        assertThat(report(2).verdict()).isEqualTo(RunReport.Verdict.DRIFT);
        assertThat(report(2).warnings()).singleElement().satisfies(warning -> assertThat(warning.text()).contains("ContractRecord orders holds a memory of drift that is damaged"));
        assertThat(report(2).memory().fresh()).isEqualTo(1);
        assertThat(run("1.0.0", 3)).isEqualTo(WorkerExit.DONE);
        assertThat(report(3).warnings()).isEmpty();
        assertThat(report(3).memory().persistent()).isEqualTo(1);
    }

    @Test
    void everyDifferenceGoesToTheEvidenceTableAndOneThatIsNotFitStopsTheRunBeforeItCompares() throws Exception {
        String evidence = ",\"evidence\":{\"maxRecords\":3,\"redact\":[\"status\"],\"table\":{\"side\":\"Target\",\"name\":\"findings\",\"credentials\":{\"secretName\":\"findings-writer\"}}}";
        String account = "findings_" + target;
        mariaDb.createUser(account, "insert-only");
        mariaDb.execute(target, "grant select on order_view to '" + account + "'@'%'");
        secret("evidence", account, "insert-only");
        mariaDb.execute(target, "delete from order_view where id > 400; update order_view set state = 'lost' where id = 17");
        assertThat(run("1.0.0", 1, evidence)).isEqualTo(WorkerExit.CONFIGURATION);
        assertThat(report(1).failure().reason()).isEqualTo("EvidenceTableNotFound");
        assertThat(report(1).progress().rows()).as("nothing was compared").isZero();

        var table = new Store(StoreType.MARIADB, "127.0.0.1", mariaDb.port(), target, null, "findings", null, null, null);
        mariaDb.execute(target, EvidenceTable.ddl(table) + "grant insert on findings to '" + account + "'@'%'");
        assertThat(run("1.0.0", 2, evidence)).isEqualTo(WorkerExit.DONE);
        assertThat(report(2).warnings()).isEmpty();
        assertThat(report(2).records()).hasSize(3);
        try (var connection = DriverManager.getConnection(mariaDb.url(target), mariaDb.superuser(), mariaDb.password()); var statement = connection.createStatement()) {
            var row = statement.executeQuery("select count(*), sum(kind = 'MissingOnTarget'), max(case when kind = 'Different' then concat(record_key, fields) end), min(run_id), min(attempt) from findings");
            row.next();
            assertThat(row.getLong(1)).isEqualTo(601);
            assertThat(row.getLong(2)).isEqualTo(600);
            assertThat(row.getString(3)).isEqualTo("{\"id\":\"17\"}[{\"name\":\"status\",\"source\":\"(redacted)\",\"target\":\"(redacted)\"}]");
            assertThat(row.getString(4)).isEqualTo("2");
            assertThat(row.getString(5)).isEqualTo("pod-1");
        }
    }

    @Test
    void aRedactedKeyIsInNothingThatARunLeaves() throws Exception {
        String account = "findings_" + target;
        mariaDb.createUser(account, "insert-only");
        secret("evidence", account, "insert-only");
        mariaDb.execute(target, EvidenceTable.ddl(new Store(StoreType.MARIADB, "127.0.0.1", mariaDb.port(), target, null, "findings", null, null, null)) + "grant insert on findings to '" + account + "'@'%'");
        postgres.execute(source, "update orders set id = id + 1517293600");
        mariaDb.execute(target, "grant select on order_view to '" + account + "'@'%'; update order_view set id = id + 1517293600; delete from order_view where id % 100 = 7; update order_view set state = 'lost' where id % 100 = 8");
        String evidence = ",\"evidence\":{\"redact\":[\"id\"],\"table\":{\"side\":\"Target\",\"name\":\"findings\",\"credentials\":{\"secretName\":\"findings-writer\"}}}";
        for (int run = 1; run <= 2; run++) {
            assertThat(run("1.0.0", run, evidence)).isEqualTo(WorkerExit.DONE);
            assertThat(report(run).drifted()).isEqualTo(20);
        }
        for (int run = 1; run <= 2; run++) {
            assertThat(Json.write(report(run))).doesNotContain("15172936");
        }
        assertThat(Json.write(kept())).doesNotContain("15172936");
        try (var connection = DriverManager.getConnection(mariaDb.url(target), mariaDb.superuser(), mariaDb.password()); var statement = connection.createStatement()) {
            var row = statement.executeQuery("select count(*), sum(concat(record_key, fields) like '%15172936%'), min(record_key) from findings");
            row.next();
            assertThat(row.getLong(1)).isEqualTo(40);
            assertThat(row.getLong(2)).isZero();
            assertThat(row.getString(3)).isEqualTo("{\"id\":\"(redacted)\"}");
        }
    }

    @Test
    void aSweepGoesOnWhereTheRunBeforeEndedUntilEveryRecordWasCompared() throws Exception {
        String sweep = ",\"scope\":{\"type\":\"Sweep\",\"percent\":40}";
        postgres.execute(source, "insert into orders select g, 'new' from generate_series(1001, 100000) g; analyze orders");
        mariaDb.execute(target, "insert into order_view select seq, 'new' from seq_1001_to_100000; analyze table order_view; update order_view set state = 'lost' where id = 99990");
        long rows = 0;
        int drifting = 0;
        java.util.List<String> position = null;
        long id = 0;
        do {
            assertThat(run("1.0.0", ++id, sweep)).isEqualTo(WorkerExit.DONE);
            assertThat(report(id).coverage().from()).isEqualTo(position);
            position = report(id).coverage().to();
            rows += report(id).rows().source();
            drifting += report(id).verdict() == RunReport.Verdict.DRIFT ? 1 : 0;
        } while (position != null && id < 10);
        assertThat(id).as("parts of about 40 %").isBetween(2L, 6L);
        assertThat(rows).as("each record once").isEqualTo(100_000);
        assertThat(drifting).isEqualTo(1);
        assertThat(kept().schema()).isNotNull();
        assertThat(kept().sweep().runId()).isEqualTo(id);

        assertThat(run("1.0.0", ++id, sweep)).isEqualTo(WorkerExit.DONE);
        assertThat(report(id).coverage().from()).as("the next round").isNull();
    }

    @Test
    void aSweepThatCannotGoOnWhereAnEarlierAttemptWasSaysThatItBeganAtTheStart() throws Exception {
        String sweep = ",\"scope\":{\"type\":\"Sweep\",\"percent\":40}";
        postgres.execute(source, "analyze orders");
        mariaDb.execute(target, "analyze table order_view");
        assertThat(run("1.0.0", 1, sweep)).isEqualTo(WorkerExit.DONE);
        assertThat(report(1).coverage().to()).isNotNull();
        Checkpoint ofOtherRules = new Checkpoint("other rules", report(1).coverage().to(), new RunReport.Rows(1, 1), 1, Map.of(), List.of(), List.of(), List.of(), List.of(), List.of());
        earlier = RunReport.running(report(1).contract(), 2, "pod-0", new RunReport.Progress(1, 1, 1, 1), ofOtherRules);

        assertThat(run("1.0.0", 2, sweep)).isEqualTo(WorkerExit.DONE);
        assertThat(report(2).plan()).contains("started again");
        assertThat(report(2).coverage().from()).isNull();
        assertThat(report(2).coverage().to()).isEqualTo(report(1).coverage().to());
    }

    @Test
    void aSampleWithoutADifferenceIsNoFailureAndNoVerdict() throws Exception {
        assertThat(run("1.0.0", 1, ",\"scope\":{\"type\":\"Sample\",\"percent\":50}")).isEqualTo(WorkerExit.DONE);
        assertThat(report(1).sampledClean()).isTrue();
        assertThat(report(1).verdict()).isEqualTo(RunReport.Verdict.INCOMPLETE);
        assertThat(report(1).coverage().boundPpm()).isPositive();
    }

    @Test
    void whatIsWrongIsReportedAndTheExitCodeSaysWhetherAnotherAttemptCanHelp() throws Exception {
        secret("source", postgres.superuser(), PASSWORD);
        assertThat(run("1.0.0", 1)).isEqualTo(WorkerExit.CONFIGURATION);
        assertThat(report(1).failure().reason()).isEqualTo("AuthenticationFailed");
        assertThat(report(1).failure().field()).isEqualTo("spec.source.store.credentials.secretName");
        assertThat(Json.write(report(1))).doesNotContain(PASSWORD);

        Files.delete(folder.resolve("target/password"));
        secret("source", postgres.superuser(), postgres.password());
        assertThat(run("1.0.0", 2)).isEqualTo(WorkerExit.CONFIGURATION);
        assertThat(report(2).failure().text()).contains("Secret view-reader has no key password");
    }
}
