package dev.concordat.report;

import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.Verification;

/**
 * What one checksum worker is to do; given in the environment variable {@link #ENV} as JSON. Holds no credential: those are mounted
 * below {@link #SOURCE_SECRET} and {@link #TARGET_SECRET}.
 *
 * @param runId         grows with every run of the contract
 * @param reportName    name of the ConfigMap that this run writes and nobody else
 * @param schemaName    name of the ConfigMap with the schema that was agreed on
 * @param memoryName   name of the ConfigMap with what earlier runs of the contract found
 * @param ownerKind     kind of the object that owns the report (ReconcileJob)
 * @param scope         what this run covers; null: the contract's own scope
 * @param lagMillis     lag that the prober measured last; null when nothing measures it
 * @param spec          the contract as it stood when the run was ordered
 */
public record RunOrder(
        ContractRef contract, long runId, String reportName, String schemaName, String memoryName, String ownerKind, String ownerName, String ownerUid,
        Verification.Scope scope, Long lagMillis, SyncContractSpec spec) {
    /** What this run covers. Never null. */
    public Verification.Scope effectiveScope() {
        return scope == null ? spec.verification().scope() : scope;
    }

    public static final String ENV = "CONCORDAT_RUN";

    /** Environment variables that name the folders of the mounted Secrets (files username, password; ca.crt). */
    public static final String SOURCE_SECRET = "CONCORDAT_SOURCE_SECRET";
    public static final String TARGET_SECRET = "CONCORDAT_TARGET_SECRET";
    public static final String SOURCE_CA = "CONCORDAT_SOURCE_CA";
    public static final String TARGET_CA = "CONCORDAT_TARGET_CA";
    public static final String EVIDENCE_SECRET = "CONCORDAT_EVIDENCE_SECRET";
}
