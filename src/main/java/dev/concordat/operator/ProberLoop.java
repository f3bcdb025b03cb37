package dev.concordat.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.report.ContractRef;
import dev.concordat.report.Json;
import dev.concordat.report.ProbeOrder;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the namespace's prober in step with one contract: its order in the ConfigMap, and the Deployment that follows from all orders.
 *
 * <p>Contracts of a namespace are visited at the same time and share both objects. Each visit touches its own entry, and the Deployment is
 * read before the ConfigMap that it is made from: a write that passes its resourceVersion therefore stems from a ConfigMap at least as new as
 * that of the write before it.
 */
final class ProberLoop {
    private static final Logger log = LoggerFactory.getLogger(ProberLoop.class);
    private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);
    private static final int ATTEMPTS = 6;
    /** What was right a moment ago is looked at again after this time, for somebody else's changes. */
    private static final Duration TRUST = Duration.ofMinutes(3);

    private record Seen(String order, long at) {}

    private final KubernetesClient client;
    private final DataPlaneImage image;
    private final DataPlaneAccount account;
    private final LongSupplier nanoClock;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();

    ProberLoop(KubernetesClient client, DataPlaneImage image, DataPlaneAccount account, LongSupplier nanoClock) {
        this.client = client;
        this.image = image;
        this.account = account;
        this.nanoClock = nanoClock;
    }

    /** The order that a contract gives: null when it is not to be probed. */
    static ProbeOrder order(SyncContract contract) {
        if (contract.getSpec().latency() == null || contract.getSpec().suspend() || contract.getMetadata().getDeletionTimestamp() != null) {
            return null;
        }
        var writers = contract.getStatus() == null ? null : contract.getStatus().writers();
        String fence = writers == null || writers.pause() == null ? null : writers.pause().fence();
        return new ProbeOrder(WorkerJob.ref(contract), Names.probeReport(contract.getMetadata().getName()), fence, contract.getSpec());
    }

    /**
     * Brings the prober in step.
     *
     * @param contract as it is written now, its pause included
     * @param probed   whether it has ever had an order; false saves a look at the API server
     */
    void visit(SyncContract contract, boolean probed) {
        ProbeOrder order = order(contract);
        String text = order == null ? null : Json.write(order);
        String uid = contract.getMetadata().getUid();
        Seen last = seen.get(uid);
        if (text == null && last == null && !probed) {
            return;
        }
        if (last != null && Objects.equals(last.order, text) && nanoClock.getAsLong() - last.at < TRUST.toNanos()) {
            return;
        }
        for (int attempt = 1; ; attempt++) {
            try {
                once(contract, text);
                seen.put(uid, new Seen(text, nanoClock.getAsLong()));
                return;
            } catch (KubernetesClientException e) {
                if (e.getCode() != 409 || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    void forget(SyncContract contract) {
        seen.remove(contract.getMetadata().getUid());
    }

    private void once(SyncContract contract, String text) {
        String namespace = contract.getMetadata().getNamespace();
        var deployments = client.apps().deployments().inNamespace(namespace).withName(ProbeOrder.CONFIG_MAP);
        var maps = client.configMaps().inNamespace(namespace).withName(ProbeOrder.CONFIG_MAP);
        Deployment deployment = deployments.get();
        ConfigMap map = maps.get();

        Map<String, String> data = new TreeMap<>(map == null || map.getData() == null ? Map.of() : map.getData());
        String key = contract.getMetadata().getName() + ".json";
        boolean changed = !Objects.equals(text, data.get(key));
        if (changed && text == null) {
            data.remove(key);
        } else if (changed) {
            data.put(key, text);
        }
        if (changed) {
            data.entrySet().removeIf(entry -> !entry.getKey().equals(key) && gone(namespace, entry.getValue()));
        }
        Map<String, ProbeOrder> orders = new TreeMap<>();
        data.forEach((name, order) -> Json.find(order, ProbeOrder.class).ifPresent(o -> orders.put(name, o)));
        if (orders.isEmpty()) {
            remove(namespace, map, deployment);
            return;
        }
        account.ensure(namespace);
        if (map == null) {
            client.resource(new ConfigMapBuilder().withNewMetadata().withName(ProbeOrder.CONFIG_MAP).withNamespace(namespace)
                    .withLabels(Map.of(Api.MANAGED_BY, Api.CONCORDAT)).withOwnerReferences(ProberDeployment.owners(orders.values())).endMetadata().withData(data).build()).create();
        } else if (changed) {
            ObjectNode patch = Serialization.jsonMapper().createObjectNode();
            ObjectNode metadata = patch.putObject("metadata").put("resourceVersion", map.getMetadata().getResourceVersion());
            metadata.set("ownerReferences", Serialization.jsonMapper().valueToTree(ProberDeployment.owners(orders.values())));
            patch.set("data", JsonMergePatch.between(StatusWriter.tree(map.getData()), StatusWriter.tree(data)));
            maps.patch(MERGE, patch.toString());
        }
        Deployment wanted = ProberDeployment.of(namespace, orders.values(), image);
        if (deployment == null) {
            client.resource(wanted).create();
            log.info("event=ProberCreated namespace={} contracts={}", namespace, orders.size());
        } else if (differs(deployment, wanted)) {
            ObjectNode patch = Serialization.jsonMapper().createObjectNode();
            ObjectNode metadata = patch.putObject("metadata").put("resourceVersion", deployment.getMetadata().getResourceVersion());
            metadata.set("ownerReferences", Serialization.jsonMapper().valueToTree(wanted.getMetadata().getOwnerReferences()));
            metadata.putObject("annotations").put(ProberDeployment.HASH, hash(wanted));
            ObjectNode spec = patch.putObject("spec").put("replicas", 1);
            if (!hash(wanted).equals(hash(deployment))) {
                spec.set("template", Serialization.jsonMapper().valueToTree(wanted.getSpec().getTemplate()));
            }
            deployments.patch(MERGE, patch.toString());
            log.info("event=ProberUpdated namespace={} contracts={}", namespace, orders.size());
        }
    }

    private static boolean differs(Deployment present, Deployment wanted) {
        return !hash(wanted).equals(hash(present)) || present.getSpec().getReplicas() == null || present.getSpec().getReplicas() != 1
                || !present.getMetadata().getOwnerReferences().equals(wanted.getMetadata().getOwnerReferences());
    }

    private static String hash(Deployment deployment) {
        Map<String, String> annotations = deployment.getMetadata().getAnnotations();
        return annotations == null ? "" : annotations.getOrDefault(ProberDeployment.HASH, "");
    }

    /** The order of a contract that is not there any more; a finalizer may have been removed by force. */
    private boolean gone(String namespace, String text) {
        ContractRef ref = Json.find(text, ProbeOrder.class).map(ProbeOrder::contract).orElse(null);
        if (ref == null) {
            return true;
        }
        SyncContract there = client.resources(SyncContract.class).inNamespace(namespace).withName(ref.name()).get();
        return there == null || !there.getMetadata().getUid().equals(ref.uid());
    }

    /** The ConfigMap goes last and only as it was read: an order that was given meanwhile is seen by the next attempt. */
    private void remove(String namespace, ConfigMap map, Deployment deployment) {
        if (deployment != null) {
            client.resource(deployment).delete();
            log.info("event=ProberDeleted namespace={}", namespace);
        }
        if (map != null) {
            client.resource(map).lockResourceVersion(map.getMetadata().getResourceVersion()).delete();
        }
    }
}
