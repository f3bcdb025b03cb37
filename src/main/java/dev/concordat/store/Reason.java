package dev.concordat.store;

/** Reasons of failures that come from a store, as conditions show them. */
public final class Reason {
    public static final String HOST_NOT_FOUND = "HostNotFound";
    public static final String STORE_UNREACHABLE = "StoreUnreachable";
    public static final String TLS_FAILED = "TlsFailed";
    public static final String SECRET_MISSING = "SecretMissing";
    public static final String AUTHENTICATION_FAILED = "AuthenticationFailed";
    public static final String WRONG_ENGINE = "WrongEngine";
    public static final String DATABASE_NOT_FOUND = "DatabaseNotFound";
    public static final String TABLE_NOT_FOUND = "TableNotFound";
    public static final String COLUMN_NOT_FOUND = "ColumnNotFound";
    public static final String PERMISSION_DENIED = "PermissionDenied";
    public static final String STATEMENT_TIMEOUT = "StatementTimeout";
    public static final String CONNECTION_LOST = "ConnectionLost";
    /** A setting that decides what is read is not as it must be, and cannot be set. */
    public static final String SESSION_NOT_PINNED = "SessionNotPinned";
    /** Somebody holds a lock that the statement waited for. */
    public static final String LOCKED = "TableLocked";
    /** Transactions of others, or a standby's replay, were in the way more often than it is tried again. */
    public static final String CONFLICT = "TransactionConflict";
    /** The server has no room, memory or connections left for it. */
    public static final String OUT_OF_RESOURCES = "ServerOutOfResources";
    public static final String ROW_TOO_LARGE = "RowTooLarge";
    public static final String DATA_EXCEPTION = "DataException";
    public static final String REPLICA_BEHIND = "ReplicaBehind";
    public static final String STORE_ERROR = "StoreError";

    private Reason() {}
}
