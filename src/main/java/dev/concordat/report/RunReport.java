package dev.concordat.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;

/**
 * What a checksum worker reports: the status of its ChecksumRun.
 *
 * @param attempt     name of the pod that wrote it
 * @param state       Running until the worker has come to an end of its own
 * @param verdict     null while running
 * @param failure     why the verdict is Incomplete; null otherwise
 * @param warnings    what went wrong beside the comparison, whose verdict counts nevertheless; never null
 * @param progress    never null
 * @param rows        rows compared per side; null until known
 * @param counts      by kind, see {@link Kind#counter()}; never null
 * @param records     bounded evidence; never null
 * @param fields      per field, how many of the differing records differ in it; never null
 * @param gaps        rows that the contract's gaps excluded; never null
 * @param partitions  the partitions with drift, worst first, bounded; never null
 * @param contradictions bounded evidence of records counted as {@code unreliable}; never null
 * @param coverage    what was compared; null while running
 * @param memory      what this run's drift is beside that of earlier runs; null where none is kept
 * @param checkpoint  where another attempt of this run may go on; null when done
 * @param plan        how the comparison was made and why, for people
 * @param schema      fingerprint of both schemas; null until read
 * @param timings     milliseconds by phase
 * @param omitted     what was left out so that the report can be stored; null when nothing was
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunReport(
        ContractRef contract, long runId, String attempt, State state, Verdict verdict, Failure failure, List<Failure> warnings, Progress progress, Rows rows,
        Map<String, Long> counts, List<Record> records, List<FieldCount> fields,
        List<GapCount> gaps, List<Partition> partitions, List<Contradiction> contradictions, Coverage coverage, Memory memory, Checkpoint checkpoint, String plan, String schema, Map<String, Long> timings,
        Omitted omitted) {
    /** Reason of a failure that is none: a sample without a difference proves a bound and never that two tables agree, so its verdict is Incomplete. */
    public static final String SAMPLE_ONLY = "SampleOnly";

    public RunReport {
        warnings = warnings == null ? List.of() : List.copyOf(warnings);
        counts = counts == null ? Map.of() : counts;
        records = records == null ? List.of() : List.copyOf(records);
        fields = fields == null ? List.of() : List.copyOf(fields);
        gaps = gaps == null ? List.of() : List.copyOf(gaps);
        partitions = partitions == null ? List.of() : List.copyOf(partitions);
        contradictions = contradictions == null ? List.of() : List.copyOf(contradictions);
        timings = timings == null ? Map.of() : timings;
    }

    /** A report that leaves nothing out. */
    public RunReport(ContractRef contract, long runId, String attempt, State state, Verdict verdict, Failure failure, List<Failure> warnings, Progress progress, Rows rows,
            Map<String, Long> counts, List<Record> records, List<FieldCount> fields, List<GapCount> gaps, List<Partition> partitions, List<Contradiction> contradictions,
            Coverage coverage, Memory memory, Checkpoint checkpoint, String plan, String schema, Map<String, Long> timings) {
        this(contract, runId, attempt, state, verdict, failure, warnings, progress, rows, counts, records, fields, gaps, partitions, contradictions, coverage, memory, checkpoint, plan, schema,
                timings, null);
    }

    /** A report on the way: nothing is decided yet. */
    public static RunReport running(ContractRef contract, long runId, String attempt, Progress progress, Checkpoint checkpoint) {
        return new RunReport(contract, runId, attempt, State.RUNNING, null, null, null, progress, null, null, null, null, null, null, null, null, null, checkpoint, null, null, null);
    }

    /** Whether all that keeps this from being a verdict is that only a sample was compared. */
    public boolean sampledClean() {
        return verdict == Verdict.INCOMPLETE && failure != null && SAMPLE_ONLY.equals(failure.reason());
    }

    /** The same report with other evidence. */
    public RunReport withRecords(List<Record> others) {
        return new RunReport(contract, runId, attempt, state, verdict, failure, warnings, progress, rows, counts,
                others, fields, gaps, partitions, contradictions, coverage, memory, checkpoint, plan, schema, timings, omitted);
    }

    /** The same report with other contradictions. */
    public RunReport withContradictions(List<Contradiction> others) {
        return new RunReport(contract, runId, attempt, state, verdict, failure, warnings, progress, rows, counts,
                records, fields, gaps, partitions, others, coverage, memory, checkpoint, plan, schema, timings, omitted);
    }

    /** The same report with other partitions. */
    public RunReport withPartitions(List<Partition> others) {
        return new RunReport(contract, runId, attempt, state, verdict, failure, warnings, progress, rows, counts,
                records, fields, gaps, others, contradictions, coverage, memory, checkpoint, plan, schema, timings, omitted);
    }

    /** The same report with other fields. */
    public RunReport withFields(List<FieldCount> others) {
        return new RunReport(contract, runId, attempt, state, verdict, failure, warnings, progress, rows, counts,
                records, others, gaps, partitions, contradictions, coverage, memory, checkpoint, plan, schema, timings, omitted);
    }

    /** The same report with other gaps. */
    public RunReport withGaps(List<GapCount> others) {
        return new RunReport(contract, runId, attempt, state, verdict, failure, warnings, progress, rows, counts,
                records, fields, others, partitions, contradictions, coverage, memory, checkpoint, plan, schema, timings, omitted);
    }

    /** The same report in other words. */
    public RunReport withTexts(Failure why, List<Failure> beside, Coverage covered, String made) {
        return new RunReport(contract, runId, attempt, state, verdict, why, beside, progress, rows, counts,
                records, fields, gaps, partitions, contradictions, covered, memory, checkpoint, made, schema, timings, omitted);
    }

    /** The same report, which says that so much is left out. */
    public RunReport withOmitted(Omitted left) {
        return new RunReport(contract, runId, attempt, state, verdict, failure, warnings, progress, rows, counts,
                records, fields, gaps, partitions, contradictions, coverage, memory, checkpoint, plan, schema, timings, left);
    }

    /** The same report for a reader who will not go on with the run. */
    public RunReport withoutCheckpoint() {
        return new RunReport(contract, runId, attempt, state, verdict, failure, warnings, progress, rows, counts,
                records, fields, gaps, partitions, contradictions, coverage, memory, null, plan, schema, timings, omitted);
    }

    public enum State {
        @JsonProperty("Running") RUNNING,
        @JsonProperty("Done") DONE
    }

    public enum Verdict {
        @JsonProperty("InSync") IN_SYNC,
        @JsonProperty("Drift") DRIFT,
        /** Not everything could be compared; says nothing about drift. */
        @JsonProperty("Incomplete") INCOMPLETE
    }

    /** @param percent 0 to 100, by estimated rows */
    public record Progress(int percent, long rows, long estimatedRows, int chunks) {}

    public record Rows(long source, long target) {}

    /** @param source and target are text for people, null for NULL or for a missing record; redacted values read {@code (redacted)} */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Field(String name, String source, String target) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Versions(String source, String target) {}

    /**
     * @param versions null without a version field
     * @param seen     null where no memory of earlier runs is kept
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Record(Map<String, String> key, Kind kind, List<Field> fields, Versions versions, Seen seen) {
        public Record {
            fields = fields == null ? List.of() : List.copyOf(fields);
        }
    }

    /**
     * @param first      run that first saw it differ, since it last agreed
     * @param firstTime  when that run ended, RFC 3339; null while it runs
     * @param runs       runs in a row that saw it
     * @param recurrence times that it had agreed again in between
     */
    public record Seen(long first, String firstTime, int runs, int recurrence) {}

    /** @param hint what the differences have in common, for people; null when nothing was found */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record FieldCount(String name, long different, String hint) {}

    /** Rows that an intended gap left out, or records that differ only where one allows it. */
    public record GapCount(String name, long source, long target) {}

    /**
     * A record of which the source says one thing and then another, in a way that no change of the record explains.
     *
     * @param reason for people
     * @param reads  the fields that contradict themselves, with the values that were read, in order
     */
    public record Contradiction(Map<String, String> key, String reason, List<Reads> reads) {
        public Contradiction {
            reads = reads == null ? List.of() : List.copyOf(reads);
        }
    }

    /**
     * What a report leaves out since it can only be so large. All counts are complete nevertheless.
     *
     * @param records        differing records that it was to give evidence of
     * @param contradictions records of which the source contradicts itself
     * @param fields         fields in which records differ
     * @param partitions     partitions with drift, which are counted together as {@code others}
     * @param gaps           gaps with their rows
     * @param warnings       warnings
     */
    public record Omitted(long records, long contradictions, long fields, long partitions, long gaps, long warnings) {
        public static final Omitted NOTHING = new Omitted(0, 0, 0, 0, 0, 0);
    }

    /** @param values as {@link Field} shows them; an element is null for NULL or where the record was absent */
    public record Reads(String name, List<String> values) {}

    /** @param rows records on either side; 0 when not known by partition */
    public record Partition(String name, long rows, long drifted) {}

    /**
     * What was compared.
     *
     * @param scope         for people, for example {@code Window updated_at >= 2026-11-21 10:00:00}
     * @param percent       of the records, rounded down; null when not known
     * @param units         Sample: groups of neighbouring records that were drawn
     * @param unitsTotal    Sample: of so many
     * @param unitsDrifted  Sample: of which so many hold a difference
     * @param boundPpm      Sample: with 95 % confidence at most so many groups in a million hold a difference
     * @param from          Sweep: first key that was covered; null: from the start
     * @param to            Sweep: where the next run goes on; null: the end was reached
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Coverage(String scope, Integer percent, Long units, Long unitsTotal, Long unitsDrifted, Long boundPpm, List<String> from, List<String> to) {
        public static final Coverage FULL = new Coverage("Full", 100, null, null, null, null, null, null);
    }

    /**
     * This run's drift beside that of the runs before it.
     *
     * @param persistent      drifted records that had drifted already when a run looked at them last
     * @param fresh           drifted records that are not known to have drifted before
     * @param resolved        records that had drifted, and agree in this run
     * @param recurring       drifted records that had agreed again in between, in this run or an earlier one
     * @param oldestRun       run that first saw the oldest of the drifted records; null when there is none
     * @param oldestTime      when that run ended, RFC 3339
     * @param halfLifeSeconds time after which half of the discrepancies ever seen had gone; null until half of them have
     * @param forgotten       drifted records beyond the memory's bound, which are in none of the numbers: these then are lower bounds
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Memory(long persistent, long fresh, long resolved, long recurring, Long oldestRun, String oldestTime, Long halfLifeSeconds, long forgotten) {}

    /** The ways in which a record can differ. */
    public enum Kind {
        @JsonProperty("MissingOnTarget") MISSING_ON_TARGET("missingOnTarget"),
        @JsonProperty("OrphanOnTarget") ORPHAN_ON_TARGET("orphanOnTarget"),
        /** Both sides have it and no version tells which is newer. */
        @JsonProperty("Different") DIFFERENT("different"),
        /** The target has an older version. */
        @JsonProperty("Stale") STALE("stale"),
        /** The target has a newer version. */
        @JsonProperty("Ahead") AHEAD("ahead"),
        /** Same version, different content. */
        @JsonProperty("Diverged") DIVERGED("diverged"),
        @JsonProperty("DuplicateKey") DUPLICATE_KEY("duplicateKey");

        private final String counter;

        Kind(String counter) {
            this.counter = counter;
        }

        /** Records that differ, all kinds together. */
        public static long drifted(Map<String, Long> counts) {
            long sum = 0;
            for (Kind kind : values()) {
                sum += counts.getOrDefault(kind.counter(), 0L);
            }
            return sum;
        }

        /** As reports and people spell it, such as {@code MissingOnTarget}. */
        public String word() {
            return Character.toUpperCase(counter.charAt(0)) + counter.substring(1);
        }

        /** Its name among the counts. */
        public String counter() {
            return counter;
        }
    }

    /** Counters beside those of {@link Kind}: differences that are not drift. */
    public static final List<String> NOT_DRIFT = List.of("encodingOnly", "inFlight", "hot", "undecided", "unreliable", "kept");

    /** Records that differ, all kinds together. */
    public long drifted() {
        return Kind.drifted(counts);
    }
}
