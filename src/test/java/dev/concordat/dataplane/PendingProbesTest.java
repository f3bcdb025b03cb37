package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PendingProbesTest {
    @Test
    void latencyRunsFromBeforeTheWriteToAfterTheReadAndALaterProbeBringsTheEarlierOnes() {
        var pending = new PendingProbes();
        write(pending, 1, 100, 110);
        write(pending, 2, 200, 215);
        write(pending, 3, 300, 310);
        assertThat(pending.arrive(2, 400)).containsExactly(new PendingProbes.Arrival(1, 300, 10, 0), new PendingProbes.Arrival(2, 200, 15, 0));
        assertThat(pending.oldestAge(500)).isEqualTo(190);
    }

    @Test
    void aWriteWithoutItsCommitHasNoAgeAndMayBeSeenBeforeIt() {
        var pending = new PendingProbes();
        pending.begin(1, 100);
        assertThat(pending.oldestAge(1000)).isZero();
        assertThat(pending.arrive(1, 130)).containsExactly(new PendingProbes.Arrival(1, 30, 30, 0));
        pending.acknowledge(1, 140);
        assertThat(pending.isEmpty()).isTrue();
    }

    @Test
    void aFailedWriteIsNotAwaited() {
        var pending = new PendingProbes();
        pending.begin(1, 100);
        pending.abandon(1);
        assertThat(pending.isEmpty()).isTrue();
    }

    @Property
    void isBoundedKeepsTheOldestAndBringsEachProbeOnce(@ForAll @Size(max = 40) List<@IntRange(min = 1, max = 300) Integer> bursts) {
        var pending = new PendingProbes();
        long sequence = 0;
        long seen = 0;
        List<Long> arrived = new ArrayList<>();
        for (int burst : bursts) {
            for (int i = 0; i < burst; i++) {
                write(pending, ++sequence, sequence, sequence);
            }
            if (burst % 3 == 0) {
                seen = (seen + sequence) / 2;
                pending.arrive(seen, sequence).forEach(arrival -> arrived.add(arrival.sequence()));
            }
        }
        pending.arrive(sequence, sequence).forEach(arrival -> arrived.add(arrival.sequence()));
        assertThat(arrived).isSorted().doesNotHaveDuplicates();
        assertThat(arrived.size()).isGreaterThanOrEqualTo((int) Math.min(sequence, PendingProbes.MAX));
        assertThat(pending.isEmpty()).isTrue();
    }

    static void write(PendingProbes pending, long sequence, long begun, long acknowledged) {
        pending.begin(sequence, begun);
        pending.acknowledge(sequence, acknowledged);
    }
}
