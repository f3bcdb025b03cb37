package dev.concordat.dataplane;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a canary write leaves in its row: at most 32 characters, lower case, no collation can change its meaning.
 *
 * @param contract of the contract's uid, so that two contracts on one row are noticed instead of believed
 * @param epoch    of the prober's life
 * @param nonce    drawn once per life: a token of another life is never taken for ours, even when an epoch came twice
 * @param sequence grows with every write of one life
 */
public record ProbeToken(String contract, long epoch, String nonce, long sequence) {
    public static final int LENGTH = 32;
    private static final Pattern FORM = Pattern.compile("([0-9a-z]{7})-([0-9a-z]{1,7})-([0-9a-z]{5})-([0-9a-z]{1,8})");
    private static final long NONCES = 36L * 36 * 36 * 36 * 36;

    /** The first token of a life. */
    public static ProbeToken first(String contractUid, long epoch, long random) {
        return new ProbeToken(fingerprint(contractUid), epoch, base36(Math.floorMod(random, NONCES), 5), 0);
    }

    public ProbeToken next() {
        return new ProbeToken(contract, epoch, nonce, sequence + 1);
    }

    /** Whether both were written in the same life of the same prober for the same contract. */
    public boolean sameLife(ProbeToken other) {
        return epoch == other.epoch && nonce.equals(other.nonce) && contract.equals(other.contract);
    }

    public String text() {
        return contract + "-" + Long.toString(epoch, 36) + "-" + nonce + "-" + Long.toString(sequence, 36);
    }

    /** Reads a token; empty for null and for any other text. Blanks at the end come from CHAR columns. */
    public static Optional<ProbeToken> parse(String text) {
        var form = FORM.matcher(text == null ? "" : text.strip());
        return form.matches()
                ? Optional.of(new ProbeToken(form.group(1), Long.parseLong(form.group(2), 36), form.group(3), Long.parseLong(form.group(4), 36)))
                : Optional.empty();
    }

    /** FNV-1a, 64 bits, cut to seven digits: names a contract among those of one namespace, and resists nobody. */
    private static String fingerprint(String uid) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : uid.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return base36(Math.floorMod(hash, NONCES * 36 * 36), 7);
    }

    private static String base36(long value, int digits) {
        return "0".repeat(digits - Long.toString(value, 36).length()) + Long.toString(value, 36);
    }
}
