package dev.concordat.dataplane;

import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.contract.Rules;
import dev.concordat.dataplane.DriftMemory.Cover;
import dev.concordat.drift.DriftListener;
import dev.concordat.drift.Outcome;
import dev.concordat.report.Failure;
import dev.concordat.report.Json;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Seen;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The contract's {@link DriftMemory} during one run: read beside the comparison, told of each record, folded and written at the end. A memory that cannot be read or
 * written never costs a verdict: the run then has no numbers, or warns that the next one will not know of it. Safe for use by many threads.
 */
final class RunMemory implements DriftListener {
    /** Counters of records that were not judged. */
    private static final List<String> UNJUDGED = List.of("undecided", "hot", "inFlight", "unreliable");

    private final RunOrder order;
    private final Store stored;
    private final CompletableFuture<DriftMemory> before;
    private final List<Failure> warnings = new ArrayList<>();
    private final Set<Long> known = new HashSet<>();
    /** Of the records that the memory does not hold, as many of the smallest as it could take. */
    private final TreeSet<Long> fresh = new TreeSet<>(Long::compareUnsigned);
    /** Of the records that the memory holds, those that could not be judged, and under which counter they are. */
    private final Map<Long, String> unsettled = new HashMap<>();
    private final Map<String, Long> unsettledTold = new HashMap<>();

    /** Where the memory is kept between runs. */
    interface Store {
        /** What was kept last; null when nothing was. Tries for a while. */
        String read();

        void write(String json);
    }

    /**
     * @param numbers null when there is no memory to compare with
     * @param records the evidence, each with what is known of it
     * @param unproven records that differed when a run looked at them last and that this one could not judge, by the counter under which it counts them
     */
    record Ended(RunReport.Memory numbers, List<RunReport.Record> records, List<Failure> warnings, Map<String, Long> unproven) {}

    RunMemory(RunOrder order, Store stored) {
        this.order = order;
        this.stored = stored;
        this.before = CompletableFuture.supplyAsync(this::load, task -> Thread.ofPlatform().daemon().name("memory").start(task));
    }

    private DriftMemory load() {
        String subject = subject(order.contract().uid(), order.spec());
        String json;
        try {
            json = stored.read();
        } catch (RuntimeException e) {
            warn("DriftMemoryUnreadable", "ContractRecord " + order.contract().name() + " could not be read, so this check's drift is not compared with that of earlier ones: " + e.getMessage(),
                    "Check that the API server answers and that service account concordat-data-plane may get contractrecords");
            throw e;
        }
        try {
            return json == null ? DriftMemory.empty(subject) : DriftMemory.read(json, subject);
        } catch (IllegalArgumentException e) {
            warn("DriftMemoryUnreadable", "ContractRecord " + order.contract().name() + " holds a memory of drift that is damaged, so it begins anew with this check: " + e.getMessage(),
                    "Find out who else writes it; Concordat needs nothing done");
            return DriftMemory.empty(subject);
        }
    }

    /**
     * What the keys belong to: in other tables, under another key or other rules, or under another contract of the same name, old findings say
     * nothing about new ones.
     */
    static String subject(String uid, SyncContractSpec spec) {
        return DriftMemory.name(List.of(uid, Rules.tables(spec), Json.write(spec.record()), Json.write(spec.gaps())));
    }

    private void warn(String reason, String message, String remedy) {
        synchronized (warnings) {
            warnings.add(new Failure(reason, null, message, remedy, false));
        }
    }

    /** Null when it could not be read. */
    private DriftMemory before() {
        try {
            return before.join();
        } catch (CompletionException e) {
            return null;
        }
    }

    @Override
    public void drift(List<String> key, RunReport.Record record) {
        long name = DriftMemory.key(key);
        DriftMemory memory = before();
        if (memory == null) {
            return;
        }
        synchronized (this) {
            if (memory.records().containsKey(name)) {
                known.add(name);
            } else if (fresh.add(name) && fresh.size() > DriftMemory.RECORDS) {
                fresh.pollLast();
            }
        }
    }

    @Override
    public void unsettled(List<String> key, String counter) {
        long name = DriftMemory.key(key);
        DriftMemory memory = before();
        synchronized (this) {
            unsettledTold.merge(counter, 1L, Long::sum);
            if (memory != null && memory.records().containsKey(name)) {
                unsettled.put(name, counter);
            }
        }
    }

    @Override
    public synchronized void restarted() {
        known.clear();
        fresh.clear();
        unsettled.clear();
        unsettledTold.clear();
    }

    /** As of this run; the time is filled in at its end. */
    @Override
    public Seen seen(List<String> key) {
        DriftMemory memory = before();
        return memory == null ? null : memory.seen(DriftMemory.key(key), order.runId());
    }

    /**
     * Folds the run in, if it has a verdict, and keeps what the next one is to know.
     *
     * @param resumed whether an earlier attempt of this run had confirmed differences that nobody told this one of
     */
    Ended end(Outcome outcome, boolean resumed, Instant now) {
        List<RunReport.Record> records = outcome.records().stream().map(record -> at(record, now)).toList();
        DriftMemory memory = before();
        if (memory == null || outcome.verdict() == RunReport.Verdict.INCOMPLETE) {
            return new Ended(null, records, warnings(), Map.of());
        }
        DriftMemory.Folded folded;
        Map<String, Long> unproven;
        synchronized (this) {
            Set<Long> drifted = new HashSet<>(known);
            drifted.addAll(fresh);
            boolean allTold = UNJUDGED.stream().allMatch(counter -> outcome.counts().getOrDefault(counter, 0L) <= unsettledTold.getOrDefault(counter, 0L));
            unproven = unproven(memory, drifted, outcome.counts());
            Cover cover = resumed || !allTold ? new Cover.Some() : cover(order.effectiveScope(), outcome.coverage());
            folded = memory.fold(new DriftMemory.Run(order.runId(), now, cover, drifted, RunReport.Kind.drifted(outcome.counts()), Set.copyOf(unsettled.keySet())));
        }
        if (!folded.memory().saysTheSameAs(memory)) {
            try {
                stored.write(folded.memory().write());
            } catch (RuntimeException e) {
                warn("DriftMemoryUnwritable", "ContractRecord " + order.contract().name() + " could not be written, so the next check will not know what this one found: " + e.getMessage(),
                        "Give service account concordat-data-plane get on contractrecords and patch on contractrecords/status");
            }
        }
        return new Ended(folded.numbers(), records, warnings(), unproven);
    }

    /** Of an earlier attempt it is not known which records it could not judge: any of those that drifted before may be among them. */
    private Map<String, Long> unproven(DriftMemory memory, Set<Long> drifted, Map<String, Long> counts) {
        Map<String, Long> moving = new HashMap<>();
        unsettled.forEach((key, counter) -> moving.merge(counter, memory.records().get(key).present() ? 1L : 0L, Long::sum));
        long others = memory.records().entrySet().stream().filter(e -> e.getValue().present() && !drifted.contains(e.getKey()) && !unsettled.containsKey(e.getKey())).count();
        for (String counter : UNJUDGED) {
            long untold = Math.clamp(counts.getOrDefault(counter, 0L) - unsettledTold.getOrDefault(counter, 0L), 0, others);
            moving.merge(counter, untold, Long::sum);
            others -= untold;
        }
        return moving;
    }

    private List<Failure> warnings() {
        synchronized (warnings) {
            return List.copyOf(warnings);
        }
    }

    private static RunReport.Record at(RunReport.Record record, Instant now) {
        Seen seen = record.seen();
        return seen == null || seen.firstTime() != null ? record
                : new RunReport.Record(record.key(), record.kind(), record.fields(), record.versions(), new Seen(seen.first(), DriftMemory.time(now.getEpochSecond()), seen.runs(), seen.recurrence()));
    }

    /** Which of the remembered records a run of this scope looked at. */
    static Cover cover(Scope scope, RunReport.Coverage coverage) {
        return switch (scope.type()) {
            case FULL -> new Cover.All();
            case KEY_RANGE -> new Cover.Range(DriftMemory.name(Arrays.asList(scope.from(), scope.to())));
            case SWEEP -> coverage == null ? new Cover.Some() : new Cover.Part(DriftMemory.name(coverage.from()), DriftMemory.name(coverage.to()));
            // What left the window since has not been looked at, and of a sample nothing is known but its size.
            case WINDOW, SAMPLE -> new Cover.Some();
        };
    }
}
