package dev.concordat.api.v1alpha1;

import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** One run under a contract, as a Job is to a CronJob. */
@Group(Api.GROUP)
@Version(Api.VERSION)
@ShortNames("rj")
@Categories("concordat")
public class ReconcileJob extends CustomResource<ReconcileJobSpec, ReconcileJobStatus> implements Namespaced {
    @Required
    @Override
    public ReconcileJobSpec getSpec() {
        return super.getSpec();
    }
}
