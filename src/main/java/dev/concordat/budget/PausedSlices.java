package dev.concordat.budget;

import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseHistory;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseStep;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.api.v1alpha1.SyncContractStatus.WriterState;
import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;

/**
 * The slices in which every writer was verified as paused; both ends included. They count for nothing, since lag during our own
 * pause is the price of the cure and would exhaust the budget again. Positions in the ledger, which are never used twice: a ledger that is begun anew
 * in the middle of a pause is still in it.
 *
 * @param from first slice wholly inside the pause
 * @param to   slice in which the writers were resumed; {@link Long#MAX_VALUE} while paused
 */
public record PausedSlices(long from, long to) {
    public static final PausedSlices NONE = new PausedSlices(Long.MAX_VALUE, Long.MIN_VALUE);

    /** The greatest position that status speaks of; 0 when it speaks of none. A new ledger begins after it. */
    public static long greatest(Writers writers) {
        PauseHistory history = writers == null ? null : writers.history();
        long paused = history == null || history.pausedSlice() == null ? 0 : history.pausedSlice();
        return history == null || history.resumedSlice() == null ? paused : Math.max(paused, history.resumedSlice());
    }

    /** Reads the last verified pause from status, where it stays after the pause is over: reports of its slices may arrive later. */
    public static PausedSlices of(Writers writers) {
        PauseHistory history = writers == null ? null : writers.history();
        if (history == null || history.pausedSlice() == null) {
            return NONE;
        }
        Pause pause = writers.pause();
        if (pause == null || pause.step() == PauseStep.RESUMING) {
            // Over from the moment when the first writer may run again, whenever the last one does.
            return history.resumedSlice() == null ? NONE : new PausedSlices(history.pausedSlice(), history.resumedSlice());
        }
        return pause.pausedTime() != null && whole(pause) ? new PausedSlices(history.pausedSlice(), Long.MAX_VALUE) : NONE;
    }

    /** Whether every writer was seen to stand still, and one of them at least because of this pause. One that cannot be looked at was not seen. */
    public static boolean whole(Pause pause) {
        return pause.writers().stream().allMatch(PausedSlices::stands) && pause.writers().stream().anyMatch(w -> w.state() == WriterState.VERIFIED);
    }

    /** Whether a writer was seen to stand still when it was last looked at. */
    public static boolean stands(PausedWriter w) {
        return (w.state() == WriterState.VERIFIED || w.state() == WriterState.ALREADY_PAUSED) && w.message() == null;
    }
}
