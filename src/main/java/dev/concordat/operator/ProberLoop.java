package dev.concordat.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.internal.LatencyProbe;
import dev.concordat.report.Failure;
import dev.concordat.report.ProbeOrder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the namespace's prober in step with one contract: its order, and the Deployment that follows from all orders of the namespace. Where the caches show both as they
 * should be, nothing is asked; where not, whoever changed them, they are put right.
 *
 * <p>Contracts of a namespace are visited at the same time and share the Deployment. It is read before the orders that it is made from: a write that passes its
 * resourceVersion therefore stems from orders at least as new as those of the write before it.
 */
final class ProberLoop {
    private static final Logger log = LoggerFactory.getLogger(ProberLoop.class);
    private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);
    private static final int ATTEMPTS = 6;

    /** What was found to be right: the same again needs no look. */
    private record Seen(ProbeOrder order, String probe, String deployment) {}

    private final KubernetesClient client;
    private final View view;
    private final DataPlaneImage image;
    private final ResourceRequirements resources;
    private final DataPlaneAccount account;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();
    /** By namespace: contracts of one namespace that are visited at the same time do not race for what they share. */
    private final Map<String, Object> locks = new ConcurrentHashMap<>();
    /** By the Deployment's uid: the template that the API server made of ours. An admission policy may rewrite it each time. */
    private final Map<String, JsonNode> answered = new ConcurrentHashMap<>();

    ProberLoop(KubernetesClient client, View view, DataPlaneImage image, ResourceRequirements resources, DataPlaneAccount account) {
        this.client = client;
        this.view = view;
        this.image = image;
        this.resources = resources;
        this.account = account;
    }

    /** The order that a contract gives: null when it has nothing to be probed. One that is suspended keeps its order, which says so, and its report. */
    static ProbeOrder order(SyncContract contract) {
        if (contract.getSpec().latency() == null || contract.getMetadata().getDeletionTimestamp() != null) {
            return null;
        }
        var writers = contract.getStatus() == null ? null : contract.getStatus().writers();
        String fence = writers == null || writers.pause() == null ? null : writers.pause().fence();
        return new ProbeOrder(WorkerJob.ref(contract), fence, contract.getSpec());
    }

    /** Whether the order asks for probes. */
    private static boolean active(ProbeOrder order) {
        return order != null && order.spec() != null && !order.spec().suspend();
    }

    /**
     * Brings the prober in step.
     *
     * @param contract as it is written now, its pause included
     * @param probed   whether it has ever had an order; false saves a look at the API server
     * @throws NameTaken when an object of a name that is needed is not ours
     */
    void visit(SyncContract contract, boolean probed) {
        ProbeOrder order = order(contract);
        String namespace = contract.getMetadata().getNamespace();
        String uid = contract.getMetadata().getUid();
        Optional<LatencyProbe> probe = view.probe(namespace, contract.getMetadata().getName()).filter(there -> RunLoop.ownedBy(there, contract));
        if (probe.isEmpty() && !active(order) && !probed) {
            return;
        }
        Optional<Deployment> deployment = view.prober(namespace);
        Seen now = new Seen(order, probe.map(there -> there.getMetadata().getUid() + "/" + there.getMetadata().getGeneration()).orElse(null),
                deployment.map(there -> there.getMetadata().getUid() + "/" + there.getMetadata().getResourceVersion()).orElse(null));
        if (now.equals(seen.get(uid))) {
            return;
        }
        if (right(order, probe.orElse(null)) && right(namespace, orders(view.probes(namespace)), deployment.orElse(null))) {
            seen.put(uid, now);
            return;
        }
        synchronized (locks.computeIfAbsent(namespace, _ -> new Object())) {
            bring(contract, order);
        }
    }

    private void bring(SyncContract contract, ProbeOrder order) {
        for (int attempt = 1; ; attempt++) {
            try {
                once(contract, order);
                return;
            } catch (KubernetesClientException e) {
                if (e.getCode() != 409 || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Why the API server takes no pod of the prober, in its own words; null when it does, or the contract needs none. */
    Failure refusal(SyncContract contract) {
        if (!active(order(contract))) {
            return null;
        }
        List<DeploymentCondition> conditions = view.prober(contract.getMetadata().getNamespace()).filter(there -> there.getStatus() != null)
                .map(there -> there.getStatus().getConditions()).orElse(List.of());
        return conditions.stream().filter(condition -> "ReplicaFailure".equals(condition.getType()) && "True".equals(condition.getStatus())).findFirst()
                .map(condition -> new Failure("ProberRefused", null, "no pod of Deployment " + contract.getMetadata().getNamespace() + "/" + ProbeOrder.PROBER + " can be made: "
                        + condition.getMessage(), "Change what refuses it, or what a prober's pod asks for: the chart's value prober.resources", false)).orElse(null);
    }

    void forget(SyncContract contract) {
        seen.remove(contract.getMetadata().getUid());
    }

    private void once(SyncContract contract, ProbeOrder order) {
        String namespace = contract.getMetadata().getNamespace();
        var deployments = client.apps().deployments().inNamespace(namespace).withName(ProbeOrder.PROBER);
        Deployment deployment = deployments.get();
        give(contract, order);
        Collection<ProbeOrder> orders = orders(client.resources(LatencyProbe.class).inNamespace(namespace).list().getItems());
        if (right(namespace, orders, deployment)) {
            return;
        }
        if (!DataPlaneAccount.ours(deployment == null ? ProberDeployment.of(namespace, orders, image, resources) : deployment)) {
            throw NameTaken.foreign(deployment);
        }
        if (orders.isEmpty()) {
            client.resource(deployment).lockResourceVersion(deployment.getMetadata().getResourceVersion()).delete();
            log.info("event=ProberDeleted namespace={}", namespace);
            return;
        }
        account.keep(contract);
        Deployment wanted = ProberDeployment.of(namespace, orders, image, resources);
        if (deployment == null) {
            answered(client.resource(wanted).create());
            log.info("event=ProberCreated namespace={} contracts={}", namespace, orders.size());
        } else {
            answered(deployments.patch(MERGE, patch(deployment, wanted).toString()));
            log.info("event=ProberUpdated namespace={} contracts={}", namespace, orders.size());
        }
    }

    private void answered(Deployment written) {
        answered.put(written.getMetadata().getUid(), ProberDeployment.template(written));
    }

    private static ObjectNode patch(Deployment present, Deployment wanted) {
        ObjectNode patch = Serialization.jsonMapper().createObjectNode();
        ObjectNode metadata = patch.putObject("metadata").put("resourceVersion", present.getMetadata().getResourceVersion());
        metadata.set("labels", Serialization.jsonMapper().valueToTree(wanted.getMetadata().getLabels()));
        metadata.set("ownerReferences", Serialization.jsonMapper().valueToTree(wanted.getMetadata().getOwnerReferences()));
        ObjectNode spec = patch.putObject("spec").put("replicas", 1).put("paused", false);
        spec.set("template", Serialization.jsonMapper().valueToTree(wanted.getSpec().getTemplate()));
        return patch;
    }

    /** Orders that ask for probes, of contracts that gave them. */
    private static Collection<ProbeOrder> orders(List<LatencyProbe> probes) {
        return probes.stream().filter(probe -> probe.getMetadata().getDeletionTimestamp() == null && probe.getSpec() != null && active(probe.getSpec())).map(LatencyProbe::getSpec).toList();
    }

    private static boolean right(ProbeOrder order, LatencyProbe probe) {
        return order == null ? probe == null : probe == null ? !active(order) : order.equals(probe.getSpec());
    }

    private boolean right(String namespace, Collection<ProbeOrder> orders, Deployment deployment) {
        if (orders.isEmpty() || deployment == null) {
            return orders.isEmpty() && (deployment == null || !DataPlaneAccount.ours(deployment));
        }
        Deployment wanted = ProberDeployment.of(namespace, orders, image, resources);
        boolean rewritten = ProberDeployment.template(deployment).equals(answered.get(deployment.getMetadata().getUid()));
        return DataPlaneAccount.ours(deployment) && ProberDeployment.fits(deployment, wanted, rewritten);
    }

    /** Writes or withdraws the contract's order. */
    private void give(SyncContract contract, ProbeOrder order) {
        LatencyProbe wanted = new LatencyProbe();
        wanted.setMetadata(new ObjectMetaBuilder().withName(contract.getMetadata().getName()).withNamespace(contract.getMetadata().getNamespace())
                .withLabels(WorkerJob.labels(contract.getMetadata().getName())).withOwnerReferences(WorkerJob.owner(contract, true)).build());
        wanted.setSpec(order);
        LatencyProbe there = client.resource(wanted).get();
        if (there != null && !RunLoop.ownedBy(there, contract)) {
            if (order == null) {
                return;
            }
            throw NameTaken.earlier(there);
        }
        if (right(order, there)) {
            return;
        }
        if (order == null) {
            client.resource(there).lockResourceVersion(there.getMetadata().getResourceVersion()).delete();
        } else if (there == null) {
            client.resource(wanted).create();
        } else {
            ObjectNode patch = Serialization.jsonMapper().createObjectNode();
            patch.putObject("metadata").put("resourceVersion", there.getMetadata().getResourceVersion());
            patch.set("spec", JsonMergePatch.between(StatusWriter.tree(there.getSpec()), StatusWriter.tree(order)));
            client.resource(there).patch(MERGE, patch.toString());
        }
    }
}
