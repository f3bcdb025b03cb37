package dev.concordat.report;

/**
 * Which contract, and which state of it, an order or a report is about.
 *
 * @param generation of the spec at the time of the order
 * @param version    spec.version at the time of the order
 */
public record ContractRef(String namespace, String name, String uid, long generation, String version) {}
