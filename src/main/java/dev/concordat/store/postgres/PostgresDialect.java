package dev.concordat.store.postgres;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.store.Dialect;
import dev.concordat.store.Login;
import dev.concordat.store.Reason;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/** PostgreSQL 14 and later. */
public final class PostgresDialect implements Dialect {
    public static final PostgresDialect INSTANCE = new PostgresDialect();

    private PostgresDialect() {}

    @Override
    public StoreType type() {
        return StoreType.POSTGRESQL;
    }

    @Override
    public String quote(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    @Override
    public String table(Store store) {
        return quote(schema(store)) + "." + quote(store.table());
    }

    static String schema(Store store) {
        return store.schema() == null ? "public" : store.schema();
    }

    @Override
    public Connection connect(Login login) throws SQLException {
        Store store = login.store();
        String host = store.host().indexOf(':') >= 0 ? "[" + store.host() + "]" : store.host();
        String url = "jdbc:postgresql://" + host + ":" + store.port() + "/" + URLEncoder.encode(store.database(), StandardCharsets.UTF_8).replace("+", "%20");
        Properties properties = new Properties();
        properties.setProperty("user", login.username());
        properties.setProperty("password", login.password());
        properties.setProperty("ApplicationName", "concordat");
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("loginTimeout", "10");
        // Beyond the server's own statement timeout: it only ends a wait for a server that is gone.
        properties.setProperty("socketTimeout", Long.toString(login.statementMillis() / 1000 + 15));
        properties.setProperty("tcpKeepAlive", "true");
        // No named statements, so that a pooler between us and the server does no harm.
        properties.setProperty("prepareThreshold", "0");
        // Details of errors quote values of rows.
        properties.setProperty("logServerErrorDetail", "false");
        properties.setProperty("sslmode", switch (store.tls().mode()) {
            case DISABLE -> "disable";
            case REQUIRE -> "require";
            case VERIFY_CA -> "verify-ca";
            case VERIFY_FULL -> "verify-full";
        });
        if (login.ca() != null) {
            properties.setProperty("sslrootcert", login.ca().toString());
        }
        Connection connection = new org.postgresql.Driver().connect(url, properties);
        try (Statement statement = connection.createStatement()) {
            StringBuilder pin = new StringBuilder("set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set extra_float_digits = 1; "
                    + "set bytea_output = 'hex'; set standard_conforming_strings = on; set client_encoding = 'UTF8'; set lock_timeout = '5s'; set jit = off; "
                    + "set statement_timeout = " + login.statementMillis());
            if (!login.write()) {
                pin.append("; set lc_monetary = 'C'; set default_transaction_read_only = on; set search_path = pg_catalog, ").append(quote(schema(store)))
                        .append(", public");
            }
            statement.execute(pin.toString());
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public String reason(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        String text = String.valueOf(e.getMessage());
        if (text.contains("does not support SSL") || text.contains("no encryption") || text.contains("SSL off") || text.contains("hostname could not be verified")
                || text.contains("SSL root certificate")) {
            return Reason.TLS_FAILED;
        }
        return switch (state) {
            case "28P01", "28000" -> Reason.AUTHENTICATION_FAILED;
            case "3D000" -> Reason.DATABASE_NOT_FOUND;
            case "42P01", "3F000" -> Reason.TABLE_NOT_FOUND;
            case "42703" -> Reason.COLUMN_NOT_FOUND;
            case "42501", "25006" -> Reason.PERMISSION_DENIED;
            // 57014 is also a cancel by an administrator, which ends the chunk in the same way.
            case "57014", "55P03" -> Reason.STATEMENT_TIMEOUT;
            case "53300", "57P03", "08001", "08004" -> Reason.STORE_UNREACHABLE;
            default -> state.startsWith("08") || state.startsWith("57P") ? Reason.CONNECTION_LOST : Reason.STORE_ERROR;
        };
    }

    @Override
    public String grant(String privilege, Store store) {
        return "GRANT USAGE ON SCHEMA " + quote(schema(store)) + " TO <account>; GRANT " + privilege + " ON " + table(store) + " TO <account>";
    }
}
