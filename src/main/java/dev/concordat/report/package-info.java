/**
 * The words that the two planes exchange: orders go down as the specs, and reports come up as the statuses, of the kinds in dev.concordat.internal.
 * Plain data without behaviour, so that neither plane depends on the other. {@link dev.concordat.report.Json} on the wire; unknown members are ignored, so that an
 * operator and workers of neighbouring versions understand each other.
 */
package dev.concordat.report;
