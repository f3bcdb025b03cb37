package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.api.v1alpha1.SyncContractStatus.SliceSpan;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import java.util.List;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SliceHistoryTest {
    @Test
    void namesOnlyWhatIsNotGoodAndJoinsNeighbours() {
        var history = new SliceHistory(100);
        history.close(5, SliceState.GOOD);
        history.close(6, SliceState.BAD);
        history.close(7, SliceState.BAD);
        history.close(8, SliceState.GOOD);
        assertThat(history.first()).isEqualTo(5);
        assertThat(history.last()).isEqualTo(8);
        assertThat(history.spans()).containsExactly(new SliceSpan(6L, 7L, SliceState.BAD));
    }

    @Test
    void whatWasLeftOutIsUnknown() {
        var history = new SliceHistory(100);
        history.restore(1L, 4L, List.of(new SliceSpan(4L, 4L, SliceState.UNKNOWN)));
        history.close(8, SliceState.GOOD);
        assertThat(history.spans()).containsExactly(new SliceSpan(4L, 7L, SliceState.UNKNOWN));
    }

    @Test
    void aClosedSliceIsNeverWrittenAgain() {
        var history = new SliceHistory(100);
        history.close(5, SliceState.BAD);
        assertThatThrownBy(() -> history.close(5, SliceState.GOOD)).hasMessageContaining("slice 5 is closed");
    }

    @Property
    void saysTheSameAsAListOfAllSlicesWithinItsBounds(@ForAll @IntRange(min = 1, max = 40) int keep, @ForAll @Size(max = 80) List<SliceState> states,
            @ForAll @IntRange(min = 1, max = 4) int stride) {
        var history = new SliceHistory(keep);
        var all = new TreeMap<Long, SliceState>();
        long index = 1000;
        for (SliceState state : states) {
            for (long skipped = all.isEmpty() ? index : all.lastKey() + 1; skipped < index; skipped++) {
                all.put(skipped, SliceState.UNKNOWN);
            }
            all.put(index, state);
            history.close(index, state);
            index += stride;
        }
        if (states.isEmpty()) {
            assertThat(history.first()).isNull();
            return;
        }
        assertThat(history.first()).isEqualTo(Math.max(1000, history.last() - keep + 1));
        for (long i = history.first(); i <= history.last(); i++) {
            long at = i;
            var said = history.spans().stream().filter(span -> span.from() <= at && at <= span.to()).map(SliceSpan::state).toList();
            assertThat(said).isEqualTo(all.get(at) == SliceState.GOOD ? List.of() : List.of(all.get(at)));
        }
    }

    @Test
    void staysBoundedHoweverOftenTheStateChanges() {
        var history = new SliceHistory(1_000_000);
        for (int i = 0; i < 5000; i++) {
            history.close(i, i % 2 == 0 ? SliceState.BAD : SliceState.GOOD);
        }
        assertThat(history.spans()).hasSize(SliceHistory.MAX_SPANS);
        assertThat(history.spans().getFirst().from()).isGreaterThanOrEqualTo(history.first());
    }
}
