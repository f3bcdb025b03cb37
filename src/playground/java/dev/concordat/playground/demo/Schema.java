package dev.concordat.playground.demo;

import dev.concordat.playground.databases.DatabaseServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;

/** The demo's databases: tables, accounts with no more rights than they need, and a thousand orders from before the story begins. */
public final class Schema {
    /** Database of the order service, in PostgreSQL. */
    public static final String SOURCE = "orders";
    /** Database of the storefront, in MariaDB. */
    public static final String TARGET = "storefront";

    private Schema() {}

    /** Creates both databases and all accounts. For servers that have neither. */
    public static void create(DatabaseServer postgres, DatabaseServer mariadb) throws SQLException, IOException {
        for (String user : List.of("shop", "replicator", "concordat_reader", "concordat_canary")) {
            postgres.createUser(user, password(user));
        }
        for (String user : List.of("replicator", "concordat_reader")) {
            mariadb.createUser(user, password(user));
        }
        postgres.createDatabase(SOURCE);
        postgres.execute(SOURCE, script("source.sql"));
        mariadb.createDatabase(TARGET);
        mariadb.execute(TARGET, script("target.sql"));
    }

    /** An account's password, the one that {@code examples/playground} has in its Secrets. The servers listen on the loopback interface alone. */
    public static String password(String user) {
        return "playground-" + user.replace('_', '-');
    }

    private static String script(String name) throws IOException {
        try (InputStream in = Schema.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException(name + " is missing from the program");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
