package dev.concordat.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.concordat.api.v1alpha1.SyncContractSpec;

/**
 * One contract that the namespace's prober is to probe: one entry, named after the contract, of the ConfigMap {@link #CONFIG_MAP},
 * which the operator alone writes and the prober reads.
 *
 * @param reportName  name of the ConfigMap that the prober writes for this contract
 * @param fence       id of the fence to write once and await; null when no pause needs one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProbeOrder(ContractRef contract, String reportName, String fence, SyncContractSpec spec) {
    /** Name of the ConfigMap with the orders, of the Deployment, and of its container. */
    public static final String CONFIG_MAP = "concordat-prober";

    /** Folder below which each Secret that an order names is mounted, under the Secret's name. */
    public static final String SECRETS = "CONCORDAT_SECRETS";
}
