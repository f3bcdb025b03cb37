package dev.concordat.drift;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * One record of one side as a look saw it.
 *
 * @param copies how many rows have the key; 0: absent
 * @param texts  values of the plan's fields as text; empty when absent
 * @param values the same, typed
 * @param bytes  the database's own hash over the hashed columns
 */
record Row(int copies, String[] texts, Object[] values, long bytes) {
    static final Row ABSENT = new Row(0, new String[0], new Object[0], 0);

    boolean present() {
        return copies > 0;
    }

    /** Names this state of the record: equal states have equal ones, and unequal states unequal ones but for one in 2^64. */
    long state() {
        if (!present()) {
            return 0;
        }
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Object value : values) {
                byte[] bytes = String.valueOf(value).getBytes(StandardCharsets.UTF_8);
                digest.update((value == null ? "~" : bytes.length + "|").getBytes(StandardCharsets.US_ASCII));
                digest.update(bytes);
            }
            digest.update((byte) copies);
            long state = 0;
            byte[] hash = digest.digest();
            for (int i = 0; i < 8; i++) {
                state = state << 8 | hash[i] & 0xff;
            }
            return state == 0 ? 1 : state;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Indexes of the fields in which two present rows differ, by the plan's rules. */
    static int[] differences(List<Plan.Field> fields, Row source, Row target) {
        return java.util.stream.IntStream.range(0, fields.size()).filter(i -> !Typed.equal(fields.get(i).sourceForm(), source.values[i], target.values[i])).toArray();
    }
}
