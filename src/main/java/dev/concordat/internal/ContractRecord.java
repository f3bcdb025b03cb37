package dev.concordat.internal;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.report.ContractMemory;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;

/** What the runs of one contract leave for those that follow. Named as the contract, owned by it. */
@Group(Api.INTERNAL_GROUP)
@Version(Api.VERSION)
public class ContractRecord extends CustomResource<ContractMemory.Owner, ContractMemory> implements Namespaced {}
