package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.store.HashFunction;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/**
 * Of any two tables the engine finds exactly the differences that there are. An ordinary build tries the same few hundred tables each time;
 * {@code -Dconcordat.thorough=20} tries others and more, and {@code -Dconcordat.seed=N} the one that a failure names.
 */
class RandomTablesIT {
    private static final int TRIES = 25;
    private static final Map<Engines, TwoTables> DATABASES = new EnumMap<>(Engines.class);

    @Property(tries = TRIES, seed = "4", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
    void postgresToMariaDb(@ForAll("seeds") long seed) throws Exception {
        check(Engines.POSTGRES_TO_MARIADB, seed);
    }

    @Property(tries = TRIES, seed = "4", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
    void mariaDbToPostgres(@ForAll("seeds") long seed) throws Exception {
        check(Engines.MARIADB_TO_POSTGRES, seed);
    }

    @Property(tries = TRIES, seed = "4", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
    void postgresToPostgres(@ForAll("seeds") long seed) throws Exception {
        check(Engines.POSTGRES_TO_POSTGRES, seed);
    }

    @Property(tries = TRIES, seed = "4", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
    void mariaDbToMariaDb(@ForAll("seeds") long seed) throws Exception {
        check(Engines.MARIADB_TO_MARIADB, seed);
    }

    @Provide
    Arbitrary<Long> seeds() {
        return Long.getLong("concordat.seed") != null ? Arbitraries.just(Long.getLong("concordat.seed")) : Arbitraries.randomValue(Random::nextLong);
    }

    private static void check(Engines engines, long seed) throws Exception {
        // Each pair of engines has tables of its own.
        exactly(new RandomTables(engines, Long.getLong("concordat.seed", seed + engines.ordinal())));
        Random more = new Random(seed ^ (TwoTables.thorough() > 1 ? System.nanoTime() : 0));
        for (int i = 1; i < TwoTables.thorough() && Long.getLong("concordat.seed") == null; i++) {
            exactly(new RandomTables(engines, more.nextLong()));
        }
    }

    /** The first ten, for people. */
    private static List<String> minus(Set<String> some, Set<String> others) {
        return some.stream().filter(each -> !others.contains(each)).limit(10).toList();
    }

    private static void exactly(RandomTables tables) throws Exception {
        TwoTables two = DATABASES.get(tables.engines);
        if (two == null) {
            two = new TwoTables(tables.engines);
            DATABASES.put(tables.engines, two);
        }
        two.tables(tables.sourceTable, tables.targetTable).settle(Duration.ofMillis(1)).maxRecords(100_000);
        String source = RandomTables.quote(tables.engines.sourcePostgres, tables.sourceTable);
        String target = RandomTables.quote(tables.engines.targetPostgres, tables.targetTable);
        try {
            for (String statement : tables.sourceScript) {
                two.source(statement);
            }
            for (String statement : tables.targetScript) {
                two.target(statement);
            }
            Random r = new Random(tables.seed);
            HashFunction[] functions = HashFunction.values();
            int function = r.nextInt(functions.length + 1);
            Outcome outcome = two.connections(1 + r.nextInt(2)).hash(function == functions.length ? null : functions[function]).compare(tables.rules);

            assertThat(outcome.failure()).as("%s", tables).isNull();
            Set<String> found = tables.found(outcome);
            assertThat(minus(tables.expected, found)).as("missed in %s\n%s", tables, outcome.plan()).isEmpty();
            assertThat(minus(found, tables.expected)).as("invented in %s\n%s", tables, outcome.plan()).isEmpty();
            assertThat(outcome.verdict()).as("%s", tables).isEqualTo(tables.expected.isEmpty() ? Verdict.IN_SYNC : Verdict.DRIFT);
            assertThat(outcome.counts()).as("%s", tables).containsAllEntriesOf(tables.counts()).containsAllEntriesOf(Map.of("hot", 0L, "inFlight", 0L, "undecided", 0L));
            assertThat(outcome.rows()).as("%s", tables).isEqualTo(new RunReport.Rows(tables.sourceRows, tables.targetRows));
            assertThat(outcome.fields().stream().collect(Collectors.toMap(RunReport.FieldCount::name, RunReport.FieldCount::different))).as("%s", tables).isEqualTo(tables.fields);
        } finally {
            two.source("drop table if exists " + source).target("drop table if exists " + target);
        }
    }
}
