package dev.concordat.dataplane;

import com.fasterxml.jackson.databind.JsonNode;
import dev.concordat.api.v1alpha1.Verification;
import dev.concordat.contract.Durations;
import dev.concordat.drift.CompareSpec;
import dev.concordat.drift.Comparison;
import dev.concordat.drift.DriftListener;
import dev.concordat.drift.Outcome;
import dev.concordat.report.Checkpoint;
import dev.concordat.report.ContractMemory;
import dev.concordat.report.Failure;
import dev.concordat.report.Json;
import dev.concordat.report.ReportBound;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import dev.concordat.report.WorkerExit;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The process of one run: reads its order, compares the two tables, reports. Ends at once on SIGTERM: nothing it does leaves a trace in a database, and a run without a Done report is tried again.
 */
public final class ChecksumWorker {
    /** Takes the order from {@link RunOrder#ENV}, writes the report to this file, and keeps no schema: for benches and runs without a cluster. */
    public static final String REPORT_FILE = "CONCORDAT_REPORT_FILE";

    private static final Logger LOG = System.getLogger("concordat.checksum");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int PROGRESS_MILLIS = 2_000;

    private final RunOrder order;
    private final String attempt;
    private final Reports reports;
    /** Whether the last report has been written, or is being: none on the way may come after it. */
    private boolean last;

    ChecksumWorker(RunOrder order, String attempt, Reports reports) {
        this.order = order;
        this.attempt = attempt;
        this.reports = reports;
    }

    /** Where this run leaves its report and keeps the schema agreed on. */
    interface Reports {
        void write(String json);

        /** The report as it stands: that of an earlier attempt of this run, or of nobody. */
        Optional<String> written();

        /** The schema record of the contract; empty when there is none. */
        Optional<String> schema();

        void keepSchema(String json);

        /** Where the contract's Sweep stands; empty when it has not begun. */
        Optional<String> sweep();

        void keepSweep(String json);

        /** Where the contract's memory of drift is kept; null where none is. */
        default RunMemory.Store memory() {
            return null;
        }
    }

    /**
     * Runs the order in the environment to its end.
     *
     * @param env the process's environment; see {@link RunOrder}
     * @return an exit code of {@link WorkerExit}
     */
    public static int run(Map<String, String> env) {
        String name = env.get(RunOrder.NAME);
        if (name == null && (env.get(RunOrder.ENV) == null || env.get(REPORT_FILE) == null)) {
            LOG.log(Level.ERROR, "the environment variable " + RunOrder.NAME + " with the name of the run's order is missing: a worker is started by Concordat's Job");
            return WorkerExit.CONFIGURATION;
        }
        RunOrder order;
        Reports reports;
        try {
            if (name == null) {
                order = Json.read(env.get(RunOrder.ENV), RunOrder.class);
                reports = new InFile(Path.of(env.get(REPORT_FILE)));
            } else {
                InCluster cluster = new InCluster(ReportClient.connect(env.get(RunOrder.NAMESPACE), PATIENCE), name);
                order = cluster.order();
                reports = cluster;
            }
        } catch (IllegalArgumentException e) {
            LOG.log(Level.ERROR, "the order " + (name == null ? "in " + RunOrder.ENV : "of ChecksumRun " + name) + " cannot be read: " + e.getMessage());
            return WorkerExit.CONFIGURATION;
        } catch (ReportSink.ReportNotWritten e) {
            LOG.log(Level.ERROR, "nothing is compared, since the order is not known: " + e.getMessage() + ". " + Refusal.of(e).remedy());
            return WorkerExit.NOT_REPORTED;
        }
        return new ChecksumWorker(order, env.getOrDefault("HOSTNAME", "worker"), reports).run(
                new StoreAccess(order.spec().source().store(), "spec.source.store", path(env, RunOrder.SOURCE_SECRET), path(env, RunOrder.SOURCE_CA)),
                new StoreAccess(order.spec().target().store(), "spec.target.store", path(env, RunOrder.TARGET_SECRET), path(env, RunOrder.TARGET_CA)),
                path(env, RunOrder.EVIDENCE_SECRET), InstantSource.system());
    }

    private static Path path(Map<String, String> env, String name) {
        return env.get(name) == null || env.get(name).isEmpty() ? null : Path.of(env.get(name));
    }

    private String name() {
        return order.contract().namespace() + "/" + order.contract().name() + " run " + order.runId();
    }

    /** The comparison's timings, and from the start of the process to the first answer of both databases. */
    private static Map<String, Long> timings(Outcome outcome, long startMillis) {
        Map<String, Long> timings = new LinkedHashMap<>(outcome.timings());
        if (timings.containsKey("connect")) {
            timings.put("firstQuery", startMillis + timings.get("connect"));
        }
        return timings;
    }

    private int run(StoreAccess source, StoreAccess target, Path evidenceSecret, InstantSource clock) {
        long startMillis = ProcessAge.millis();
        LOG.log(Level.INFO, name() + ": comparing " + source.place() + " with " + target.place());
        CompletableFuture<Start> start = CompletableFuture.supplyAsync(this::start, task -> Thread.ofPlatform().daemon().name("start").start(task));
        RunCheckpoint checkpoint = new RunCheckpoint();
        RunMemory memory = reports.memory() == null ? null : new RunMemory(order, reports.memory());
        EvidenceTable evidence = evidence(source, target, evidenceSecret, clock);
        CompareSpec spec = CompareSpec.of(order.spec(), source, target).with(order.effectiveScope()).with(listeners(checkpoint, memory, evidence))
                .withLag(order.lagMillis() == null ? null : Duration.ofMillis(order.lagMillis())).resuming(() -> start.join().checkpoint());
        Comparison comparison = new Comparison(spec, gate(evidence), System::nanoTime);
        CountDownLatch ended = new CountDownLatch(1);
        Thread progress = Thread.ofPlatform().daemon().name("progress").start(() -> report(comparison, checkpoint, start, ended));
        Outcome found = comparison.run();
        ended.countDown();
        try {
            progress.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        RunMemory.Ended remembered = memory == null ? new RunMemory.Ended(null, found.records(), List.of(), Map.of())
                : memory.end(found, found.earlier() == Outcome.Earlier.INCLUDED, clock.instant());
        Outcome outcome = found.unproven(remembered.unproven());
        List<Failure> warnings = new ArrayList<>(remembered.warnings());
        Optional.ofNullable(evidence).map(EvidenceTable::end).ifPresent(warnings::add);
        warnings.forEach(warning -> LOG.log(Level.WARNING, name() + ": " + warning.reason() + ": " + warning.text()));
        RunReport whole = new RunReport(order.contract(), order.runId(), attempt, RunReport.State.DONE, outcome.verdict(), outcome.failure(), warnings, done(comparison, outcome), outcome.rows(),
                outcome.counts(), remembered.records(), outcome.fields(), outcome.gaps(), outcome.partitions(), outcome.contradictions(), coverage(outcome, start), remembered.numbers(), null, outcome.plan(), outcome.fingerprint(), timings(outcome, startMillis));
        RunReport report = ReportBound.API_SERVER.of(whole, spec.maxRecords());
        if (outcome.verdict() == RunReport.Verdict.INCOMPLETE && !report.sampledClean()) {
            LOG.log(Level.ERROR, name() + ": " + outcome.failure().reason() + ": " + outcome.failure().text());
        } else {
            LOG.log(Level.INFO, name() + ": " + outcome.verdict() + ", rows " + outcome.rows().source() + " and " + outcome.rows().target() + ", counts " + outcome.counts()
                    + ", " + Durations.print(Duration.ofMillis(outcome.timings().get("total"))) + "; " + outcome.plan());
        }
        if (!store(report, ReportBound.least(whole, spec.maxRecords()))) {
            return WorkerExit.NOT_REPORTED;
        }
        keepSweep(whole);
        return outcome.verdict() != RunReport.Verdict.INCOMPLETE || report.sampledClean() ? WorkerExit.DONE : outcome.configuration() ? WorkerExit.CONFIGURATION : WorkerExit.INCOMPLETE;
    }

    private EvidenceTable evidence(StoreAccess source, StoreAccess target, Path secret, InstantSource clock) {
        Verification.EvidenceTable table = order.spec().verification().evidence().table();
        return table == null ? null : new EvidenceTable(order, attempt, secret, (table.side() == Verification.EvidenceSide.SOURCE ? source : target).ca(), clock);
    }

    private static CompareSpec.Listeners listeners(RunCheckpoint checkpoint, RunMemory memory, EvidenceTable evidence) {
        return new CompareSpec.Listeners(evidence == null ? checkpoint : reached -> {
            // What a checkpoint counts, no later attempt tells of again.
            if (evidence.flush()) {
                checkpoint.accept(reached);
            }
        }, memory == null && evidence == null ? DriftListener.NONE : new RunListeners(memory, evidence));
    }

    /** First whether the evidence has a place: to find out at the end would cost the whole comparison. */
    private Comparison.SchemaGate gate(EvidenceTable evidence) {
        return (fingerprint, schema) -> {
            if (evidence != null) {
                evidence.check();
            }
            check(fingerprint, schema);
        };
    }

    private static RunReport.Progress done(Comparison comparison, Outcome outcome) {
        RunReport.Progress progress = comparison.progress();
        return outcome.failure() != null ? progress : new RunReport.Progress(100, progress.rows(), progress.rows(), progress.chunks());
    }

    private synchronized void progress(String json) {
        if (!last) {
            reports.write(json);
        }
    }

    /**
     * Writes the last report.
     *
     * @param least what is stored where the API server takes less than this bound knows of: the verdict counts, with evidence or without
     */
    synchronized boolean store(RunReport report, RunReport least) {
        last = true;
        String json = Json.write(report);
        try {
            reports.write(json);
            return true;
        } catch (RuntimeException e) {
            if (!Refusal.of(e).equals(Refusal.TOO_LARGE)) {
                LOG.log(Level.ERROR, notStored(e, json));
                return false;
            }
            LOG.log(Level.WARNING, notStored(e, json) + ". It is stored without evidence");
        }
        json = Json.write(least);
        try {
            reports.write(json);
            return true;
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, notStored(e, json));
            return false;
        }
    }

    private String notStored(RuntimeException e, String json) {
        return name() + ": the report of " + json.length() + " characters could not be stored, and without one this run does not count: " + e.getMessage() + ". " + Refusal.of(e).remedy();
    }

    /**
     * Where this attempt goes on.
     *
     * @param checkpoint null: from the start
     * @param sweep      first key of the run's part of a Sweep, whichever attempt began it; null: the start of the table
     */
    record Start(Checkpoint checkpoint, List<String> sweep) {}

    /** Read while the stores are connected to. What cannot be read costs time and no truth: the attempt then starts from the beginning. */
    Start start() {
        Checkpoint earlier = null;
        List<String> sweep = null;
        try {
            earlier = RunCheckpoint.ofEarlierAttempt(reports.written().orElse(null), order);
            if (order.effectiveScope().type() == Verification.ScopeType.SWEEP) {
                sweep = SweepPosition.start(reports.sweep().map(json -> Json.read(json, SweepPosition.class)).orElse(null), order);
            }
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, name() + ": starts from the beginning, where an earlier attempt or sweep ended could not be read: " + e.getMessage());
        }
        if (earlier != null) {
            LOG.log(Level.INFO, name() + ": an earlier attempt got as far as chunk " + earlier.chunks());
        }
        return new Start(earlier != null ? earlier : SweepPosition.checkpoint(sweep), sweep);
    }

    /** What the run covered, though an attempt that went on from a key only knows where it went on. One that goes by shares knows where the run began. */
    private static RunReport.Coverage coverage(Outcome outcome, CompletableFuture<Start> start) {
        RunReport.Coverage of = outcome.coverage();
        return of == null || Comparison.isShare(of.to()) || Comparison.isShare(of.from()) || outcome.earlier() != Outcome.Earlier.INCLUDED || start.join().sweep() == null ? of : new RunReport.Coverage(of.scope(), of.percent(), of.units(), of.unitsTotal(), of.unitsDrifted(), of.boundPpm(), start.join().sweep(), of.to());
    }

    /** After the report: a run that nobody heard of is run again, over the same part. */
    private void keepSweep(RunReport report) {
        if (order.effectiveScope().type() != Verification.ScopeType.SWEEP || report.verdict() == RunReport.Verdict.INCOMPLETE || report.coverage() == null) {
            return;
        }
        try {
            reports.keepSweep(Json.write(SweepPosition.after(order, report.coverage().to())));
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, name() + ": where the sweep ended could not be kept, so the next run covers the same part again: " + e.getMessage());
        }
    }

    private void report(Comparison comparison, RunCheckpoint checkpoint, CompletableFuture<Start> start, CountDownLatch ended) {
        RunReport.Progress before = null;
        try {
            // Not before the earlier attempt's report was read: this one replaces it. What it said is said again until there is something newer.
            Checkpoint earlier = start.join().checkpoint();
            if (earlier != null && earlier.plan() != null) {
                checkpoint.begin(earlier);
            }
            do {
                RunReport.Progress now = comparison.progress();
                if (!now.equals(before) || checkpoint.isNew()) {
                    before = now;
                    progress(checkpoint.report(order, attempt, now));
                }
            } while (!ended.await(PROGRESS_MILLIS, TimeUnit.MILLISECONDS));
        } catch (RuntimeException e) {
            // The last report is what counts, and it is tried again by itself.
            LOG.log(Level.WARNING, name() + ": progress could not be reported: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void check(String fingerprint, Map<String, String> schema) throws StoreException {
        AgreedSchema agreed;
        try {
            agreed = reports.schema().map(json -> Json.read(json, AgreedSchema.class)).orElse(null);
        } catch (RuntimeException e) {
            throw new StoreException(new Failure("SchemaRecordUnreadable", null, "ContractRecord " + order.contract().name() + " could not be read: " + e.getMessage(),
                    "Check that the API server answers and that service account concordat-data-plane may get contractrecords; delete it if its content is damaged", false), false, e);
        }
        AgreedSchema now = AgreedSchema.of(order.contract().uid(), order.contract().version(), fingerprint, schema);
        Failure failure = AgreedSchema.changed(agreed, now, order.contract().name());
        if (failure != null) {
            throw new StoreException(failure, true);
        }
        if (agreed == null || !agreed.agreesWith(now)) {
            try {
                reports.keepSchema(now.write());
            } catch (RuntimeException e) {
                throw new StoreException(new Failure("SchemaRecordUnwritable", null, "ContractRecord " + order.contract().name() + " could not be written: " + e.getMessage(),
                        Refusal.of(e).remedy(), false), false, e);
            }
        }
    }

    record InFile(Path file) implements Reports {
        @Override
        public void write(String json) {
            new FileReports(file).write(json);
        }

        @Override
        public Optional<String> written() {
            try {
                return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
            } catch (IOException e) {
                throw new UncheckedIOException("report " + file + " not read: " + e, e);
            }
        }

        @Override
        public Optional<String> schema() {
            return Optional.empty();
        }

        @Override
        public Optional<String> sweep() {
            return Optional.empty();
        }

        @Override
        public void keepSweep(String json) {
            // Nor one whose sweep could go on.
        }

        @Override
        public void keepSchema(String json) {
            // A run without a cluster has no contract that could agree on one.
        }
    }

    /** In the ChecksumRun that ordered the run; what is kept for later runs, in the contract's record. */
    static final class InCluster implements Reports {
        private final ReportClient client;
        private final String name;
        private final RunOrder order;
        /** As an earlier attempt left it; null when there was none. */
        private final String earlier;

        /** @throws ReportSink.ReportNotWritten when the order cannot be read though tried for a while */
        InCluster(ReportClient client, String name) {
            this.client = client;
            this.name = name;
            JsonNode run = client.await(ReportClient.Kind.CHECKSUM_RUN, name);
            this.order = Json.read(run.path("spec").toString(), RunOrder.class);
            this.earlier = run.path("status").isMissingNode() ? null : run.path("status").toString();
        }

        RunOrder order() {
            return order;
        }

        @Override
        public synchronized void write(String json) {
            client.sink(ReportClient.Kind.CHECKSUM_RUN, name, order.contract(), order.runId()).write(json);
        }

        @Override
        public Optional<String> written() {
            return Optional.ofNullable(earlier);
        }

        @Override
        public Optional<String> schema() {
            return client.kept(order.contract(), ContractMemory.SCHEMA);
        }

        @Override
        public Optional<String> sweep() {
            return client.kept(order.contract(), ContractMemory.SWEEP);
        }

        @Override
        public RunMemory.Store memory() {
            return new RunMemory.Store() {
                @Override
                public String read() {
                    return client.kept(order.contract(), ContractMemory.DRIFT).orElse(null);
                }

                @Override
                public void write(String json) {
                    client.keep(order.contract(), ContractMemory.DRIFT, json);
                }
            };
        }

        @Override
        public void keepSweep(String json) {
            client.keep(order.contract(), ContractMemory.SWEEP, json);
        }

        @Override
        public void keepSchema(String json) {
            client.keep(order.contract(), ContractMemory.SCHEMA, json);
        }
    }
}
