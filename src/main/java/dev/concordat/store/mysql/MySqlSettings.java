package dev.concordat.store.mysql;

import static dev.concordat.store.mariadb.MariaDbSettings.text;

import dev.concordat.store.Login;
import dev.concordat.store.Setting;
import dev.concordat.store.mariadb.MariaDbSettings;
import java.util.ArrayList;
import java.util.List;

/** Every setting of MySQL 8.0.22 to 9.7 that decides what a statement of ours sees and how it is written, beyond those of {@link MariaDbSettings#both}. */
final class MySqlSettings {
    private static final List<Setting> MYSQL = List.of(
            text("sql_mode", MariaDbSettings.MODE + ",TIME_TRUNCATE_FRACTIONAL", "literals, operators and conversions mean something else"),
            text("use_secondary_engine", "OFF", "rows come from a copy that follows the table later"),
            Setting.of("cte_max_recursion_depth", "4294967295", "a recursive view is refused"),
            Setting.of("windowing_use_high_precision", "1", "a view with window functions sums up in another way"),
            Setting.of("information_schema_stats_expiry", "0", "the catalogue answers with what it knew a day ago"),
            Setting.of("show_gipk_in_create_table_and_information_schema", "1", "the catalogue leaves out a primary key that the server made"));

    private MySqlSettings() {}

    /** All that are set in a session of MySQL. */
    static List<Setting> mySql(Login login) {
        List<Setting> all = new ArrayList<>(MariaDbSettings.both());
        all.addAll(MYSQL);
        all.addAll(MariaDbSettings.transaction("transaction_", login));
        all.add(Setting.of("max_execution_time", Long.toString(login.statementMillis()), "a statement without end"));
        return all;
    }
}
