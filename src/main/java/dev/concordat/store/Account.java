package dev.concordat.store;

import dev.concordat.report.Failure;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Locale;

/**
 * An account that a person gave to a command, and the words for what goes wrong with it: options and files of this machine, where a worker speaks of
 * Secrets and the contract. Not a record: its text must not show the password.
 */
public final class Account {
    private final String side;
    private final String username;
    private final String password;
    private final Path ca;

    /**
     * @param side     {@code source} or {@code target}
     * @param password empty for a server that asks for none
     * @param ca       certificate of the authority that signed the server's, PEM; null unless the TLS mode verifies the server
     */
    public Account(String side, String username, String password, Path ca) {
        this.side = side;
        this.username = username;
        this.password = password;
        this.ca = ca;
    }

    public String username() {
        return username;
    }

    String password() {
        return password;
    }

    Path ca() {
        return ca;
    }

    /** The ways to give a command the password of one side, for a remedy. */
    public static String passwords(String side) {
        return "CONCORDAT_" + side.toUpperCase(Locale.ROOT) + "_PASSWORD, --" + side + "-password-file, ~/.pgpass for PostgreSQL, ~/.my.cnf for MariaDB and MySQL, or the prompt of a terminal";
    }

    Failure explain(String reason, StoreAccess access, SQLException e, String text, String root, String privilege) {
        String where = access.place();
        String option = "--" + side + "-url";
        String field = access.field();
        return switch (reason) {
            case Reason.HOST_NOT_FOUND -> failure(reason, field, "host " + access.store().host() + " is not known to DNS",
                    "Correct the host name; for a Service of a cluster run kubectl port-forward and name localhost and its port" + contract(field, " in " + option));
            case Reason.STORE_UNREACHABLE -> failure(reason, field, where + " does not accept connections: " + text,
                    "Check that the server runs, that host and port are right and that it has connections left" + contract(field, "; " + option + " gives another host and port, as of a port-forward"));
            case Reason.TLS_FAILED -> failure(reason, field, "TLS with " + where + " failed: " + root,
                    "Give ?sslmode=disable, require, verify-ca or verify-full" + contract(field, " in " + option) + " as the server wants it, and for the last two sslrootcert=FILE");
            case Reason.AUTHENTICATION_FAILED -> failure(reason, field, where + " refused the account " + username + ": " + text,
                    "Correct the user, or the password: " + passwords(side) + "; or let the server accept this account from here");
            case Reason.WRONG_ENGINE -> failure(reason, field, access.place() + " is not " + access.store().type().display(), "begin the URL with mariadb:// or mysql://, as the server is");
            case Reason.DATABASE_NOT_FOUND -> failure(reason, field, "database " + access.store().database() + " does not exist on " + access.store().host() + ":" + access.store().port(),
                    "Correct the name as the server spells it, or create the database");
            case Reason.TABLE_NOT_FOUND -> failure(reason, field, "table " + access.dialect().table(access.store()) + " does not exist, or the account may not see it: " + text,
                    "Correct schema and table as the catalogue spells them, or " + access.dialect().grant(privilege, access.store()));
            case Reason.COLUMN_NOT_FOUND -> failure(reason, field, where + ": " + text, "Correct the column's name as the catalogue spells it");
            case Reason.PERMISSION_DENIED -> failure(reason, field, "the account " + username + " lacks a privilege on " + where + ": " + text, access.dialect().grant(privilege, access.store()));
            case Reason.STATEMENT_TIMEOUT -> failure(reason, field, "a statement on " + where + " was ended: " + text,
                    "Raise --statement-timeout (now " + access.store().limits().statementTimeout() + "), give the key an index, or compare at a quieter time");
            case Reason.CONNECTION_LOST -> failure(reason, field, "the connection to " + where + " was lost: " + text, "Try again, with --resume FILE to go on where this run ended; look at the server's log if it happens again");
            case Reason.ROW_TOO_LARGE -> failure(reason, field, "a row of " + where + " is longer than max_allowed_packet, so the server cannot hash it",
                    "Raise max_allowed_packet on the server, or leave the table's largest column out of the comparison");
            case Reason.DATA_EXCEPTION -> failure(reason, field, where + " could not compute an expression for some row, as when a number overflows or is divided by zero: " + text,
                    "Correct the condition that does so, or the view or generated column that is read");
            default -> throw new IllegalStateException("no words for " + reason);
        };
    }

    /** Words that only a contract's user needs: a URL's user has just typed it. */
    private static String contract(String field, String words) {
        return field.startsWith("spec.") ? words : "";
    }

    private static Failure failure(String reason, String field, String message, String remedy) {
        return new Failure(reason, field, message, remedy, false);
    }

    @Override
    public String toString() {
        return side + " account " + username;
    }
}
