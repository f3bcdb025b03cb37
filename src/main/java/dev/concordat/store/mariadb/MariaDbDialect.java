package dev.concordat.store.mariadb;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.store.Dialect;
import dev.concordat.store.Login;
import dev.concordat.store.Reason;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.mariadb.jdbc.Configuration;
import org.mariadb.jdbc.Driver;

/** MariaDB 10.11 and later. */
public final class MariaDbDialect implements Dialect {
    public static final MariaDbDialect INSTANCE = new MariaDbDialect();

    private MariaDbDialect() {}

    @Override
    public StoreType type() {
        return StoreType.MARIADB;
    }

    @Override
    public String quote(String identifier) {
        return '`' + identifier.replace("`", "``") + '`';
    }

    @Override
    public String table(Store store) {
        return quote(store.database()) + "." + quote(store.table());
    }

    @Override
    public Connection connect(Login login) throws SQLException {
        Store store = login.store();
        Configuration.Builder builder = new Configuration.Builder()
                .addHost(store.host(), store.port()).database(store.database()).user(login.username()).password(login.password())
                .connectTimeout(5_000)
                // Beyond the server's own statement timeout: it only ends a wait for a server that is gone.
                .socketTimeout((int) Math.min(Integer.MAX_VALUE, login.statementMillis() + 15_000))
                .tinyInt1isBit(false)
                .sslMode(switch (store.tls().mode()) {
                    case DISABLE -> "disable";
                    case REQUIRE -> "trust";
                    case VERIFY_CA -> "verify-ca";
                    case VERIFY_FULL -> "verify-full";
                });
        if (login.ca() != null) {
            builder.serverSslCert(login.ca().toString());
        }
        Connection connection = Driver.connect(builder.build());
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
                    + "character_set_results = utf8mb4, lock_wait_timeout = 5, innodb_lock_wait_timeout = 5, group_concat_max_len = 1048576, "
                    + "max_statement_time = " + login.statementMillis() / 1000.0);
            if (!login.write()) {
                statement.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY");
            }
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public String reason(SQLException e) {
        String text = String.valueOf(e.getMessage());
        if (text.contains("ssl not enabled") || text.contains("SSL") && text.contains("support") || e.getErrorCode() == 3159) {
            return Reason.TLS_FAILED;
        }
        return switch (e.getErrorCode()) {
            case 1045, 1698, 1862, 4151 -> Reason.AUTHENTICATION_FAILED;
            case 1049 -> Reason.DATABASE_NOT_FOUND;
            case 1146, 1932 -> Reason.TABLE_NOT_FOUND;
            case 1054 -> Reason.COLUMN_NOT_FOUND;
            case 1044, 1142, 1143, 1227, 1290, 1370, 1792 -> Reason.PERMISSION_DENIED;
            case 1205, 1969, 3024 -> Reason.STATEMENT_TIMEOUT;
            case 1040, 1129, 1130, 1203, 1226 -> Reason.STORE_UNREACHABLE;
            case 1053, 1317, 1927, 2006, 2013 -> Reason.CONNECTION_LOST;
            default -> {
                String state = e.getSQLState() == null ? "" : e.getSQLState();
                yield state.startsWith("28") ? Reason.AUTHENTICATION_FAILED : state.startsWith("08") ? Reason.CONNECTION_LOST : Reason.STORE_ERROR;
            }
        };
    }

    @Override
    public String grant(String privilege, Store store) {
        return "GRANT " + privilege + " ON " + table(store) + " TO <account>";
    }
}
