/**
 * The control plane: reconcilers of SyncContracts and ReconcileJobs. Each has a thin shell that the Java Operator SDK calls
 * ({@code SyncContractReconciler}, {@code ReconcileJobReconciler}) and a core that takes a Kubernetes client, a view of the caches and a
 * clock: gather, decide, act. Decisions are pure classes beside it.
 *
 * <h2>What the operator may do</h2>
 * The chart's ClusterRole is written from this list; nothing else is used, and no rule names secrets.
 * <pre>
 * concordat.dev      synccontracts                     get list watch patch
 * concordat.dev      synccontracts/status              patch
 * concordat.dev      synccontracts/finalizers          update          (owner references that block deletion)
 * concordat.dev      reconcilejobs                     get list watch create patch delete
 * concordat.dev      reconcilejobs/status              patch
 * concordat.dev      reconcilejobs/finalizers          update
 * batch              jobs                              get list watch create delete
 * apps               deployments                       get list watch create update patch delete   (the prober; writers: get, patch)
 * ""                 pods                              get list watch
 * ""                 configmaps                        get list watch create patch update delete
 * ""                 events                            get list create patch
 * ""                 serviceaccounts                   get create
 * rbac               rolebindings                      get create
 * rbac               clusterroles concordat-data-plane bind
 * coordination       leases (own namespace only)       get create update patch
 * </pre>
 */
package dev.concordat.operator;
