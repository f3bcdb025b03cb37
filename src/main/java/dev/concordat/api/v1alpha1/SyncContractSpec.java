package dev.concordat.api.v1alpha1;


import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** What the user wrote. Every component may be null unless it is marked as required; defaults are the API server's. */
@ValidationRule(
        value = "!(self.source.store.type == self.target.store.type && self.source.store.host == self.target.store.host"
                + " && self.source.store.port == self.target.store.port && self.source.store.database == self.target.store.database"
                + " && (has(self.source.store.schema) ? self.source.store.schema : 'public') == (has(self.target.store.schema) ? self.target.store.schema : 'public')"
                + " && self.source.store.table == self.target.store.table)",
        message = "spec.source.store and spec.target.store name the same table: a contract compares two different tables")
@ValidationRule(
        value = "!has(self.latency) || self.latency.enforcement != 'Enforce' || (has(self.writers) && size(self.writers) > 0)",
        message = "spec.latency.enforcement is Enforce but spec.writers is empty: list the workloads to pause, or set enforcement to Observe")
@ValidationRule(
        value = "!has(self.latency) || self.latency.probe.type != 'Canary' || !has(self.latency.probe.canary)"
                + " || self.record.key.all(k, k in self.latency.probe.canary.key)",
        message = "spec.latency.probe.canary.key needs a value for every field of spec.record.key")
@ValidationRule(
        value = "!has(self.latency) || !has(self.latency.probe.canary) || self.latency.probe.canary.key.all(k, k in self.record.key)",
        message = "spec.latency.probe.canary.key names a field that is not in spec.record.key: it holds the key of the canary row and nothing else")
@ValidationRule(
        value = "!has(self.latency) || !has(self.latency.probe.canary) || !(self.latency.probe.canary.field in self.record.key)",
        message = "spec.latency.probe.canary.field may not be part of spec.record.key: the probe overwrites it on every tick")
@ValidationRule(
        value = "!has(self.verification.scope) || !has(self.verification.scope.field) || !has(self.record.fields)"
                + " || !self.record.fields.exists(f, f.name == self.verification.scope.field && has(f.compare) && f.compare.as == 'Ignored')",
        message = "spec.verification.scope.field is ignored in spec.record.fields: where it may differ, the window holds other records on each side", fieldPath = ".verification.scope.field")
@ValidationRule(
        value = "!has(self.record.partition) || !has(self.verification.evidence) || !has(self.verification.evidence.redact) || !(self.record.partition in self.verification.evidence.redact)",
        message = "spec.record.partition is redacted in spec.verification.evidence.redact: a partition is named by its value", fieldPath = ".record.partition")
@ValidationRule(
        value = "size(self.record.key) > 0 || !has(self.verification.scope) || self.verification.scope.type == 'Full'",
        message = "spec.record.key is empty, so that rows are only counted: the only scope is Full", fieldPath = ".verification.scope")
@ValidationRule(
        value = "size(self.record.key) > 0 || !(has(self.latency) && has(self.latency.probe.canary)) && !(has(self.verification.evidence) && has(self.verification.evidence.table))"
                + " && (!has(self.gaps) || self.gaps.all(g, g.kind == 'ExcludedRows'))",
        message = "spec.record.key is empty, so that rows are only counted: a canary probe, an evidence table and a gap of kind StaleField need a key")
@ValidationRule(
        value = "!has(self.gaps) || self.gaps.all(g, !has(g.field) || !(g.field in self.record.key) && (!has(self.record.version) || g.field != self.record.version.field))",
        message = "spec.gaps names a field of spec.record.key or spec.record.version.field as a StaleField: by these a record and its age are told", fieldPath = ".gaps")
@ValidationRule(
        value = "!has(self.gaps) || !has(self.record.fields) || self.gaps.all(g, !has(g.field) || !self.record.fields.exists(f, f.name == g.field && has(f.compare) && f.compare.as == 'Ignored'))",
        message = "spec.gaps names as a StaleField what spec.record.fields ignores: remove one of the two", fieldPath = ".gaps")
@ValidationRule(
        value = "!has(self.verification.evidence) || !has(self.verification.evidence.table) || !has(self.verification.evidence.table.schema)"
                + " || (self.verification.evidence.table.side == 'Source' ? self.source.store.type : self.target.store.type) == 'PostgreSQL'",
        message = "schema is for PostgreSQL; in MariaDB and MySQL a schema is the database: remove it, the evidence table is in the store's own database", fieldPath = ".verification.evidence.table.schema")
@ValidationRule(
        value = "!has(self.verification.evidence) || !has(self.verification.evidence.table) || (self.verification.evidence.table.side == 'Source'"
                + " ? self.verification.evidence.table.name != self.source.store.table || has(self.verification.evidence.table.schema) && self.verification.evidence.table.schema != (has(self.source.store.schema) ? self.source.store.schema : 'public')"
                + " : self.verification.evidence.table.name != self.target.store.table || has(self.verification.evidence.table.schema) && self.verification.evidence.table.schema != (has(self.target.store.schema) ? self.target.store.schema : 'public'))",
        message = "spec.verification.evidence.table is the table that is compared: evidence needs a table of its own", fieldPath = ".verification.evidence.table.name")
public record SyncContractSpec(
        @Required @Size(min = 1, max = 32) @Pattern("^[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.-]+)?$")
        @JsonPropertyDescription("Semantic version of this contract. Raise it when its meaning changes. A new version accepts the tables' present schema as the one agreed on.")
        String version,

        @Size(max = 1024)
        @JsonPropertyDescription("What is kept in sync, in a sentence that a person on call understands.")
        String description,

        @Required
        @JsonPropertyDescription("Who answers for this contract. Named in the messages of abnormal conditions and in events.")
        Owner owner,

        @Default("false")
        @JsonPropertyDescription("true: no new check starts, the prober stops probing this contract, and writers that Concordat holds paused are given back. Status stays as it was.")
        Boolean suspend,

        @Required @JsonPropertyDescription("The source of truth.") Side source,
        @Required @JsonPropertyDescription("The store that should agree with the source.") Side target,
        @Required @JsonPropertyDescription("What a record is: its key, its version and how its fields are compared.") RecordRules record,
        @Required @JsonPropertyDescription("When and how the two stores are compared.") Verification verification,

        @JsonPropertyDescription("How late a write may reach the target, how often it may be later, and what then happens. Without it only drift is checked.")
        Latency latency,

        @Size(max = 16)
        @ValidationRule(
                value = "self.all(w, self.exists_one(v, v.kind == w.kind && v.name == w.name))",
                message = "spec.writers lists a workload twice: each writer is named once")
        @JsonPropertyDescription("The workloads that write to the source, in the order in which they are paused when the budget is exhausted and enforcement is Enforce. Resumed in reverse. Nothing on the delivery path belongs here: a paused replicator can never drain its backlog.")
        List<Writer> writers,

        @JsonPropertyDescription("What users and support see. Quoted in the messages of abnormal conditions.")
        Impact impact,

        @Size(max = 16)
        @ValidationRule(
                value = "self.all(g, self.exists_one(h, (has(h.name) ? h.name : h.reliedOnBy) == (has(g.name) ? g.name : g.reliedOnBy)))",
                message = "spec.gaps counts two gaps under one name: give each a name of its own")
        @JsonPropertyDescription("Intended differences. Each has a reason and somebody who relies on it, and is counted under its name instead of as drift.")
        List<Gap> gaps) {

    public SyncContractSpec {
        suspend = suspend != null && suspend;
        writers = writers == null ? List.of() : List.copyOf(writers);
        gaps = gaps == null ? List.of() : List.copyOf(gaps);
    }

    public record Owner(
            @Required @Size(min = 1, max = 128) @JsonPropertyDescription("The team that answers for the contract.") String team,
            @Size(max = 256) @JsonPropertyDescription("How to reach the team: a mail address, a channel or a rota.") String contact,
            @Size(max = 512) @Pattern("^https?://[^ ]+$") @JsonPropertyDescription("URL of the runbook, quoted in abnormal conditions and events.") String runbook) {}

    public record Side(
            @Required @Size(min = 1, max = 128) @JsonPropertyDescription("The name by which people know this system. Used in messages.") String system,
            @Required @JsonPropertyDescription("Where its records are and how to reach them.") Store store) {}

    public record Writer(
            @Required @ValidationRule(value = "self == 'apps/v1'", message = "the supported writer is apiVersion apps/v1, kind Deployment")
            @Size(max = 64) @JsonPropertyDescription("API version of the workload: apps/v1.") String apiVersion,
            @Required @JsonPropertyDescription("Kind of the workload. Deployment: paused by zero replicas, and counted as paused when no pod is left.") WriterKind kind,
            @Required @Size(min = 1, max = 253) @Pattern(Api.DNS_NAME) @JsonPropertyDescription("Name of the workload, in the contract's own namespace.") String name) {}

    @ValidationRule(
            value = "self.kind == 'ExcludedRows' ? (has(self.filter) != (has(self.sourceFilter) || has(self.targetFilter))) && !has(self.field)"
                    + " : has(self.field) && !has(self.filter) && !has(self.sourceFilter) && !has(self.targetFilter)",
            message = "kind ExcludedRows needs filter, or sourceFilter, targetFilter or both in its place; kind StaleField needs field and no filter")
    public record Gap(
            @Required @JsonPropertyDescription("ExcludedRows: rows that match the filter are not compared. StaleField: a record that differs in such fields only is no drift.") GapKind kind,
            @Size(min = 1, max = 63) @JsonPropertyDescription("The name under which it is counted. Default: reliedOnBy.") String name,
            @Size(min = 1, max = 1024) @JsonPropertyDescription("ExcludedRows: SQL condition that holds for excluded rows, the same on both sides, for example channel = 'test'.") String filter,
            @Size(min = 1, max = 1024) @JsonPropertyDescription("ExcludedRows: SQL condition on the source's columns, where the sides spell it differently.") String sourceFilter,
            @Size(min = 1, max = 1024) @JsonPropertyDescription("ExcludedRows: SQL condition on the target's columns.") String targetFilter,
            @Size(min = 1, max = 128) @JsonPropertyDescription("StaleField: the field, by its name on the source.") String field,
            @Required @Size(min = 1, max = 512) @JsonPropertyDescription("Why the difference is intended.") String reason,
            @Required @Size(min = 1, max = 128) @JsonPropertyDescription("Who relies on it.") String reliedOnBy) {

        /** The name under which it is counted. Never null. */
        public String label() {
            return name == null ? reliedOnBy : name;
        }

        /** The condition on one side's rows; null when no row of that side is excluded. */
        public String filter(boolean source) {
            return filter != null ? filter : source ? sourceFilter : targetFilter;
        }
    }

    public enum GapKind {
        @JsonProperty("ExcludedRows") EXCLUDED_ROWS,
        @JsonProperty("StaleField") STALE_FIELD
    }

    public record Impact(
            @Size(max = 512) @JsonPropertyDescription("What users see while the target is late. Quoted when the budget burns.") String duringDelay,
            @Size(max = 512) @JsonPropertyDescription("What support sees while the stores differ. Quoted when drift is found.") String duringDrift) {}
}
