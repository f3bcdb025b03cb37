package dev.concordat.operator;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready: the controllers run and their informers are connected. Alive: the informers have not been disconnected for longer than
 * {@link #PATIENCE}; a watch that died without a word is made good by a restart and by nothing else.
 */
@ApplicationScoped
public class OperatorHealth {
    static final Duration PATIENCE = Duration.ofMinutes(5);

    private final LongSupplier nanoClock;
    private volatile OperatorRuntime runtime;
    private volatile long healthyAt;
    private volatile boolean wasHealthy;

    public OperatorHealth() {
        this(System::nanoTime);
    }

    OperatorHealth(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.healthyAt = nanoClock.getAsLong();
    }

    void watch(OperatorRuntime started) {
        runtime = started;
    }

    @Produces
    @Readiness
    @ApplicationScoped
    HealthCheck readiness() {
        return () -> HealthCheckResponse.named("controllers").status(healthy()).build();
    }

    @Produces
    @Liveness
    @ApplicationScoped
    HealthCheck liveness() {
        return () -> HealthCheckResponse.named("informers").status(alive(healthy())).build();
    }

    /** Until it was healthy once, it is starting or waits for the lease, and a restart would not help. */
    boolean alive(boolean healthy) {
        if (healthy) {
            wasHealthy = true;
            healthyAt = nanoClock.getAsLong();
        }
        return !wasHealthy || nanoClock.getAsLong() - healthyAt < PATIENCE.toNanos();
    }

    private boolean healthy() {
        OperatorRuntime current = runtime;
        return current != null && current.healthy();
    }
}
