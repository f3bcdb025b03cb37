package dev.concordat.budget;

import dev.concordat.api.v1alpha1.SyncContractStatus.PauseHistory;
import dev.concordat.api.v1alpha1.SyncContractStatus.WriterState;
import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;

/**
 * The slices in which every writer was verified as paused by us; both ends included. They count for nothing, since lag during our own
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
        if (writers.pause() == null) {
            return history.resumedSlice() == null ? NONE : new PausedSlices(history.pausedSlice(), history.resumedSlice());
        }
        if (writers.pause().pausedTime() == null || writers.pause().writers().stream().anyMatch(w -> w.state() == WriterState.REVERTED)) {
            return NONE;
        }
        return new PausedSlices(history.pausedSlice(), Long.MAX_VALUE);
    }
}
