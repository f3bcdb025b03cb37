package dev.concordat.operator;

import static dev.concordat.operator.Conditions.FALSE;
import static dev.concordat.operator.Conditions.TRUE;
import static dev.concordat.operator.Conditions.UNKNOWN;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.ReconcileJobStatus;
import dev.concordat.api.v1alpha1.ReconcileJobStatus.Memory;
import dev.concordat.api.v1alpha1.ReconcileJobStatus.Result;
import dev.concordat.api.v1alpha1.SyncContractStatus.Coverage;
import dev.concordat.api.v1alpha1.SyncContractStatus.GapRows;
import dev.concordat.contract.Durations;
import dev.concordat.report.Clip;
import dev.concordat.report.Failure;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.report.Share;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Where a run stands, from what was seen of its Job and its report. Pure. A run ends once: with the worker's own word when the report is
 * done, with the Job's failure otherwise. A failure of the worker is never drift: DriftFound stays Unknown.
 */
final class RunProgress {
    static final String SUCCEEDED = "Succeeded";
    static final String DRIFT_FOUND = "DriftFound";
    /** Reason of DriftFound=Unknown when the schemas do not fit; tells the contract that this was no ordinary failure. */
    static final String SCHEMA = "SchemaIncompatible";

    /** Reason of a run whose pod a quota, a LimitRange or an admission policy refuses. */
    static final String REFUSED = "PodRefused";
    /** Reason of a run whose Job the API server did not make, for a cause that may pass. */
    static final String NOT_CREATED = "JobNotCreated";
    /** Reasons of a run in flight that the cluster keeps from starting. */
    static final Set<String> KEPT_FROM_STARTING = Set.of(REFUSED, NOT_CREATED);
    /** Reason of a run that gave up its slot. */
    static final String NOT_STARTED = "WorkerNotStarted";

    private static final String FULL = RunReport.Coverage.FULL.scope();
    private static final int SAMPLE = 3;
    private static final int VALUE = 80;

    private RunProgress() {}

    /** What was seen of the batch Job. {@code exitCode} and {@code output} are those of the last container that ended; null when unknown. */
    record JobSeen(State state, String reason, String message, Integer exitCode, String output, String pending) {
        enum State { ACTIVE, COMPLETE, FAILED, GONE }
    }

    /**
     * The status that follows.
     *
     * @param before     as it is written now; not terminal
     * @param generation of the ReconcileJob
     * @param report     of this very run, or null
     * @param reportName name of the ChecksumRun with the report
     */
    static ReconcileJobStatus next(ReconcileJobStatus before, long generation, JobSeen job, RunReport report, String reportName, String timeout, Instant now) {
        if (report != null && report.state() == RunReport.State.DONE) {
            return reported(before, generation, report, reportName, now);
        }
        return switch (job.state) {
            case ACTIVE -> {
                String progress = report == null || report.progress() == null ? null : report.progress().percent() + "%";
                String message = job.pending != null ? job.pending : report == null ? "The worker is starting" : "The worker compares";
                yield with(before, generation, now, UNKNOWN, waits(job), message, UNKNOWN, "Running", "The check has not finished", progress, null, false);
            }
            case COMPLETE -> failed(before, generation, "ReportMissing",
                    "The worker ended well but ChecksumRun " + reportName + " holds no finished report of run " + before.runId()
                            + ". Was it deleted or overwritten? The next check writes a new one", now);
            case GONE -> failed(before, generation, "JobDeleted",
                    "Job " + before.jobName() + " was deleted before the check finished. Ask for another one with a new value of the annotation concordat.dev/check-requested on the SyncContract", now);
            case FAILED -> NOT_STARTED.equals(job.reason) ? failed(before, generation, NOT_STARTED, job.message, now) : "DeadlineExceeded".equals(job.reason)
                    ? failed(before, generation, "DeadlineExceeded",
                            "The check did not finish within spec.timeout " + timeout + (report != null && report.progress() != null ? " (" + report.progress().percent() + "% done)" : "")
                                    + (job.pending == null ? "" : ". Last seen: " + job.pending)
                                    + (report == null ? ". The worker never reported"
                                            : ". Create a ReconcileJob with a longer timeout, or raise limits.connections of both stores, of which the smaller counts"), now)
                    : failed(before, generation, "WorkerCrashed",
                            "The worker of Job " + before.jobName() + " failed" + (job.exitCode == null ? "" : ", last exit code " + job.exitCode) + exitHint(job.exitCode)
                                    + (job.output == null || job.output.isBlank() ? "" : ". Last output: " + cut(job.output.strip().replaceAll("\\s+", " "), 600))
                                    + (job.message == null ? "" : ". Job: " + cut(job.message, 200)), now);
        };
    }

    private static String waits(JobSeen job) {
        return job.reason != null ? job.reason : job.pending != null ? "Pending" : "Running";
    }

    private static String exitHint(Integer exitCode) {
        return exitCode != null && exitCode == 137 ? " (killed, usually out of memory: raise spec.verification.worker.memory)" : "";
    }

    private static ReconcileJobStatus reported(ReconcileJobStatus before, long generation, RunReport report, String reportName, Instant now) {
        Result result = result(report, reportName);
        String progress = report.progress() == null ? before.progress() : report.progress().percent() + "%";
        if (report.verdict() == null || report.verdict() == Verdict.INCOMPLETE && !report.sampledClean()) {
            Failure failure = report.failure();
            String reason = failure == null || failure.reason() == null || !failure.reason().matches("[A-Za-z][A-Za-z0-9]{0,63}") ? "Incomplete" : failure.reason();
            String message = failure == null ? "The worker could not compare everything and did not say why. See the log of Job " + before.jobName() : failure.text();
            boolean schema = failure != null && failure.schema();
            return with(before, generation, now, FALSE, reason, message, UNKNOWN, schema ? SCHEMA : "Incomplete",
                    schema ? "The schemas do not fit each other or the one agreed on; nothing was compared" : "Not everything was compared", progress, result, true);
        }
        String rows = String.format(Locale.ROOT, "%,d rows on the source, %,d on the target", result.rowsSource(), result.rowsTarget()) + Texts.unsettled(result.counts()) + Texts.omitted(report.omitted());
        boolean drift = report.verdict() == Verdict.DRIFT;
        String found = report.sampledClean() ? "No record of the sample differs" + (result.coverage() == null || result.coverage().bound() == null ? "" : ": " + result.coverage().bound()) : drift
                ? String.format(Locale.ROOT, "%,d records differ (%s), %,d ppm", result.records(), Texts.kinds(result.counts()), result.ppm())
                        + (result.sample().isEmpty() ? "" : ". First: " + result.sample().getFirst())
                : "No record differs" + (report.coverage() == null || FULL.equals(report.coverage().scope()) ? "" : " in " + report.coverage().scope());
        return with(before, generation, now, TRUE, "Compared", rows + warnings(report), drift ? TRUE : FALSE, drift ? "DriftFound" : "NoDrift", found, "100%", result, true);
    }

    /** What went wrong beside the comparison, for the end of a message; empty when nothing did. */
    private static String warnings(RunReport report) {
        StringBuilder text = new StringBuilder();
        report.warnings().forEach(warning -> text.append(". ").append(warning.reason()).append(": ").append(warning.text()));
        return text.toString();
    }

    static ReconcileJobStatus failed(ReconcileJobStatus before, long generation, String reason, String message, Instant now) {
        return with(before, generation, now, FALSE, reason, message, UNKNOWN, "NotCompared", "The check ended without a verdict", before.progress(), null, true);
    }

    /** A run that has not been admitted. */
    static ReconcileJobStatus waiting(ReconcileJobStatus before, long generation, String reason, String message, Instant now) {
        return with(before, generation, now, UNKNOWN, reason, message, UNKNOWN, reason, "The check has not started", before.progress(), null, false);
    }

    private static ReconcileJobStatus with(ReconcileJobStatus before, long generation, Instant now, String succeeded, String reason, String message,
            String drift, String driftReason, String driftMessage, String progress, Result result, boolean terminal) {
        List<Condition> conditions = Conditions.merge(before.conditions(), List.of(
                Conditions.of(SUCCEEDED, succeeded, generation, reason, message),
                Conditions.of(DRIFT_FOUND, drift, generation, driftReason, driftMessage)), now);
        return new ReconcileJobStatus(generation, conditions, before.runId(), before.jobName(), before.startTime(),
                terminal ? Times.print(now) : before.completionTime(), progress, result == null ? before.result() : result, before.scope(), before.databases(),
                before.rules(), before.tables());
    }

    /** Whether the run has come to its one end. */
    static boolean terminal(ReconcileJobStatus status) {
        Condition succeeded = status == null ? null : Conditions.find(status.conditions(), SUCCEEDED);
        return succeeded != null && !succeeded.status().equals(UNKNOWN);
    }

    static Result result(RunReport report, String reportName) {
        long source = report.rows() == null ? 0 : report.rows().source();
        long target = report.rows() == null ? 0 : report.rows().target();
        long records = report.drifted();
        String verdict = switch (report.verdict()) {
            case IN_SYNC -> "InSync";
            case DRIFT -> "Drift";
            case INCOMPLETE -> "Incomplete";
            case null -> "Incomplete";
        };
        return new Result(verdict, source, target, records, Share.ppm(records, Share.records(source, target, report.counts())), report.counts(),
                report.records().stream().limit(SAMPLE).map(RunProgress::sample).toList(), reportName, memory(report.memory()), report.partitions().isEmpty() ? null : partition(report.partitions().getFirst()),
                report.gaps().isEmpty() ? null : report.gaps().stream().map(gap -> new GapRows(gap.name(), gap.source(), gap.target())).toList(), coverage(report.coverage()),
                report.contradictions().isEmpty() ? null : contradiction(report.contradictions().getFirst()));
    }

    private static Coverage coverage(RunReport.Coverage c) {
        if (c == null) {
            return null;
        }
        String bound = c.boundPpm() == null ? null : String.format(Locale.ROOT, "%,d of %,d groups of neighbouring records were drawn%s; with 95 %% confidence at most %,d in a million hold a difference",
                c.units(), c.unitsTotal(), c.unitsDrifted() == null || c.unitsDrifted() == 0 ? "" : String.format(Locale.ROOT, ", %,d of them hold a difference", c.unitsDrifted()), c.boundPpm());
        return new Coverage(c.scope(), c.percent(), bound, key(c.from()), key(c.to()));
    }

    private static String key(List<String> key) {
        if (key == null) {
            return null;
        }
        String text = String.join(", ", key);
        // Where one part of a sweep ends the next one begins: two keys must not look alike because they are long.
        return text.length() <= VALUE ? text : cut(text, VALUE) + " #" + Names.hash(text);
    }

    private static String contradiction(RunReport.Contradiction c) {
        StringJoiner key = new StringJoiner(" ");
        c.key().forEach((name, value) -> key.add(name + "=" + cut(value, VALUE)));
        StringJoiner reads = new StringJoiner("; ");
        c.reads().stream().limit(3).forEach(r -> reads.add(r.name() + " read as " + String.join(", then ", r.values().stream().limit(3).map(RunProgress::quote).toList())));
        return key + (c.reason() == null ? "" : ": " + cut(c.reason(), 200)) + (c.reads().isEmpty() ? "" : " (" + reads + ")");
    }

    private static String partition(RunReport.Partition partition) {
        return cut(partition.name(), VALUE) + String.format(Locale.ROOT, partition.rows() == 0 ? ": %,d records differ" : ": %,d of %,d records differ", partition.drifted(),
                Math.max(partition.rows(), partition.drifted()));
    }

    private static Memory memory(RunReport.Memory memory) {
        return memory == null ? null : new Memory(memory.persistent(), memory.fresh(), memory.resolved(), memory.recurring(), memory.oldestRun(), memory.oldestTime(),
                memory.halfLifeSeconds() == null ? null : Durations.print(Duration.ofSeconds(memory.halfLifeSeconds())), memory.forgotten());
    }

    private static String sample(RunReport.Record record) {
        StringJoiner key = new StringJoiner(" ");
        record.key().forEach((name, value) -> key.add(name + "=" + cut(value, VALUE)));
        if (record.fields().isEmpty() || record.kind() == RunReport.Kind.MISSING_ON_TARGET || record.kind() == RunReport.Kind.ORPHAN_ON_TARGET) {
            return key + " " + record.kind().word();
        }
        StringJoiner fields = new StringJoiner("; ");
        record.fields().stream().limit(3).forEach(f -> fields.add(f.name() + ": source " + quote(f.source()) + ", target " + quote(f.target())));
        String kind = record.kind() == RunReport.Kind.DIFFERENT ? "" : " " + record.kind().word();
        return key + kind + " " + fields + (record.fields().size() > 3 ? " and " + (record.fields().size() - 3) + " more fields" : "");
    }

    private static String quote(String value) {
        return value == null ? "NULL" : value.equals("(redacted)") ? value : "'" + cut(value, VALUE) + "'";
    }

    private static String cut(String text, int length) {
        return text == null ? "NULL" : text.length() <= length ? text : Clip.to(text, length) + "...";
    }
}
