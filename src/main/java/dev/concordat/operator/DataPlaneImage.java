package dev.concordat.operator;

/**
 * The image of workers and probers. Never taken from a contract: whoever may create a contract could otherwise run any program with any
 * Secret of the namespace.
 *
 * @param pullPolicy Always, IfNotPresent or Never; null for the cluster's default
 */
record DataPlaneImage(String name, String pullPolicy) {}
