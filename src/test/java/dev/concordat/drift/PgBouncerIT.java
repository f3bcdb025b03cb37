package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreSession;
import dev.concordat.testing.Case;
import dev.concordat.testing.PgBouncer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pooler between, whose one connection to the server the comparison shares with an application: what either sets must not be in force for the other. */
class PgBouncerIT {
    private static final String IGNORED = "extra_float_digits";
    private static final List<String> SETTINGS = List.of("statement_timeout", "lock_timeout", "search_path", "row_security", "default_transaction_read_only", "transaction_read_only", "extra_float_digits", "enable_sort",
            "jit", "datestyle", "bytea_output", "role", "lc_numeric", "client_min_messages", "gin_fuzzy_search_limit");

    private TwoTables tables;
    private String user;

    @BeforeEach
    void twoTablesOfFloats() throws Exception {
        tables = new TwoTables(Engines.POSTGRES_TO_POSTGRES)
                .both("create table t (id int primary key, f float8 not null); insert into t select g, g + 0.1 from generate_series(1, 2000) g");
        user = "shop_" + tables.sourceDatabase;
        tables.sourceServer.createUser(user, "secret-1");
        tables.source("grant select, insert, update on t to " + user);
    }

    private PgBouncer bouncer(String mode, String ignored) throws Exception {
        return PgBouncer.start((PostgresServer) tables.sourceServer, Map.of(user, "secret-1"), mode, ignored);
    }

    private Outcome compare(PgBouncer bouncer) throws Exception {
        CompareSpec spec = tables.spec(rules("id"));
        StoreAccess source = new StoreAccess(spec.source().store(), spec.source().field(), TwoTables.secret(user, "secret-1"), null);
        return new Comparison(spec.with(TwoTables.at(source, bouncer.port()), spec.target()), Comparison.SchemaGate.OPEN, System::nanoTime).run();
    }

    private Connection application(PgBouncer bouncer) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + bouncer.port() + "/" + tables.sourceDatabase + "?prepareThreshold=0", user, "secret-1");
    }

    private static List<String> shown(Statement statement) throws SQLException {
        List<String> shown = new ArrayList<>();
        for (String setting : SETTINGS) {
            try (ResultSet row = statement.executeQuery("show " + setting)) {
                row.next();
                shown.add(setting + " = " + row.getString(1));
            }
        }
        return shown;
    }

    @ParameterizedTest
    @ValueSource(strings = {"transaction", "session"})
    @Case(value = "compare 4", before = "the application's next INSERT fails (read-only transaction); statement_timeout, search_path, row_security stay behind",
            now = "the INSERT works, and every setting is as before")
    void nothingIsLeftInTheApplicationsConnection(String mode) throws Exception {
        try (PgBouncer bouncer = bouncer(mode, IGNORED)) {
            List<String> before;
            try (Connection application = application(bouncer); Statement statement = application.createStatement()) {
                statement.executeUpdate("insert into t values (3001, 1)");
                before = shown(statement);
                if (mode.equals("transaction")) {
                    assertThat(found(compare(bouncer))).containsExactly("MISSING_ON_TARGET 3001 []");
                    assertThat(shown(statement)).isEqualTo(before);
                    statement.executeUpdate("insert into t values (3002, 1)");
                }
            }
            assertThat(found(compare(bouncer))).contains("MISSING_ON_TARGET 3001 []");
            try (Connection application = application(bouncer); Statement statement = application.createStatement()) {
                assertThat(shown(statement)).isEqualTo(before);
                assertThat(statement.executeUpdate("insert into t values (3003, 1)")).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"transaction", "session"})
    @Case(value = "compare 4", before = "with another client's extra_float_digits = -15, 2,000 floats that differ are InSync", now = "2,000 records differ")
    void whatAnotherClientSetIsNotInForce(String mode) throws Exception {
        tables.target("update t set f = f + 1e-10");
        try (PgBouncer bouncer = bouncer(mode, IGNORED)) {
            try (Connection other = application(bouncer); Statement statement = other.createStatement()) {
                for (String set : List.of("extra_float_digits = -15", "default_transaction_isolation = serializable", "default_transaction_read_only = on", "transform_null_equals = on", "timezone = 'Asia/Tokyo'",
                        "standard_conforming_strings = off", "search_path = pg_temp, public", "statement_timeout = '1h'")) {
                    statement.execute("set " + set);
                }
                if (mode.equals("transaction")) {
                    // They are in force for whoever comes next; they were not for the comparison.
                    assertThat(compare(bouncer).counts()).containsEntry("different", 2_000L);
                    assertThat(shown(statement)).contains("extra_float_digits = -15", "search_path = pg_temp, public", "statement_timeout = 1h");
                }
            }
            assertThat(compare(bouncer).counts()).containsEntry("different", 2_000L);
        }
    }

    /** A temporary table of somebody else comes first in a search path that does not name it. */
    @Test
    void anotherClientsTemporaryObjectsAreNotMet() throws Exception {
        tables.target("update t set f = f + 1e-10 where id = 7");
        try (PgBouncer bouncer = bouncer("transaction", IGNORED); Connection other = application(bouncer); Statement statement = other.createStatement()) {
            statement.execute("create temporary table t (id int, f float8); create temporary table pg_class (a int); create domain pg_temp.float8 as pg_catalog.float4");
            assertThat(found(compare(bouncer))).containsExactly("DIFFERENT 7 [f]");
        }
    }

    @Test
    void writesOfTheProberAndTheEvidenceLeaveNothingBehind() throws Exception {
        try (PgBouncer bouncer = bouncer("transaction", IGNORED); Connection application = application(bouncer); Statement statement = application.createStatement()) {
            statement.execute("set default_transaction_read_only = on");
            List<String> before = shown(statement);
            CompareSpec spec = tables.spec(rules("id"));
            StoreAccess writer = TwoTables.at(new StoreAccess(spec.source().store(), spec.source().field(), TwoTables.secret(user, "secret-1"), null), bouncer.port());
            try (StoreSession session = writer.openForWriting()) {
                int rows = session.<Integer, RuntimeException>transaction(StoreSession.Mode.WRITE, connection -> {
                    try (Statement update = connection.createStatement()) {
                        return update.executeUpdate("update public.t set f = 0 where id = 1");
                    }
                });
                assertThat(rows).isEqualTo(1);
                assertThat(shown(statement)).isEqualTo(before);
            }
        }
    }

    @Test
    @Case(value = "compare 4", before = "statement pooling was not known of", now = "SessionNotPinned, which says how to pool instead")
    void poolingOfSingleStatementsIsRefusedByName() throws Exception {
        try (PgBouncer bouncer = bouncer("statement", IGNORED)) {
            Outcome outcome = compare(bouncer);
            assertThat(outcome.verdict()).isEqualTo(Verdict.INCOMPLETE);
            assertThat(outcome.failure().reason()).isEqualTo("SessionNotPinned");
            assertThat(outcome.failure().text()).contains("pool_mode = statement", "by transaction or session", "the server's own port");
            assertThat(outcome.configuration()).isTrue();
        }
    }

    /** Nothing has to be told to it for us: every parameter that we give with the login is one that it knows. */
    @Test
    void aPoolerThatIgnoresNoParameterOfTheLogin() throws Exception {
        try (PgBouncer bouncer = bouncer("session", "")) {
            assertThat(compare(bouncer).verdict()).isEqualTo(Verdict.IN_SYNC);
        }
    }
}
