package dev.concordat.budget;

/**
 * A condition without its bookkeeping.
 *
 * @param status  True, False or Unknown
 * @param reason  one CamelCase word
 * @param message what was seen and what to do
 */
public record Finding(String status, String reason, String message) {}
