package dev.concordat.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.concordat.api.v1alpha1.SyncContractSpec;

/**
 * One contract that the namespace's prober is to probe: the spec of its LatencyProbe, which the operator alone writes and the prober reads.
 *
 * @param fence id of the fence to write once and await; null when no pause needs one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProbeOrder(ContractRef contract, String fence, SyncContractSpec spec) {
    /** Name of the Deployment and of its pods' label. */
    public static final String PROBER = "concordat-prober";

    /** Folder below which each Secret that an order names is mounted, under the Secret's name. */
    public static final String SECRETS = "CONCORDAT_SECRETS";
}
