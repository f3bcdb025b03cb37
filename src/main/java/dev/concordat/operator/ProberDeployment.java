package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.report.ProbeOrder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The prober of one namespace, as it follows from the orders that it serves: one pod, every Secret that an order names mounted under the
 * Secret's name. Pure. A new order restarts the pod only when it brings a Secret that was not mounted before.
 */
final class ProberDeployment {
    /** Hash of the template: tells whether a Deployment is as it should be without comparing what the API server filled in. */
    static final String HASH = Api.GROUP + "/template-hash";
    /** Sorted: the order of Map.of changes with every process, and with it the hash would. */
    private static final Map<String, String> SELECTOR = new TreeMap<>(Map.of("app.kubernetes.io/name", ProbeOrder.CONFIG_MAP, Api.MANAGED_BY, Api.CONCORDAT));

    private ProberDeployment() {}

    static Deployment of(String namespace, Collection<ProbeOrder> orders, DataPlaneImage image) {
        SortedSet<String> secrets = new TreeSet<>();
        orders.forEach(order -> secrets.addAll(secrets(order.spec())));
        List<Volume> volumes = new ArrayList<>();
        List<VolumeMount> mounts = new ArrayList<>();
        for (String secret : secrets) {
            String volume = "secret-" + Names.hash(secret);
            volumes.add(WorkerJob.secret(volume, secret));
            mounts.add(new VolumeMountBuilder().withName(volume).withMountPath(WorkerJob.SECRETS + "/" + secret).withReadOnly(true).build());
        }
        volumes.add(new VolumeBuilder().withName("tmp").withNewEmptyDir().endEmptyDir().build());
        mounts.add(new VolumeMountBuilder().withName("tmp").withMountPath("/tmp").build());
        Deployment deployment = new DeploymentBuilder()
                .withNewMetadata().withName(ProbeOrder.CONFIG_MAP).withNamespace(namespace).withLabels(SELECTOR).withOwnerReferences(owners(orders)).endMetadata()
                .withNewSpec()
                .withReplicas(1)
                // Two probers at once would write the same canary row.
                .withNewStrategy().withType("Recreate").endStrategy()
                .withNewSelector().withMatchLabels(SELECTOR).endSelector()
                .withNewTemplate()
                .withNewMetadata().withLabels(SELECTOR).endMetadata()
                .withNewSpec()
                .withServiceAccountName(Names.DATA_PLANE)
                .withSecurityContext(WorkerJob.podSecurity())
                .withEnableServiceLinks(false)
                .withTerminationGracePeriodSeconds(10L)
                .addNewContainer()
                .withName("prober").withImage(image.name()).withImagePullPolicy(image.pullPolicy()).withCommand("concordat", "probe")
                .withEnv(new EnvVar(ProbeOrder.SECRETS, WorkerJob.SECRETS, null), new EnvVar("POD_NAMESPACE", namespace, null))
                .withVolumeMounts(mounts)
                .withSecurityContext(WorkerJob.containerSecurity())
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withNewResources()
                .addToRequests("cpu", new Quantity("50m")).addToRequests("memory", new Quantity("160Mi")).addToLimits("memory", new Quantity("256Mi"))
                .endResources()
                .endContainer()
                .withVolumes(volumes)
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
        deployment.getMetadata().setAnnotations(Map.of(HASH, Names.hash(Serialization.asJson(deployment.getSpec().getTemplate()))));
        return deployment;
    }

    /** Every contract that is probed; none of them is the controller. When the last one goes, so does what it owned, even with no operator there. */
    static List<OwnerReference> owners(Collection<ProbeOrder> orders) {
        return orders.stream().map(ProbeOrder::contract).sorted(Comparator.comparing(contract -> contract.name()))
                .map(contract -> new OwnerReferenceBuilder().withApiVersion(Api.GROUP + "/" + Api.VERSION).withKind("SyncContract")
                        .withName(contract.name()).withUid(contract.uid()).build()).toList();
    }

    private static SortedSet<String> secrets(SyncContractSpec spec) {
        SortedSet<String> names = new TreeSet<>();
        for (Store store : List.of(spec.source().store(), spec.target().store())) {
            names.add(store.credentials().secretName());
            if (WorkerJob.ca(store) != null) {
                names.add(WorkerJob.ca(store));
            }
        }
        if (spec.latency() != null && spec.latency().probe().canary() != null) {
            names.add(spec.latency().probe().canary().writerSecretName());
        }
        return names;
    }
}
