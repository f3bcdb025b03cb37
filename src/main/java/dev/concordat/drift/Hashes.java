package dev.concordat.drift;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Keys and row hashes of one side, for a bounded number of rows. Matching is by canonical key, so that no order matters. */
final class Hashes {
    private final Map<List<String>, Long> byKey = new HashMap<>();
    private final Set<List<String>> twice = new HashSet<>();

    void add(List<String> key, long hash) {
        if (byKey.put(key, hash) != null) {
            twice.add(key);
        }
    }

    /** Keys that are on one side only, with another hash on the other, or more than once. */
    static Set<List<String>> differing(Hashes source, Hashes target) {
        Set<List<String>> keys = new HashSet<>(source.twice);
        keys.addAll(target.twice);
        source.byKey.forEach((key, hash) -> {
            if (!hash.equals(target.byKey.get(key))) {
                keys.add(key);
            }
        });
        target.byKey.forEach((key, _) -> {
            if (!source.byKey.containsKey(key)) {
                keys.add(key);
            }
        });
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
            Set<List<String>> keys = new HashSet<>(target.byKey.keySet());
            keys.removeAll(source.byKey.keySet());
            return keys;
        }
    }

    private static Set<List<String>> oneSided(Hashes source, Hashes target) {
        Set<List<String>> keys = new HashSet<>();
        source.byKey.keySet().stream().filter(key -> !target.byKey.containsKey(key)).forEach(keys::add);
        target.byKey.keySet().stream().filter(key -> !source.byKey.containsKey(key)).forEach(keys::add);
        return keys;
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
