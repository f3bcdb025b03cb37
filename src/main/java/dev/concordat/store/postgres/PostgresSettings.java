package dev.concordat.store.postgres;

import dev.concordat.store.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Every setting of PostgreSQL 14 to 18 that decides which rows, columns or values a statement of ours sees, how a value is written, or what ends it. All of them are set for one
 * transaction, in one statement whose answer is what the server then shows; those that an ordinary account may not set are looked at only. Custom settings (with a dot in their names)
 * that a view or a policy reads are the store's own business: nobody knows their names.
 */
final class PostgresSettings {
    private static final int V17 = 170_000;

    /** For reading and writing. */
    private static final List<Setting> ALWAYS = List.of(
            Setting.of("role", "none", "another role has other privileges, and is another current_user to policies and views"),
            Setting.of("standard_conforming_strings", "on", "a backslash in a literal would be an escape"),
            Setting.of("backslash_quote", "safe_encoding", "\\' in an escape string would end or not end it"),
            Setting.of("client_encoding", "UTF8", "texts would come in other bytes, of which the hash is made"),
            Setting.of("timezone", "UTC", "times would be written, and literals read, in another zone"),
            Setting.of("datestyle", "ISO, YMD", "dates would be written in another order"),
            Setting.of("intervalstyle", "postgres", "intervals would be written in another form"),
            Setting.of("extra_float_digits", "1", "below 1 floats are rounded, and two that differ look equal"),
            Setting.of("bytea_output", "hex", "bytes would be written as escapes"),
            Setting.of("lc_monetary", "C", "money would be written with other signs"),
            Setting.of("lc_numeric", "C", "to_char would write other signs"),
            Setting.of("lc_time", "C", "to_char would write other names"),
            Setting.of("xmlbinary", "base64", "bytes in XML would be written in another form"),
            Setting.of("xmloption", "content", "a text that is XML content would be refused, or read in another way"),
            Setting.of("array_nulls", "on", "NULL in an array's literal would be a text"),
            Setting.of("transform_null_equals", "off", "= NULL would mean IS NULL"),
            Setting.of("quote_all_identifiers", "off", "types would be named in another spelling"),
            Setting.of("default_text_search_config", "pg_catalog.simple", "to_tsvector in a view or a condition would give other words"),
            Setting.of("client_min_messages", "error", "notices of functions would pass for warnings about the rows that were read"),
            Setting.of("exit_on_error", "off", "a condition that the server refuses would end the connection"),
            Setting.of("lock_timeout", "5s", "waiting for a lock without end"),
            Setting.of("idle_in_transaction_session_timeout", "5min", "the connection ends between two portions of rows, or never"),
            new Setting("transaction_timeout", "0", "0", "a statement would end before its own limit", V17));

    private static final List<Setting> READING = List.of(
            Setting.of("search_path", "pg_catalog, pg_temp", "operators, functions and types of others in place of the server's own; without pg_temp at the end it comes first"),
            Setting.of("row_security", "off", "rows that a policy hides would look missing; with off they are an error"),
            Setting.of("gin_fuzzy_search_limit", "0", "a condition that a GIN index serves would find some of the rows"),
            Setting.of("constraint_exclusion", "partition", "rows that a constraint of a foreign table denies would be left out"),
            new Setting("restrict_nonsystem_relation_kind", "", "", "views or foreign tables would be refused", V17),
            // How, not what: groups are over-estimated for an expression, and the sort that follows would carry whole rows to disk.
            Setting.of("enable_sort", "off", "a sort of whole rows on disk"),
            Setting.of("jit", "off", "compiling costs more than it saves"));

    private static final List<Setting> WRITING = List.of(Setting.of("row_security", "on", "a table with policies would refuse the account that they are made for"));

    /** What an ordinary account may not set: looked at, and refused where it is not so. */
    private static final List<Setting> LOOKED_AT = List.of(
            Setting.of("zero_damaged_pages", "off", "rows of damaged pages would be missing without a word"),
            Setting.of("ignore_checksum_failure", "off", "damaged pages would be read as if they were sound"));

    private final List<Setting> set;
    private final List<Setting> seen;
    private final String sql;

    /**
     * @param write           whether the session may write
     * @param statementMillis longest time of a statement
     * @param version         of the server, as 150018
     */
    PostgresSettings(boolean write, long statementMillis, int version) {
        List<Setting> all = new ArrayList<>(ALWAYS);
        all.addAll(write ? WRITING : READING);
        all.add(new Setting("statement_timeout", Long.toString(statementMillis), shown(statementMillis), "a statement without end", 0));
        set = all.stream().filter(setting -> setting.since() <= version).toList();
        seen = Stream.of(LOOKED_AT, List.of(Setting.of("transaction_read_only", write ? "off" : "on", "what reads could write"))).flatMap(List::stream).toList();
        sql = "select pg_catalog.concat_ws('|'," + Stream.concat(set.stream().map(PostgresSettings::sets),
                seen.stream().map(setting -> "pg_catalog.current_setting('" + setting.name() + "')")).collect(Collectors.joining(",")) + ")";
    }

    private static String sets(Setting setting) {
        return "pg_catalog.set_config('" + setting.name() + "','" + setting.value() + "',true)";
    }

    /** One statement that sets them all for the transaction that it is in, and gives them as the server then shows them, with bars between. */
    String sql() {
        return sql;
    }

    /** What {@link #sql} answers when every setting is in force. */
    String expected() {
        return Stream.concat(set.stream(), seen.stream()).map(Setting::shown).collect(Collectors.joining("|"));
    }

    /** Those that are set, in the order of the answer. */
    List<Setting> set() {
        return set;
    }

    /** Those that are looked at, which follow in the answer. */
    List<Setting> lookedAt() {
        return seen;
    }

    /** Milliseconds as the server shows them: in the largest unit that leaves no rest. */
    static String shown(long millis) {
        long[] sizes = {86_400_000, 3_600_000, 60_000, 1_000};
        String[] units = {"d", "h", "min", "s"};
        for (int i = 0; i < sizes.length; i++) {
            if (millis % sizes[i] == 0 && millis > 0) {
                return millis / sizes[i] + units[i];
            }
        }
        return millis == 0 ? "0" : millis + "ms";
    }
}
