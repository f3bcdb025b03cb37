package dev.concordat.writer;

import dev.concordat.api.v1alpha1.SyncContract;

/** The contract in whose name writers are claimed. */
public record Claimant(String namespace, String name, String uid) {
    public static Claimant of(SyncContract contract) {
        return new Claimant(contract.getMetadata().getNamespace(), contract.getMetadata().getName(), contract.getMetadata().getUid());
    }
}
