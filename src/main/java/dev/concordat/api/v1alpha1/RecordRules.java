package dev.concordat.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** The key, the version and the field rules of a record. Fields are named as on the source unless said otherwise. */
@ValidationRule(
        value = "!has(self.fields) || !self.fields.exists(f, f.name in self.key && has(f.compare) && f.compare.as == 'Ignored')",
        message = "spec.record.key names a field that spec.record.fields ignores: a key field is always compared")
@ValidationRule(
        value = "!has(self.version) || !has(self.fields) || !self.fields.exists(f, f.name == self.version.field && has(f.compare) && f.compare.as == 'Ignored')",
        message = "spec.record.version.field is ignored in spec.record.fields: stale and ahead cannot be told apart without it")
@ValidationRule(
        value = "!has(self.fields) || self.fields.all(f, !has(f.targetName) || self.fields.exists_one(g, has(g.targetName) && g.targetName == f.targetName))",
        message = "spec.record.fields maps two fields to the same targetName: a column of the target is compared with one column of the source")
@ValidationRule(
        value = "!has(self.partition) || !has(self.fields) || !self.fields.exists(f, f.name == self.partition && has(f.compare) && f.compare.as == 'Ignored')",
        message = "spec.record.partition is ignored in spec.record.fields: a field that may differ cannot tell which partition a record belongs to", fieldPath = ".partition")
@ValidationRule(
        value = "size(self.key) > 0 || !(has(self.version) || has(self.partition) || has(self.deletes))",
        message = "spec.record.key is empty, so that rows are only counted: version, partition and deletes need a key")
public record RecordRules(
        @Required @Size(max = 8)
        @ValidationRule(value = "self.all(k, self.exists_one(o, o == k))", message = "spec.record.key lists a field twice")
        @JsonPropertyDescription("The fields that identify a record, in index order. Source names. An empty list: the tables have no key, and only their rows are counted.")
        List<@Size(min = 1, max = 128) String> key,

        @JsonPropertyDescription("The field that grows with every change of a record. With it a difference is told as Stale, Ahead or Diverged; without it as Different.")
        RecordVersion version,

        @JsonPropertyDescription("Which rows of each table are records of this contract. Default: all.")
        Rows rows,

        @JsonPropertyDescription("How a deleted record is known, and what the target does with it. Without it a row on one side only is Missing or Orphan.")
        Deletes deletes,

        @Size(min = 1, max = 128)
        @JsonPropertyDescription("Field whose values split the records into partitions, such as a region or a tenant. Drift is then counted by partition as well and the worst one is named. Default: ranges of the key.")
        String partition,

        @Size(max = 256)
        @JsonPropertyDescription("Rules for fields that are not simply compared as Exact under one name. A column of the source that is not listed is compared exactly with the target's column of the same name. A column only on the target must be listed as Ignored, or the run stops.")
        List<Field> fields) {

    public RecordRules {
        key = key == null ? List.of() : List.copyOf(key);
        fields = fields == null ? List.of() : List.copyOf(fields);
    }

    /** Rules for all rows of both tables, without tombstones. */
    public static RecordRules of(List<String> key, RecordVersion version, List<Field> fields) {
        return new RecordRules(key, version, null, null, null, fields);
    }

    /** A condition is SQL of its own side and is put into the worker's queries as it stands; the worker's sessions cannot write. */
    @ValidationRule(value = "has(self.sourceFilter) || has(self.targetFilter)", message = "rows needs sourceFilter, targetFilter or both; leave rows out to compare all rows")
    public record Rows(
            @Size(min = 1, max = 1024) @JsonPropertyDescription("SQL condition on the source's columns, for example region = 'EU'. Rows for which it is not true do not count.") String sourceFilter,
            @Size(min = 1, max = 1024) @JsonPropertyDescription("SQL condition on the target's columns.") String targetFilter) {}

    @ValidationRule(value = "self.onTarget == 'Keep' || has(self.tombstone)", message = "deletes needs tombstone, the field that marks a deleted record; only onTarget: Keep goes without")
    @ValidationRule(
            value = "self.onTarget != 'Purge' || !has(self.tombstone) || !has(self.tombstone.targetField)",
            message = "with onTarget: Purge the target has no row of a deleted record, so it has no targetField either", fieldPath = ".tombstone.targetField")
    @ValidationRule(
            value = "self.onTarget != 'Keep' || !has(self.tombstone) || !has(self.tombstone.targetField)",
            message = "with onTarget: Keep the target keeps the row unmarked, so it has no targetField; a target that marks it is Archive or Hide", fieldPath = ".tombstone.targetField")
    public record Deletes(
            @JsonPropertyDescription("The field that marks a deleted record.") Tombstone tombstone,
            @Required @JsonPropertyDescription("Hide or Archive: the target marks or removes the row of a deleted record; neither form is an orphan. Keep: the target keeps it as it was; a row that only the target has is counted as kept, not as an orphan. Purge: the target must not have it.")
            OnTarget onTarget) {}

    public record Tombstone(
            @Required @Size(min = 1, max = 128) @JsonPropertyDescription("Column on the source: a record is deleted when it is true or not zero, or, for other types, not NULL.") String field,
            @Size(min = 1, max = 128) @JsonPropertyDescription("Column on the target with the same meaning. Default: field, if the target has such a column; with onTarget Keep or Purge none.") String targetField) {}

    public enum OnTarget {
        @JsonProperty("Hide") HIDE,
        @JsonProperty("Archive") ARCHIVE,
        @JsonProperty("Keep") KEEP,
        @JsonProperty("Purge") PURGE
    }

    public record RecordVersion(
            @Required @Size(min = 1, max = 128) @JsonPropertyDescription("Name of the field on the source.") String field,
            @Required @JsonPropertyDescription("Counter: an integer. Timestamp: a point in time.") VersionKind kind) {}

    public enum VersionKind {
        @JsonProperty("Counter") COUNTER,
        @JsonProperty("Timestamp") TIMESTAMP
    }

    public record Field(
            @Required @Size(min = 1, max = 128) @JsonPropertyDescription("The field's column on the source. For a column that only the target has: its name there, with compare as Ignored.") String name,
            @Size(min = 1, max = 128) @JsonPropertyDescription("The field's column on the target. Default: name.") String targetName,
            @JsonPropertyDescription("How the two values are compared. Default: Exact.") Compare compare) {
        public Field {
            compare = compare == null ? Compare.EXACT : compare;
        }

        /** The column on the target. Never null. */
        public String onTarget() {
            return targetName == null ? name : targetName;
        }
    }

    @ValidationRule(value = "!has(self.tolerance) || self.as == 'Decimal'", message = "tolerance goes with as: Decimal", fieldPath = ".tolerance")
    @ValidationRule(value = "!has(self.precision) || self.as == 'Timestamp'", message = "precision goes with as: Timestamp", fieldPath = ".precision")
    @ValidationRule(value = "!has(self.rounding) || self.as == 'Timestamp' || self.as == 'Exact'", message = "rounding goes with as: Timestamp, or Exact for columns of times", fieldPath = ".rounding")
    @ValidationRule(value = "!(has(self.sourceZone) || has(self.targetZone)) || self.as == 'Timestamp'", message = "sourceZone and targetZone go with as: Timestamp")
    @ValidationRule(value = "!(has(self.trim) || has(self.caseInsensitive)) || self.as == 'Text'", message = "trim and caseInsensitive go with as: Text")
    @ValidationRule(value = "(self.as == 'Ignored') == has(self.reason)", message = "as: Ignored needs a reason, and only Ignored takes one: say who relies on the difference")
    public record Compare(
            @Required @JsonPropertyDescription("Exact: equal as the columns' type understands equality. Decimal: equal numbers within tolerance. Timestamp: the same instant at the stated precision. Json: equal trees, whatever the key order and number form. Text: equal after trim and case folding. Ignored: not compared.")
            As as,
            @Size(max = 32) @Pattern(Api.DECIMAL) @JsonPropertyDescription("Decimal: the largest difference that still counts as equal, as a decimal string such as \"0.01\". Default: 0.") String tolerance,
            @JsonPropertyDescription("Timestamp: compare at this precision; finer digits are cut off or rounded, as rounding says. Default: the coarser of the two columns.") Precision precision,
            @JsonPropertyDescription("Timestamp, and Exact for columns of times: what the copy does with digits that the coarser column has no place for. Cut: they are dropped. Round: half goes up. Default: what the coarser column's server does itself: PostgreSQL and MySQL round, MariaDB cuts, unless TIME_ROUND_FRACTIONAL or TIME_TRUNCATE_FRACTIONAL is in its global sql_mode; at a precision coarser than both columns: Cut.") Rounding rounding,
            @Size(max = 64) @Pattern("^[A-Za-z0-9_+/-]+$") @JsonPropertyDescription("Timestamp: time zone of a source column that stores local time, for example Europe/Berlin. Default: UTC.") String sourceZone,
            @Size(max = 64) @Pattern("^[A-Za-z0-9_+/-]+$") @JsonPropertyDescription("Timestamp: time zone of a target column that stores local time, for example Europe/Berlin. Default: UTC.") String targetZone,
            @JsonPropertyDescription("Text: true ignores blanks at both ends.") Boolean trim,
            @JsonPropertyDescription("Text: true ignores the difference between upper and lower case.") Boolean caseInsensitive,
            @Size(min = 1, max = 512) @JsonPropertyDescription("Ignored: why this field may differ and who relies on it.") String reason) {

        public static final Compare EXACT = new Compare(As.EXACT, null, null, null, null, null, null, null);

        /** One that leaves rounding to the servers. */
        public Compare(As as, String tolerance, Precision precision, String sourceZone, String targetZone, Boolean trim, Boolean caseInsensitive, String reason) {
            this(as, tolerance, precision, null, sourceZone, targetZone, trim, caseInsensitive, reason);
        }
    }

    public enum Rounding {
        @JsonProperty("Cut") CUT,
        @JsonProperty("Round") ROUND
    }

    public enum As {
        @JsonProperty("Exact") EXACT,
        @JsonProperty("Decimal") DECIMAL,
        @JsonProperty("Timestamp") TIMESTAMP,
        @JsonProperty("Json") JSON,
        @JsonProperty("Text") TEXT,
        @JsonProperty("Ignored") IGNORED
    }

    public enum Precision {
        @JsonProperty("Microseconds") MICROSECONDS,
        @JsonProperty("Milliseconds") MILLISECONDS,
        @JsonProperty("Seconds") SECONDS
    }
}
