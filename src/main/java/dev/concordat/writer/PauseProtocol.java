package dev.concordat.writer;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContractSpec.Writer;
import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseHistory;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseStep;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.api.v1alpha1.SyncContractStatus.WriterState;
import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;
import dev.concordat.api.v1alpha1.WriterKind;
import dev.concordat.budget.PauseDecision;
import dev.concordat.budget.PauseDecisions;
import dev.concordat.budget.PauseInput;
import dev.concordat.report.ProbeReport;
import dev.concordat.writer.WriterPort.Observed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Drives a pause: {@code Intent -> Pausing -> Fencing -> Draining -> Resuming -> none}.
 *
 * <p>One call does as much as can be done now. It may end at any instruction and be called again, by another process, with nothing but the stored
 * status and the writers' annotations: every step is announced in status before it is taken, and taking it twice is taking it once.
 * On the writer, the claim, the saved original and the change are one request that is valid for one resourceVersion only.
 *
 * <p>Callers serialise the calls of one contract. Calls of different contracts may run at the same time, on the same writers too.
 */
public final class PauseProtocol {
    /** Times that an outside change is put back to paused before we stop fighting it. */
    public static final int REAPPLY = 2;
    private static final int ATTEMPTS = 5;
    /** On a writer for a moment: changed for the sake of the change. */
    private static final String RELEASED = Api.GROUP + "/released";
    /** A writer that has not stopped for this long makes the pause Degraded; pods have 30 s to end unless they say otherwise. */
    private static final Duration SLOW_STOP = Duration.ofMinutes(2);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration WATCH = Duration.ofSeconds(5);
    /** While no pause is in force, the writers are looked at this often for claims that status does not know of. */
    static final Duration SWEEP = Duration.ofMinutes(3);

    private final Map<WriterKind, WriterPort> ports;
    /** Contract uid to when its writers were last found without a claim that status does not know of. */
    private final Map<String, Instant> swept = new ConcurrentHashMap<>();

    /** @param ports one for every kind of writer */
    public PauseProtocol(Map<WriterKind, WriterPort> ports) {
        this.ports = Map.copyOf(ports);
        for (WriterKind kind : WriterKind.values()) {
            if (!ports.containsKey(kind)) {
                throw new IllegalArgumentException("no port for writers of kind " + kind);
            }
        }
    }

    /**
     * Carries a decision as far as it goes now.
     *
     * @param in the input that the decision was made from; its {@code writers} must be what {@code acknowledge} writes over
     */
    public Progress advance(Claimant contract, PauseInput in, PauseDecision decision, Acknowledge acknowledge) {
        Run run = new Run(contract, in, acknowledge);
        boolean clean = run.take(decision);
        return run.progress(decision, clean);
    }

    /**
     * Gives every writer back because the contract is being deleted. The finalizer may go once {@link Progress#released()} is true.
     *
     * @param force the annotation concordat.dev/force-release is present: released is true whatever could be done
     */
    public Progress release(Claimant contract, PauseInput in, boolean force, Acknowledge acknowledge) {
        Run run = new Run(contract, in, acknowledge);
        swept.remove(contract.uid());
        PauseDecision gone = new PauseDecision.Resume("ContractDeleted", "The contract is being deleted: the writers are given back first");
        boolean clean = run.take(gone);
        Progress progress = run.progress(gone, clean);
        if (progress.released()) {
            swept.remove(contract.uid());
        }
        return force ? new Progress(progress.writers(), true, progress.waitsFor(), progress.requeue(), progress.events()) : progress;
    }

    /** One call. */
    private final class Run {
        private final Claimant contract;
        private final PauseInput in;
        private final Acknowledge acknowledge;
        private final List<WriterEvent> events = new ArrayList<>();
        private Writers writers;
        private boolean refused;
        private String waitsFor;

        Run(Claimant contract, PauseInput in, Acknowledge acknowledge) {
            this.contract = contract;
            this.in = in;
            this.acknowledge = acknowledge;
            Writers stored = in.writers() == null ? new Writers(null, null, null) : in.writers();
            writers = new Writers(stored.summary(), stored.pause(), stored.history() == null ? PauseHistory.EMPTY : stored.history());
        }

        private Pause pause() {
            return writers.pause();
        }

        private void store(Pause pause, PauseHistory history) {
            Writers next = new Writers(writers.summary(), pause, history);
            next = new Writers(summary(next, null), pause, history);
            Writers stored = acknowledge.write(next);
            writers = new Writers(stored.summary(), stored.pause(), stored.history() == null ? PauseHistory.EMPTY : stored.history());
        }

        private void store(Pause pause) {
            store(pause, writers.history());
        }

        /** Returns whether no claim of ours is left, as far as was looked. */
        boolean take(PauseDecision decision) {
            if (pause() != null || decision instanceof PauseDecision.Pause) {
                // From here on our claims may be on the writers: should status be lost, the next visit must look.
                swept.remove(contract.uid());
            }
            PauseHistory history = writers.history();
            switch (decision) {
                case PauseDecision.Suspend s when !Boolean.TRUE.equals(history.suspended()) -> {
                    store(pause(), new PauseHistory(history.total(), PauseDecisions.recent(history, in.now()), history.pausedSlice(), history.resumedSlice(), true, s.acknowledged()));
                    events.add(new WriterEvent(true, s.reason(), s.message()));
                }
                case PauseDecision.Rearm r -> {
                    // Counting begins anew, or the next pause would suspend at once.
                    store(pause(), new PauseHistory(history.total(), List.of(), history.pausedSlice(), history.resumedSlice(), null, r.acknowledged()));
                    events.add(new WriterEvent(false, r.reason(), r.message()));
                }
                case PauseDecision.Pause p when pause() == null -> intend(p);
                case PauseDecision.Resume r when pause() != null && pause().step() != PauseStep.RESUMING -> turnBack(r);
                default -> {}
            }
            if (pause() == null) {
                return sweep();
            }
            if (pause().step() == PauseStep.INTENT) {
                store(Pauses.step(pause(), PauseStep.PAUSING));
            }
            switch (pause().step()) {
                case PAUSING -> stop();
                case FENCING, DRAINING -> watch();
                case RESUMING -> giveBack();
                case INTENT -> throw new IllegalStateException("the intent was not stored");
            }
            return pause() == null;
        }

        // Intent

        private void intend(PauseDecision.Pause decision) {
            PauseHistory history = writers.history();
            long number = 1 + (history.total() == null ? 0 : history.total());
            // The number starts over when status is lost, and the prober may still report the fence of a pause that had it before: the time tells them apart.
            String id = contract.uid().substring(0, Math.min(8, contract.uid().length())) + "-" + number + "-" + Long.toString(in.now().getEpochSecond(), 36);
            List<PausedWriter> planned = new ArrayList<>();
            for (Writer writer : in.spec()) {
                planned.add(plan(writer));
            }
            List<String> recent = new ArrayList<>(PauseDecisions.recent(history, in.now()));
            recent.add(in.now().toString());
            Pause pause = new Pause(id, PauseStep.INTENT, decision.reason(), in.now().toString(), in.now().plus(in.policy().maximumPause()).toString(),
                    null, null, null, null, null, null, planned);
            store(pause, new PauseHistory(number, recent, null, history.resumedSlice(), history.suspended(), history.acknowledged()));
            events.add(new WriterEvent(true, "PauseStarted", "Pausing " + names(planned) + " (" + decision.reason() + "): " + decision.message()));
        }

        private PausedWriter plan(Writer writer) {
            PausedWriter empty = new PausedWriter(writer.apiVersion(), writer.kind(), writer.name(), null, null, WriterState.PLANNED, null, null);
            try {
                Observed seen = port(writer.kind()).get(contract.namespace(), writer.name());
                if (seen == null) {
                    return Pauses.state(empty, WriterState.MISSING, missing(empty));
                }
                Claims claims = Claims.of(seen.annotations());
                Integer original = seen.replicas() > 0 && claims.holders().isEmpty() ? Integer.valueOf(seen.replicas()) : claims.original();
                return new PausedWriter(writer.apiVersion(), writer.kind(), writer.name(), seen.uid(), original, WriterState.PLANNED, null, null);
            } catch (WriterPort.Refused e) {
                refused = true;
                return Pauses.state(empty, WriterState.PLANNED, e.getMessage());
            }
        }

        // Pausing

        private void stop() {
            List<PausedWriter> next = new ArrayList<>(pause().writers());
            boolean stopped = hold(next);
            if (!stopped) {
                storeWriters(next);
                return;
            }
            boolean all = next.stream().noneMatch(w -> w.state() == WriterState.REVERTED);
            PauseHistory h = writers.history();
            Long pausedSlice = all && in.view() != null ? Long.valueOf(in.view().open() + 1) : null;
            int again = next.stream().mapToInt(w -> w.reapplied() == null ? 0 : w.reapplied()).sum();
            // Unique for each time the writers were seen to stop: a fence from before a reversal proves nothing.
            String fence = pause().id() + (again == 0 ? "" : "-" + again);
            store(Pauses.fencing(Pauses.writers(pause(), next), fence, all ? in.now().toString() : null, in.now().toString()),
                    new PauseHistory(h.total(), h.recent(), pausedSlice, h.resumedSlice(), h.suspended(), h.acknowledged()));
            events.add(new WriterEvent(false, "WritersStopped", "No pod of " + names(next) + " is left. Fence probe " + fence + " is ordered"));
            waitsFor = "the fence probe";
            watchFence();
        }

        private void storeWriters(List<PausedWriter> next) {
            if (!next.equals(pause().writers())) {
                store(Pauses.writers(pause(), next));
            }
        }

        /** Applies or checks the pause of every writer; returns whether all have stopped or do not block. */
        private boolean hold(List<PausedWriter> next) {
            boolean stopped = true;
            for (int i = 0; i < next.size(); i++) {
                try {
                    stopped &= hold(next, i);
                } catch (WriterPort.Refused e) {
                    refused = true;
                    stopped = false;
                    next.set(i, Pauses.state(next.get(i), next.get(i).state(), e.getMessage()));
                }
            }
            if (!stopped) {
                waitsFor = "writers to stop";
            }
            return stopped;
        }

        private boolean hold(List<PausedWriter> next, int i) {
            WriterPort port = port(next.get(i).kind());
            for (int attempt = 1; ; attempt++) {
                PausedWriter w = next.get(i);
                if (w.state() == WriterState.MISSING) {
                    return true;
                }
                Observed seen = port.get(contract.namespace(), w.name());
                if (w.state() == WriterState.REVERTED) {
                    if (seen == null || letGo(port, w, seen)) {
                        return true;
                    }
                    retry(attempt, w);
                    continue;
                }
                if (seen == null) {
                    next.set(i, Pauses.state(w, WriterState.MISSING, missing(w)));
                    return true;
                }
                Claims claims = Claims.of(seen.annotations());
                if (!claims.readable()) {
                    throw new WriterPort.Refused(unreadable(w), false);
                }
                boolean ours = claims.heldBy(contract.uid());
                if (!ours && w.uid() != null && !w.uid().equals(seen.uid())) {
                    next.set(i, Pauses.state(w, WriterState.MISSING, Pauses.kind(w) + " was deleted and created anew: it is not the one that was paused, and is left alone"));
                    return true;
                }
                try {
                    switch (w.state()) {
                        case PLANNED -> {
                            if (!ours) {
                                if (seen.replicas() == 0 && claims.holders().isEmpty() && !claims.saved()) {
                                    next.set(i, Pauses.state(w, WriterState.ALREADY_PAUSED, null));
                                    continue;
                                }
                                seen = claim(port, w, seen, claims);
                            }
                            Integer original = Claims.of(seen.annotations()).original();
                            next.set(i, Pauses.applied(w, seen.uid(), original));
                            continue;
                        }
                        case ALREADY_PAUSED -> {
                            if (seen.replicas() == 0) {
                                return stopped(port, next, i, seen, WriterState.ALREADY_PAUSED);
                            }
                            next.set(i, Pauses.state(w, WriterState.REVERTED, "stood at 0 replicas before the pause and was scaled to " + seen.replicas() + " since: left alone"));
                            storeWriters(next);
                            events.add(new WriterEvent(true, "WriterReverted", w.name() + " " + next.get(i).message()));
                            return true;
                        }
                        default -> {
                            if (ours && seen.replicas() == 0) {
                                return stopped(port, next, i, seen, WriterState.VERIFIED);
                            }
                            reverted(port, next, i, seen, claims, ours);
                            continue;
                        }
                    }
                } catch (WriterPort.Conflict e) {
                    retry(attempt, w);
                }
            }
        }

        private boolean stopped(WriterPort port, List<PausedWriter> next, int i, Observed seen, WriterState verified) {
            PausedWriter w = next.get(i);
            if (w.state() == WriterState.VERIFIED) {
                return true;
            }
            int pods = port.podsLeft(contract.namespace(), w.name());
            if (pods == 0 && seen.settled()) {
                next.set(i, Pauses.state(w, verified, null));
                return true;
            }
            next.set(i, Pauses.state(w, w.state(), pods == 0 ? "its controller has not reported zero replicas yet" : pods + (pods == 1 ? " pod is" : " pods are") + " left"));
            return false;
        }

        /** The one request that pauses: the claim, what it was, and zero replicas. */
        private Observed claim(WriterPort port, PausedWriter w, Observed seen, Claims claims) {
            Map<String, String> annotations = new HashMap<>();
            annotations.put(Api.CLAIMS, claims.with(contract.uid(), pause().id()));
            String until = seen.annotations().get(Api.PAUSE_UNTIL);
            annotations.put(Api.PAUSE_UNTIL, until != null && !claims.holders().isEmpty() && until.compareTo(pause().deadline()) > 0 ? until : pause().deadline());
            // What is saved stays as it is while anyone holds the writer, or while it stands at zero. Saved by nobody on a running writer is a left-over.
            boolean keep = claims.saved() && (seen.replicas() == 0 || !claims.holders().isEmpty());
            if (!keep && seen.replicas() > 0) {
                // As it stands now, not as status had it: with no claim on it, whoever set this value meant it.
                annotations.put(Api.RESTORE, Claims.restore(seen.replicas()));
            } else if (!keep && w.originalReplicas() != null && w.state() != WriterState.PLANNED) {
                // It stands at zero without its annotations: somebody took them off, and only status still knows.
                annotations.put(Api.RESTORE, Claims.restore(w.originalReplicas()));
            }
            return port.patch(contract.namespace(), w.name(), seen.resourceVersion(), seen.replicas() == 0 ? null : 0, annotations);
        }

        private void reverted(WriterPort port, List<PausedWriter> next, int i, Observed seen, Claims claims, boolean ours) {
            PausedWriter w = next.get(i);
            int times = w.reapplied() == null ? 0 : w.reapplied();
            String what = ours ? "was scaled to " + seen.replicas() + " while paused" : "lost its claim while paused (" + seen.replicas() + " replicas)";
            if (times >= REAPPLY) {
                next.set(i, Pauses.state(w, WriterState.REVERTED, what + ", for the " + (times + 1) + "rd time: left alone. " + hint(seen.manager())));
                storeWriters(next);
                events.add(new WriterEvent(true, "WriterReverted", w.name() + " " + next.get(i).message()));
                return;
            }
            // Counted before it is done, so that a crash cannot make it more often.
            next.set(i, Pauses.reapplied(w, times + 1, what + "; put back to 0 replicas (" + (times + 1) + " of " + REAPPLY + "). " + hint(seen.manager())));
            storeWriters(next);
            events.add(new WriterEvent(true, "WriterReapplied", w.name() + " " + next.get(i).message()));
            Observed put = claim(port, next.get(i), seen, claims);
            PausedWriter counted = next.get(i);
            next.set(i, Pauses.applied(counted, put.uid(), Claims.of(put.annotations()).original()));
        }

        // Fencing and draining

        private void watch() {
            List<PausedWriter> next = new ArrayList<>(pause().writers());
            if (!hold(next) && next.stream().anyMatch(w -> w.state() == WriterState.APPLIED)) {
                // It ran again for a while: what it wrote came after the fence.
                store(Pauses.pausingAgain(Pauses.writers(pause(), next)));
                return;
            }
            storeWriters(next);
            watchFence();
        }

        private void watchFence() {
            Pause p = pause();
            ProbeReport report = in.report();
            if (p.step() == PauseStep.FENCING && PauseDecisions.fenceSeen(p, report)) {
                store(Pauses.draining(p, in.now().toString()));
                events.add(new WriterEvent(false, "BacklogDrained", "Fence probe " + p.fence() + " was seen on the target: what was written before the pause has arrived"));
            } else if (p.step() == PauseStep.FENCING && report != null && report.failure() == null) {
                long lag = Math.max(report.lagMillis() == null ? 0 : report.lagMillis(), report.pendingMillis() == null ? 0 : report.pendingMillis());
                if (lag > 0 && (p.leastLagMillis() == null || lag * 10 <= p.leastLagMillis() * 9)) {
                    store(Pauses.progress(p, lag, p.leastLagMillis() == null ? p.progressTime() : in.now().toString()));
                }
            }
            waitsFor = pause().step() == PauseStep.FENCING ? "the fence probe" : "stable lag";
        }

        // Resuming

        private void turnBack(PauseDecision.Resume decision) {
            List<PausedWriter> next = new ArrayList<>();
            for (PausedWriter w : pause().writers()) {
                next.add(switch (w.state()) {
                    case PLANNED, APPLIED, VERIFIED -> Pauses.state(w, WriterState.RESTORING, null);
                    default -> w;
                });
            }
            store(Pauses.resuming(Pauses.writers(pause(), next), decision.reason()));
            events.add(new WriterEvent(decision.reason().equals("MaximumPauseReached"), "WritersResuming", decision.message()));
        }

        private void giveBack() {
            List<PausedWriter> next = new ArrayList<>(pause().writers());
            boolean done = true;
            for (int i = next.size() - 1; i >= 0; i--) {
                PausedWriter was = next.get(i);
                PausedWriter now;
                try {
                    now = giveBack(was);
                } catch (WriterPort.Refused e) {
                    refused = true;
                    now = Pauses.state(was, was.state(), e.getMessage());
                    done = false;
                }
                next.set(i, now);
                done &= now.state() != WriterState.RESTORE_UNKNOWN;
                if (!now.equals(was)) {
                    told(now);
                }
            }
            if (!done) {
                storeWriters(next);
                waitsFor = "writers that cannot be restored";
                return;
            }
            String outcome = String.join(", ", next.stream().map(w -> w.name() + " " + Pauses.word(w.state())).toList());
            String why = pause().resumeReason();
            PauseHistory h = writers.history();
            boolean verified = h.pausedSlice() != null && in.policy() != null && next.stream().noneMatch(w -> w.state() == WriterState.REVERTED);
            Long resumed = in.view() == null ? h.resumedSlice() : Long.valueOf(in.view().open());
            store(null, new PauseHistory(h.total(), h.recent(), verified ? h.pausedSlice() : null, resumed, h.suspended(), h.acknowledged()));
            events.add(new WriterEvent(false, "WritersResumed", "The pause is over (" + why + "): " + outcome));
        }

        private void told(PausedWriter now) {
            switch (now.state()) {
                case SKIPPED -> events.add(new WriterEvent(true, "WriterSkipped", now.name() + ": " + now.message()));
                case MISSING -> events.add(new WriterEvent(true, "WriterMissing", now.name() + ": " + now.message()));
                case RESTORE_UNKNOWN -> events.add(new WriterEvent(true, "RestoreUnknown", now.name() + ": " + now.message()));
                default -> {}
            }
        }

        /** Takes our claim off one writer; the last claim restores. */
        private PausedWriter giveBack(PausedWriter w) {
            WriterPort port = port(w.kind());
            for (int attempt = 1; ; attempt++) {
                Observed seen = port.get(contract.namespace(), w.name());
                if (seen == null) {
                    return w.state() == WriterState.RESTORED ? w : Pauses.state(w, WriterState.MISSING, missing(w));
                }
                Claims claims = Claims.of(seen.annotations());
                if (!claims.readable()) {
                    throw new WriterPort.Refused(unreadable(w), false);
                }
                if (!claims.heldBy(contract.uid())) {
                    if (barred(port, w, seen)) {
                        return letAlone(w, seen);
                    }
                    retry(attempt, w);
                    continue;
                }
                String rest = claims.without(contract.uid());
                Map<String, String> annotations = new HashMap<>();
                annotations.put(Api.CLAIMS, rest);
                Integer replicas = null;
                PausedWriter done;
                if (rest != null) {
                    done = Pauses.state(w, WriterState.RESTORED, "still paused by " + (claims.holders().size() - 1) + " other contract(s)");
                } else {
                    annotations.put(Api.RESTORE, null);
                    annotations.put(Api.PAUSE_UNTIL, null);
                    if (seen.replicas() != 0) {
                        done = Pauses.state(w, WriterState.SKIPPED, "scaled to " + seen.replicas() + " by somebody else while paused: left as it stands");
                    } else {
                        replicas = claims.original() != null ? claims.original() : Objects.equals(w.uid(), seen.uid()) ? w.originalReplicas() : null;
                        if (replicas == null) {
                            return Pauses.state(w, WriterState.RESTORE_UNKNOWN, "nothing is recorded of its replicas, and they are not guessed. Scale it yourself: kubectl -n "
                                    + contract.namespace() + " scale " + Pauses.kind(w).toLowerCase(Locale.ROOT) + " " + w.name() + " --replicas=N");
                        }
                        done = Pauses.state(w, WriterState.RESTORED, null);
                    }
                }
                try {
                    port.patch(contract.namespace(), w.name(), seen.resourceVersion(), replicas, annotations);
                    return done;
                } catch (WriterPort.Conflict e) {
                    retry(attempt, w);
                }
            }
        }

        /**
         * A claim may still be on its way: of a process that was held up between its read and its patch while this one took over. Any change of the
         * writer makes that patch invalid, so one is made and taken back. Returns false when the writer has changed meanwhile.
         */
        private boolean barred(WriterPort port, PausedWriter w, Observed seen) {
            boolean mayBeOnItsWay = w.state() == WriterState.RESTORING || w.state() == WriterState.REVERTED;
            if (!mayBeOnItsWay || w.uid() != null && !w.uid().equals(seen.uid())) {
                return true;
            }
            try {
                Observed marked = port.patch(contract.namespace(), w.name(), seen.resourceVersion(), null, Map.of(RELEASED, contract.uid()));
                Map<String, String> unmark = new HashMap<>();
                unmark.put(RELEASED, null);
                port.patch(contract.namespace(), w.name(), marked.resourceVersion(), null, unmark);
                return true;
            } catch (WriterPort.Conflict e) {
                return false;
            } catch (WriterPort.Refused e) {
                if (e.forbidden()) {
                    // What we may not do, no earlier process of ours could do either.
                    return true;
                }
                throw e;
            }
        }

        /** No claim of ours is on it: it was given back before a crash, or never taken, or somebody took the claim off. */
        private PausedWriter letAlone(PausedWriter w, Observed seen) {
            if (w.state() != WriterState.RESTORING && w.state() != WriterState.RESTORE_UNKNOWN) {
                return w;
            }
            if (w.uid() != null && !w.uid().equals(seen.uid())) {
                return Pauses.state(w, WriterState.MISSING, Pauses.kind(w) + " was deleted and created anew: left as it stands");
            }
            return w.originalReplicas() == null || w.originalReplicas() == seen.replicas() ? Pauses.state(w, WriterState.RESTORED, null)
                    : Pauses.state(w, WriterState.SKIPPED, "carries no claim of this contract; left at " + seen.replicas() + " replicas (it had " + w.originalReplicas() + ")");
        }

        /** Takes our claim off a writer that we no longer fight for, and touches nothing else. */
        private boolean letGo(WriterPort port, PausedWriter w, Observed seen) {
            Claims claims = Claims.of(seen.annotations());
            if (!claims.heldBy(contract.uid())) {
                return true;
            }
            String rest = claims.without(contract.uid());
            if (rest == null && seen.replicas() == 0) {
                // It came down again while we were letting go: without its claim nobody would ever bring it back. The resume will.
                return true;
            }
            Map<String, String> annotations = new HashMap<>();
            annotations.put(Api.CLAIMS, rest);
            if (rest == null) {
                annotations.put(Api.RESTORE, null);
                annotations.put(Api.PAUSE_UNTIL, null);
            }
            try {
                port.patch(contract.namespace(), w.name(), seen.resourceVersion(), null, annotations);
                return true;
            } catch (WriterPort.Conflict e) {
                return false;
            }
        }

        // Claims without a pause

        /**
         * Looks for claims that status knows nothing of: of an operator that was held up between its intent and its patch while another ended the
         * pause, or of a status that was lost. At the first visit, at the visit after a pause, and every {@link #SWEEP}.
         */
        private boolean sweep() {
            if (!untilSweep().isZero()) {
                return true;
            }
            boolean clean = true;
            for (Writer writer : in.spec()) {
                try {
                    Observed seen = port(writer.kind()).get(contract.namespace(), writer.name());
                    if (seen == null || !Claims.of(seen.annotations()).heldBy(contract.uid())) {
                        continue;
                    }
                    // The number goes up so that this is a real write: it fails where a pause has begun that this call does not know of.
                    PauseHistory h = writers.history();
                    store(null, new PauseHistory(1 + (h.total() == null ? 0 : h.total()), h.recent(), h.pausedSlice(), h.resumedSlice(), h.suspended(), h.acknowledged()));
                    PausedWriter done = giveBack(new PausedWriter(writer.apiVersion(), writer.kind(), writer.name(), seen.uid(), null, WriterState.RESTORING, null, null));
                    told(done);
                    clean &= done.state() != WriterState.RESTORE_UNKNOWN;
                    if (done.state() == WriterState.RESTORED) {
                        events.add(new WriterEvent(true, "OrphanClaimReleased", writer.name() + " carried a claim of this contract though no pause is in force: it was given back"));
                    }
                } catch (WriterPort.Refused e) {
                    refused = true;
                    clean = false;
                    waitsFor = e.getMessage();
                }
            }
            if (clean) {
                swept.put(contract.uid(), in.now());
            }
            return clean;
        }

        /** Zero when the writers are to be looked at now. */
        private Duration untilSweep() {
            Instant last = swept.get(contract.uid());
            // A clock that was set back must not put the next look off.
            return last == null || in.now().isBefore(last) || !in.now().isBefore(last.plus(SWEEP)) ? Duration.ZERO : Duration.between(in.now(), last.plus(SWEEP));
        }

        // Outcome

        Progress progress(PauseDecision decision, boolean clean) {
            writers = new Writers(summary(writers, decision), writers.pause(), writers.history());
            return new Progress(writers, writers.pause() == null && clean, waitsFor, requeue(clean), events);
        }

        private Duration requeue(boolean clean) {
            Pause p = pause();
            if (p == null) {
                return clean && in.spec().isEmpty() ? null : clean && swept.containsKey(contract.uid()) ? untilSweep() : WATCH;
            }
            if (refused || p.step() == PauseStep.RESUMING) {
                return WATCH;
            }
            if (p.step() == PauseStep.PAUSING || p.step() == PauseStep.INTENT) {
                return age(p).compareTo(SLOW_STOP) < 0 ? LOOK : WATCH;
            }
            Duration next = in.policy() == null ? WATCH : min(WATCH, Duration.ofSeconds(in.policy().sliceSeconds()));
            Duration left = p.deadline() == null ? next : Duration.between(in.now(), Instant.parse(p.deadline()));
            return min(next, left).compareTo(LOOK) < 0 ? LOOK : min(next, left);
        }

        private Duration age(Pause p) {
            return p.startTime() == null ? Duration.ZERO : Duration.between(Instant.parse(p.startTime()), in.now());
        }

        private String summary(Writers of, PauseDecision decision) {
            Pause p = of.pause();
            if (p == null) {
                return in.spec().isEmpty() ? "None"
                        : refused ? "Degraded"
                        : of.history() != null && Boolean.TRUE.equals(of.history().suspended()) ? "Suspended"
                        : in.hold() != null || decision != null && decision.reason().equals("Held") ? "Held" : "Running";
            }
            boolean stuck = p.writers().stream().anyMatch(w -> w.state() == WriterState.REVERTED || w.state() == WriterState.RESTORE_UNKNOWN)
                    || p.step() == PauseStep.PAUSING && age(p).compareTo(SLOW_STOP) >= 0;
            if (refused || stuck) {
                return "Degraded";
            }
            return switch (p.step()) {
                case INTENT, PAUSING -> "Pausing";
                case FENCING, DRAINING -> "Paused";
                case RESUMING -> "Resuming";
            };
        }

        private WriterPort port(WriterKind kind) {
            return ports.get(kind);
        }

        private String missing(PausedWriter w) {
            return "there is no " + Pauses.kind(w) + " " + contract.namespace() + "/" + w.name();
        }

        private String unreadable(PausedWriter w) {
            return Pauses.kind(w) + " " + contract.namespace() + "/" + w.name() + ": annotation " + Api.CLAIMS
                    + " is not a JSON object, so it is not known who holds this writer. Repair it, or remove it and scale the writer as it should be";
        }

        private void retry(int attempt, PausedWriter w) {
            if (attempt >= ATTEMPTS) {
                throw new WriterPort.Refused(Pauses.kind(w) + " " + contract.namespace() + "/" + w.name() + " changed " + ATTEMPTS + " times while it was being written; tried again later", false);
            }
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    private static String names(List<PausedWriter> writers) {
        return String.join(", ", writers.stream().map(PausedWriter::name).toList());
    }

    /** How to tell a GitOps tool to leave replicas alone. */
    static String hint(String manager) {
        String argo = "Argo CD: spec.ignoreDifferences: [{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}] with syncOption RespectIgnoreDifferences=true";
        String flux = "Flux: leave spec.replicas out of the manifest, or list /spec/replicas in the Kustomization's driftIgnoreRules";
        return switch (manager) {
            case "Argo CD" -> "It is managed by " + argo;
            case "Flux" -> "It is managed by " + flux;
            case null, default -> "If a GitOps tool does this, let it ignore replicas. " + argo + ". " + flux;
        };
    }
}
