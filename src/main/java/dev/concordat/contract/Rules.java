package dev.concordat.contract;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What a contract compares and by which rules, as a short digest: what was verified under other rules is not verified under these. */
public final class Rules {
    private Rules() {}

    /** Of the version, both tables' addresses, the record rules and the gaps. When, how much and with what means is compared does not count. 16 hexadecimal digits. */
    public static String digest(SyncContractSpec spec) {
        return hash(spec.version() + "\n" + address(spec.source().store()) + "\n" + address(spec.target().store()) + "\n" + spec.record() + "\n"
                + spec.gaps());
    }

    /**
     * Of both tables' addresses and the key: what was found in other tables, or of records told apart by another key, says nothing of
     * these. 16 hexadecimal digits.
     */
    public static String tables(SyncContractSpec spec) {
        return hash(address(spec.source().store()) + "\n" + address(spec.target().store()) + "\n" + spec.record().key());
    }

    private static String hash(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String address(Store store) {
        return String.join("\u0000", store.type().name(), store.host(), String.valueOf(store.port()), store.database(), String.valueOf(store.schema()), store.table());
    }
}
