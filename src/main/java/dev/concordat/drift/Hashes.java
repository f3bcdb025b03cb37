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
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Keys and row hashes of one side, for a bounded number of rows. Matching is by canonical key, so that no order matters. Rows are held as bytes, less than half of what a map of
 * texts takes: how many fit decides how often a scan over the whole table reads it.
 */
final class Hashes {
    /** Bytes that a row takes beside those of its key, with room to grow. */
    static final int ROW_BYTES = 48;
    private static final int NONE = -1;
    private static final int BLOCK_BITS = 16;
    private static final int BLOCK = 1 << BLOCK_BITS;

    /** The keys' bytes, of each part its length in four bytes and then its text. No key is in two blocks; one that is longer than a block has its own. */
    private final List<byte[]> blocks = new ArrayList<>();
    /** Where the next key begins in the last block. */
    private int end = BLOCK;
    /** Where a row's key begins: the number of its block, and the place in it. */
    private int[] starts = new int[1 << 7];
    private int[] lengths = new int[1 << 7];
    private long[] hashes = new long[1 << 7];
    private int size;
    /** Rows by the code of their key, linear probing: Knuth, The Art of Computer Programming 6.4, algorithm L. */
    private int[] table = empty(1 << 8);
    private final Set<List<String>> twice = new HashSet<>();
    private final long most;
    private long taken;

    /** More rows than one side may have in memory: to be read in parts. */
    static final class Full extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    Hashes() {
        this(Long.MAX_VALUE);
    }

    /** @param most bytes that the rows may take, about */
    Hashes(long most) {
        this.most = most;
    }

    /** @throws Full when the rows would take too much */
    void add(List<String> key, long hash) {
        byte[] bytes = bytes(key);
        taken += bytes.length + ROW_BYTES;
        if (taken > most) {
            throw new Full();
        }
        int slot = slot(bytes, 0, bytes.length);
        if (table[slot] != NONE) {
            // As a text, which takes more.
            taken += twice.add(key) ? 3L * bytes.length + 2 * ROW_BYTES : 0;
            return;
        }
        keep(bytes);
        hashes[size] = hash;
        table[slot] = size++;
        if (2 * size > table.length) {
            rebuild(2 * table.length);
        }
    }

    /** How far the rows were read, so that what is added afterwards can be read again. */
    record Mark(int size, int blocks, int end, long taken, Set<List<String>> twice) {}

    Mark mark() {
        return new Mark(size, blocks.size(), end, taken, twice.isEmpty() ? Set.of() : Set.copyOf(twice));
    }

    /** Forgets what was added since the mark. */
    Hashes cutTo(Mark mark) {
        if (taken == mark.taken) {
            return this;
        }
        size = mark.size;
        blocks.subList(mark.blocks, blocks.size()).clear();
        end = mark.end;
        taken = mark.taken;
        twice.retainAll(mark.twice);
        rebuild(table.length);
        return this;
    }

    private void rebuild(int length) {
        table = empty(length);
        for (int row = 0; row < size; row++) {
            table[slot(block(row), place(row), lengths[row])] = row;
        }
    }

    private static byte[] bytes(List<String> key) {
        byte[][] texts = new byte[key.size()][];
        int length = 0;
        for (int i = 0; i < texts.length; i++) {
            texts[i] = key.get(i).getBytes(StandardCharsets.UTF_8);
            length = Math.addExact(length, Integer.BYTES + texts[i].length);
        }
        ByteBuffer bytes = ByteBuffer.allocate(length);
        for (byte[] text : texts) {
            bytes.putInt(text.length).put(text);
        }
        return bytes.array();
    }

    private void keep(byte[] bytes) {
        if (size == starts.length) {
            starts = Arrays.copyOf(starts, 2 * size);
            lengths = Arrays.copyOf(lengths, 2 * size);
            hashes = Arrays.copyOf(hashes, 2 * size);
        }
        if (bytes.length > BLOCK - end) {
            blocks.add(new byte[Math.max(BLOCK, bytes.length)]);
            end = 0;
        }
        System.arraycopy(bytes, 0, blocks.getLast(), end, bytes.length);
        starts[size] = Math.multiplyExact(blocks.size() - 1, BLOCK) + end;
        lengths[size] = bytes.length;
        end = Math.min(BLOCK, end + bytes.length);
    }

    private byte[] block(int row) {
        return blocks.get(starts[row] >>> BLOCK_BITS);
    }

    private int place(int row) {
        return starts[row] & BLOCK - 1;
    }

    private List<String> key(int row) {
        ByteBuffer bytes = ByteBuffer.wrap(block(row), place(row), lengths[row]);
        List<String> key = new ArrayList<>();
        while (bytes.hasRemaining()) {
            byte[] text = new byte[bytes.getInt()];
            bytes.get(text);
            key.add(new String(text, StandardCharsets.UTF_8));
        }
        return List.copyOf(key);
    }

    /** Where the row with that key is in the table, or would be. */
    private int slot(byte[] text, int from, int length) {
        int code = 0;
        for (int i = from; i < from + length; i++) {
            code = 31 * code + text[i];
        }
        // Fibonacci hashing: the low bits alone tell little of a number's last digits.
        int slot = (int) (code * 0x9E3779B97F4A7C15L >>> Long.SIZE - Integer.numberOfTrailingZeros(table.length));
        while (table[slot] != NONE && !holds(table[slot], text, from, length)) {
            slot = slot + 1 & table.length - 1;
        }
        return slot;
    }

    private boolean holds(int row, byte[] text, int from, int length) {
        return lengths[row] == length && Arrays.equals(block(row), place(row), place(row) + length, text, from, from + length);
    }

    /** The row with the same key as one of the other side; {@link #NONE}: there is none. */
    private int row(Hashes other, int row) {
        return table[slot(other.block(row), other.place(row), other.lengths[row])];
    }

    private static int[] empty(int length) {
        int[] table = new int[length];
        Arrays.fill(table, NONE);
        return table;
    }

    /** Keys that are on one side only, with another hash on the other, or more than once. */
    static Set<List<String>> differing(Hashes source, Hashes target) {
        return stream(source, target).collect(Collectors.toCollection(HashSet::new));
    }

    /** As above, each once, and made one by one: where nearly all rows differ, their keys as texts take more than the rows. */
    static Stream<List<String>> stream(Hashes source, Hashes target) {
        Set<List<String>> twice = new HashSet<>(source.twice);
        twice.addAll(target.twice);
        Stream<List<String>> here = IntStream.range(0, source.size).filter(row -> {
            int other = target.row(source, row);
            return other == NONE || source.hashes[row] != target.hashes[other];
        }).mapToObj(source::key);
        return Stream.concat(twice.stream(), Stream.concat(here, only(target, source)).filter(key -> !twice.contains(key)));
    }

    /** Keys of one side that the other one does not have. */
    private static Stream<List<String>> only(Hashes side, Hashes other) {
        return IntStream.range(0, side.size).filter(row -> other.row(side, row) == NONE).mapToObj(side::key);
    }

    record Sides(Hashes source, Hashes target) {
        Set<List<String>> differing() {
            return Hashes.differing(source, target);
        }

        /** Keys that are on one side only. */
        Set<List<String>> oneSided() {
            return Stream.concat(only(source, target), only(target, source)).collect(Collectors.toSet());
        }

        Set<List<String>> targetOnly() {
            return only(target, source).collect(Collectors.toSet());
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
