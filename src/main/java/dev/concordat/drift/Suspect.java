package dev.concordat.drift;

import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;

/**
 * A record that looked different, between two looks. Pure.
 *
 * @param key            canonical key
 * @param found          the tally of the stretch in which it was found
 * @param often          whether it is looked at several times within the settle time, to learn how long records take to arrive
 * @param states         of the source that were seen, the last one last
 * @param sinceNanos     when each of them was first seen
 * @param target         state of the target at the last look
 * @param lookNanos      when the last look began
 * @param version        value of the version field at the source; null without one
 * @param contradictions changes in a row, up to now, whose version was not a newer one
 * @param returns        changes in a row, up to now, that led back to an earlier state
 * @param dueNanos       when to look again
 */
record Suspect(
        List<String> key, Tally found, boolean often, long[] states, long[] sinceNanos, long target, long lookNanos, Object version, int contradictions, int returns, long dueNanos) {
    /** Changes of the source between looks until a record is reported as in flight or hot. */
    static final int MOVES = 5;
    /** This many changes in a row that no honest source makes are none. */
    static final int CONTRADICTIONS = 3;
    private static final int LOOKS_WITHIN = 4;

    /**
     * One look at both sides. From the second on the target is read first: whatever it shows then, the source had time to change after it, never before.
     *
     * @param began   nanoseconds, before either side was read
     * @param ended   nanoseconds, after both were read
     * @param equal   whether the sides agree
     * @param version value of the version field at the source; null without one
     */
    record Look(long began, long ended, boolean equal, long source, long target, Object version) {}

    enum Decision {
        /** Both sides agree now. */
        CLEARED,
        /** The source stood still for the settle time and the target still differs. */
        CONFIRMED,
        /** Neither: the settle time is not over, or it is the target that moves. */
        OPEN,
        /** The source moved on, and the target shows a state that the source had. */
        IN_FLIGHT,
        /** The source moved on, and the target shows something else. */
        HOT,
        /** The source changed three times in a row while its version stayed or went back. */
        CONTRADICTED
    }

    /** @param settleNanos the settle time in force */
    static Suspect first(List<String> key, Tally found, boolean often, Look look, long settleNanos) {
        return new Suspect(key, found, often, new long[] {look.source}, new long[] {look.ended}, look.target, look.began, look.version, 0, 0,
                look.ended + (often ? settleNanos / LOOKS_WITHIN : settleNanos));
    }

    /** Changes of the source that were seen. */
    int moves() {
        return states.length - 1;
    }

    private long state() {
        return states[states.length - 1];
    }

    /** When its present state was first seen at the source. */
    private long since() {
        return sinceNanos[states.length - 1];
    }

    /** The rule of in-flight changes. */
    Decision decide(Look look, long settleNanos) {
        if (look.equal) {
            return Decision.CLEARED;
        }
        if (look.source == state()) {
            // A target that changed since the last look either caught up with something, such as a change of the source and back that no look saw, or is written by somebody
            // else. Another settle time tells which.
            return ripe(look.began, settleNanos) && (look.target == target || ripe(lookNanos, settleNanos)) ? Decision.CONFIRMED : Decision.OPEN;
        }
        if (contradictions(look) >= CONTRADICTIONS) {
            return Decision.CONTRADICTED;
        }
        return seen(look.target) >= 0 ? Decision.IN_FLIGHT : Decision.HOT;
    }

    private boolean ripe(long lookBegan, long settleNanos) {
        return lookBegan - since() >= settleNanos;
    }

    private int seen(long state) {
        for (int i = states.length - 1; i >= 0; i--) {
            if (states[i] == state) {
                return i;
            }
        }
        return -1;
    }

    private int contradictions(Look look) {
        Integer order = Row.order(look.version, version);
        // Timestamps may be as coarse as a second: two changes within one are no contradiction.
        boolean tie = order != null && order == 0 && version instanceof LocalDateTime && look.began - since() < 1_000_000_000L;
        return tie ? contradictions : order != null && order <= 0 ? contradictions + 1 : 0;
    }

    /** The same suspect after a look that decided nothing. */
    Suspect after(Look look, long settleNanos) {
        if (look.source == state()) {
            long whole = ripe(look.began, settleNanos) ? look.ended + settleNanos : since() + settleNanos;
            long due = often && moves() == 0 ? Math.min(whole, look.ended + settleNanos / LOOKS_WITHIN) : whole;
            return new Suspect(key, found, often, states, sinceNanos, look.target, look.began, look.version, contradictions, returns, Math.max(due, look.ended));
        }
        // A record that keeps changing is looked at less and less often.
        long due = look.ended + settleNanos + settleNanos * moves() / 4;
        return new Suspect(key, found, often, append(states, look.source), append(sinceNanos, look.ended), look.target, look.began, look.version, contradictions(look),
                seen(look.source) >= 0 ? returns + 1 : 0, due);
    }

    /** The same suspect, to be looked at again later as if the source had moved. */
    Suspect unsteady(Look look, long settleNanos) {
        return new Suspect(key, found, often, append(states, look.source), append(sinceNanos, look.ended), look.target, look.began, look.version, contradictions, returns, look.ended + settleNanos);
    }

    private static long[] append(long[] values, long value) {
        long[] more = Arrays.copyOf(values, values.length + 1);
        more[values.length] = value;
        return more;
    }

    /**
     * For how long, at least, the target was behind, as this look shows: a lower bound in nanoseconds of the time that a change took to arrive; 0 when it shows nothing.
     * It does not count the time that this comparison itself took to look again.
     */
    long behindNanos(Look look) {
        if (look.equal) {
            return look.source == state() ? Math.max(0, lookNanos - since()) : 0;
        }
        int old = look.source == state() ? -1 : seen(look.target);
        return old < 0 || old + 1 >= states.length ? 0 : Math.max(0, look.began - sinceNanos[old + 1]);
    }
}
