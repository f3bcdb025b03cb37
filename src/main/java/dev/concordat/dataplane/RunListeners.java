package dev.concordat.dataplane;

import dev.concordat.drift.DriftListener;
import dev.concordat.report.RunReport;
import java.util.List;

/**
 * Whoever listens to a run.
 *
 * @param memory   null when nothing is remembered
 * @param evidence null when the contract names no table
 */
record RunListeners(RunMemory memory, EvidenceTable evidence) implements DriftListener {
    @Override
    public void drift(List<String> key, RunReport.Record record) {
        if (memory != null) {
            memory.drift(key, record);
        }
        if (evidence != null) {
            evidence.drift(key, record);
        }
    }

    @Override
    public void unsettled(List<String> key, String counter) {
        if (memory != null) {
            memory.unsettled(key, counter);
        }
    }

    @Override
    public void restarted() {
        if (memory != null) {
            memory.restarted();
        }
        if (evidence != null) {
            evidence.restarted();
        }
    }

    @Override
    public RunReport.Seen seen(List<String> key) {
        return memory == null ? null : memory.seen(key);
    }
}
