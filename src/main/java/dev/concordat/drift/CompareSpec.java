package dev.concordat.drift;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.contract.Durations;
import dev.concordat.store.StoreAccess;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is to be compared, and how.
 *
 * @param settle     how long a difference must stand still before it is drift
 * @param maxRecords differing records whose fields are kept as evidence; counts are always complete
 * @param redact     fields, by source name, whose values never leave the comparison
 * @param canary     key of the row to leave out on both sides, by source name; empty when there is none
 */
public record CompareSpec(StoreAccess source, StoreAccess target, RecordRules rules, Duration settle, int maxRecords, List<String> redact, Map<String, String> canary) {
    public CompareSpec {
        redact = List.copyOf(redact);
        canary = Map.copyOf(canary);
    }

    /** The comparison that a contract asks for. */
    public static CompareSpec of(SyncContractSpec spec, StoreAccess source, StoreAccess target) {
        Map<String, String> canary = new HashMap<>();
        if (spec.latency() != null && spec.latency().probe() != null && spec.latency().probe().canary() != null) {
            spec.latency().probe().canary().key().forEach((name, value) -> canary.put(name, value.getStrVal() != null ? value.getStrVal() : String.valueOf(value.getIntVal())));
        }
        return new CompareSpec(source, target, spec.record(), Durations.parse(spec.verification().settle()), spec.verification().evidence().maxRecords(),
                spec.verification().evidence().redact(), canary);
    }
}
