package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.internal.ChecksumRun;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import java.time.Duration;
import java.util.List;
import org.slf4j.MDC;

/** Shell around {@link RunLoop}: which events lead to a visit. */
final class ReconcileJobReconciler implements Reconciler<ReconcileJob> {
    private static final Duration AT_ONCE = Duration.ofMillis(50);
    private final RunLoop loop;
    private final Caches caches;

    ReconcileJobReconciler(RunLoop loop, Caches caches) {
        this.loop = loop;
        this.caches = caches;
    }

    @Override
    public List<EventSource<?, ReconcileJob>> prepareEventSources(EventSourceContext<ReconcileJob> context) {
        var jobs = new InformerEventSource<>(InformerEventSourceConfiguration.from(Job.class, ReconcileJob.class)
                .withName("jobs").withNamespacesInheritedFromController().withLabelSelector(Api.MANAGED_BY + "=" + Api.CONCORDAT)
                .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(ReconcileJob.class))
                .build(), context);
        var reported = InformerEventSourceConfiguration.from(ChecksumRun.class, ReconcileJob.class)
                .withName("run-reports").withNamespacesInheritedFromController()
                .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(ReconcileJob.class));
        // Several namespaces are several informers, and a relist of one would drop what another has put into a store that they share.
        if (context.getControllerConfiguration().getInformerConfig().getNamespaces().size() == 1) {
            reported.withItemStore(new ReportStore());
        }
        var reports = new InformerEventSource<>(reported.build(), context);
        caches.jobs(jobs);
        caches.reports(reports);
        return List.of(jobs, reports);
    }

    @Override
    public UpdateControl<ReconcileJob> reconcile(ReconcileJob run, Context<ReconcileJob> context) {
        try (var contract = MDC.putCloseable("contract", run.getMetadata().getNamespace() + "/" + run.getSpec().contractName());
                var name = MDC.putCloseable("run", run.getMetadata().getName())) {
            UpdateControl<ReconcileJob> control = UpdateControl.noUpdate();
            try {
                Outcome outcome = loop.visit(run);
                return outcome.again() == null ? control : control.rescheduleAfter(outcome.again());
            } catch (KubernetesClientException e) {
                if (e.getCode() == 409) {
                    return control.rescheduleAfter(AT_ONCE);
                }
                throw e;
            }
        }
    }
}
