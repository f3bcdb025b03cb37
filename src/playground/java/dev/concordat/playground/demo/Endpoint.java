package dev.concordat.playground.demo;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;

/** A database as a demo program's environment names it: PREFIX_HOST, PREFIX_PORT, PREFIX_DATABASE, PREFIX_USER, PREFIX_PASSWORD. */
record Endpoint(String url, String user, String password) {

    /**
     * Reads the environment.
     *
     * @param scheme of the JDBC URL: postgresql or mariadb
     * @throws IllegalArgumentException names the variable that is missing
     */
    static Endpoint of(Map<String, String> env, String prefix, String scheme) {
        return new Endpoint("jdbc:" + scheme + "://" + required(env, prefix + "_HOST") + ":" + required(env, prefix + "_PORT") + "/" + required(env, prefix + "_DATABASE"),
                required(env, prefix + "_USER"), required(env, prefix + "_PASSWORD"));
    }

    private static String required(Map<String, String> env, String name) {
        String value = env.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("environment variable " + name + " is not set");
        }
        return value;
    }

    /** A connection without autocommit; gives up on a silent server after 10 seconds. */
    Connection open() throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        // The two drivers count in different units.
        boolean postgres = url.startsWith("jdbc:postgresql:");
        properties.setProperty("connectTimeout", postgres ? "5" : "5000");
        properties.setProperty("socketTimeout", postgres ? "10" : "10000");
        Connection connection = DriverManager.getConnection(url, properties);
        connection.setAutoCommit(false);
        return connection;
    }

    @Override
    public String toString() {
        return url;
    }
}
