package dev.concordat.drift;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.api.v1alpha1.RecordRules.As;
import dev.concordat.api.v1alpha1.RecordRules.Compare;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.report.Failure;
import dev.concordat.store.Catalogue;
import dev.concordat.store.Column;
import dev.concordat.store.Form.Kind;
import dev.concordat.store.Logical;
import dev.concordat.store.Reason;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Makes the plan of a comparison from both catalogues and the contract's rules. Pure. What has no sound comparison is refused by name. */
final class Planner {
    static final String TYPES_NOT_COMPARABLE = "TypesNotComparable";
    static final String KEY_NOT_FOUND = "KeyNotFound";
    static final String SCHEMA_INCOMPATIBLE = "SchemaIncompatible";

    private final CompareSpec spec;
    private final Catalogue source;
    private final Catalogue target;
    private final Pairing pairing;

    private Planner(CompareSpec spec, Catalogue source, Catalogue target) {
        this.spec = spec;
        this.source = source;
        this.target = target;
        this.pairing = new Pairing(spec.source().store().type(), spec.target().store().type(), source.rounding(), target.rounding());
    }

    static Plan plan(CompareSpec spec, Catalogue source, Catalogue target) throws StoreException {
        return new Planner(spec, source, target).plan();
    }

    private Plan plan() throws StoreException {
        exists(source, spec.source());
        exists(target, spec.target());
        RecordRules rules = spec.rules();
        Set<String> ignoredOnTarget = new HashSet<>();
        Set<String> matched = new HashSet<>();
        for (int i = 0; i < rules.fields().size(); i++) {
            RecordRules.Field rule = rules.fields().get(i);
            boolean onSource = source.column(rule.name()) != null;
            boolean onTarget = target.column(rule.onTarget()) != null;
            if (rule.compare().as() == As.IGNORED) {
                ignoredOnTarget.add(rule.onTarget());
                if (!onSource && !onTarget) {
                    throw columnNotFound("spec.record.fields[" + i + "].name", "neither table has a column " + rule.name(), "Remove the entry, or correct its name");
                }
            } else if (!onSource) {
                throw columnNotFound("spec.record.fields[" + i + "].name", spec.source().place() + " has no column " + rule.name(),
                        "Correct the name as the catalogue spells it, or remove the entry");
            }
        }
        List<Plan.Field> fields = new ArrayList<>();
        for (Column column : source.columns()) {
            int index = rule(column.name());
            RecordRules.Field rule = index < 0 ? null : rules.fields().get(index);
            Compare compare = rule == null ? Compare.EXACT : rule.compare();
            if (compare.as() == As.IGNORED) {
                continue;
            }
            String onTarget = rule == null ? column.name() : rule.onTarget();
            Column other = target.column(onTarget);
            if (other == null) {
                throw columnNotFound(index < 0 ? "spec.record.fields" : "spec.record.fields[" + index + "].targetName",
                        "column " + column.name() + " of " + spec.source().place() + " has no counterpart: " + spec.target().place() + " has no column " + onTarget,
                        "Name the target's column in targetName, or list " + column.name() + " with compare as Ignored and a reason");
            }
            matched.add(onTarget);
            fields.add(pairing.pair(column, other, compare, index < 0 ? "spec.record.fields (" + column.name() + ")" : "spec.record.fields[" + index + "]"));
        }
        for (Column column : target.columns()) {
            if (!matched.contains(column.name()) && !ignoredOnTarget.contains(column.name())) {
                throw new StoreException(new Failure(SCHEMA_INCOMPATIBLE, "spec.record.fields", "column " + column.name() + " exists only on the target, " + spec.target().place(),
                        "List it in spec.record.fields with its name, compare as Ignored and a reason, or name it as the targetName of a source column", true), true);
            }
        }
        List<String> notes = new ArrayList<>();
        List<String> left = rules.fields().stream().filter(rule -> rule.compare().as() == As.IGNORED)
                .map(rule -> rule.name() + (rule.compare().reason() == null ? "" : " (" + rule.compare().reason() + ")")).toList();
        if (!left.isEmpty()) {
            notes.add("left out as the rules say: " + String.join(", ", left));
        }
        spec.gaps().forEach(gap -> notes.add("intended gap " + gap.label() + ": " + gap.reason() + " (relied on by " + gap.reliedOnBy() + ")"));
        source.notes().forEach(note -> notes.add("on the source " + note));
        target.notes().forEach(note -> notes.add("on the target " + note));
        List<Plan.Field> key = key(fields, notes);
        for (int i = 0; i < spec.redact().size(); i++) {
            if (source.column(spec.redact().get(i)) == null && target.column(spec.redact().get(i)) == null) {
                throw columnNotFound("spec.verification.evidence.redact[" + i + "]", "neither table has a column " + spec.redact().get(i), "Correct the name, so that the right values are left out");
            }
        }
        if (spec.scope().type() == ScopeType.SWEEP && key.stream().anyMatch(spec::redacts)) {
            throw new StoreException(new Failure("ScopeInvalid", "spec.verification.scope", "a Sweep keeps the key at which the next run goes on, and evidence.redact names a field of the key",
                    "Use another scope, or do not redact the key", false), true);
        }
        for (String name : spec.canary().keySet()) {
            if (key.stream().noneMatch(k -> k.name().equals(name))) {
                throw new StoreException(new Failure(KEY_NOT_FOUND, "spec.latency.probe.canary.key", name + " is not a field of spec.record.key", "Name the key's fields", false), true);
            }
        }
        return new Plan(key, fields, version(fields), layout(key, notes), window(fields), partition(fields), tombstones(), indexed(key), schema(key), HashChoice.DEFAULT, notes);
    }

    private Plan.Layout layout(List<Plan.Field> key, List<String> notes) throws StoreException {
        if (key.isEmpty()) {
            if (spec.scope().type() != ScopeType.FULL) {
                throw new StoreException(new Failure("ScopeNeedsKey", "spec.verification.scope", "records without a key can only be compared as a whole",
                        "Set scope.type to Full, or name a key in spec.record.key", false), true);
            }
            return Plan.Layout.NO_KEY;
        }
        if (key.size() == 1 && key.getFirst().sourceForm().kind() == Kind.INTEGER && plainInteger(key.getFirst().source()) && plainInteger(key.getFirst().target())) {
            return Plan.Layout.KEY_RANGES;
        }
        Plan.Indexed indexed = indexed(key);
        if (!indexed.source() || !indexed.target()) {
            notes.add("no unique index begins with the key on both sides: each side is read as a whole");
            return Plan.Layout.WHOLE;
        }
        return Plan.Layout.KEY_ORDER;
    }

    private Plan.Indexed indexed(List<Plan.Field> key) {
        return new Plan.Indexed(key.stream().allMatch(k -> spec.source().dialect().ordered(k.source())) && leads(source, key.stream().map(k -> k.source().name()).toList()),
                key.stream().allMatch(k -> spec.target().dialect().ordered(k.target())) && leads(target, key.stream().map(k -> k.target().name()).toList()));
    }

    /** Without a key there is nothing by which two rows could be brought together, and only hashes can be compared: none of times that a server may not be able to convert. */
    static void refuseStreamedWithoutKey(Plan plan, StoreType source, StoreType target) throws StoreException {
        if (!plan.key().isEmpty()) {
            return;
        }
        if (!plan.streamed().isEmpty()) {
            throw unhashed(plan.streamed().getFirst(), plan.streamed().getFirst().why());
        }
        for (Plan.Field field : plan.hashed()) {
            if (source != StoreType.POSTGRESQL && !field.sourceForm().zone().equals("UTC") || target != StoreType.POSTGRESQL && !field.targetForm().zone().equals("UTC")) {
                throw unhashed(field, "a server of this type does not convert every local time");
            }
        }
    }

    private static StoreException unhashed(Plan.Field field, String why) {
        return new StoreException(new Failure(TYPES_NOT_COMPARABLE, field.path(), "field " + field.name() + " cannot be hashed by the databases (" + why + "), and without a key nothing else can be compared",
                "Name a key in spec.record.key, or list the field with compare as Ignored and a reason", true), true);
    }

    /** Whether an index serves the key's order. */
    private static boolean leads(Catalogue catalogue, List<String> key) {
        return catalogue.uniqueKeys().stream().anyMatch(index -> index.size() >= key.size() && index.subList(0, key.size()).equals(key));
    }

    private Plan.Field window(List<Plan.Field> fields) throws StoreException {
        if (spec.scope().type() != ScopeType.WINDOW) {
            return null;
        }
        String name = spec.scope().field();
        Plan.Field field = fields.stream().filter(f -> f.name().equals(name)).findFirst()
                .orElseThrow(() -> columnNotFound("spec.verification.scope.field", spec.source().place() + " has no compared column " + name, "Name the column that holds the time of the last change"));
        if (field.sourceForm().kind() != Kind.TIMESTAMP) {
            throw new StoreException(new Failure(TYPES_NOT_COMPARABLE, "spec.verification.scope.field", "field " + name + " is " + field.source().declared() + " and " + field.target().declared(),
                    "A window needs timestamps on both sides", true), true);
        }
        return field;
    }

    private int partition(List<Plan.Field> fields) throws StoreException {
        String name = spec.rules().partition();
        if (name == null) {
            return -1;
        }
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).name().equals(name)) {
                return i;
            }
        }
        throw columnNotFound("spec.record.partition", spec.source().place() + " has no compared column " + name, "Name a compared column, such as a region or a tenant");
    }

    private Plan.Tombstones tombstones() throws StoreException {
        RecordRules.Deletes deletes = spec.rules().deletes();
        if (deletes == null || deletes.tombstone() == null) {
            return null;
        }
        RecordRules.Tombstone tombstone = deletes.tombstone();
        Column onSource = source.column(tombstone.field());
        if (onSource == null) {
            throw columnNotFound("spec.record.deletes.tombstone.field", spec.source().place() + " has no column " + tombstone.field(), "Name the column that marks a deleted record");
        }
        if (deletes.onTarget() == RecordRules.OnTarget.KEEP || deletes.onTarget() == RecordRules.OnTarget.PURGE) {
            // Keep: the target keeps the row as it was, unmarked, as a row that only the target has. Purge: any row that it has is one too many, marked or not.
            return new Plan.Tombstones(onSource, null);
        }
        String name = tombstone.targetField() == null ? tombstone.field() : tombstone.targetField();
        Column onTarget = target.column(name);
        if (onTarget == null && (tombstone.targetField() != null || deletes.onTarget() == RecordRules.OnTarget.HIDE)) {
            throw columnNotFound("spec.record.deletes.tombstone.targetField", spec.target().place() + " has no column " + name, "Name the column by which the target hides a deleted record");
        }
        return new Plan.Tombstones(onSource, onTarget);
    }

    /** Bits are numbers to one engine and a text to the other: they are read in their order, as any key. */
    private static boolean plainInteger(Column column) {
        return column.logical() == Logical.INTEGER && !(column.unsigned() && column.length() == 8);
    }

    private static void exists(Catalogue catalogue, StoreAccess side) throws StoreException {
        if (catalogue.columns().isEmpty()) {
            throw new StoreException(new Failure(Reason.TABLE_NOT_FOUND, side.field() + ".table",
                    "table " + side.dialect().table(side.store()) + " does not exist on " + side.store().host() + ":" + side.store().port() + ", or the account may not see it",
                    "Correct schema and table as the catalogue spells them, or " + side.dialect().grant("SELECT", side.store()), false), true);
        }
    }

    private int rule(String name) {
        List<RecordRules.Field> rules = spec.rules().fields();
        for (int i = 0; i < rules.size(); i++) {
            if (rules.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    private static StoreException columnNotFound(String path, String message, String remedy) {
        return new StoreException(new Failure(Reason.COLUMN_NOT_FOUND, path, message, remedy, true), true);
    }

    private List<Plan.Field> key(List<Plan.Field> fields, List<String> notes) throws StoreException {
        List<Plan.Field> key = new ArrayList<>();
        for (int i = 0; i < spec.rules().key().size(); i++) {
            String name = spec.rules().key().get(i);
            String path = "spec.record.key[" + i + "]";
            if (source.column(name) == null) {
                throw new StoreException(new Failure(KEY_NOT_FOUND, path, spec.source().place() + " has no column " + name, "Name the columns that identify a record on the source", true), true);
            }
            Plan.Field field = fields.stream().filter(f -> f.name().equals(name)).findFirst()
                    .orElseThrow(() -> new StoreException(new Failure(KEY_NOT_FOUND, path, "key field " + name + " is ignored", "A key field is always compared: remove its Ignored rule", true), true));
            KeyRefusal.check(field, path);
            key.add(field);
        }
        if (key.isEmpty()) {
            return List.of();
        }
        Set<String> sourceKey = new HashSet<>(key.stream().map(k -> k.source().name()).toList());
        Set<String> targetKey = new HashSet<>(key.stream().map(k -> k.target().name()).toList());
        if (source.uniqueKeys().stream().noneMatch(sourceKey::containsAll)) {
            notes.add("no unique index of the source guarantees the key: a key twice with equal content on both sides is not noticed");
        }
        if (target.uniqueKeys().stream().noneMatch(targetKey::containsAll)) {
            notes.add("no unique index of the target guarantees the key");
        }
        return List.copyOf(key);
    }

    private int version(List<Plan.Field> fields) throws StoreException {
        RecordRules.RecordVersion version = spec.rules().version();
        if (version == null) {
            return -1;
        }
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).name().equals(version.field())) {
                Kind kind = fields.get(i).sourceForm().kind();
                boolean fits = version.kind() == RecordRules.VersionKind.COUNTER ? kind == Kind.INTEGER || kind == Kind.DECIMAL : kind == Kind.TIMESTAMP;
                if (!fits) {
                    throw new StoreException(new Failure(TYPES_NOT_COMPARABLE, "spec.record.version", "field " + version.field() + " is " + fields.get(i).source().declared() + " and "
                            + fields.get(i).target().declared(), "kind Counter needs integers, kind Timestamp needs timestamps", true), true);
                }
                return i;
            }
        }
        throw columnNotFound("spec.record.version.field", spec.source().place() + " has no compared column " + version.field(), "Name the column that grows with every change");
    }

    /** All columns, ignored ones too: a column that comes or goes is a change that somebody should look at. */
    private Map<String, String> schema(List<Plan.Field> key) {
        Map<String, String> schema = new TreeMap<>();
        source.columns().forEach(c -> schema.put("source." + c.name(), c.declared() + (c.nullable() ? "" : " not null")));
        target.columns().forEach(c -> schema.put("target." + c.name(), c.declared() + (c.nullable() ? "" : " not null")));
        schema.put("key", String.join(",", key.stream().map(k -> k.source().name() + "=" + k.target().name()).toList()));
        return schema;
    }
}
