package dev.concordat.drift;

/**
 * One stretch of an integer key, cut into leaves.
 *
 * @param low   first key of leaf 0
 * @param high  first key after the chunk; of no meaning in the last one
 * @param step  keys in a leaf
 * @param first open below
 * @param last  open above
 */
record Chunk(long low, long high, long step, boolean first, boolean last) {
    Long from() {
        return first ? null : low;
    }

    Long to() {
        return last ? null : high;
    }

    /** Number of the highest leaf. */
    long lastLeaf() {
        return Long.divideUnsigned(high - 1 - low, step);
    }

    /** Keys of a leaf, half open; null is an open end. */
    Long[] range(long leaf) {
        return new Long[] {first && leaf == 0 ? null : Long.valueOf(low + leaf * step), leaf == lastLeaf() ? to() : Long.valueOf(low + (leaf + 1) * step)};
    }
}
