package dev.concordat.operator;

import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.WriterKind;
import dev.concordat.writer.Deployments;
import dev.concordat.writer.LiveContracts;
import dev.concordat.writer.PauseProtocol;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Constants;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Both controllers on one Kubernetes client, started and stopped together. */
public final class OperatorRuntime implements AutoCloseable {
    /** Everything is looked at again this often, for what an informer may have missed. */
    private static final Duration RESYNC = Duration.ofMinutes(3);
    private static final Duration MAX_RETRY = Duration.ofSeconds(30);
    private static final String LEASE = "concordat-operator";

    private final Operator operator;

    /**
     * Starts nothing yet.
     *
     * @param client left open by {@link #close}
     */
    OperatorRuntime(KubernetesClient client, OperatorConfig config, MeterRegistry registry, Clock clock) {
        Caches caches = new Caches();
        ContractMetrics metrics = new ContractMetrics(registry);
        operator = new Operator((ConfigurationServiceOverrider service) -> {
            service.withKubernetesClient(client)
                    .withCloseClientOnStop(false)
                    .withMetrics(new ReconcileMetrics(registry))
                    // A visit waits for the API server most of the time.
                    .withExecutorService(Executors.newVirtualThreadPerTaskExecutor())
                    .withUseSSAToPatchPrimaryResource(false)
                    .checkingCRDAndValidateLocalModel(false)
                    // With a cache that never synced, absence would mean "create it again": better not to start.
                    .withStopOnInformerErrorDuringStartup(true)
                    .withReconciliationTerminationTimeout(Duration.ofSeconds(10));
            if (config.leaderElection()) {
                service.withLeaderElectionConfiguration(new LeaderElectionConfiguration(LEASE, config.leaseNamespace()));
            }
        });
        DataPlaneAccount account = new DataPlaneAccount(client, caches);
        ContractLoop contracts = new ContractLoop(client, caches, clock, metrics, account, new ProberLoop(client, caches, config.image(), config.prober(), account),
                new LatencyLoop(caches, new StatusWriter(client), new PauseProtocol(Map.of(WriterKind.DEPLOYMENT, new Deployments(client)), new LiveContracts(client)), System::nanoTime));
        RunLoop runs = new RunLoop(client, caches, clock, config.image(), account, new Slots(caches, config.runsPerDatabase()));
        operator.register(new SyncContractReconciler(contracts, caches), this.<SyncContract>controller("synccontract", config.namespaces())
                .andThen(controller -> controller.withOnUpdateFilter(SyncContractReconciler::relevant).withTriggerReconcilerOnAllEvents(true)));
        operator.register(new ReconcileJobReconciler(runs, caches), this.<ReconcileJob>controller("reconcilejob", config.namespaces()));
    }

    private <R extends HasMetadata> Consumer<ControllerConfigurationOverrider<R>> controller(String name, Set<String> namespaces) {
        return controller -> controller.withName(name)
                .settingNamespaces(namespaces.isEmpty() ? Constants.DEFAULT_NAMESPACES_SET : namespaces)
                // Annotations ask for checks and status.runId admits a run: neither raises the generation.
                .withGenerationAware(false)
                .withReconciliationMaxInterval(RESYNC)
                // The default gives up after five attempts.
                .withRetry(new GenericRetry().setInitialInterval(500).setIntervalMultiplier(2).setMaxInterval(MAX_RETRY.toMillis()).withoutMaxAttempts());
    }

    /** Starts both controllers; with leader election, they act once this process holds the lease. Returns when the caches are filled. */
    public void start() {
        operator.start();
    }

    /** Whether the informers of both controllers are connected. */
    public boolean healthy() {
        return operator.getRuntimeInfo().isStarted() && operator.getRuntimeInfo().allEventSourcesAreHealthy();
    }

    @Override
    public void close() {
        operator.stop();
    }
}
