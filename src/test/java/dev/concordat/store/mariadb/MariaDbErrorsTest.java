package dev.concordat.store.mariadb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.report.Failure;
import dev.concordat.store.Reason;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.Trouble.Passes;
import dev.concordat.testing.Case;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MariaDbErrorsTest {
    private static StoreAccess access(StoreType type) {
        return new StoreAccess(new Store(type, "db", 3306, "shop", null, "orders", new Store.Credentials("reader"), null, null), "spec.source.store", null, null);
    }

    /** Those that a reader or a prober may meet. */
    private static final int[] MET = {1020, 1021, 1028, 1030, 1034, 1040, 1044, 1045, 1047, 1049, 1053, 1054, 1064, 1104, 1114, 1129, 1130, 1142, 1143, 1146, 1153, 1158, 1159, 1160, 1161, 1194, 1195, 1203, 1205, 1213,
        1226, 1227, 1267, 1290, 1292, 1301, 1305, 1317, 1356, 1365, 1366, 1412, 1449, 1615, 1690, 1792, 1836, 1927, 1969, 2006, 2013, 3024, 4031};

    @Test
    @Case(value = "compare 13", before = "Look up SQL state X, error 0", now = "each documented error of MariaDB and MySQL has words and a remedy")
    void eachErrorHasARemedy() {
        for (StoreType type : new StoreType[] {StoreType.MARIADB, StoreType.MYSQL}) {
            for (int code : MET) {
                Failure failure = access(type).explain(new SQLException("the server's words", "HY000", code)).failure();
                assertThat(failure.remedy()).as("%d", code).isNotBlank().doesNotContain("Look up");
                assertThat(failure.message()).as("%d", code).doesNotContain("error 0");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1205, AGAIN", "1213, AGAIN", "1412, AGAIN", "1615, AGAIN", "1040, RECONNECT", "1203, RECONNECT", "1053, RECONNECT", "2006, RECONNECT", "2013, RECONNECT", "1927, RECONNECT", "3024, NO", "1969, NO", "1142, NO",
        "1690, NO", "1114, NO"})
    void whatPasses(int code, Passes passes) {
        assertThat(access(StoreType.MARIADB).trouble(new SQLException("words", "HY000", code)).passes()).isEqualTo(passes);
    }

    @Test
    void whatNoTableHasGoesByItsState() {
        assertThat(MariaDbDialect.INSTANCE.reason(new SQLException("words", "28000", 9_999))).isEqualTo(Reason.AUTHENTICATION_FAILED);
        assertThat(MariaDbDialect.INSTANCE.reason(new SQLException("words", "22001", 9_999))).isEqualTo(Reason.DATA_EXCEPTION);
        assertThat(MariaDbDialect.INSTANCE.reason(new SQLException("words", "HY000", 9_999))).isEqualTo(Reason.STORE_ERROR);
    }
}
