package dev.concordat.drift;

import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.contract.Durations;
import dev.concordat.report.Checkpoint;
import dev.concordat.report.Failure;
import dev.concordat.report.Json;
import dev.concordat.report.RunReport;
import dev.concordat.store.Catalogue;
import dev.concordat.store.HashFunction;
import dev.concordat.store.Reason;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** One comparison of two tables. Run once; {@link #progress()} may be asked from any thread meanwhile. */
public final class Comparison {
    private static final long CONNECT_PATIENCE = 10_000_000_000L;
    private static final long CHECKPOINT_NANOS = 1_000_000_000L;
    private static final int ORDER_SAMPLE = 300;
    /** So few rows are one leaf: a second connection to each side would only log in. */
    private static final int SMALL = 8_192;
    private static final String SHARE = "share";

    private final CompareSpec spec;
    private final SchemaGate gate;
    private final LongSupplier nanos;
    private final HashFunction given;
    private final int suspects;
    private final Counters counters = new Counters();
    private final Patience patience;
    private final Map<String, Long> timings = new LinkedHashMap<>();
    private volatile Plan plan;
    private String fingerprint;
    private Outcome.Earlier earlier = Outcome.Earlier.NONE;
    private Checkpoint earlierAttempt;
    private final AtomicBoolean reordered = new AtomicBoolean();
    private String covered;
    private LocalDateTime windowStart;
    private Failure nothing;

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
        this(spec, gate, nanos, given, Settling.MOST);
    }

    /** @param suspects that are remembered at a time */
    Comparison(CompareSpec spec, SchemaGate gate, LongSupplier nanos, HashFunction given, int suspects) {
        this.suspects = suspects;
        this.patience = new Patience(counters.stopped);
        this.given = given;
        this.spec = spec;
        this.gate = gate;
        this.nanos = nanos;
    }

    /** How far it is. The percentage goes by the engines' estimate of rows and reaches 100 only with the outcome. */
    public RunReport.Progress progress() {
        long rows = Math.max(counters.sourceRows.get(), counters.targetRows.get());
        long estimated = Math.max(counters.estimatedRows * counters.expectedPercent / 100, rows);
        int percent = counters.settling ? 99 : estimated == 0 ? 0 : (int) Math.min(98, rows * 100 / estimated);
        return new RunReport.Progress(percent, rows, estimated, counters.chunks.get());
    }

    /** Compares. Never throws for what a store or the contract did; that is in the outcome. */
    public Outcome run() {
        long start = nanos.getAsLong();
        List<Lane> lanes = new ArrayList<>();
        Findings findings = null;
        StoreException failure = null;
        try {
            Lane lane = connect(lanes);
            time("connect", start);
            lane.hold();
            long mark = nanos.getAsLong();
            plan = handshake(lane);
            Planner.refuseStreamedWithoutKey(plan, spec.source().store().type(), spec.target().store().type());
            gate.check(fingerprint, plan.schema());
            use(lane);
            lane.both(session -> {
                session.checkFilters(spec);
                session.refuseNullKeys();
                return null;
            });
            if (plan.layout() == Plan.Layout.KEY_ORDER && spec.scope().type() != ScopeType.WINDOW && !sameOrder(lane)) {
                cut("the first and last keys are in another order on the target", lanes);
            }
            Checkpoint from = resume(lanes);
            time("handshake", mark);
            mark = nanos.getAsLong();
            Criteria criteria = Criteria.of(spec, plan);
            int wanted = Math.min(spec.source().store().limits().connections(), spec.target().store().limits().connections());
            boolean small = counters.estimatedRows > 0 && counters.estimatedRows <= SMALL;
            if (!small) {
                lane.release();
            }
            while (lanes.size() < (small ? 1 : wanted)) {
                use(connect(lanes));
            }
            findings = new Findings(criteria, spec, counters, nanos, lanes.size(), suspects);
            failure = scan(lanes, findings, from);
            if (reordered.getAndSet(false) && failure == null) {
                counters.reset();
                spec.listeners().drift().restarted();
                cut("many records are in another place of the key's order on the target", lanes);
                findings = new Findings(Criteria.of(spec, plan), spec, counters, nanos, lanes.size(), suspects);
                earlier = earlier == Outcome.Earlier.INCLUDED ? Outcome.Earlier.NONE : earlier;
                failure = scan(lanes, findings, null);
            }
            lane.release();
            time("scan", mark);
            mark = nanos.getAsLong();
            counters.settling = true;
            if (failure == null) {
                Settling settling = findings.settling;
                failure = inLanes(lanes, l -> {
                    while (!counters.stopped.get() && settling.settle(l, true)) {
                        // Until every suspect is decided.
                    }
                });
            }
            time("settle", mark);
            if (findings.guest.waitedMillis() > 0) {
                timings.put("waited", findings.guest.waitedMillis());
            }
            if (failure == null && !counters.stopped.get()) {
                nothing = nothing(lanes.getFirst(), findings);
            }
            if (failure == null && counters.stopped.get()) {
                failure = new StoreException(new Failure("Interrupted", null, "the comparison was interrupted", "Start it again", false), false);
            }
            if (failure != null) {
                checkpoint(findings);
            }
        } catch (StoreException e) {
            failure = e;
        } catch (RuntimeException e) {
            failure = internal(e);
        } finally {
            lanes.forEach(Lane::close);
            time("total", start);
        }
        return outcome(findings, failure);
    }

    /** Why no row on either side says nothing; null where it does, or there were rows. */
    private Failure nothing(Lane lane, Findings findings) throws StoreException {
        boolean rows = counters.sourceRows.get() > 0 || counters.targetRows.get() > 0 || findings.tally.drifted() > 0;
        // A part of a sweep may be empty, and so may a window over tables that nobody has changed lately.
        boolean part = spec.scope().type() == ScopeType.SWEEP && (findings.from != null || findings.to != null);
        if (rows || part || !NothingCompared.restricts(spec, plan)) {
            return null;
        }
        if (plan.window() != null) {
            Lane.Answers<Boolean> earlier = lane.both(session -> session.holdsRecords(session.between(plan.window(), null, windowStart)));
            if (earlier.source() || earlier.target()) {
                return null;
            }
        }
        Lane.Answers<Boolean> holds = lane.both(Session::holdsRows);
        return NothingCompared.of(spec, plan, holds.source(), holds.target());
    }

    /** What one scan of the tables found. */
    private static final class Findings {
        final Tally tally;
        final Settling settling;
        final Watermark watermark;
        final Guest guest;
        SampleScan sample;
        List<String> from;
        List<String> to;

        Findings(Criteria criteria, CompareSpec spec, Counters counters, LongSupplier nanos, int lanes, int suspects) {
            tally = new Tally(criteria, spec);
            // One lane counts rows without a key, whatever the number of connections.
            guest = new Guest(spec.source().store().limits(), spec.target().store().limits(), criteria.plan().layout() == Plan.Layout.NO_KEY ? 1 : lanes, nanos);
            settling = new Settling(criteria, new SettleTime(spec.settle(), spec.lag()), counters, nanos, guest, suspects);
            watermark = new Watermark(tally);
        }
    }

    private void use(Lane lane) throws StoreException {
        lane.source().use(plan, spec);
        lane.target().use(plan, spec);
    }

    private void cut(String why, List<Lane> lanes) throws StoreException {
        plan = plan.cut(Plan.Layout.WHOLE, why);
        for (Lane lane : lanes) {
            use(lane);
        }
    }

    /** Whether keys from both ends of the source's order are in the same order on the target. No proof: a scan in the key's order is correct without one, only slower. */
    private static boolean sameOrder(Lane lane) throws StoreException {
        for (boolean fromTheEnd : new boolean[] {false, true}) {
            List<Session.Boundary> some = lane.source().keysInOrder(ORDER_SAMPLE, fromTheEnd).stream().filter(lane.target()::holds).toList();
            if (!some.isEmpty() && !lane.target().keepsOrder(some)) {
                return false;
            }
        }
        return true;
    }

    /** Where to go on; null: at the start. */
    private Checkpoint resume(List<Lane> lanes) throws StoreException {
        Checkpoint from = earlierAttempt;
        boolean sweep = spec.scope().type() == ScopeType.SWEEP;
        if (from == null || from.plan() == null && !sweep) {
            return null;
        }
        if (sweep && plan.layout() == Plan.Layout.KEY_ORDER && isShare(from.position())) {
            // The round found that the orders differ, which this run would find again.
            cut("the round goes on as it began", lanes);
        }
        if (plan.layout() == Plan.Layout.KEY_ORDER && goesOnWithSums(from)) {
            cut("the earlier attempt found the target's order to be another", lanes);
        }
        if (from.plan() != null && !from.plan().equals(seal(plan.layout(), from)) || !fits(from)) {
            plan = plan.noting("the earlier attempt had another schema, other rules or another scope: started again");
            earlier = Outcome.Earlier.REFUSED;
            return null;
        }
        if (from.plan() != null) {
            plan = plan.noting("gone on after " + from.chunks() + " chunks of an earlier attempt");
            earlier = Outcome.Earlier.INCLUDED;
        }
        return from;
    }

    /** Whether a position of a sweep is a share of the keys by hash, and no key. @param position null: an end of the table */
    public static boolean isShare(List<String> position) {
        return position != null && position.size() == 2 && SHARE.equals(position.getFirst());
    }

    /** Whether an earlier attempt at the very same comparison left sums of the whole table. */
    private boolean goesOnWithSums(Checkpoint from) {
        return from != null && WholeScan.isWhole(from.position()) && WholeScan.keepsSums(spec) && seal(Plan.Layout.WHOLE, from).equals(from.plan());
    }

    /** Whether this plan can go on there. A file that somebody changed by hand, too, is no reason to fail. */
    private boolean fits(Checkpoint from) {
        List<String> position = from.position();
        boolean begun = from.plan() != null;
        if (position == null || position.isEmpty() || !none(position) || begun && !sound(from)) {
            return false;
        }
        ScopeType scope = spec.scope().type();
        if (scope == ScopeType.WINDOW) {
            return plan.layout() != Plan.Layout.NO_KEY && WindowWalk.begun(position);
        }
        if (begun && hashedShare()) {
            Integer share = from.part() == null ? null : from.part().share();
            int width = scope == ScopeType.SAMPLE ? Math.ceilDiv(Session.SHARES * spec.scope().percent(), 100) : 1;
            if (share == null || share < 0 || share > Session.SHARES - width) {
                return false;
            }
        }
        return switch (plan.layout()) {
            case KEY_RANGES -> scope == ScopeType.SAMPLE ? SampleScan.begun(position) : position.size() == 1 && isLong(position.getFirst());
            case KEY_ORDER -> position.size() == 1 + 2 * plan.key().size() && (position.getFirst().equals("source") || position.getFirst().equals("target"));
            case WHOLE -> begun ? WholeScan.keepsSums(spec) && WholeScan.begun(position, plan) : isShare(position) && isLong(position.get(1)) && Long.parseLong(position.get(1)) >= 0 && Long.parseLong(position.get(1)) < Session.SHARES;
            case NO_KEY -> false;
        };
    }

    private boolean sound(Checkpoint from) {
        int fields = plan.key().size();
        return from.rows() != null && from.counts() != null && none(from.counts().values()) && from.suspects() != null && keys(from.suspects(), fields)
                && none(from.records()) && (from.records() == null || from.records().stream().allMatch(Comparison::sound)) && none(from.fields()) && none(from.gaps()) && none(from.partitions())
                && (from.part() == null || none(from.part().leaves()) && keys(from.part().told(), fields));
    }

    private static boolean sound(RunReport.Record record) {
        return record.kind() != null && record.key() != null && none(record.key().values()) && record.fields() != null && none(record.fields());
    }

    /** Whether no element is null; a list may be. */
    private static boolean none(Collection<?> elements) {
        return elements == null || elements.stream().noneMatch(Objects::isNull);
    }

    private static boolean keys(List<List<String>> keys, int fields) {
        return none(keys) && (keys == null || keys.stream().allMatch(key -> key.size() == fields && none(key)));
    }

    private static boolean isLong(String text) {
        try {
            return Long.toString(Long.parseLong(text)).equals(text);
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** Whether only a share of the keys is read, by their hash. */
    private boolean hashedShare() {
        return spec.scope().type() == ScopeType.SAMPLE && plan.layout() != Plan.Layout.KEY_RANGES || spec.scope().type() == ScopeType.SWEEP && plan.layout() == Plan.Layout.WHOLE;
    }

    private boolean redactsKey() {
        return plan.key().stream().anyMatch(spec::redacts);
    }

    /** Names what a checkpoint depends on, and what it says but for the evidence, which may be left out: one that was damaged is none. */
    private String seal(Plan.Layout layout, Checkpoint checkpoint) {
        return sha256(fingerprint + "\n" + layout + "\n" + spec.rules() + "\n" + spec.gaps() + "\n" + spec.scope() + "\n" + spec.canary() + "\n" + spec.redact() + "\n"
                + Json.write(checkpoint.withRecords(List.of()).under(null)));
    }

    private void checkpoint(Findings findings) {
        if (redactsKey()) {
            // A position is a key.
            return;
        }
        Checkpoint checkpoint = findings.watermark.checkpoint(findings.settling);
        if (checkpoint != null) {
            spec.listeners().checkpoint().accept(checkpoint.under(seal(plan.layout(), checkpoint)));
        }
    }

    private StoreException scan(List<Lane> lanes, Findings findings, Checkpoint from) throws StoreException {
        ChunkScan.Desk desk = new ChunkScan.Desk(plan, spec, findings.settling, findings.watermark, counters, findings.guest);
        if (from != null && from.plan() != null) {
            findings.tally.restore(from);
            findings.watermark.resume(from);
            counters.sourceRows.addAndGet(from.rows().source());
            counters.targetRows.addAndGet(from.rows().target());
            counters.chunks.addAndGet(from.chunks());
        }
        // The first chunk makes one already: what follows it may be a long rest.
        AtomicLong nextCheckpoint = new AtomicLong(nanos.getAsLong());
        counters.checkpointed = () -> {
            long now = nanos.getAsLong();
            long due = nextCheckpoint.get();
            if (now - due >= 0 && nextCheckpoint.compareAndSet(due, now + CHECKPOINT_NANOS)) {
                checkpoint(findings);
            }
        };
        Scan scan = scan(lanes, desk, findings, from);
        if (from != null && from.plan() != null) {
            long start = System.nanoTime();
            findings.settling.suspect(lanes.getFirst(), from.suspects(), findings.tally);
            findings.guest.rest(lanes.getFirst(), System.nanoTime() - start, counters);
        }
        StoreException failure = inLanes(lanes, scan::run);
        if (spec.scope().type() == ScopeType.SWEEP && plan.layout() != Plan.Layout.WHOLE) {
            findings.to = findings.watermark.position();
        }
        return failure;
    }

    private Scan scan(List<Lane> lanes, ChunkScan.Desk desk, Findings findings, Checkpoint from) throws StoreException {
        Scope scope = spec.scope();
        List<String> position = from == null ? null : from.position();
        boolean resumed = from != null && from.plan() != null;
        int percent = scope.percent() == null ? 100 : scope.percent();
        counters.expectedPercent = percent;
        long rows = 0;
        if (scope.type() == ScopeType.SWEEP) {
            findings.from = position;
            rows = Math.max(1, Math.ceilDiv(counters.estimatedRows * percent, 100) - Math.max(counters.sourceRows.get(), counters.targetRows.get()));
        }
        if (scope.type() == ScopeType.WINDOW || plan.layout() == Plan.Layout.KEY_ORDER && scope.type() != ScopeType.FULL) {
            findings.tally.meetsTwice();
        }
        if (plan.layout() == Plan.Layout.NO_KEY) {
            return new MultisetScan(desk, findings.tally, findings.settling.time().nanos());
        }
        if (scope.type() == ScopeType.WINDOW) {
            LocalDateTime now = lanes.getFirst().source().now();
            LocalDateTime start = now.minus(Durations.parse(scope.last()));
            WindowWalk walk = new WindowWalk(plan.window(), start, now, position);
            windowStart = walk.start();
            covered = "Window " + scope.field() + " since " + walk.start().truncatedTo(ChronoUnit.SECONDS) + "Z";
            return new OrderScan(desk, walk);
        }
        if (scope.type() == ScopeType.SAMPLE) {
            if (plan.layout() == Plan.Layout.KEY_RANGES) {
                findings.sample = new SampleScan(desk, findings.tally, percent, RandomGenerator.getDefault().nextLong(), position);
                return findings.sample;
            }
            int width = Math.ceilDiv(Session.SHARES * percent, 100);
            int first = resumed ? from.part().share() : RandomGenerator.getDefault().nextInt(Session.SHARES - width + 1);
            lanes.forEach(lane -> lane.share(first, first + width));
            findings.watermark.share(first);
        }
        return switch (plan.layout()) {
            case KEY_RANGES -> new RangeScan(desk, new RangeScan.Extent(position != null ? bound(position.getFirst()) : bound(scope.from()), bound(scope.to()), rows));
            case KEY_ORDER -> new OrderScan(desk, new KeyWalk(position == null ? null : Session.Boundary.of(position), rows));
            case WHOLE -> {
                if (scope.type() == ScopeType.SWEEP) {
                    int first = position == null ? 0 : resumed ? from.part().share() : Integer.parseInt(position.get(1));
                    int end = Math.min(Session.SHARES, first + Math.ceilDiv(Session.SHARES * percent, 100));
                    lanes.forEach(lane -> lane.share(first, end));
                    findings.watermark.share(first);
                    findings.from = first == 0 ? null : List.of(SHARE, Integer.toString(first));
                    findings.to = end == Session.SHARES ? null : List.of(SHARE, Integer.toString(end));
                }
                yield new WholeScan(desk, findings.tally, lanes.size(), WholeScan.isWhole(position) ? position : null);
            }
            case NO_KEY -> throw new IllegalStateException("handled above");
        };
    }

    private Long bound(String text) throws StoreException {
        try {
            return text == null ? null : Long.valueOf(text.strip());
        } catch (NumberFormatException e) {
            throw new StoreException(new Failure("ScopeInvalid", "spec.verification.scope", "'" + text + "' is no integer, as key field " + plan.key().getFirst().name() + " is",
                    "Give from and to as integers", false), true);
        }
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

    private Outcome outcome(Findings findings, StoreException failure) {
        String text = plan == null ? null : findings == null ? plan.text() : plan.text() + "; " + findings.settling.time().note() + patience.note();
        if (findings != null) {
            timings.put("settleTime", findings.settling.time().millis());
        }
        Map<String, String> schema = plan == null ? null : plan.schema();
        RunReport.Rows rows = findings == null ? null : new RunReport.Rows(counters.sourceRows.get(), counters.targetRows.get());
        if (failure != null) {
            // What was found so far is not shown: half a comparison says nothing about the other half, and its counts would read as a verdict.
            return new Outcome(RunReport.Verdict.INCOMPLETE, failure.failure(), failure.configuration(), rows, Map.of(), List.of(), List.of(), List.of(), List.of(), List.of(), null, text, earlier,
                    fingerprint, schema, timings);
        }
        Tally tally = findings.tally;
        RunReport.Coverage coverage = coverage(findings, rows);
        Map<String, Long> counts = tally.counts();
        boolean drift = tally.drifted() > 0;
        Failure open = drift ? null : nothing != null ? nothing : counts.get("undecided") > 0 ? Settling.undecided(counts.get("undecided")) : spec.scope().type() != ScopeType.SAMPLE ? null
                : new Failure(RunReport.SAMPLE_ONLY, null, "no difference in a sample of " + rows.source() + " rows on the source and " + rows.target() + " on the target"
                        + (coverage.boundPpm() == null ? "" : ": with 95 % confidence at most " + coverage.boundPpm() + " of a million groups of about " + SampleScan.LEAF + " rows hold one"),
                        "A sample never proves that the stores agree: compare in full to know", false);
        return new Outcome(drift ? RunReport.Verdict.DRIFT : open == null ? RunReport.Verdict.IN_SYNC : RunReport.Verdict.INCOMPLETE, open, false, rows, counts, tally.records(),
                tally.fields(), tally.gaps(), tally.partitions(), tally.contradictions(), coverage, text, earlier, fingerprint, schema, timings);
    }

    private RunReport.Coverage coverage(Findings findings, RunReport.Rows rows) {
        Scope scope = spec.scope();
        long all = Math.max(1, counters.estimatedRows);
        int percent = (int) Math.min(100, Math.max(rows.source(), rows.target()) * 100 / all);
        return switch (scope.type()) {
            case FULL -> RunReport.Coverage.FULL;
            case WINDOW -> new RunReport.Coverage(covered, null, null, null, null, null, null, null);
            case KEY_RANGE -> {
                Plan.Field field = plan.key().getFirst();
                String from = scope.from() == null ? "" : " from " + (spec.redacts(field) ? Tally.REDACTED : scope.from());
                String to = scope.to() == null ? "" : " up to but without " + (spec.redacts(field) ? Tally.REDACTED : scope.to());
                yield new RunReport.Coverage("KeyRange " + field.name() + from + to, null, null, null, null, null, null, null);
            }
            case SAMPLE -> {
                if (findings.sample == null) {
                    SampleBound bound = new SampleBound(Math.max(rows.source(), rows.target()), Math.max(all, Math.max(rows.source(), rows.target())), findings.tally.drifted());
                    yield new RunReport.Coverage("Sample of " + scope.percent() + " % of the records, by hash of the key", percent, bound.units(), bound.total(), bound.drifted(), bound.boundPpm(), null, null);
                }
                SampleBound bound = findings.sample.bound();
                yield new RunReport.Coverage("Sample of " + scope.percent() + " % of the key's ranges", percent, bound.units(), bound.total(), bound.drifted(), bound.boundPpm(), null, null);
            }
            case SWEEP -> new RunReport.Coverage("Sweep of " + scope.percent() + " % of the records", percent, null, null, null, null, findings.from, findings.to);
        };
    }

    private Lane connect(List<Lane> lanes) throws StoreException {
        Lane.Answers<Session> sessions = Lane.both(() -> session(spec.source(), true), () -> session(spec.target(), false));
        Lane lane = new Lane(sessions.source(), sessions.target());
        lanes.add(lane);
        if (lanes.size() > 1) {
            lane.source().beside(lanes.getFirst().source());
            lane.target().beside(lanes.getFirst().target());
        }
        return lane;
    }

    /** Tries a store that refuses connections again for a while: databases restart. */
    private Session session(StoreAccess access, boolean source) throws StoreException {
        long start = nanos.getAsLong();
        while (true) {
            try {
                return new Session(access, source, patience);
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
        // Without a key two rows that swap values could not be told from what they were.
        earlierAttempt = spec.resume().get();
        HashFunction begun = goesOnWithSums(earlierAttempt) ? WholeScan.function(earlierAttempt.position()) : null;
        HashFunction wanted = given != null ? given : begun;
        HashChoice record = !made.key().isEmpty() && (wanted == null || wanted == HashFunction.RECORD) ? HashChoice.record(lane) : null;
        if (record != null) {
            return Handshake.agree(made, lane).hashing(record);
        }
        return Handshake.agree(made.hashing(wanted == null || wanted == HashFunction.RECORD ? HashChoice.measure(lane, nanos)
                : new HashChoice(wanted, wanted == given ? "given" : "as in the earlier attempt, whose sums are gone on with")), lane);
    }

    /** SHA-256 over both schemas and the key. */
    static String fingerprint(Map<String, String> schema) {
        StringBuilder text = new StringBuilder();
        schema.forEach((name, type) -> text.append(name).append('=').append(type).append('\n'));
        return sha256(text.toString());
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
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
        CountDownLatch running = new CountDownLatch(lanes.size());
        // Lanes wait for one another: none begins before there is a thread for each.
        CountDownLatch ready = new CountDownLatch(1);
        AtomicBoolean tooFew = new AtomicBoolean();
        for (Lane lane : lanes) {
            Runnable one = () -> {
                try {
                    ready.await();
                    if (!tooFew.get()) {
                        work.run(lane);
                    }
                } catch (StoreException e) {
                    failure.compareAndSet(null, e);
                    counters.stopped.set(true);
                } catch (OrderScan.OrderDiffers e) {
                    reordered.set(true);
                    counters.stopped.set(true);
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, internal(e));
                    counters.stopped.set(true);
                } catch (InterruptedException e) {
                    // Nobody interrupts these threads.
                    counters.stopped.set(true);
                } finally {
                    running.countDown();
                }
            };
            try {
                Lane.THREADS.execute(one);
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, internal(e));
                counters.stopped.set(true);
                tooFew.set(true);
                running.countDown();
            }
        }
        ready.countDown();
        boolean interrupted = false;
        while (true) {
            try {
                running.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                counters.stopped.set(true);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return failure.get();
    }
}
