package dev.concordat.writer;

import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseStep;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.api.v1alpha1.SyncContractStatus.WriterState;
import java.util.List;

/** Pauses with one thing changed. */
final class Pauses {
    private Pauses() {}

    static Pause step(Pause p, PauseStep step) {
        return new Pause(p.id(), step, p.reason(), p.startTime(), p.deadline(), p.pausedTime(), p.fence(), p.drainedTime(), p.arrived(), p.progressTime(), p.resumeReason(), p.writers());
    }

    static Pause writers(Pause p, List<PausedWriter> writers) {
        return new Pause(p.id(), p.step(), p.reason(), p.startTime(), p.deadline(), p.pausedTime(), p.fence(), p.drainedTime(), p.arrived(), p.progressTime(), p.resumeReason(), writers);
    }

    static Pause fencing(Pause p, String fence, String pausedTime, String now) {
        return new Pause(p.id(), PauseStep.FENCING, p.reason(), p.startTime(), p.deadline(), p.pausedTime() == null ? pausedTime : p.pausedTime(), fence, null, null, now, p.resumeReason(), p.writers());
    }

    static Pause pausingAgain(Pause p) {
        return new Pause(p.id(), PauseStep.PAUSING, p.reason(), p.startTime(), p.deadline(), null, null, null, null, null, p.resumeReason(), p.writers());
    }

    static Pause draining(Pause p, String now) {
        return new Pause(p.id(), PauseStep.DRAINING, p.reason(), p.startTime(), p.deadline(), p.pausedTime(), p.fence(), now, p.arrived(), p.progressTime(), p.resumeReason(), p.writers());
    }

    static Pause resuming(Pause p, String reason) {
        return new Pause(p.id(), PauseStep.RESUMING, p.reason(), p.startTime(), p.deadline(), p.pausedTime(), p.fence(), p.drainedTime(), p.arrived(), p.progressTime(), reason, p.writers());
    }

    static PausedWriter state(PausedWriter w, WriterState state, String message) {
        return new PausedWriter(w.apiVersion(), w.kind(), w.name(), w.uid(), w.originalReplicas(), state, w.reapplied(), message);
    }

    static PausedWriter applied(PausedWriter w, String uid, Integer original) {
        return new PausedWriter(w.apiVersion(), w.kind(), w.name(), uid, original, WriterState.APPLIED, w.reapplied(), w.message());
    }

    static Pause deadline(Pause p, String deadline) {
        return new Pause(p.id(), p.step(), p.reason(), p.startTime(), deadline, p.pausedTime(), p.fence(), p.drainedTime(), p.arrived(), p.progressTime(), p.resumeReason(), p.writers());
    }

    static PausedWriter original(PausedWriter w, String uid, Integer original) {
        return new PausedWriter(w.apiVersion(), w.kind(), w.name(), uid, original, w.state(), w.reapplied(), w.message());
    }

    static PausedWriter reapplied(PausedWriter w, int times, String message) {
        return new PausedWriter(w.apiVersion(), w.kind(), w.name(), w.uid(), w.originalReplicas(), WriterState.APPLIED, times, message);
    }

    static String word(WriterState state) {
        return switch (state) {
            case PLANNED -> "Planned";
            case APPLIED -> "Applied";
            case VERIFIED -> "Verified";
            case ALREADY_PAUSED -> "AlreadyPaused";
            case MISSING -> "Missing";
            case REVERTED -> "Reverted";
            case RESTORING -> "Restoring";
            case RESTORED -> "Restored";
            case SKIPPED -> "Skipped";
            case HELD_BY_OTHER -> "HeldByOther";
            case RESTORE_UNKNOWN -> "RestoreUnknown";
        };
    }
}
