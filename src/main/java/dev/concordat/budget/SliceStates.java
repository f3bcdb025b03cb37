package dev.concordat.budget;

import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * The state of each of some slices in a row: nothing is joined or rounded, whatever the pattern. Immutable. Counting
 * takes the same time for an hour and for a month.
 */
final class SliceStates {
    static final SliceStates NONE = new SliceStates(0, new long[3][0]);

    private static final SliceState[] STATES = SliceState.values();
    private static final String LETTERS = "GBUX";
    /** More runs than this are no reading matter for people, and take less room packed. */
    private static final int READABLE_RUNS = 64;
    private static final String PACKED = "z:";

    private final int size;
    /** A bit for every slice, for Bad, Unknown and Excluded. */
    private final long[][] bits;
    /** Set bits before each word; made when first needed. */
    private int[][] ranks;
    private String text;

    private SliceStates(int size, long[][] bits) {
        this.size = size;
        this.bits = bits;
    }

    int size() {
        return size;
    }

    SliceState at(int index) {
        for (int state = 1; state < STATES.length; state++) {
            if ((bits[state - 1][index >> 6] >>> index & 1) != 0) {
                return STATES[state];
            }
        }
        return SliceState.GOOD;
    }

    /** How many of the slices {@code from} up to and not including {@code to} are Bad, Unknown or Excluded. */
    int count(SliceState state, int from, int to) {
        int start = Math.max(0, from);
        int end = Math.min(size, to);
        return start >= end ? 0 : rank(state.ordinal(), end) - rank(state.ordinal(), start);
    }

    private int rank(int state, int index) {
        if (state == 0) {
            return index - rank(1, index) - rank(2, index) - rank(3, index);
        }
        if (ranks == null) {
            ranks = Arrays.stream(bits).map(SliceStates::ranks).toArray(int[][]::new);
        }
        long[] words = bits[state - 1];
        int word = index >> 6;
        int rest = index & 63;
        return ranks[state - 1][word] + (rest == 0 ? 0 : Long.bitCount(words[word] << 64 - rest));
    }

    private static int[] ranks(long[] words) {
        int[] ranks = new int[words.length + 1];
        for (int i = 0; i < words.length; i++) {
            ranks[i + 1] = ranks[i] + Long.bitCount(words[i]);
        }
        return ranks;
    }

    /** Gathers slices one by one, from the oldest on, and keeps the newest. */
    static final class Builder {
        private final int keep;
        private final byte[] ring;
        private long appended;

        /** @param keep slices to keep; what comes before is dropped */
        Builder(int keep) {
            this.keep = keep;
            ring = new byte[keep];
        }

        Builder append(SliceState state) {
            ring[(int) (appended++ % keep)] = (byte) state.ordinal();
            return this;
        }

        /** Slices that were appended, kept or not. */
        long appended() {
            return appended;
        }

        SliceStates build() {
            int size = (int) Math.min(keep, appended);
            long[][] bits = new long[3][size + 63 >> 6];
            for (int i = 0; i < size; i++) {
                int state = ring[(int) ((appended - size + i) % keep)];
                if (state > 0) {
                    bits[state - 1][i >> 6] |= 1L << i;
                }
            }
            return new SliceStates(size, bits);
        }
    }

    /**
     * As status keeps it: runs in plain letters, such as {@code G1400 B3 G37}, or, where the state changes often, two
     * bits a slice, deflated, in base64. With half of 241,920 slices Bad at random that is 40 KB.
     */
    String text() {
        if (text == null) {
            String runs = runs();
            text = runs == null ? packed() : runs;
        }
        return text;
    }

    private String runs() {
        StringBuilder out = new StringBuilder();
        int runs = 0;
        for (int i = 0; i < size; ) {
            SliceState state = at(i);
            int end = i + 1;
            while (end < size && at(end) == state) {
                end++;
            }
            if (++runs > READABLE_RUNS) {
                return null;
            }
            out.append(out.isEmpty() ? "" : " ").append(LETTERS.charAt(state.ordinal())).append(end - i);
            i = end;
        }
        return out.toString();
    }

    private String packed() {
        byte[] two = new byte[(size + 3) / 4];
        for (int i = 0; i < size; i++) {
            two[i >> 2] |= (byte) (at(i).ordinal() << 2 * (i & 3));
        }
        byte[] usual = deflate(two, Deflater.DEFAULT_STRATEGY);
        // Where nothing repeats, looking for repetition costs room.
        byte[] random = deflate(two, Deflater.HUFFMAN_ONLY);
        byte[] shorter = usual.length <= random.length ? usual : random;
        return PACKED + Base64.getEncoder().withoutPadding().encodeToString(shorter);
    }

    private static byte[] deflate(byte[] bytes, int strategy) {
        try (Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true)) {
            deflater.setStrategy(strategy);
            deflater.setInput(bytes);
            deflater.finish();
            byte[] out = new byte[bytes.length + bytes.length / 1000 + 64];
            int length = 0;
            // The first call after a change of strategy gives nothing.
            while (!deflater.finished()) {
                length += deflater.deflate(out, length, out.length - length);
            }
            return Arrays.copyOf(out, length);
        }
    }

    /**
     * Reads {@link #text}.
     *
     * @return all Unknown when the text is none, or speaks of another number of slices: what cannot be read is not
     *         known, and is not Good
     */
    static SliceStates of(String text, int size) {
        try {
            SliceStates read = text.startsWith(PACKED) ? unpacked(text.substring(PACKED.length()), size)
                    : ofRuns(text, size);
            if (read.size == size) {
                return read;
            }
        } catch (IllegalArgumentException | DataFormatException e) {
            // As below.
        }
        Builder unknown = new Builder(Math.max(1, size));
        for (int i = 0; i < size; i++) {
            unknown.append(SliceState.UNKNOWN);
        }
        return unknown.build();
    }

    private static SliceStates ofRuns(String text, int size) {
        Builder all = new Builder(Math.max(1, size));
        for (String run : text.isEmpty() ? new String[0] : text.split(" ")) {
            int state = run.isEmpty() ? -1 : LETTERS.indexOf(run.charAt(0));
            int length = state < 0 ? -1 : Integer.parseInt(run.substring(1));
            if (length < 1 || length > size - all.appended()) {
                throw new IllegalArgumentException(run);
            }
            for (int i = 0; i < length; i++) {
                all.append(STATES[state]);
            }
        }
        return all.build();
    }

    private static SliceStates unpacked(String text, int size) throws DataFormatException {
        byte[] two = new byte[(size + 3) / 4];
        try (Inflater inflater = new Inflater(true)) {
            inflater.setInput(Base64.getDecoder().decode(text));
            int read = inflater.inflate(two);
            if (read != two.length) {
                throw new IllegalArgumentException("cut short");
            }
        }
        Builder all = new Builder(Math.max(1, size));
        for (int i = 0; i < size; i++) {
            all.append(STATES[two[i >> 2] >> 2 * (i & 3) & 3]);
        }
        return all.build();
    }
}
