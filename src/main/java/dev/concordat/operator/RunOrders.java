package dev.concordat.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.internal.ChecksumRun;
import dev.concordat.internal.ContractRecord;
import dev.concordat.report.ContractMemory;
import dev.concordat.report.RunOrder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;

/** Puts the order of a run where its worker reads it, and the contract's record beside it. What stands there already is left as it is, if it is right. */
final class RunOrders {
    private final KubernetesClient client;

    RunOrders(KubernetesClient client) {
        this.client = client;
    }

    /**
     * The order stands when this returns.
     *
     * @throws NameTaken when an object of its name belongs to another run or contract
     */
    void give(SyncContract contract, ReconcileJob run, RunOrder order) {
        ContractRecord record = new ContractRecord();
        record.setMetadata(new ObjectMetaBuilder().withName(contract.getMetadata().getName()).withNamespace(contract.getMetadata().getNamespace())
                .withLabels(WorkerJob.labels(contract.getMetadata().getName())).withOwnerReferences(WorkerJob.owner(contract, true)).build());
        record.setSpec(new ContractMemory.Owner(contract.getMetadata().getUid()));
        put(record, contract);
        ChecksumRun ordered = new ChecksumRun();
        ordered.setMetadata(new ObjectMetaBuilder().withName(Names.job(run.getMetadata().getName())).withNamespace(run.getMetadata().getNamespace())
                .withLabels(WorkerJob.labels(contract.getMetadata().getName(), order.runId())).withOwnerReferences(WorkerJob.owner(run, true)).build());
        ordered.setSpec(order);
        put(ordered, run);
    }

    private <S, R extends CustomResource<S, ?>> void put(R wanted, HasMetadata owner) {
        R there = client.resource(wanted).get();
        if (there == null) {
            try {
                client.resource(wanted).create();
                return;
            } catch (KubernetesClientException e) {
                there = e.getCode() == 409 ? client.resource(wanted).get() : null;
                if (there == null) {
                    throw e;
                }
            }
        }
        if (!RunLoop.ownedBy(there, owner)) {
            throw NameTaken.earlier(there);
        }
        ObjectNode change = JsonMergePatch.between(StatusWriter.tree(there.getSpec()), StatusWriter.tree(wanted.getSpec()));
        if (!change.isEmpty()) {
            ObjectNode patch = Serialization.jsonMapper().createObjectNode();
            patch.putObject("metadata").put("resourceVersion", there.getMetadata().getResourceVersion());
            patch.set("spec", change);
            client.resource(wanted).patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString());
        }
    }
}
