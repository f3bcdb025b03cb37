package dev.concordat.operator;

import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The command {@code operator}: {@code Quarkus.run(OperatorApp.class, args)}. Ends when the process is told to. */
public class OperatorApp implements QuarkusApplication {
    private static final Logger log = LoggerFactory.getLogger(OperatorApp.class);

    @Inject KubernetesClient client;
    @Inject MeterRegistry registry;
    @Inject OperatorHealth health;

    @ConfigProperty(name = "concordat.image") Optional<String> image;
    @ConfigProperty(name = "concordat.image-pull-policy") Optional<String> imagePullPolicy;
    @ConfigProperty(name = "concordat.watch-namespaces") Optional<Set<String>> namespaces;
    @ConfigProperty(name = "concordat.leader-election") boolean leaderElection;
    @ConfigProperty(name = "concordat.lease-namespace") Optional<String> leaseNamespace;
    @ConfigProperty(name = "concordat.runs-per-database") int runsPerDatabase;
    @ConfigProperty(name = "concordat.prober-resources") Optional<String> proberResources;
    @ConfigProperty(name = "quarkus.application.version") String version;

    @Override
    public int run(String... args) {
        if (image.isEmpty()) {
            log.error("event=NotStarted message=CONCORDAT_IMAGE is not set: it names the image that workers and probers run. The chart sets it to the operator's own image");
            return 2;
        }
        if (runsPerDatabase < 1) {
            log.error("event=NotStarted message=CONCORDAT_RUNS_PER_DATABASE is {}: at least one check at a time has to be able to use a database server", runsPerDatabase);
            return 2;
        }
        ResourceRequirements prober;
        try {
            prober = proberResources.map(json -> Serialization.unmarshal(json, ResourceRequirements.class)).orElse(ProberDeployment.RESOURCES);
        } catch (RuntimeException e) {
            log.error("event=NotStarted message=CONCORDAT_PROBER_RESOURCES is not the JSON of a container's resources. The chart sets it from prober.resources");
            return 2;
        }
        OperatorConfig config = new OperatorConfig(new DataPlaneImage(image.get(), imagePullPolicy.orElse(null)), namespaces.map(TreeSet::new).orElseGet(TreeSet::new), leaderElection,
                leaseNamespace.orElse(null), runsPerDatabase, prober);
        Gauge.builder("concordat.build.info", () -> 1).tag("version", version).description("1, labelled with the version").register(registry);
        try (OperatorRuntime runtime = new OperatorRuntime(client, config, registry, Clock.systemUTC())) {
            health.watch(runtime);
            runtime.start();
            log.info("event=Started version={} image={} namespaces={} leaderElection={} apiServer={} uptimeMillis={}", version, config.image().name(),
                    config.namespaces().isEmpty() ? "all" : config.namespaces(), leaderElection, client.getMasterUrl(), ManagementFactory.getRuntimeMXBean().getUptime());
            Quarkus.waitForExit();
        }
        return 0;
    }
}
