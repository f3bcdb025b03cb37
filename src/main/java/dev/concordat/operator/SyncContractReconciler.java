package dev.concordat.operator;

import dev.concordat.api.v1alpha1.SyncContract;
import io.javaoperatorsdk.operator.api.reconciler.*;

@ControllerConfiguration(name = "synccontract")
public class SyncContractReconciler implements Reconciler<SyncContract> {
    @Override public UpdateControl<SyncContract> reconcile(SyncContract c, Context<SyncContract> ctx) { return UpdateControl.noUpdate(); }
}
