package dev.concordat.drift;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Keys and row hashes of one side, for a bounded number of rows. Matching is by canonical key, so that no order matters. Rows are held as bytes, a third of what a map of texts takes:
 * how many fit decides how often a scan over the whole table reads it.
 */
final class Hashes {
    private static final int NONE = -1;

    /** The keys' bytes one after another: for each part its length in four bytes, then its text. */
    private byte[] keys = new byte[1 << 12];
    /** Where a row's key begins; the last one is where the next row's will. */
    private int[] starts = new int[1 << 7];
    private long[] hashes = new long[1 << 7];
    private int size;
    /** Rows by the code of their key, linear probing: Knuth, The Art of Computer Programming 6.4, algorithm L. */
    private int[] table = empty(1 << 8);
    private final Set<List<String>> twice = new HashSet<>();

    void add(List<String> key, long hash) {
        write(key);
        int slot = slot(keys, starts[size], starts[size + 1]);
        if (table[slot] != NONE) {
            twice.add(key);
            return;
        }
        hashes[size] = hash;
        table[slot] = size++;
        if (2 * size > table.length) {
            table = empty(2 * table.length);
            for (int row = 0; row < size; row++) {
                table[slot(keys, starts[row], starts[row + 1])] = row;
            }
        }
    }

    private void write(List<String> key) {
        if (size + 2 > starts.length) {
            starts = Arrays.copyOf(starts, 2 * starts.length);
            hashes = Arrays.copyOf(hashes, 2 * hashes.length);
        }
        int at = starts[size];
        for (String part : key) {
            byte[] text = part.getBytes(StandardCharsets.UTF_8);
            int end = Math.addExact(at, Integer.BYTES + text.length);
            if (end > keys.length) {
                keys = Arrays.copyOf(keys, (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(2L * keys.length, end)));
            }
            ByteBuffer.wrap(keys).putInt(at, text.length).put(at + Integer.BYTES, text);
            at = end;
        }
        starts[size + 1] = at;
    }

    private List<String> key(int row) {
        List<String> key = new ArrayList<>();
        for (int at = starts[row]; at < starts[row + 1];) {
            int length = ByteBuffer.wrap(keys).getInt(at);
            key.add(new String(keys, at + Integer.BYTES, length, StandardCharsets.UTF_8));
            at += Integer.BYTES + length;
        }
        return List.copyOf(key);
    }

    /** Where the row with that key is in the table, or would be. */
    private int slot(byte[] text, int from, int to) {
        int code = 0;
        for (int i = from; i < to; i++) {
            code = 31 * code + text[i];
        }
        // Fibonacci hashing: the low bits alone tell little of a number's last digits.
        int slot = (int) (code * 0x9E3779B97F4A7C15L >>> Long.SIZE - Integer.numberOfTrailingZeros(table.length));
        while (table[slot] != NONE && !Arrays.equals(keys, starts[table[slot]], starts[table[slot] + 1], text, from, to)) {
            slot = slot + 1 & table.length - 1;
        }
        return slot;
    }

    /** The row with the same key as one of the other side; {@link #NONE}: there is none. */
    private int row(Hashes other, int row) {
        return table[slot(other.keys, other.starts[row], other.starts[row + 1])];
    }

    private static int[] empty(int length) {
        int[] table = new int[length];
        Arrays.fill(table, NONE);
        return table;
    }

    /** Keys that are on one side only, with another hash on the other, or more than once. */
    static Set<List<String>> differing(Hashes source, Hashes target) {
        Set<List<String>> keys = oneSided(source, target);
        keys.addAll(source.twice);
        keys.addAll(target.twice);
        for (int row = 0; row < source.size; row++) {
            int other = target.row(source, row);
            if (other != NONE && source.hashes[row] != target.hashes[other]) {
                keys.add(source.key(row));
            }
        }
        return keys;
    }

    private static Set<List<String>> oneSided(Hashes source, Hashes target) {
        Set<List<String>> keys = only(source, target);
        keys.addAll(only(target, source));
        return keys;
    }

    /** Keys of one side that the other one does not have. */
    private static Set<List<String>> only(Hashes side, Hashes other) {
        Set<List<String>> keys = new HashSet<>();
        for (int row = 0; row < side.size; row++) {
            if (other.row(side, row) == NONE) {
                keys.add(side.key(row));
            }
        }
        return keys;
    }

    record Sides(Hashes source, Hashes target) {
        Set<List<String>> differing() {
            return Hashes.differing(source, target);
        }

        /** Keys that are on one side only. */
        Set<List<String>> oneSided() {
            return Hashes.oneSided(source, target);
        }

        Set<List<String>> targetOnly() {
            return only(target, source);
        }
    }

    /** 128 bits of SHA-256, as a text of eight characters. */
    static String of(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return new String(hash, 0, 16, StandardCharsets.ISO_8859_1);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
