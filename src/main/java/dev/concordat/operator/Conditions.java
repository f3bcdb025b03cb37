package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.report.Clip;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Finding and merging conditions. */
final class Conditions {
    static final String TRUE = "True";
    static final String FALSE = "False";
    static final String UNKNOWN = "Unknown";

    private Conditions() {}

    /** The condition of that type, or null. */
    static Condition find(List<Condition> conditions, String type) {
        for (Condition condition : conditions) {
            if (condition.type().equals(type)) {
                return condition;
            }
        }
        return null;
    }

    /** A condition whose transition time is not known yet; {@link #merge} fills it in. Messages that the schema would refuse are cut. */
    static Condition of(String type, String status, Long generation, String reason, String message) {
        return new Condition(type, status, generation, null, reason, Clip.dotted(message, Condition.MAX_MESSAGE));
    }

    /**
     * Brings the wanted conditions into the written ones: {@code lastTransitionTime} is kept where the status is unchanged. Conditions that
     * are not wanted any more go; the order is that of {@code wanted}.
     */
    static List<Condition> merge(List<Condition> written, List<Condition> wanted, Instant now) {
        List<Condition> merged = new ArrayList<>(wanted.size());
        for (Condition w : wanted) {
            Condition old = find(written, w.type());
            String time = old != null && old.status().equals(w.status()) && old.lastTransitionTime() != null ? old.lastTransitionTime() : Times.print(now);
            merged.add(new Condition(w.type(), w.status(), w.observedGeneration(), time, w.reason(), w.message()));
        }
        return List.copyOf(merged);
    }
}
