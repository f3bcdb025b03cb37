package dev.concordat.dataplane;

import dev.concordat.report.Json;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Seen;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * What earlier runs of a contract found: for each record that drifted, since when, in how many runs in a row, and how often it had agreed again in between.
 * Immutable and pure. Bounded: beyond {@link #RECORDS} some are not remembered, and the numbers say so. Order comes from run ids; times are a worker's
 * wall clock at the end of a run, and only place things for people.
 *
 * @param subject names what the keys belong to; a memory of another subject says nothing and is given up
 * @param runId   last run that was folded in; 0: none was
 * @param records by key, in no order
 * @param ages    how long discrepancies that have gone had lasted, the newest last
 * @param sweep   how far a rolling sweep has come; null: none is on its way
 */
record DriftMemory(String subject, long runId, Map<Long, Entry> records, List<Age> ages, Sweep sweep) {
    /** Records that are remembered. */
    static final int RECORDS = 5_000;
    /** Of which so many are for records that the last run did not see, so that one bad night does not push the known recurrences out. */
    static final int KEPT_FREE = 1_000;
    private static final int AGES = 500;

    DriftMemory {
        records = Collections.unmodifiableMap(records);
        ages = List.copyOf(ages);
    }

    /**
     * One record.
     *
     * @param firstRun    run that first saw it differ, since it last agreed
     * @param firstTime   when that run ended, in seconds since 1970
     * @param lastRun     last run that saw it differ, or could not tell
     * @param lastTime    when a run last saw it differ, in seconds since 1970
     * @param runs        runs in a row that saw it differ
     * @param recurrences times that it had agreed in between
     * @param present     false: it agreed when a run looked at it last
     * @param range       names a range of keys that it is known to lie in; empty: none is known
     */
    record Entry(long firstRun, long firstTime, long lastRun, long lastTime, int runs, int recurrences, boolean present, String range) {
        private Entry again(long run, long time, String in) {
            return new Entry(firstRun, firstTime, run, time, runs + 1, recurrences, true, in.isEmpty() ? range : in);
        }

        private Entry untold(long run) {
            return new Entry(firstRun, firstTime, run, lastTime, runs, recurrences, present, range);
        }

        private Entry gone() {
            return new Entry(firstRun, firstTime, lastRun, lastTime, runs, recurrences, false, range);
        }

        private Entry back(long run, long time, String in) {
            return new Entry(run, time, run, time, 1, recurrences + 1, true, in.isEmpty() ? range : in);
        }
    }

    /** So many discrepancies had gone after so many seconds. */
    record Age(long seconds, long count) {}

    /**
     * @param startRun run that began at the first key
     * @param to       names the place where the next run of the sweep goes on
     */
    record Sweep(long startRun, String to) {}

    /** What a run looked at, as far as that tells which of the remembered records agree now: those it looked at and did not see differ. */
    sealed interface Cover {
        /** Every record. */
        record All() implements Cover {}

        /** Every record of a range of keys. Records that were seen to differ in the very same range are in it. */
        record Range(String name) implements Cover {}

        /** The keys from one place to another, of a sweep that runs through all of them. {@code from} null: the first; {@code to} null: the last. */
        record Part(String from, String to) implements Cover {}

        /** Some records, and nothing tells which: a window, a sample, a run that was taken up after a crash. */
        record Some() implements Cover {}
    }

    /**
     * One run with a verdict.
     *
     * @param time      when it ended
     * @param drifted   keys that it saw differ: at least those that the memory holds
     * @param total     how many those were altogether
     * @param unsettled keys that the memory holds and that the run could not judge
     */
    record Run(long id, Instant time, Cover cover, Set<Long> drifted, long total, Set<Long> unsettled) {}

    /**
     * @param memory  what the next run is to know
     * @param numbers null when the run was refused because a later one has been folded in
     */
    record Folded(DriftMemory memory, RunReport.Memory numbers) {}

    static DriftMemory empty(String subject) {
        return new DriftMemory(subject, 0, Map.of(), List.of(), null);
    }

    /** Names a record by its canonical key: the first 64 bits of SHA-256, so that no value of a record is kept. */
    static long key(List<String> canonical) {
        return first64(canonical);
    }

    /** Names a place or a rule by its text. */
    static String name(List<String> parts) {
        return parts == null ? null : HexFormat.of().toHexDigits(first64(parts));
    }

    private static long first64(List<String> parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : parts) {
                byte[] bytes = part == null ? new byte[0] : part.getBytes(StandardCharsets.UTF_8);
                digest.update(((part == null ? "~" : bytes.length) + "|").getBytes(StandardCharsets.US_ASCII));
                digest.update(bytes);
            }
            return HexFormat.fromHexDigitsToLong(HexFormat.of().formatHex(digest.digest(), 0, 8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The memory after the run. The same run again changes nothing: it was folded in before the report that got lost. */
    Folded fold(Run run) {
        return fold(run, RECORDS, KEPT_FREE);
    }

    /** As {@link #fold(Run)}, within another bound. */
    Folded fold(Run run, int bound, int keptFree) {
        if (run.id < runId) {
            return new Folded(this, null);
        }
        return run.id == runId ? new Folded(this, numbers(run, 0)) : later(run, bound, keptFree);
    }

    private Folded later(Run run, int bound, int keptFree) {
        long time = run.time.getEpochSecond();
        String range = run.cover instanceof Cover.Range(String name) ? name : "";
        Long sweptSince = sweptSince(run);
        Map<Long, Entry> seen = new LinkedHashMap<>();
        Map<Long, Entry> others = new LinkedHashMap<>();
        Map<Long, Long> gone = new TreeMap<>();
        records.forEach((key, entry) -> {
            if (run.drifted.contains(key)) {
                seen.put(key, entry.present ? entry.again(run.id, time, range) : entry.back(run.id, time, range));
            } else if (run.unsettled.contains(key)) {
                others.put(key, entry.untold(run.id));
            } else if (entry.present && covers(run.cover, entry, sweptSince)) {
                gone.merge(Math.max(0, time - entry.firstTime), 1L, Long::sum);
                others.put(key, entry.gone());
            } else {
                others.put(key, entry);
            }
        });
        int free = bound - seen.size() - Math.min(keptFree, others.size());
        // Of more than there is room for, the smallest: another run that sees the same records takes the same ones.
        run.drifted.stream().filter(key -> !records.containsKey(key)).sorted(Long::compareUnsigned).limit(Math.max(0, free))
                .forEach(key -> seen.put(key, new Entry(run.id, time, run.id, time, 1, 0, true, range)));
        others.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<Long, Entry> other) -> !other.getValue().present).thenComparing(other -> -other.getValue().lastRun)
                        .thenComparing(Map.Entry::getKey, Long::compareUnsigned))
                .limit(bound - seen.size()).forEach(other -> seen.put(other.getKey(), other.getValue()));
        List<Age> history = new ArrayList<>(ages);
        gone.forEach((seconds, count) -> history.add(new Age(seconds, count)));
        DriftMemory after = new DriftMemory(subject, run.id, seen, history.subList(Math.max(0, history.size() - AGES), history.size()), swept(run));
        return new Folded(after, after.numbers(run, gone.values().stream().mapToLong(Long::longValue).sum()));
    }

    /** Run with which the sweep began that this run brings to its end; null when it ends none. */
    private Long sweptSince(Run run) {
        Long start = run.cover instanceof Cover.Part part ? sweepStart(run, part) : null;
        return start != null && ((Cover.Part) run.cover).to == null ? start : null;
    }

    private Long sweepStart(Run run, Cover.Part part) {
        return part.from == null ? Long.valueOf(run.id) : sweep != null && sweep.to.equals(part.from) ? Long.valueOf(sweep.startRun) : null;
    }

    private Sweep swept(Run run) {
        if (!(run.cover instanceof Cover.Part part)) {
            return sweep;
        }
        Long start = sweepStart(run, part);
        return start == null || part.to == null ? null : new Sweep(start, part.to);
    }

    private static boolean covers(Cover cover, Entry entry, Long sweptSince) {
        return switch (cover) {
            case Cover.All() -> true;
            case Cover.Range(String name) -> name.equals(entry.range);
            // The sweep has looked at every key since, and at this one without seeing it differ.
            case Cover.Part _ -> sweptSince != null && entry.lastRun < sweptSince;
            case Cover.Some() -> false;
        };
    }

    /** As {@code run} sees them, which is folded in. */
    private RunReport.Memory numbers(Run run, long resolved) {
        long persistent = 0;
        long fresh = 0;
        long recurring = 0;
        long held = 0;
        Entry oldest = null;
        for (long key : run.drifted) {
            Entry entry = records.get(key);
            if (entry == null) {
                continue;
            }
            held++;
            if (entry.runs > 1) {
                persistent++;
            } else if (entry.recurrences == 0) {
                fresh++;
            }
            if (entry.recurrences > 0) {
                recurring++;
            }
            if (oldest == null || entry.firstRun < oldest.firstRun) {
                oldest = entry;
            }
        }
        return new RunReport.Memory(persistent, fresh, resolved, recurring, oldest == null ? null : Long.valueOf(oldest.firstRun),
                oldest == null ? null : time(oldest.firstTime), halfLife(), Math.max(0, run.total - held));
    }

    /** What a run that sees the record differ knows of it. The first time is null where that is the end of this very run. */
    Seen seen(long key, long run) {
        Entry entry = records.get(key);
        if (entry == null) {
            return new Seen(run, null, 1, 0);
        }
        boolean folded = run == runId;
        return entry.present || folded ? new Seen(entry.firstRun, time(entry.firstTime), folded ? entry.runs : entry.runs + 1, entry.recurrences) : new Seen(run, null, 1, entry.recurrences + 1);
    }

    /** RFC 3339. */
    static String time(long seconds) {
        return Instant.ofEpochSecond(seconds).toString();
    }

    /**
     * Seconds after which half of the discrepancies had gone, those counted in that have not gone yet: the median of the product-limit estimate (Kaplan and
     * Meier, Nonparametric Estimation from Incomplete Observations, JASA 53, 1958). Null while more than half last longer than anything that has gone.
     */
    Long halfLife() {
        TreeMap<Long, long[]> byAge = new TreeMap<>();
        long left = 0;
        for (Age age : ages) {
            byAge.computeIfAbsent(age.seconds, _ -> new long[2])[0] += age.count;
            left += age.count;
        }
        for (Entry entry : records.values()) {
            if (entry.present) {
                byAge.computeIfAbsent(Math.max(0, entry.lastTime - entry.firstTime), _ -> new long[2])[1]++;
                left++;
            }
        }
        // The share that is left, as a fraction: whether it is a half must not hang on rounding.
        BigInteger surviving = BigInteger.ONE;
        BigInteger of = BigInteger.ONE;
        for (Map.Entry<Long, long[]> at : byAge.entrySet()) {
            long went = at.getValue()[0];
            if (went > 0) {
                surviving = surviving.multiply(BigInteger.valueOf(left - went));
                of = of.multiply(BigInteger.valueOf(left));
                if (surviving.shiftLeft(1).compareTo(of) <= 0) {
                    return at.getKey();
                }
            }
            left -= went + at.getValue()[1];
        }
        return null;
    }

    /** Whether the other one says the same of every record. The run id alone is not worth a write. */
    boolean saysTheSameAs(DriftMemory other) {
        return subject.equals(other.subject) && records.equals(other.records) && ages.equals(other.ages) && Objects.equals(sweep, other.sweep);
    }

    // On the wire.

    /**
     * JSON of a memory. One string for each record: key, first run, its time, last run, its time, runs, recurrences, P for present or G for gone, range.
     *
     * @param format 1
     * @param ages   seconds, {@code x}, count
     */
    record Stored(int format, String subject, long runId, List<String> records, List<String> ages, Sweep sweep) {}

    String write() {
        HexFormat hex = HexFormat.of();
        return Json.write(new Stored(1, subject, runId, records.entrySet().stream().map(record -> {
            Entry e = record.getValue();
            return hex.toHexDigits(record.getKey()) + " " + e.firstRun + " " + e.firstTime + " " + e.lastRun + " " + e.lastTime + " " + e.runs + " " + e.recurrences + (e.present ? " P" : " G")
                    + (e.range.isEmpty() ? "" : " " + e.range);
        }).toList(), ages.stream().map(age -> age.seconds + "x" + age.count).toList(), sweep));
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @param subject of the run; a memory of another subject, or of another format, is read as an empty one
     * @throws IllegalArgumentException when it is damaged
     */
    static DriftMemory read(String json, String subject) {
        Stored stored = Json.read(json, Stored.class);
        if (stored.format != 1 || !subject.equals(stored.subject)) {
            return empty(subject);
        }
        try {
            Map<Long, Entry> records = new LinkedHashMap<>();
            for (String line : stored.records) {
                String[] parts = line.split(" ");
                records.put(HexFormat.fromHexDigitsToLong(parts[0]), new Entry(Long.parseLong(parts[1]), Long.parseLong(parts[2]), Long.parseLong(parts[3]), Long.parseLong(parts[4]),
                        Integer.parseInt(parts[5]), Integer.parseInt(parts[6]), parts[7].equals("P"), parts.length > 8 ? parts[8] : ""));
            }
            List<Age> ages = stored.ages.stream().map(text -> text.split("x")).map(parts -> new Age(Long.parseLong(parts[0]), Long.parseLong(parts[1]))).toList();
            return new DriftMemory(subject, stored.runId, records, ages, stored.sweep);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("not a memory of drift: " + e.getClass().getSimpleName(), e);
        }
    }
}
