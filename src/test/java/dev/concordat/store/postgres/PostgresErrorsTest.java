package dev.concordat.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.report.Failure;
import dev.concordat.store.Account;
import dev.concordat.store.StoreAccess;
import dev.concordat.testing.Case;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every class of PostgreSQL's errors has words and a remedy; what the server wrote itself, which may quote values, is for the command line. */
class PostgresErrorsTest {
    private static final Store STORE = new Store(StoreType.POSTGRESQL, "db", 5432, "shop", null, "t", new Store.Credentials("reader"), null, null);
    private static final StoreAccess CLUSTER = new StoreAccess(STORE, "spec.source.store", null, null);
    private static final StoreAccess COMMAND_LINE = new StoreAccess(STORE, "source", new Account("source", "me", "", null));

    /** The classes of errors of Appendix A, one code of each; and one of no class. */
    @ParameterizedTest
    @ValueSource(strings = {"03000", "08006", "09000", "0A000", "0B000", "0F001", "0L000", "0P000", "0Z002", "10608", "20000", "21000", "22012", "23514", "24000", "25P02", "25P03", "25P04", "26000", "27000",
            "28P01", "2BP01", "2D000", "2F005", "34000", "38004", "39P01", "3B001", "3D000", "3F000", "40001", "40P01", "42601", "42501", "42P01", "42703", "42883", "44000", "53100", "53200", "53300", "53400",
            "54001", "55000", "55P03", "55006", "57014", "57P01", "57P02", "57P03", "57P04", "57P05", "58030", "72000", "F0000", "HV000", "P0001", "XX000", "XX001", "99999"})
    @Case(value = "compare 13", before = "\"Look up SQL state X, error 0\"", now = "words and a remedy of the class; the server's own text on the command line only; never error 0")
    void wordsAndARemedy(String state) {
        SQLException e = new SQLException("ERROR: the server's own words on secret", state);
        for (StoreAccess access : new StoreAccess[] {CLUSTER, COMMAND_LINE}) {
            Failure failure = access.explain(e).failure();
            assertThat(failure.text()).doesNotContain("error 0", "null");
            assertThat(failure.message()).isNotBlank();
            assertThat(failure.remedy()).isNotBlank();
            assertThat(failure.remedy().contains("Look up")).as(failure.remedy()).isEqualTo(state.equals("99999"));
        }
    }

    /** Raised by a function of a view, an error may have any text. */
    @ParameterizedTest
    @ValueSource(strings = {"P0001", "22012", "23514", "XX000", "99999", "0A000", "40001"})
    void inAClusterOnlyStateAndPosition(String state) {
        SQLException e = new SQLException("ERROR: customer 4711 is called secret", state);
        assertThat(CLUSTER.explain(e).failure().text()).doesNotContain("secret").contains("SQL state " + state);
        assertThat(CLUSTER.words(e)).doesNotContain("secret");
    }

    @Test
    @Case(value = "compare 11", before = "\"raise --statement-timeout\"", now = "waited for a lock for 5 s, by whom it is held, and what to do")
    void aLockIsNoMatterOfTheStatementTimeout() {
        Failure failure = COMMAND_LINE.explain(new SQLException("canceling statement due to lock timeout", "55P03")).failure();
        assertThat(failure.reason()).isEqualTo("TableLocked");
        assertThat(failure.text()).contains("waited for a lock for 5 s", "ALTER TABLE").doesNotContain("statement-timeout");
    }

    @Test
    void aPoolerThatRefusesAParameterOfTheLogin() {
        Failure failure = CLUSTER.explain(new SQLException("FATAL: unsupported startup parameter: options", "08P01")).failure();
        assertThat(failure.reason()).isEqualTo("SessionNotPinned");
        assertThat(failure.text()).contains("ignore_startup_parameters");
    }
}
