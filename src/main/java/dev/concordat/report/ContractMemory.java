package dev.concordat.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;

/**
 * What the runs of a contract leave for those that follow: the status of its ContractRecord. Each member is written as a whole, by a worker.
 *
 * @param schema null until a run has read both schemas
 * @param sweep  null until a run of a Sweep has ended
 * @param drift  null until a run has seen a difference
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ContractMemory(Schema schema, Sweep sweep, Drift drift) {
    /** Names of the members. */
    public static final String SCHEMA = "schema";
    public static final String SWEEP = "sweep";
    public static final String DRIFT = "drift";

    /** Whose it is: the spec of a ContractRecord. */
    public record Owner(String contractUid) {}

    /**
     * The schema that a contract's version agreed on.
     *
     * @param uid     of the contract
     * @param version spec.version
     * @param schema  type of each column, by {@code source.NAME} and {@code target.NAME}
     */
    public record Schema(String uid, String version, String fingerprint, Map<String, String> schema) {}

    /**
     * Where the last run of a contract's Sweep ended, so that the next one goes on from there: what it comes to next was verified longest ago.
     *
     * @param uid      of the contract
     * @param rules    digest of the contract's rules; under other rules the sweep begins anew
     * @param runId    of the run that ended here
     * @param position first key that it did not cover; null: it came to the end
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Sweep(String uid, String rules, long runId, List<String> position) {}

    /**
     * Which records drifted since when. One string for each record: hash of the key, first run, its time, last run, its time, runs, recurrences, P for present or G for gone, range.
     *
     * @param format 1
     * @param ages   seconds, {@code x}, count
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Drift(int format, String subject, long runId, List<String> records, List<String> ages, Round sweep) {}

    /**
     * @param startRun run that began at the first key
     * @param to       names the place where the next run of the sweep goes on
     */
    public record Round(long startRun, String to) {}
}
