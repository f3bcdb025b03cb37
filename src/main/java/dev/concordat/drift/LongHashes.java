package dev.concordat.drift;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Keys and row hashes of one side under one integer key: as {@link Hashes}, without an object for each row. With many scattered differences nearly every leaf is opened, and
 * the worker then reads the keys of the whole table.
 */
final class LongHashes {
    private long[] keys = new long[1 << 14];
    private long[] hashes = new long[1 << 14];
    private boolean[] used = new boolean[1 << 14];
    private int size;
    private final Set<Long> twice = new HashSet<>();

    void add(long key, long hash) {
        if (size * 2 > keys.length) {
            grow();
        }
        int at = slot(key);
        if (used[at]) {
            twice.add(key);
        } else {
            used[at] = true;
            keys[at] = key;
            size++;
        }
        hashes[at] = hash;
    }

    /** Where the key is, or would be. */
    private int slot(long key) {
        int mask = keys.length - 1;
        int at = (int) (key * 0x9E3779B97F4A7C15L >>> 40) & mask;
        while (used[at] && keys[at] != key) {
            at = at + 1 & mask;
        }
        return at;
    }

    private void grow() {
        long[] oldKeys = keys;
        long[] oldHashes = hashes;
        boolean[] oldUsed = used;
        keys = new long[oldKeys.length * 2];
        hashes = new long[keys.length];
        used = new boolean[keys.length];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldUsed[i]) {
                int at = slot(oldKeys[i]);
                used[at] = true;
                keys[at] = oldKeys[i];
                hashes[at] = oldHashes[i];
            }
        }
    }

    /** Canonical keys that are on one side only, with another hash on the other, or more than once. */
    static Set<List<String>> differing(LongHashes source, LongHashes target) {
        Set<Long> found = new HashSet<>(source.twice);
        found.addAll(target.twice);
        source.unlike(target, found);
        target.unlike(source, found);
        Set<List<String>> texts = new HashSet<>();
        found.forEach(key -> texts.add(List.of(Long.toString(key))));
        return texts;
    }

    private void unlike(LongHashes other, Set<Long> into) {
        for (int i = 0; i < keys.length; i++) {
            if (used[i]) {
                int at = other.slot(keys[i]);
                if (!other.used[at] || other.hashes[at] != hashes[i]) {
                    into.add(keys[i]);
                }
            }
        }
    }
}
