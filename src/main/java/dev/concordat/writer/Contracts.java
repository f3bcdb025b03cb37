package dev.concordat.writer;

import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.api.v1alpha1.WriterKind;
import java.util.Map;

/** The contracts of a namespace, asked of the API server itself: a claim is judged by them, and absence from a cache proves nothing. */
@FunctionalInterface
public interface Contracts {
    /**
     * A contract that exists.
     *
     * @param pause {@code status.writers.pause}; null when none is in force
     */
    record Holder(String namespace, String name, Pause pause) {
        /** Whether the pause in force is one of this writer. A claim that no pause stands behind is a left-over. */
        boolean pauses(WriterKind kind, String writer) {
            return pause != null && pause.writers().stream().anyMatch(w -> w.kind() == kind && w.name().equals(writer) && holds(w));
        }

        private static boolean holds(PausedWriter w) {
            return switch (w.state()) {
                case PLANNED, APPLIED, VERIFIED, REVERTED, RESTORING, RESTORE_UNKNOWN -> true;
                case ALREADY_PAUSED, MISSING, RESTORED, SKIPPED, HELD_BY_OTHER -> false;
            };
        }
    }

    /**
     * By uid. A claim has to be read before this is asked: then a uid that is not in the answer is one of a contract that is gone for good.
     *
     * @throws WriterPort.Refused when the API server does not answer the question
     */
    Map<String, Holder> in(String namespace);
}
