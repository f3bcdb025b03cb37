package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.concordat.api.v1alpha1.Latency;
import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceSpan;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.MariaDbServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.report.ContractRef;
import dev.concordat.report.Failure;
import dev.concordat.report.Json;
import dev.concordat.report.ProbeOrder;
import dev.concordat.report.ProbeReport;
import dev.concordat.store.StoreAccess;
import dev.concordat.testing.Case;
import dev.concordat.testing.Databases;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lanes between real databases. A thread of the test plays the replicator, with a delay that the test knows. */
class ProbeLanesIT {
    static final Duration CEILING = Duration.ofSeconds(2);
    final List<ProbeReport> reports = new CopyOnWriteArrayList<>();
    final List<AutoCloseable> open = new ArrayList<>();
    @TempDir Path folder;
    String postgres;
    String mariadb;

    @BeforeEach
    void databases() throws Exception {
        postgres = Databases.freshDatabase(Databases.postgres());
        mariadb = Databases.freshDatabase(Databases.mariaDb());
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    @Test
    void lagIsAnUpperBoundOfTheReplicatorsDelay() throws Exception {
        canaryTables("bigint", "-1");
        replicate(Duration.ofMillis(300));
        start(canary(key(-1)));
        ProbeReport good = awaitReport(report -> report.lastSlice() != null && report.spans().stream().noneMatch(span -> span.to().equals(report.lastSlice())));
        assertThat(good.lagMillis()).isGreaterThanOrEqualTo(300);
        assertThat(good.failure()).isNull();
        assertThat(good.sliceSeconds()).isEqualTo(1);
    }

    @Test
    void keysOfTextAndUuidAreTypedByTheServer() throws Exception {
        String uuid = "00000000-0000-0000-0000-00000000cafe";
        canaryTables("uuid", "'" + uuid + "'");
        replicate(Duration.ZERO);
        start(canary(Map.of("id", new IntOrString(uuid))));
        assertThat(awaitReport(report -> report.lagMillis() != null).failure()).isNull();
    }

    @Test
    void aProbeThatNeverArrivesIsBadAsSoonAsItIsOlderThanTheCeiling() throws Exception {
        canaryTables("bigint", "-1");
        start(canary(key(-1)));
        ProbeReport bad = awaitReport(report -> has(report, SliceState.BAD));
        assertThat(bad.lagMillis()).isNull();
        assertThat(bad.pendingMillis()).isGreaterThan(CEILING.toMillis());
        assertThat(bad.freshProbes()).isZero();
        // It arrives after all: good again, and said at once.
        replicate(Duration.ZERO);
        ProbeReport again = awaitReport(report -> report.sequence() > bad.sequence() && lastState(report) == SliceState.GOOD);
        assertThat(again.lagMillis()).isLessThan(CEILING.toMillis());
    }

    @Test
    void aFenceIsAProbeWrittenAfterItWasOrdered() throws Exception {
        canaryTables("bigint", "-1");
        Replicating replicating = replicate(Duration.ofMillis(20));
        ProbeLane lane = start(canary(key(-1)));
        awaitReport(report -> report.lagMillis() != null);
        replicating.delay = Duration.ofMillis(1500);
        // What is in flight when the fence is ordered is no proof.
        lane.order(withFence(lane.state.order(), "pause-1"));
        ProbeReport written = awaitReport(report -> "pause-1".equals(report.fence()));
        assertThat(written.fenceSeen()).isFalse();
        ProbeReport seen = awaitReport(report -> "pause-1".equals(report.fence()) && report.fenceSeen());
        assertThat(seen.sequence()).isGreaterThan(written.sequence());
        assertThat(seen.lagMillis()).isGreaterThanOrEqualTo(1000);
        assertThat(reports).filteredOn(report -> report.fence() == null).noneMatch(ProbeReport::fenceSeen);
    }

    @Test
    void aMissingCanaryRowIsSaidWithTheStatementThatCreatesIt() throws Exception {
        canaryTables("bigint", "-1");
        start(canary(key(-2)));
        Failure failure = awaitReport(report -> report.failure() != null).failure();
        assertThat(failure.reason()).isEqualTo("CanaryRowMissing");
        assertThat(failure.field()).isEqualTo("spec.latency.probe.canary.key");
        assertThat(failure.remedy()).contains("INSERT INTO \"public\".\"orders\" (\"id\") VALUES (-2)");
        assertThat(awaitReport(report -> report.lastSlice() != null && report.lastSlice() > report.firstSlice()).spans())
                .allMatch(span -> span.state() == SliceState.UNKNOWN);
        Databases.postgres().execute(postgres, "INSERT INTO orders VALUES (-2)");
        Databases.mariaDb().execute(mariadb, "INSERT INTO order_view VALUES (-2, NULL)");
        assertThat(awaitReport(report -> report.failure() == null && report.sequence() > 1).pendingMillis()).isNotNull();
    }

    @Test
    void aColumnTooShortForTheTokenIsNamed() throws Exception {
        canaryTables("bigint", "-1");
        Databases.postgres().execute(postgres, "ALTER TABLE orders ALTER COLUMN probe_token TYPE varchar(8)");
        start(canary(key(-1)));
        assertThat(awaitReport(report -> report.failure() != null).failure().reason()).isEqualTo("CanaryFieldTooShort");
    }

    @Test
    void aWrongPasswordOnTheSourceIsUnknownAndNamesItsSecret() throws Exception {
        canaryTables("bigint", "-1");
        secret("source", "postgres", "not-the-password-7731");
        start(canary(key(-1)));
        ProbeReport report = awaitReport(each -> each.failure() != null && has(each, SliceState.UNKNOWN));
        assertThat(report.failure().reason()).isEqualTo("AuthenticationFailed");
        assertThat(report.failure().field()).isEqualTo("spec.latency.probe.canary.writerSecretName");
        assertThat(has(report, SliceState.BAD)).isFalse();
        assertThat(Json.write(reports)).doesNotContain("7731");
        // A corrected Secret is picked up without a restart.
        secret("source", "postgres", Databases.postgres().password());
        replicate(Duration.ZERO);
        awaitReport(each -> each.failure() == null && each.lagMillis() != null);
    }

    @Test
    void aSourceThatIsGoneIsUnknownAndATargetThatIsGoneIsBad() throws Exception {
        try (var ownSource = PostgresServer.start(); var ownTarget = MariaDbServer.start()) {
            ownSource.createDatabase("shop");
            ownTarget.createDatabase("shop");
            postgres = "shop";
            mariadb = "shop";
            canaryTables(ownSource, ownTarget, "bigint", "-1");
            secret("source", ownSource.superuser(), ownSource.password());
            secret("target", ownTarget.superuser(), ownTarget.password());
            replicate(ownSource, ownTarget, Duration.ZERO);
            start(canary(store(StoreType.POSTGRESQL, ownSource, "shop", "orders", "source"), store(StoreType.MARIADB, ownTarget, "shop", "order_view", "target"), key(-1)));
            awaitReport(report -> lastState(report) == SliceState.GOOD);

            ownTarget.close();
            ProbeReport bad = awaitReport(report -> lastState(report) == SliceState.BAD);
            assertThat(bad.failure().field()).startsWith("spec.target.store");
            assertThat(bad.pendingMillis()).isGreaterThan(CEILING.toMillis());

            ownSource.close();
            ProbeReport unknown = awaitReport(report -> report.sequence() > bad.sequence() && lastState(report) == SliceState.UNKNOWN);
            assertThat(unknown.failure().field()).startsWith("spec.source.store");
        }
    }

    @Test
    void aWatermarkMeasuresByTheSourcesClockInBothDirections() throws Exception {
        // Local time of Berlin with milliseconds on MariaDB, an instant with microseconds on PostgreSQL.
        Databases.postgres().execute(postgres, "CREATE TABLE orders (id bigint PRIMARY KEY, updated_at timestamptz NOT NULL)");
        Databases.mariaDb().execute(mariadb, "CREATE TABLE order_view (id bigint PRIMARY KEY, changed datetime(3) NOT NULL)");
        String now = "INSERT INTO orders VALUES (%d, clock_timestamp())";
        Databases.postgres().execute(postgres, now.formatted(1));
        copyWatermark(1);
        var compare = new RecordRules.Compare(RecordRules.As.TIMESTAMP, null, null, null, "Europe/Berlin", null, null, null);
        ProbeLane lane = start(watermark(pgStore("orders"), mariaStore("order_view"), "updated_at", "changed", compare));
        ProbeReport idle = awaitReport(report -> report.lagMillis() != null);
        assertThat(idle.lagMillis()).as("nothing is pending, whatever PostgreSQL's extra digits").isZero();
        assertThat(idle.failure()).isNull();

        Databases.postgres().execute(postgres, now.formatted(2));
        ProbeReport late = awaitReport(report -> has(report, SliceState.BAD));
        assertThat(late.pendingMillis()).isGreaterThan(CEILING.toMillis());
        lane.order(withFence(lane.state.order(), "pause-1"));
        awaitReport(report -> "pause-1".equals(report.fence()) && !report.fenceSeen());
        copyWatermark(2);
        awaitReport(report -> "pause-1".equals(report.fence()) && report.fenceSeen() && report.lagMillis() == 0);
    }

    @Test
    void aWatermarkWorksFromMariaDbToPostgresToo() throws Exception {
        Databases.mariaDb().execute(mariadb, "CREATE TABLE order_view (id bigint PRIMARY KEY, changed timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6))");
        Databases.postgres().execute(postgres, "CREATE TABLE orders (id bigint PRIMARY KEY, updated_at timestamp(0) NOT NULL)");
        ProbeLane lane = start(watermark(mariaStore("order_view"), pgStore("orders"), "changed", "updated_at", RecordRules.Compare.EXACT));
        assertThat(awaitReport(report -> report.lagMillis() != null).lagMillis()).as("both empty").isZero();
        lane.order(withFence(lane.state.order(), "of-an-empty-source"));
        awaitReport(report -> report.fenceSeen());
        Databases.mariaDb().execute(mariadb, "INSERT INTO order_view (id) VALUES (1)");
        awaitReport(report -> has(report, SliceState.BAD));
        try (Connection source = Databases.mariaDb().connect(mariadb); Statement statement = source.createStatement()) {
            var row = statement.executeQuery("SELECT CAST(changed AS CHAR) FROM order_view");
            row.next();
            // PostgreSQL rounds where MariaDB would cut.
            Databases.postgres().execute(postgres, "INSERT INTO orders VALUES (1, '" + row.getString(1) + "')");
        }
        awaitReport(report -> lastState(report) == SliceState.GOOD && report.lagMillis() == 0);
    }

    @Test
    @Case(value = "logic A7", before = "lag grows without end, writers are paused", now = "rows that are not the contract's are never late")
    void rowsThatTheContractLeavesOutAreNeverLate() throws Exception {
        Databases.postgres().execute(postgres, "CREATE TABLE orders (id bigint PRIMARY KEY, region text, test boolean, deleted_at timestamptz, updated_at timestamptz(3) NOT NULL)");
        Databases.mariaDb().execute(mariadb, "CREATE TABLE order_view (id bigint PRIMARY KEY, region text, changed datetime(3) NOT NULL)");
        String all = "INSERT INTO orders VALUES (1, 'EU', false, NULL, '2026-11-21 10:00:00+00'), (2, 'US', false, NULL, now()), (3, 'EU', true, NULL, now()), (4, 'EU', false, now(), now()), (5, NULL, false, NULL, now())";
        Databases.postgres().execute(postgres, all);
        // The target has rows of another source as well, and the newest is one of these.
        Databases.mariaDb().execute(mariadb, "INSERT INTO order_view VALUES (1, 'EU', '2026-11-21 10:00:00'), (9, 'APAC', '2037-01-01 00:00:00')");
        var plain = watermark(pgStore("orders"), mariaStore("order_view"), "updated_at", "changed", RecordRules.Compare.EXACT);
        var fields = plain.record().fields();
        var record = new RecordRules(List.of("id"), null, new RecordRules.Rows("region = 'EU'", "region = 'EU'"),
                new RecordRules.Deletes(new RecordRules.Tombstone("deleted_at", null), RecordRules.OnTarget.PURGE), null, fields);
        var gap = new SyncContractSpec.Gap(SyncContractSpec.GapKind.EXCLUDED_ROWS, "test orders", null, "test", null, null, "not copied", "shop");
        start(new SyncContractSpec(plain.version(), null, null, false, plain.source(), plain.target(), record, null, plain.latency(), null, null, List.of(gap)));
        ProbeReport idle = awaitReport(report -> report.lagMillis() != null);
        assertThat(idle.lagMillis()).isZero();
        assertThat(idle.failure()).isNull();
        Databases.postgres().execute(postgres, "INSERT INTO orders VALUES (6, 'EU', false, NULL, now())");
        awaitReport(report -> has(report, SliceState.BAD));
    }

    @Test
    void aWatermarkOnAColumnThatIsNoTimestampIsRefused() throws Exception {
        Databases.postgres().execute(postgres, "CREATE TABLE orders (id bigint PRIMARY KEY, updated_at text)");
        Databases.mariaDb().execute(mariadb, "CREATE TABLE order_view (id bigint PRIMARY KEY, changed datetime)");
        start(watermark(pgStore("orders"), mariaStore("order_view"), "updated_at", "changed", RecordRules.Compare.EXACT));
        assertThat(awaitReport(report -> report.failure() != null).failure().reason()).isEqualTo("WatermarkNotATimestamp");
        open.removeLast().close();
        reports.clear();
        start(watermark(mariaStore("order_view"), pgStore("orders"), "changed", "no_such_column", RecordRules.Compare.EXACT));
        assertThat(awaitReport(report -> report.failure() != null).failure().text()).contains("has no column no_such_column");
    }

    // The parts.

    static Map<String, IntOrString> key(int id) {
        return Map.of("id", new IntOrString(id));
    }

    void canaryTables(String type, String id) throws SQLException {
        canaryTables(Databases.postgres(), Databases.mariaDb(), type, id);
    }

    void canaryTables(DatabaseServer source, DatabaseServer target, String type, String id) throws SQLException {
        source.execute(postgres, "CREATE TABLE orders (id " + type + " PRIMARY KEY, probe_token text); INSERT INTO orders VALUES (" + id + ")");
        target.execute(mariadb, "CREATE TABLE order_view (id " + type + " PRIMARY KEY, token varchar(40)); INSERT INTO order_view VALUES (" + id + ", NULL)");
    }

    void copyWatermark(int id) throws SQLException {
        try (Connection source = Databases.postgres().connect(postgres); Statement statement = source.createStatement()) {
            var row = statement.executeQuery("SELECT to_char(updated_at AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-DD HH24:MI:SS.MS') FROM orders WHERE id = " + id);
            row.next();
            Databases.mariaDb().execute(mariadb, "INSERT INTO order_view VALUES (" + id + ", '" + row.getString(1) + "')");
        }
    }

    /** Copies the canary's token, this much later. */
    final class Replicating implements AutoCloseable {
        volatile Duration delay;
        private final Thread thread;

        Replicating(DatabaseServer source, DatabaseServer target, Duration delay) {
            this.delay = delay;
            thread = Thread.ofVirtual().start(() -> copy(source, target));
        }

        private void copy(DatabaseServer source, DatabaseServer target) {
            record Change(String token, long due) {}
            Deque<Change> changes = new ArrayDeque<>();
            String last = "";
            try (Connection from = source.connect(postgres); Connection to = target.connect(mariadb); Statement read = from.createStatement();
                    var write = to.prepareStatement("UPDATE order_view SET token = ?")) {
                while (!Thread.interrupted()) {
                    var row = read.executeQuery("SELECT probe_token FROM orders WHERE probe_token IS NOT NULL");
                    if (row.next() && !row.getString(1).equals(last)) {
                        last = row.getString(1);
                        changes.add(new Change(last, System.nanoTime() + delay.toNanos()));
                    }
                    while (!changes.isEmpty() && changes.peekFirst().due() <= System.nanoTime()) {
                        write.setString(1, changes.removeFirst().token());
                        write.executeUpdate();
                    }
                    Thread.sleep(5);
                }
            } catch (SQLException | InterruptedException e) {
                // A server was stopped, or the test is over.
            }
        }

        @Override
        public void close() {
            thread.interrupt();
        }
    }

    Replicating replicate(Duration delay) {
        return replicate(Databases.postgres(), Databases.mariaDb(), delay);
    }

    Replicating replicate(DatabaseServer source, DatabaseServer target, Duration delay) {
        var replicating = new Replicating(source, target, delay);
        open.add(replicating);
        return replicating;
    }

    Store pgStore(String table) throws IOException {
        return store(StoreType.POSTGRESQL, Databases.postgres(), postgres, table, "source");
    }

    Store mariaStore(String table) throws IOException {
        return store(StoreType.MARIADB, Databases.mariaDb(), mariadb, table, "target");
    }

    /** A store whose Secret exists; one written before is kept. */
    Store store(StoreType type, DatabaseServer server, String database, String table, String secret) throws IOException {
        if (!Files.exists(folder.resolve(secret))) {
            secret(secret, server.superuser(), server.password());
        }
        return new Store(type, server.host(), server.port(), database, null, table, new Store.Credentials(secret), null, null);
    }

    void secret(String name, String username, String password) throws IOException {
        Path secret = Files.createDirectories(folder.resolve(name));
        Files.writeString(secret.resolve("username"), username);
        Files.writeString(secret.resolve("password"), password);
    }

    SyncContractSpec canary(Map<String, IntOrString> key) throws IOException {
        return canary(pgStore("orders"), mariaStore("order_view"), key);
    }

    static SyncContractSpec canary(Store source, Store target, Map<String, IntOrString> key) {
        return spec(source, target, List.of(new RecordRules.Field("probe_token", "token", null)), new Latency.Probe(Latency.ProbeType.CANARY, new Latency.Canary(key, "probe_token", "200ms", "source"), null));
    }

    static SyncContractSpec watermark(Store source, Store target, String field, String targetName, RecordRules.Compare compare) {
        return spec(source, target, List.of(new RecordRules.Field(field, targetName, compare)), new Latency.Probe(Latency.ProbeType.WATERMARK, null, new Latency.Watermark(field, "200ms")));
    }

    static SyncContractSpec spec(Store source, Store target, List<RecordRules.Field> fields, Latency.Probe probe) {
        var latency = new Latency(probe, CEILING.toMillis() + "ms", new Latency.Budget("90.0", "10m", "1s"), null, null);
        return new SyncContractSpec("1.0.0", null, null, false, new SyncContractSpec.Side("shop", source), new SyncContractSpec.Side("front", target),
                RecordRules.of(List.of("id"), null, fields), null, latency, null, null, null);
    }

    static ProbeOrder withFence(ProbeOrder order, String fence) {
        return new ProbeOrder(order.contract(), fence, order.spec());
    }

    ProbeLane start(SyncContractSpec spec) {
        var order = new ProbeOrder(new ContractRef("shop", "orders", "7f9c24e8-3b12-4a4e-b5a4-8d3bd5b4a5c1", 1, "1.0.0"), null, spec);
        ProbeSettings settings = ProbeSettings.of(spec.latency());
        var state = new LaneState(order, settings, null, System.currentTimeMillis() / 1000);
        ReportSink sink = json -> reports.add(Json.read(json, ProbeReport.class));
        Path source = folder.resolve(spec.source().store().credentials().secretName());
        var target = new StoreAccess(spec.target().store(), "spec.target.store", folder.resolve(spec.target().store().credentials().secretName()), null);
        ProbeLane lane = spec.latency().probe().type() == Latency.ProbeType.CANARY
                ? new CanaryLane(state, settings, sink, new StoreAccess(spec.source().store(), "spec.source.store", "spec.latency.probe.canary.writerSecretName", "source", source, null), target)
                : new WatermarkLane(state, settings, sink, new StoreAccess(spec.source().store(), "spec.source.store", source, null), target);
        open.add(lane);
        lane.start();
        return lane;
    }

    static boolean has(ProbeReport report, SliceState state) {
        return report.spans().stream().anyMatch(span -> span.state() == state);
    }

    static SliceState lastState(ProbeReport report) {
        return report.lastSlice() == null ? null
                : report.spans().stream().filter(span -> span.to().equals(report.lastSlice())).map(SliceSpan::state).findFirst().orElse(SliceState.GOOD);
    }

    ProbeReport awaitReport(Predicate<ProbeReport> expected) {
        try {
            return await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(50))
                    .until(() -> reports.stream().filter(expected).findFirst(), java.util.Optional::isPresent).orElseThrow();
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("no such report among " + reports.size() + ", the last being " + (reports.isEmpty() ? "none" : Json.write(reports.getLast())));
        }
    }
}
