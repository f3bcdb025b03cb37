package dev.concordat.operator;

import dev.concordat.api.v1alpha1.SyncContractStatus.Check;
import dev.concordat.api.v1alpha1.SyncContractStatus.Trigger;
import dev.concordat.api.v1alpha1.Verification.DeepCheck;
import dev.concordat.api.v1alpha1.Verification.Schedule;
import dev.concordat.contract.Durations;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.zip.CRC32;

/**
 * Whether a check is due, and why. At most one check of a contract is in flight; a check that takes longer than its interval makes the
 * windows that it covers drop instead of queueing them. One check answers everything that was asked before it started: a changed
 * contract, a request, the schedule.
 */
final class RunSchedule {
    private RunSchedule() {}

    /**
     * @param uid        of the contract; spreads the starts of contracts with the same interval
     * @param generation of the spec
     * @param deep       null: there are no deep checks
     * @param request    value of the annotation that asks for a check, or null
     * @param queued     whether a ReconcileJob waits for its turn
     */
    record Input(String uid, long generation, boolean suspend, Schedule schedule, DeepCheck deep, String request, boolean queued, Check check, Instant now) {}

    /**
     * @param due      why a check starts now; null when none does
     * @param next     when the next scheduled check is due; null while none is planned
     * @param nextDeep when the next deep check is due; null while none is planned
     * @param dropped  windows that passed while a check was in flight
     * @param wake     when to look again; null: when something happens
     */
    record Decision(Trigger due, Instant next, Instant nextDeep, int dropped, Instant wake) {}

    static Decision decide(Input in) {
        if (in.suspend) {
            return new Decision(null, null, null, 0, null);
        }
        Instant next = next(in);
        Instant nextDeep = nextDeep(in);
        if (in.check.active() != null) {
            Passed checks = passed(next, in.schedule.every(), in.now);
            // A deep check that the run in flight keeps waiting is not dropped; one that a deep check overran is.
            Passed deep = in.check.active().trigger() == Trigger.DEEP && in.deep != null ? passed(nextDeep, in.deep.every(), in.now) : new Passed(nextDeep, 0);
            return new Decision(null, checks.next, deep.next, checks.dropped + deep.dropped, checks.next);
        }
        Trigger due = null;
        if (in.queued) {
            due = Trigger.MANUAL;
        } else if (in.deep != null && (nextDeep == null || !nextDeep.isAfter(in.now))) {
            // Before the others: it answers them, and they do not answer it.
            due = Trigger.DEEP;
        } else if (in.check.checkedGeneration() == null || in.check.checkedGeneration() != in.generation) {
            due = Trigger.GENERATION;
        } else if (in.request != null && !in.request.equals(in.check.handledRequest())) {
            due = Trigger.REQUEST;
        } else if (next == null || !next.isAfter(in.now)) {
            due = Trigger.SCHEDULE;
        }
        if (due == null) {
            return new Decision(null, next, nextDeep, 0, nextDeep == null || next.isBefore(nextDeep) ? next : nextDeep);
        }
        // The end of the run that starts now is looked at by itself, and so is a deep check that it keeps waiting.
        Instant planned = after(in.uid, in.schedule, in.now);
        return new Decision(due, planned, due == Trigger.DEEP ? afterDeep(in, in.now) : nextDeep, 0, planned);
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
        Instant recorded = Times.parse(in.check.nextDeepTime());
        Instant start = Times.parse(in.check.lastDeepTime());
        if (in.deep == null || start == null) {
            return in.deep == null ? null : recorded;
        }
        // A contract that now asks for them more often does not wait for the time that the old interval gave.
        boolean stale = recorded == null || recorded.isAfter(in.now.plus(Durations.parse(in.deep.every()).multipliedBy(13).dividedBy(10)));
        return stale ? afterDeep(in, start) : recorded;
    }

    private static Instant afterDeep(Input in, Instant start) {
        return after(in.uid + "/deep", new Schedule(in.deep.every(), in.schedule.jitter()), start);
    }

    private static Instant next(Input in) {
        Instant recorded = Times.parse(in.check.nextTime());
        if (recorded != null) {
            return recorded;
        }
        Instant start = Times.parse(in.check.lastStartTime());
        return start == null ? null : after(in.uid, in.schedule, start);
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
