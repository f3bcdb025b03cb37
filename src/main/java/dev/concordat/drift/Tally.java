package dev.concordat.drift;

import dev.concordat.report.Checkpoint;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Kind;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts of what was found, complete, and bounded evidence. Each stretch of a scan has a tally of its own, which {@link #absorb} adds to that of the run as soon as all
 * stretches before it are compared too: what the run's tally holds then belongs to a contiguous part of the table, and a checkpoint can say so. What is decided about a
 * stretch later goes to the tally that absorbed its own. Safe for use by many threads.
 */
final class Tally {
    /** Evidence together stays far below what an object in etcd may hold. */
    private static final int EVIDENCE_CHARS = 400_000;
    private static final int VALUE_CHARS = 256;
    private static final int FIELDS = 32;
    private static final String REDACTED = "(redacted)";

    private final Plan plan;
    private final CompareSpec spec;
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private final long[] fields;
    private final List<RunReport.Record> records = new ArrayList<>();
    private int chars;
    private final Map<String, long[]> gaps = new LinkedHashMap<>();
    private final boolean child;
    private Tally absorbedBy;

    /** The tally of a run. */
    Tally(Plan plan, CompareSpec spec) {
        this(plan, spec, false);
    }

    private Tally(Plan plan, CompareSpec spec, boolean child) {
        this.child = child;
        this.plan = plan;
        this.spec = spec;
        this.fields = new long[plan.fields().size()];
        for (Kind kind : Kind.values()) {
            counts.put(kind.counter(), 0L);
        }
        for (String name : RunReport.NOT_DRIFT) {
            counts.put(name, 0L);
        }
    }

    /** An empty tally of the same comparison, for one stretch. */
    Tally child() {
        return new Tally(plan, spec, true);
    }

    /** Adds what a child holds, and from now on what it would get. */
    void absorb(Tally child) {
        synchronized (child) {
            synchronized (this) {
                child.counts.forEach((name, count) -> counts.merge(name, count, Long::sum));
                for (int i = 0; i < fields.length; i++) {
                    fields[i] += child.fields[i];
                }
                child.records.forEach(this::keep);
                child.gaps.forEach((name, rows) -> gap(name, rows[0], rows[1]));
            }
            child.absorbedBy = this;
            child.records.clear();
        }
    }

    /** Takes over what an earlier attempt had found. */
    synchronized void restore(Checkpoint checkpoint) {
        checkpoint.counts().forEach((name, count) -> counts.merge(name, count, Long::sum));
        for (RunReport.FieldCount count : checkpoint.fields()) {
            for (int i = 0; i < fields.length; i++) {
                if (plan.fields().get(i).name().equals(count.name())) {
                    fields[i] += count.different();
                }
            }
        }
        checkpoint.records().forEach(this::keep);
        checkpoint.gaps().forEach(gap -> gap(gap.name(), gap.source(), gap.target()));
    }

    /** Whether what it holds is part of the run's findings. */
    synchronized boolean counted() {
        return !child || absorbedBy != null;
    }

    private synchronized Tally receiver() {
        return absorbedBy == null ? this : absorbedBy;
    }

    /** Rows, or records, that an intended gap accounts for. */
    synchronized void gap(String name, long source, long target) {
        long[] rows = gaps.computeIfAbsent(name, _ -> new long[2]);
        rows[0] += source;
        rows[1] += target;
    }

    synchronized List<RunReport.GapCount> gaps() {
        return gaps.entrySet().stream().map(e -> new RunReport.GapCount(e.getKey(), e.getValue()[0], e.getValue()[1])).toList();
    }

    synchronized List<RunReport.Partition> partitions() {
        return List.of();
    }

    private void keep(RunReport.Record record) {
        if (records.size() < spec.maxRecords() && chars < EVIDENCE_CHARS) {
            chars += size(record);
            records.add(record);
        }
    }

    void count(String counter) {
        count(counter, 1);
    }

    void count(String counter, long records) {
        synchronized (this) {
            if (absorbedBy == null) {
                counts.merge(counter, records, Long::sum);
                return;
            }
        }
        receiver().count(counter, records);
    }

    /** A confirmed difference. */
    void drift(List<String> key, Row source, Row target) {
        Tally receiver = receiver();
        if (receiver != this) {
            receiver.drift(key, source, target);
            return;
        }
        Kind kind = kind(plan, source, target);
        int[] different = differences(source, target);
        synchronized (this) {
            counts.merge(kind.counter(), 1L, Long::sum);
            for (int i : different) {
                fields[i]++;
            }
            if (records.size() < spec.maxRecords() && chars < EVIDENCE_CHARS) {
                keep(record(key, kind, source, target, different));
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
    void tellUnsettled(List<String> key) {
        spec.listeners().drift().unsettled(key);
    }

    private int[] differences(Row source, Row target) {
        return source.copies() == 1 && target.copies() == 1 ? Row.differences(plan.fields(), source, target) : new int[0];
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
        if (plan.version() < 0) {
            return Kind.DIFFERENT;
        }
        Object s = source.values()[plan.version()];
        Object t = target.values()[plan.version()];
        int order;
        if (s instanceof BigDecimal a && t instanceof BigDecimal b) {
            order = a.compareTo(b);
        } else if (s instanceof LocalDateTime a && t instanceof LocalDateTime b) {
            order = a.compareTo(b);
        } else {
            return Kind.DIFFERENT;
        }
        return order > 0 ? Kind.STALE : order < 0 ? Kind.AHEAD : Kind.DIVERGED;
    }

    private RunReport.Record record(List<String> key, Kind kind, Row source, Row target, int[] different) {
        Map<String, String> names = new LinkedHashMap<>();
        for (int i = 0; i < plan.key().size(); i++) {
            names.put(plan.key().get(i).name(), show(plan.key().get(i), key.get(i)));
        }
        List<RunReport.Field> shown = new ArrayList<>();
        for (int i = 0; i < Math.min(FIELDS, different.length); i++) {
            Plan.Field field = plan.fields().get(different[i]);
            shown.add(new RunReport.Field(field.name(), show(field, source.texts()[different[i]]), show(field, target.texts()[different[i]])));
        }
        return new RunReport.Record(names, kind, shown, plan.version() < 0 ? null : new RunReport.Versions(version(source), version(target)), spec.listeners().drift().seen(key));
    }

    private String version(Row row) {
        return plan.version() < 0 || row.copies() != 1 ? null : show(plan.fields().get(plan.version()), row.texts()[plan.version()]);
    }

    private String show(Plan.Field field, String text) {
        if (spec.redact().contains(field.source().name()) || spec.redact().contains(field.target().name())) {
            return REDACTED;
        }
        return text == null || text.length() <= VALUE_CHARS ? text : text.substring(0, VALUE_CHARS) + "... (" + text.length() + " characters)";
    }

    private static int size(RunReport.Record record) {
        int size = 200;
        for (String value : record.key().values()) {
            size += value.length();
        }
        for (RunReport.Field field : record.fields()) {
            size += 60 + (field.source() == null ? 0 : field.source().length()) + (field.target() == null ? 0 : field.target().length());
        }
        return size;
    }

    /** Confirmed differences of every kind. */
    synchronized long drifted() {
        long sum = 0;
        for (Kind kind : Kind.values()) {
            sum += counts.get(kind.counter());
        }
        return sum;
    }

    synchronized Map<String, Long> counts() {
        return Collections.unmodifiableMap(new LinkedHashMap<>(counts));
    }

    synchronized List<RunReport.Record> records() {
        return List.copyOf(records);
    }

    synchronized List<RunReport.FieldCount> fields() {
        List<RunReport.FieldCount> list = new ArrayList<>();
        for (int i = 0; i < fields.length; i++) {
            if (fields[i] > 0) {
                list.add(new RunReport.FieldCount(plan.fields().get(i).name(), fields[i], null));
            }
        }
        return list;
    }
}
