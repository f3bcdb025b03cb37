package dev.concordat.api.v1alpha1;

import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** The agreement between two data stores: what must match, how late it may be, and who stops writing when it is not kept. */
@Group(Api.GROUP)
@Version(Api.VERSION)
@ShortNames("sct")
@Categories("concordat")
@ValidationRule(
        value = "size(self.metadata.name) <= 48",
        message = "metadata.name may have at most 48 characters: runs are named after the contract, and a Job's name ends in a pod label of 63")
public class SyncContract extends CustomResource<SyncContractSpec, SyncContractStatus> implements Namespaced {
    @Required
    @Override
    public SyncContractSpec getSpec() {
        return super.getSpec();
    }
}
