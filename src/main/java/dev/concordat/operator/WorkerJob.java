package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.Verification;
import dev.concordat.contract.Durations;
import dev.concordat.report.ContractRef;
import dev.concordat.report.RunOrder;
import dev.concordat.report.WorkerExit;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The batch Job of one run. Pure: the same run gives the same Job. */
final class WorkerJob {
    /** Folder below which the kubelet mounts what the contract names. */
    static final String SECRETS = "/var/run/concordat/secrets";
    static final String CONTAINER = "worker";
    /** Read by the launcher. */
    static final String HEAP = "CONCORDAT_HEAP";
    private static final long MEBIBYTE = 1 << 20;
    /** Of the default 256Mi 48 are heap. */
    private static final long BESIDE_HEAP = 208;
    private static final long DEFAULT_HEAP = 48;

    private WorkerJob() {}

    static Job of(SyncContract contract, ReconcileJob run, long runId, DataPlaneImage image) {
        String job = Names.job(run.getMetadata().getName());
        String namespace = contract.getMetadata().getNamespace();
        Map<String, String> labels = labels(contract.getMetadata().getName(), runId);
        List<Volume> volumes = new ArrayList<>();
        List<VolumeMount> mounts = new ArrayList<>();
        List<EnvVar> env = new ArrayList<>();
        env.add(new EnvVar(RunOrder.NAMESPACE, namespace, null));
        env.add(new EnvVar(RunOrder.NAME, job, null));
        mount("source", RunOrder.SOURCE_SECRET, contract.getSpec().source().store().credentials().secretName(), volumes, mounts, env);
        mount("target", RunOrder.TARGET_SECRET, contract.getSpec().target().store().credentials().secretName(), volumes, mounts, env);
        mount("source-ca", RunOrder.SOURCE_CA, ca(contract.getSpec().source().store()), volumes, mounts, env);
        mount("target-ca", RunOrder.TARGET_CA, ca(contract.getSpec().target().store()), volumes, mounts, env);
        var table = contract.getSpec().verification().evidence().table();
        mount("evidence", RunOrder.EVIDENCE_SECRET, table == null ? null : table.credentials().secretName(), volumes, mounts, env);
        volumes.add(new VolumeBuilder().withName("tmp").withNewEmptyDir().endEmptyDir().build());
        mounts.add(new VolumeMountBuilder().withName("tmp").withMountPath("/tmp").build());
        Verification.Worker worker = contract.getSpec().verification().worker();
        heap(worker.memory()).ifPresent(heap -> env.add(new EnvVar(HEAP, heap, null)));
        return new JobBuilder()
                .withNewMetadata().withName(job).withNamespace(namespace).withLabels(labels).withAnnotations(Map.of(Api.DATABASES, String.join(",", Slots.databases(contract))))
                .withOwnerReferences(owner(run, true)).endMetadata()
                .withNewSpec()
                .withBackoffLimit(2)
                .withActiveDeadlineSeconds(Durations.parse(run.getSpec().timeout()).toSeconds())
                .withNewPodFailurePolicy()
                // Another attempt cannot help: the worker has said why in its report.
                .addNewRule().withAction("FailJob").withNewOnExitCodes().withContainerName(CONTAINER).withOperator("In")
                .withValues(WorkerExit.CONFIGURATION, WorkerExit.INCOMPLETE).endOnExitCodes().endRule()
                // A drained node is not a crash of the worker.
                .addNewRule().withAction("Ignore").addNewOnPodCondition("True", "DisruptionTarget").endRule()
                .endPodFailurePolicy()
                .withNewTemplate()
                .withNewMetadata().withLabels(labels).endMetadata()
                .withNewSpec()
                .withServiceAccountName(Names.DATA_PLANE)
                .withAutomountServiceAccountToken(true)
                .withRestartPolicy("Never")
                .withSecurityContext(podSecurity())
                .withEnableServiceLinks(false)
                .addNewContainer()
                .withName(CONTAINER).withImage(image.name()).withImagePullPolicy(image.pullPolicy()).withCommand("concordat", "checksum").withEnv(env).withVolumeMounts(mounts)
                .withSecurityContext(containerSecurity())
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withNewResources()
                .addToRequests("cpu", new Quantity(worker.cpu())).addToRequests("memory", new Quantity(worker.memory()))
                .addToLimits(limits(worker))
                .endResources()
                .endContainer()
                .withVolumes(volumes)
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
    }

    /**
     * The heap for so much memory, as java's -Xmx takes it; empty where the launcher's own is right. Beside the heap a worker needs about as much whatever its size: classes, code, threads and
     * buffers.
     */
    static Optional<String> heap(String memory) {
        long mebibytes = Quantity.getAmountInBytes(new Quantity(memory)).longValue() / MEBIBYTE - BESIDE_HEAP;
        return mebibytes <= DEFAULT_HEAP ? Optional.empty() : Optional.of(mebibytes + "m");
    }

    /** @param lagMillis lag that was measured last; null when unknown */
    static RunOrder order(SyncContract contract, ReconcileJob run, long runId, Long lagMillis) {
        return new RunOrder(ref(contract), runId, run.getSpec().scope(), bounded(lagMillis, run), contract.getSpec());
    }

    /** At most an eighth of the run's time: the worker settles for twice the lag, and a pipeline that stands still must not make every check run into its deadline. */
    private static Long bounded(Long lagMillis, ReconcileJob run) {
        return lagMillis == null ? null : Long.valueOf(Math.min(lagMillis, Durations.parse(run.getSpec().timeout()).toMillis() / 8));
    }

    static ContractRef ref(SyncContract contract) {
        var meta = contract.getMetadata();
        return new ContractRef(meta.getNamespace(), meta.getName(), meta.getUid(), meta.getGeneration() == null ? 0 : meta.getGeneration(), contract.getSpec().version());
    }

    /** In one order: that of Map.of changes with every process. */
    static Map<String, String> labels(String contract) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put(Api.MANAGED_BY, Api.CONCORDAT);
        labels.put(Api.CONTRACT, contract);
        return labels;
    }

    static Map<String, String> labels(String contract, long runId) {
        Map<String, String> labels = labels(contract);
        labels.put(Api.RUN_ID, Long.toString(runId));
        return labels;
    }

    static OwnerReference owner(HasMetadata object, boolean controller) {
        return new OwnerReferenceBuilder().withApiVersion(object.getApiVersion()).withKind(object.getKind()).withName(object.getMetadata().getName())
                .withUid(object.getMetadata().getUid()).withController(controller ? true : null).build();
    }

    /** {@code restricted} of the Pod Security Standards. */
    static PodSecurityContext podSecurity() {
        return new PodSecurityContextBuilder().withRunAsNonRoot(true).withNewSeccompProfile().withType("RuntimeDefault").endSeccompProfile().build();
    }

    static SecurityContext containerSecurity() {
        return new SecurityContextBuilder().withAllowPrivilegeEscalation(false).withReadOnlyRootFilesystem(true).withNewCapabilities().withDrop("ALL").endCapabilities().build();
    }

    /** Optional: a Secret that is missing is reported by the worker with its field path, instead of a pod that never starts. */
    static Volume secret(String volume, String secret) {
        return new VolumeBuilder().withName(volume).withNewSecret().withSecretName(secret).withOptional(true).endSecret().build();
    }

    static String ca(Store store) {
        return store.tls().caSecretName();
    }

    private static void mount(String volume, String variable, String secret, List<Volume> volumes, List<VolumeMount> mounts, List<EnvVar> env) {
        if (secret == null) {
            return;
        }
        String path = SECRETS + "/" + volume;
        volumes.add(secret(volume, secret));
        mounts.add(new VolumeMountBuilder().withName(volume).withMountPath(path).withReadOnly(true).build());
        env.add(new EnvVar(variable, path, null));
    }

    private static Map<String, Quantity> limits(Verification.Worker worker) {
        Quantity memory = new Quantity(worker.memory());
        return worker.cpuLimit() == null ? Map.of("memory", memory) : Map.of("memory", memory, "cpu", new Quantity(worker.cpuLimit()));
    }
}
