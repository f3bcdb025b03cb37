package dev.concordat.drift;

import dev.concordat.report.Failure;
import dev.concordat.report.RunReport;
import dev.concordat.store.Catalogue;
import dev.concordat.store.HashFunction;
import dev.concordat.store.Reason;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/** One comparison of two tables. Run once; {@link #progress()} may be asked from any thread meanwhile. */
public final class Comparison {
    private static final long CONNECT_PATIENCE = 10_000_000_000L;

    private final CompareSpec spec;
    private final SchemaGate gate;
    private final LongSupplier nanos;
    private final HashFunction given;
    private final Counters counters = new Counters();
    private final Map<String, Long> timings = new LinkedHashMap<>();
    private volatile Plan plan;
    private String fingerprint;
    private volatile Settling settling;

    /** Asked once both schemas are known and before any record is read. */
    @FunctionalInterface
    public interface SchemaGate {
        /**
         * @param fingerprint of the schema
         * @param schema      {@code source.<column>} or {@code target.<column>} to type
         * @throws StoreException when the comparison is not to go on
         */
        void check(String fingerprint, Map<String, String> schema) throws StoreException;

        SchemaGate OPEN = (_, _) -> {};
    }

    /** @param nanos a monotonic clock in nanoseconds */
    public Comparison(CompareSpec spec, SchemaGate gate, LongSupplier nanos) {
        this(spec, gate, nanos, null);
    }

    /** @param given the hash function; null: what the servers compute faster */
    Comparison(CompareSpec spec, SchemaGate gate, LongSupplier nanos, HashFunction given) {
        this.given = given;
        this.spec = spec;
        this.gate = gate;
        this.nanos = nanos;
    }

    /** How far it is. The percentage goes by the engines' estimate of rows and reaches 100 only with the outcome. */
    public RunReport.Progress progress() {
        long rows = Math.max(counters.sourceRows.get(), counters.targetRows.get());
        long estimated = Math.max(counters.estimatedRows, rows);
        int percent = counters.settling ? 99 : estimated == 0 ? 0 : (int) Math.min(98, rows * 100 / estimated);
        return new RunReport.Progress(percent, rows, estimated, counters.chunks.get());
    }

    /** Compares. Never throws for what a store or the contract did; that is in the outcome. */
    public Outcome run() {
        long start = nanos.getAsLong();
        List<Lane> lanes = new ArrayList<>();
        Tally tally = null;
        StoreException failure = null;
        try {
            Lane lane = connect(lanes);
            time("connect", start);
            long mark = nanos.getAsLong();
            plan = handshake(lane);
            gate.check(fingerprint, plan.schema());
            lane.source().use(plan, spec.canary());
            lane.target().use(plan, spec.canary());
            lane.both(session -> {
                session.refuseNullKeys();
                return null;
            });
            time("handshake", mark);
            mark = nanos.getAsLong();
            tally = new Tally(plan, spec);
            settling = new Settling(plan, spec.settle().toNanos(), nanos);
            int wanted = Math.min(spec.source().store().limits().connections(), spec.target().store().limits().connections());
            while (lanes.size() < wanted) {
                Lane more = connect(lanes);
                more.source().use(plan, spec.canary());
                more.target().use(plan, spec.canary());
            }
            Scan scan = plan.range() ? new RangeScan(plan, settling, tally, counters) : new BucketScan(plan, settling, tally, counters, lanes.size());
            failure = inLanes(lanes, scan::run);
            time("scan", mark);
            mark = nanos.getAsLong();
            counters.settling = true;
            if (failure == null) {
                failure = inLanes(lanes, l -> {
                    while (!counters.stopped.get() && settling.settle(l, true)) {
                        // Until every suspect is decided.
                    }
                });
            }
            time("settle", mark);
        } catch (StoreException e) {
            failure = e;
        } catch (RuntimeException e) {
            failure = internal(e);
        } finally {
            lanes.forEach(Lane::close);
            time("total", start);
        }
        return outcome(tally, failure);
    }

    private void time(String phase, long since) {
        timings.put(phase, (nanos.getAsLong() - since) / 1_000_000);
    }

    private static StoreException internal(Throwable e) {
        // Only the place: the text of an exception from within may quote a value.
        StackTraceElement at = e.getStackTrace().length == 0 ? null : e.getStackTrace()[0];
        return new StoreException(new Failure("InternalError", null, "the comparison failed with " + e.getClass().getSimpleName() + (at == null ? "" : " at " + at),
                "Report this as a defect of Concordat", false), false, e);
    }

    private Outcome outcome(Tally tally, StoreException failure) {
        String text = plan == null ? null : plan.text();
        Map<String, String> schema = plan == null ? null : plan.schema();
        RunReport.Rows rows = tally == null ? null : new RunReport.Rows(counters.sourceRows.get(), counters.targetRows.get());
        if (failure != null) {
            // What was found so far is not shown: half a comparison says nothing about the other half, and its counts would read as a verdict.
            return new Outcome(RunReport.Verdict.INCOMPLETE, failure.failure(), failure.configuration(), rows, Map.of(), List.of(), List.of(), List.of(), List.of(), List.of(), null, text, fingerprint, schema, timings);
        }
        Map<String, Long> counts = tally.counts();
        boolean drift = tally.drifted() > 0;
        return new Outcome(drift ? RunReport.Verdict.DRIFT : RunReport.Verdict.IN_SYNC, null, false, rows, counts, tally.records(), tally.fields(), List.of(), List.of(), List.of(), RunReport.Coverage.FULL, text, fingerprint, schema, timings);
    }

    private Lane connect(List<Lane> lanes) throws StoreException {
        Lane.Answers<Session> sessions = Lane.both(() -> session(spec.source(), true), () -> session(spec.target(), false));
        Lane lane = new Lane(sessions.source(), sessions.target());
        lanes.add(lane);
        return lane;
    }

    /** Tries a store that refuses connections again for a while: databases restart. */
    private Session session(StoreAccess access, boolean source) throws StoreException {
        long start = nanos.getAsLong();
        while (true) {
            try {
                return new Session(access, source, access.open());
            } catch (StoreException e) {
                if (!e.failure().reason().equals(Reason.STORE_UNREACHABLE) || nanos.getAsLong() - start > CONNECT_PATIENCE) {
                    throw e;
                }
                try {
                    Thread.sleep(500);
                } catch (InterruptedException i) {
                    Thread.currentThread().interrupt();
                    throw e;
                }
            }
        }
    }

    private Plan handshake(Lane lane) throws StoreException {
        Lane.Answers<Catalogue> catalogues = lane.both(Session::catalogue);
        counters.estimatedRows = Math.max(catalogues.source().estimatedRows(), catalogues.target().estimatedRows());
        Plan made = Planner.plan(spec, catalogues.source(), catalogues.target());
        fingerprint = fingerprint(made.schema());
        return Handshake.agree(made.hashing(given == null ? HashChoice.measure(lane, nanos) : new HashChoice(given, "given")), lane);
    }

    /** SHA-256 over both schemas and the key. */
    static String fingerprint(Map<String, String> schema) {
        StringBuilder text = new StringBuilder();
        schema.forEach((name, type) -> text.append(name).append('=').append(type).append('\n'));
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @FunctionalInterface
    private interface Work {
        void run(Lane lane) throws StoreException;
    }

    /** Runs the work in every lane at once, and returns the first failure, or null. */
    private StoreException inLanes(List<Lane> lanes, Work work) {
        AtomicReference<StoreException> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < lanes.size(); i++) {
            Lane lane = lanes.get(i);
            threads.add(Thread.ofVirtual().name("lane-" + i).start(() -> {
                try {
                    work.run(lane);
                } catch (StoreException e) {
                    failure.compareAndSet(null, e);
                    counters.stopped.set(true);
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, internal(e));
                    counters.stopped.set(true);
                }
            }));
        }
        for (Thread thread : threads) {
            boolean interrupted = false;
            while (true) {
                try {
                    thread.join();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                    counters.stopped.set(true);
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        return failure.get();
    }
}
