package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.ReconcileJobStatus;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.SyncContractStatus;
import dev.concordat.contract.Durations;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** A fixed number of series per contract, removed when the contract goes. NaN: not known. */
final class ContractMetrics {
    private final MeterRegistry registry;
    private final Map<String, Series> series = new ConcurrentHashMap<>();

    ContractMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    void observe(SyncContract contract, SyncContractStatus status, int droppedWindows) {
        Series of = series.computeIfAbsent(key(contract), key -> new Series(registry,
                Tags.of("namespace", contract.getMetadata().getNamespace(), "contract", contract.getMetadata().getName())));
        of.inSync = truth(Conditions.find(status.conditions(), ContractConditions.IN_SYNC));
        of.drift = status.drift() == null || status.drift().records() == null ? Double.NaN : status.drift().records();
        Condition inSync = Conditions.find(status.conditions(), ContractConditions.IN_SYNC);
        of.paging = Double.isNaN(of.inSync) ? Double.NaN : DriftReason.PAGING.contains(inSync.reason()) ? 1 : 0;
        ReconcileJobStatus.Memory memory = status.drift() == null ? null : status.drift().memory();
        of.persistent = memory == null ? Double.NaN : RunFolding.value(memory.persistent());
        of.recurring = memory == null ? Double.NaN : RunFolding.value(memory.recurring());
        of.resolved = memory == null ? Double.NaN : RunFolding.value(memory.resolved());
        of.halfLife = memory == null || memory.halfLife() == null ? Double.NaN : Durations.parse(memory.halfLife()).toSeconds();
        Instant oldest = memory == null ? null : Times.parse(memory.oldestSince());
        of.oldest = oldest == null ? Double.NaN : oldest.getEpochSecond();
        of.budget = percent(status.latency() == null ? null : status.latency().budgetRemaining());
        of.paused = truth(Conditions.find(status.conditions(), ContractConditions.WRITERS_PAUSED));
        if (droppedWindows > 0) {
            of.dropped.increment(droppedWindows);
        }
    }

    void remove(SyncContract contract) {
        Series gone = series.remove(key(contract));
        if (gone != null) {
            gone.meters.forEach(registry::remove);
        }
    }

    private static String key(SyncContract contract) {
        return contract.getMetadata().getNamespace() + "/" + contract.getMetadata().getName();
    }

    private static double truth(Condition condition) {
        return condition == null ? Double.NaN : condition.isTrue() ? 1 : condition.isFalse() ? 0 : Double.NaN;
    }

    private static double percent(String text) {
        try {
            return text == null ? Double.NaN : Double.parseDouble(text.replace("%", "").strip()) / 100;
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    private static final class Series {
        private volatile double inSync = Double.NaN;
        private volatile double drift = Double.NaN;
        private volatile double paging = Double.NaN;
        private volatile double persistent = Double.NaN;
        private volatile double recurring = Double.NaN;
        private volatile double resolved = Double.NaN;
        private volatile double halfLife = Double.NaN;
        private volatile double oldest = Double.NaN;
        private volatile double budget = Double.NaN;
        private volatile double paused = Double.NaN;
        private final Counter dropped;
        private final List<Meter> meters = new ArrayList<>();

        Series(MeterRegistry registry, Tags tags) {
            gauge(registry, tags, "concordat.contract.in.sync", "1: the last check found both stores in agreement; 0: it found drift beyond the threshold", () -> inSync);
            gauge(registry, tags, "concordat.contract.drift.records", "Records that differ: the drift that stands", () -> drift);
            gauge(registry, tags, "concordat.contract.drift.paging", "1: drift beyond the threshold that was there at the check before, or had been repaired in between; alert on it", () -> paging);
            gauge(registry, tags, "concordat.contract.drift.persistent.records", "Records that differed in the last check and when a check looked at them before", () -> persistent);
            gauge(registry, tags, "concordat.contract.drift.recurring.records", "Records that differed in the last check and had agreed again in between", () -> recurring);
            gauge(registry, tags, "concordat.contract.drift.resolved.records", "Records that differed before and agreed in the last check", () -> resolved);
            gauge(registry, tags, "concordat.contract.drift.half.life.seconds", "Time after which half of the discrepancies had gone", () -> halfLife);
            gauge(registry, tags, "concordat.contract.drift.oldest.timestamp.seconds", "When the oldest of the differing records was first seen to differ, in seconds since 1970", () -> oldest);
            gauge(registry, tags, "concordat.budget.remaining.ratio", "What is left of the error budget; negative when overspent", () -> budget);
            gauge(registry, tags, "concordat.writers.paused", "1 while the contract's writers are paused", () -> paused);
            dropped = Counter.builder("concordat.windows.dropped").description("Scheduled checks left out because the one before was still running").tags(tags).register(registry);
            meters.add(dropped);
        }

        private void gauge(MeterRegistry registry, Tags tags, String name, String description, Supplier<Number> value) {
            meters.add(Gauge.builder(name, value).description(description).tags(tags).register(registry));
        }
    }
}
