package dev.concordat.drift;

/**
 * Digest of a stretch of rows on one side: how many, and one hash over all of them in their order.
 *
 * @param hash null where there are no rows
 */
record Digest(long count, String hash) {}
