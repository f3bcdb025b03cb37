package dev.concordat.operator;

import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.SyncContract;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Optional;

/** The view through the informers of both controllers, which hand them in before they start. */
final class Caches implements View {
    private InformerEventSource<ReconcileJob, SyncContract> runs;
    private InformerEventSource<ConfigMap, SyncContract> probes;
    private InformerEventSource<Job, ReconcileJob> jobs;
    private InformerEventSource<ConfigMap, ReconcileJob> reports;

    void runs(InformerEventSource<ReconcileJob, SyncContract> source) {
        runs = source;
    }

    void probes(InformerEventSource<ConfigMap, SyncContract> source) {
        probes = source;
    }

    void jobs(InformerEventSource<Job, ReconcileJob> source) {
        jobs = source;
    }

    void reports(InformerEventSource<ConfigMap, ReconcileJob> source) {
        reports = source;
    }

    @Override
    public List<ReconcileJob> runs(String namespace, String contract) {
        SyncContract primary = new SyncContract();
        primary.setMetadata(new ObjectMetaBuilder().withNamespace(namespace).withName(contract).build());
        return List.copyOf(runs.getSecondaryResources(primary));
    }

    @Override
    public List<ReconcileJob> runs() {
        return runs.list(run -> true).toList();
    }

    @Override
    public Optional<Job> job(String namespace, String name) {
        return get(jobs, namespace, name);
    }

    @Override
    public Optional<ConfigMap> report(String namespace, String name) {
        return get(reports, namespace, name);
    }

    @Override
    public Optional<ConfigMap> probe(String namespace, String name) {
        return get(probes, namespace, name);
    }

    private static <R extends HasMetadata> Optional<R> get(InformerEventSource<R, ?> source, String namespace, String name) {
        return source.get(new ResourceID(name, namespace));
    }
}
