package dev.concordat.api.v1alpha1;

/** Names that users and both planes share: the group, annotations, labels and the patterns of scalar fields. */
public final class Api {
    public static final String GROUP = "concordat.dev";
    /** Group of the orders to and the reports from the data plane, which no built-in role reaches. */
    public static final String INTERNAL_GROUP = "internal." + GROUP;
    public static final String VERSION = "v1alpha1";

    /** On a SyncContract: any new value asks for a check now. */
    public static final String CHECK_REQUESTED = GROUP + "/check-requested";
    /** On a SyncContract: while present, with a reason as its value, no pause starts and none ends by itself. */
    public static final String HOLD = GROUP + "/hold";
    /** On a SyncContract: break-glass. While present the writers run, whatever the budget says. */
    public static final String FORCE_RESUME = GROUP + "/force-resume";
    /** On a SyncContract: a new value acknowledges {@code EnforcementSuspended} and arms enforcement again. */
    public static final String ACKNOWLEDGE = GROUP + "/acknowledge";
    /** On a SyncContract being deleted: let it go though a writer could not be verified as restored. */
    public static final String FORCE_RELEASE = GROUP + "/force-release";

    /** On a writer: the contracts that hold it paused, a JSON object of contract uid to pause id. */
    public static final String CLAIMS = GROUP + "/claims";
    /** On a writer: what it was before the first claim, as a JSON merge patch. Never overwritten. */
    public static final String RESTORE = GROUP + "/restore";
    /** On a writer: RFC 3339 time after which the pause has outlived its maximum. */
    public static final String PAUSE_UNTIL = GROUP + "/pause-until";

    /** On a run's Job: the database servers that it uses, comma-separated. */
    public static final String DATABASES = GROUP + "/databases";
    /** On a run's Job that was ended because its worker did not start while another run waited: why, for the run's message. */
    public static final String NOT_STARTED = GROUP + "/not-started";

    /** Label on everything that belongs to one contract; the value is the contract's name. */
    public static final String CONTRACT = GROUP + "/contract";
    /** Label on ReconcileJobs, Jobs and reports: the run id. */
    public static final String RUN_ID = GROUP + "/run-id";
    /** Finalizer of a SyncContract: its writers are given back before it goes. */
    public static final String FINALIZER = GROUP + "/writers";

    public static final String MANAGED_BY = "app.kubernetes.io/managed-by";
    public static final String CONCORDAT = "concordat";

    static final String DURATION = "^([0-9]+(ms|s|m|h))+$";
    static final String DECIMAL = "^[0-9]{1,12}(\\.[0-9]{1,12})?$";
    static final String DNS_NAME = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";

    private Api() {}
}
