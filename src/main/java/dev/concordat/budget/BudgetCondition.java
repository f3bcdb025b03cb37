package dev.concordat.budget;

/**
 * The condition BudgetExhausted. Reasons: NoBudget, NotMeasured, MeasurementMissing, BudgetExhausted,
 * BudgetExhaustedHealthyNow, BudgetExhaustedUnknownNow, FastBurn, WithinBudget.
 */
public final class BudgetCondition {
    private static final String SEE = "See Deployment concordat-prober in this namespace";

    private BudgetCondition() {}

    /**
     * @param policy null when the contract has no budget
     * @param view   null while nothing was measured
     * @param now    what is known of the present
     */
    public static Finding of(BudgetPolicy policy, BudgetView view, Lateness now) {
        if (policy == null) {
            return new Finding("False", "NoBudget",
                    "spec.latency.budget is not set: lag is shown and nothing is decided");
        }
        if (view == null || view.slices() == 0) {
            return new Finding("Unknown", "NotMeasured", "No slice of " + policy.sliceSeconds()
                    + "s was measured yet: the prober has not reported. " + SEE);
        }
        if (view.exhausted()) {
            String spent = view.arithmetic() + ". " + now.text();
            return switch (now) {
                case Lateness.Late late -> new Finding("True", "BudgetExhausted", spent);
                case Lateness.NotLate fine -> new Finding("True", "BudgetExhaustedHealthyNow",
                        spent + "; bad slices leave the window as they age");
                case Lateness.NotKnown blind -> new Finding("True", "BudgetExhaustedUnknownNow", spent);
            };
        }
        if (view.silent()) {
            return new Finding("Unknown", "MeasurementMissing",
                    "The prober has been silent for longer than two reports, and unknown time decides nothing: "
                    + view.arithmetic() + ". " + now.text() + ". " + SEE);
        }
        String late = now instanceof Lateness.Late is ? ". " + is.text() : "";
        return view.fastBurn() ? new Finding("False", "FastBurn", view.arithmetic() + "; " + view.burnText() + late)
                : new Finding("False", "WithinBudget", view.arithmetic() + late);
    }
}
