package dev.concordat.drift;

/** Checksum of the rows of one leaf on one side: how many, and the sum of their hashes modulo 2^64. */
record Leaf(long count, long sum) {
    static final Leaf EMPTY = new Leaf(0, 0);
}
