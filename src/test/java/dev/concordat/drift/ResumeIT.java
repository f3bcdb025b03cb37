package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.report.Checkpoint;
import dev.concordat.report.Json;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.report.WorkerExit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run that was interrupted and goes on finds what an uninterrupted one finds: nothing twice, nothing left out. */
class ResumeIT {
    private static final int ROWS = 60_000;
    private static final Map<String, Long> TRUTH = Map.of("missingOnTarget", 30L, "orphanOnTarget", 30L, "different", 30L, "stale", 0L, "duplicateKey", 0L, "undecided", 0L, "hot", 0L, "inFlight", 0L);
    private static final String NUMBER = "int; g; seq";
    private static final String TEXT = "varchar(20); 100000 + g; 100000 + seq";
    /** Keys that the two sides keep in different orders. */
    private static final String MIXED = "varchar(20); case when g % 2 = 0 then 'a' else 'B' end || g; concat(if(seq % 2 = 0, 'a', 'B'), seq)";

    @TempDir
    Path folder;

    private static TwoTables tables(Engines engines, String shape) throws Exception {
        String[] parts = shape.split("; ");
        return new TwoTables(engines).sql("create table t (k " + parts[0] + " primary key, n int not null, v varchar(40) not null); insert into t select " + parts[1] + ", g, md5(g::text) from generate_series(1, " + ROWS + ") g",
                        "create table t (k " + parts[0] + " primary key, n int not null, v varchar(40) not null); insert into t select " + parts[2] + ", seq, md5(seq) from seq_1_to_" + ROWS)
                .target("delete from t where n % 2000 = 1; update t set v = 'drift' where n % 2000 = 3").source("delete from t where n % 2000 = 2");
    }

    private static void isTheTruth(Outcome outcome) {
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.verdict()).isEqualTo(Verdict.DRIFT);
        assertThat(outcome.counts()).as(outcome.plan()).containsAllEntriesOf(TRUTH);
        assertThat(outcome.rows()).as(outcome.plan()).isEqualTo(new RunReport.Rows(ROWS - 30, ROWS - 30));
        assertThat(outcome.fields()).as(outcome.plan()).extracting(RunReport.FieldCount::name, RunReport.FieldCount::different).containsExactly(org.assertj.core.groups.Tuple.tuple("v", 30L));
        assertThat(new HashSet<>(found(outcome))).as("evidence").hasSize(90).hasSameSizeAs(outcome.records());
    }

    /** More than a second later each time it is asked. */
    private static LongSupplier fast() {
        AtomicLong clock = new AtomicLong();
        return () -> clock.addAndGet(1_100_000_000L);
    }

    /** From each checkpoint that a run makes; a clock that is fast lets it make one after each chunk. */
    @ParameterizedTest
    @CsvSource(delimiter = '!', value = {"POSTGRES_TO_MARIADB!" + NUMBER, "MARIADB_TO_POSTGRES!" + TEXT, "POSTGRES_TO_MARIADB!" + MIXED, "POSTGRES_TO_POSTGRES!" + NUMBER})
    void fromEachCheckpoint(Engines engines, String shape) throws Exception {
        TwoTables tables = tables(engines, shape).connections(2).settle(Duration.ofMillis(200));
        LongSupplier fast = fast();
        List<Checkpoint> checkpoints = new CopyOnWriteArrayList<>();
        Outcome whole = new Comparison(tables.spec(rules("k")).with(new CompareSpec.Listeners(checkpoints::add, DriftListener.NONE)), Comparison.SchemaGate.OPEN, fast).run();
        isTheTruth(whole);
        assertThat(checkpoints).isNotEmpty();
        for (Checkpoint checkpoint : checkpoints) {
            // As it comes back from a report.
            Checkpoint read = Json.read(Json.write(checkpoint), Checkpoint.class);
            Outcome resumed = new Comparison(tables.spec(rules("k")).resuming(read), Comparison.SchemaGate.OPEN, fast).run();
            assertThat(resumed.plan()).contains("gone on after " + checkpoint.chunks() + " chunks");
            assertThat(resumed.earlier()).isEqualTo(Outcome.Earlier.INCLUDED);
            isTheTruth(resumed);
            assertThat(new HashSet<>(found(resumed))).isEqualTo(new HashSet<>(found(whole)));
        }
    }

    /** An attempt that goes on is interrupted as well, at each of its own checkpoints: nothing counts twice. */
    @ParameterizedTest
    @CsvSource(delimiter = '!', value = {"POSTGRES_TO_MARIADB!" + TEXT, "POSTGRES_TO_MARIADB!" + MIXED})
    void fromEachCheckpointOfAnAttemptThatWentOn(Engines engines, String shape) throws Exception {
        TwoTables tables = tables(engines, shape).connections(2).settle(Duration.ofMillis(20));
        CompareSpec spec = tables.spec(rules("k"));
        CompareSpec gapped = new CompareSpec(spec.source(), spec.target(), spec.rules(), List.of(new SyncContractSpec.Gap(SyncContractSpec.GapKind.EXCLUDED_ROWS, "late", "n = 7", null, null, null, "they come at night", "the night shift")),
                spec.scope(), spec.settle(), spec.lag(), spec.maxRecords(), spec.redact(), spec.canary(), spec.resume(), spec.listeners());
        List<Checkpoint> first = new CopyOnWriteArrayList<>();
        Outcome whole = new Comparison(gapped.with(new CompareSpec.Listeners(first::add, DriftListener.NONE)), Comparison.SchemaGate.OPEN, fast()).run();
        assertThat(whole.counts()).containsAllEntriesOf(TRUTH);
        for (Checkpoint one : List.of(first.getFirst(), first.getLast())) {
            List<Checkpoint> second = new CopyOnWriteArrayList<>();
            new Comparison(gapped.resuming(one).with(new CompareSpec.Listeners(second::add, DriftListener.NONE)), Comparison.SchemaGate.OPEN, fast()).run();
            if (shape.equals(MIXED)) {
                // In the key's order the last stretch makes none, and it may be all that is left.
                assertThat(second).isNotEmpty();
            }
            for (Checkpoint two : second) {
                Outcome third = new Comparison(gapped.resuming(two), Comparison.SchemaGate.OPEN, fast()).run();
                assertThat(third.earlier()).isEqualTo(Outcome.Earlier.INCLUDED);
                assertThat(third.counts()).containsAllEntriesOf(TRUTH);
                assertThat(third.gaps()).isEqualTo(whole.gaps());
                assertThat(third.rows()).isEqualTo(whole.rows());
                assertThat(new HashSet<>(found(third))).isEqualTo(new HashSet<>(found(whole)));
            }
        }
    }

    /**
     * Parts of the records: the window that the first attempt began, the same draw, the same share. Some records have their rows in two stretches of the window, or one of them outside, and count once all the same.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '!', value = {
        "POSTGRES_TO_MARIADB!WINDOW!" + NUMBER, "MARIADB_TO_POSTGRES!WINDOW!" + TEXT, "POSTGRES_TO_MARIADB!SAMPLE!" + NUMBER, "POSTGRES_TO_POSTGRES!SAMPLE!" + TEXT, "POSTGRES_TO_MARIADB!SAMPLE!" + MIXED,
        "POSTGRES_TO_MARIADB!SWEEP!" + MIXED,
    })
    void fromEachCheckpointOfAPart(Engines engines, ScopeType type, String shape) throws Exception {
        Scope scope = type == ScopeType.WINDOW ? new Scope(type, "at", "16h", null, null, null) : new Scope(type, null, null, 60, null, null);
        String[] parts = shape.split("; ");
        String now = LocalDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.SECONDS).toString().replace('T', ' ');
        TwoTables tables = new TwoTables(engines).sql(
                "create table t (k " + parts[0] + " primary key, n int not null, at timestamp(0) not null, v varchar(40) not null); insert into t select " + parts[1] + ", g, timestamp '" + now
                        + "' - g * interval '1 second', md5(g::text) from generate_series(1, " + ROWS + ") g",
                "create table t (k " + parts[0] + " primary key, n int not null, at datetime not null, v varchar(40) not null); insert into t select " + parts[2] + ", seq, timestamp '" + now
                        + "' - interval seq second, md5(seq) from seq_1_to_" + ROWS)
                .target("delete from t where n % 2000 = 1; update t set v = 'drift' where n % 2000 = 3").source("delete from t where n % 2000 = 2")
                .target("update t set at = at - interval " + (engines == Engines.POSTGRES_TO_MARIADB ? "8 hour" : "'8 hour'") + " where n % 8000 = 4")
                .sql("analyze t", "analyze table t").connections(type == ScopeType.WINDOW ? 1 : 2).settle(Duration.ofMillis(20));
        CompareSpec spec = tables.spec(rules("k")).with(scope);
        List<Checkpoint> checkpoints = new CopyOnWriteArrayList<>();
        Outcome whole = new Comparison(spec.with(new CompareSpec.Listeners(checkpoints::add, DriftListener.NONE)), Comparison.SchemaGate.OPEN, fast()).run();
        assertThat(whole.verdict()).as("%s", whole.failure()).isEqualTo(Verdict.DRIFT);
        assertThat(whole.counts().get("different")).isBetween(5L, 60L);
        assertThat(found(whole)).doesNotHaveDuplicates();
        assertThat(checkpoints).isNotEmpty();
        for (Checkpoint checkpoint : checkpoints) {
            Checkpoint read = Json.read(Json.write(checkpoint), Checkpoint.class);
            Outcome resumed = new Comparison(spec.resuming(read), Comparison.SchemaGate.OPEN, fast()).run();
            assertThat(resumed.earlier()).as(resumed.plan()).isEqualTo(Outcome.Earlier.INCLUDED);
            assertThat(resumed.counts()).as(resumed.plan()).isEqualTo(whole.counts());
            assertThat(resumed.rows()).isEqualTo(whole.rows());
            assertThat(resumed.coverage()).isEqualTo(whole.coverage());
            assertThat(found(resumed)).containsExactlyInAnyOrderElementsOf(found(whole));
        }
    }

    /** A record that was met in a window, had been on its way and arrived, and is lost after all: what was said of it before is not the last word. */
    @Test
    void aRecordThatHadArrivedMayDifferLater() throws Exception {
        String now = LocalDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.SECONDS).toString().replace('T', ' ');
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_POSTGRES).both("create table t (k int primary key, at timestamp not null, v int); insert into t select g, timestamp '" + now + "' - g * interval '1 second', 0 from generate_series(1, " + ROWS + ") g")
                .target("update t set at = at - interval '8 hours' where k = 16004").connections(1).settle(Duration.ofMillis(20));
        CompareSpec spec = tables.spec(rules("k")).with(new Scope(ScopeType.WINDOW, "at", "16h", null, null, null));
        List<Checkpoint> checkpoints = new CopyOnWriteArrayList<>();
        Outcome first = new Comparison(spec.with(new CompareSpec.Listeners(checkpoint -> {
            if (checkpoints.isEmpty()) {
                // It was on its way.
                try {
                    tables.target("update t set at = at + interval '8 hours' where k = 16004");
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }
            checkpoints.add(checkpoint);
        }, DriftListener.NONE)), Comparison.SchemaGate.OPEN, fast()).run();
        assertThat(first.verdict()).as("%s", first.failure()).isEqualTo(Verdict.IN_SYNC);
        assertThat(checkpoints).hasSizeGreaterThan(1);
        assertThat(checkpoints.getFirst().suspects()).containsExactly(List.of("16004"));
        assertThat(checkpoints.getLast().suspects()).isEmpty();
        tables.source("update t set at = timestamp '" + now + "', v = 1 where k = 16004");
        for (Checkpoint checkpoint : checkpoints) {
            Outcome resumed = new Comparison(spec.resuming(checkpoint), Comparison.SchemaGate.OPEN, fast()).run();
            assertThat(resumed.earlier()).isEqualTo(Outcome.Earlier.INCLUDED);
            assertThat(found(resumed)).containsExactly("DIFFERENT 16004 [at, v]");
            assertThat(resumed.counts()).containsEntry("different", 1L);
        }
    }

    /** A file that somebody changed, or that was damaged, is no reason to fail. */
    @Test
    void aDamagedCheckpointIsNoReasonToFail() throws Exception {
        TwoTables tables = tables(Engines.POSTGRES_TO_POSTGRES, NUMBER).both("analyze t");
        for (Scope scope : List.of(Scope.FULL, new Scope(ScopeType.SAMPLE, null, null, 60, null, null), new Scope(ScopeType.SWEEP, null, null, 60, null, null))) {
            CompareSpec spec = tables.spec(rules("k")).with(scope);
            List<Checkpoint> checkpoints = new CopyOnWriteArrayList<>();
            new Comparison(spec.with(new CompareSpec.Listeners(checkpoints::add, DriftListener.NONE)), Comparison.SchemaGate.OPEN, fast()).run();
            Checkpoint good = checkpoints.getLast();
            List<String> nulls = Arrays.asList((String) null);
            List<List<String>> positions = Arrays.asList(null, List.of(), nulls, List.of("x"), List.of("99999999999999999999"), List.of("window", "x", "y"), Arrays.asList("window", null, null), List.of("share", "5000"),
                    List.of("whole", "SHA256", "start", "start", "x", "y"), List.of("sample", "1", "1", "9", "0", "1"), List.of("sample", "1", "-9223372036854775808", "9223372036854775807", "1", "1"));
            for (List<String> position : positions) {
                for (String plan : new String[] {good.plan(), null}) {
                    if (plan != null || scope.type() == ScopeType.SWEEP) {
                        refused(spec, new Checkpoint(plan, position, good.rows(), 1, good.counts(), List.of(), List.of(), List.of(), List.of(), List.of()));
                    }
                }
            }
            refused(spec, new Checkpoint(good.plan(), good.position(), null, 1, good.counts(), null, null, null, null, List.of()));
            refused(spec, new Checkpoint(good.plan(), good.position(), good.rows(), 1, null, null, null, null, null, List.of()));
            refused(spec, new Checkpoint(good.plan(), good.position(), good.rows(), 1, good.counts(), null, null, null, null, null));
            refused(spec, new Checkpoint(good.plan(), good.position(), good.rows(), 1, good.counts(), null, null, null, null, List.of(nulls)));
            refused(spec, new Checkpoint(good.plan(), good.position(), good.rows(), 1, good.counts(), null, null, null, null, List.of(), new Checkpoint.Part(null, List.of(List.of("1", "2")), null)));
            refused(spec, new Checkpoint(good.plan(), good.position(), good.rows(), 1, good.counts(), null, null, null, null, List.of(), new Checkpoint.Part(null, null, Arrays.asList((Long) null))));
        }
    }

    private static void refused(CompareSpec spec, Checkpoint damaged) {
        Outcome outcome = new Comparison(spec.resuming(damaged), Comparison.SchemaGate.OPEN, System::nanoTime).run();
        assertThat(outcome.failure()).as("%s", damaged).satisfiesAnyOf(failure -> assertThat(failure).isNull(), failure -> assertThat(failure.reason()).isEqualTo("SampleOnly"));
        assertThat(outcome.earlier()).as("%s", damaged).isEqualTo(Outcome.Earlier.REFUSED);
    }

    /** What was compared under the old schema says nothing about the new one. */
    @Test
    void aTableWhoseSchemaChangedMeanwhileIsComparedFromTheStart() throws Exception {
        TwoTables tables = tables(Engines.POSTGRES_TO_MARIADB, NUMBER);
        List<Checkpoint> checkpoints = new CopyOnWriteArrayList<>();
        new Comparison(tables.spec(rules("k")).with(new CompareSpec.Listeners(checkpoints::add, DriftListener.NONE)), Comparison.SchemaGate.OPEN, fast()).run();
        tables.both("alter table t add extra int");
        Outcome outcome = new Comparison(tables.spec(rules("k")).resuming(checkpoints.getLast()), Comparison.SchemaGate.OPEN, System::nanoTime).run();
        assertThat(outcome.plan()).contains("another schema", "started again").doesNotContain("gone on");
        assertThat(outcome.earlier()).isEqualTo(Outcome.Earlier.REFUSED);
        isTheTruth(outcome);
    }

    /** The worker's process, killed as the kernel does it, and its next attempts, each killed as soon as it said where it goes on. */
    @ParameterizedTest
    @CsvSource(delimiter = '!', value = {"POSTGRES_TO_MARIADB!" + NUMBER + "!1", "POSTGRES_TO_POSTGRES!" + TEXT + "!2", "POSTGRES_TO_MARIADB!" + MIXED + "!1"})
    void aWorkerThatIsKilled(Engines engines, String shape, int kills) throws Exception {
        TwoTables tables = tables(engines, shape);
        Path report = folder.resolve("report.json");
        for (int kill = 0; kill < kills; kill++) {
            Process worker = worker(tables, report, kill);
            String attempt = "attempt-" + kill;
            try {
                Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(20)).until(() -> !worker.isAlive() || chunks(report, attempt) > 0);
            } finally {
                worker.destroyForcibly();
            }
            assertThat(worker.waitFor()).as("killed, before its end: %s\n%s", Files.readString(folder.resolve("log")), Files.readString(report)).isEqualTo(128 + 9);
        }
        int chunks = chunks(report, "attempt-" + (kills - 1));
        Process last = worker(tables, report, kills);
        assertThat(last.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(last.exitValue()).as(Files.readString(folder.resolve("log"))).isEqualTo(WorkerExit.DONE);
        RunReport done = Json.read(Files.readString(report), RunReport.class);
        assertThat(done.state()).isEqualTo(RunReport.State.DONE);
        assertThat(done.plan()).contains("gone on after " + chunks + " chunks");
        assertThat(done.verdict()).isEqualTo(Verdict.DRIFT);
        assertThat(done.counts()).containsAllEntriesOf(TRUTH);
        assertThat(done.rows()).isEqualTo(new RunReport.Rows(ROWS - 30, ROWS - 30));
        assertThat(done.records()).extracting(r -> r.kind() + " " + r.key().get("k")).doesNotHaveDuplicates().hasSize(90)
                .contains(IntStream.range(0, 30).mapToObj(i -> "MISSING_ON_TARGET " + (shape.equals(MIXED) ? "B" : "") + (i * 2000 + 1 + (shape.equals(TEXT) ? 100_000 : 0))).toArray(String[]::new));
    }

    /** Of the checkpoint in that attempt's report; 0 without one. */
    private static int chunks(Path report, String attempt) {
        try {
            RunReport now = Files.exists(report) ? Json.read(Files.readString(report), RunReport.class) : null;
            return now == null || now.checkpoint() == null || !now.attempt().equals(attempt) ? 0 : now.checkpoint().chunks();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Process worker(TwoTables tables, Path report, int attempt) throws Exception {
        String order = """
                {"contract":{"namespace":"shop","name":"orders","uid":"u-1","generation":1,"version":"1.0.0"},"runId":7,"reportName":"orders-7-report","schemaName":"orders-schema",
                 "memoryName":"orders-memory","ownerKind":"ReconcileJob","ownerName":"orders-7","ownerUid":"u-2","spec":{"version":"1.0.0","owner":{"team":"shop"},
                 "source":{"system":"orders","store":%s},"target":{"system":"storefront","store":%s},
                 "record":{"key":["k"]},"verification":{"schedule":{"every":"1m"},"settle":"3s"}}}""".formatted(store(tables.sourceServer, tables.sourceDatabase), store(tables.targetServer, tables.targetDatabase));
        ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m", "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                "-cp", System.getProperty("java.class.path"), "dev.concordat.cli.Main", "checksum").redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()));
        builder.environment().put(RunOrder.ENV, order);
        builder.environment().put(RunOrder.SOURCE_SECRET, TwoTables.secret(tables.sourceServer.superuser(), tables.sourceServer.password()).toString());
        builder.environment().put(RunOrder.TARGET_SECRET, TwoTables.secret(tables.targetServer.superuser(), tables.targetServer.password()).toString());
        builder.environment().put("HOSTNAME", "attempt-" + attempt);
        builder.environment().put("CONCORDAT_REPORT_FILE", report.toString());
        return builder.start();
    }

    /** With some rest between chunks, and time to settle after them, so that there is a middle of the run to be killed in. */
    private static String store(DatabaseServer server, String database) {
        return "{\"type\":\"" + (server instanceof dev.concordat.playground.databases.PostgresServer ? "PostgreSQL" : "MariaDB") + "\",\"host\":\"127.0.0.1\",\"port\":" + server.port() + ",\"database\":\"" + database
                + "\",\"table\":\"t\",\"credentials\":{\"secretName\":\"reader\"},\"limits\":{\"maxLoad\":15}}";
    }
}
