package dev.concordat.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.Verification;

/**
 * What one checksum worker is to do: the spec of its ChecksumRun. Holds no credential: those are mounted below {@link #SOURCE_SECRET} and {@link #TARGET_SECRET}.
 *
 * @param runId     grows with every run of the contract
 * @param scope     what this run covers; null: the contract's own scope
 * @param lagMillis lag that the prober measured last; null when nothing measures it
 * @param spec      the contract as it stood when the run was ordered
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunOrder(ContractRef contract, long runId, Verification.Scope scope, Long lagMillis, SyncContractSpec spec) {
    /** What this run covers. Never null. */
    public Verification.Scope effectiveScope() {
        return scope == null ? spec.verification().scope() : scope;
    }

    /** Environment variable with the name of the ChecksumRun that holds the order and takes the report. */
    public static final String NAME = "CONCORDAT_RUN_NAME";
    /** Environment variable with its namespace. */
    public static final String NAMESPACE = "CONCORDAT_NAMESPACE";
    /** Environment variable with the order itself as JSON, of a worker without a cluster. */
    public static final String ENV = "CONCORDAT_RUN";

    /** Environment variables that name the folders of the mounted Secrets (files username, password; ca.crt). */
    public static final String SOURCE_SECRET = "CONCORDAT_SOURCE_SECRET";
    public static final String TARGET_SECRET = "CONCORDAT_TARGET_SECRET";
    public static final String SOURCE_CA = "CONCORDAT_SOURCE_CA";
    public static final String TARGET_CA = "CONCORDAT_TARGET_CA";
    public static final String EVIDENCE_SECRET = "CONCORDAT_EVIDENCE_SECRET";
}
