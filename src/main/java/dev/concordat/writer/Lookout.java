package dev.concordat.writer;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContractSpec.Writer;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.api.v1alpha1.SyncContractStatus.WriterState;
import dev.concordat.api.v1alpha1.WriterKind;
import dev.concordat.writer.Contracts.Holder;
import dev.concordat.writer.Standing.Kind;
import dev.concordat.writer.WriterPort.Observed;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Looks at writers while no pause of their contract is in force, and takes off them what no pause stands behind: claims of contracts that are gone,
 * of pauses that status does not know of. What cannot be given back is said by name.
 */
final class Lookout {
    private final WriterPort port;
    private final Claimant contract;
    private final boolean begins;
    private final Supplier<Map<String, Holder>> live;
    private final Runnable announce;
    private final Consumer<WriterEvent> events;
    private final Words words;

    /**
     * @param begins   a pause is about to begin: a claim of this contract is taken over by it
     * @param announce makes sure, by a real write, that no pause of this contract has begun that this call does not know of
     */
    Lookout(WriterPort port, Claimant contract, boolean begins, Supplier<Map<String, Holder>> live, Runnable announce, Consumer<WriterEvent> events) {
        this.port = port;
        this.contract = contract;
        this.begins = begins;
        this.live = live;
        this.announce = announce;
        this.events = events;
        this.words = new Words(contract.namespace());
    }

    /** @param index place in spec.writers, for messages */
    Standing see(Writer writer, int index) {
        try {
            Observed seen = port.get(contract.namespace(), writer.name());
            if (seen == null) {
                return new Standing(writer, Kind.MISSING, "spec.writers[" + index + "].name: there is no " + words.place(writer.kind(), writer.name())
                        + ", so it is never paused and what it writes counts. Correct the name, or remove it from spec.writers");
            }
            Claims claims = Claims.of(seen.annotations());
            if (!claims.readable()) {
                return new Standing(writer, Kind.UNCLAIMED, words.unreadable(writer.kind(), writer.name()));
            }
            if (claims.holders().isEmpty()) {
                return bare(writer, seen);
            }
            return claimed(writer, index, seen, claims);
        } catch (WriterPort.Refused e) {
            return new Standing(writer, Kind.REFUSED, "spec.writers[" + index + "]: " + e.getMessage());
        }
    }

    private Standing bare(Writer writer, Observed seen) {
        if (seen.replicas() > 0) {
            return new Standing(writer, Kind.RUNS, null);
        }
        if (seen.annotations().containsKey(Api.RESTORE) || seen.annotations().containsKey(Api.PAUSE_UNTIL)) {
            return new Standing(writer, Kind.UNCLAIMED, words.place(writer.kind(), writer.name()) + " stands at 0 replicas with annotations of a pause and without " + Api.CLAIMS
                    + ": it is not known who stopped it, and what they say is not used. If it should run: " + words.scale(writer.kind(), writer.name(), null)
                    + ". Then take them away: " + words.bare(writer.kind(), writer.name()));
        }
        return new Standing(writer, Kind.AT_ZERO, words.place(writer.kind(), writer.name()) + " stands at 0 replicas, and not because of a pause");
    }

    private Standing claimed(Writer writer, int index, Observed seen, Claims claims) {
        SortedMap<String, String> valid = valid(writer.kind(), writer.name(), claims);
        if (valid.size() < claims.holders().size()) {
            if (valid.isEmpty() && seen.replicas() == 0 && claims.original() == null) {
                // Said, and nothing written: it is as it was at the next look, too.
                return new Standing(writer, Kind.RESTORE_UNKNOWN, words.place(writer.kind(), writer.name()) + " stands at 0 replicas under a claim of " + whose(claims)
                        + ", and nothing is recorded of its replicas: they are not guessed. Scale it yourself: " + words.scale(writer.kind(), writer.name(), null));
            }
            PausedWriter done = release(writer.kind(), writer.name(), seen.uid(), claims);
            return switch (done.state()) {
                case RESTORED -> new Standing(writer, Kind.RUNS, null);
                case RESTORE_UNKNOWN -> new Standing(writer, Kind.RESTORE_UNKNOWN, words.place(writer.kind(), writer.name()) + ": " + done.message());
                default -> see(writer, index);
            };
        }
        return seen.replicas() > 0 ? new Standing(writer, Kind.RUNS, null)
                : new Standing(writer, Kind.HELD_BY_OTHER, words.place(writer.kind(), writer.name()) + " stands at 0 replicas, paused by " + words.names(valid, live.get()));
    }

    private String whose(Claims claims) {
        return claims.heldBy(contract.uid()) ? "this contract though no pause is in force" : "a contract that is gone (uid " + String.join(", ", claims.holders().keySet()) + ")";
    }

    /** Claims that a pause in force stands behind. None of this contract, which has no pause, unless one is about to begin. */
    private SortedMap<String, String> valid(WriterKind kind, String name, Claims claims) {
        SortedMap<String, String> valid = new TreeMap<>(claims.holders());
        if (!begins) {
            valid.remove(contract.uid());
        }
        if (valid.keySet().stream().anyMatch(uid -> !uid.equals(contract.uid()))) {
            Map<String, Holder> contracts = live.get();
            valid.keySet().removeIf(uid -> !uid.equals(contract.uid()) && contracts != null && (contracts.get(uid) == null || !contracts.get(uid).pauses(kind, name)));
        }
        return valid;
    }

    /** Takes the claims off that no pause stands behind; the last one restores. */
    private PausedWriter release(WriterKind kind, String name, String uid, Claims claims) {
        boolean ours = claims.heldBy(contract.uid());
        if (ours) {
            announce.run();
        }
        PausedWriter start = new PausedWriter("apps/v1", kind, name, uid, null, WriterState.RESTORING, null, null);
        Claimant in = ours ? contract : new Claimant(contract.namespace(), "", gone(kind, name, claims));
        Moves moves = new Moves(in, null, live);
        PausedWriter done = new Hand(port, in, w -> {}, () -> {}, events).carry(start, moves::giveBack);
        String whose = ours ? "a claim of this contract though no pause is in force" : "a claim of a contract that is gone, or whose pause is over (uid " + in.uid() + ")";
        String outcome = done.message() == null ? "it was given back" : done.message();
        if (done.state() != WriterState.RESTORE_UNKNOWN) {
            events.accept(new WriterEvent(true, "OrphanClaimReleased", name + " carried " + whose + ": " + outcome));
        } else {
            events.accept(new WriterEvent(true, "RestoreUnknown", name + ": " + done.message()));
        }
        return done;
    }

    private String gone(WriterKind kind, String name, Claims claims) {
        SortedMap<String, String> valid = valid(kind, name, claims);
        return claims.holders().keySet().stream().filter(uid -> !valid.containsKey(uid)).findFirst().orElse(contract.uid());
    }

    /**
     * Looks through the namespace for claims on writers that no list of this contract names. Where that is not allowed, nothing is found.
     *
     * @param except names that {@link #see} looks at
     */
    void scan(WriterKind kind, List<String> except) {
        Map<String, Observed> claimed;
        try {
            claimed = new HashMap<>(port.claimed(contract.namespace()));
        } catch (WriterPort.Refused e) {
            return;
        }
        except.forEach(claimed::remove);
        claimed.forEach((name, seen) -> {
            Claims claims = Claims.of(seen.annotations());
            try {
                if (claims.readable() && valid(kind, name, claims).size() < claims.holders().size()) {
                    release(kind, name, seen.uid(), claims);
                }
            } catch (WriterPort.Refused e) {
                events.accept(new WriterEvent(true, "WriterRefused", name + " carries a claim that no pause stands behind: " + e.getMessage()));
            }
        });
    }
}
