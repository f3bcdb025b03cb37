package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Keys and hashes of two sides, matched by key, against a map of texts. */
class HashesTest {
    private static final List<String> TEXTS = List.of("", "a", "b", "é", "😀", "ab", "a|b", "\0", "0", "00000000-0000-0000-0000-00000000000a", "x".repeat(3_000), "y".repeat(70_000));

    /** Numbers stand for keys of two parts, which share texts and lengths. */
    private static List<String> key(int number) {
        return List.of(TEXTS.get(number % TEXTS.size()), TEXTS.get(number / TEXTS.size() % TEXTS.size()));
    }

    @Property
    void whatDiffersIsFoundAndNothingElse(@ForAll @Size(max = 150) List<@IntRange(max = 120) Integer> source, @ForAll @Size(max = 150) List<@IntRange(max = 120) Integer> target,
            @ForAll @IntRange(min = 1, max = 9) int changed) {
        Hashes left = new Hashes();
        Hashes right = new Hashes();
        Map<List<String>, List<Long>> expectedLeft = new HashMap<>();
        Map<List<String>, List<Long>> expectedRight = new HashMap<>();
        for (int number : source) {
            left.add(key(number), number);
            expectedLeft.computeIfAbsent(key(number), _ -> new ArrayList<>()).add((long) number);
        }
        for (int number : target) {
            long hash = number % changed == 0 ? -1 : number;
            right.add(key(number), hash);
            expectedRight.computeIfAbsent(key(number), _ -> new ArrayList<>()).add(hash);
        }
        Set<List<String>> all = new HashSet<>(expectedLeft.keySet());
        all.addAll(expectedRight.keySet());
        Set<List<String>> expected = new HashSet<>(all);
        // The same on both sides, and once.
        expected.removeIf(key -> expectedLeft.containsKey(key) && expectedLeft.get(key).size() == 1 && expectedLeft.get(key).equals(expectedRight.get(key)));
        Hashes.Sides sides = new Hashes.Sides(left, right);
        assertThat(sides.differing()).isEqualTo(expected);
        assertThat(Hashes.stream(left, right)).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(sides.oneSided()).isEqualTo(new HashSet<>(all.stream().filter(key -> expectedLeft.containsKey(key) != expectedRight.containsKey(key)).toList()));
        assertThat(sides.targetOnly()).isEqualTo(new HashSet<>(all.stream().filter(key -> !expectedLeft.containsKey(key)).toList()));
    }

    @Test
    void partsOfAKeyAreNotMixedUp() {
        Hashes source = new Hashes();
        Hashes target = new Hashes();
        source.add(List.of("ab", "c"), 1);
        target.add(List.of("a", "bc"), 1);
        assertThat(Hashes.differing(source, target)).containsExactlyInAnyOrder(List.of("ab", "c"), List.of("a", "bc"));
    }

    @Test
    void manyRows() {
        Hashes source = new Hashes();
        Hashes target = new Hashes();
        for (int i = 0; i < 200_000; i++) {
            source.add(List.of(Integer.toString(i)), i);
            target.add(List.of(Integer.toString(199_999 - i)), i == 5 ? 0 : 199_999 - i);
        }
        assertThat(Hashes.differing(source, target)).containsExactly(List.of("199994"));
    }
}
