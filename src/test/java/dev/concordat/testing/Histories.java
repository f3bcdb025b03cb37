package dev.concordat.testing;

import java.util.Random;

/**
 * Random histories for a test that holds a decision against a model: 20,000 in a build, {@code -Dconcordat.histories=1000000} for a million, and
 * {@code -Dconcordat.seed=N} for the one that a failure names.
 */
public final class Histories {
    private Histories() {}

    /** One history, with all its choices from {@code random}. */
    public interface History {
        void run(Random random);
    }

    /** @param seed of the first one; the next ones count up from it */
    public static void each(long seed, History history) {
        Long only = Long.getLong("concordat.seed");
        long count = only != null ? 1 : Integer.getInteger("concordat.histories", 20_000);
        long first = only != null ? only : seed;
        for (long i = 0; i < count; i++) {
            try {
                history.run(new Random(first + i));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("history " + (first + i) + " (again: -Dconcordat.seed=" + (first + i) + "): " + e.getMessage(), e);
            }
        }
    }
}
