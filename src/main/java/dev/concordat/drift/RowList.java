package dev.concordat.drift;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Keys and row hashes of one side under one integer key, as the database wrote them: {@code key:hash} for each row, the hash in hexadecimal digits, with commas between.
 * With many scattered differences the worker reads the keys of the whole table, so what is equal on both sides is passed over as bytes, and only the rest is parsed.
 */
final class RowList {
    private static final byte[] NONE = {};
    /** More keys than these that one list seems to lack, and than a quarter of the entries, are those of lists in different orders. */
    private static final int LEAST_UNMATCHED = 1_000;

    private final byte[] text;
    private final int size;

    /** @param text null: no rows */
    RowList(byte[] text) {
        this.text = text == null ? NONE : text;
        int rows = 0;
        for (byte b : this.text) {
            rows += b == ':' ? 1 : 0;
        }
        this.size = rows;
    }

    int size() {
        return size;
    }

    /** Every key, in the list's order. */
    void keys(LongConsumer each) {
        keys(0, each);
    }

    private void keys(int from, LongConsumer each) {
        for (int at = from; at < text.length; at = after(at)) {
            each.accept(key(at));
        }
    }

    private int end(int at) {
        int end = at;
        while (end < text.length && text[end] != ',') {
            end++;
        }
        return end;
    }

    /** Where the entry after the one at {@code at} begins. */
    private int after(int at) {
        return Math.min(text.length, end(at) + 1);
    }

    private long key(int at) {
        int digit = at;
        boolean negative = text[digit] == '-';
        if (negative) {
            digit++;
        }
        // Downwards, since the smallest number has no opposite.
        long value = 0;
        for (; text[digit] != ':'; digit++) {
            value = value * 10 - (text[digit] - '0');
        }
        return negative ? value : -value;
    }

    /**
     * Canonical keys that are on one side only, with another hash on the other, or more than once on one. No key that differs is left out, in whatever order the lists are: an
     * entry is passed over only beside an equal one. Where they are in different orders, keys that do not differ are found as well, unless they are too many: then the lists
     * are compared by key.
     */
    static Set<List<String>> differing(RowList source, RowList target) {
        Set<Long> found = new HashSet<>();
        byte[] a = source.text;
        byte[] b = target.text;
        int i = 0;
        int j = 0;
        int unmatched = 0;
        long lastSource = Long.MIN_VALUE;
        long lastTarget = Long.MIN_VALUE;
        while (i < a.length && j < b.length) {
            int same = Arrays.mismatch(a, i, a.length, b, j, b.length);
            if (same < 0) {
                i = a.length;
                j = b.length;
                break;
            }
            while (same > 0 && a[i + same - 1] != ',') {
                same--;
            }
            i += same;
            j += same;
            if (i == a.length || j == b.length) {
                break;
            }
            int nextA = source.after(i);
            int nextB = target.after(j);
            long s = source.key(i);
            long t = target.key(j);
            if (!Arrays.equals(a, i, source.end(i), b, j, target.end(j))) {
                found.add(Math.min(s, t));
            }
            i = s <= t ? nextA : i;
            j = t <= s ? nextB : j;
            unmatched += s == t ? 0 : 1;
            if (s < lastSource || t < lastTarget || unmatched > Math.max(LEAST_UNMATCHED, (source.size + target.size) / 4)) {
                return Hashes.differing(source.hashes(), target.hashes());
            }
            lastSource = s;
            lastTarget = t;
        }
        source.keys(i, found::add);
        target.keys(j, found::add);
        Set<List<String>> texts = new HashSet<>();
        found.forEach(key -> texts.add(List.of(Long.toString(key))));
        return texts;
    }

    private Hashes hashes() {
        Hashes hashes = new Hashes();
        for (int at = 0; at < text.length; at = after(at)) {
            int colon = at;
            while (text[colon] != ':') {
                colon++;
            }
            String hash = new String(text, colon + 1, end(at) - colon - 1, StandardCharsets.US_ASCII);
            hashes.add(List.of(Long.toString(key(at))), Long.parseUnsignedLong(hash, 16));
        }
        return hashes;
    }
}
