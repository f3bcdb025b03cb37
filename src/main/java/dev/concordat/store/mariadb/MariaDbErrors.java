package dev.concordat.store.mariadb;

import dev.concordat.store.Reason;
import dev.concordat.store.Trouble;
import dev.concordat.store.Trouble.Passes;
import java.util.HashMap;
import java.util.Map;

/**
 * The errors of MariaDB 10.11 to 11.8 and of MySQL 8 and 9 that a reader or a prober may meet, by number: reason, words and remedy of each, and whether it passes. One without words has those
 * of its reason, which name the account, the table or the field in question.
 */
final class MariaDbErrors {
    private static final Map<Integer, Trouble> KNOWN = new HashMap<>();

    private MariaDbErrors() {}

    static {
        // Of the login and the connection.
        reason(Reason.AUTHENTICATION_FAILED, 1045, 1698, 1862, 4151, 3118, 1820, 3955);
        // A session setting that only the other of MariaDB and MySQL has.
        reason(Reason.WRONG_ENGINE, 1193);
        says(1130, Reason.STORE_UNREACHABLE, "the server lets nobody in from this host", Passes.NO, "Let the account in from here: CREATE USER with a host that this one matches, such as '%'");
        says(1129, Reason.STORE_UNREACHABLE, "the server has blocked this host after connections that failed", Passes.NO, "FLUSH HOSTS on the server, and look in its log for what failed; raise max_connect_errors");
        says(1040, Reason.STORE_UNREACHABLE, "the server has no connection left", Passes.RECONNECT,
                "Raise max_connections, lower limits.connections of the store, or compare at a quieter time");
        says(1203, Reason.STORE_UNREACHABLE, "the account has as many connections as it may have", Passes.RECONNECT, "Raise MAX_USER_CONNECTIONS of the account, or lower limits.connections of the store");
        says(1226, Reason.STORE_UNREACHABLE, "the account has used up what it may use of the server, connections or statements an hour", Passes.RECONNECT,
                "Raise MAX_USER_CONNECTIONS or MAX_QUERIES_PER_HOUR of the account, or lower limits.connections of the store");
        says(3032, Reason.STORE_UNREACHABLE, "the server is in offline mode", Passes.RECONNECT, "Wait until offline_mode is OFF there, or name another server");
        says(1053, Reason.CONNECTION_LOST, "the server is shutting down", Passes.RECONNECT, "The next run tries again; wait until the server is up");
        says(1927, Reason.CONNECTION_LOST, "an administrator, or the server's shutdown, ended the connection", Passes.RECONNECT, "The next run tries again; look at the server's log if it happens again");
        says(4031, Reason.CONNECTION_LOST, "the server ended an idle connection", Passes.RECONNECT, "Raise wait_timeout on the server");
        says(1317, Reason.CONNECTION_LOST, "somebody ended the statement: KILL QUERY", Passes.NO, "Ask who did so and why; the next run tries again");
        for (int lost : new int[] {1152, 1158, 1159, 1160, 1161, 1184, 2006, 2013, 2055}) {
            KNOWN.put(lost, Trouble.of(Reason.CONNECTION_LOST).passing(Passes.RECONNECT));
        }

        // Of names and privileges.
        reason(Reason.DATABASE_NOT_FOUND, 1049);
        reason(Reason.TABLE_NOT_FOUND, 1146, 1932, 1051);
        reason(Reason.COLUMN_NOT_FOUND, 1054);
        reason(Reason.PERMISSION_DENIED, 1044, 1142, 1143, 1227, 1370, 1792);
        String writes = "Name the server that takes writes; a check itself writes nothing";
        says(1290, Reason.PERMISSION_DENIED, "the server runs with an option, such as read_only, that does not let it do this", Passes.NO, writes);
        says(1836, Reason.PERMISSION_DENIED, "the server is in read-only mode", Passes.NO, writes);
        String define = "Let somebody who is there, and may read what the view reads, define it again: CREATE OR REPLACE DEFINER = ... VIEW, as SHOW CREATE VIEW shows it";
        says(1449, Reason.PERMISSION_DENIED, "a view or function is run as its definer, who does not exist", Passes.NO, define);
        says(1356, Reason.PERMISSION_DENIED, "the view reads a table, column or function that is gone, or its definer may not read it", Passes.NO, "Make what it reads available again, or grant it to the definer; or " + define);
        says(1305, Reason.STORE_ERROR, "a function that a condition or a view calls does not exist", Passes.NO, "Correct the condition or the view, or create the function; functions of another database need its name");
        says(1630, Reason.STORE_ERROR, "a function that a condition calls does not exist", Passes.NO, "Correct the condition: no blank may stand between a function's name and its bracket");
        says(1064, Reason.STORE_ERROR, null, Passes.NO, "Correct the condition that the statement was made of, or the view that it reads");

        // Of locks and transactions: what passes, passes by itself.
        says(1205, Reason.LOCKED, "waited for a lock for 5 s", Passes.AGAIN, "Compare when that is done: ALTER TABLE, LOCK TABLES and a long transaction that it waits for keep readers out");
        says(1213, Reason.CONFLICT, "a deadlock with another transaction", Passes.AGAIN, "SHOW ENGINE INNODB STATUS names both; compare at a quieter time if it happens again");
        says(1020, Reason.CONFLICT, "a row has changed since it was read", Passes.AGAIN, "The next run tries again; compare at a quieter time if it happens again");
        says(1047, Reason.STORE_UNREACHABLE, "the node has lost its cluster and answers no queries", Passes.RECONNECT, "Wait until the node is synced again, or name another node of the cluster");
        says(1412, Reason.CONFLICT, "the table's definition was changed while it was read", Passes.AGAIN, "Compare when that change is done");
        says(1615, Reason.CONFLICT, "a statement must be prepared again, since a table that it reads changed", Passes.AGAIN, "Compare when changes of the table's definition are done; raise table_definition_cache if there are none");
        reason(Reason.STATEMENT_TIMEOUT, 1969, 3024);
        says(1028, Reason.STATEMENT_TIMEOUT, "a sort was ended", Passes.NO, "Give the key an index, or raise the statement timeout");

        // Of the server's means.
        says(1021, Reason.OUT_OF_RESOURCES, "the server's disk is full", Passes.NO, "Give the server's disk room, its tmpdir too");
        says(1114, Reason.OUT_OF_RESOURCES, "a table is full, as a rule a temporary one", Passes.NO, "Give the server's tmpdir room, or raise tmp_table_size, max_heap_table_size and innodb_temp_data_file_path");
        for (int memory : new int[] {1037, 1038, 1041, 1135, 4082, 3170}) {
            says(memory, Reason.OUT_OF_RESOURCES, "the server has too little memory for the statement", Passes.NO, "Raise sort_buffer_size or the limit that the server's log names, or lower limits.connections of the store");
        }
        says(1153, Reason.OUT_OF_RESOURCES, "a statement is longer than max_allowed_packet", Passes.NO, "Raise max_allowed_packet on the server to 16M");
        says(1104, Reason.STORE_ERROR, "the server thinks that the statement examines too many rows", Passes.NO, "Set sql_big_selects = ON for the account on the server");
        String log = "Look at the server's log and disk";
        says(1030, Reason.STORE_ERROR, "the storage engine reports an error", Passes.NO, log + "; CHECK TABLE tells whether the table is sound");
        for (int crashed : new int[] {1034, 1035, 1194, 1195, 1712}) {
            says(crashed, Reason.STORE_ERROR, "a table or its index is damaged", Passes.NO, "CHECK TABLE and REPAIR TABLE it, or restore it from a backup");
        }
        says(1016, Reason.STORE_ERROR, "the server cannot open the table's file", Passes.NO, log);
        says(1023, Reason.STORE_ERROR, "the server cannot close a file", Passes.NO, log);
        says(1026, Reason.STORE_ERROR, "the server cannot write a file", Passes.NO, log);
        says(1168, Reason.STORE_ERROR, "a table that this one is put together from differs from it or is gone", Passes.NO, "Correct the list of tables of the MERGE table");
        says(1429, Reason.STORE_ERROR, "the table is another server's, which cannot be reached", Passes.NO, "Name that server itself, or correct the connection of the federated table");

        // Of values and what computes them.
        reason(Reason.ROW_TOO_LARGE, 1301);
        reason(Reason.DATA_EXCEPTION, 1264, 1265, 1292, 1365, 1366, 1367, 1411, 1426, 1441, 1690, 3020, 1918);
        says(1242, Reason.DATA_EXCEPTION, "a subquery of a condition or a view gives more than one row", Passes.NO, "Correct the condition or the view that does so");
        says(1267, Reason.STORE_ERROR, "texts of two collations are compared with each other", Passes.NO, "Say in the condition or the view which one counts: COLLATE");
        says(1271, Reason.STORE_ERROR, "texts of several collations are compared with one another", Passes.NO, "Say in the condition or the view which one counts: COLLATE");
        says(3636, Reason.STORE_ERROR, "a recursive view does not end", Passes.NO, "Correct the view");
        says(1456, Reason.STORE_ERROR, "a function of a view calls itself too deep", Passes.NO, "Correct the function");
    }

    private static void reason(String reason, int... codes) {
        for (int code : codes) {
            KNOWN.put(code, Trouble.of(reason));
        }
    }

    private static void says(int code, String reason, String words, Passes passes, String remedy) {
        KNOWN.put(code, new Trouble(reason, words, remedy, passes));
    }

    /** What the error is; null for one that is not known. */
    static Trouble of(int code) {
        return KNOWN.get(code);
    }
}
