package dev.concordat.operator;

import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.Set;

/**
 * What the operator is told from outside.
 *
 * @param image           of the data plane's containers
 * @param namespaces      to watch; empty for all
 * @param leaderElection  whether to wait for the lease before acting
 * @param runsPerDatabase checks that may use one database server at a time
 * @param leaseNamespace  where the lease is; null for the operator's own namespace
 * @param prober          what the container of each prober asks for
 */
record OperatorConfig(DataPlaneImage image, Set<String> namespaces, boolean leaderElection, String leaseNamespace, int runsPerDatabase, ResourceRequirements prober) {
    /** With what a prober asks for unless it is told otherwise. */
    OperatorConfig(DataPlaneImage image, Set<String> namespaces, boolean leaderElection, String leaseNamespace, int runsPerDatabase) {
        this(image, namespaces, leaderElection, leaseNamespace, runsPerDatabase, ProberDeployment.RESOURCES);
    }

    OperatorConfig {
        namespaces = Set.copyOf(namespaces);
    }
}
