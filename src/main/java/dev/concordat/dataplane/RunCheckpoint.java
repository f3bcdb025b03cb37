package dev.concordat.dataplane;

import dev.concordat.report.Checkpoint;
import dev.concordat.report.Json;
import dev.concordat.report.ReportBound;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * The checkpoint that a run's report carries while the run is on its way: the latest that fits into a report. One that is too large loses evidence, the
 * last records first, whose counts stay; one that is too large even then is left out, and the one before stays, which is as true and only older. Safe for use by many threads.
 */
final class RunCheckpoint implements Consumer<Checkpoint> {
    private final AtomicReference<Checkpoint> latest = new AtomicReference<>();
    private final ReportBound bound;
    /** The last one that fitted; null when none did. Of the reporting thread alone. */
    private Checkpoint kept;
    private Checkpoint told;

    RunCheckpoint() {
        this(ReportBound.API_SERVER);
    }

    RunCheckpoint(ReportBound bound) {
        this.bound = bound;
    }

    @Override
    public void accept(Checkpoint checkpoint) {
        latest.set(checkpoint);
    }

    /** Where an earlier attempt ended, until the comparison has come further. */
    void begin(Checkpoint earlier) {
        latest.compareAndSet(null, earlier);
    }

    /** Whether there is one that no report was made of. For the reporting thread. */
    boolean isNew() {
        return latest.get() != told;
    }

    /** The report of a run on its way, as JSON that the API server takes. */
    String report(RunOrder order, String attempt, RunReport.Progress progress) {
        Checkpoint checkpoint = latest.get();
        told = checkpoint;
        String json = json(order, attempt, progress, checkpoint);
        if (bound.fits(json)) {
            kept = checkpoint;
            return json;
        }
        int records = ReportBound.longest(checkpoint.records().size(),
                n -> bound.fits(json(order, attempt, progress, checkpoint.withRecords(checkpoint.records().subList(0, n)))));
        Checkpoint less = checkpoint.withRecords(checkpoint.records().subList(0, records));
        json = json(order, attempt, progress, less);
        if (bound.fits(json)) {
            kept = less;
            return json;
        }
        return json(order, attempt, progress, kept);
    }

    private static String json(RunOrder order, String attempt, RunReport.Progress progress, Checkpoint checkpoint) {
        return Json.write(RunReport.running(order.contract(), order.runId(), attempt, progress, checkpoint));
    }

    /** What an earlier attempt of the very same run left behind; null when there is nothing to go on from. Pure. */
    static Checkpoint ofEarlierAttempt(String report, RunOrder order) {
        if (report == null) {
            return null;
        }
        RunReport earlier = Json.read(report, RunReport.class);
        boolean same = earlier.contract() != null && order.contract().uid().equals(earlier.contract().uid()) && earlier.runId() == order.runId();
        return same && earlier.state() == RunReport.State.RUNNING ? earlier.checkpoint() : null;
    }
}
