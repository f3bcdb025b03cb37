package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.RunReport;
import dev.concordat.store.StoreAccess;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** {@code limits.maxLoad} holds for all that a check does, not for its scan alone. Every row of the source takes 30 milliseconds. */
class MaxLoadIT {
    private static final int MAX_LOAD = 25;

    @Test
    void looksAtSuspectsRest() throws Exception {
        share(rules("id"), Duration.ofSeconds(1));
    }

    @Test
    void rowsWithoutAKeyAreCountedWithRests() throws Exception {
        share(RecordRules.of(List.of(), null, List.of()), Duration.ofMillis(50));
    }

    private static void share(RecordRules rules, Duration settle) throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_POSTGRES).settle(settle)
                .source("create table r (id int, v int); insert into r values (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6); create view t as select id, v + length(pg_sleep(0.03)::text) as v from r")
                .target("create table t (id int, v int); insert into t values (1, 1), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7)");
        CompareSpec s = tables.spec(rules);
        CompareSpec spec = new CompareSpec(gentle(s.source()), s.target(), s.rules(), s.gaps(), s.scope(), s.settle(), s.lag(), s.maxRecords(), s.redact(), s.canary(), s.resume(), s.listeners());

        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger samples = new AtomicInteger();
        AtomicInteger busy = new AtomicInteger();
        Thread sampler = Thread.ofVirtual().start(() -> {
            try (Connection connection = tables.sourceServer.connect("postgres"); Statement statement = connection.createStatement()) {
                while (!done.get()) {
                    try (ResultSet r = statement.executeQuery("select count(*) from pg_stat_activity where state = 'active' and datname = '" + tables.sourceDatabase + "'")) {
                        r.next();
                        samples.incrementAndGet();
                        busy.addAndGet(Math.min(1, r.getInt(1)));
                    }
                    Thread.sleep(10);
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        Outcome outcome = new Comparison(spec, Comparison.SchemaGate.OPEN, System::nanoTime).run();
        done.set(true);
        sampler.join();
        assertThat(outcome.verdict()).as(String.valueOf(outcome.failure())).isEqualTo(RunReport.Verdict.DRIFT);
        assertThat(samples.get()).isGreaterThan(50);
        assertThat(busy.get() * 100 / samples.get()).as("percent of the time in which the source was at work").isLessThanOrEqualTo(MAX_LOAD + 10);
    }

    private static StoreAccess gentle(StoreAccess access) {
        Store s = access.store();
        return new StoreAccess(new Store(s.type(), s.host(), s.port(), s.database(), s.schema(), s.table(), s.credentials(), s.tls(), new Store.Limits(1, "30s", MAX_LOAD, null, null)), access.field(),
                access.secret(), null);
    }
}
