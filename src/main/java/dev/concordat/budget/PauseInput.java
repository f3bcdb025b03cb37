package dev.concordat.budget;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.Latency.PartialPause;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.SyncContractSpec.Writer;
import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;
import dev.concordat.report.ProbeReport;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * All that a pause decision looks at.
 *
 * @param policy      null when the contract has no budget
 * @param view        null while nothing was measured
 * @param writers     {@code status.writers}; may be null
 * @param spec        {@code spec.writers}
 * @param report      the prober's latest report; null when there is none
 * @param suspend     {@code spec.suspend}
 * @param deleted     whether the contract is being deleted
 * @param hold        value of the annotation concordat.dev/hold; null when absent
 * @param forceResume whether the annotation concordat.dev/force-resume is present
 * @param acknowledge value of the annotation concordat.dev/acknowledge; null when absent
 * @param refusePartial {@code spec.latency.pause.partialPause} is Refuse
 * @param now         the operator's clock; compared only with times that the operator itself wrote
 */
public record PauseInput(
        BudgetPolicy policy, BudgetView view, Writers writers, List<Writer> spec, ProbeReport report,
        boolean suspend, boolean deleted, String hold, boolean forceResume, String acknowledge, boolean refusePartial, Instant now) {

    /** Gathers from a contract. */
    public static PauseInput of(SyncContract contract, BudgetPolicy policy, BudgetView view, ProbeReport report, Instant now) {
        Map<String, String> annotations = contract.getMetadata().getAnnotations() == null ? Map.of() : contract.getMetadata().getAnnotations();
        String resume = annotations.get(Api.FORCE_RESUME);
        return new PauseInput(policy, view, contract.getStatus() == null ? null : contract.getStatus().writers(), contract.getSpec().writers(), report,
                contract.getSpec().suspend(), contract.getMetadata().getDeletionTimestamp() != null,
                annotations.get(Api.HOLD), resume != null && !resume.equals("false"), annotations.get(Api.ACKNOWLEDGE),
                contract.getSpec().latency() != null && contract.getSpec().latency().pause().partialPause() == PartialPause.REFUSE, now);
    }
}
