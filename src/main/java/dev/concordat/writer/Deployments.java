package dev.concordat.writer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.concordat.api.v1alpha1.Api;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentList;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Writers of kind Deployment: paused by zero replicas, stopped when its controller reports none and no pod of it is left.
 *
 * <p>Needs: get, list and patch deployments, list pods and replicasets, in the contract's namespace. The subresource scale is of no use here, since it
 * cannot carry annotations.
 */
public final class Deployments implements WriterPort {
    /** Our name on the fields we set. Not kubectl's: Flux takes those over. */
    private static final String FIELD_MANAGER = "concordat";
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Deployments held in memory at once while all of a namespace are looked through. */
    private static final long PAGE = 200;

    private final KubernetesClient client;

    public Deployments(KubernetesClient client) {
        this.client = client;
    }

    @Override
    public Observed get(String namespace, String name) {
        Deployment found = asked("get", namespace, name, () -> client.apps().deployments().inNamespace(namespace).withName(name).get());
        return found == null ? null : observed(found);
    }

    @Override
    public Map<String, Observed> claimed(String namespace) {
        return asked("list the", namespace, "", () -> {
            Map<String, Observed> found = new TreeMap<>();
            ListOptions page = new ListOptionsBuilder().withLimit(PAGE).build();
            String next;
            do {
                DeploymentList list = client.apps().deployments().inNamespace(namespace).list(page);
                list.getItems().stream().filter(d -> d.getMetadata().getAnnotations() != null && d.getMetadata().getAnnotations().containsKey(Api.CLAIMS))
                        .forEach(d -> found.put(d.getMetadata().getName(), observed(d)));
                next = list.getMetadata() == null ? null : list.getMetadata().getContinue();
                page.setContinue(next);
            } while (next != null && !next.isEmpty());
            return found;
        });
    }

    @Override
    public Observed patch(String namespace, String name, String resourceVersion, Integer replicas, Map<String, String> annotations) {
        ObjectNode patch = JSON.createObjectNode();
        ObjectNode metadata = patch.putObject("metadata");
        metadata.put("resourceVersion", resourceVersion);
        ObjectNode values = metadata.putObject("annotations");
        annotations.forEach(values::put);
        if (replicas != null) {
            patch.putObject("spec").put("replicas", replicas);
        }
        PatchContext context = new PatchContext.Builder().withPatchType(PatchType.JSON_MERGE).withFieldManager(FIELD_MANAGER).build();
        try {
            return observed(client.apps().deployments().inNamespace(namespace).withName(name).patch(context, patch.toString()));
        } catch (KubernetesClientException e) {
            if (e.getCode() == 409 || e.getCode() == 404) {
                throw new Conflict("Deployment " + namespace + "/" + name + " has changed since it was read");
            }
            throw refused("patch", namespace, name, e);
        }
    }

    @Override
    public int podsLeft(String namespace, String name) {
        return asked("list the pods of", namespace, name, () -> {
            Deployment deployment = client.apps().deployments().inNamespace(namespace).withName(name).get();
            if (deployment == null) {
                return 0;
            }
            var selector = deployment.getSpec().getSelector();
            List<Pod> pods = client.pods().inNamespace(namespace).withLabelSelector(selector).list().getItems();
            if (pods.stream().noneMatch(Deployments::alive)) {
                return 0;
            }
            // Another workload's pods may carry the same labels. Pods of a ReplicaSet that is already gone count as ours.
            Map<String, ReplicaSet> sets = client.apps().replicaSets().inNamespace(namespace).list().getItems().stream()
                    .collect(Collectors.toMap(s -> s.getMetadata().getUid(), s -> s));
            return (int) pods.stream().filter(Deployments::alive).filter(p -> mayBelong(p, deployment, sets)).count();
        });
    }

    /** A pod that has ended, evicted ones among them, writes nothing though its object stays. */
    private static boolean alive(Pod pod) {
        String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
        return !"Succeeded".equals(phase) && !"Failed".equals(phase);
    }

    private static boolean mayBelong(Pod pod, Deployment deployment, Map<String, ReplicaSet> sets) {
        OwnerReference owner = controller(pod.getMetadata());
        if (owner == null) {
            return false;
        }
        ReplicaSet set = sets.get(owner.getUid());
        if (set == null) {
            return "ReplicaSet".equals(owner.getKind());
        }
        OwnerReference parent = controller(set.getMetadata());
        return parent != null && parent.getUid().equals(deployment.getMetadata().getUid());
    }

    private static OwnerReference controller(ObjectMeta of) {
        return of.getOwnerReferences() == null ? null : of.getOwnerReferences().stream().filter(o -> Boolean.TRUE.equals(o.getController())).findFirst().orElse(null);
    }

    private static Observed observed(Deployment d) {
        ObjectMeta meta = d.getMetadata();
        var status = d.getStatus();
        boolean settled = status != null && status.getObservedGeneration() != null && status.getObservedGeneration() >= meta.getGeneration()
                && (status.getReplicas() == null || status.getReplicas() == 0);
        // The API server defaults an absent value to 1.
        int replicas = d.getSpec().getReplicas() == null ? 1 : d.getSpec().getReplicas();
        return new Observed(meta.getUid(), meta.getResourceVersion(), replicas, settled, meta.getAnnotations(), manager(meta));
    }

    private static String manager(ObjectMeta meta) {
        Map<String, String> labels = meta.getLabels() == null ? Map.of() : meta.getLabels();
        Map<String, String> annotations = meta.getAnnotations() == null ? Map.of() : meta.getAnnotations();
        if (annotations.containsKey("argocd.argoproj.io/tracking-id") || labels.containsKey("argocd.argoproj.io/instance")) {
            return "Argo CD";
        }
        return labels.containsKey("kustomize.toolkit.fluxcd.io/name") || labels.containsKey("helm.toolkit.fluxcd.io/name") ? "Flux" : null;
    }

    private static <T> T asked(String verb, String namespace, String name, Supplier<T> question) {
        try {
            return question.get();
        } catch (KubernetesClientException e) {
            throw refused(verb, namespace, name, e);
        }
    }

    private static Refused refused(String verb, String namespace, String name, KubernetesClientException e) {
        String remedy = switch (e.getCode()) {
            case 401, 403 -> "The operator's role must allow: get, list and patch deployments, list pods and replicasets";
            case 422, 400 -> "An admission policy may forbid it";
            default -> "It is tried again";
        };
        String answer = e.getStatus() != null && e.getStatus().getMessage() != null ? e.getStatus().getMessage() : e.getMessage();
        return new Refused("could not " + verb + " Deployment " + namespace + "/" + name + ": " + answer + ". " + remedy, e.getCode() == 403);
    }
}
