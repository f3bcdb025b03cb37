package dev.concordat.dataplane;

import dev.concordat.api.v1alpha1.Latency;
import dev.concordat.api.v1alpha1.Latency.ProbeType;
import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.SyncContractSpec.Gap;
import dev.concordat.report.ProbeOrder;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a contract's lag is measured: all of an order that a running lane does not take over as it runs. While this stays the same, an edit of
 * the contract does not restart the measuring.
 *
 * @param names columns that the probe uses, as {@code source=target}
 * @param rules by which a watermark is compared, and which rows count; null for a canary
 */
record Measured(String uid, Address source, Address target, Latency.Probe probe, Duration ceiling, Duration slice,
        List<String> names, Rules rules) {

    /** A store without what only checks take from it. */
    record Address(Store store, String statementTimeout) {
        static Address of(Store s) {
            return new Address(new Store(s.type(), s.host(), s.port(), s.database(), s.schema(), s.table(), s.credentials(), s.tls(), null),
                    s.limits().statementTimeout());
        }
    }

    record Rules(RecordRules.Compare compare, RecordRules.Rows rows, RecordRules.Deletes deletes, List<Gap> gaps) {}

    static Measured of(ProbeOrder order) {
        SyncContractSpec spec = order.spec();
        ProbeSettings settings = ProbeSettings.of(spec.latency());
        Latency.Probe probe = spec.latency().probe();
        boolean watermark = probe.type() == ProbeType.WATERMARK;
        Set<String> used = new TreeSet<>();
        if (watermark) {
            used.add(probe.watermark().field());
        } else {
            used.add(probe.canary().field());
            used.addAll(probe.canary().key().keySet());
        }
        return new Measured(order.contract().uid(), Address.of(spec.source().store()), Address.of(spec.target().store()), probe,
                settings.ceiling(), settings.slice(), used.stream().map(name -> name + "=" + ProbeSettings.onTarget(spec, name)).toList(),
                watermark ? rules(spec) : null);
    }

    private static Rules rules(SyncContractSpec spec) {
        RecordRules.Compare compare = spec.record().fields().stream().filter(rule -> rule.name().equals(spec.latency().probe().watermark().field()))
                .map(RecordRules.Field::compare).filter(Objects::nonNull).findFirst().orElse(null);
        return new Rules(compare, spec.record().rows(), spec.record().deletes(), spec.gaps());
    }
}
