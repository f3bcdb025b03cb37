package dev.concordat.writer;

import dev.concordat.api.v1alpha1.SyncContractSpec.Writer;
import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseHistory;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseStep;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.api.v1alpha1.SyncContractStatus.WriterState;
import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;
import dev.concordat.api.v1alpha1.WriterKind;
import dev.concordat.budget.Arrivals;
import dev.concordat.budget.PauseDecision;
import dev.concordat.budget.PauseDecisions;
import dev.concordat.budget.PauseInput;
import dev.concordat.budget.PausedSlices;
import dev.concordat.report.ProbeReport;
import dev.concordat.writer.WriterPort.Observed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One call of the protocol. */
final class PauseRun {
    /** A writer that has not stopped for this long makes the pause Degraded; pods have 30 s to end unless they say otherwise. */
    static final Duration SLOW_STOP = PauseDecisions.SLOW_STOP;
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration WATCH = Duration.ofSeconds(5);

    private final PauseProtocol protocol;
    private final Claimant contract;
    private final PauseInput in;
    private final PauseDecision decision;
    private final Acknowledge acknowledge;
    private final Words words;
    private final List<WriterEvent> events = new ArrayList<>();
    private Writers writers;
    /** What was seen while no pause is in force; null while one is. */
    private Look look;
    private boolean clean;
    private boolean refused;
    private String waitsFor;

    PauseRun(PauseProtocol protocol, Claimant contract, PauseInput in, PauseDecision decision, Acknowledge acknowledge) {
        this.protocol = protocol;
        this.contract = contract;
        this.in = in;
        this.decision = decision;
        this.acknowledge = acknowledge;
        this.words = new Words(contract.namespace());
        this.writers = known(in.writers() == null ? new Writers(null, null, null) : in.writers());
    }

    private static Writers known(Writers stored) {
        return new Writers(stored.summary(), stored.pause(), stored.history() == null ? PauseHistory.EMPTY : stored.history());
    }

    private Pause pause() {
        return writers.pause();
    }

    private void store(Pause pause, PauseHistory history) {
        Writers next = new Writers(writers.summary(), pause, history);
        writers = known(acknowledge.write(new Writers(WritersCondition.summary(next, look, decision, in.now(), refused), pause, history)));
    }

    private void store(Pause pause) {
        store(pause, writers.history());
    }

    private void storeWriters(List<PausedWriter> next) {
        if (!next.equals(pause().writers())) {
            store(Pauses.writers(pause(), next));
        }
    }

    void take() {
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
            clean = look != null || lookAround();
            return;
        }
        // From here on our claims may be on the writers: should status be lost, the next visit must look.
        protocol.forgetLook(contract.uid());
        shorten();
        if (pause().step() == PauseStep.INTENT) {
            store(Pauses.step(pause(), PauseStep.PAUSING));
        }
        switch (pause().step()) {
            case PAUSING -> stop();
            case FENCING, DRAINING -> watch();
            case RESUMING -> giveBack();
            case INTENT -> throw new IllegalStateException("the intent was not stored");
        }
        clean = pause() == null;
        if (clean) {
            // What is said of the writers from here on is what is seen of them. A claim that lands late is looked for at the next visit.
            look = new Look(null, in.spec(), arms(), standings(false));
        }
    }

    // Intent

    private void intend(PauseDecision.Pause cause) {
        if (new Look(null, in.spec(), true, standings(true)).hindrance(in.refusePartial()) != null) {
            return;
        }
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
        Pause pause = new Pause(id, PauseStep.INTENT, cause.reason(), in.now().toString(), in.now().plus(in.policy().maximumPause()).toString(),
                null, null, null, null, null, null, planned);
        store(pause, new PauseHistory(number, recent, null, history.resumedSlice(), history.suspended(), history.acknowledged()));
        List<PausedWriter> there = planned.stream().filter(w -> w.message() == null).toList();
        String without = String.join("", planned.stream().filter(w -> w.message() != null).map(w -> ". Not " + w.name() + ": " + w.message()).toList());
        events.add(new WriterEvent(true, "PauseStarted", "Pausing " + Words.names(there) + " (" + cause.reason() + "): " + cause.message() + without));
    }

    private PausedWriter plan(Writer writer) {
        PausedWriter empty = new PausedWriter(writer.apiVersion(), writer.kind(), writer.name(), null, null, WriterState.PLANNED, null, null);
        try {
            Observed seen = protocol.port(writer.kind()).get(contract.namespace(), writer.name());
            if (seen == null) {
                return Pauses.state(empty, WriterState.MISSING, words.missing(empty));
            }
            Claims claims = Claims.of(seen.annotations());
            Integer original = seen.replicas() > 0 && claims.holders().isEmpty() ? Integer.valueOf(seen.replicas()) : claims.original();
            return new PausedWriter(writer.apiVersion(), writer.kind(), writer.name(), seen.uid(), claims.holders().isEmpty() && seen.replicas() == 0 ? null : original,
                    WriterState.PLANNED, null, null);
        } catch (WriterPort.Refused e) {
            refused = true;
            return Pauses.state(empty, WriterState.PLANNED, e.getMessage());
        }
    }

    /** A lowered maximum holds for the pause in force, too. A raised one does not: until when the writers stand was promised when they were stopped. */
    private void shorten() {
        Instant deadline = PauseDecisions.deadline(pause(), in.policy());
        if (deadline != null && pause().step() != PauseStep.RESUMING && !deadline.toString().equals(pause().deadline())) {
            store(Pauses.deadline(pause(), deadline.toString()));
            events.add(new WriterEvent(false, "PauseShortened", "spec.latency.pause.maximum was lowered: this pause ends at " + deadline + " at the latest"));
        }
    }

    // Pausing

    private void stop() {
        List<PausedWriter> next = new ArrayList<>(pause().writers());
        boolean stopped = hold(next);
        if (!stopped && !(onlyBlocked(next) && age(pause()).compareTo(SLOW_STOP) >= 0)) {
            storeWriters(next);
            return;
        }
        Pause held = Pauses.writers(pause(), next);
        boolean whole = PausedSlices.whole(held);
        PauseHistory h = writers.history();
        Long slice = openSlice();
        int again = next.stream().mapToInt(w -> w.reapplied() == null ? 0 : w.reapplied()).sum();
        // Unique for each time the writers were seen to stop: a fence from before a reversal proves nothing.
        String fence = pause().id() + (again == 0 ? "" : "-" + again);
        store(Pauses.fencing(held, fence, whole ? in.now().toString() : null, in.now().toString()),
                new PauseHistory(h.total(), h.recent(), whole && slice != null ? Long.valueOf(slice + 1) : null, h.resumedSlice(), h.suspended(), h.acknowledged()));
        List<PausedWriter> stand = next.stream().filter(PausedSlices::stands).toList();
        String runs = String.join("", next.stream().filter(w -> !PausedSlices.stands(w)).map(w -> ". Not so " + w.name() + ": " + w.message()).toList());
        events.add(new WriterEvent(!whole, whole ? "WritersStopped" : "WritersPartlyStopped", (stand.isEmpty() ? "No writer was seen to stop" : "No pod of " + Words.names(stand) + " is left")
                + ". Fence probe " + fence + " is ordered" + runs));
        waitsFor = "the fence probe";
        watchFence();
    }

    /** Position of the slice that is open now; null without a budget, and while nothing was measured. */
    private Long openSlice() {
        return in.view() == null ? null : Long.valueOf(in.view().open());
    }

    private static boolean onlyBlocked(List<PausedWriter> writers) {
        return writers.stream().noneMatch(w -> w.state() == WriterState.APPLIED || w.state() == WriterState.ALREADY_PAUSED && w.message() != null);
    }

    /** Applies or checks the pause of every writer; returns whether all have stopped or do not block. */
    private boolean hold(List<PausedWriter> next) {
        boolean stopped = true;
        Moves moves = new Moves(contract, pause(), () -> protocol.live(contract.namespace()));
        for (int i = 0; i < next.size(); i++) {
            int at = i;
            try {
                hand(next.get(i).kind(), w -> next.set(at, w), () -> storeWriters(next)).carry(next.get(i), moves::hold);
            } catch (WriterPort.Refused e) {
                refused = true;
                next.set(i, Pauses.state(next.get(i), next.get(i).state(), e.getMessage()));
            }
            stopped &= settled(next.get(i));
        }
        if (!stopped) {
            waitsFor = "writers to stop";
        }
        return stopped;
    }

    private static boolean settled(PausedWriter w) {
        return switch (w.state()) {
            case VERIFIED, ALREADY_PAUSED -> w.message() == null;
            case MISSING, REVERTED -> true;
            default -> false;
        };
    }

    private Hand hand(WriterKind kind, java.util.function.Consumer<PausedWriter> became, Runnable store) {
        return new Hand(protocol.port(kind), contract, became, store, events::add);
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
        } else if (p.step() == PauseStep.FENCING) {
            Pause next = Arrivals.seen(p, report, in.now());
            if (next != p) {
                store(next);
            }
        }
        waitsFor = pause().step() == PauseStep.FENCING ? "the fence probe" : "stable lag";
    }

    // Resuming

    private void turnBack(PauseDecision.Resume why) {
        Pause p = pause();
        List<PausedWriter> next = new ArrayList<>();
        for (PausedWriter w : p.writers()) {
            next.add(switch (w.state()) {
                case APPLIED, VERIFIED -> Pauses.state(w, WriterState.RESTORING, null);
                case PLANNED -> Pauses.state(w, WriterState.PLANNED, null);
                default -> w;
            });
        }
        // From this moment on a writer may run: what is bad now counts, however long it takes to give the last one back.
        PauseHistory h = writers.history();
        Long slice = openSlice();
        boolean whole = h.pausedSlice() != null && slice != null && p.pausedTime() != null && PausedSlices.whole(p);
        store(Pauses.resuming(Pauses.writers(p, next), why.reason()), new PauseHistory(h.total(), h.recent(), whole ? h.pausedSlice() : null,
                slice == null ? h.resumedSlice() : slice, h.suspended(), h.acknowledged()));
        events.add(new WriterEvent(why.reason().equals("MaximumPauseReached") || why.reason().equals("PartialPause"), "WritersResuming", why.message()));
    }

    private void giveBack() {
        List<PausedWriter> next = new ArrayList<>(pause().writers());
        boolean done = true;
        Moves moves = new Moves(contract, pause(), () -> protocol.live(contract.namespace()));
        for (int i = next.size() - 1; i >= 0; i--) {
            PausedWriter was = next.get(i);
            PausedWriter now;
            try {
                now = hand(was.kind(), w -> {}, () -> {}).carry(was, moves::giveBack);
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
        String outcome = String.join(", ", next.stream().map(w -> w.name() + " " + Pauses.word(w.state())
                + (w.state() == WriterState.HELD_BY_OTHER ? " (" + w.message() + ")" : "")).toList());
        String why = pause().resumeReason();
        boolean all = next.stream().noneMatch(w -> w.state() == WriterState.HELD_BY_OTHER);
        store(null, writers.history());
        events.add(new WriterEvent(!all, "WritersResumed", "The pause is over (" + why + "): " + outcome));
    }

    private void told(PausedWriter now) {
        String reason = switch (now.state()) {
            case SKIPPED -> "WriterSkipped";
            case MISSING -> "WriterMissing";
            case RESTORE_UNKNOWN -> "RestoreUnknown";
            case HELD_BY_OTHER -> "WriterHeldByOther";
            default -> null;
        };
        if (reason != null) {
            events.add(new WriterEvent(true, reason, now.name() + ": " + now.message()));
        }
    }

    // Without a pause

    private boolean arms() {
        return in.policy() != null && in.policy().enforce() && !in.suspend();
    }

    /**
     * Looks at the writers where it is time to: whether they are there, and for claims that no pause stands behind, of an operator that was held up
     * between its intent and its patch while another ended the pause, of a status that was lost, or of a contract that is gone. At the first
     * visit, at the visit after a pause, when a pause becomes possible, and every {@link PauseProtocol#SWEEP}. Returns whether no claim of ours is left.
     */
    private boolean lookAround() {
        Look last = protocol.look(contract.uid());
        if (last != null && !last.left(in.now(), in.spec(), arms(), PauseProtocol.SWEEP, PauseProtocol.TROUBLED).isZero()) {
            look = last;
            return released(last);
        }
        Look now = new Look(in.now(), in.spec(), arms(), standings(false));
        if (protocol.scanDue(contract.namespace(), in.now(), last == null)) {
            for (WriterKind kind : WriterKind.values()) {
                lookout(kind, false).scan(kind, in.spec().stream().filter(w -> w.kind() == kind).map(Writer::name).toList());
            }
        }
        boolean held = last == null ? "HeldByOther".equals(writers.summary()) : last.any(Standing.Kind.HELD_BY_OTHER);
        if (held && now.all(Standing.Kind.RUNS)) {
            events.add(new WriterEvent(false, "WritersRunAgain", "No contract holds a writer any more. " + now.text()));
        }
        look = now;
        if (released(now)) {
            protocol.looked(contract.uid(), now);
        }
        return released(now);
    }

    private static boolean released(Look look) {
        return !look.any(Standing.Kind.REFUSED) && !look.any(Standing.Kind.RESTORE_UNKNOWN);
    }

    private List<Standing> standings(boolean begins) {
        List<Standing> seen = new ArrayList<>();
        for (int i = 0; i < in.spec().size(); i++) {
            seen.add(lookout(in.spec().get(i).kind(), begins).see(in.spec().get(i), i));
        }
        return seen;
    }

    private Lookout lookout(WriterKind kind, boolean begins) {
        return new Lookout(protocol.port(kind), contract, begins, () -> protocol.live(contract.namespace()), this::announce, events::add);
    }

    /** The number goes up so that this is a real write: it fails where a pause has begun that this call does not know of. */
    private void announce() {
        PauseHistory h = writers.history();
        store(null, new PauseHistory(1 + (h.total() == null ? 0 : h.total()), h.recent(), h.pausedSlice(), h.resumedSlice(), h.suspended(), h.acknowledged()));
    }

    // Outcome

    Progress progress() {
        writers = new Writers(WritersCondition.summary(writers, look, decision, in.now(), refused), writers.pause(), writers.history());
        return new Progress(writers, writers.pause() == null && clean, waiting(), requeue(), events, WritersCondition.of(writers, look, decision, in));
    }

    private String waiting() {
        if (pause() != null || look == null || clean) {
            return waitsFor;
        }
        return String.join("; ", look.standings().stream().filter(s -> s.kind() == Standing.Kind.REFUSED || s.kind() == Standing.Kind.RESTORE_UNKNOWN)
                .map(Standing::message).toList());
    }

    /** The contract goes whatever could be done; each writer that it leaves behind is named, with what brings it back. */
    Progress forced() {
        Progress p = progress();
        if (p.released()) {
            return p;
        }
        List<String> left = new ArrayList<>();
        if (pause() != null) {
            pause().writers().stream().filter(w -> !gaveBack(w.state())).forEach(w -> left.add(words.place(w.kind(), w.name())
                    + (w.message() == null ? "" : " (" + w.message() + ")") + ": " + words.scale(w.kind(), w.name(), w.originalReplicas()) + " && " + words.bare(w.kind(), w.name())));
        } else if (look != null) {
            look.standings().stream().filter(s -> s.kind() == Standing.Kind.REFUSED || s.kind() == Standing.Kind.RESTORE_UNKNOWN).forEach(s -> left.add(s.message()));
        }
        List<WriterEvent> all = new ArrayList<>(p.events());
        all.add(new WriterEvent(true, "ForceReleased", "The contract goes without these writers having been given back; they may stand at 0 replicas. " + String.join(". ", left)));
        return new Progress(p.writers(), true, p.waitsFor(), p.requeue(), all, p.condition());
    }

    private static boolean gaveBack(WriterState state) {
        return switch (state) {
            case RESTORED, SKIPPED, HELD_BY_OTHER, MISSING, ALREADY_PAUSED, REVERTED -> true;
            case PLANNED, APPLIED, VERIFIED, RESTORING, RESTORE_UNKNOWN -> false;
        };
    }

    private Duration requeue() {
        Pause p = pause();
        if (p == null) {
            if (clean && in.spec().isEmpty()) {
                return null;
            }
            Look last = clean ? protocol.look(contract.uid()) : null;
            Duration left = last == null ? Duration.ZERO : last.left(in.now(), in.spec(), arms(), PauseProtocol.SWEEP, PauseProtocol.TROUBLED);
            return left.isZero() ? WATCH : left;
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
        return PauseDecisions.age(p, in.now());
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
