package dev.concordat.cli.compare;

import dev.concordat.drift.Outcome;

/**
 * Everything that there is to say in the end.
 *
 * @param source   place of the source, without an account
 * @param target   place of the target
 * @param stats    null unless asked for
 */
record Finding(Verdict verdict, Outcome outcome, String source, String target, Stats stats) {
    /** @param rowsPerSecond of the fuller side, over the whole time */
    record Stats(double seconds, long rowsPerSecond, int chunks, int connections) {}
}
