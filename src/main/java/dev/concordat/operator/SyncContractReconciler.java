package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.SyncContract;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import java.util.List;
import java.util.Objects;
import java.util.Set;
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
        var probes = new InformerEventSource<>(InformerEventSourceConfiguration.from(ConfigMap.class, SyncContract.class)
                .withName("probe-reports").withNamespacesInheritedFromController().withLabelSelector(Api.REPORT + "=probe")
                .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(SyncContract.class))
                .build(), context);
        caches.runs(runs);
        caches.probes(probes);
        return List.of(runs, probes);
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
