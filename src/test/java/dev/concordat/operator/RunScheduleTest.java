package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.SyncContractStatus.ActiveRun;
import dev.concordat.api.v1alpha1.SyncContractStatus.Check;
import dev.concordat.api.v1alpha1.SyncContractStatus.Trigger;
import dev.concordat.api.v1alpha1.Verification;
import dev.concordat.api.v1alpha1.Verification.DeepCheck;
import dev.concordat.api.v1alpha1.Verification.Schedule;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.testing.Case;
import java.time.Duration;
import java.time.Instant;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class RunScheduleTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final Schedule QUARTER = new Schedule("15m", 20);

    @Test
    void aContractThatWasNeverCheckedIsCheckedForItsGeneration() {
        assertThat(decide(Check.EMPTY, 1, false, null, false).due()).isEqualTo(Trigger.GENERATION);
    }

    @Test
    void aNewGenerationIsCheckedAtOnce() {
        assertThat(decide(idle(NOW.plusSeconds(60)), 2, false, null, false).due()).isEqualTo(Trigger.GENERATION);
    }

    @Test
    void nothingIsDueBeforeTheNextTime() {
        var decision = decide(idle(NOW.plusSeconds(60)), 1, false, null, false);
        assertThat(decision.due()).isNull();
        assertThat(decision.next()).isEqualTo(NOW.plusSeconds(60));
    }

    @Test
    void theScheduleIsDueAtTheNextTime() {
        var decision = decide(idle(NOW), 1, false, null, false);
        assertThat(decision.due()).isEqualTo(Trigger.SCHEDULE);
        assertThat(decision.next()).isBetween(NOW.plusSeconds(900), NOW.plusSeconds(900 + 180));
    }

    @Test
    void aRequestIsActedOnOncePerValue() {
        assertThat(decide(idle(NOW.plusSeconds(60)), 1, false, "a", false).due()).isEqualTo(Trigger.REQUEST);
        assertThat(decide(handled("a"), 1, false, "a", false).due()).isNull();
        assertThat(decide(handled("a"), 1, false, "b", false).due()).isEqualTo(Trigger.REQUEST);
    }

    @Test
    void aJobThatWaitsComesFirst() {
        assertThat(decide(idle(NOW), 2, false, "b", true).due()).isEqualTo(Trigger.MANUAL);
    }

    @Test
    void suspendedNothingStartsAndNothingIsPlanned() {
        var decision = decide(idle(NOW), 2, true, "b", true);
        assertThat(decision.due()).isNull();
        assertThat(decision.next()).isNull();
    }

    @Test
    void whileACheckRunsNothingStartsHoweverMuchIsDue() {
        assertThat(decide(active(NOW.plusSeconds(60)), 2, false, "b", true).due()).isNull();
    }

    @Test
    void windowsThatACheckOverranAreDroppedAndCounted() {
        var decision = decide(active(NOW.minus(Duration.ofMinutes(31))), 1, false, null, false);
        assertThat(decision.dropped()).isEqualTo(3);
        assertThat(decision.next()).isEqualTo(NOW.plus(Duration.ofMinutes(14)));
    }

    @Test
    void aCheckThatEndsInTimeDropsNothing() {
        assertThat(decide(active(NOW.plusSeconds(1)), 1, false, null, false).dropped()).isZero();
    }

    @Test
    void anOperatorThatWasDownChecksOnceWhenItComesBack() {
        var decision = decide(idle(NOW.minus(Duration.ofDays(2))), 1, false, null, false);
        assertThat(decision.due()).isEqualTo(Trigger.SCHEDULE);
        assertThat(decision.next()).isAfter(NOW);
    }

    @Test
    void theFirstCheckOfAContractWithDeepChecksIsADeepOne() {
        var decision = deep(Check.EMPTY, "1h", false);
        assertThat(decision.due()).isEqualTo(Trigger.DEEP);
        assertThat(decision.nextDeep()).isBetween(NOW.plusSeconds(3600), NOW.plusSeconds(3600 + 720));
    }

    @Test
    void theDeepCheckWinsWhenBothAreDueAndAnswersTheOther() {
        var decision = deep(deepAt(idle(NOW), NOW), "1h", false);
        assertThat(decision.due()).isEqualTo(Trigger.DEEP);
        assertThat(decision.next()).as("the schedule counts from here").isAfter(NOW.plusSeconds(899));
        assertThat(deep(deepAt(idle(NOW.plusSeconds(60)), NOW.plusSeconds(1)), "1h", false).due()).isNull();
        assertThat(deep(deepAt(idle(NOW), NOW.plusSeconds(1)), "1h", false).due()).isEqualTo(Trigger.SCHEDULE);
        assertThat(deep(deepAt(idle(NOW), NOW), "1h", true).due()).as("what a person made comes first").isEqualTo(Trigger.MANUAL);
    }

    @Test
    void theNextLookIsAtTheSoonerOfBoth() {
        assertThat(deep(deepAt(idle(NOW.plusSeconds(60)), NOW.plusSeconds(30)), "1h", false).wake()).isEqualTo(NOW.plusSeconds(30));
        assertThat(deep(deepAt(idle(NOW.plusSeconds(60)), NOW.plusSeconds(90)), "1h", false).wake()).isEqualTo(NOW.plusSeconds(60));
    }

    @Test
    void aDeepCheckWaitsForTheRunInFlightAndIsNotDropped() {
        Scope window = new Scope(ScopeType.WINDOW, "updated_at", "2h", null, null, null);
        var decision = RunSchedule.decide(input(1, false, window, new DeepCheck("1h"), null, null, false, deepAt(active(NOW.plusSeconds(60)), NOW.minusSeconds(5)), NOW));
        assertThat(decision.due()).isNull();
        assertThat(decision.dropped()).isZero();
        assertThat(decision.nextDeep()).isEqualTo(NOW.minusSeconds(5));
        assertThat(decision.wake()).as("the end of the run is looked at by itself").isEqualTo(NOW.plusSeconds(60));
    }

    @Test
    void aDeepCheckThatOverrunsDropsItsOwnWindowOnce() {
        Check running = deepAt(active(NOW.plusSeconds(60)), NOW.minusSeconds(5)).running(new ActiveRun(5L, "orders-5", "u", Trigger.DEEP, Scope.FULL));
        var decision = deep(running, "1h", false);
        assertThat(decision.dropped()).isEqualTo(1);
        assertThat(decision.nextDeep()).isEqualTo(NOW.plusSeconds(3595));
        assertThat(deep(running.planned(running.nextTime(), decision.nextDeep().toString()), "1h", false).dropped()).as("counted once").isZero();
    }

    @Test
    void aShorterIntervalOfDeepChecksHoldsAtOnceAndNoneEndsThem() {
        assertThat(deep(deepAt(idle(NOW.plusSeconds(60)), NOW.plus(Duration.ofDays(30))), "1h", false).nextDeep()).isBefore(NOW.plusSeconds(3600));
        assertThat(decide(deepAt(idle(NOW.plusSeconds(60)), NOW), 1, false, null, false).nextDeep()).isNull();
    }

    private static final Scope KEYS = new Scope(ScopeType.KEY_RANGE, null, null, null, "1", "9");

    private static RunSchedule.Decision queued(Scope scope, boolean after, Check check, Instant now) {
        return RunSchedule.decide(input(1, false, Scope.FULL, null, null, new RunSchedule.Queued(scope), after, check, now));
    }

    @Test
    @Case(value = "logic A3", before = "one full check in 60 days", now = "60: somebody's key range answers nothing but itself")
    void somebodysKeyRangesLeaveTheScheduleAlone() {
        Instant next = NOW.plusSeconds(60);
        var decision = queued(KEYS, false, idle(next), NOW);
        assertThat(decision.due()).isEqualTo(Trigger.MANUAL);
        assertThat(decision.answers()).isFalse();
        assertThat(decision.next()).isEqualTo(next);
        assertThat(queued(null, false, idle(next), NOW).answers()).as("the contract's own scope").isTrue();
        assertThat(queued(Scope.FULL, false, idle(next), NOW).next()).as("a full one answers it").isAfterOrEqualTo(NOW.plusSeconds(900));
    }

    @Test
    void aWindowThatPassesDuringSomebodysKeyRangeWaitsForItsEnd() {
        Check running = active(NOW.minusSeconds(60)).running(new ActiveRun(5L, "mine", "u", Trigger.MANUAL, KEYS));
        var decision = decide(running, 1, false, null, false);
        assertThat(decision.dropped()).isZero();
        assertThat(decision.next()).isEqualTo(NOW.minusSeconds(60));
        assertThat(decision.wake()).as("the end of the run is looked at by itself").isNull();
    }

    @Test
    void jobsInARowDoNotKeepTheContractsOwnCheckFromItsTurn() {
        assertThat(queued(KEYS, true, idle(NOW), NOW).due()).isEqualTo(Trigger.SCHEDULE);
        assertThat(queued(KEYS, false, idle(NOW), NOW).due()).isEqualTo(Trigger.MANUAL);
        assertThat(queued(KEYS, true, idle(NOW.plusSeconds(1)), NOW).due()).as("nothing of its own is due").isEqualTo(Trigger.MANUAL);
    }

    @Test
    @Case(value = "logic B8", before = "operator a year ahead while one check starts: no check for a year", now = "the next one after at most 1.3 intervals")
    void aTimeThatAClockRecordedWhichWasAYearAheadIsNotWaitedFor() {
        Instant ahead = NOW.plus(Duration.ofDays(365));
        Check wrong = idle(ahead.plusSeconds(900)).answered(1, ahead.toString(), null);
        var decision = decide(wrong, 1, false, null, false);
        assertThat(decision.next()).isBetween(NOW.plusSeconds(900), NOW.plusSeconds(900 + 180));
        assertThat(decide(wrong.planned(decision.next().toString(), null), 1, false, null, false).next()).as("recorded").isEqualTo(decision.next());
        Check deep = deepAt(idle(NOW.plusSeconds(60)), ahead).deepened(ahead.toString());
        assertThat(deep(deep, "1h", false).nextDeep()).isBetween(NOW.plusSeconds(3600), NOW.plusSeconds(3600 + 720));
    }

    private static RunSchedule.Decision deep(Check check, String every, boolean queued) {
        return RunSchedule.decide(input(1, false, Scope.FULL, new DeepCheck(every), null, queued ? new RunSchedule.Queued(null) : null, false, check, NOW));
    }

    private static RunSchedule.Input input(long generation, boolean suspend, Scope scope, DeepCheck deep, String request, RunSchedule.Queued queued,
            boolean afterQueued, Check check, Instant now) {
        Verification asked = new Verification(QUARTER, scope, deep, null, null, null, null);
        return new RunSchedule.Input("uid", generation, suspend, asked, request, queued, afterQueued, check, now);
    }

    private static Check deepAt(Check check, Instant nextDeep) {
        return new Check(check.lastRunId(), check.active(), check.lastVerdictRunId(), check.lastTime(), check.lastFinishedRunId(), check.lastName(), check.checkedGeneration(),
                check.lastStartTime(), check.nextTime(), check.handledRequest(), "2026-11-21T11:30:00Z", nextDeep.toString(), null, null, null, null, null, null, null, null);
    }

    @Property
    void theDelayIsBoundedByTheJitterAndTheSameAfterARestart(@ForAll String uid, @ForAll @IntRange(max = 30) int jitter, @ForAll @IntRange(min = 5, max = 86_400) int seconds,
            @ForAll @LongRange(min = 0, max = 4_000_000_000L) long start) {
        Schedule schedule = new Schedule(seconds + "s", jitter);
        Instant at = Instant.ofEpochSecond(start);
        Instant next = RunSchedule.after(uid, schedule, at);
        assertThat(next).isEqualTo(RunSchedule.after(uid, schedule, at));
        assertThat(Duration.between(at, next)).isBetween(Duration.ofSeconds(seconds), Duration.ofMillis(seconds * 1000L + seconds * 10L * jitter));
    }

    @Test
    void contractsWithOneIntervalDoNotStartTogether() {
        long distinct = java.util.stream.IntStream.range(0, 100).mapToObj(i -> RunSchedule.after("uid-" + i, QUARTER, NOW)).distinct().count();
        assertThat(distinct).isGreaterThan(90);
    }

    private static RunSchedule.Decision decide(Check check, long generation, boolean suspend, String request, boolean queued) {
        return RunSchedule.decide(input(generation, suspend, Scope.FULL, null, request, queued ? new RunSchedule.Queued(null) : null, false, check, NOW));
    }

    private static Check idle(Instant next) {
        return new Check(4L, null, 4L, null, 4L, "orders-4", 1L, "2026-11-21T11:45:00Z", next.toString(), null, null, null, null, null, null, null, null, null, null, null);
    }

    private static Check handled(String request) {
        return new Check(4L, null, 4L, null, 4L, "orders-4", 1L, "2026-11-21T11:45:00Z", NOW.plusSeconds(60).toString(), request, null, null, null, null, null, null, null, null, null, null);
    }

    private static Check active(Instant next) {
        return new Check(5L, new ActiveRun(5L, "orders-5", "u", Trigger.SCHEDULE, null), 4L, null, 4L, "orders-4", 1L, "2026-11-21T11:45:00Z", next.toString(), null, null, null, null, null, null, null, null, null, null, null);
    }
}
