package dev.concordat.store;

/**
 * What an error of a server is, from the engine's table of classes.
 *
 * @param reason one of {@link Reason}
 * @param words  what happened, for people; null: the class has no words of its own
 * @param remedy what to do next; null: that of the reason
 * @param passes whether the same statement may succeed a moment later, and over which connection
 */
public record Trouble(String reason, String words, String remedy, Passes passes) {

    /** Whether an error is of a state that passes. */
    public enum Passes {
        /** The same statement would fail again. */
        NO,
        /** The statement may be run again over the same connection. */
        AGAIN,
        /** The connection is gone, or none was to be had: it may be run again over a new one. */
        RECONNECT
    }

    public static Trouble of(String reason) {
        return new Trouble(reason, null, null, Passes.NO);
    }

    public Trouble passing(Passes how) {
        return new Trouble(reason, words, remedy, how);
    }

    public Trouble saying(String what, String todo) {
        return new Trouble(reason, what, todo, passes);
    }
}
