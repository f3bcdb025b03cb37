package dev.concordat.report;

/** Exit codes of a worker. The Job's podFailurePolicy tells by them whether another attempt can help. */
public final class WorkerExit {
    /** A verdict was reported, drift or none. */
    public static final int DONE = 0;
    /** The contract, a Secret, a privilege or a schema is wrong; reported, another attempt cannot help. */
    public static final int CONFIGURATION = 2;
    /** A store failed while it was read; reported, the next run tries again. */
    public static final int INCOMPLETE = 3;

    /** There is a verdict but nobody heard of it: as a crash, so that the Job tries again. */
    public static final int NOT_REPORTED = 1;

    private WorkerExit() {}
}
