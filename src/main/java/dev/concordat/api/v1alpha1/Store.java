package dev.concordat.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** One table in one database, and how to reach it. Holds the name of a Secret, never a credential. */
@ValidationRule(
        value = "self.type == 'PostgreSQL' || !has(self.schema)",
        message = "schema is for PostgreSQL; in MariaDB and MySQL a schema is the database: remove it and set database",
        fieldPath = ".schema")
public record Store(
        @Required @JsonPropertyDescription("Engine: PostgreSQL (14 or later), MariaDB (10.11 or later) or MySQL (8.0.22 or later).") StoreType type,
        @Required @Size(min = 1, max = 253) @Pattern("^[A-Za-z0-9._:-]+$")
        @JsonPropertyDescription("Host name or address as seen from a pod in the contract's namespace.") String host,
        @Required @Min(1) @Max(65535) @JsonPropertyDescription("TCP port, for example 5432 or 3306.") Integer port,
        @Required @Size(min = 1, max = 128) @JsonPropertyDescription("Name of the database.") String database,
        @Size(min = 1, max = 128) @JsonPropertyDescription("PostgreSQL only: the table's schema. Default: public.") String schema,
        @Required @Size(min = 1, max = 128) @JsonPropertyDescription("Name of the table or view, spelled as in the database's catalogue.") String table,
        @Required @JsonPropertyDescription("The account that checks read with. SELECT on the table is all it needs.") Credentials credentials,
        @JsonPropertyDescription("Encryption of the connection. Without it the connection is not encrypted.") Tls tls,
        @JsonPropertyDescription("What a check may take from this database.") Limits limits) {

    public Store {
        limits = limits == null ? Limits.DEFAULT : limits;
        tls = tls == null ? new Tls(null, null) : tls;
    }

    public record Credentials(
            @Required @Size(min = 1, max = 253) @Pattern(Api.DNS_NAME)
            @JsonPropertyDescription("Secret in the contract's namespace with the keys username and password. Mounted into the worker's pod by the kubelet; the operator cannot read it.")
            String secretName) {}

    @ValidationRule(
            value = "self.mode in ['VerifyCA', 'VerifyFull'] ? has(self.caSecretName) : !has(self.caSecretName)",
            message = "caSecretName goes with mode VerifyCA or VerifyFull, and those modes need it")
    public record Tls(
            @Default("\"Disable\"") @JsonPropertyDescription("Disable: no encryption. Require: encrypted, the server is not verified. VerifyCA: its certificate must be signed by the CA. VerifyFull: and name the host.")
            TlsMode mode,
            @Size(min = 1, max = 253) @Pattern(Api.DNS_NAME) @JsonPropertyDescription("Secret in the contract's namespace with the key ca.crt, PEM.") String caSecretName) {
        public Tls {
            mode = mode == null ? TlsMode.DISABLE : mode;
        }
    }

    public enum TlsMode {
        @JsonProperty("Disable") DISABLE,
        @JsonProperty("Require") REQUIRE,
        @JsonProperty("VerifyCA") VERIFY_CA,
        @JsonProperty("VerifyFull") VERIFY_FULL
    }

    public record Limits(
            @Default("1") @Min(1) @Max(16) @JsonPropertyDescription("Connections that one check may hold open to this database at a time. Both sides are read side by side, so the smaller number of the two stores counts for both.") Integer connections,
            @Default("\"30s\"") @Size(max = 32) @Pattern(Api.DURATION)
            @ValidationRule(value = "duration(self) >= duration('100ms') && duration(self) <= duration('24h')", message = "statementTimeout must lie between 100ms and 24h")
            @JsonPropertyDescription("Longest time one statement of a check may run, as a duration such as 30s or 2m. The database ends a longer one.") String statementTimeout,
            @Default("100") @Min(1) @Max(100) @JsonPropertyDescription("Share of the time, in percent, in which a check may have a statement running here. 25: after one second of work it rests for three.") Integer maxLoad,
            @Min(1) @Max(100000) @JsonPropertyDescription("A check waits while more sessions than this are busy in the server, its own not counted. Default: it does not look.") Integer maxActiveSessions,
            @Size(max = 32) @Pattern(Api.DURATION)
            @ValidationRule(value = "duration(self) >= duration('100ms') && duration(self) <= duration('24h')", message = "maxReplicaLag must lie between 100ms and 24h")
            @JsonPropertyDescription("For a store that is a replica: a check waits while it lags behind its primary by more than this, and ends without a verdict when it comes no closer for 5 minutes. A primary has no lag, and the field does nothing there. Default: it does not look.") String maxReplicaLag) {
        public static final Limits DEFAULT = new Limits(null, null, null, null, null);

        public Limits {
            connections = connections == null ? 1 : connections;
            statementTimeout = statementTimeout == null ? "30s" : statementTimeout;
            maxLoad = maxLoad == null ? 100 : maxLoad;
        }
    }
}
