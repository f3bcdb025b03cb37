package dev.concordat.internal;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;

/** One run: what the worker is to do, and what it found. Named as its Job, owned by its ReconcileJob. */
@Group(Api.INTERNAL_GROUP)
@Version(Api.VERSION)
public class ChecksumRun extends CustomResource<RunOrder, RunReport> implements Namespaced {}
