package dev.concordat.store;

import dev.concordat.api.v1alpha1.Store;
import java.nio.file.Path;

/** Everything a dialect needs to open a session. Not a record: its text must not show the password. */
public final class Login {
    private final Store store;
    private final String username;
    private final String password;
    private final Path ca;
    private final boolean write;
    private final long statementMillis;

    Login(Store store, String username, String password, Path ca, boolean write, long statementMillis) {
        this.store = store;
        this.username = username;
        this.password = password;
        this.ca = ca;
        this.write = write;
        this.statementMillis = statementMillis;
    }

    public Store store() {
        return store;
    }

    public String username() {
        return username;
    }

    public String password() {
        return password;
    }

    /** The file ca.crt; null unless the contract's TLS mode verifies the server. */
    public Path ca() {
        return ca;
    }

    /** Whether the session may write. */
    public boolean write() {
        return write;
    }

    /** Longest time of one statement, in milliseconds. */
    public long statementMillis() {
        return statementMillis;
    }

    @Override
    public String toString() {
        return username + "@" + store.host() + ":" + store.port() + "/" + store.database();
    }
}
