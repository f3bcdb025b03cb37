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
import dev.concordat.operator.RunSchedule.Decision;
import dev.concordat.operator.RunSchedule.Queued;
import dev.concordat.testing.Case;
import dev.concordat.testing.Histories;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/**
 * When checks start in random histories, beside a calendar kept by a stopwatch that nobody sets: clocks that jump both ways, jobs of others,
 * runs that overrun, schedules that are edited, requests, and contracts that are suspended for a while.
 */
class ScheduleOracleTest {
    private static final Scope WINDOW = new Scope(ScopeType.WINDOW, "updated_at", "2h", null, null, null);
    private static final Scope KEYS = new Scope(ScopeType.KEY_RANGE, null, null, null, "1", "9");
    private static final Scope SWEEP = new Scope(ScopeType.SWEEP, null, null, 10, null, null);

    @Property(tries = 1)
    void everyCheckStartsWhenTheCalendarSays(@ForAll long seed) {
        Histories.each(seed, random -> new World(random).live());
    }

    @Test
    @Case(value = "logic A3", before = "one full check in 60 days", now = "one in every 24 h and its jitter")
    void fullEveryDayBesideSomebodysKeyRangeEverySixHours() {
        World world = new World(new Random(1));
        world.asked = verification(Scope.FULL, Duration.ofHours(24), null);
        world.visit();
        for (int hour = 0; hour < 60 * 24; hour++) {
            if (hour % 6 == 0) {
                world.queued = new Queued(KEYS);
            }
            world.finish();
            world.pass(Duration.ofHours(1));
        }
        assertThat(world.covering).as("one in every 24 hours, at most a fifth of that and an hour later").isBetween(48, 61);
    }

    private static Verification verification(Scope scope, Duration every, Duration deep) {
        return new Verification(new Schedule(every.toSeconds() + "s", 20), scope, deep == null ? null : new DeepCheck(deep.toSeconds() + "s"), null, null, null, null);
    }

    private static final class World {
        final Random random;
        Verification asked;
        Check check = Check.EMPTY;
        Queued queued;
        boolean suspended;
        boolean afterQueued;
        long generation = 1;
        String request;
        long runs;
        int covering;
        Instant clock = Instant.parse("2026-11-21T12:00:00Z");

        /** The calendar: seconds on the stopwatch. */
        long now;
        long coveredAt = -1;
        long deepAt = -1;
        /** When the last check ended that covers what the contract asks for: windows that passed while it ran are answered. */
        long coveredUntil;
        /** Since when the clock has not been set, the schedule not edited, and the contract not suspended. */
        long calmSince;
        boolean disturbed;
        boolean generationOpen = true;
        boolean requestOpen;

        World(Random random) {
            this.random = random;
            Duration every = Duration.ofMinutes(5 + random.nextInt(60));
            this.asked = verification(List.of(Scope.FULL, WINDOW, SWEEP).get(random.nextInt(3)), every, random.nextBoolean() ? null : every.multipliedBy(1 + random.nextInt(6)));
        }

        void live() {
            visit();
            for (int step = 0; step < 30; step++) {
                switch (random.nextInt(12)) {
                    case 0 -> jump();
                    case 1 -> edit();
                    case 2 -> suspend();
                    case 3 -> {
                        request = "r" + step;
                        requestOpen = true;
                    }
                    case 4, 5 -> queued = new Queued(random.nextInt(3) == 0 ? null : List.of(Scope.FULL, KEYS, KEYS).get(random.nextInt(3)));
                    case 6, 7, 8 -> finish();
                    default -> { }
                }
                pass(Duration.ofSeconds(random.nextInt((int) every().toSeconds() / 2)));
            }
        }

        private Duration every() {
            return dev.concordat.contract.Durations.parse(asked.schedule().every());
        }

        void pass(Duration time) {
            now += time.toSeconds();
            clock = clock.plus(time);
            visit();
        }

        private void jump() {
            clock = clock.plusSeconds((random.nextBoolean() ? 1 : -1) * (long) random.nextInt(random.nextBoolean() ? 400 : 40_000_000));
            disturbed = true;
        }

        private void edit() {
            Duration every = Duration.ofMinutes(5 + random.nextInt(60));
            asked = verification(asked.scope(), every, asked.deepCheck() == null ? null : every.multipliedBy(1 + random.nextInt(6)));
            generation++;
            generationOpen = true;
            disturbed = true;
        }

        private void suspend() {
            suspended = !suspended;
            generation++;
            generationOpen = true;
            disturbed = true;
        }

        void finish() {
            if (check.active() != null) {
                Scope scope = check.active().scope();
                coveredUntil = scope == null || scope.type() == ScopeType.FULL ? now : coveredUntil;
                afterQueued = check.active().trigger() == Trigger.MANUAL;
                check = check.running(null).finished(check.active().runId(), check.active().name());
            }
        }

        void visit() {
            // What happened is learned of at the next visit.
            calmSince = disturbed ? now : calmSince;
            disturbed = false;
            boolean idle = check.active() == null;
            Queued waits = suspended ? null : queued;
            Decision decision = RunSchedule.decide(new RunSchedule.Input("uid", generation, suspended, asked, request, waits, afterQueued, check, clock));
            compare(decision, idle);
            check = check.planned(decision.next() == null ? null : Times.print(decision.next()), decision.nextDeep() == null ? null : Times.print(decision.nextDeep()));
            if (decision.due() == null) {
                return;
            }
            Scope scope = decision.due() == Trigger.MANUAL ? queued.scope() : decision.due() == Trigger.DEEP ? Scope.FULL : null;
            queued = decision.due() == Trigger.MANUAL ? null : queued;
            check = check.started(new ActiveRun(++runs, "run-" + runs, "u", decision.due(), scope));
            boolean covers = scope == null || scope.type() == ScopeType.FULL;
            assertThat(decision.answers()).isEqualTo(covers);
            if (covers) {
                check = check.answered(generation, Times.print(clock), request);
                coveredAt = now;
                covering++;
                generationOpen = false;
                requestOpen = false;
            }
            if ((scope == null ? asked.scope() : scope).type() == ScopeType.FULL) {
                assertThat(decision.answersDeep()).isTrue();
                check = check.deepened(Times.print(clock));
                deepAt = now;
            }
        }

        private void compare(Decision decision, boolean idle) {
            if (suspended || !idle) {
                assertThat(decision.due()).isNull();
                boolean covers = !idle && (check.active().scope() == null || check.active().scope().type() == ScopeType.FULL);
                assertThat(decision.dropped() > 0 && !covers).as("windows that nobody covers are not dropped").isFalse();
                return;
            }
            long since = Math.max(Math.max(coveredAt, coveredUntil), calmSince);
            boolean overdue = now - since > every().toSeconds() * 1.3 + 1;
            boolean early = coveredAt > calmSince && now - coveredAt < every().toSeconds() - 1;
            if (decision.due() == null) {
                assertThat(overdue).as("nothing covered what the contract asks for in %d s, every %s", now - since, asked.schedule().every()).isFalse();
                assertThat(generationOpen || requestOpen || queued != null).as("something was asked for").isFalse();
                assertThat(decision.wake()).isNotNull().isBefore(clock.plus(every().multipliedBy(13).dividedBy(10)).plusSeconds(1));
            }
            if (decision.due() == Trigger.SCHEDULE) {
                assertThat(early).as("started %d s after the last, every %s", now - coveredAt, asked.schedule().every()).isFalse();
            }
            if (decision.due() == Trigger.MANUAL && afterQueued) {
                assertThat(generationOpen || requestOpen || overdue).as("the contract's own check has its turn").isFalse();
            }
            if (asked.deepCheck() != null && deepAt >= 0 && decision.due() == Trigger.DEEP && deepAt > calmSince) {
                assertThat(now - deepAt).isGreaterThanOrEqualTo(dev.concordat.contract.Durations.parse(asked.deepCheck().every()).toSeconds() - 1);
            }
        }
    }
}
