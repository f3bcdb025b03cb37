package dev.concordat.operator;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names that follow from other names, so that a second create is a 409 and not a second object. */
final class Names {
    /** The account of everything in the data plane, its RoleBinding, and the ClusterRole that it is bound to. */
    static final String DATA_PLANE = "concordat-data-plane";

    private static final int JOB = 52;

    private Names() {}

    static String run(String contract, long runId) {
        return contract + "-" + runId;
    }

    /** Of the batch Job: the ReconcileJob's name; the pods' names and a label of 63 characters are made from it. */
    static String job(String run) {
        String flat = run.replace('.', '-');
        return flat.equals(run) && run.length() <= JOB ? run : flat.substring(0, Math.min(flat.length(), JOB - 9)) + "-" + hash(run);
    }

    /** Eight hexadecimal digits. */
    static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
