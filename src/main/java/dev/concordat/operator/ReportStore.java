package dev.concordat.operator;

import dev.concordat.internal.ChecksumRun;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;

/**
 * Cache of runs' orders and reports that keeps the first few records of each, no checkpoint and no contract: evidence can be a megabyte, and the operator only quotes from
 * it (operators with whole objects in their informers ran out of memory, kroxylicious issue 2246).
 */
final class ReportStore extends BasicItemStore<ChecksumRun> {
    private static final int RECORDS = 3;

    ReportStore() {
        super(Cache::metaNamespaceKeyFunc);
    }

    @Override
    public ChecksumRun put(String key, ChecksumRun run) {
        return super.put(key, reduced(run));
    }

    /** What is kept is not what the API server has. */
    @Override
    public boolean isFullState() {
        return false;
    }

    static ChecksumRun reduced(ChecksumRun run) {
        ChecksumRun small = new ChecksumRun();
        small.setMetadata(run.getMetadata());
        RunOrder order = run.getSpec();
        small.setSpec(order == null ? null : new RunOrder(order.contract(), order.runId(), order.scope(), order.lagMillis(), null));
        RunReport report = run.getStatus();
        small.setStatus(report == null ? null : report.withRecords(report.records().subList(0, Math.min(RECORDS, report.records().size()))).withoutCheckpoint());
        return small;
    }
}
