package dev.concordat.store.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.store.Column;
import dev.concordat.store.Dialect;
import dev.concordat.store.Form;
import dev.concordat.store.HashFunction;
import dev.concordat.store.Logical;
import dev.concordat.store.Reason;
import dev.concordat.store.mariadb.MariaDbDialect;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The SQL that MySQL gets, beside what its manual says; MySqlIT runs it where there is a server. */
class MySqlDialectTest {
    private static final Store STORE = new Store(StoreType.MYSQL, "db", 3306, "shop", null, "order`s", new Store.Credentials("reader"), null, null);

    @Test
    void aStoreOfTypeMySqlSpeaksIt() {
        assertThat(Dialect.of(StoreType.MYSQL)).isSameAs(MySqlDialect.INSTANCE);
        assertThat(MySqlDialect.INSTANCE.type()).isEqualTo(StoreType.MYSQL);
        assertThat(StoreType.MYSQL.display()).isEqualTo("MySQL");
        assertThat(StoreType.MYSQL.defaultPort()).isEqualTo(3306);
    }

    @Test
    void rowsAreRenderedAndHashedAsOnMariaDb() {
        Column at = new Column("at", Logical.TIMESTAMP, true, 0, 6, false, null, null, "datetime(6)");
        Column name = new Column("name", Logical.TEXT, true, 40, 0, false, "latin1", "latin1_swedish_ci", "varchar(40)");
        for (Form form : List.of(Form.digits(Form.Kind.TIMESTAMP, 6), Form.digits(Form.Kind.TIMESTAMP, 3), Form.digits(Form.Kind.TIMESTAMP, 0))) {
            assertThat(MySqlDialect.INSTANCE.canonical(form, at, "`at`")).isEqualTo(MariaDbDialect.INSTANCE.canonical(form, at, "`at`"));
        }
        String text = MySqlDialect.INSTANCE.canonical(Form.of(Form.Kind.TEXT), name, "`name`");
        assertThat(text).isEqualTo(MariaDbDialect.INSTANCE.canonical(Form.of(Form.Kind.TEXT), name, "`name`")).contains("USING utf8mb4");
        assertThat(MySqlDialect.INSTANCE.rowHash(HashFunction.SHA256, List.of(text))).isEqualTo("CAST(CONV(LEFT(SHA2(CONCAT_WS('|'," + text + "),256),16),16,10) AS UNSIGNED)");
        assertThat(MySqlDialect.INSTANCE.table(STORE)).isEqualTo("`shop`.`order``s`");
    }

    @Test
    void theGrantThatShowsReplicationHasMySqlsName() {
        assertThat(MySqlDialect.INSTANCE.monitorGrant()).isEqualTo("GRANT REPLICATION CLIENT ON *.* TO <account>");
        assertThat(MySqlDialect.INSTANCE.grant("SELECT", STORE)).isEqualTo("GRANT SELECT ON `shop`.`order``s` TO <account>");
    }

    @Test
    void errorsOfItsOwnAreNamed() {
        assertThat(reason(3118)).as("ER_ACCOUNT_HAS_BEEN_LOCKED").isEqualTo(Reason.AUTHENTICATION_FAILED);
        assertThat(reason(1820)).as("ER_MUST_CHANGE_PASSWORD").isEqualTo(Reason.AUTHENTICATION_FAILED);
        assertThat(reason(3955)).as("ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK").isEqualTo(Reason.AUTHENTICATION_FAILED);
        assertThat(reason(3024)).as("ER_QUERY_TIMEOUT").isEqualTo(Reason.STATEMENT_TIMEOUT);
        assertThat(reason(4031)).as("ER_CLIENT_INTERACTION_TIMEOUT").isEqualTo(Reason.CONNECTION_LOST);
        assertThat(reason(1146)).as("ER_NO_SUCH_TABLE").isEqualTo(Reason.TABLE_NOT_FOUND);
    }

    private static String reason(int code) {
        return MySqlDialect.INSTANCE.reason(new SQLException("", "HY000", code));
    }
}
