package dev.concordat.store.postgres;

import dev.concordat.store.Reason;
import dev.concordat.store.Trouble;
import dev.concordat.store.Trouble.Passes;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * PostgreSQL's classes of errors (Appendix A of its manual, 14 to 18): reason, words and remedy of each, and whether it passes. The longest prefix of an error's SQL state counts. A class
 * without words has those of its reason, which name the account, the table or the field in question.
 */
final class PostgresErrors {
    private static final Map<String, Trouble> CLASSES = new LinkedHashMap<>();

    private PostgresErrors() {}

    static {
        // Of the connection and the login.
        reason("08", Reason.CONNECTION_LOST);
        reason("08001", Reason.STORE_UNREACHABLE);
        reason("08004", Reason.STORE_UNREACHABLE);
        reason("28", Reason.AUTHENTICATION_FAILED);
        reason("3D", Reason.DATABASE_NOT_FOUND);
        passing("57P01", Reason.CONNECTION_LOST, "an administrator, or the server's shutdown, ended the connection", Passes.RECONNECT,
                "The next run tries again; look at the server's log if it happens again");
        passing("57P02", Reason.CONNECTION_LOST, "the server crashed and ended the connection", Passes.RECONNECT, "Look at the server's log");
        passing("57P03", Reason.STORE_UNREACHABLE, "the server is starting, stopping or recovering and takes no connections", Passes.RECONNECT,
                "Wait until it is up; a standby takes connections only with hot_standby = on and once it is consistent");
        says("57P04", Reason.DATABASE_NOT_FOUND, "the database was dropped meanwhile", "Name a database that is there");
        passing("57P05", Reason.CONNECTION_LOST, "the server ended an idle connection", Passes.RECONNECT, "Raise idle_session_timeout of the account: ALTER ROLE ... SET idle_session_timeout = 0");
        passing("53300", Reason.STORE_UNREACHABLE, "the server has no connection left", Passes.RECONNECT,
                "Raise max_connections or the account's CONNECTION LIMIT, lower limits.connections of the store, or compare at a quieter time");

        // Of names and privileges.
        reason("42P01", Reason.TABLE_NOT_FOUND);
        reason("3F", Reason.TABLE_NOT_FOUND);
        reason("42703", Reason.COLUMN_NOT_FOUND);
        reason("42501", Reason.PERMISSION_DENIED);
        reason("25006", Reason.PERMISSION_DENIED);
        says("42", Reason.STORE_ERROR, null, "Correct the condition, the view or the function that the statement reads: names of functions and operators outside pg_catalog need their schema, "
                + "as in shop.is_open(status) and a OPERATOR(shop.=) b");
        says("0L", Reason.PERMISSION_DENIED, "a grantor is not valid", "Look at the roles that the account is a member of");
        says("0P", Reason.PERMISSION_DENIED, "a role is not valid", "Look at the roles that the account is a member of, and at ALTER ROLE ... SET role");

        // Of transactions: what passes, passes by itself.
        passing("40", Reason.CONFLICT, "a transaction was rolled back by the server", Passes.AGAIN, "The next run tries again; compare at a quieter time if it happens again");
        passing("40001", Reason.CONFLICT, "the server's own changes, on a standby the replay of the primary's, were in the way of a statement", Passes.AGAIN,
                "On a standby set hot_standby_feedback = on, or raise max_standby_streaming_delay (and max_standby_archive_delay) above the time of a statement; or compare with the primary");
        passing("40P01", Reason.CONFLICT, "a deadlock with another transaction, on a standby with the replay of the primary's", Passes.AGAIN,
                "On a standby set hot_standby_feedback = on, or raise max_standby_streaming_delay (and max_standby_archive_delay) above the time of a statement; otherwise look in the server's log for who was "
                        + "part of it");
        says("25P02", Reason.STORE_ERROR, "a statement before it in the same transaction had failed", "Report this as a defect of Concordat");
        passing("25P03", Reason.CONNECTION_LOST, "the server ended a transaction that waited between two portions of rows", Passes.RECONNECT, "Compare at a quieter time, or with more CPU for Concordat");
        passing("25P04", Reason.STATEMENT_TIMEOUT, "the server ended a transaction that took longer than transaction_timeout", Passes.NO, "Reset transaction_timeout for the account: ALTER ROLE ... SET transaction_timeout = 0");
        says("25", Reason.STORE_ERROR, "the transaction is in a state that does not allow the statement", "Look for a pooler or proxy between: name the server's own port, or let it pool by session or transaction");
        says("0B", Reason.STORE_ERROR, "a transaction cannot begin here", "Look for a pooler or proxy between: name the server's own port, or let it pool by session or transaction");
        says("2D", Reason.STORE_ERROR, "a function or procedure ends the transaction that it is called in", "Read a view or a condition without that function");
        says("3B", Reason.STORE_ERROR, "a savepoint is not there", "Look for a pooler or proxy between: name the server's own port, or let it pool by session or transaction");

        // Of time and locks.
        says("57014", Reason.STATEMENT_TIMEOUT, null, null);
        says("55P03", Reason.LOCKED, "waited for a lock for 5 s", "Compare when that is done: ALTER TABLE, VACUUM FULL, TRUNCATE, REINDEX, LOCK TABLE and CLUSTER keep readers out until their transaction ends");
        says("55006", Reason.LOCKED, "an object is in use by another session in a way that allows no reading", "Compare when that session is done");
        says("55", Reason.STORE_ERROR, "an object is not in the state that the statement needs, as a materialized view that was never refreshed or a sequence that was never used",
                "REFRESH MATERIALIZED VIEW, or bring the object into the state that the server's log names");

        // Of the server's means.
        says("53", Reason.OUT_OF_RESOURCES, "the server has too little of something: memory, disk or connections", "Look at the server's log for which");
        says("53100", Reason.OUT_OF_RESOURCES, "the server's disk is full", "Give its temporary tablespace room, or compare a part of the table (scope)");
        says("53200", Reason.OUT_OF_RESOURCES, "the server is out of memory", "Lower work_mem of the account or limits.connections of the store");
        says("53400", Reason.OUT_OF_RESOURCES, "a limit of the server's configuration is reached, as temp_file_limit", "Raise temp_file_limit for the account, or give the key an index");
        says("54", Reason.STORE_ERROR, "a limit of PostgreSQL is passed: a value of 1 GB, a statement of too many columns or too deep", "Leave out the largest column (compare as Ignored, with a reason), or simplify the condition");
        says("58", Reason.STORE_ERROR, "the server cannot read its own files", "Look at the server's log, at its disk and at its backups");
        says("XX", Reason.STORE_ERROR, "the server reports an error inside itself; XX001 and XX002 are damaged data", "Look at the server's log; check the table with amcheck (bt_index_check, verify_heapam) and restore it from a backup if it is damaged");
        says("F0", Reason.STORE_ERROR, "the server's configuration file is not as it must be", "Look at the server's log");
        says("72", Reason.CONFLICT, "the snapshot is older than old_snapshot_threshold allows", "Raise old_snapshot_threshold on the server");

        // Of values and what computes them.
        reason("22", Reason.DATA_EXCEPTION);
        says("21", Reason.DATA_EXCEPTION, "a subquery of a condition or a view gives more than one row", "Correct the condition or the view that does so");
        says("23", Reason.DATA_EXCEPTION, "a constraint is not kept, as by a domain's check in a cast", "Correct the condition, view or generated column that casts to that domain");
        says("27", Reason.STORE_ERROR, "a trigger changed a row that the statement changes", "Look at the table's triggers");
        says("09", Reason.STORE_ERROR, "an action of a trigger failed", "Look at the table's triggers");
        says("0A", Reason.STORE_ERROR, "the server does not support what the statement needs", "Look at its version, and at the extension or foreign data wrapper that the table belongs to");
        says("0F", Reason.DATA_EXCEPTION, "a large object's locator is not valid", "Correct the view that reads large objects");
        says("0Z", Reason.STORE_ERROR, "a function that the store reads raised an error outside of a handler", "Correct the function that a view, condition or generated column calls");
        says("10", Reason.DATA_EXCEPTION, "an XQuery expression failed", "Correct the condition, view or generated column that computes it");
        says("20", Reason.DATA_EXCEPTION, "a CASE of a function has no branch for a value", "Correct the function that a view, condition or generated column calls");
        says("24", Reason.STORE_ERROR, "a cursor is not in the state that the statement needs", "Look for a pooler or proxy between: name the server's own port, or let it pool by session or transaction");
        says("26", Reason.STORE_ERROR, "a prepared statement is not there", "Look for a pooler or proxy between: name the server's own port, or let it pool by session or transaction");
        says("2B", Reason.STORE_ERROR, "objects depend on what was to be changed", "Look at the server's log");
        says("2F", Reason.STORE_ERROR, "a function that the store reads failed", "Correct the function that a view, condition or generated column calls");
        says("34", Reason.STORE_ERROR, "a cursor is not there", "Look for a pooler or proxy between: name the server's own port, or let it pool by session or transaction");
        says("38", Reason.STORE_ERROR, "a function that the store reads failed", "Correct the function that a view, condition or generated column calls");
        says("39", Reason.STORE_ERROR, "a function that the store reads failed", "Correct the function that a view, condition or generated column calls");
        says("44", Reason.STORE_ERROR, "a view's check option is not kept", "Write to the table instead of the view");
        says("HV", Reason.STORE_ERROR, "a foreign table's server failed", "Look at the foreign server: its user mapping, that it runs, and that its columns are as the foreign table says");
        says("P0", Reason.STORE_ERROR, "a function in PL/pgSQL that the store reads raised an error", "Correct the function that a view, policy, condition or generated column calls");
        says("03", Reason.STORE_ERROR, "the statement is not complete", "Report this as a defect of Concordat");
    }

    private static void reason(String state, String reason) {
        CLASSES.put(state, Trouble.of(reason));
    }

    private static void says(String state, String reason, String words, String remedy) {
        CLASSES.put(state, Trouble.of(reason).saying(words, remedy));
    }

    private static void passing(String state, String reason, String words, Passes passes, String remedy) {
        CLASSES.put(state, Trouble.of(reason).saying(words, remedy).passing(passes));
    }

    /** What an SQL state is; null for one of no known class. */
    static Trouble of(String state) {
        for (int length = state == null ? 0 : state.length(); length >= 2; length--) {
            Trouble known = CLASSES.get(state.substring(0, length));
            if (known != null) {
                return known;
            }
        }
        return null;
    }
}
