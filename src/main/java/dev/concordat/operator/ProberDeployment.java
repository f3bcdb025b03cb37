package dev.concordat.operator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.report.ProbeOrder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
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
import java.util.stream.IntStream;

/**
 * The prober of one namespace, as it follows from the orders that it serves: one pod, every Secret that an order names mounted under the
 * Secret's name. Pure. A new order restarts the pod only when it brings a Secret that was not mounted before.
 */
final class ProberDeployment {
    /** Hash of the template that was asked for: tells that another one is wanted, whatever the API server made of this one. */
    static final String HASH = Api.GROUP + "/template-hash";
    /** Sorted: the order of Map.of changes with every process, and with it the hash would. */
    private static final Map<String, String> SELECTOR = new TreeMap<>(Map.of("app.kubernetes.io/name", ProbeOrder.PROBER, Api.MANAGED_BY, Api.CONCORDAT));

    static final ResourceRequirements RESOURCES = new ResourceRequirementsBuilder().addToRequests("cpu", new Quantity("50m")).addToRequests("memory", new Quantity("160Mi"))
            .addToLimits("memory", new Quantity("256Mi")).build();

    private ProberDeployment() {}

    static Deployment of(String namespace, Collection<ProbeOrder> orders, DataPlaneImage image, ResourceRequirements resources) {
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
                .withNewMetadata().withName(ProbeOrder.PROBER).withNamespace(namespace).withLabels(SELECTOR).withOwnerReferences(owners(orders)).endMetadata()
                .withNewSpec()
                .withReplicas(1)
                // Two probers at once would write the same canary row.
                .withNewStrategy().withType("Recreate").endStrategy()
                .withNewSelector().withMatchLabels(SELECTOR).endSelector()
                .withNewTemplate()
                .withNewMetadata().withLabels(SELECTOR).endMetadata()
                .withNewSpec()
                .withServiceAccountName(Names.DATA_PLANE)
                .withAutomountServiceAccountToken(true)
                .withSecurityContext(WorkerJob.podSecurity())
                .withEnableServiceLinks(false)
                .withTerminationGracePeriodSeconds(10L)
                .addNewContainer()
                .withName("prober").withImage(image.name()).withImagePullPolicy(image.pullPolicy()).withCommand("concordat", "probe")
                .withEnv(new EnvVar(ProbeOrder.SECRETS, WorkerJob.SECRETS, null), new EnvVar("POD_NAMESPACE", namespace, null))
                .withVolumeMounts(mounts)
                .withSecurityContext(WorkerJob.containerSecurity())
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withResources(resources)
                .endContainer()
                .withVolumes(volumes)
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
        deployment.getSpec().getTemplate().getMetadata().setAnnotations(Map.of(HASH, Names.hash(Serialization.asJson(deployment.getSpec().getTemplate()))));
        return deployment;
    }

    static JsonNode template(Deployment deployment) {
        return Serialization.jsonMapper().valueToTree(deployment.getSpec().getTemplate());
    }

    /**
     * Whether a Deployment is as it should be, whatever the API server filled in: all that was asked for is there.
     *
     * @param rewritten the template is what the API server answered when the wanted one was written last, so that writing it again would change nothing
     */
    static boolean fits(Deployment present, Deployment wanted, boolean rewritten) {
        boolean template = rewritten ? hash(wanted).equals(hash(present)) : holds(template(present), template(wanted));
        return template && Integer.valueOf(1).equals(present.getSpec().getReplicas()) && !Boolean.TRUE.equals(present.getSpec().getPaused())
                && present.getMetadata().getOwnerReferences().equals(wanted.getMetadata().getOwnerReferences())
                && present.getMetadata().getLabels() != null && present.getMetadata().getLabels().entrySet().containsAll(wanted.getMetadata().getLabels().entrySet());
    }

    private static String hash(Deployment deployment) {
        Map<String, String> annotations = deployment.getSpec().getTemplate().getMetadata() == null ? null : deployment.getSpec().getTemplate().getMetadata().getAnnotations();
        return annotations == null ? "" : annotations.getOrDefault(HASH, "");
    }

    /** Whether each member that is wanted is there, lists with no more and no fewer elements. */
    static boolean holds(JsonNode present, JsonNode wanted) {
        if (wanted.isObject()) {
            return wanted.properties().stream().allMatch(member -> empty(member.getValue()) && !present.has(member.getKey())
                    || present.has(member.getKey()) && holds(present.get(member.getKey()), member.getValue()));
        }
        if (wanted.isArray()) {
            return present.isArray() && present.size() == wanted.size() && IntStream.range(0, wanted.size()).allMatch(i -> holds(present.get(i), wanted.get(i)));
        }
        return wanted.equals(present);
    }

    private static boolean empty(JsonNode node) {
        return node.isNull() || node.isContainerNode() && node.isEmpty();
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
