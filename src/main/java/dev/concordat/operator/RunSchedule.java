package dev.concordat.operator;

import dev.concordat.api.v1alpha1.SyncContractStatus.Check;
import dev.concordat.api.v1alpha1.SyncContractStatus.Trigger;
import dev.concordat.api.v1alpha1.Verification;
import dev.concordat.api.v1alpha1.Verification.Schedule;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.contract.Durations;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.zip.CRC32;

/**
 * Whether a check is due, and why. Pure. At most one check of a contract is in flight. A check answers what was asked before it started (the
 * schedule, a changed contract, a request, the schedule of deep checks) as far as it covers that: somebody's check of a stretch of keys
 * answers nothing but itself. Windows of the schedule that pass while a check is in flight are dropped when that check answers them, and
 * wait for its end otherwise.
 */
final class RunSchedule {
    private RunSchedule() {}

    /**
     * @param uid         of the contract; spreads the starts of contracts with the same interval
     * @param generation  of the spec
     * @param asked       what the contract asks for: its schedule, its scope, its deep checks
     * @param request     value of the annotation that asks for a check, or null
     * @param queued      the ReconcileJob that waits for its turn; null when none does
     * @param afterQueued whether the last check was one that somebody made: the next one is then the contract's own, if one is due
     */
    record Input(String uid, long generation, boolean suspend, Verification asked, String request, Queued queued, boolean afterQueued,
            Check check, Instant now) {}

    /** @param scope what it is to cover; null: the contract's own scope */
    record Queued(Scope scope) {}

    /**
     * @param due         why a check starts now; null when none does
     * @param answers     whether that check covers what the contract asks for
     * @param answersDeep whether it is a full one
     * @param next        when the next scheduled check is due; null while none is planned
     * @param nextDeep    when the next deep check is due; null while none is planned
     * @param dropped     windows that passed while a check was in flight that covers them
     * @param wake        when to look again; null: when something happens
     */
    record Decision(Trigger due, boolean answers, boolean answersDeep, Instant next, Instant nextDeep, int dropped, Instant wake) {}

    static Decision decide(Input in) {
        if (in.suspend) {
            return new Decision(null, false, false, null, null, 0, null);
        }
        Instant next = next(in);
        Instant nextDeep = nextDeep(in);
        return in.check.active() != null ? running(in, next, nextDeep) : idle(in, next, nextDeep);
    }

    private static Decision running(Input in, Instant next, Instant nextDeep) {
        Scope scope = scope(in.check.active().trigger(), in.check.active().scope());
        Passed checks = Scopes.answers(scope, in.asked.scope()) ? passed(next, in.asked.schedule().every(), in.now) : new Passed(next, 0);
        Passed deep = in.asked.deepCheck() != null && full(scope, in) ? passed(nextDeep, in.asked.deepCheck().every(), in.now)
                : new Passed(nextDeep, 0);
        return new Decision(null, false, false, checks.next, deep.next, checks.dropped + deep.dropped, ahead(checks.next, in.now));
    }

    private static Decision idle(Input in, Instant next, Instant nextDeep) {
        Trigger own = own(in, next, nextDeep);
        Trigger due = in.queued == null || own != null && in.afterQueued ? own : Trigger.MANUAL;
        if (due == null) {
            return new Decision(null, false, false, next, nextDeep, 0, nextDeep == null || next.isBefore(nextDeep) ? next : nextDeep);
        }
        Scope scope = scope(due, due == Trigger.MANUAL ? in.queued.scope : null);
        boolean answers = Scopes.answers(scope, in.asked.scope());
        boolean full = full(scope, in);
        Instant planned = answers ? after(in.uid, in.asked.schedule(), in.now) : next;
        // The end of the run that starts now is looked at by itself, and so is what it keeps waiting.
        return new Decision(due, answers, full, planned, full && in.asked.deepCheck() != null ? afterDeep(in, in.now) : nextDeep, 0,
                ahead(planned, in.now));
    }

    /** What the contract itself asks for now. */
    private static Trigger own(Input in, Instant next, Instant nextDeep) {
        if (in.asked.deepCheck() != null && (nextDeep == null || !nextDeep.isAfter(in.now))) {
            // Before the others: it answers them, and they do not answer it.
            return Trigger.DEEP;
        }
        if (in.check.checkedGeneration() == null || in.check.checkedGeneration() != in.generation) {
            return Trigger.GENERATION;
        }
        if (in.request != null && !in.request.equals(in.check.handledRequest())) {
            return Trigger.REQUEST;
        }
        return next == null || !next.isAfter(in.now) ? Trigger.SCHEDULE : null;
    }

    /** Null: the contract's own. */
    private static Scope scope(Trigger trigger, Scope scope) {
        return trigger == Trigger.DEEP ? Scope.FULL : scope;
    }

    private static boolean full(Scope scope, Input in) {
        return (scope == null ? in.asked.scope() : scope).type() == ScopeType.FULL;
    }

    private static Instant ahead(Instant next, Instant now) {
        return next != null && next.isAfter(now) ? next : null;
    }

    private record Passed(Instant next, int dropped) {}

    private static Passed passed(Instant next, String interval, Instant now) {
        if (next == null || next.isAfter(now)) {
            return new Passed(next, 0);
        }
        Duration every = Durations.parse(interval);
        long windows = Duration.between(next, now).dividedBy(every) + 1;
        return new Passed(next.plus(every.multipliedBy(windows)), (int) Math.min(windows, Integer.MAX_VALUE));
    }

    private static Instant nextDeep(Input in) {
        if (in.asked.deepCheck() == null) {
            return null;
        }
        Instant recorded = Times.parse(in.check.nextDeepTime());
        Instant start = start(in.check.lastDeepTime(), in.now);
        boolean unknown = recorded == null || tooFar(recorded, in.asked.deepCheck().every(), in.now);
        return !unknown ? recorded : start == null ? null : afterDeep(in, start);
    }

    private static Instant afterDeep(Input in, Instant start) {
        return after(in.uid + "/deep", new Schedule(in.asked.deepCheck().every(), in.asked.schedule().jitter()), start);
    }

    private static Instant next(Input in) {
        Instant recorded = Times.parse(in.check.nextTime());
        if (recorded != null && !tooFar(recorded, in.asked.schedule().every(), in.now)) {
            return recorded;
        }
        Instant start = start(in.check.lastStartTime(), in.now);
        return start == null ? null : after(in.uid, in.asked.schedule(), start);
    }

    /**
     * Further away than any jitter puts it: recorded by a clock that was ahead, or under a longer interval. Nobody waits for it.
     */
    private static boolean tooFar(Instant recorded, String every, Instant now) {
        return recorded.isAfter(now.plus(Durations.parse(every).multipliedBy(13).dividedBy(10)));
    }

    /** The recorded start, and now for one that a clock recorded which was ahead; null when none was recorded. */
    private static Instant start(String recorded, Instant now) {
        Instant start = Times.parse(recorded);
        return start != null && start.isAfter(now) ? now : start;
    }

    /** The start after the one at {@code start}: the interval, and a part of it that depends on nothing but the contract and the slot. */
    static Instant after(String uid, Schedule schedule, Instant start) {
        Duration every = Durations.parse(schedule.every());
        CRC32 hash = new CRC32();
        hash.update((uid + "/" + start.getEpochSecond() / Math.max(1, every.toSeconds())).getBytes(StandardCharsets.UTF_8));
        long bound = every.toMillis() * schedule.jitter() / 100;
        long delay = bound == 0 ? 0 : hash.getValue() % (bound + 1);
        return start.plus(every).plusMillis(delay);
    }
}
