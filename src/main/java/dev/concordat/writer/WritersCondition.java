package dev.concordat.writer;

import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseStep;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.api.v1alpha1.SyncContractStatus.WriterState;
import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;
import dev.concordat.budget.Finding;
import dev.concordat.budget.PauseDecision;
import java.util.List;

/**
 * The condition WritersPaused: True from the moment when all writers were seen to have stopped until all are given back.
 *
 * <p>While no pause is in force its reason is the decision's. While one is: Pausing, WriterReverted, RestoreUnknown, Resuming, or the
 * decision's (WaitingForFence, WaitingForStableLag, MinimumPause, PauseIneffective, MeasurementMissing, Held).
 */
public final class WritersCondition {
    private WritersCondition() {}

    /**
     * @param writers  as {@link Progress#writers()} gives them
     * @param decision of the same pass
     */
    public static Finding of(Writers writers, PauseDecision decision) {
        Pause pause = writers == null ? null : writers.pause();
        if (pause == null) {
            return decision instanceof PauseDecision.Pause || decision instanceof PauseDecision.Resume || decision instanceof PauseDecision.Rearm
                    ? new Finding("False", "Running", "The writers run")
                    : new Finding("False", decision.reason(), decision.message());
        }
        String status = pause.step() == PauseStep.INTENT || pause.step() == PauseStep.PAUSING ? "False" : "True";
        String about = "Paused since " + pause.startTime() + " (" + pause.reason() + "). ";
        List<PausedWriter> told = pause.writers().stream().filter(w -> w.message() != null).toList();
        String details = told.isEmpty() ? "" : " " + String.join(" ", told.stream().map(w -> Pauses.kind(w) + " " + w.name() + ": " + w.message() + ".").toList());
        if (pause.writers().stream().anyMatch(w -> w.state() == WriterState.RESTORE_UNKNOWN)) {
            return new Finding(status, "RestoreUnknown", about + "A writer cannot be given back." + details);
        }
        if (pause.writers().stream().anyMatch(w -> w.state() == WriterState.REVERTED)) {
            return new Finding(status, "WriterReverted", about + "A writer runs though it was paused, and is left alone." + details);
        }
        if (pause.step() == PauseStep.RESUMING) {
            return new Finding(status, "Resuming", about + "The writers are being given back (" + pause.resumeReason() + ")." + details);
        }
        if (pause.step() == PauseStep.INTENT || pause.step() == PauseStep.PAUSING) {
            return new Finding(status, "Pausing", "Pausing since " + pause.startTime() + " (" + pause.reason() + "). Waiting until no pod of the writers is left." + details);
        }
        boolean stay = decision instanceof PauseDecision.Stay && !decision.reason().equals("Pausing");
        return new Finding(status, stay ? decision.reason() : "WaitingForFence", about + (stay ? decision.message() : "Waiting for fence probe " + pause.fence()) + details);
    }
}
