package dev.concordat.operator;

import dev.concordat.api.v1alpha1.ReconcileJob;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
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

    /** A run's report; evidence beyond the first records may be left out. */
    Optional<ConfigMap> report(String namespace, String name);

    /** A prober's report. */
    Optional<ConfigMap> probe(String namespace, String name);
}
