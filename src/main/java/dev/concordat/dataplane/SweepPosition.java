package dev.concordat.dataplane;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.concordat.contract.Rules;
import dev.concordat.report.Checkpoint;
import dev.concordat.report.RunOrder;
import java.util.List;

/**
 * Where the last run of a contract's Sweep ended, so that the next one goes on from there: what it comes to next was verified longest ago. Kept by the worker
 * beside the schema agreed on.
 *
 * @param uid      of the contract
 * @param rules    {@link Rules} of the contract; under other rules the sweep begins anew
 * @param runId    of the run that ended here
 * @param position first key that it did not cover; null: it came to the end
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record SweepPosition(String uid, String rules, long runId, List<String> position) {
    static SweepPosition after(RunOrder order, List<String> position) {
        return new SweepPosition(order.contract().uid(), Rules.digest(order.spec()), order.runId(), position);
    }

    /** Where the ordered run begins: the key, or null for the start of the table. */
    static List<String> start(SweepPosition last, RunOrder order) {
        boolean fits = last != null && order.contract().uid().equals(last.uid) && Rules.digest(order.spec()).equals(last.rules);
        return fits ? last.position : null;
    }

    /** As {@code CompareSpec.resume} takes it: a position and nothing else. */
    static Checkpoint checkpoint(List<String> position) {
        return position == null ? null : new Checkpoint(null, position, null, 0, null, null, null, null, null, null);
    }
}
