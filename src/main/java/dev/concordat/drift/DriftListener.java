package dev.concordat.drift;

import dev.concordat.report.RunReport;
import java.util.List;

/**
 * Told of records by their canonical keys, which are whole and not redacted: to tell records apart, never to be shown. Called from any thread, and the
 * comparison waits for it. A record may be told of again by another attempt of the same run.
 */
public interface DriftListener {
    DriftListener NONE = new DriftListener() {};

    /** A difference is confirmed; the evidence's bound notwithstanding. Before it counts, so that a checkpoint counts nothing that was not told. */
    default void drift(List<String> key, RunReport.Record record) {}

    /**
     * A record could not be judged before the end: nothing is known of it.
     *
     * @param counter under which it is about to be counted
     */
    default void unsettled(List<String> key, String counter) {}

    /** The comparison begins anew in this process, with another scan: what was told so far counts nothing, and is told again where it is still so. Nobody else calls meanwhile. */
    default void restarted() {}

    /** What earlier runs found of the record, for evidence; null: nothing is kept of it. */
    default RunReport.Seen seen(List<String> key) {
        return null;
    }
}
