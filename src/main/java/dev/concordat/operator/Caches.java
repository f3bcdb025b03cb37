package dev.concordat.operator;

import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.internal.ChecksumRun;
import dev.concordat.internal.LatencyProbe;
import dev.concordat.report.ProbeOrder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Optional;

/** The view through the informers of both controllers, which hand them in before they start. */
final class Caches implements View {
    private InformerEventSource<ReconcileJob, SyncContract> runs;
    private InformerEventSource<LatencyProbe, SyncContract> probes;
    private InformerEventSource<Job, ReconcileJob> jobs;
    private InformerEventSource<ChecksumRun, ReconcileJob> reports;
    private InformerEventSource<Deployment, SyncContract> probers;
    private InformerEventSource<ServiceAccount, SyncContract> accounts;
    private InformerEventSource<RoleBinding, SyncContract> bindings;

    void runs(InformerEventSource<ReconcileJob, SyncContract> source) {
        runs = source;
    }

    void probes(InformerEventSource<LatencyProbe, SyncContract> source) {
        probes = source;
    }

    void children(InformerEventSource<Deployment, SyncContract> deployments, InformerEventSource<ServiceAccount, SyncContract> serviceAccounts,
            InformerEventSource<RoleBinding, SyncContract> roleBindings) {
        probers = deployments;
        accounts = serviceAccounts;
        bindings = roleBindings;
    }

    void jobs(InformerEventSource<Job, ReconcileJob> source) {
        jobs = source;
    }

    void reports(InformerEventSource<ChecksumRun, ReconcileJob> source) {
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
    public Optional<ChecksumRun> report(String namespace, String name) {
        return get(reports, namespace, name);
    }

    @Override
    public Optional<LatencyProbe> probe(String namespace, String name) {
        return get(probes, namespace, name);
    }

    @Override
    public List<LatencyProbe> probes(String namespace) {
        return probes.list(namespace, probe -> true).toList();
    }

    @Override
    public Optional<Deployment> prober(String namespace) {
        return get(probers, namespace, ProbeOrder.PROBER);
    }

    @Override
    public Optional<ServiceAccount> account(String namespace) {
        return get(accounts, namespace, Names.DATA_PLANE);
    }

    @Override
    public Optional<RoleBinding> binding(String namespace) {
        return get(bindings, namespace, Names.DATA_PLANE);
    }

    private static <R extends HasMetadata> Optional<R> get(InformerEventSource<R, ?> source, String namespace, String name) {
        return source.get(new ResourceID(name, namespace));
    }
}
