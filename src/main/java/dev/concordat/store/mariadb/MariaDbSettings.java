package dev.concordat.store.mariadb;

import dev.concordat.store.Dialect;
import dev.concordat.store.Login;
import dev.concordat.store.Setting;
import java.util.ArrayList;
import java.util.List;

/**
 * Every setting of MariaDB 10.11 to 11.8, and those that MySQL has as well, that decides which rows, columns or values a statement of ours sees, how a value is written, or what ends it.
 * Server, role, login and {@code init_connect} set them before us. What is left alone: what changes time and memory only ({@code optimizer_switch}, sizes of buffers), what only
 * statements that write or define obey, and {@code block_encryption_mode}, without which a view that decrypts gives NULL.
 */
public final class MariaDbSettings {
    /** How the server shows a setting that is in force when it is at least so large. */
    static final String AT_LEAST = "at least ";

    /** Bytes of all rows of a stretch together; what is longer is cut, with a warning. */
    private static final int MOST_CONCATENATED = 1 << 24;
    /** Bytes in which the longest statement of ours fits, and each value of a row that is not rendered as a digest. */
    private static final int PACKET = 1 << 20;
    private static final String NO_LIMIT = "18446744073709551615";
    /** As the driver's two numbers of a version, major and minor. */
    private static final int V11_1 = 1101;
    private static final int V11_2 = 1102;

    /** Double quotes enclose names, as on PostgreSQL: what is meant as a name is not silently a text, nor the other way round. */
    public static final String MODE = "ANSI_QUOTES,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

    private static final List<Setting> BOTH = List.of(
            Setting.of("sql_select_limit", NO_LIMIT, "rows past it are not given, those of the catalogue among them"),
            Setting.of("sql_big_selects", "1", "a statement that the server thinks long is refused"),
            Setting.of("sql_auto_is_null", "0", "IS NULL finds the row that was written last"),
            Setting.of("autocommit", "1", "a transaction stays open after each statement, and holds the table's definition"),
            text("completion_type", "NO_CHAIN", "a transaction ends in another one, or with the connection"),
            text("time_zone", "+00:00", "points in time are written, and read in literals, in another zone"),
            text("character_set_client", "utf8mb4", "statements are read in other bytes"),
            text("character_set_connection", "utf8mb4", "literals are converted to other bytes"),
            text("collation_connection", "utf8mb4_general_ci", "texts that no column lends its collation to are compared in another way"),
            text("character_set_results", "utf8mb4", "texts come in other bytes, with ? for what these do not have"),
            text("lc_time_names", "en_US", "DATE_FORMAT in a view or a condition gives other names"),
            Setting.of("default_week_format", "0", "WEEK in a view or a condition gives other numbers"),
            Setting.of("div_precision_increment", "4", "a quotient in a view or a condition has other digits"),
            Setting.of("max_sort_length", "1024", "long texts are sorted by fewer of their first bytes"),
            Setting.of("group_concat_max_len", Integer.toString(MOST_CONCATENATED), "the texts of a stretch are cut"),
            Setting.of("sql_quote_show_create", "1", "names in a table's definition stand without quotes"),
            Setting.of("lock_wait_timeout", "5", "waiting for a table's lock for a year"),
            Setting.of("innodb_lock_wait_timeout", "5", "waiting for a row's lock"),
            Setting.of("wait_timeout", "28800", "the connection ends while it waits for its next question"),
            Setting.of("net_read_timeout", "60", "the connection ends while a statement comes"),
            Setting.of("net_write_timeout", "600", "the connection ends while rows wait to be read"));

    /** What is not set by our session, or not by every account: looked at, and set or refused where it is less. */
    private static final List<Setting> LEAST = List.of(
            new Setting("max_error_count", Integer.toString(Dialect.MOST_WARNINGS), AT_LEAST + Dialect.MOST_WARNINGS, "a warning that values were cut is lost", 0),
            new Setting("max_allowed_packet", Integer.toString(PACKET), AT_LEAST + PACKET, "long values become NULL, on both sides", 0));

    private static final List<Setting> MARIADB = List.of(
            new Setting("system_versioning_asof", "DEFAULT", "DEFAULT", "a table with system versioning shows its rows of another day", 0),
            text("old_mode", "UTF8_IS_UTF8MB3", "times are converted to timestamps, and utf8 is read, in another way"),
            text("default_regex_flags", "", "REGEXP in a view or a condition finds other texts"),
            Setting.of("max_recursive_iterations", "4294967295", "a recursive view ends early, with a warning only"),
            text("query_cache_type", "OFF", "answers come from the cache, and go into it"),
            Setting.of("wsrep_dirty_reads", "0", "a node that has lost its cluster answers with old rows"),
            Setting.of("idle_transaction_timeout", "0", "the connection ends between two portions of rows"),
            Setting.of("idle_readonly_transaction_timeout", "0", "the connection ends between two portions of rows"),
            // 11.2: which collation CONVERT ... USING gives.
            new Setting("character_set_collations", "''", "", "converted texts are compared in another way", V11_2));

    private MariaDbSettings() {}

    /** A setting whose value is a text. */
    public static Setting text(String name, String value, String why) {
        return new Setting(name, "'" + value + "'", value, why, 0);
    }

    /** Those that MariaDB and MySQL have in common. */
    public static List<Setting> both() {
        return BOTH;
    }

    /** Those that are looked at first. */
    public static List<Setting> least() {
        return LEAST;
    }

    /** All that are set in a session of MariaDB. */
    static List<Setting> mariaDb(Login login, int version) {
        List<Setting> all = new ArrayList<>(BOTH);
        all.addAll(MARIADB);
        all.add(text("sql_mode", MODE, "literals, operators and conversions mean something else"));
        // 11.1 gave them the names that MySQL has.
        String prefix = version >= V11_1 ? "transaction_" : "tx_";
        all.addAll(transaction(prefix, login));
        all.add(Setting.of("max_statement_time", Double.toString(login.statementMillis() / 1000.0), "a statement without end"));
        return all.stream().filter(setting -> setting.since() <= version).toList();
    }

    /** How a transaction sees and changes the store. */
    public static List<Setting> transaction(String prefix, Login login) {
        return List.of(text(prefix + "isolation", "READ-COMMITTED", "rows that nobody has committed are seen, or rows are locked"),
                Setting.of(prefix + "read_only", login.write() ? "0" : "1", login.write() ? "nothing can be written" : "what reads could write"));
    }
}
