package dev.concordat.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;

/**
 * What a checksum worker reports, in its ConfigMap under {@link #DATA_KEY}.
 *
 * @param attempt     name of the pod that wrote it
 * @param state       Running until the worker has come to an end of its own
 * @param verdict     null while running
 * @param failure     why the verdict is Incomplete; null otherwise
 * @param progress    never null
 * @param rows        rows compared per side; null until known
 * @param counts      by kind, see {@link Kind#counter()}; never null
 * @param records     bounded evidence; never null
 * @param fields      per field, how many of the differing records differ in it; never null
 * @param plan        how the comparison was made and why, for people
 * @param schema      fingerprint of both schemas; null until read
 * @param timings     milliseconds by phase
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunReport(
        ContractRef contract, long runId, String attempt, State state, Verdict verdict, Failure failure, Progress progress, Rows rows,
        Map<String, Long> counts, List<Record> records, List<FieldCount> fields, String plan, String schema, Map<String, Long> timings) {
    public static final String DATA_KEY = "report.json";

    public RunReport {
        counts = counts == null ? Map.of() : counts;
        records = records == null ? List.of() : List.copyOf(records);
        fields = fields == null ? List.of() : List.copyOf(fields);
        timings = timings == null ? Map.of() : timings;
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
    public record Record(Map<String, String> key, Kind kind, List<Field> fields, String sourceVersion, String targetVersion) {
        public Record {
            fields = fields == null ? List.of() : List.copyOf(fields);
        }
    }

    public record FieldCount(String name, long different) {}

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

        /** Its name among the counts. */
        public String counter() {
            return counter;
        }
    }

    /** Counters beside those of {@link Kind}: differences that are not drift. */
    public static final List<String> NOT_DRIFT = List.of("encodingOnly", "inFlight", "hot");

    /** Records that differ, all kinds together. */
    public long drifted() {
        long sum = 0;
        for (Kind kind : Kind.values()) {
            sum += counts.getOrDefault(kind.counter(), 0L);
        }
        return sum;
    }
}
