package dev.concordat.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.RetryInfo;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Visits by kind: how many, how long, how many failed and were tried again. Three series a kind. The framework's own MicrometerMetricsV2 (5.3.2) registers
 * one name with different tags, which Prometheus refuses with an exception; thrown in an informer's handler, that costs the event.
 */
final class ReconcileMetrics implements Metrics {
    private final MeterRegistry registry;

    ReconcileMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void reconciliationSubmitted(HasMetadata resource, RetryInfo retry, Map<String, Object> metadata) {
        if (retry != null && retry.getAttemptCount() > 0) {
            counter("concordat.reconciliations.retries", "Visits tried again after a failure", resource.getKind()).increment();
        }
    }

    @Override
    public void reconciliationFailed(HasMetadata resource, RetryInfo retry, Exception exception, Map<String, Object> metadata) {
        counter("concordat.reconciliations.failed", "Visits that ended in an exception", resource.getKind()).increment();
    }

    @Override
    public <T> T timeControllerExecution(ControllerExecution<T> execution) throws Exception {
        long start = System.nanoTime();
        try {
            return execution.execute();
        } finally {
            Timer.builder("concordat.reconciliations").description("Visits, by kind").tag("controller", execution.controllerName())
                    .serviceLevelObjectives(Duration.ofMillis(10), Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(10))
                    .register(registry).record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
        }
    }

    private Counter counter(String name, String description, String kind) {
        return Counter.builder(name).description(description).tag("controller", kind.toLowerCase(Locale.ROOT)).register(registry);
    }
}
