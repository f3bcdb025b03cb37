package dev.concordat.drift;

import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;

/**
 * A record that looked different, between two looks. Pure.
 *
 * @param key            canonical key
 * @param found          the tally of the stretch in which it was found
 * @param looks          how often it is looked at within the settle time: to see a source that changes and changes back, and to learn how long records take to arrive
 * @param states         of the source that were seen, the last one last, at most {@link #STATES}
 * @param sinceNanos     when each of them was first seen
 * @param target         state of the target at the last look
 * @param firstNanos     when the first look ended
 * @param lookNanos      when the last look began
 * @param stillNanos     since when nothing moved that speaks against drift
 * @param stills         looks since then
 * @param moves          changes of the source that were seen
 * @param targetMoves    changes of the target that were seen while the source stood still
 * @param version        value of the version field at the source; null without one
 * @param contradictions changes in a row, up to now, whose version was not a newer one
 * @param returns        changes in a row, up to now, that led back to an earlier state
 * @param dueNanos       when to look again
 * @param frozen         whether no look saw the target move, or the source in a state that it had before
 */
record Suspect(
        List<String> key, Tally found, int looks, long[] states, long[] sinceNanos, long target, long firstNanos, long lookNanos, long stillNanos, int stills, int moves, int targetMoves, Object version,
        int contradictions, int returns, long dueNanos, boolean frozen) {
    /** Changes of the source until a record may be reported as in flight or hot, and how long it is watched at least. */
    static final int MOVES = 5;
    static final int WATCHED_SETTLE_TIMES = 6;
    /** This many changes in a row that no honest source makes are none. */
    static final int CONTRADICTIONS = 3;
    /** Changes of the target alone that are waited for: a target that somebody else writes may never hold still. */
    private static final int TARGET_MOVES = 3;
    private static final int STATES = 16;
    private static final int FEWER_LOOKS = 8;
    /**
     * Without a version a record that is found twice in one state may have left it and come back in between, and the target may show where it was. So many looks in a row have to
     * find both sides as they were: a record that goes to and fro is not found in the same two states each time.
     */
    static final int STEADY_LOOKS = 8;
    /** Pauses between looks are not all of one length, since a record may move in a rhythm: from three quarters to five quarters of what they are on average. */
    private static final double GOLDEN = 0.6180339887498949;

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
    static Suspect first(List<String> key, Tally found, int looks, Look look, long settleNanos) {
        return new Suspect(key, found, looks, new long[] {look.source}, new long[] {look.ended}, look.target, look.ended, look.began, look.ended, 0, 0, 0, look.version, 0, 0,
                look.ended + settleNanos / looks, true);
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
            return look.began - stillNanos >= settleNanos && stills + 1 >= needed(look, settleNanos) && !targetCounts(look) ? Decision.CONFIRMED : Decision.OPEN;
        }
        if (contradictions(look) >= CONTRADICTIONS) {
            return Decision.CONTRADICTED;
        }
        return seen(look.target) >= 0 ? Decision.IN_FLIGHT : Decision.HOT;
    }

    /** Looks that have to find both sides as they were. A settle time of 0 says that the tables are at rest. */
    private int needed(Look look, long settleNanos) {
        return look.version == null && settleNanos > 0 ? Math.max(looks, STEADY_LOOKS) : looks;
    }

    private long pause(long nanos) {
        double place = (key.hashCode() + stills + moves) * GOLDEN;
        return (long) (nanos * (0.75 + 0.5 * (place - Math.floor(place))));
    }

    /** A target that changed since the last look caught up with something: a change of the source and back that no look saw, maybe. Another settle time tells. */
    private boolean targetCounts(Look look) {
        return look.target != target && targetMoves < TARGET_MOVES;
    }

    /** Whether it moved often and long enough to be reported as moving. */
    boolean keepsMoving(Look look, long settleNanos) {
        return moves >= MOVES && look.ended - firstNanos >= WATCHED_SETTLE_TIMES * settleNanos;
    }

    /**
     * Whether the target is later than the settle time allows, although the source never stood still: it shows what it showed at the first look, and the source was seen to
     * have left that at least a settle time ago. Asked once the record keeps moving. A source that returns to earlier states proves nothing: the target may be seen at the
     * same state each time.
     */
    boolean late(Look look, long settleNanos) {
        return frozen && states.length > 1 && look.began - sinceNanos[1] >= settleNanos;
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
            boolean counts = targetCounts(look);
            long still = counts ? look.ended : stillNanos;
            return new Suspect(key, found, looks, states, sinceNanos, look.target, firstNanos, look.began, still, counts ? 0 : stills + 1, moves, targetMoves + (counts ? 1 : 0), look.version, contradictions, returns,
                    due(look, still + settleNanos, settleNanos), frozen && look.target == target);
        }
        // A record that keeps changing is looked at less often.
        int fewer = moves >= FEWER_LOOKS ? Math.min(looks, FEWER_LOOKS) : looks;
        return new Suspect(key, found, fewer, append(states, look.source), append(sinceNanos, look.ended), look.target, firstNanos, look.began, look.ended, 0, moves + 1, 0, look.version,
                contradictions(look), seen(look.source) >= 0 ? returns + 1 : 0, look.ended + (looks == 1 ? settleNanos + settleNanos * Math.min(moves, MOVES) / 4 : settleNanos / fewer),
                frozen && look.target == target && seen(look.source) < 0);
    }

    /** When to look again at a source that stands still. @param whole when the settle time will be over */
    private long due(Look look, long whole, long settleNanos) {
        if (looks == 1 && (whole > look.ended || needed(look, settleNanos) == 1)) {
            return Math.max(look.ended, whole);
        }
        long next = look.ended + pause(settleNanos / needed(look, settleNanos));
        return whole > look.ended ? Math.min(whole, next) : next;
    }

    /** The same suspect, to be watched from now on as if it had moved. */
    Suspect watched(Look look, int moreLooks, long settleNanos) {
        return new Suspect(key, found, Math.max(looks, moreLooks), append(states, look.source), append(sinceNanos, look.ended), look.target, firstNanos, look.began, look.ended, 0, moves + 1, 0,
                look.version, contradictions, returns, look.ended + settleNanos / Math.max(looks, moreLooks), frozen && look.target == target);
    }

    private static long[] append(long[] values, long value) {
        int from = Math.max(0, values.length + 1 - STATES);
        long[] more = Arrays.copyOfRange(values, from, values.length + 1);
        more[more.length - 1] = value;
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
