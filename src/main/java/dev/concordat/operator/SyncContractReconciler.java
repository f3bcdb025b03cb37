package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.internal.LatencyProbe;
import dev.concordat.report.ProbeOrder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.javaoperatorsdk.operator.api.config.informer.FieldSelector;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.MDC;

/** Shell around {@link ContractLoop}: which events lead to a visit. */
final class SyncContractReconciler implements Reconciler<SyncContract> {
    private final ContractLoop loop;
    private final Caches caches;

    SyncContractReconciler(ContractLoop loop, Caches caches) {
        this.loop = loop;
        this.caches = caches;
    }

    @Override
    public List<EventSource<?, SyncContract>> prepareEventSources(EventSourceContext<SyncContract> context) {
        var runs = new InformerEventSource<>(InformerEventSourceConfiguration.from(ReconcileJob.class, SyncContract.class)
                .withName("runs").withNamespacesInheritedFromController()
                .withSecondaryToPrimaryMapper(run -> Set.of(new ResourceID(run.getSpec().contractName(), run.getMetadata().getNamespace())))
                .build(), context);
        var probes = new InformerEventSource<>(InformerEventSourceConfiguration.from(LatencyProbe.class, SyncContract.class)
                .withName("probes").withNamespacesInheritedFromController()
                // By name: whatever somebody made of its owner, it is this contract that puts it right.
                .withSecondaryToPrimaryMapper(probe -> Set.of(new ResourceID(probe.getMetadata().getName(), probe.getMetadata().getNamespace())))
                .build(), context);
        var deployments = child(Deployment.class, "probers", ProbeOrder.PROBER, SyncContractReconciler::changed, context);
        var accounts = child(ServiceAccount.class, "accounts", Names.DATA_PLANE, SyncContractReconciler::metadataChanged, context);
        var bindings = child(RoleBinding.class, "bindings", Names.DATA_PLANE,
                (now, before) -> metadataChanged(now, before) || !Objects.equals(now.getSubjects(), before.getSubjects()), context);
        caches.runs(runs);
        caches.probes(probes);
        caches.children(deployments, accounts, bindings);
        return List.of(runs, probes, deployments, accounts, bindings);
    }

    /** Follows the one object of that name in each namespace: all contracts of the namespace share it. */
    private static <R extends HasMetadata> InformerEventSource<R, SyncContract> child(Class<R> kind, String source, String name, OnUpdateFilter<R> changed,
            EventSourceContext<SyncContract> context) {
        return new InformerEventSource<>(InformerEventSourceConfiguration.from(kind, SyncContract.class)
                .withName(source).withNamespacesInheritedFromController().withFieldSelector(new FieldSelector(new FieldSelector.Field("metadata.name", name)))
                .withOnUpdateFilter(changed)
                .withSecondaryToPrimaryMapper(child -> context.getPrimaryCache().list(child.getMetadata().getNamespace(), contract -> true)
                        .map(ResourceID::fromResource).collect(Collectors.toSet()))
                .build(), context);
    }

    /** Not what its controller counts, but what was asked for, and whether pods can be made. */
    private static boolean changed(Deployment now, Deployment before) {
        return metadataChanged(now, before) || !Objects.equals(now.getSpec(), before.getSpec()) || !Objects.equals(refused(now), refused(before));
    }

    private static List<String> refused(Deployment deployment) {
        return deployment.getStatus() == null ? List.of() : deployment.getStatus().getConditions().stream().filter(condition -> condition.getType().equals("ReplicaFailure"))
                .map(condition -> condition.getStatus() + condition.getMessage()).toList();
    }

    private static boolean metadataChanged(HasMetadata now, HasMetadata before) {
        return !Objects.equals(now.getMetadata().getUid(), before.getMetadata().getUid()) || !Objects.equals(now.getMetadata().getLabels(), before.getMetadata().getLabels())
                || !Objects.equals(now.getMetadata().getOwnerReferences(), before.getMetadata().getOwnerReferences())
                || !Objects.equals(now.getMetadata().getDeletionTimestamp(), before.getMetadata().getDeletionTimestamp());
    }

    @Override
    public UpdateControl<SyncContract> reconcile(SyncContract contract, Context<SyncContract> context) {
        try (var contractName = MDC.putCloseable("contract", contract.getMetadata().getNamespace() + "/" + contract.getMetadata().getName())) {
            if (context.isPrimaryResourceDeleted()) {
                loop.forget(contract);
                return UpdateControl.noUpdate();
            }
            Outcome outcome = loop.visit(contract);
            UpdateControl<SyncContract> control = UpdateControl.noUpdate();
            return outcome.again() == null ? control : control.rescheduleAfter(outcome.again());
        }
    }

    /**
     * Whether a change of a contract calls for a visit: its spec, one of the annotations that people act through, its finalizers or its
     * deletion. Our own status writes do not.
     */
    static boolean relevant(SyncContract now, SyncContract before) {
        return !Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
                || !Objects.equals(now.getMetadata().getUid(), before.getMetadata().getUid())
                || !Objects.equals(now.getMetadata().getDeletionTimestamp(), before.getMetadata().getDeletionTimestamp())
                || !Objects.equals(now.getMetadata().getFinalizers(), before.getMetadata().getFinalizers())
                || List.of(Api.CHECK_REQUESTED, Api.HOLD, Api.FORCE_RESUME, Api.ACKNOWLEDGE, Api.FORCE_RELEASE).stream()
                        .anyMatch(name -> !Objects.equals(ContractLoop.annotation(now, name), ContractLoop.annotation(before, name)));
    }
}
