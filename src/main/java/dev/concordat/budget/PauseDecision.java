package dev.concordat.budget;

/** What to do about the writers now. Each carries the reason (one CamelCase word) and the message, arithmetic included, that conditions and events show. */
public sealed interface PauseDecision {
    String reason();

    String message();

    /** Leave everything as it stands. */
    record Stay(String reason, String message) implements PauseDecision {}

    /** Begin a pause. */
    record Pause(String reason, String message) implements PauseDecision {}

    /** Give the writers back. Also returned for a resume that is under way. */
    record Resume(String reason, String message) implements PauseDecision {}

    /** Observe mode: in Enforce mode this would be a {@link Pause}. */
    record WouldPause(String reason, String message) implements PauseDecision {}

    /**
     * Too many pauses within an hour: enforcement waits for a person.
     *
     * @param acknowledged the value that the annotation concordat.dev/acknowledge has now, which therefore acknowledges nothing; may be null
     */
    record Suspend(String reason, String message, String acknowledged) implements PauseDecision {}

    /**
     * A person acknowledged the suspension: enforcement is armed again.
     *
     * @param acknowledged the value of the annotation
     */
    record Rearm(String reason, String message, String acknowledged) implements PauseDecision {}
}
