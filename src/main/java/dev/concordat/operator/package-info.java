/**
 * The control plane: reconcilers of SyncContracts and ReconcileJobs. Each has a thin shell that the Java Operator SDK calls
 * ({@code SyncContractReconciler}, {@code ReconcileJobReconciler}) and a core that takes a Kubernetes client, a view of the caches and a
 * clock: gather, decide, act. Decisions are pure classes beside it.
 * What the operator may do is in the chart (templates/_helpers.tpl), verb by verb; integration tests run under these rights.
 */
package dev.concordat.operator;
