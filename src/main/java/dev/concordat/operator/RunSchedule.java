package dev.concordat.operator;

import dev.concordat.api.v1alpha1.SyncContractStatus.Check;
import dev.concordat.api.v1alpha1.SyncContractStatus.Trigger;
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
     * @param request    value of the annotation that asks for a check, or null
     * @param queued     whether a ReconcileJob waits for its turn
     */
    record Input(String uid, long generation, boolean suspend, Schedule schedule, String request, boolean queued, Check check, Instant now) {}

    /**
     * @param due      why a check starts now; null when none does
     * @param next     when the next scheduled check is due; null while none is planned
     * @param dropped  windows that passed while a check was in flight
     */
    record Decision(Trigger due, Instant next, int dropped) {}

    static Decision decide(Input in) {
        if (in.suspend) {
            return new Decision(null, null, 0);
        }
        Instant next = next(in);
        if (in.check.active() != null) {
            int dropped = 0;
            Duration every = Durations.parse(in.schedule.every());
            if (next != null && !next.isAfter(in.now)) {
                long windows = Duration.between(next, in.now).dividedBy(every) + 1;
                next = next.plus(every.multipliedBy(windows));
                dropped = (int) Math.min(windows, Integer.MAX_VALUE);
            }
            return new Decision(null, next, dropped);
        }
        Trigger due = null;
        if (in.queued) {
            due = Trigger.MANUAL;
        } else if (in.check.checkedGeneration() == null || in.check.checkedGeneration() != in.generation) {
            due = Trigger.GENERATION;
        } else if (in.request != null && !in.request.equals(in.check.handledRequest())) {
            due = Trigger.REQUEST;
        } else if (next == null || !next.isAfter(in.now)) {
            due = Trigger.SCHEDULE;
        }
        return due == null ? new Decision(null, next, 0) : new Decision(due, after(in.uid, in.schedule, in.now), 0);
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
