package dev.concordat.store.mysql;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.Store.TlsMode;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.store.Catalogue;
import dev.concordat.store.Column;
import dev.concordat.store.Logical;
import dev.concordat.store.Login;
import dev.concordat.store.Setting;
import dev.concordat.store.mariadb.MariaDbDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;

/**
 * MySQL 8.0.22 and later, where it is not as MariaDB:
 * <ul>
 * <li>CAST rounds fractional seconds, MariaDB cuts them. The SQL mode TIME_TRUNCATE_FRACTIONAL, which MariaDB does not have, makes MySQL cut them too
 *     (MySQL 8.0 Reference Manual, 7.1.11 Server SQL Modes), so that both render a time alike.
 * <li>max_execution_time is in milliseconds and ends SELECT alone; there is no max_statement_time (7.1.8 Server System Variables).
 * <li>JSON is a type of its own, kept in a binary form: keys sorted, the last of two equal keys kept (13.5 The JSON Data Type). MariaDB keeps the text.
 * <li>There is no UUID and no INET type. CAST ... AS FLOAT and AS DOUBLE exist from 8.0.17 (14.10 Cast Functions and Operators).
 * <li>The catalogue answers with statistics of up to a day ago unless information_schema_stats_expiry is 0 (28.3.38 The INFORMATION_SCHEMA TABLES Table).
 * <li>Accounts use caching_sha2_password. Without TLS its first login needs the server's RSA key, which the driver asks the server for
 *     (8.4.1.2 Caching SHA-2 Pluggable Authentication).
 * <li>SHOW REPLICA STATUS, from 8.0.22, has Seconds_Behind_Source.
 * <li>MySQL 9 computes MD5 only where a component for it is installed; the hash is chosen among those that both servers have.
 * </ul>
 */
public final class MySqlDialect extends MariaDbDialect {
    public static final MySqlDialect INSTANCE = new MySqlDialect();

    private MySqlDialect() {}

    @Override
    public StoreType type() {
        return StoreType.MYSQL;
    }

    @Override
    protected List<Setting> settings(Login login, int version) {
        return MySqlSettings.mySql(login);
    }

    @Override
    protected Properties driver(Login login) {
        Properties properties = new Properties();
        if (login.store().tls().mode() == TlsMode.DISABLE) {
            // The contract has chosen a connection that nobody protects; a key asked for over it is no worse.
            properties.setProperty("allowPublicKeyRetrieval", "true");
        }
        return properties;
    }

    @Override
    protected String secondsBehind() {
        return "Seconds_Behind_Source";
    }

    @Override
    public String monitorGrant() {
        return "GRANT REPLICATION CLIENT ON *.* TO <account>";
    }

    @Override
    public Catalogue catalogue(Connection connection, Store store) throws SQLException {
        Catalogue read = super.catalogue(connection, store);
        List<Column> columns = read.columns().stream().map(c -> c.declared().equals("json") ? c.as(Logical.JSON) : c).toList();
        return new Catalogue(columns, read.uniqueKeys(), read.estimatedRows(), read.primaryKey(), read.rounding());
    }

    @Override
    public String sample(Column column, int scale, String text) {
        return super.sample(column.logical() == Logical.UUID ? column.as(Logical.TEXT) : column, scale, text);
    }
}
