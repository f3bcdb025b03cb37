package dev.concordat.writer;

import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseStep;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.api.v1alpha1.SyncContractStatus.WriterState;
import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;
import dev.concordat.budget.Finding;
import dev.concordat.budget.PauseDecision;
import dev.concordat.budget.PauseDecisions;
import dev.concordat.budget.PauseInput;
import dev.concordat.budget.PausedSlices;
import dev.concordat.writer.Standing.Kind;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * The column WRITERS and the condition WritersPaused. True while every writer was seen to stand still because of a pause, of this contract or of
 * another. Nothing is said of a writer but what was seen of it.
 */
final class WritersCondition {
    /** Reasons that say why no pause begins though the writers are as they should be; what is wrong with a writer comes before them. */
    private static final Set<String> QUIET = Set.of("Running", "HealthyNow", "LowCoverage", "NotRearmed", "MeasurementMissing");

    private WritersCondition() {}

    /** @param look null while a pause is in force */
    static Finding of(Writers writers, Look look, PauseDecision decision, PauseInput in) {
        return writers.pause() == null ? running(look, decision, in) : paused(writers.pause(), decision);
    }

    private static Finding running(Look look, PauseDecision decision, PauseInput in) {
        boolean stands = !look.standings().isEmpty() && look.standings().stream().allMatch(s -> s.kind() == Kind.HELD_BY_OTHER || s.kind() == Kind.RESTORE_UNKNOWN);
        boolean over = decision instanceof PauseDecision.Resume || decision instanceof PauseDecision.Rearm;
        boolean wanted = decision instanceof PauseDecision.Pause;
        Kind worst = look.worst();
        boolean quiet = over || wanted || QUIET.contains(decision.reason());
        String reason = worst != null && (quiet && worst != Kind.AT_ZERO || wanted || worst == Kind.RESTORE_UNKNOWN) ? worst.reason() : over || wanted ? "Running" : decision.reason();
        String hindrance = wanted || decision instanceof PauseDecision.WouldPause ? look.hindrance(in.refusePartial()) : null;
        String why = over ? "" : (wanted ? "A pause is due (" + decision.reason() + "): " : "") + decision.message();
        return new Finding(stands ? "True" : "False", reason, sentences(look.text(), why, hindrance));
    }

    private static String sentences(String... parts) {
        StringBuilder text = new StringBuilder();
        for (String part : parts) {
            if (part != null && !part.isBlank()) {
                text.append(text.isEmpty() ? "" : text.charAt(text.length() - 1) == '.' ? " " : ". ").append(part.strip());
            }
        }
        // One sentence alone goes without its full stop, as all messages do.
        return text.indexOf(". ") < 0 && text.length() > 0 && text.charAt(text.length() - 1) == '.' ? text.substring(0, text.length() - 1) : text.toString();
    }

    private static Finding paused(Pause pause, PauseDecision decision) {
        boolean whole = PausedSlices.whole(pause);
        boolean running = pause.step() == PauseStep.INTENT || pause.step() == PauseStep.PAUSING;
        String status = pause.step() == PauseStep.RESUMING ? truth(pause.pausedTime() != null && pause.writers().stream().allMatch(WritersCondition::stillStands)) : truth(whole && !running);
        String since = pause.startTime() + " (" + pause.reason() + ")";
        String about = status.equals("True") ? "Paused since " + since + ". " : "A pause is in force since " + since + ", and not every writer was seen to stand still. ";
        String details = details(pause);
        if (any(pause, WriterState.RESTORE_UNKNOWN)) {
            return new Finding(status, "RestoreUnknown", about + "A writer cannot be given back." + details);
        }
        if (any(pause, WriterState.REVERTED)) {
            return new Finding(status, "WriterReverted", about + "A writer was put back more often than it is paused again, and is left alone." + details);
        }
        if (pause.step() == PauseStep.RESUMING) {
            return new Finding(status, "Resuming", about + "The writers are being given back (" + pause.resumeReason() + ")." + details);
        }
        if (any(pause, WriterState.MISSING)) {
            return new Finding(status, "WriterMissing", about + "A writer is missing." + details);
        }
        if (blocked(pause)) {
            return new Finding(status, "WriterRefused", about + "A writer could not be paused." + details);
        }
        if (running) {
            boolean again = pause.writers().stream().anyMatch(w -> w.reapplied() != null);
            return new Finding(status, "Pausing", "Pausing since " + since + ". Waiting until no pod of the writers is left."
                    + (again ? " A writer was changed while it was paused, and is paused again." : "") + details);
        }
        boolean stay = decision instanceof PauseDecision.Stay && !decision.reason().equals("Pausing");
        return new Finding(status, stay ? decision.reason() : "WaitingForFence", about + (stay ? decision.message() : "Waiting for fence probe " + pause.fence()) + details);
    }

    private static String details(Pause pause) {
        List<PausedWriter> told = pause.writers().stream().filter(w -> w.message() != null).toList();
        return told.isEmpty() ? "" : " " + String.join(" ", told.stream().map(w -> Words.kind(w.kind()) + " " + w.name() + ": " + w.message() + ".").toList());
    }

    private static boolean stillStands(PausedWriter w) {
        return switch (w.state()) {
            // With a message it could not be looked at.
            case RESTORING -> w.message() == null;
            case RESTORE_UNKNOWN, ALREADY_PAUSED, HELD_BY_OTHER -> true;
            default -> false;
        };
    }

    private static String truth(boolean is) {
        return is ? "True" : "False";
    }

    private static boolean any(Pause pause, WriterState state) {
        return pause.writers().stream().anyMatch(w -> w.state() == state);
    }

    private static boolean blocked(Pause pause) {
        return pause.writers().stream().anyMatch(PauseDecisions::blocked);
    }

    /** One word for the column. */
    static String summary(Writers of, Look look, PauseDecision decision, Instant now, boolean refused) {
        Pause p = of.pause();
        return p == null ? withoutPause(of, look, decision) : withPause(p, now, refused);
    }

    private static String withoutPause(Writers of, Look look, PauseDecision decision) {
        if (look == null) {
            return of.summary();
        }
        if (look.standings().isEmpty()) {
            return "None";
        }
        if (look.trouble()) {
            return "Degraded";
        }
        if (look.any(Kind.HELD_BY_OTHER)) {
            return "HeldByOther";
        }
        if (of.history() != null && Boolean.TRUE.equals(of.history().suspended())) {
            return "Suspended";
        }
        if (decision.reason().equals("Held")) {
            return "Held";
        }
        if (look.all(Kind.AT_ZERO)) {
            return "Stopped";
        }
        return look.any(Kind.AT_ZERO) ? "Partial" : "Running";
    }

    private static String withPause(Pause p, Instant now, boolean refused) {
        boolean moving = p.step() == PauseStep.INTENT || p.step() == PauseStep.PAUSING;
        boolean slow = moving && PauseDecisions.age(p, now).compareTo(PauseDecisions.SLOW_STOP) >= 0;
        boolean again = moving && p.writers().stream().anyMatch(w -> w.reapplied() != null);
        boolean stuck = p.writers().stream().anyMatch(w -> w.state() == WriterState.REVERTED || w.state() == WriterState.RESTORE_UNKNOWN || w.state() == WriterState.MISSING);
        if (refused || stuck || slow || again || blocked(p)) {
            return "Degraded";
        }
        return switch (p.step()) {
            case INTENT, PAUSING -> "Pausing";
            case FENCING, DRAINING -> PausedSlices.whole(p) ? "Paused" : "Degraded";
            case RESUMING -> "Resuming";
        };
    }
}
