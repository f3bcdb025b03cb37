package dev.concordat.internal;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.report.ProbeOrder;
import dev.concordat.report.ProbeReport;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;

/** One probed contract: what the prober is to measure, and what it measured. Named as the contract, owned by it. */
@Group(Api.INTERNAL_GROUP)
@Version(Api.VERSION)
public class LatencyProbe extends CustomResource<ProbeOrder, ProbeReport> implements Namespaced {}
