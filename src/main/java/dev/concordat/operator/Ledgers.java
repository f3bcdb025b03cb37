package dev.concordat.operator;

import dev.concordat.api.v1alpha1.SyncContractStatus.Ledger;
import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;
import dev.concordat.budget.BudgetLedger;
import dev.concordat.budget.BudgetPolicy;
import dev.concordat.budget.PausedSlices;
import dev.concordat.report.ProbeReport;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The ledger of each contract between two visits: read once, and ahead of status by what is not worth a write yet.
 * Status decides: a ledger that somebody else wrote there is read anew.
 */
final class Ledgers {
    /**
     * @param read   what status had when the ledger was read
     * @param stored that, decoded
     * @param at     when it was last added to, in this process's nanoseconds
     * @param whole  whether it was added to by this process
     */
    private record Kept(Ledger read, BudgetLedger stored, BudgetLedger ledger, long at, boolean whole) {
        boolean of(Ledger status) {
            return Objects.equals(read, status) || ledger != null && ledger.written().equals(status);
        }
    }

    /** @param news the ledger holds more than Good slices that status does not */
    record Folded(BudgetLedger ledger, boolean news) {}

    private final LongSupplier nanoClock;
    private final Map<String, Kept> kept = new ConcurrentHashMap<>();

    Ledgers(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    void forget(String uid) {
        kept.remove(uid);
    }

    /**
     * @param status what status has; null when it has none
     * @param policy null when the contract has no budget: the ledger stands still until it has one again
     */
    Folded fold(String uid, Ledger status, BudgetPolicy policy, ProbeReport report, Writers writers) {
        long now = nanoClock.getAsLong();
        Kept before = kept.get(uid);
        if (before == null || !before.of(status)) {
            BudgetLedger stored = BudgetLedger.read(status);
            before = new Kept(status, stored, stored, now, false);
        }
        BudgetLedger base = before.ledger;
        if (policy == null) {
            BudgetLedger still = base == null ? null : base.parted();
            kept.put(uid, new Kept(status, before.stored, still, before.at, before.whole));
            return new Folded(still, still != base);
        }
        if (base == null || base.sliceSeconds() != policy.sliceSeconds()) {
            long last = base == null ? 0 : base.last();
            base = BudgetLedger.begin(policy.sliceSeconds(), Math.max(last, PausedSlices.greatest(writers)));
        }
        Duration elapsed = Duration.ofNanos(now - before.at);
        BudgetLedger next = base.fold(report, policy, PausedSlices.of(writers), elapsed, before.whole);
        boolean added = next != base;
        boolean same = before.read != null && before.read.equals(status);
        BudgetLedger stored = same ? before.stored : BudgetLedger.read(status);
        kept.put(uid, new Kept(status, stored, next, added ? now : before.at, added || before.whole));
        return new Folded(next, next.blank() ? stored != null : !next.onlyGoodSince(stored));
    }
}
