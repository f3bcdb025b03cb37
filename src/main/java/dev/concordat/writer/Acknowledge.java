package dev.concordat.writer;

import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;

/**
 * Makes a step of the protocol durable before the act that it announces.
 *
 * <p>An implementation writes {@code status.writers} of the contract under optimistic locking (the resourceVersion that the protocol's input was
 * read at, then that of its own last write) and returns only when the API server has answered. A conflict is thrown: the caller
 * reconciles again from what is stored.
 */
@FunctionalInterface
public interface Acknowledge {
    /** Returns what is stored now. */
    Writers write(Writers next);
}
