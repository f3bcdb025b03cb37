package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import dev.concordat.testing.Case;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What passes is asked again, a bounded number of times, and told. */
class PatienceTest {
    private static final StoreAccess ACCESS = new StoreAccess(new Store(StoreType.POSTGRESQL, "db", 5432, "shop", null, "t", new Store.Credentials("reader"), null, null), "spec.source.store", null, null);

    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger connected = new AtomicInteger();
    private final Patience patience = new Patience(stopped, _ -> {});

    private int failing(int times, String state) throws SQLException, StoreException {
        return patience.ask(ACCESS, true, () -> {
            if (asked.incrementAndGet() <= times) {
                throw new SQLException("canceling statement due to conflict with recovery", state);
            }
            return asked.get();
        }, connected::incrementAndGet);
    }

    @Test
    void aConflictIsReadAgainOverTheSameConnection() throws Exception {
        assertThat(failing(2, "40001")).isEqualTo(3);
        assertThat(connected).hasValue(0);
        assertThat(patience.note()).startsWith("; read again 2 times after: ").endsWith(" on the source");
    }

    @Test
    void aFailoverIsReadAgainOverAnotherConnection() throws Exception {
        assertThat(failing(1, "57P01")).isEqualTo(2);
        assertThat(connected).hasValue(1);
        assertThat(patience.note()).isEqualTo("; read again 1 time after: an administrator, or the server's shutdown, ended the connection on the source");
    }

    @Test
    @Case(value = "compare 5", before = "exit 3, \"Look up SQL state 40001\"", now = "read again up to 8 times, then Incomplete, which names hot_standby_feedback and max_standby_streaming_delay")
    void onlyThenItIsIncomplete() {
        SQLException left = catchThrowableOfType(SQLException.class, () -> failing(100, "40001"));
        assertThat(asked).hasValue(1 + Patience.TIMES);
        assertThat(ACCESS.explain(left).failure().reason()).isEqualTo("TransactionConflict");
        assertThat(ACCESS.explain(left).failure().remedy()).contains("hot_standby_feedback", "max_standby_streaming_delay");
        assertThat(ACCESS.explain(left).configuration()).isFalse();
    }

    @Test
    void whatDoesNotPassIsNotAskedAgain() {
        assertThatThrownBy(() -> failing(1, "22012")).isInstanceOf(SQLException.class);
        assertThatThrownBy(() -> failing(3, "57014")).isInstanceOf(SQLException.class);
        assertThat(patience.note()).isEmpty();
    }

    @Test
    void nothingIsAskedAgainOnceTheRunHasStopped() {
        stopped.set(true);
        assertThatThrownBy(() -> failing(1, "40P01")).isInstanceOf(SQLException.class);
        assertThat(asked).hasValue(1);
    }
}
