package dev.concordat.dataplane;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.report.Checkpoint;
import dev.concordat.report.RunOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Where the last run of a contract's Sweep ended, so that the next one goes on from there: what it comes to next was verified longest ago. Kept by the worker
 * beside the schema agreed on.
 *
 * @param uid      of the contract
 * @param rules    what was compared and by which rules, see {@link #rules}; under other rules the sweep begins anew
 * @param runId    of the run that ended here
 * @param position first key that it did not cover; null: it came to the end
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record SweepPosition(String uid, String rules, long runId, List<String> position) {
    /** Key of the position in the ConfigMap's data. */
    static final String KEY = "sweep.json";

    static SweepPosition after(RunOrder order, List<String> position) {
        return new SweepPosition(order.contract().uid(), rules(order.spec()), order.runId(), position);
    }

    /** Where the ordered run begins: the key, or null for the start of the table. */
    static List<String> start(SweepPosition last, RunOrder order) {
        boolean fits = last != null && order.contract().uid().equals(last.uid) && rules(order.spec()).equals(last.rules);
        return fits ? last.position : null;
    }

    /** As {@code CompareSpec.resume} takes it: a position and nothing else. */
    static Checkpoint checkpoint(List<String> position) {
        return position == null ? null : new Checkpoint(null, position, null, 0, null, null, null, null, null, null);
    }

    /** A digest of both tables' addresses and of the rules: half a round under one set of rules and half under another is no round. */
    private static String rules(SyncContractSpec spec) {
        var source = spec.source().store();
        var target = spec.target().store();
        String text = Json.write(Arrays.asList(spec.version(), source.host(), source.port(), source.database(), source.schema(), source.table(),
                target.host(), target.port(), target.database(), target.schema(), target.table(), spec.record(), spec.gaps()));
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
