package dev.concordat.store;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.store.mariadb.MariaDbDialect;
import dev.concordat.store.postgres.PostgresDialect;
import java.sql.Connection;
import java.sql.SQLException;

/** One engine's way of saying things. Stateless. Placeholders are JDBC's question marks on every engine. */
public interface Dialect {
    static Dialect of(StoreType type) {
        return switch (type) {
            case POSTGRESQL -> PostgresDialect.INSTANCE;
            case MARIADB -> MariaDbDialect.INSTANCE;
        };
    }

    StoreType type();

    /** An identifier, quoted, whatever characters it holds. */
    String quote(String identifier);

    /** The store's table, qualified and quoted. */
    String table(Store store);

    /**
     * Opens a session and pins all that changes how values are written as text: time zone UTC, date style, digits of floats, SQL mode;
     * and the limits of a good guest: statement and lock timeouts, read only unless the login may write. Autocommit is on.
     */
    Connection connect(Login login) throws SQLException;

    /** What kind of trouble an error is; one of {@link Reason}, never null. Errors of the network are told apart by the caller. */
    String reason(SQLException e);

    /** The statement that gives an account a privilege on the store's table. */
    String grant(String privilege, Store store);
}
