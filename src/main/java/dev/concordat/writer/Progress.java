package dev.concordat.writer;

import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;
import dev.concordat.budget.Finding;
import java.time.Duration;
import java.util.List;

/**
 * Where the protocol stands after a call.
 *
 * @param writers   the new {@code status.writers}. All but its summary is stored already
 * @param released  no pause is in force and no writer of this contract carries its claim, as far as was looked
 * @param waitsFor  what the protocol waits for, for people; null when for nothing
 * @param requeue   when to call again though nothing else happens; null when there is no need
 * @param events    to emit
 * @param condition WritersPaused: what was seen of the writers, in this call or at the last look
 */
public record Progress(Writers writers, boolean released, String waitsFor, Duration requeue, List<WriterEvent> events, Finding condition) {
    public Progress {
        events = List.copyOf(events);
    }
}
