package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** Chunks, leaves, buckets and the servo of their size. */
class ChunksTest {
    @Property
    void theLeavesOfAChunkCoverItWithoutGapOrOverlap(@ForAll @LongRange(min = -1_000_000, max = 1_000_000) long low, @ForAll @IntRange(min = 1, max = 5_000) int length,
            @ForAll @IntRange(min = 1, max = 700) int step, @ForAll boolean first, @ForAll boolean last) {
        Chunk chunk = new Chunk(low, low + length, step, 1, first, last);
        Long expected = chunk.from();
        for (long leaf = 0; leaf <= chunk.lastLeaf(); leaf++) {
            Long[] range = chunk.range(leaf);
            assertThat(range[0]).isEqualTo(expected);
            expected = range[1];
        }
        assertThat(expected).isEqualTo(chunk.to());
        for (long key = low; key < low + length; key++) {
            Long[] range = chunk.range(chunk.leaf(key));
            assertThat(range[0] == null || range[0] <= key).isTrue();
            assertThat(range[1] == null || key < range[1]).isTrue();
        }
    }

    @Test
    void aChunkMayReachFromTheSmallestKeyToTheLargest() {
        Chunk chunk = new Chunk(Long.MIN_VALUE, Long.MAX_VALUE, 1L << 56, 1, true, true);
        assertThat(chunk.lastLeaf()).isEqualTo(255);
        assertThat(chunk.range(0)[0]).isNull();
        assertThat(chunk.range(255)[1]).isNull();
        Chunk largest = new Chunk(Long.MAX_VALUE, Long.MAX_VALUE, 1, 1, true, true);
        assertThat(largest.ranges()).containsExactly(new Long[] {null, null});
        assertThat(largest.leaf(Long.MAX_VALUE)).isZero();
    }

    @Test
    void theServoGrowsWhileChunksAreQuickAndShrinksAtOnceWhenOneIsFarTooSlow() {
        Servo servo = new Servo(1_000, 20_000, 250_000);
        servo.took(20_000, 100);
        assertThat(servo.rows()).isEqualTo(40_000);
        servo.took(40_000, 800);
        assertThat(servo.rows()).isEqualTo(50_000);
        servo.took(50_000, 2_000);
        assertThat(servo.rows()).isEqualTo(25_000);
        servo.took(25_000, 6_000);
        assertThat(servo.rows()).isEqualTo(5_000);
        servo.took(10, 1);
        assertThat(servo.rows()).as("an almost empty chunk says nothing about speed").isEqualTo(5_000);
        IntStream.range(0, 20).forEach(i -> servo.took(servo.rows(), 1));
        assertThat(servo.rows()).isEqualTo(250_000);
        IntStream.range(0, 20).forEach(i -> servo.took(servo.rows(), 60_000));
        assertThat(servo.rows()).isEqualTo(1_000);
    }

    @Property
    void groupsHoldEveryBucketOnceAndStayBelowTheirLimit(@ForAll List<@IntRange(max = 300) Integer> counts) {
        Buckets source = new Buckets(1 << 12);
        Buckets target = new Buckets(1 << 12);
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < counts.size(); i++) {
            source.add(i, new Leaf(counts.get(i), 1));
            all.add(i);
        }
        List<List<Integer>> groups = Buckets.groups(all, source, target, 500);
        assertThat(groups.stream().flatMap(List::stream)).containsExactlyElementsOf(all);
        assertThat(groups).allMatch(group -> group.size() == 1 || group.stream().mapToLong(source::count).sum() <= 500);
        assertThat(Buckets.differing(source, target)).containsExactlyElementsOf(all);
        // As a checkpoint keeps it, and on top of what an earlier attempt had.
        Buckets read = Buckets.of(source.text());
        assertThat(Buckets.differing(source, read)).isEmpty();
        assertThat(read.rows()).isEqualTo(counts.stream().mapToLong(Integer::longValue).sum());
        target.add(read);
        assertThat(Buckets.differing(source, target)).isEmpty();
    }
}
