package dev.concordat.generate;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.internal.ChecksumRun;
import dev.concordat.internal.ContractRecord;
import dev.concordat.internal.LatencyProbe;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Generates the CustomResourceDefinitions from the API classes and adds what the generator cannot express. */
final class Crds {
    private Crds() {}

    /** File name to content, for every kind. */
    static Map<String, String> generate() throws IOException {
        Path out = Files.createTempDirectory("concordat-crds");
        new CRDGenerator().customResourceClasses(SyncContract.class, ReconcileJob.class, ChecksumRun.class, LatencyProbe.class, ContractRecord.class)
                .forCRDVersions("v1").inOutputDir(out.toFile()).generate();
        Map<String, String> files = new TreeMap<>();
        try (var generated = Files.list(out)) {
            for (Path file : generated.sorted().toList()) {
                CustomResourceDefinition crd = Serialization.unmarshal(Files.readString(file), CustomResourceDefinition.class);
                if (crd.getSpec().getGroup().equals(Api.INTERNAL_GROUP)) {
                    InternalCrds.shape(crd);
                } else {
                    shape(crd);
                }
                files.put(crd.getMetadata().getName() + ".yaml", "# Generated from dev.concordat.api by `./concordat generate`. Do not edit.\n" + Serialization.asYaml(crd));
                Files.delete(file);
            }
        }
        Files.delete(out);
        return files;
    }

    /** The kinds that people write, without those of the group {@link Api#INTERNAL_GROUP}. */
    static Map<String, String> ofPeople() throws IOException {
        Map<String, String> files = generate();
        files.keySet().removeIf(name -> name.endsWith(Api.INTERNAL_GROUP + ".yaml"));
        return files;
    }

    private static void shape(CustomResourceDefinition crd) {
        var version = crd.getSpec().getVersions().getFirst();
        JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
        boolean contract = crd.getSpec().getNames().getKind().equals("SyncContract");
        // The order in which `kubectl get` prints; the generator would sort by path (fabric8 issue 7454).
        version.setAdditionalPrinterColumns(contract ? contractColumns() : jobColumns());
        root.setDescription(contract
                ? "The agreement between two data stores: what must match, how late it may be, and who stops writing when it is not kept."
                : "One run under a SyncContract, as a Job is to a CronJob.");
        root.getProperties().get("spec").setDescription(contract ? "What is agreed on." : "Which contract is run and how. Immutable.");
        root.getProperties().get("status").setDescription("What Concordat observed. Written by the operator alone.");
        dropRepeatedRules(root);
        JSONSchemaProps status = root.getProperties().get("status");
        // The API server fills it in when it reads an object without status: until the operator has seen a generation, kstatus says InProgress and not Current.
        status.setDefault(Serialization.jsonMapper().createObjectNode().put("observedGeneration", -1));
        listMap(status.getProperties().get("conditions"), "type");
        if (contract) {
            JSONSchemaProps spec = root.getProperties().get("spec");
            listMap(spec.getProperties().get("record").getProperties().get("fields"), "name");
        }
    }

    /**
     * The generator finds a rule on a record component twice, on its field and on its accessor. Creation accepts that; server-side apply refuses it
     * ("duplicate entries for key [rule=...]"), and so do Argo CD and Flux, which use it.
     */
    private static void dropRepeatedRules(JSONSchemaProps schema) {
        if (schema.getXKubernetesValidations() != null) schema.setXKubernetesValidations(schema.getXKubernetesValidations().stream().distinct().toList());
        if (schema.getProperties() != null) schema.getProperties().values().forEach(Crds::dropRepeatedRules);
        if (schema.getItems() != null && schema.getItems().getSchema() != null) dropRepeatedRules(schema.getItems().getSchema());
        if (schema.getAdditionalProperties() != null && schema.getAdditionalProperties().getSchema() != null) dropRepeatedRules(schema.getAdditionalProperties().getSchema());
    }

    private static void listMap(JSONSchemaProps list, String key) {
        list.setXKubernetesListType("map");
        list.setXKubernetesListMapKeys(List.of(key));
    }

    private static List<CustomResourceColumnDefinition> contractColumns() {
        return List.of(
                column("Ready", "string", 0, condition("Ready", "status"), "Whether the contract is being enforced."),
                column("In-Sync", "string", 0, condition("InSync", "status"), "Whether the two stores agree, by the last check."),
                column("Drift", "integer", 0, ".status.drift.records", "Records that differ."),
                column("Lag", "string", 0, ".status.latency.lag", "Time from a write on the source to its first consistent read on the target."),
                column("Budget", "string", 0, ".status.latency.budgetRemaining", "What is left of the error budget."),
                column("Writers", "string", 0, ".status.writers.summary", "Whether the writers run."),
                column("Last Check", "date", 0, ".status.check.lastTime", "When the last check with a verdict finished."),
                column("Age", "date", 0, ".metadata.creationTimestamp", null),
                column("Reason", "string", 1, condition("Ready", "reason"), "Why Ready is what it is."),
                column("Message", "string", 1, condition("Ready", "message"), null));
    }

    private static List<CustomResourceColumnDefinition> jobColumns() {
        return List.of(
                column("Contract", "string", 0, ".spec.contractName", null),
                column("Run", "integer", 0, ".status.runId", "Number of the run under its contract."),
                column("Action", "string", 0, ".spec.action", null),
                column("Scope", "string", 0, ".status.scope.type", "What the run covers."),
                column("Succeeded", "string", 0, condition("Succeeded", "status"), "Unknown while running."),
                column("Drift-Found", "string", 0, condition("DriftFound", "status"), null),
                column("Records", "integer", 0, ".status.result.records", "Records that differ."),
                column("Progress", "string", 0, ".status.progress", null),
                column("Age", "date", 0, ".metadata.creationTimestamp", null),
                column("Reason", "string", 1, condition("Succeeded", "reason"), null),
                column("Message", "string", 1, condition("Succeeded", "message"), null));
    }

    private static String condition(String type, String member) {
        return ".status.conditions[?(@.type==\"" + type + "\")]." + member;
    }

    static CustomResourceColumnDefinition column(String name, String type, int priority, String path, String description) {
        var column = new CustomResourceColumnDefinition();
        column.setName(name);
        column.setType(type);
        column.setPriority(priority == 0 ? null : priority);
        column.setJsonPath(path);
        column.setDescription(description);
        return column;
    }
}
