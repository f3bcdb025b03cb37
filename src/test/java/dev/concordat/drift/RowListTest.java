package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** Lists of keys and hashes as databases write them. */
class RowListTest {
    private static RowList list(String text) {
        return new RowList(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static Set<String> differing(RowList source, RowList target) {
        return RowList.differing(source, target).stream().map(List::getFirst).collect(Collectors.toSet());
    }

    @Test
    void eachKindOfDifferenceAtEachPlace() {
        String all = "-5:ab,1:0,2:ffffffffffffffff,30:1";
        assertThat(differing(list(all), list(all))).isEmpty();
        assertThat(differing(list(all), list(""))).containsExactlyInAnyOrder("-5", "1", "2", "30");
        assertThat(differing(new RowList(null), list(all))).hasSize(4);
        assertThat(differing(list(all), list("1:0,2:ffffffffffffffff,30:1"))).containsExactly("-5");
        assertThat(differing(list(all), list("-5:ab,1:0,2:ffffffffffffffff"))).containsExactly("30");
        assertThat(differing(list(all), list("-5:ab,1:0,2:fffffffffffffffe,30:1"))).containsExactly("2");
        assertThat(differing(list(all), list("-5:ab,1:0,2:ffffffffffffffff,3:1"))).containsExactlyInAnyOrder("3", "30");
        assertThat(differing(list(all), list("-5:ab,1:0,2:ffffffffffffffff,30:12"))).as("one is the beginning of the other").containsExactly("30");
        assertThat(differing(list("7:a,7:a"), list("7:a"))).as("twice on one side").containsExactly("7");
        assertThat(differing(list(Long.MIN_VALUE + ":a," + Long.MAX_VALUE + ":b"), list(Long.MIN_VALUE + ":b," + Long.MAX_VALUE + ":b"))).containsExactly(Long.toString(Long.MIN_VALUE));
    }

    @Test
    void listsInDifferentOrdersAreComparedByKeyWhereThatIsCheaper() {
        List<String> entries = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            entries.add(i + ":" + Integer.toHexString(i * 7));
        }
        RowList source = list(String.join(",", entries));
        entries.set(77, "77:0");
        Collections.reverse(entries);
        assertThat(differing(source, list(String.join(",", entries)))).containsExactly("77");
    }

    @Property
    void integerKeysAreMatchedAsAnyKeyIs(@ForAll Set<@LongRange(min = -40, max = 40) Long> source, @ForAll Set<@LongRange(min = -40, max = 40) Long> target) {
        Map<Long, String> left = new TreeMap<>();
        Map<Long, String> right = new TreeMap<>();
        Hashes plainLeft = new Hashes();
        Hashes plainRight = new Hashes();
        // A key's hash follows from it but for every seventh one of the target.
        source.forEach(key -> left.put(key * 1_000_003, Long.toHexString(key)));
        source.forEach(key -> plainLeft.add(List.of(Long.toString(key * 1_000_003)), key));
        target.forEach(key -> right.put(key * 1_000_003, Long.toHexString(key % 7 == 0 ? -1 : key)));
        target.forEach(key -> plainRight.add(List.of(Long.toString(key * 1_000_003)), key % 7 == 0 ? -1 : key));
        assertThat(RowList.differing(list(text(left, null)), list(text(right, null)))).isEqualTo(Hashes.differing(plainLeft, plainRight));
    }

    @Test
    void aHundredThousandKeysInOppositeOrders() {
        List<String> source = new ArrayList<>();
        List<String> target = new ArrayList<>();
        for (long i = 0; i < 100_000; i++) {
            source.add(Long.MIN_VALUE + i * 977 + ":" + Long.toHexString(i));
            target.add(Long.MIN_VALUE + (99_999 - i) * 977 + ":" + Long.toHexString(i == 5 ? 0 : 99_999 - i));
        }
        assertThat(differing(list(String.join(",", source)), list(String.join(",", target)))).containsExactly(Long.toString(Long.MIN_VALUE + 99_994 * 977));
    }

    /** Whatever the order, nothing that differs is left out; in ascending order nothing else is found. */
    @Property
    void findsExactlyWhatDiffers(@ForAll @IntRange(max = 200) int size, @ForAll long seed, @ForAll boolean shuffled) {
        Random random = new Random(seed);
        Map<Long, String> source = new TreeMap<>();
        Map<Long, String> target = new TreeMap<>();
        Set<String> expected = new TreeSet<>();
        for (int i = 0; i < size; i++) {
            long key = random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(-1_000, 1_000);
            if (source.containsKey(key) || target.containsKey(key)) {
                continue;
            }
            String hash = Long.toHexString(random.nextLong() >>> random.nextInt(64));
            switch (random.nextInt(6)) {
                case 0 -> source.put(key, hash);
                case 1 -> target.put(key, hash);
                case 2 -> {
                    source.put(key, hash);
                    target.put(key, hash.equals("1") ? "2" : "1");
                }
                default -> {
                    source.put(key, hash);
                    target.put(key, hash);
                    continue;
                }
            }
            expected.add(Long.toString(key));
        }
        Set<String> found = differing(list(text(source, null)), list(text(target, shuffled ? random : null)));
        assertThat(found).containsAll(expected);
        if (!shuffled) {
            assertThat(found).isEqualTo(expected);
        }
    }

    private static String text(Map<Long, String> rows, Random shuffle) {
        List<String> entries = new ArrayList<>(rows.entrySet().stream().map(e -> e.getKey() + ":" + e.getValue()).toList());
        if (shuffle != null) {
            Collections.shuffle(entries, shuffle);
        }
        return String.join(",", entries);
    }
}
