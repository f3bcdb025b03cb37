package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static dev.concordat.drift.TwoTables.secret;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.playground.databases.MariaDbServer;
import dev.concordat.report.Failure;
import dev.concordat.store.Reason;
import dev.concordat.testing.Case;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server, a login or {@code init_connect} sets is not what our session reads under. A server of its own, since these are settings of all its sessions. */
class MariaDbSessionIT {
    private static final String DATABASE = "shop";
    private static final String READER = "reader";

    private static MariaDbServer server;

    @BeforeAll
    static void start() throws Exception {
        server = MariaDbServer.start();
        server.createDatabase(DATABASE);
        server.createUser(READER, "r");
        server.execute(DATABASE, """
                create table a(id int primary key, c1 int, c2 int, c3 int, c4 int, c5 int, c6 int); insert into a values (1,1,1,1,1,1,1), (2,1,1,1,1,1,1);
                create table b like a; insert into b select * from a; update b set c6 = 99 where id = 2;
                create table f(id int primary key, status varchar(10), v int); insert into f values (1, 'open', 1), (2, 'void', 1); create table g like f; insert into g values (1, 'open', 1), (2, 'void', 2);
                grant select on shop.* to reader@'%'""");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Outcome compare(String source, String target, RecordRules rules) throws Exception {
        var secret = secret(READER, "r");
        CompareSpec spec = CompareSpec.full(TwoTables.access(server, DATABASE, source, "spec.source.store", secret, 1, "30s"), TwoTables.access(server, DATABASE, target, "spec.target.store", secret, 1, "30s"),
                rules, Duration.ZERO);
        return new Comparison(spec, Comparison.SchemaGate.OPEN, System::nanoTime).run();
    }

    /** Sets a global variable for the time of some work. */
    private static void under(String name, String value, SqlRunnable work) throws Exception {
        String[] before = new String[1];
        try (var connection = server.connect("mysql"); var statement = connection.createStatement()) {
            var r = statement.executeQuery("select @@global." + name);
            r.next();
            before[0] = r.getString(1);
        }
        server.execute("mysql", "set global " + name + " = " + value);
        try {
            work.run();
        } finally {
            server.execute("mysql", "set sql_mode = ''; set global " + name + " = " + (before[0].matches("[0-9.]+") ? before[0] : "'" + before[0].replace("'", "''") + "'"));
        }
    }

    private interface SqlRunnable {
        void run() throws Exception;
    }

    private static void seesAll() throws Exception {
        Outcome outcome = compare("a", "b", rules("id"));
        assertThat(found(outcome)).containsExactly("DIFFERENT 2 [c6]");
        assertThat(outcome.rows().source()).isEqualTo(2);
    }

    @Test
    @Case(value = "compare 1", before = "InSync, exit 0: columns past the fifth are never seen", now = "Drift in record 2, field c6")
    void aLimitOnRows() throws Exception {
        under("sql_select_limit", "5", MariaDbSessionIT::seesAll);
        under("sql_select_limit", "0", MariaDbSessionIT::seesAll);
    }

    @ParameterizedTest
    @ValueSource(strings = {"set sql_select_limit = 1", "set autocommit = 0", "set completion_type = CHAIN", "set sql_mode = 'ORACLE'", "set sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT'",
            "set character_set_results = latin1, character_set_connection = latin1", "set max_error_count = 0", "set time_zone = '-11:00'", "set timestamp = 86400", "set system_versioning_asof = '2001-01-01 00:00:00'",
            "set sql_quote_show_create = 0", "set group_concat_max_len = 4", "set wait_timeout = 1", "set transaction_read_only = 1", "set max_statement_time = 0.001", "set sql_big_selects = 0, max_join_size = 1"})
    void whatInitConnectSets(String statement) throws Exception {
        under("init_connect", "'" + statement.replace("'", "''") + "'", MariaDbSessionIT::seesAll);
    }

    /** A table with system versioning shows its rows of today. */
    @Test
    void aDayInThePast() throws Exception {
        server.execute(DATABASE, "create or replace table h(id int primary key, v int) with system versioning; insert into h values (1, 1)");
        under("init_connect", "'set system_versioning_asof = \"2001-01-01 00:00:00\"'", () -> assertThat(compare("h", "h", rules("id")).rows().source()).isEqualTo(1));
        try {
            server.execute("mysql", "set global system_versioning_asof = '2001-01-01 00:00:00'");
            Outcome outcome = compare("h", "h", rules("id"));
            assertThat(outcome.failure() != null ? outcome.failure().reason() : outcome.rows().source()).isIn(Reason.SESSION_NOT_PINNED, 1L);
        } finally {
            server.execute("mysql", "set global system_versioning_asof = default");
        }
    }

    @Test
    void whatCannotBePinnedIsRefusedByName() throws Exception {
        under("max_allowed_packet", "16384", () -> {
            Failure failure = compare("a", "b", rules("id")).failure();
            assertThat(failure.reason()).isEqualTo(Reason.SESSION_NOT_PINNED);
            assertThat(failure.message()).contains("max_allowed_packet", "at least 1048576", "16384");
            assertThat(failure.remedy()).contains("SET GLOBAL max_allowed_packet=1048576", "long values become NULL");
        });
    }

    @ParameterizedTest
    @CsvSource({"ANSI", "''", "ORACLE"})
    @Case(value = "compare 6", before = "in ANSI_QUOTES \"status\" was a text: none of 0 records, InSync, exit 0", now = "double quotes enclose names whatever the server's mode is; a text in them is refused with words")
    void aFilterIsReadInOneMode(String mode) throws Exception {
        under("sql_mode", "'" + mode + "'", () -> {
            Outcome named = compare("f", "g", filter("\"status\" = 'void'"));
            assertThat(found(named)).containsExactly("DIFFERENT 2 [v]");
            assertThat(named.rows().source()).isEqualTo(1);
            Failure text = compare("f", "g", filter("status = \"void\"")).failure();
            assertThat(text.reason()).isEqualTo("FilterInvalid");
            assertThat(text.remedy()).contains("names stand in double quotes", "texts in single quotes");
            // A bar is OR and a backslash an escape, on every server.
            assertThat(compare("f", "g", filter("status = 'a' || 'b' = 'b'")).rows().source()).isEqualTo(2);
            assertThat(compare("f", "g", filter("'\\'' = ''''")).rows().source()).isEqualTo(2);
        });
    }

    private static RecordRules filter(String condition) {
        RecordRules rules = rules("id");
        return new RecordRules(rules.key(), rules.version(), new RecordRules.Rows(condition, condition), rules.deletes(), rules.partition(), rules.fields());
    }
}
