package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Verification;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.report.RunReport.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a comparison of two tables of 1,000 rows asks of PostgreSQL, by the server's own log. */
class SmallTablesIT {
    @TempDir
    Path folder;

    @Test
    void fewStatements() throws Exception {
        try (PostgresServer server = PostgresServer.start(DatabaseServer.Options.DEFAULT.withFolder(folder))) {
            server.createUser("reader", "secret-1");
            for (String database : List.of("source", "target")) {
                server.createDatabase(database);
                server.execute(database, "create table t (id int primary key, v text); insert into t select g, 'x' || g from generate_series(1, 1000) g; grant select on t to reader");
            }
            server.execute("postgres", "alter role reader set log_statement = 'all'");
            CompareSpec spec = new CompareSpec(TwoTables.access(server, "source", "t", "spec.source.store", TwoTables.secret("reader", "secret-1"), 3, "30s"),
                    TwoTables.access(server, "target", "t", "spec.target.store", TwoTables.secret("reader", "secret-1"), 3, "30s"), rules("id"), List.of(), Verification.Scope.FULL, Duration.ZERO, null, 100, List.of(),
                    Map.of(), CompareSpec.FROM_THE_START, CompareSpec.Listeners.NONE);
            assertThat(new Comparison(spec, Comparison.SchemaGate.OPEN, System::nanoTime).run().verdict()).isEqualTo(Verdict.IN_SYNC);
            List<String> statements = Files.readAllLines(folder.resolve("postgres.log")).stream().filter(line -> line.contains(" reader@") && line.contains("LOG:  ")).toList();
            // How many leaves are asked for at once depends on how long the first one takes.
            List<String> digests = statements.stream().filter(line -> line.contains("SELECT d.*") || line.contains("SELECT 0,count(*)")).toList();
            assertThat(statements.size() - digests.size()).as("statements beside those that read the rows, of both sides together: %s", statements).isLessThanOrEqualTo(20);
            assertThat(statements.stream().filter(line -> line.contains("begin "))).as("transactions").hasSize(2);
        }
    }
}
