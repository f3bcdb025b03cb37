package dev.concordat.drift;

import java.util.List;
import java.util.stream.LongStream;

/**
 * One stretch of an integer key, cut into leaves.
 *
 * @param low   first key of leaf 0
 * @param high  first key after the chunk; of no meaning in the last one
 * @param step  keys in a leaf
 * @param rows  rows that a leaf was meant to have
 * @param first open below
 * @param last  open above
 */
record Chunk(long low, long high, long step, int rows, boolean first, boolean last) {
    Long from() {
        return first ? null : low;
    }

    Long to() {
        return last ? null : high;
    }

    /** Number of the highest leaf. */
    long lastLeaf() {
        // The one key that nothing comes after has a chunk without length.
        return high == low ? 0 : Long.divideUnsigned(high - 1 - low, step);
    }

    /** The leaf that a key lies in. */
    long leaf(long key) {
        if (first && key < low) {
            return 0;
        }
        long leaf = Long.divideUnsigned(key - low, step);
        return Long.compareUnsigned(leaf, lastLeaf()) > 0 ? lastLeaf() : leaf;
    }

    /** The ranges of all leaves, in the key's order. */
    List<Long[]> ranges() {
        return LongStream.rangeClosed(0, lastLeaf()).mapToObj(this::range).toList();
    }

    /** Keys of a leaf, half open; null is an open end. */
    Long[] range(long leaf) {
        return new Long[] {first && leaf == 0 ? null : Long.valueOf(low + leaf * step), leaf == lastLeaf() ? to() : Long.valueOf(low + (leaf + 1) * step)};
    }
}
