/**
 * The words that the two planes exchange: orders go down in a pod's environment or a ConfigMap, reports come up in ConfigMaps.
 * Plain data without behaviour, so that neither plane depends on the other. {@link dev.concordat.report.Json} on the wire; unknown members are ignored, so that an
 * operator and workers of neighbouring versions understand each other.
 */
package dev.concordat.report;
