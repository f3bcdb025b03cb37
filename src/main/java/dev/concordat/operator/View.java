package dev.concordat.operator;

import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.internal.ChecksumRun;
import dev.concordat.internal.LatencyProbe;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.util.List;
import java.util.Optional;

/**
 * What the operator sees of the cluster without asking: the caches of its informers. It may be a moment old, so absence proves nothing:
 * before acting on "it does not exist", the API server is asked.
 */
interface View {
    /** The runs of a contract, in no order. */
    List<ReconcileJob> runs(String namespace, String contract);

    /** The runs of all contracts, in no order. */
    List<ReconcileJob> runs();

    Optional<Job> job(String namespace, String name);

    /** A run's order and report; evidence beyond the first records, and the contract in the order, may be left out. */
    Optional<ChecksumRun> report(String namespace, String name);

    /** The order to the prober for a contract, and its report. */
    Optional<LatencyProbe> probe(String namespace, String name);

    /** All orders to a namespace's prober. */
    List<LatencyProbe> probes(String namespace);

    /** The Deployment of a namespace that has the prober's name. */
    Optional<Deployment> prober(String namespace);

    /** The ServiceAccount of a namespace that has the data plane's name. */
    Optional<ServiceAccount> account(String namespace);

    /** The RoleBinding of a namespace that has the data plane's name. */
    Optional<RoleBinding> binding(String namespace);
}
