package dev.concordat.cli.compare;

/** A mistake in an option, a URL or a file of the user. Its message is one line: what, where, and what instead. Never holds a password. */
final class UsageError extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param where an option, {@code source URL}, or a file with its line; null when the mistake is about the whole command line */
    UsageError(String where, String message) {
        super(Printable.line((where == null ? "" : where + ": ") + message), null, false, false);
    }
}
