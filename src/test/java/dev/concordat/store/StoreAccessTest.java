package dev.concordat.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a message repeats of a database's own words. */
class StoreAccessTest {
    @ParameterizedTest
    @CsvSource(delimiter = '!', value = {
            "22P02!0!invalid input syntax for type integer: \"secret\"", "22007!1292!Incorrect datetime value: 'secret'", "23000!1062!Duplicate entry 'secret' for key 'group_key'",
            "HY000!1366!Incorrect string value: 'secret' for column 'c' at row 1", "HY000!1300!Invalid utf8mb4 character string: 'secret'", "HY000!1411!Incorrect datetime value: 'secret' for function str_to_date"})
    void anErrorThatQuotesAValueIsNotRepeated(String state, int code, String words) {
        Store store = new Store(StoreType.MARIADB, "host", 3306, "shop", null, "t", new Store.Credentials("reader"), null, null);
        String told = "(SQL state " + state + (code == 0 ? ")" : ", error " + code + ")");
        for (StoreAccess access : List.of(new StoreAccess(store, "spec.source.store", null, null), new StoreAccess(store, "source", new Account("source", "me", "", null)))) {
            assertThat(access.words(new SQLException(words, state, code))).doesNotContain("secret", "error 0").contains(told.substring(1, told.length() - 1));
        }
    }
}
