package dev.concordat.generate;

import dev.concordat.internal.ChecksumRun;
import dev.concordat.internal.ContractRecord;
import dev.concordat.internal.LatencyProbe;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Orders and reports: the schema follows from the records, and everything in it is bounded, so that no member of a report is one that the operator cannot read. What a
 * contract says in them was validated when the contract was written: its rules, defaults and descriptions are not repeated.
 */
final class InternalCrds {
    /** A stretch of a scan over a whole table is one string of a checkpoint. */
    private static final long TEXT = 262_144;
    private static final long ITEMS = 100_000;
    private static final long MEMBERS = 10_000;
    /** The largest number below 2^63 that a floating-point number holds exactly: the API server compares with those. */
    private static final double LONG = 9_223_372_036_854_774_784d;

    private static final Map<String, Class<?>> KINDS = Map.of("ChecksumRun", ChecksumRun.class, "LatencyProbe", LatencyProbe.class, "ContractRecord", ContractRecord.class);

    private InternalCrds() {}

    static void shape(CustomResourceDefinition crd) {
        var version = crd.getSpec().getVersions().getFirst();
        JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
        Class<?> kind = KINDS.get(crd.getSpec().getNames().getKind());
        Type[] parts = ((ParameterizedType) kind.getGenericSuperclass()).getActualTypeArguments();
        bound(root.getProperties().get("spec"), parts[0]);
        bound(root.getProperties().get("status"), parts[1]);
        root.setRequired(List.of("spec"));
        // One entry of managedFields each: the parts have no owners of their own.
        root.getProperties().get("spec").setXKubernetesMapType("atomic");
        root.getProperties().get("status").setXKubernetesMapType("atomic");
        root.getProperties().get("spec").setDescription("The order. Written by the operator alone.");
        root.getProperties().get("status").setDescription("The report. Written by the data plane alone.");
        switch (crd.getSpec().getNames().getKind()) {
            case "ChecksumRun" -> {
                root.setDescription("One run: what the worker is to do, and what it found. Made by Concordat; not to be written by people.");
                version.setAdditionalPrinterColumns(List.of(contract(), Crds.column("Run", "integer", 0, ".spec.runId", null), Crds.column("State", "string", 0, ".status.state", null),
                        Crds.column("Verdict", "string", 0, ".status.verdict", null), age()));
            }
            case "LatencyProbe" -> {
                root.setDescription("One probed contract: what the prober is to measure, and what it measured. Made by Concordat; not to be written by people.");
                version.setAdditionalPrinterColumns(List.of(Crds.column("Lag-Millis", "integer", 0, ".status.lagMillis", null), Crds.column("Pending-Millis", "integer", 0, ".status.pendingMillis", null),
                        Crds.column("Failure", "string", 0, ".status.failure.reason", null), age()));
            }
            default -> {
                root.setDescription("What the runs of one contract leave for those that follow. Made by Concordat; not to be written by people.");
                version.setAdditionalPrinterColumns(List.of(age()));
            }
        }
    }

    private static CustomResourceColumnDefinition contract() {
        return Crds.column("Contract", "string", 0, ".spec.contract.name", null);
    }

    private static CustomResourceColumnDefinition age() {
        return Crds.column("Age", "date", 0, ".metadata.creationTimestamp", null);
    }

    /** @param type that the operator reads it into; null when not known */
    private static void bound(JSONSchemaProps schema, Type type) {
        schema.setDescription(null);
        schema.setDefault(null);
        schema.setXKubernetesValidations(null);
        switch (schema.getType() == null ? "" : schema.getType()) {
            case "string" -> {
                if (schema.getMaxLength() == null && (schema.getEnum() == null || schema.getEnum().isEmpty())) {
                    schema.setMaxLength(TEXT);
                }
            }
            case "integer" -> {
                boolean narrow = type == int.class || type == Integer.class;
                schema.setMinimum(schema.getMinimum() != null ? schema.getMinimum() : Double.valueOf(narrow ? Integer.MIN_VALUE : -LONG));
                schema.setMaximum(schema.getMaximum() != null ? schema.getMaximum() : Double.valueOf(narrow ? Integer.MAX_VALUE : LONG));
            }
            case "array" -> {
                schema.setMaxItems(schema.getMaxItems() != null ? schema.getMaxItems() : Long.valueOf(ITEMS));
                element(schema.getItems().getSchema(), argument(type, 0));
            }
            case "object" -> {
                if (schema.getAdditionalProperties() != null && schema.getAdditionalProperties().getSchema() != null) {
                    schema.setMaxProperties(schema.getMaxProperties() != null ? schema.getMaxProperties() : Long.valueOf(MEMBERS));
                    element(schema.getAdditionalProperties().getSchema(), argument(type, 1));
                }
            }
            default -> {}
        }
        if (schema.getProperties() != null) {
            schema.getProperties().forEach((name, member) -> bound(member, component(type, name)));
        }
    }

    private static Type argument(Type type, int index) {
        return type instanceof ParameterizedType generic ? generic.getActualTypeArguments()[index] : null;
    }

    private static Type component(Type type, String name) {
        return !(type instanceof Class<?> record) || record.getRecordComponents() == null ? null : Stream.of(record.getRecordComponents())
                .filter(component -> component.getName().equals(name)).map(RecordComponent::getGenericType).findFirst().orElse(null);
    }

    /** Of a list or a map: a value that is NULL in the database is null here. */
    private static void element(JSONSchemaProps schema, Type type) {
        bound(schema, type);
        if ("string".equals(schema.getType()) && (schema.getEnum() == null || schema.getEnum().isEmpty())) {
            schema.setNullable(true);
        }
    }
}
