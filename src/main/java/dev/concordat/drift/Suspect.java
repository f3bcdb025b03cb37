package dev.concordat.drift;

import java.util.Arrays;
import java.util.List;

/**
 * A record that looked different, between two looks.
 *
 * @param key       canonical key
 * @param found     the tally of the stretch in which it was found
 * @param witnessed states of the source that were seen, the last one last
 * @param round     looks so far
 * @param dueNanos  when to look again
 */
record Suspect(List<String> key, Tally found, long[] witnessed, int round, long dueNanos) {

    enum Decision {
        /** Both sides agree now. */
        CLEARED,
        /** The source stood still for the settle time and the target still differs. */
        CONFIRMED,
        /** The source moved on, and the target shows a state that the source had. */
        IN_FLIGHT,
        /** The source moved on, and the target shows something else. */
        HOT
    }

    static Suspect first(List<String> key, Tally found, long sourceState, long dueNanos) {
        return new Suspect(key, found, new long[] {sourceState}, 1, dueNanos);
    }

    /** The rule of in-flight changes, for a look at least the settle time after the one before. */
    Decision decide(boolean equal, long sourceState, long targetState) {
        if (equal) {
            return Decision.CLEARED;
        }
        if (sourceState == witnessed[witnessed.length - 1]) {
            return Decision.CONFIRMED;
        }
        for (long seen : witnessed) {
            if (seen == targetState) {
                return Decision.IN_FLIGHT;
            }
        }
        return Decision.HOT;
    }

    Suspect again(long sourceState, long nextDueNanos) {
        long[] more = Arrays.copyOf(witnessed, witnessed.length + 1);
        more[witnessed.length] = sourceState;
        return new Suspect(key, found, more, round + 1, nextDueNanos);
    }
}
