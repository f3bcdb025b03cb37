package dev.concordat.drift;

import dev.concordat.report.Checkpoint;
import dev.concordat.report.Clip;
import dev.concordat.report.ReportBound;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Kind;
import dev.concordat.store.Form;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Counts of what was found, complete, and bounded evidence. Each stretch of a scan has a tally of its own, which {@link #absorb} adds to that of the run as soon as all
 * stretches before it are compared too: what the run's tally holds then belongs to a contiguous part of the table, and a checkpoint can say so. What is decided about a
 * stretch later goes to the tally that absorbed its own. Safe for use by many threads.
 */
final class Tally {
    /** Bytes of JSON: about what a report has room for, so that no more is held. {@link ReportBound} is the bound itself. */
    private static final int EVIDENCE_BYTES = 800_000;
    private static final int CONTRADICTIONS_BYTES = 200_000;
    private static final int VALUE_CHARS = 256;
    private static final int FIELDS = 32;
    private static final int CONTRADICTIONS = 20;
    private static final int READS = 8;
    private static final int PARTITIONS = 32;
    /** Values of the partition field that are counted by themselves. */
    private static final int PARTITIONS_COUNTED = 1_000;
    private static final int RANGES = 16;
    private static final int TOLD = 10_000;
    private static final String OTHERS = "others";
    static final String REDACTED = "(redacted)";
    /** Stands for a field where a key is not unique: how many rows of each side have it. */
    static final String COPIES = "(rows with this key)";

    private final Criteria criteria;
    private final Plan plan;
    private final CompareSpec spec;
    /** The run's tally; itself, if it is that. One lock for the whole family. */
    private final Tally run;
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private final long[] fields;
    private final List<RunReport.Record> records = new ArrayList<>();
    private final List<RunReport.Contradiction> contradictions = new ArrayList<>();
    private final Map<String, long[]> gaps = new LinkedHashMap<>();
    private final Map<String, long[]> partitions = new LinkedHashMap<>();
    /** See {@link Checkpoint.Part}. */
    private final Set<List<String>> told = new LinkedHashSet<>();
    /** Records that differ and are not counted here, since another stretch told of them. */
    private final Set<List<String>> skipped = new LinkedHashSet<>();
    private final Set<Long> leaves = new TreeSet<>();
    private long bytes;
    private long contradictionBytes;
    private boolean absorbed;

    /** Of the run's tally only. */
    private final FieldHint[] hints;
    private long low;
    private long high;
    private boolean bounded;
    private boolean meetsTwice;
    /** Records that were told of, by whichever stretch. */
    private final Set<List<String>> everTold = new HashSet<>();
    private long firstLeaf;
    private long leafKeys;

    Tally(Criteria criteria, CompareSpec spec) {
        this(criteria, spec, null);
    }

    private Tally(Criteria criteria, CompareSpec spec, Tally run) {
        this.criteria = criteria;
        this.plan = criteria.plan();
        this.spec = spec;
        this.run = run == null ? this : run;
        this.fields = new long[plan.fields().size()];
        this.hints = run == null ? new FieldHint[fields.length] : null;
        for (Kind kind : Kind.values()) {
            counts.put(kind.counter(), 0L);
        }
        for (String name : RunReport.NOT_DRIFT) {
            counts.put(name, 0L);
        }
        for (String label : criteria.labels()) {
            gaps.put(label, new long[2]);
        }
    }

    /** An empty tally of the same comparison, for one stretch. */
    Tally child() {
        return new Tally(criteria, spec, run);
    }

    /** Adds what a child holds, and from now on what it would get. */
    void absorb(Tally child) {
        synchronized (run) {
            child.counts.forEach((name, count) -> counts.merge(name, count, Long::sum));
            for (int i = 0; i < fields.length; i++) {
                fields[i] += child.fields[i];
            }
            child.gaps.forEach((label, rows) -> add(label, rows[0], rows[1]));
            child.partitions.forEach((name, partition) -> partition(name, partition[0], partition[1]));
            child.records.forEach(this::keep);
            child.contradictions.forEach(this::keep);
            told.addAll(child.told);
            skipped.addAll(child.skipped);
            leaves.addAll(child.leaves);
            child.absorbed = true;
            child.records.clear();
            child.partitions.clear();
            child.contradictions.clear();
            child.told.clear();
            child.skipped.clear();
            child.leaves.clear();
        }
    }

    /** Adds what an earlier attempt of the run found. */
    void restore(Checkpoint checkpoint) {
        synchronized (run) {
            checkpoint.counts().forEach((name, count) -> counts.merge(name, count, Long::sum));
            for (RunReport.FieldCount field : Objects.requireNonNullElse(checkpoint.fields(), List.<RunReport.FieldCount>of())) {
                for (int i = 0; i < fields.length; i++) {
                    fields[i] += plan.fields().get(i).name().equals(field.name()) ? field.different() : 0;
                }
            }
            for (RunReport.GapCount gap : Objects.requireNonNullElse(checkpoint.gaps(), List.<RunReport.GapCount>of())) {
                add(gap.name(), gap.source(), gap.target());
            }
            Objects.requireNonNullElse(checkpoint.partitions(), List.<RunReport.Partition>of()).forEach(partition -> partition(partition.name(), partition.rows(), partition.drifted()));
            Objects.requireNonNullElse(checkpoint.records(), List.<RunReport.Record>of()).forEach(this::keep);
            if (checkpoint.part() != null) {
                told.addAll(Objects.requireNonNullElse(checkpoint.part().told(), List.of()));
                everTold.addAll(told);
                leaves.addAll(Objects.requireNonNullElse(checkpoint.part().leaves(), List.of()));
            }
        }
    }

    /** Whether what it holds is part of the run's findings. */
    boolean counted() {
        synchronized (run) {
            return run == this || absorbed;
        }
    }

    private Tally receiver() {
        return absorbed ? run : this;
    }

    /**
     * Splits an integer key into ranges of equal length, by which drift and rows are counted where the contract names no partition field. To be called before any difference
     * is found; later calls change nothing. A redacted key stays whole: a range is named by its ends.
     *
     * @param lowest  key
     * @param highest key
     */
    void bounds(long lowest, long highest) {
        synchronized (run) {
            if (!run.bounded && plan.layout() == Plan.Layout.KEY_RANGES && !spec.redacts(plan.key().getFirst())) {
                run.bounded = true;
                run.low = lowest;
                run.high = highest;
            }
        }
    }

    /**
     * Counts the leaves of an integer key that hold a difference, beside the differences. To be called before any is found.
     *
     * @param low  first key of the first leaf
     * @param keys of each leaf, as an unsigned number
     */
    void sampled(long low, long keys) {
        synchronized (run) {
            run.firstLeaf = low;
            run.leafKeys = keys;
        }
    }

    /** Says that the scan may meet one record in several stretches, as where rows move in time: it is to count once. To be called before any difference is found. */
    void meetsTwice() {
        synchronized (run) {
            run.meetsTwice = true;
        }
    }

    /** Whether a confirmed difference is to be told of and counted, and not for a second time. Beyond so many it may be. */
    boolean first(List<String> key) {
        synchronized (run) {
            return !run.meetsTwice || !run.everTold.contains(key) && (run.everTold.size() >= TOLD || run.everTold.add(key));
        }
    }

    /** A record that another stretch met as well, and settles: where that stretch is not compared to its end, another attempt may not meet it again. */
    void settledElsewhere(List<String> key, Tally there) {
        synchronized (run) {
            if (run.meetsTwice && !there.counted()) {
                receiver().skipped.add(key);
            }
        }
    }

    /** A difference that another stretch told of. An attempt that goes on from a checkpoint may not meet it there again. */
    void skipped(List<String> key) {
        synchronized (run) {
            receiver().skipped.add(key);
        }
    }

    /** So many records, on either side, from an integer key on, in a stretch that is short beside the table. */
    void rows(long key, long number) {
        synchronized (run) {
            if (run.bounded && plan.partition() < 0 && number > 0) {
                receiver().partition(range(key), number, 0);
            }
        }
    }

    /** The range of a key, named by its first and last key. */
    private String range(long key) {
        // Keys may span more than a long holds.
        BigInteger first = BigInteger.valueOf(run.low);
        BigInteger span = BigInteger.valueOf(run.high).subtract(first).add(BigInteger.ONE);
        BigInteger ranges = BigInteger.valueOf(RANGES).min(span);
        BigInteger within = BigInteger.valueOf(Math.clamp(key, run.low, run.high)).subtract(first);
        BigInteger range = within.multiply(ranges).divide(span);
        // The smallest key whose range is this one or the next: the quotients rounded up.
        BigInteger from = range.multiply(span).add(ranges.subtract(BigInteger.ONE)).divide(ranges);
        BigInteger to = range.add(BigInteger.ONE).multiply(span).add(ranges.subtract(BigInteger.ONE)).divide(ranges).subtract(BigInteger.ONE);
        return plan.key().getFirst().name() + " " + first.add(from) + " to " + first.add(to);
    }

    private void partition(String name, long rows, long drifted) {
        String known = partitions.containsKey(name) || partitions.size() < PARTITIONS_COUNTED ? name : OTHERS;
        long[] partition = partitions.computeIfAbsent(known, _ -> new long[2]);
        partition[0] += rows;
        partition[1] += drifted;
    }

    private String partition(List<String> key, Row source, Row target) {
        if (plan.partition() >= 0) {
            String value = (source.present() ? source : target).texts()[plan.partition()];
            return value == null ? "NULL" : value.isEmpty() ? "''" : show(plan.partition(), value);
        }
        if (!run.bounded) {
            return null;
        }
        try {
            return range(Long.parseLong(key.getFirst()));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    void count(String counter) {
        count(counter, 1);
    }

    void count(String counter, long records) {
        synchronized (run) {
            receiver().counts.merge(counter, records, Long::sum);
        }
    }

    /** Rows that an intended gap excludes. */
    void gap(String label, long source, long target) {
        synchronized (run) {
            receiver().add(label, source, target);
        }
    }

    private void add(String label, long source, long target) {
        long[] rows = gaps.computeIfAbsent(label, _ -> new long[2]);
        rows[0] += source;
        rows[1] += target;
    }

    /** A record that differs only in what gaps allow, by their labels. */
    void allowed(List<String> labels) {
        synchronized (run) {
            labels.forEach(label -> receiver().add(label, 1, 1));
        }
    }

    /** A record of which the source contradicts itself. @param reads the source's answers, in order */
    void unreliable(List<String> key, String why, List<Row> reads) {
        synchronized (run) {
            Tally receiver = receiver();
            receiver.counts.merge("unreliable", 1L, Long::sum);
            if (receiver.contradictions.size() >= CONTRADICTIONS || receiver.contradictionBytes >= CONTRADICTIONS_BYTES) {
                return;
            }
            List<RunReport.Reads> fieldReads = new ArrayList<>();
            for (int i : criteria.relevant()) {
                int field = i;
                List<Row> present = reads.stream().filter(row -> row.copies() == 1).toList();
                boolean tells = reads.size() == 1 ? i == plan.version() : present.stream().map(row -> row.texts()[field]).distinct().count() > 1;
                if (tells && fieldReads.size() < FIELDS) {
                    fieldReads.add(new RunReport.Reads(plan.fields().get(i).name(), reads.stream().limit(READS).map(row -> row.copies() == 1 ? show(field, row.texts()[field]) : null).toList()));
                }
            }
            receiver.keep(new RunReport.Contradiction(names(key), why, fieldReads));
        }
    }

    private void keep(RunReport.Contradiction contradiction) {
        if (contradictions.size() < CONTRADICTIONS && contradictionBytes < CONTRADICTIONS_BYTES) {
            contradictionBytes += ReportBound.bytes(contradiction);
            contradictions.add(contradiction);
        }
    }

    private boolean keepsMore() {
        return records.size() < spec.maxRecords() && bytes < EVIDENCE_BYTES;
    }

    private void keep(RunReport.Record record) {
        if (keepsMore()) {
            bytes += ReportBound.bytes(record);
            records.add(record);
        }
    }

    /** A confirmed difference. */
    void drift(List<String> key, Row source, Row target) {
        Kind kind = kind(plan, source, target);
        int[] different = differences(source, target);
        synchronized (run) {
            Tally receiver = receiver();
            receiver.counts.merge(kind.counter(), 1L, Long::sum);
            if (run.everTold.contains(key)) {
                receiver.told.add(key);
            }
            if (run.leafKeys != 0) {
                receiver.leaves.add(Long.divideUnsigned(Long.parseLong(key.getFirst()) - run.firstLeaf, run.leafKeys));
            }
            for (int i : different) {
                receiver.fields[i]++;
                if (!criteria.redacted()[i]) {
                    Plan.Field field = plan.fields().get(i);
                    run.hints[i] = run.hints[i] == null ? new FieldHint() : run.hints[i];
                    run.hints[i].add(field.sourceForm(), source.values()[i], field.source().scale(), target.values()[i], field.target().scale());
                    run.hints[i].rounding(field, source.texts()[i], target.texts()[i]);
                }
            }
            String partition = partition(key, source, target);
            if (partition != null) {
                receiver.partition(partition, 0, 1);
            }
            if (receiver.keepsMore()) {
                receiver.keep(record(key, kind, source, target, different));
            }
        }
    }

    /** Tells the listener of a difference that is about to be counted. */
    void tell(List<String> key, Row source, Row target) {
        if (spec.listeners().drift() != DriftListener.NONE) {
            spec.listeners().drift().drift(key, record(key, kind(plan, source, target), source, target, differences(source, target)));
        }
    }

    /** Tells the listener of a record that is about to be given up. */
    void tellUnsettled(List<String> key, String counter) {
        spec.listeners().drift().unsettled(key, counter);
    }

    private int[] differences(Row source, Row target) {
        return source.copies() == 1 && target.copies() == 1 ? criteria.differences(source, target) : new int[0];
    }

    /** In what way a record differs. Pure. */
    static Kind kind(Plan plan, Row source, Row target) {
        if (source.copies() > 1 || target.copies() > 1) {
            return Kind.DUPLICATE_KEY;
        }
        if (!target.present()) {
            return Kind.MISSING_ON_TARGET;
        }
        if (!source.present()) {
            return Kind.ORPHAN_ON_TARGET;
        }
        Integer order = Row.order(source.value(plan.version()), target.value(plan.version()));
        if (order == null) {
            return Kind.DIFFERENT;
        }
        if (order != 0) {
            return order > 0 ? Kind.STALE : Kind.AHEAD;
        }
        // Where one side keeps fewer digits of a timestamp, two versions that look equal may not be.
        Plan.Field version = plan.fields().get(plan.version());
        return version.source().scale() == version.target().scale() || version.sourceForm().kind() != Form.Kind.TIMESTAMP ? Kind.DIVERGED : Kind.DIFFERENT;
    }

    private Map<String, String> names(List<String> key) {
        Map<String, String> names = new LinkedHashMap<>();
        for (int i = 0; i < plan.key().size(); i++) {
            names.put(plan.key().get(i).name(), show(plan.fields().indexOf(plan.key().get(i)), key.get(i)));
        }
        return names;
    }

    private RunReport.Record record(List<String> key, Kind kind, Row source, Row target, int[] different) {
        List<RunReport.Field> shown = new ArrayList<>();
        if (kind == Kind.DUPLICATE_KEY) {
            shown.add(new RunReport.Field(COPIES, Integer.toString(source.copies()), Integer.toString(target.copies())));
        }
        for (int i = 0; i < Math.min(FIELDS, different.length); i++) {
            int field = different[i];
            shown.add(new RunReport.Field(plan.fields().get(field).name(), show(field, source.texts()[field]), show(field, target.texts()[field])));
        }
        return new RunReport.Record(names(key), kind, shown, plan.version() < 0 ? null : new RunReport.Versions(version(source), version(target)), spec.listeners().drift().seen(key));
    }

    private String version(Row row) {
        return plan.version() < 0 || row.copies() != 1 ? null : show(plan.version(), row.texts()[plan.version()]);
    }

    private String show(int field, String text) {
        if (criteria.redacted()[field]) {
            return REDACTED;
        }
        return text == null || text.length() <= VALUE_CHARS ? text
                : Clip.to(text, VALUE_CHARS) + "... (" + text.codePointCount(0, text.length()) + " characters)";
    }

    /** Confirmed differences of every kind. */
    long drifted() {
        synchronized (run) {
            return Kind.drifted(counts);
        }
    }

    /** Leaves of a sample that hold a difference. */
    int driftedLeaves() {
        synchronized (run) {
            return leaves.size();
        }
    }

    /** Records that another stretch told of and that are not counted here, as that stretch is not either. */
    List<List<String>> skippedOnly() {
        synchronized (run) {
            return skipped.stream().filter(key -> !told.contains(key)).toList();
        }
    }

    /** What another attempt has to know of a scan's part; null: nothing. @param share see {@link Checkpoint.Part} */
    Checkpoint.Part part(Integer share) {
        synchronized (run) {
            return share == null && told.isEmpty() && leaves.isEmpty() ? null
                    : new Checkpoint.Part(share, told.isEmpty() ? null : List.copyOf(told), leaves.isEmpty() ? null : List.copyOf(leaves));
        }
    }

    Map<String, Long> counts() {
        synchronized (run) {
            return Collections.unmodifiableMap(new LinkedHashMap<>(counts));
        }
    }

    List<RunReport.Record> records() {
        synchronized (run) {
            return List.copyOf(records);
        }
    }

    List<RunReport.Contradiction> contradictions() {
        synchronized (run) {
            return List.copyOf(contradictions);
        }
    }

    /** Per field the records that differ in it, and what these differences have in common. */
    List<RunReport.FieldCount> fields() {
        synchronized (run) {
            List<RunReport.FieldCount> list = new ArrayList<>();
            for (int i = 0; i < fields.length; i++) {
                if (fields[i] > 0) {
                    list.add(new RunReport.FieldCount(plan.fields().get(i).name(), fields[i], run.hints[i] == null ? null : run.hints[i].text()));
                }
            }
            return list;
        }
    }

    /** Per gap the rows that it excludes, or the records that differ only in what gaps allow. */
    List<RunReport.GapCount> gaps() {
        synchronized (run) {
            return gaps.entrySet().stream().map(gap -> new RunReport.GapCount(gap.getKey(), gap.getValue()[0], gap.getValue()[1])).toList();
        }
    }

    /** For another attempt: the ranges of the key without drift too, since their rows are counted. */
    List<RunReport.Partition> partitionsSoFar() {
        synchronized (run) {
            return plan.partition() >= 0 ? partitions() : partitions.entrySet().stream().map(e -> new RunReport.Partition(e.getKey(), e.getValue()[0], e.getValue()[1])).toList();
        }
    }

    /** Partitions with drift, the worst first; beyond a bound together as {@code others}. */
    List<RunReport.Partition> partitions() {
        synchronized (run) {
            List<RunReport.Partition> worst = new ArrayList<>();
            partitions.forEach((name, partition) -> {
                if (partition[1] > 0 && !name.equals(OTHERS)) {
                    worst.add(new RunReport.Partition(name, partition[0], partition[1]));
                }
            });
            worst.sort(Comparator.comparingLong(RunReport.Partition::drifted).reversed());
            long[] rest = partitions.getOrDefault(OTHERS, new long[2]).clone();
            while (worst.size() > PARTITIONS) {
                RunReport.Partition last = worst.removeLast();
                rest[0] += last.rows();
                rest[1] += last.drifted();
            }
            if (rest[1] > 0) {
                worst.add(new RunReport.Partition(OTHERS, rest[0], rest[1]));
            }
            return worst;
        }
    }
}
