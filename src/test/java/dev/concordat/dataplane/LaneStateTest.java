package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.SyncContractStatus.SliceSpan;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.report.ContractRef;
import dev.concordat.report.Failure;
import dev.concordat.report.ProbeOrder;
import dev.concordat.report.ProbeReport;
import dev.concordat.testing.Case;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

/** One lane's life told on clocks of the test's own: ceiling 2 s, a probe every 500 ms, slices of 2 s. */
class LaneStateTest {
    static final ContractRef CONTRACT = new ContractRef("shop", "orders", "uid-1", 3, "1.0.0");
    static final ProbeSettings SETTINGS = new ProbeSettings(Duration.ofSeconds(2), Duration.ofMillis(500), Duration.ofSeconds(2), 100, Duration.ofSeconds(4));
    static final Failure DOWN = new Failure("StoreUnreachable", "spec.target.store.host", "does not answer", "start it", false);
    /** A slice begins here. */
    static final long START = 1_000_000_000L;

    final List<ProbeReport> reports = new ArrayList<>();
    LaneState state = new LaneState(order(null), SETTINGS, null, 77);
    long millis = START;
    long probe;
    long arrived;

    static ProbeOrder order(String fence) {
        return new ProbeOrder(CONTRACT, fence, null);
    }

    long now() {
        return millis * 1_000_000;
    }

    /** Lets time pass in ticks of 100 ms, with a probe every 500 ms, and {@code each} called after every tick with the milliseconds that passed. */
    void pass(int duration, LongConsumer each) {
        for (int passed = 0; passed < duration; passed += 100) {
            if (passed % 500 == 0) {
                write(state.fenceWanted());
            }
            each.accept(passed);
            millis += 100;
            state.tick(now(), now(), millis, true).ifPresent(reports::add);
        }
    }

    void write(String fence) {
        state.writing(++probe, now());
        state.written(probe, fence, now());
    }

    void arrive() {
        state.seen(arrived = probe, now());
    }

    ProbeReport last() {
        state.notReported();
        millis += 500;
        return state.tick(now(), now(), millis, true).orElseThrow();
    }

    List<SliceSpan> spans() {
        return last().spans();
    }

    static SliceSpan span(int from, int to, SliceState state) {
        return new SliceSpan(START / 2000 + from, START / 2000 + to, state);
    }

    @Test
    void probesThatArriveInTimeMakeGoodSlicesAndFewReports() {
        pass(20_000, passed -> arrive());
        assertThat(reports).as("the first sample, and the first closed slice").hasSize(2);
        ProbeReport report = last();
        assertThat(report.spans()).isEmpty();
        assertThat(report.firstSlice()).isEqualTo(START / 2000);
        assertThat(report.lastSlice()).isEqualTo(START / 2000 + 9);
        assertThat(report.freshProbes()).isGreaterThanOrEqualTo(38);
        assertThat(report.freshMillis()).isBetween(18_000L, 20_000L);
    }

    @Test
    void probesThatDoNotArriveAreBadFromTheCeilingOn() {
        pass(4000, passed -> arrive());
        pass(8000, passed -> {});
        // Slice 2 ends when its first probe is just 2 s old: no sample, nothing late.
        assertThat(spans()).containsExactly(span(2, 2, SliceState.UNKNOWN), span(3, 5, SliceState.BAD));
        assertThat(last().pendingMillis()).isGreaterThan(8000);
        assertThat(last().freshProbes()).isZero();
    }

    @Test
    void aLateArrivalBringsAllBeforeItAndTheirLatenessCounts() {
        pass(4000, passed -> arrive());
        pass(5000, passed -> {});
        pass(3000, passed -> arrive());
        assertThat(spans()).containsExactly(span(2, 2, SliceState.UNKNOWN), span(3, 4, SliceState.BAD));
        assertThat(last().lagMillis()).isZero();
    }

    @Test
    void aFailedWriteSaysNothingOfThoseThatWereMade() {
        pass(4000, passed -> arrive());
        pass(4000, passed -> {
            arrive();
            failAt(1000, passed);
        });
        assertThat(spans()).isEmpty();
        assertThat(last().failure()).as("one among many").isNull();
    }

    @Test
    void withoutWritesNothingIsKnown() {
        pass(4000, passed -> arrive());
        for (int passed = 0; passed < 6000; passed += 100) {
            if (passed % 500 == 0) {
                state.writing(++probe, now());
                state.notWritten(probe, DOWN);
            }
            millis += 100;
            state.tick(now(), now(), millis, true);
        }
        assertThat(spans()).containsExactly(span(2, 4, SliceState.UNKNOWN));
        assertThat(last().failure()).isEqualTo(DOWN);
    }

    @Test
    @Case(value = "logic A4", before = "0 bad, 179 unknown, no pause", now = "bad from the ceiling on, whatever a later write does")
    void aDeadDeliveryIsBadThoughAWriteFailsInEverySlice() {
        pass(4000, passed -> arrive());
        pass(100_000, passed -> {
            state.seen(arrived, now());
            failAt(1000, passed % 2000);
        });
        assertThat(spans()).containsExactly(span(2, 2, SliceState.UNKNOWN), span(3, 51, SliceState.BAD));
    }

    @Test
    @Case(value = "logic A4", before = "such failures keep a pause at the maximum", now = "fresh probes in a row stay in a row")
    void aFailedWriteNowAndThenDoesNotKeepAPauseFromEnding() {
        pass(20_000, passed -> {
            arrive();
            failAt(1000, passed % 6000);
        });
        assertThat(last().freshMillis()).isGreaterThan(18_000);
        assertThat(last().freshProbes()).isGreaterThan(35);
    }

    @Test
    void whatWasFreshIsNotForEver() {
        pass(20_000, passed -> arrive());
        for (int passed = 0; passed < 8000; passed += 100) {
            millis += 100;
            state.tick(now(), now(), millis, true);
        }
        assertThat(last().freshProbes()).isZero();
    }

    @Test
    void aProberThatIsCutOffFromBothStoresSaysNothingOfTheDelivery() {
        pass(4000, passed -> arrive());
        write(null);
        for (int passed = 0; passed < 6000; passed += 100) {
            if (passed % 500 == 0) {
                state.writing(++probe, now());
                state.notWritten(probe, DOWN);
                state.targetFailed(DOWN, false, now());
            }
            millis += 100;
            state.tick(now(), now(), millis, true);
        }
        assertThat(spans()).containsExactly(span(2, 4, SliceState.UNKNOWN));
    }

    @Test
    void aProberThatIsHeldUpInEverySliceStillSeesADeadDelivery() {
        pass(4000, passed -> arrive());
        for (int i = 0; i < 20; i++) {
            pass(1000, passed -> state.seen(arrived, now()));
            long planned = now() + 100_000_000;
            millis += 1000;
            state.tick(planned, now(), millis, true);
        }
        assertThat(spans()).endsWith(span(3, 21, SliceState.BAD));
    }

    private void failAt(int at, long passed) {
        if (passed == at) {
            state.writing(++probe, now());
            state.notWritten(probe--, DOWN);
        }
    }

    @Test
    void aTargetThatIsLostIsBadOnceProbesAreOldButOneNeverReachedIsUnknown() {
        pass(4000, passed -> state.targetFailed(DOWN, false, now()));
        assertThat(spans()).containsExactly(span(0, 1, SliceState.UNKNOWN));
        state = new LaneState(order(null), SETTINGS, null, 77);
        millis = START;
        pass(4000, passed -> arrive());
        pass(6000, passed -> state.targetFailed(DOWN, false, now()));
        assertThat(spans()).endsWith(span(3, 4, SliceState.BAD));
        assertThat(last().failure()).isEqualTo(DOWN);
    }

    @Test
    void aWrongPasswordOnTheTargetIsNoLateness() {
        pass(4000, passed -> arrive());
        pass(6000, passed -> state.targetFailed(DOWN, true, now()));
        assertThat(spans()).containsExactly(span(2, 4, SliceState.UNKNOWN));
    }

    @Test
    void aProberThatWasHeldUpJudgesNothingOfThatTime() {
        pass(4000, passed -> arrive());
        long planned = now() + 100_000_000;
        millis += 7000;
        state.tick(planned, now(), millis, true);
        pass(6000, passed -> arrive());
        assertThat(spans()).containsExactly(span(2, 4, SliceState.UNKNOWN));
    }

    @Test
    void aWallClockSetBackRewritesNothing() {
        pass(8000, passed -> arrive());
        long before = last().lastSlice();
        for (int i = 0; i < 30; i++) {
            millis += 100;
            state.tick(now(), now(), millis - 3_600_000, true);
        }
        assertThat(last().lastSlice()).isGreaterThanOrEqualTo(before);
        assertThat(last().firstSlice()).isEqualTo(START / 2000);
    }

    @Test
    void theNextLifeGoesOnWithOneUnknownSliceForTheTimeBetween() {
        pass(4000, passed -> arrive());
        ProbeReport before = last();
        state = new LaneState(order(null), SETTINGS, before, 77);
        millis = START + 10_000;
        pass(4000, passed -> arrive());
        ProbeReport after = last();
        assertThat(after.epoch()).isEqualTo(before.epoch() + 1);
        assertThat(after.firstSlice()).isEqualTo(before.firstSlice());
        assertThat(after.spans()).containsExactly(span(2, 2, SliceState.UNKNOWN));
        assertThat(after.lifeSlice()).isEqualTo(START / 2000 + 3);
        assertThat(after.continues()).isEqualTo(before.epoch());
    }

    @Test
    void theReportOfAnotherContractOfThatNameIsNotContinued() {
        var foreign = new ProbeReport(new ContractRef("shop", "orders", "uid-0", 1, "1.0.0"), 900, 1, 2, 1L, 2L, List.of(), null, null, 0, 0, "p", true, null, 1L, null, 0L, null);
        state = new LaneState(order("p"), SETTINGS, foreign, 77);
        pass(4000, passed -> arrive());
        assertThat(last().epoch()).isEqualTo(77);
        assertThat(last().firstSlice()).isEqualTo(START / 2000);
    }

    @Test
    void whateverIsNewerOnTheTargetIsAnArrivalAndAFlickerIsNone() {
        pass(1000, passed -> arrive());
        state.arrived(70, 5);
        state.arrived(70, 5);
        state.arrived(70, 9);
        state.arrived(70, 5);
        state.arrived(70, 9);
        state.arrived(77, 1);
        pass(4000, passed -> arrive());
        assertThat(last().arrivals()).isEqualTo(2);
    }

    @Test
    void aFenceIsTheFirstProbeBegunAfterItsOrder() {
        pass(1000, passed -> arrive());
        // In flight when the order comes.
        state.writing(++probe, now());
        String wantedBefore = state.fenceWanted();
        state.order(order("p1"));
        state.written(probe, wantedBefore, now());
        state.seen(probe, now());
        assertThat(last().fence()).isNull();
        write(state.fenceWanted());
        assertThat(last()).satisfies(report -> {
            assertThat(report.fence()).isEqualTo("p1");
            assertThat(report.fenceSeen()).isFalse();
        });
        arrive();
        assertThat(last().fenceSeen()).isTrue();
        state.order(order("p2"));
        write(state.fenceWanted());
        assertThat(last()).satisfies(report -> {
            assertThat(report.fence()).isEqualTo("p2");
            assertThat(report.fenceSeen()).as("that of the fence before").isFalse();
        });
    }

    @Test
    void aFenceSeenBeforeItsCommitCameBackCounts() {
        pass(1000, passed -> arrive());
        state.order(order("p1"));
        state.writing(++probe, now());
        state.seen(probe, now());
        state.written(probe, "p1", now());
        assertThat(last().fenceSeen()).isTrue();
    }

    @Test
    void whileAFenceIsOrderedEverySliceIsReported() {
        pass(4000, passed -> arrive());
        state.order(order("p1"));
        reports.clear();
        pass(10_000, passed -> arrive());
        assertThat(reports).hasSizeGreaterThanOrEqualTo(5).isSortedAccordingTo(java.util.Comparator.comparing(ProbeReport::freshMillis));
    }

    @Test
    void whatCannotBeSentNowIsToldByTheNextReport() {
        pass(4000, passed -> {});
        for (int i = 0; i < 40; i++) {
            millis += 100;
            assertThat(state.tick(now(), now(), millis, false)).isEmpty();
        }
        millis += 500;
        assertThat(state.tick(now(), now(), millis, true)).isPresent();
    }
}
