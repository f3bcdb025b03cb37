package dev.concordat.drift;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.SyncContractSpec.Gap;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.contract.Durations;
import dev.concordat.report.Checkpoint;
import dev.concordat.store.StoreAccess;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What is to be compared, and how. Made from a contract by {@link #of}, or by hand with {@link #full} and the {@code with} methods.
 *
 * @param settle     how long a difference must stand still before it is drift
 * @param lag        lag that was measured outside; null when unknown. The settle time in force is at least twice as long
 * @param maxRecords differing records whose fields are kept as evidence; counts are always complete
 * @param redact     fields, by their name on either side, whose values never leave the comparison
 * @param canary     key of the row to leave out on both sides, by source name; empty when there is none
 * @param resume     gives where an earlier attempt ended, or null: from the start. For a Sweep: where the last run ended (a position without a plan). Asked at most once,
 *                   when both schemas are known, and may take its time then; never null
 * @param listeners  told of what happens on the way
 */
public record CompareSpec(
        StoreAccess source, StoreAccess target, RecordRules rules, List<Gap> gaps, Scope scope, Duration settle, Duration lag, int maxRecords, List<String> redact,
        Map<String, String> canary, Supplier<Checkpoint> resume, Listeners listeners) {
    /** From the start. */
    public static final Supplier<Checkpoint> FROM_THE_START = () -> null;

    public CompareSpec {
        gaps = List.copyOf(gaps);
        redact = List.copyOf(redact);
        canary = Map.copyOf(canary);
    }

    /**
     * @param checkpoint called after chunks, at most about once a second and from any thread
     */
    public record Listeners(Consumer<Checkpoint> checkpoint, DriftListener drift) {
        public static final Listeners NONE = new Listeners(_ -> {}, DriftListener.NONE);
    }

    /** Whether a field's values stay inside. */
    boolean redacts(Plan.Field field) {
        return redact.contains(field.source().name()) || redact.contains(field.target().name());
    }

    /** Every record, compared exactly under the rules; a hundred records of evidence. */
    public static CompareSpec full(StoreAccess source, StoreAccess target, RecordRules rules, Duration settle) {
        return new CompareSpec(source, target, rules, List.of(), Scope.FULL, settle, null, 100, List.of(), Map.of(), FROM_THE_START, Listeners.NONE);
    }

    /** The comparison that a contract asks for, in its own scope. */
    public static CompareSpec of(SyncContractSpec spec, StoreAccess source, StoreAccess target) {
        Map<String, String> canary = new HashMap<>();
        if (spec.latency() != null && spec.latency().probe() != null && spec.latency().probe().canary() != null) {
            spec.latency().probe().canary().key().forEach((name, value) -> canary.put(name, value.getStrVal() != null ? value.getStrVal() : String.valueOf(value.getIntVal())));
        }
        return new CompareSpec(source, target, spec.record(), spec.gaps(), spec.verification().scope(), Durations.parse(spec.verification().settle()), null,
                spec.verification().evidence().maxRecords(), spec.verification().evidence().redact(), canary, FROM_THE_START, Listeners.NONE);
    }

    public CompareSpec with(StoreAccess otherSource, StoreAccess otherTarget) {
        return new CompareSpec(otherSource, otherTarget, rules, gaps, scope, settle, lag, maxRecords, redact, canary, resume, listeners);
    }

    public CompareSpec with(List<Gap> others) {
        return new CompareSpec(source, target, rules, others, scope, settle, lag, maxRecords, redact, canary, resume, listeners);
    }

    public CompareSpec with(Scope other) {
        return new CompareSpec(source, target, rules, gaps, other, settle, lag, maxRecords, redact, canary, resume, listeners);
    }

    public CompareSpec with(Listeners others) {
        return new CompareSpec(source, target, rules, gaps, scope, settle, lag, maxRecords, redact, canary, resume, others);
    }

    public CompareSpec withLag(Duration measured) {
        return new CompareSpec(source, target, rules, gaps, scope, settle, measured, maxRecords, redact, canary, resume, listeners);
    }

    public CompareSpec withMaxRecords(int records) {
        return new CompareSpec(source, target, rules, gaps, scope, settle, lag, records, redact, canary, resume, listeners);
    }

    public CompareSpec resuming(Checkpoint checkpoint) {
        return resuming(() -> checkpoint);
    }

    /** For a checkpoint that is being fetched while the stores are connected to. */
    public CompareSpec resuming(Supplier<Checkpoint> checkpoint) {
        return new CompareSpec(source, target, rules, gaps, scope, settle, lag, maxRecords, redact, canary, checkpoint, listeners);
    }
}
