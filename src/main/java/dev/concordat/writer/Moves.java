package dev.concordat.writer;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.api.v1alpha1.SyncContractStatus.WriterState;
import dev.concordat.writer.Contracts.Holder;
import dev.concordat.writer.WriterPort.Observed;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * What to do with one writer, from what status says of it and what was just seen of it. No I/O but the question which contracts there are, and that
 * only where a claim of somebody else, or one that cannot be read, has to be judged.
 */
final class Moves {
    private final Claimant contract;
    private final Pause pause;
    private final Supplier<Map<String, Holder>> live;
    private final Words words;

    /**
     * @param pause of the contract; null when a claim is given back that no pause stands behind
     * @param live  the contracts of the namespace by uid, asked anew; null when we may not ask
     */
    Moves(Claimant contract, Pause pause, Supplier<Map<String, Holder>> live) {
        this.contract = contract;
        this.pause = pause;
        this.live = live;
        this.words = new Words(contract.namespace());
    }

    // Pausing, and staying paused

    Move hold(PausedWriter w, Observed seen) {
        if (w.state() == WriterState.REVERTED) {
            return seen == null ? new Move.Done(w) : letGo(w, seen);
        }
        if (seen == null) {
            PausedWriter missing = Pauses.state(w, WriterState.MISSING, words.missing(w));
            return w.state() == WriterState.MISSING ? new Move.Done(missing)
                    : new Move.Tell(missing, new WriterEvent(true, "WriterMissing", w.name() + ": " + missing.message()), null);
        }
        if (w.state() == WriterState.MISSING || w.uid() != null && !w.uid().equals(seen.uid())) {
            return anew(w, seen);
        }
        Claims claims = Claims.of(seen.annotations());
        if (!claims.readable()) {
            return repair(w);
        }
        boolean ours = claims.heldBy(contract.uid());
        return switch (w.state()) {
            case PLANNED -> ours ? stopped(Pauses.applied(w, seen.uid(), original(w, seen, claims)), seen, claims) : plan(w, seen, claims);
            case ALREADY_PAUSED -> seen.replicas() == 0 ? count(w, seen)
                    : revert(w, "stood at 0 replicas before the pause and was scaled to " + seen.replicas() + " since: left alone");
            default -> stopped(w, seen, claims);
        };
    }

    private Move plan(PausedWriter w, Observed seen, Claims claims) {
        if (seen.replicas() == 0 && claims.holders().isEmpty()) {
            // Whatever else it carries: an original that nobody's claim stands beside is a left-over, and is never used.
            return count(Pauses.state(w, WriterState.ALREADY_PAUSED, null), seen);
        }
        Integer original = original(w, seen, claims);
        Move claim = claim(w, seen, claims, original);
        // Status has the number before the writer has: it is the one that is trusted later.
        boolean stored = seen.uid().equals(w.uid()) && Objects.equals(original, w.originalReplicas());
        return stored ? claim : new Move.Tell(Pauses.original(w, seen.uid(), original), null, claim);
    }

    /** What the writer is restored to. Status comes first while the claim is of this very pause; somebody else's claim vouches for what is saved beside it. */
    private Integer original(PausedWriter w, Observed seen, Claims claims) {
        Integer running = seen.replicas() > 0 ? Integer.valueOf(seen.replicas()) : null;
        Integer known = w.state() == WriterState.PLANNED ? null : w.originalReplicas();
        if (ofThisPause(claims)) {
            return first(w.originalReplicas(), claims.original(), running);
        }
        return claims.holders().isEmpty() ? first(running, known, null) : first(claims.original(), known, running);
    }

    private boolean ofThisPause(Claims claims) {
        return pause != null && pause.id().equals(claims.holders().get(contract.uid()));
    }

    private static Integer first(Integer a, Integer b, Integer c) {
        if (a != null) {
            return a;
        }
        return b != null ? b : c;
    }

    /** The one request that pauses: the claim, what it was, and zero replicas. */
    private Move claim(PausedWriter w, Observed seen, Claims claims, Integer original) {
        Map<String, String> annotations = new HashMap<>();
        annotations.put(Api.CLAIMS, claims.with(contract.uid(), pause.id()));
        String until = seen.annotations().get(Api.PAUSE_UNTIL);
        boolean longer = until != null && !claims.holders().isEmpty() && until.compareTo(pause.deadline()) > 0;
        annotations.put(Api.PAUSE_UNTIL, longer ? until : pause.deadline());
        if (original != null) {
            annotations.put(Api.RESTORE, Claims.restore(original));
        } else if (claims.saved()) {
            annotations.put(Api.RESTORE, null);
        }
        return new Move.Patch(seen.replicas() == 0 ? null : 0, annotations, put -> Pauses.applied(w, put.uid(), original), false, null);
    }

    private Move stopped(PausedWriter w, Observed seen, Claims claims) {
        if (!claims.heldBy(contract.uid()) || seen.replicas() != 0) {
            return reverted(w, seen, claims);
        }
        return w.state() == WriterState.VERIFIED ? new Move.Done(Pauses.state(w, WriterState.VERIFIED, null)) : count(w, seen);
    }

    private static Move count(PausedWriter w, Observed seen) {
        return new Move.Count(pods -> {
            if (pods == 0 && seen.settled()) {
                return Pauses.state(w, w.state() == WriterState.ALREADY_PAUSED ? WriterState.ALREADY_PAUSED : WriterState.VERIFIED, null);
            }
            String some = pods + (pods == 1 ? " pod is" : " pods are") + " left";
            return Pauses.state(w, w.state(), pods == 0 ? "its controller has not reported zero replicas yet" : some);
        });
    }

    private Move reverted(PausedWriter w, Observed seen, Claims claims) {
        String what = claims.heldBy(contract.uid()) ? "was scaled to " + seen.replicas() + " while paused" : "lost its claim while paused (" + seen.replicas() + " replicas)";
        int times = times(w);
        if (times >= PauseProtocol.REAPPLY) {
            return revert(w, what + ", for the " + (times + 1) + "rd time: left alone. " + Words.hint(seen.manager()));
        }
        // Counted before it is done, so that a crash cannot make it more often.
        String message = what + "; put back to 0 replicas (" + (times + 1) + " of " + PauseProtocol.REAPPLY + "). " + Words.hint(seen.manager());
        Integer original = original(w, seen, claims);
        PausedWriter counted = Pauses.original(Pauses.reapplied(w, times + 1, message), seen.uid(), original);
        return new Move.Tell(counted, new WriterEvent(true, "WriterReapplied", w.name() + " " + message), claim(counted, seen, claims, original));
    }

    /** There is an object of the name again, or for the first time. It is a writer of the contract and it may write, so it is paused as the first one was. */
    private Move anew(PausedWriter w, Observed seen) {
        int times = times(w);
        String what = w.uid() == null ? "was missing and is there now" : "was deleted and created anew while paused";
        if (times >= PauseProtocol.REAPPLY) {
            return revert(Pauses.original(w, seen.uid(), null), what + ", for the " + (times + 1) + "rd time: left alone");
        }
        Claims claims = Claims.of(seen.annotations());
        Integer original = seen.replicas() > 0 && claims.holders().isEmpty() ? Integer.valueOf(seen.replicas()) : claims.original();
        PausedWriter planned = Pauses.state(Pauses.original(Pauses.reapplied(w, times + 1, null), seen.uid(), original), WriterState.PLANNED, null);
        return new Move.Tell(planned, new WriterEvent(true, "WriterRecreated", w.name() + " " + what + ", with " + seen.replicas()
                + " replicas: it is paused as it stands now (" + (times + 1) + " of " + PauseProtocol.REAPPLY + ")"), null);
    }

    private static Move revert(PausedWriter w, String message) {
        return new Move.Tell(Pauses.state(w, WriterState.REVERTED, message), new WriterEvent(true, "WriterReverted", w.name() + " " + message), null);
    }

    private static int times(PausedWriter w) {
        return w.reapplied() == null ? 0 : w.reapplied();
    }

    /** The claims cannot be read. Where status knows that the writer is paused, and what it was, they are written anew; else nothing is touched. */
    private Move repair(PausedWriter w) {
        if (w.state() != WriterState.APPLIED && w.state() != WriterState.VERIFIED) {
            throw new WriterPort.Refused(words.unreadable(w), false);
        }
        SortedMap<String, String> holders = rebuilt(w);
        holders.put(contract.uid(), pause.id());
        Map<String, String> annotations = new HashMap<>();
        annotations.put(Api.CLAIMS, Claims.text(holders));
        annotations.put(Api.PAUSE_UNTIL, pause.deadline());
        if (w.originalReplicas() != null) {
            annotations.put(Api.RESTORE, Claims.restore(w.originalReplicas()));
        }
        return new Move.Patch(null, annotations, put -> w, false, new WriterEvent(true, "ClaimsRepaired", w.name() + ": annotation " + Api.CLAIMS
                + " could not be read; it was written anew from the status of the contracts that pause this writer"));
    }

    /** Who holds a writer whose claims are lost, as far as the statuses of the other contracts tell. */
    private SortedMap<String, String> rebuilt(PausedWriter w) {
        SortedMap<String, String> holders = new TreeMap<>();
        Map<String, Holder> contracts = live.get();
        if (contracts == null) {
            throw new WriterPort.Refused(words.unreadable(w), false);
        }
        contracts.forEach((uid, holder) -> {
            if (!uid.equals(contract.uid()) && holder.pauses(w.kind(), w.name())) {
                holders.put(uid, holder.pause().id());
            }
        });
        return holders;
    }

    /** Takes our claim off a writer that we no longer fight for, and touches nothing else. */
    private Move letGo(PausedWriter w, Observed seen) {
        Claims claims = Claims.of(seen.annotations());
        String rest = claims.without(contract.uid());
        // At zero without its claim nobody would ever bring it back: the resume will.
        if (!claims.heldBy(contract.uid()) || rest == null && seen.replicas() == 0) {
            return new Move.Done(w);
        }
        Map<String, String> annotations = new HashMap<>();
        annotations.put(Api.CLAIMS, rest);
        if (rest == null) {
            annotations.put(Api.RESTORE, null);
            annotations.put(Api.PAUSE_UNTIL, null);
        }
        return new Move.Patch(null, annotations, put -> w, true, null);
    }

    // Giving back

    /** Takes our claim off one writer; the last claim restores. */
    Move giveBack(PausedWriter w, Observed seen) {
        if (seen == null) {
            return new Move.Done(Pauses.state(w, WriterState.MISSING, words.missing(w)));
        }
        Claims claims = Claims.of(seen.annotations());
        boolean same = w.uid() != null && w.uid().equals(seen.uid());
        boolean proven = w.state() != WriterState.PLANNED || pause != null && Objects.equals(pause.deadline(), seen.annotations().get(Api.PAUSE_UNTIL));
        if (!claims.readable()) {
            if (!same || !proven || !mayBeOurs(w)) {
                throw new WriterPort.Refused(words.unreadable(w), false);
            }
            return giveBack(w, seen, claims, rebuilt(w), w.originalReplicas());
        }
        if (!claims.heldBy(contract.uid())) {
            PausedWriter now = letAlone(w, seen, claims, same);
            // A claim may still be on its way: of a process that was held up between its read and its patch while this one took over.
            return mayBeOurs(w) && (w.uid() == null || same) ? new Move.Bar(now) : new Move.Done(now);
        }
        // Status first, while the claim is of the pause that status tells of; what is saved on the writer second.
        Integer known = same ? w.originalReplicas() : null;
        Integer original = ofThisPause(claims) ? first(known, claims.original(), null) : first(claims.original(), known, null);
        return giveBack(w, seen, claims, others(w, claims), original);
    }

    private Move giveBack(PausedWriter w, Observed seen, Claims claims, SortedMap<String, String> others, Integer original) {
        boolean differs = original != null && claims.saved() && !original.equals(claims.original());
        WriterEvent difference = !differs ? null : new WriterEvent(true, "RestoreDiffers", w.name() + ": annotation " + Api.RESTORE + " says "
                + (claims.original() == null ? "nothing readable" : claims.original().toString()) + ", the contract's status " + original + " replicas: status was used");
        Map<String, String> annotations = new HashMap<>();
        if (!others.isEmpty()) {
            annotations.put(Api.CLAIMS, Claims.text(others));
            if (original != null && !original.equals(claims.original())) {
                annotations.put(Api.RESTORE, Claims.restore(original));
            }
            return new Move.Patch(null, annotations, put -> held(w, put.replicas(), others), true, difference);
        }
        annotations.put(Api.CLAIMS, null);
        annotations.put(Api.RESTORE, null);
        annotations.put(Api.PAUSE_UNTIL, null);
        if (seen.replicas() != 0) {
            return new Move.Patch(null, annotations, put -> Pauses.state(w, WriterState.SKIPPED, "scaled to " + put.replicas() + " by somebody else while paused: left as it stands"),
                    true, null);
        }
        if (original == null) {
            return new Move.Done(Pauses.state(w, WriterState.RESTORE_UNKNOWN, words.unknown(w)));
        }
        return new Move.Patch(original, annotations, put -> restored(w, put.replicas(), original), true, difference);
    }

    private static PausedWriter restored(PausedWriter w, int replicas, int original) {
        return replicas == original ? Pauses.state(w, WriterState.RESTORED, null)
                : Pauses.state(w, WriterState.SKIPPED, "was to have " + original + " replicas again, and the API server answered with " + replicas);
    }

    private PausedWriter held(PausedWriter w, int replicas, SortedMap<String, String> others) {
        return replicas == 0 ? Pauses.state(w, WriterState.HELD_BY_OTHER, "stands at 0 replicas, still paused by " + words.names(others, live.get()))
                : Pauses.state(w, WriterState.SKIPPED, "stands at " + replicas + " replicas though " + words.names(others, live.get()) + " claims it: left as it stands");
    }

    /** Claims of others that a pause in force stands behind. The rest is left-overs: of contracts that are gone, of pauses that are over. */
    private SortedMap<String, String> others(PausedWriter w, Claims claims) {
        SortedMap<String, String> others = new TreeMap<>(claims.holders());
        others.remove(contract.uid());
        if (!others.isEmpty()) {
            Map<String, Holder> contracts = live.get();
            others.keySet().removeIf(uid -> contracts != null && (contracts.get(uid) == null || !contracts.get(uid).pauses(w.kind(), w.name())));
        }
        return others;
    }

    private static boolean mayBeOurs(PausedWriter w) {
        return switch (w.state()) {
            case PLANNED, APPLIED, VERIFIED, RESTORING, REVERTED, RESTORE_UNKNOWN -> true;
            case ALREADY_PAUSED, MISSING, RESTORED, SKIPPED, HELD_BY_OTHER -> false;
        };
    }

    /** No claim of ours is on it: it was given back before a crash, or never taken, or somebody took the claim off. */
    private PausedWriter letAlone(PausedWriter w, Observed seen, Claims claims, boolean same) {
        switch (w.state()) {
            case RESTORED -> {
                return seen.replicas() > 0 ? w : Pauses.state(w, WriterState.SKIPPED, "was given back, and was scaled to 0 since");
            }
            case SKIPPED, REVERTED -> {
                return w;
            }
            case ALREADY_PAUSED -> {
                return seen.replicas() == 0 ? w : Pauses.state(w, WriterState.SKIPPED, "stood at 0 replicas before the pause and was scaled to " + seen.replicas() + " since");
            }
            default -> {}
        }
        if (w.state() == WriterState.MISSING || w.uid() != null && !same) {
            return Pauses.state(w, WriterState.MISSING, Words.kind(w.kind()) + " was deleted and created anew: left as it stands, at " + seen.replicas() + " replicas");
        }
        if (seen.replicas() == 0) {
            SortedMap<String, String> others = others(w, claims);
            return !others.isEmpty() ? held(w, 0, others) : Pauses.state(w, WriterState.SKIPPED, "stands at 0 replicas and carries no claim of this contract: left as it stands"
                    + (w.originalReplicas() == null ? "" : " (it had " + w.originalReplicas() + ")"));
        }
        return w.originalReplicas() == null || w.originalReplicas() == seen.replicas() ? Pauses.state(w, WriterState.RESTORED, null)
                : Pauses.state(w, WriterState.SKIPPED, "carries no claim of this contract; left at " + seen.replicas() + " replicas (it had " + w.originalReplicas() + ")");
    }
}
