package dev.concordat.operator;

import java.util.Set;

/**
 * What the operator is told from outside.
 *
 * @param image           of the data plane's containers
 * @param namespaces      to watch; empty for all
 * @param leaderElection  whether to wait for the lease before acting
 * @param leaseNamespace  where the lease is; null for the operator's own namespace
 */
record OperatorConfig(DataPlaneImage image, Set<String> namespaces, boolean leaderElection, String leaseNamespace) {
    OperatorConfig {
        namespaces = Set.copyOf(namespaces);
    }
}
