package dev.concordat.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContract;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The account that workers and the prober run under in a contract's namespace, bound to the ClusterRole {@link Names#DATA_PLANE}, which the chart installs. Shared by all
 * contracts of the namespace, which own it together: it goes with the last one. Put right when somebody changed it; one that somebody else has made is left alone.
 */
final class DataPlaneAccount {
    private static final Map<String, String> LABELS = Map.of(Api.MANAGED_BY, Api.CONCORDAT);
    private static final int ATTEMPTS = 6;

    private final KubernetesClient client;
    private final View view;
    /** By namespace: contracts of one namespace that are visited at the same time do not race for what they share. */
    private final Map<String, Object> locks = new ConcurrentHashMap<>();

    DataPlaneAccount(KubernetesClient client, View view) {
        this.client = client;
        this.view = view;
    }

    /**
     * The account is there, bound, and the contract's too when this returns.
     *
     * @throws NameTaken when an object of its name was made by somebody else
     */
    void keep(SyncContract contract) {
        String namespace = contract.getMetadata().getNamespace();
        OwnerReference owner = WorkerJob.owner(contract, false);
        boolean account = view.account(namespace).filter(there -> right(there) && owned(there, owner)).isPresent();
        boolean binding = view.binding(namespace).filter(there -> right(there, namespace) && owned(there, owner)).isPresent();
        if (account && binding) {
            return;
        }
        synchronized (locks.computeIfAbsent(namespace, _ -> new Object())) {
            if (!account) {
                put(account(namespace), owner, DataPlaneAccount::right);
            }
            if (!binding) {
                put(binding(namespace), owner, there -> right(there, namespace));
            }
        }
    }

    private <R extends HasMetadata> void put(R wanted, OwnerReference owner, Predicate<R> right) {
        for (int attempt = 1; ; attempt++) {
            try {
                if (once(wanted, owner, right)) {
                    return;
                }
            } catch (KubernetesClientException e) {
                if (e.getCode() != 409 || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Returns whether the object is right now; if not, another look is needed. */
    private <R extends HasMetadata> boolean once(R wanted, OwnerReference owner, Predicate<R> right) {
        R there = client.resource(wanted).get();
        if (there == null) {
            wanted.getMetadata().setOwnerReferences(List.of(owner));
            client.resource(wanted).create();
            return true;
        }
        if (!ours(there)) {
            throw NameTaken.foreign(there);
        }
        if (there instanceof RoleBinding bound && !refers(bound)) {
            // What a binding refers to cannot be changed.
            client.resource(there).lockResourceVersion(there.getMetadata().getResourceVersion()).delete();
            return false;
        }
        if (right.test(there) && owned(there, owner)) {
            return true;
        }
        List<OwnerReference> owners = new ArrayList<>(there.getMetadata().getOwnerReferences());
        if (!owned(there, owner)) {
            owners.add(owner);
        }
        ObjectNode patch = Serialization.jsonMapper().createObjectNode();
        ObjectNode metadata = patch.putObject("metadata").put("resourceVersion", there.getMetadata().getResourceVersion());
        metadata.putObject("labels").put(Api.MANAGED_BY, Api.CONCORDAT);
        metadata.set("ownerReferences", Serialization.jsonMapper().valueToTree(owners));
        if (wanted instanceof RoleBinding bound) {
            patch.set("subjects", Serialization.jsonMapper().valueToTree(bound.getSubjects()));
        }
        client.resource(there).patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString());
        return true;
    }

    private static ServiceAccount account(String namespace) {
        return new ServiceAccountBuilder().withNewMetadata().withName(Names.DATA_PLANE).withNamespace(namespace).withLabels(LABELS).endMetadata().build();
    }

    private static RoleBinding binding(String namespace) {
        return new RoleBindingBuilder()
                .withNewMetadata().withName(Names.DATA_PLANE).withNamespace(namespace).withLabels(LABELS).endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", Names.DATA_PLANE)
                .addNewSubject(null, "ServiceAccount", Names.DATA_PLANE, namespace)
                .build();
    }

    /** Without a token its pods cannot reach the API server; they ask for one themselves, whatever the account says. */
    private static boolean right(ServiceAccount there) {
        return labelled(there);
    }

    private static boolean right(RoleBinding there, String namespace) {
        return labelled(there) && refers(there) && there.getSubjects() != null && there.getSubjects().size() == 1 && there.getSubjects().stream().allMatch(subject ->
                "ServiceAccount".equals(subject.getKind()) && Names.DATA_PLANE.equals(subject.getName()) && namespace.equals(subject.getNamespace()));
    }

    private static boolean refers(RoleBinding there) {
        return "ClusterRole".equals(there.getRoleRef().getKind()) && Names.DATA_PLANE.equals(there.getRoleRef().getName());
    }

    private static boolean labelled(HasMetadata object) {
        return object.getMetadata().getLabels() != null && Api.CONCORDAT.equals(object.getMetadata().getLabels().get(Api.MANAGED_BY));
    }

    private static boolean owned(HasMetadata object, OwnerReference owner) {
        return object.getMetadata().getOwnerReferences().stream().anyMatch(reference -> reference.getUid().equals(owner.getUid()));
    }

    /** Whether an object is ours: somebody may have taken our label away, or the contracts that own it, but hardly both. */
    static boolean ours(HasMetadata object) {
        return labelled(object) || object.getMetadata().getOwnerReferences().stream().anyMatch(reference ->
                reference.getKind().equals("SyncContract") && reference.getApiVersion().startsWith(Api.GROUP + "/"));
    }
}
