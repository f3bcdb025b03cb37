package dev.concordat.store;

import dev.concordat.report.Failure;

/** A store could not do what was asked. Carries the failure as people read it; its text never holds a credential or a field's value. */
public final class StoreException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Failure failure;
    private final boolean configuration;

    public StoreException(Failure failure, boolean configuration) {
        this(failure, configuration, null);
    }

    /** @param cause for a debugger; callers log {@link #failure()}, not the cause, whose text is the driver's */
    public StoreException(Failure failure, boolean configuration, Throwable cause) {
        super(failure.text(), cause);
        this.failure = failure;
        this.configuration = configuration;
    }

    public Failure failure() {
        return failure;
    }

    /** Whether another attempt cannot help until a person has changed the contract, a Secret, a privilege or a schema. */
    public boolean configuration() {
        return configuration;
    }
}
