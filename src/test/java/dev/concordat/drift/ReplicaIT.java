package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.rules;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.report.RunReport;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.postgres.PostgresDialect;
import dev.concordat.testing.Case;
import dev.concordat.testing.Databases;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stores that are replicas, with {@code limits.maxReplicaLag}. */
class ReplicaIT {
    private static final String ROWS = "create table t (id int primary key, v int); insert into t values (1, 1), (2, 2)";

    @TempDir
    Path folder;

    @Test
    void aReplicaThatIsCutOffFromItsPrimaryHasNotCaughtUp() throws Exception {
        PostgresServer primary = PostgresServer.start(DatabaseServer.Options.DEFAULT.withFolder(folder.resolve("primary")));
        try {
            primary.createDatabase("shop");
            primary.execute("shop", ROWS);
            primary.createUser("reader", "secret-1");
            primary.execute("shop", "grant select on t to reader");
            try (PostgresServer replica = standby(primary)) {
                // An account with no right to see more of the receiver than that there is one.
                try (Connection reader = replica.connect("shop", "reader", "secret-1")) {
                    await().atMost(Duration.ofSeconds(30)).until(() -> lag(reader), Long.valueOf(0)::equals);
                    assertThat(compare(replica).verdict()).isEqualTo(RunReport.Verdict.IN_SYNC);

                    primary.close();
                    await().atMost(Duration.ofSeconds(30)).until(() -> lag(reader) > 1_000);
                    assertThat(lag(replica.connect("shop"))).isGreaterThan(1_000);
                }
                Outcome outcome = compare(replica);
                assertThat(outcome.verdict()).isEqualTo(RunReport.Verdict.INCOMPLETE);
                assertThat(outcome.failure().reason()).isEqualTo("ReplicaBehind");
                assertThat(outcome.failure().field()).isEqualTo("spec.source.store.limits.maxReplicaLag");
                assertThat(outcome.failure().text()).contains("came no closer to its primary for 5m", "pg_stat_wal_receiver", "raise maxReplicaLag (now 500ms)");
            }
            // After a restart it has applied nothing of which it knows when it was.
            try (PostgresServer replica = PostgresServer.start(DatabaseServer.Options.DEFAULT.withFolder(folder.resolve("replica")).withPassword(primary.password()));
                    Connection connection = replica.connect("shop")) {
                assertThat(lag(connection)).isGreaterThan(1_000);
            }
        } finally {
            primary.close();
        }
    }

    @Test
    void aReplicaThatDoesNotReplicateIsNotWaitedForWithoutEnd() throws Exception {
        TwoTables tables = new TwoTables(Engines.MARIADB_TO_MARIADB).both(ROWS);
        DatabaseServer server = tables.sourceServer;
        server.execute(tables.sourceDatabase, "change master to master_host = '127.0.0.1', master_port = 1, master_user = 'nobody'");
        try {
            CompareSpec spec = tables.spec(rules("id"));
            Outcome outcome = impatient(spec(waiting(spec.source()), spec));
            assertThat(outcome.failure().reason()).isEqualTo("ReplicaBehind");
            assertThat(outcome.failure().text()).contains("its replication has stopped, or cannot reach the primary", "SHOW REPLICA STATUS");
        } finally {
            server.execute(tables.sourceDatabase, "reset replica all");
        }
    }

    /** Everything that the primary changes and cleans up is replayed at once, whoever still reads it. */
    @Test
    @Case(value = "compare 5", before = "exit 3 in 5 of 8 runs, \"Look up SQL state 40001\"", now = "read again, and told in the plan: the verdict is right")
    void aStandbyWhoseReplayEndsWhatIsBeingRead() throws Exception {
        PostgresServer primary = PostgresServer.start(DatabaseServer.Options.DEFAULT.withFolder(folder.resolve("primary")));
        try {
            primary.createDatabase("shop");
            primary.execute("shop", "create table t (id int primary key, v int, note text); insert into t select g, 1, repeat('x', 200) from generate_series(1, 40000) g");
            primary.createUser("reader", "secret-1");
            primary.execute("shop", "grant select on t to reader");
            TwoTables tables = new TwoTables(Engines.POSTGRES_TO_POSTGRES)
                    .target("create table t (id int primary key, v int, note text); insert into t select g, 1, repeat('x', 200) from generate_series(1, 40000) g; delete from t where id = 777");
            try (PostgresServer replica = standby(primary)) {
                replica.execute("postgres", "alter system set max_standby_streaming_delay = 0");
                replica.execute("postgres", "select pg_reload_conf()");
                AtomicBoolean done = new AtomicBoolean();
                Thread changing = Thread.ofPlatform().start(() -> {
                    while (!done.get()) {
                        try {
                            primary.execute("shop", "update t set v = v where id % 10 = 3");
                            primary.execute("shop", "vacuum t");
                        } catch (SQLException e) {
                            throw new IllegalStateException(e);
                        }
                    }
                });
                try {
                    CompareSpec spec = tables.spec(rules("id"));
                    spec = spec.with(TwoTables.access(replica, "shop", "t", "spec.source.store", TwoTables.secret("reader", "secret-1"), 1, "30s"), spec.target());
                    Outcome outcome;
                    int runs = 0;
                    do {
                        outcome = new Comparison(spec, Comparison.SchemaGate.OPEN, System::nanoTime).run();
                        assertThat(TwoTables.found(outcome)).as(outcome.plan()).containsExactly("MISSING_ON_TARGET 777 []");
                    } while (!outcome.plan().contains("read again") && ++runs < 40);
                    assertThat(outcome.plan()).contains("on a standby the replay of the primary's", " on the source");
                } finally {
                    done.set(true);
                    changing.join();
                }
            }
        } finally {
            primary.close();
        }
    }

    private static Outcome compare(PostgresServer replica) throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_POSTGRES).target(ROWS);
        CompareSpec spec = tables.spec(rules("id"));
        return impatient(spec(waiting(TwoTables.access(replica, "shop", "t", "spec.source.store", TwoTables.secret("reader", "secret-1"), 1, "30s")), spec));
    }

    private static StoreAccess waiting(StoreAccess access) {
        Store s = access.store();
        return new StoreAccess(new Store(s.type(), s.host(), s.port(), s.database(), s.schema(), s.table(), s.credentials(), s.tls(), new Store.Limits(1, "30s", null, null, "500ms")), access.field(),
                access.secret(), null);
    }

    private static CompareSpec spec(StoreAccess source, CompareSpec s) {
        return new CompareSpec(source, s.target(), s.rules(), s.gaps(), s.scope(), s.settle(), s.lag(), s.maxRecords(), s.redact(), s.canary(), s.resume(), s.listeners());
    }

    /** By a clock that is 200 times as fast. */
    private static Outcome impatient(CompareSpec spec) {
        long start = System.nanoTime();
        return new Comparison(spec, Comparison.SchemaGate.OPEN, () -> start + (System.nanoTime() - start) * 200).run();
    }

    private static Long lag(Connection connection) throws SQLException {
        return PostgresDialect.INSTANCE.replicaLagMillis(connection);
    }

    /** A streaming replica, made by the low-level backup functions: the binaries have no pg_basebackup. */
    private PostgresServer standby(PostgresServer primary) throws IOException, SQLException {
        Path from = folder.resolve("primary/data");
        Path to = folder.resolve("replica/data");
        try (Connection connection = primary.connect("shop"); Statement statement = connection.createStatement()) {
            boolean old = statement.getConnection().getMetaData().getDatabaseMajorVersion() < 15;
            statement.execute(old ? "select pg_start_backup('standby', true, false)" : "select pg_backup_start('standby', true)");
            Files.walkFileTree(from, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) throws IOException {
                    Path copy = Files.createDirectories(to.resolve(from.relativize(dir).toString()));
                    Files.setPosixFilePermissions(copy, Files.getPosixFilePermissions(dir));
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    String name = file.getFileName().toString();
                    if (!name.equals("postmaster.pid") && !name.equals("postmaster.opts") && !name.startsWith("epg-lock")) {
                        try {
                            Files.copy(file, to.resolve(from.relativize(file).toString()), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
                        } catch (NoSuchFileException e) {
                            // Removed meanwhile; the log has it.
                        }
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    return FileVisitResult.CONTINUE;
                }
            });
            try (ResultSet r = statement.executeQuery(old ? "select labelfile from pg_stop_backup(false, false)" : "select labelfile from pg_backup_stop(false)")) {
                r.next();
                Files.writeString(to.resolve("backup_label"), r.getString(1));
            }
        }
        Files.createFile(to.resolve("standby.signal"));
        Files.writeString(to.resolve("postgresql.auto.conf"), "primary_conninfo = 'host=127.0.0.1 port=" + primary.port() + " user=postgres password=" + primary.password() + "'\n",
                java.nio.file.StandardOpenOption.APPEND);
        return PostgresServer.start(DatabaseServer.Options.DEFAULT.withFolder(folder.resolve("replica")).withPassword(primary.password()));
    }
}
