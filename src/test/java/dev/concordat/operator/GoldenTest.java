package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.WriterKind;
import dev.concordat.writer.Deployments;
import dev.concordat.writer.LiveContracts;
import dev.concordat.writer.PauseProtocol;
import dev.concordat.internal.ChecksumRun;
import dev.concordat.internal.ContractRecord;
import dev.concordat.internal.LatencyProbe;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Folders of {@code in-*.yaml}, what the cluster holds, and {@code out-*.yaml}, what one visit to the contract or to the run changes: objects
 * created or changed as they are afterwards, and the names of those deleted in {@code out-deleted.yaml}. {@code contract/<case>} visits the
 * SyncContract, {@code run/<case>} the ReconcileJob in {@code in-2-run.yaml}. {@code -Dconcordat.golden=true} writes the out files anew: read the diff.
 */
class GoldenTest {
    static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final DataPlaneImage IMAGE = new DataPlaneImage("concordat:test", null);
    private static final Path ROOT = Path.of("src/test/resources/dev/concordat/operator/golden");
    private static final boolean WRITE = Boolean.getBoolean("concordat.golden");
    private static final List<Class<? extends HasMetadata>> KINDS = List.of(SyncContract.class, ReconcileJob.class, ChecksumRun.class, LatencyProbe.class, ContractRecord.class, Job.class, Deployment.class,
            ServiceAccount.class, RoleBinding.class, Event.class, Pod.class);

    @TestFactory
    Stream<DynamicTest> cases() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (String reconciler : List.of("contract", "run")) {
            try (var folders = Files.list(ROOT.resolve(reconciler))) {
                for (Path folder : folders.sorted().toList()) {
                    tests.add(DynamicTest.dynamicTest(reconciler + "/" + folder.getFileName(), () -> check(reconciler, folder)));
                }
            }
        }
        assertThat(tests).isNotEmpty();
        return tests.stream();
    }

    private static void check(String reconciler, Path folder) throws IOException {
        try (MockCluster cluster = new MockCluster()) {
            HasMetadata visited = null;
            List<CustomResource<?, ?>> withStatus = new ArrayList<>();
            for (Path file : files(folder, "in-")) {
                for (String document : Files.readString(file).split("(?m)^---$")) {
                    HasMetadata object = read(document);
                    if (object instanceof LatencyProbe probe && probe.getSpec() == null) {
                        // The very order that its contract gives.
                        probe.setSpec(ProberLoop.order(cluster.client.resources(SyncContract.class).inNamespace(probe.getMetadata().getNamespace()).withName(probe.getMetadata().getName()).get()));
                    }
                    HasMetadata created = create(cluster, object);
                    if (object instanceof CustomResource<?, ?> custom && custom.getStatus() != null) {
                        withStatus.add(custom);
                    }
                    if (reconciler.equals("contract") ? object instanceof SyncContract && visited == null : file.endsWith("in-2-run.yaml")) {
                        visited = created;
                    }
                }
            }
            for (CustomResource<?, ?> object : withStatus) {
                cluster.status(object, object.getStatus());
            }
            assertThat(visited).as("the object to visit").isNotNull();
            visited = cluster.client.resource(visited).get();
            DataPlaneAccount account = new DataPlaneAccount(cluster.client, cluster.view());
            if (!Files.exists(folder.resolve("in-0-no-account.yaml"))) {
                // Cases are about something else, but for those that say so.
                for (SyncContract contract : cluster.client.resources(SyncContract.class).inAnyNamespace().list().getItems()) {
                    account.keep(contract);
                }
            }
            Map<String, HasMetadata> before = all(cluster);

            Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
            if (visited instanceof SyncContract contract) {
                LatencyLoop latency = new LatencyLoop(cluster.view(), new StatusWriter(cluster.client),
                        new PauseProtocol(Map.of(WriterKind.DEPLOYMENT, new Deployments(cluster.client)), new LiveContracts(cluster.client)), () -> 0);
                // The operator has been there for a while: the prober's report is news.
                latency.listen(contract.getMetadata().getUid());
                new ContractLoop(cluster.client, cluster.view(), clock, new ContractMetrics(new SimpleMeterRegistry()), account,
                        new ProberLoop(cluster.client, cluster.view(), IMAGE, ProberDeployment.RESOURCES, account),
                        latency).visit(contract);
            } else {
                new RunLoop(cluster.client, cluster.view(), clock, IMAGE, account, new Slots(cluster.view(), 1)).visit((ReconcileJob) visited);
            }

            Map<String, HasMetadata> after = all(cluster);
            Map<String, String> out = new TreeMap<>();
            after.forEach((name, object) -> {
                HasMetadata old = before.get(name);
                if (old == null || !old.getMetadata().getResourceVersion().equals(object.getMetadata().getResourceVersion())) {
                    out.put("out-" + name + ".yaml", yaml(object));
                }
            });
            List<String> deleted = before.keySet().stream().filter(name -> !after.containsKey(name)).toList();
            if (!deleted.isEmpty()) {
                out.put("out-deleted.yaml", String.join("\n", deleted.stream().map(name -> "- " + name).toList()) + "\n");
            }
            compare(folder, out);
        }
    }

    private static HasMetadata read(String document) {
        return document.contains("kind: SyncContract\nmetadata") ? Serialization.unmarshal(document, SyncContract.class)
                : document.contains("kind: ReconcileJob\nmetadata") ? Serialization.unmarshal(document, ReconcileJob.class)
                : document.contains("kind: ChecksumRun\nmetadata") ? Serialization.unmarshal(document, ChecksumRun.class)
                : document.contains("kind: LatencyProbe\nmetadata") ? Serialization.unmarshal(document, LatencyProbe.class)
                : (HasMetadata) Serialization.unmarshal(document);
    }

    /** Creates the object and changes its spec until it has the generation that the file asks for; deletes it when the file says so. */
    private static HasMetadata create(MockCluster cluster, HasMetadata object) {
        Long generation = object.getMetadata().getGeneration();
        boolean deleting = object.getMetadata().getDeletionTimestamp() != null;
        object.getMetadata().setDeletionTimestamp(null);
        HasMetadata created = cluster.client.resource(object).create();
        for (long g = 1; generation != null && g < generation; g++) {
            created = cluster.client.resource(created).patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": {\"description\": \"" + g + "\"}}");
        }
        if (deleting) {
            cluster.client.resource(created).delete();
        }
        return created;
    }

    private static void compare(Path folder, Map<String, String> out) throws IOException {
        if (WRITE) {
            for (Path stale : files(folder, "out-")) {
                Files.delete(stale);
            }
            for (var file : out.entrySet()) {
                Files.writeString(folder.resolve(file.getKey()), file.getValue());
            }
        }
        assertThat(files(folder, "out-").stream().map(file -> file.getFileName().toString()).toList()).as("what the visit changed in %s", folder)
                .containsExactlyElementsOf(out.keySet());
        for (var file : out.entrySet()) {
            assertThat(file.getValue()).as("%s/%s", folder, file.getKey()).isEqualTo(Files.readString(folder.resolve(file.getKey())));
        }
    }

    private static List<Path> files(Path folder, String prefix) throws IOException {
        try (var files = Files.list(folder)) {
            List<Path> all = files.sorted().toList();
            assertThat(all).as("files of %s", folder).allMatch(file -> file.getFileName().toString().matches("(in|out)-.*\\.yaml"));
            return all.stream().filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
        }
    }

    private static Map<String, HasMetadata> all(MockCluster cluster) {
        Map<String, HasMetadata> all = new TreeMap<>();
        for (Class<? extends HasMetadata> kind : KINDS) {
            cluster.client.resources(kind).inAnyNamespace().list().getItems().forEach(object -> {
                String name = object instanceof Event event ? event.getReason() : object.getMetadata().getName();
                all.put(object.getKind().toLowerCase() + "-" + name, object);
            });
        }
        return all;
    }

    /** Without what the mock makes up: versions and times. */
    private static String yaml(HasMetadata object) {
        JsonNode tree = Serialization.jsonMapper().valueToTree(object);
        ((ObjectNode) tree.get("metadata")).remove(List.of("resourceVersion", "creationTimestamp", "generation", "managedFields"));
        return Serialization.asYaml(tree);
    }
}
