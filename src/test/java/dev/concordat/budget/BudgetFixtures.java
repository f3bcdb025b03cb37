package dev.concordat.budget;

import dev.concordat.api.v1alpha1.SyncContractSpec.Writer;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceSpan;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.api.v1alpha1.WriterKind;
import dev.concordat.report.ContractRef;
import dev.concordat.report.Failure;
import dev.concordat.report.ProbeReport;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Policies and reports for the tests of this package. */
final class BudgetFixtures {
    static final ContractRef REF = new ContractRef("shop", "orders", "uid-1", 1, "1.0.0");
    static final Writer IMPORTER = new Writer("apps/v1", WriterKind.DEPLOYMENT, "importer");

    private BudgetFixtures() {}

    static BudgetPolicy policy(int sliceSeconds, int slices, String target) {
        BigDecimal share = BigDecimal.ONE.subtract(new BigDecimal(target).movePointLeft(2));
        return new BudgetPolicy(sliceSeconds, slices, share, share.multiply(BigDecimal.valueOf(slices)), target, Duration.ofSeconds(30), true,
                Duration.ofSeconds(60), Duration.ofMinutes(30), Duration.ofSeconds(60), 4);
    }

    static BudgetPolicy observe(BudgetPolicy p) {
        return new BudgetPolicy(p.sliceSeconds(), p.windowSlices(), p.badShare(), p.allowed(), p.target(), p.ceiling(), false, p.minimumPause(), p.maximumPause(), p.stable(), p.pausesPerHour());
    }

    static BudgetPolicy maximum(BudgetPolicy p, Duration maximum) {
        return new BudgetPolicy(p.sliceSeconds(), p.windowSlices(), p.badShare(), p.allowed(), p.target(), p.ceiling(), p.enforce(), p.minimumPause(), maximum, p.stable(),
                p.pausesPerHour());
    }

    /** A report of the slices {@code first, first + 1, ...}. */
    static ProbeReport report(int sliceSeconds, long first, List<SliceState> states) {
        return new ProbeReport(REF, 1, first + states.size(), sliceSeconds, first, first + states.size() - 1, spans(first, states), 100L, null, 0, 0, null, false, null, first, null, 0L, null);
    }

    static ProbeReport with(ProbeReport r, int fresh, Duration freshFor, String fence, boolean seen, Failure failure) {
        return new ProbeReport(r.contract(), r.epoch(), r.sequence(), r.sliceSeconds(), r.firstSlice(), r.lastSlice(), r.spans(), r.lagMillis(), r.pendingMillis(), fresh,
                freshFor.toMillis(), fence, seen, failure, r.lifeSlice(), r.continues(), r.openMillis(), r.arrivals());
    }

    static List<SliceSpan> spans(long first, List<SliceState> states) {
        List<SliceSpan> spans = new ArrayList<>();
        for (int i = 0; i < states.size(); i++) {
            SliceState state = states.get(i);
            SliceSpan last = spans.isEmpty() ? null : spans.getLast();
            if (state == SliceState.GOOD) {
                continue;
            }
            if (last != null && last.state() == state && last.to() == first + i - 1) {
                spans.set(spans.size() - 1, new SliceSpan(last.from(), first + i, state));
            } else {
                spans.add(new SliceSpan(first + i, first + i, state));
            }
        }
        return spans;
    }

    /** The states spelled as letters: G, B, U, X. */
    static List<SliceState> states(String letters) {
        return letters.chars().mapToObj(c -> switch (c) {
            case 'B' -> SliceState.BAD;
            case 'U' -> SliceState.UNKNOWN;
            case 'X' -> SliceState.EXCLUDED;
            default -> SliceState.GOOD;
        }).toList();
    }

    /** A ledger of this one report, with positions from 1 on. */
    static BudgetLedger ledger(BudgetPolicy policy, ProbeReport report) {
        return BudgetLedger.begin(policy.sliceSeconds(), 0).fold(report, policy, PausedSlices.NONE, Duration.ZERO, false);
    }

    static BudgetLedger ledger(BudgetPolicy policy, String letters) {
        return ledger(policy, report(policy.sliceSeconds(), 1000, states(letters)));
    }

    /** The budget just after that report came. */
    static BudgetView view(BudgetPolicy policy, ProbeReport report) {
        return BudgetView.of(ledger(policy, report), policy, report, null, Hearing.NEWS);
    }
}
