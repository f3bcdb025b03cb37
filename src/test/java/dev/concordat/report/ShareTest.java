package dev.concordat.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Against two sets of keys: the records are all keys, and no more of them differ. */
class ShareTest {
    @Property
    void recordsAreTheKeysOnEitherSide(@ForAll long seed) {
        Random random = new Random(seed);
        Set<Integer> source = keys(random);
        Set<Integer> target = keys(random);
        Set<Integer> all = new HashSet<>(source);
        all.addAll(target);
        long missing = source.stream().filter(key -> !target.contains(key)).count();
        long orphans = target.stream().filter(key -> !source.contains(key)).count();
        long both = all.size() - missing - orphans;
        long different = both == 0 ? 0 : random.nextLong(both + 1);
        Map<String, Long> counts = Map.of("missingOnTarget", missing, "orphanOnTarget", orphans, "different", different);
        long records = Share.records(source.size(), target.size(), counts);
        assertThat(records).isEqualTo(all.size());
        assertThat(Share.ppm(missing + orphans + different, records)).isBetween(0L, 1_000_000L);
    }

    private static Set<Integer> keys(Random random) {
        Set<Integer> keys = new HashSet<>();
        random.ints(random.nextInt(40), 0, 50).forEach(keys::add);
        return keys;
    }

    @Test
    void oneInTenMillionIsNotNone() {
        assertThat(Share.ppm(1, 10_000_000)).isEqualTo(1);
        assertThat(Share.ppm(0, 0)).isZero();
        assertThat(Share.ppm(4, Share.records(2, 2, Map.of("missingOnTarget", 2L, "orphanOnTarget", 2L)))).isEqualTo(1_000_000);
        assertThat(Share.ppm(Long.MAX_VALUE / 2_000_000, Long.MAX_VALUE)).isEqualTo(1);
    }

    @Test
    void keysThatStandMoreThanOnceOnOneSideOnlyAreNoMoreThanTheRecords() {
        // Three keys twice on the source alone, two keys twice on the target alone.
        Map<String, Long> counts = Map.of("duplicateKey", 5L);
        assertThat(Share.records(6, 4, counts)).isGreaterThanOrEqualTo(5);
        assertThat(Share.records(0, 0, Map.of("different", 3L))).as("rows that came after the scan").isEqualTo(3);
    }
}
