package dev.concordat.writer;

import dev.concordat.api.v1alpha1.SyncContractSpec.Writer;
import dev.concordat.writer.Standing.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * How the writers of a contract stood when they were last looked at without a pause of the contract in force.
 *
 * @param at    null when the next visit is to look again at once
 * @param spec  {@code spec.writers} of then
 * @param armed whether a pause could begin then: a contract that turns to Enforce is looked at anew
 */
record Look(Instant at, List<Writer> spec, boolean armed, List<Standing> standings) {
    Look {
        standings = List.copyOf(standings);
    }

    /** Zero when it is time to look again. */
    Duration left(Instant now, List<Writer> wanted, boolean arms, Duration calm, Duration troubled) {
        // A clock that was set back must not put the next look off.
        if (at == null || !spec.equals(wanted) || arms && !armed || now.isBefore(at)) {
            return Duration.ZERO;
        }
        boolean settled = standings.stream().noneMatch(s -> s.kind().trouble() || s.kind() == Kind.HELD_BY_OTHER);
        Instant next = at.plus(settled ? calm : troubled);
        return now.isBefore(next) ? Duration.between(now, next) : Duration.ZERO;
    }

    boolean any(Kind kind) {
        return standings.stream().anyMatch(s -> s.kind() == kind);
    }

    boolean all(Kind kind) {
        return !standings.isEmpty() && standings.stream().allMatch(s -> s.kind() == kind);
    }

    boolean trouble() {
        return standings.stream().anyMatch(s -> s.kind().trouble());
    }

    /** The worst of what was seen; null when all run. */
    Kind worst() {
        return standings.stream().map(Standing::kind).max(Comparator.naturalOrder()).filter(k -> k != Kind.RUNS).orElse(null);
    }

    /** What was seen, in sentences. */
    String text() {
        if (standings.isEmpty()) {
            return "";
        }
        if (all(Kind.RUNS)) {
            return "The writers run.";
        }
        List<String> running = standings.stream().filter(s -> s.kind() == Kind.RUNS).map(s -> s.writer().name()).toList();
        String run = running.isEmpty() ? "" : running.size() == 1 ? running.getFirst() + " runs. " : String.join(", ", running) + " run. ";
        return run + String.join(" ", standings.stream().filter(s -> s.message() != null).map(s -> s.message() + ".").toList());
    }

    /** Why no pause can begin; null when one can. @param whole whether a pause of some of the writers is refused */
    String hindrance(boolean whole) {
        if (whole && trouble()) {
            return "spec.latency.pause.partialPause is Refuse: no pause begins while a writer cannot be paused";
        }
        if (standings.stream().noneMatch(s -> s.kind().pausable())) {
            return all(Kind.AT_ZERO) ? "No pause begins: there is nothing to pause" : "No pause begins: no writer can be paused";
        }
        return null;
    }
}
