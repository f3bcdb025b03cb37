package dev.concordat.operator;

import java.time.Duration;

/** @param again when to look again though nothing happened; null: when something happens, or at the resync */
record Outcome(Duration again) {
    static final Outcome DONE = new Outcome(null);

    static Outcome again(Duration delay) {
        return new Outcome(delay);
    }

    /** The sooner of two. */
    Outcome and(Duration other) {
        return other == null || again != null && again.compareTo(other) <= 0 ? this : new Outcome(other);
    }
}
