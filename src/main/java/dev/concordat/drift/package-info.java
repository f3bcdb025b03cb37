/**
 * Comparing two tables in two databases: handshake, scan by leaf checksums, opening of unequal leaves, typed verdict, settle.
 * Knows nothing of Kubernetes; the entry is {@link dev.concordat.drift.Comparison}.
 */
package dev.concordat.drift;
