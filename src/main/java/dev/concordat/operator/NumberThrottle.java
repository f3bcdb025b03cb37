package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.Latency;
import dev.concordat.api.v1alpha1.SyncContractStatus;
import dev.concordat.api.v1alpha1.SyncContractStatus.LatencyState;
import dev.concordat.api.v1alpha1.SyncContractStatus.Ledger;
import dev.concordat.contract.Durations;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * Whether a status is worth a write. Lag and budget move all the time: they are written only when what people read of them changes, and at most once
 * a slice. Everything else is written at once. Pure.
 */
final class NumberThrottle {
    /** Good slices that were folded in but not written are found again in the prober's report; this bounds how many. */
    private static final Duration LEDGER_LAG = Duration.ofMinutes(10);

    private NumberThrottle() {}

    /**
     * @param write whether to write now
     * @param slice the slice that this moment is in
     * @param again when to write what is held back; null when nothing is
     */
    record Decision(boolean write, long slice, Duration again) {}

    /**
     * @param written   the status that the API server has
     * @param news      the ledger of {@code next} holds more than Good slices that {@code written} does not know of
     * @param lastSlice slice of the last write by this process; null when there was none
     */
    static Decision decide(SyncContractStatus written, SyncContractStatus next, boolean news, Latency latency, Long lastSlice, Instant now) {
        long seconds = latency == null || latency.budget() == null ? 60 : Math.max(1, Durations.parse(latency.budget().slice()).toSeconds());
        long slice = now.getEpochSecond() / seconds;
        if (!onlyNumbers(written, next)) {
            return new Decision(true, slice, null);
        }
        if (!read(written, next) && !news && !behind(ledger(written), ledger(next), seconds)) {
            return new Decision(false, slice, null);
        }
        if (lastSlice != null && lastSlice == slice) {
            return new Decision(false, slice, Duration.between(now, Instant.ofEpochSecond((slice + 1) * seconds)).plusMillis(10));
        }
        return new Decision(true, slice, null);
    }

    /** Whether nothing differs but latency and the wording of the conditions that quote its numbers. */
    private static boolean onlyNumbers(SyncContractStatus a, SyncContractStatus b) {
        if (!Objects.equals(a.observedGeneration(), b.observedGeneration()) || !Objects.equals(a.check(), b.check()) || !Objects.equals(a.drift(), b.drift())
                || !Objects.equals(a.writers(), b.writers()) || a.conditions().size() != b.conditions().size() || (a.latency() == null) != (b.latency() == null)) {
            return false;
        }
        for (int i = 0; i < a.conditions().size(); i++) {
            Condition x = a.conditions().get(i);
            Condition y = b.conditions().get(i);
            boolean quotes = List.of(ContractConditions.BUDGET_EXHAUSTED, ContractConditions.WRITERS_PAUSED).contains(x.type());
            if (!x.type().equals(y.type()) || !x.status().equals(y.status()) || !x.reason().equals(y.reason())
                    || !Objects.equals(x.observedGeneration(), y.observedGeneration()) || !quotes && !x.message().equals(y.message())) {
                return false;
            }
        }
        return true;
    }

    private static boolean read(SyncContractStatus a, SyncContractStatus b) {
        return !Objects.equals(text(a.latency()), text(b.latency())) || !a.conditions().equals(b.conditions());
    }

    private static LatencyState text(LatencyState s) {
        return s == null ? null : new LatencyState(s.lag(), s.budgetRemaining(), s.badSlices(), s.allowedBadSlices(), s.unknownSlices(), s.coverage(), s.silent(), null);
    }

    private static boolean behind(Ledger written, Ledger next, long seconds) {
        if (next == null || written == null) {
            return next != written;
        }
        return !Objects.equals(written.sliceSeconds(), next.sliceSeconds()) || (next.lastSlice() - written.lastSlice()) * seconds >= LEDGER_LAG.toSeconds();
    }

    private static Ledger ledger(SyncContractStatus status) {
        return status.latency() == null ? null : status.latency().ledger();
    }
}
