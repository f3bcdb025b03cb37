package dev.concordat.store;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.Store.TlsMode;
import dev.concordat.contract.Durations;
import dev.concordat.report.Clip;
import dev.concordat.report.Failure;
import dev.concordat.store.Trouble.Passes;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.Set;
import javax.net.ssl.SSLException;

/**
 * One side of a contract: where it is and how to log in. Secrets are read at each login, so that a rotated password is picked up.
 *
 * @param field       path of the store in the contract, for example {@code spec.source.store}
 * @param secretField path of the field that names the Secret
 * @param secretName  the Secret's name, for messages
 * @param secret      folder with the files username and password; null: none was mounted
 * @param ca          folder with the file ca.crt; null: none was mounted
 * @param account     given to a command by a person, in place of both folders; null: the Secrets count
 */
public record StoreAccess(Store store, String field, String secretField, String secretName, Path secret, Path ca, Account account) {
    private static final Set<String> CONFIGURATION = Set.of(Reason.TLS_FAILED, Reason.SECRET_MISSING, Reason.AUTHENTICATION_FAILED, Reason.WRONG_ENGINE, Reason.DATABASE_NOT_FOUND,
            Reason.TABLE_NOT_FOUND, Reason.COLUMN_NOT_FOUND, Reason.PERMISSION_DENIED, Reason.ROW_TOO_LARGE, Reason.SESSION_NOT_PINNED);
    /** Errors of MariaDB and MySQL that quote a value and have a state that does not say so: a duplicate, a text in the wrong character set, a value of the wrong type. */
    private static final Set<Integer> QUOTING = Set.of(1062, 1300, 1366, 1411);
    private static final int MESSAGE = 300;

    /** A side that logs in with the store's own {@code credentials.secretName}. */
    public StoreAccess(Store store, String field, Path secret, Path ca) {
        this(store, field, field + ".credentials.secretName", store.credentials() == null ? "" : store.credentials().secretName(), secret, ca, null);
    }

    /** A side that logs in with another Secret than the store's own. */
    public StoreAccess(Store store, String field, String secretField, String secretName, Path secret, Path ca) {
        this(store, field, secretField, secretName, secret, ca, null);
    }

    /**
     * A side that logs in with an account that a person gave.
     *
     * @param field how messages name the side: the store's path in a contract, or an option
     */
    public StoreAccess(Store store, String field, Account account) {
        this(store, field, field, "", null, null, account);
    }

    public Dialect dialect() {
        return Dialect.of(store.type());
    }

    /** For messages: engine, host, port, database and table; no account. */
    public String place() {
        return store.type().display() + " " + store.host() + ":" + store.port() + "/" + store.database()
                + (store.schema() == null ? "" : "." + store.schema()) + "." + store.table();
    }

    /** A session that cannot write. One attempt, at most about 5 seconds for the network. */
    public StoreSession open() throws StoreException {
        return open(false);
    }

    /** A session that may write; everything else is as in {@link #open()}. */
    public StoreSession openForWriting() throws StoreException {
        return open(true);
    }

    private StoreSession open(boolean write) throws StoreException {
        if (account != null) {
            return connect(account.username(), account.password(), account.ca(), write);
        }
        Path caFile = null;
        if (store.tls().mode() == TlsMode.VERIFY_CA || store.tls().mode() == TlsMode.VERIFY_FULL) {
            caFile = file(ca, "ca.crt", store.tls().caSecretName(), field + ".tls.caSecretName");
        }
        String username = read(file(secret, "username", secretName, secretField), "username");
        String password = read(file(secret, "password", secretName, secretField), "password");
        return connect(username, password, caFile, write);
    }

    private StoreSession connect(String username, String password, Path caFile, boolean write) throws StoreException {
        long millis = Durations.parse(store.limits().statementTimeout()).toMillis();
        try {
            return dialect().open(new Login(store, username, password, caFile, write, Math.max(1, millis)));
        } catch (SQLException e) {
            throw explain(e);
        }
    }

    private StoreException missing(String name, String key, String secretPath, String what) {
        return new StoreException(new Failure(Reason.SECRET_MISSING, secretPath, "Secret " + name + " " + what,
                "Create Secret " + name + " with the key " + key + " in the contract's namespace", false), true);
    }

    private Path file(Path folder, String key, String name, String secretPath) throws StoreException {
        if (folder == null || !Files.isDirectory(folder)) {
            throw missing(name, key, secretPath, "does not exist or is not mounted");
        }
        Path file = folder.resolve(key);
        if (!Files.isRegularFile(file)) {
            boolean empty;
            try (var list = Files.list(folder)) {
                empty = list.findAny().isEmpty();
            } catch (IOException e) {
                empty = false;
            }
            // An optional Secret that does not exist is mounted by the kubelet as an empty folder.
            throw missing(name, key, secretPath, empty ? "does not exist or has no keys" : "has no key " + key);
        }
        return file;
    }

    private String read(Path file, String key) throws StoreException {
        try {
            String text = Files.readString(file);
            // A line break at the end comes from an editor, not from a password.
            return text.endsWith("\r\n") ? text.substring(0, text.length() - 2) : text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        } catch (IOException e) {
            throw missing(secretName, key, secretField, "cannot be read: key " + key + " (" + e.getClass().getSimpleName() + ")");
        }
    }

    /** What an error of this store means, for a session that reads. */
    public StoreException explain(SQLException e) {
        return explain(e, "SELECT");
    }

    /**
     * What an error of this store means.
     *
     * @param privilege what the statement needed, for the remedy of {@link Reason#PERMISSION_DENIED}: {@code SELECT} or {@code SELECT, UPDATE}
     */
    public StoreException explain(SQLException e, String privilege) {
        Trouble trouble = trouble(e);
        String reason = trouble.reason();
        if (e instanceof SettingRefused refused) {
            return new StoreException(failure(reason, field, place() + ": " + refused.words(), refused.remedy()), true, e);
        }
        if (trouble.words() != null) {
            // A person at the command line gets the server's own words as well.
            String said = account == null ? state(e) : ": " + text(e) + state(e);
            return new StoreException(failure(reason, field, place() + ": " + trouble.words() + said, trouble.remedy()), CONFIGURATION.contains(reason), e);
        }
        if (reason.equals(Reason.STORE_ERROR)) {
            String said = account == null && !ofNames(e) ? " refused a statement" + state(e) : ": " + text(e) + state(e);
            String remedy = trouble.remedy() != null ? trouble.remedy() : "Look up " + code(e) + " in the manual of " + store.type().display()
                    + (account == null ? "; concordat compare shows the server's own words" : "");
            return new StoreException(failure(reason, field, place() + said, remedy), false, e);
        }
        String where = place();
        if (account != null) {
            Failure failure = account.explain(reason, this, e, text(e), text(root(e)), privilege);
            // A person has just typed the host; a contract's was found by DNS before.
            return new StoreException(failure, CONFIGURATION.contains(failure.reason()) || failure.reason().equals(Reason.HOST_NOT_FOUND), e);
        }
        Failure failure = switch (reason) {
            case Reason.HOST_NOT_FOUND -> failure(reason, field + ".host", "host " + store.host() + " is not known to DNS", "Correct the host name, or check the Service and the cluster's DNS");
            case Reason.STORE_UNREACHABLE -> failure(reason, field + ".host", where + " does not accept connections: " + text(e),
                    "Check that the server runs, that host and port are right, that it has connections left and that no NetworkPolicy is in the way");
            case Reason.TLS_FAILED -> failure(reason, field + ".tls", "TLS with " + where + " failed: " + text(root(e)),
                    "Check tls.mode, the CA in Secret " + (store.tls().caSecretName() == null ? "tls.caSecretName" : store.tls().caSecretName()) + " and the names in the server's certificate");
            case Reason.AUTHENTICATION_FAILED -> failure(reason, secretField, where + " refused the account of Secret " + secretName + ": " + text(e),
                    "Correct username and password in Secret " + secretName + ", or let the server accept this account from here");
            case Reason.WRONG_ENGINE -> failure(reason, field + ".type", where + " is not " + store.type().display() + ": " + text(e), "Set type to MariaDB or MySQL, as the server is");
            case Reason.DATABASE_NOT_FOUND -> failure(reason, field + ".database", "database " + store.database() + " does not exist on " + store.host() + ":" + store.port(),
                    "Correct the name, or create the database");
            case Reason.TABLE_NOT_FOUND -> failure(reason, field + ".table", "table " + dialect().table(store) + " does not exist, or the account may not see it: " + text(e),
                    "Correct schema and table as the catalogue spells them, or " + dialect().grant(privilege, store));
            case Reason.COLUMN_NOT_FOUND -> failure(reason, "spec.record", where + ": " + text(e), "Correct the field names in spec.record");
            case Reason.PERMISSION_DENIED -> failure(reason, secretField, "the account of Secret " + secretName + " lacks a privilege on " + where + ": " + text(e),
                    String.valueOf(e.getMessage()).contains("row-level security") ? "Rows that a policy hides would look missing: ALTER ROLE <account> BYPASSRLS, or name a view of the rows that count"
                            : dialect().grant(privilege, store));
            case Reason.STATEMENT_TIMEOUT -> failure(reason, field + ".limits.statementTimeout", "a statement on " + where + " was ended: " + text(e),
                    "Raise limits.statementTimeout (now " + store.limits().statementTimeout() + "), give the key an index, or check at a quieter time");
            case Reason.CONNECTION_LOST -> failure(reason, field, "the connection to " + where + " was lost: " + text(e), "The next run tries again; look at the server's log if it happens again");
            case Reason.ROW_TOO_LARGE -> failure(reason, field, "a row of " + where + " is longer than max_allowed_packet, so the server cannot hash it",
                    "Raise max_allowed_packet on the server, or list the table's largest column with compare as Ignored and a reason");
            case Reason.DATA_EXCEPTION -> failure(reason, field, where + " could not compute an expression for some row, as when a number overflows or is divided by zero: " + text(e),
                    "Correct the condition that does so in spec.record.rows or spec.gaps, or the view or generated column that the store reads");
            default -> throw new IllegalStateException("no words for " + reason);
        };
        return new StoreException(failure, CONFIGURATION.contains(failure.reason()), e);
    }

    /** What an error of this store is, and whether it passes. */
    public Trouble trouble(SQLException e) {
        if (e instanceof SettingRefused) {
            return Trouble.of(Reason.SESSION_NOT_PINNED);
        }
        String network = network(e);
        Trouble trouble = network == null ? dialect().trouble(e) : Trouble.of(network);
        boolean gone = trouble.reason().equals(Reason.CONNECTION_LOST) || trouble.reason().equals(Reason.STORE_UNREACHABLE);
        return gone && trouble.passes() == Passes.NO ? trouble.passing(Passes.RECONNECT) : trouble;
    }

    /** An error's state and number, as far as it has any: {@code (SQL state 40001)}. */
    private String state(SQLException e) {
        int position = dialect().position(e);
        return " (" + code(e) + (position > 0 ? ", at character " + position : "") + ")";
    }

    /** The state, and the number where the engine has one. */
    static String code(SQLException e) {
        return (e.getSQLState() == null ? "no SQL state" : "SQL state " + e.getSQLState()) + (e.getErrorCode() == 0 ? "" : ", error " + e.getErrorCode());
    }

    private static Failure failure(String reason, String field, String message, String remedy) {
        return new Failure(reason, field, message, remedy, false);
    }

    private static String network(SQLException e) {
        for (Throwable t = e; t != null; t = t.getCause() == t ? null : t.getCause()) {
            switch (t) {
                case UnknownHostException _ -> {
                    return Reason.HOST_NOT_FOUND;
                }
                case SSLException _ -> {
                    return Reason.TLS_FAILED;
                }
                case GeneralSecurityException _ -> {
                    return Reason.TLS_FAILED;
                }
                case ConnectException _ -> {
                    return Reason.STORE_UNREACHABLE;
                }
                case NoRouteToHostException _ -> {
                    return Reason.STORE_UNREACHABLE;
                }
                case SocketTimeoutException s -> {
                    return String.valueOf(s.getMessage()).contains("onnect") ? Reason.STORE_UNREACHABLE : Reason.CONNECTION_LOST;
                }
                case SQLTimeoutException s when s.getErrorCode() == 0 && s.getSQLState() == null -> {
                    return Reason.STORE_UNREACHABLE;
                }
                default -> {
                    // Look further down the chain.
                }
            }
        }
        return null;
    }

    private static Throwable root(Throwable e) {
        Throwable t = e;
        while (t.getCause() != null && t.getCause() != t) {
            t = t.getCause();
        }
        return t;
    }

    /**
     * The server's words, for a message that says more than {@link #explain} can. In a cluster only those on names and grammar: a function of a view may write any value into its error,
     * and a condition of status is for many eyes.
     */
    public String words(SQLException e) {
        return account != null || ofNames(e) ? text(e) : code(e);
    }

    private static boolean ofNames(SQLException e) {
        return e.getSQLState() != null && e.getSQLState().startsWith("42");
    }

    /** The driver's words on one line, cut. Drivers do not quote statements or parameters here: that option of theirs is off. */
    private static String text(Throwable e) {
        if (e instanceof SQLException s && s.getSQLState() != null && (s.getSQLState().startsWith("22") || QUOTING.contains(s.getErrorCode()))) {
            // A data exception quotes the value.
            return "a value does not fit (" + code(s) + ")";
        }
        String text = String.valueOf(e.getMessage()).replaceAll("\\s+", " ").strip();
        if (text.startsWith("FATAL: ") || text.startsWith("ERROR: ")) {
            text = text.substring(7);
        }
        return text.length() <= MESSAGE ? text : Clip.to(text, MESSAGE) + "...";
    }

    @Override
    public String toString() {
        return field + " (" + place() + ")";
    }
}
