package dev.concordat.playground.databases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.testing.Databases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DatabaseServersIT {
    static Stream<DatabaseServer> servers() {
        return Stream.of(Databases.postgres(), Databases.mariaDb());
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void runsScriptsAndLetsCreatedUsersIn(DatabaseServer server) throws SQLException {
        String database = Databases.freshDatabase(server);
        server.execute(database, "CREATE TABLE t (id int PRIMARY KEY, name varchar(20)); INSERT INTO t VALUES (1, 'a;b'), (2, 'b'); INSERT INTO t VALUES (3, 'ü')");
        String user = "reader_" + database;
        server.createUser(user, "s3cret'\\pass");
        server.execute(database, server instanceof PostgresServer ? "GRANT SELECT ON t TO " + user : "GRANT SELECT ON " + database + ".t TO " + user);
        try (var connection = server.connect(database, user, "s3cret'\\pass")) {
            assertThat(single(connection, "SELECT count(*) FROM t")).isEqualTo("3");
            assertThat(single(connection, "SELECT name FROM t WHERE id = 3")).isEqualTo("ü");
            assertThatThrownBy(() -> single(connection, "DELETE FROM t")).isInstanceOf(SQLException.class);
        }
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void everyStatementOfAScriptCounts(DatabaseServer server) throws SQLException {
        String database = Databases.freshDatabase(server);
        assertThatThrownBy(() -> server.execute(database, "CREATE TABLE t (id int); SELECT 1; INSERT INTO nowhere VALUES (1)")).isInstanceOf(SQLException.class).hasMessageContaining("nowhere");
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("servers")
    void nobodyGetsInWithoutThePassword(DatabaseServer server) {
        String database = server instanceof PostgresServer ? "postgres" : "mysql";
        assertThatThrownBy(() -> server.connect(database, server.superuser(), "wrong").close()).isInstanceOf(SQLException.class);
        assertThatThrownBy(() -> server.connect(database, server.superuser(), "").close()).isInstanceOf(SQLException.class);
        assertThatThrownBy(() -> server.connect(database, "", "").close()).isInstanceOf(SQLException.class);
        assertThatThrownBy(() -> server.connect(database, "somebody", "").close()).isInstanceOf(SQLException.class);
        assertThatThrownBy(() -> DriverManager.getConnection(server.url(database)).close()).isInstanceOf(SQLException.class);
    }

    @Test
    void postgresKeepsAGivenFolderAndServesTls(@TempDir Path folder) throws Exception {
        var certificates = TestCertificates.create(folder.resolve("certs"), "DNS:localhost", "IP:127.0.0.1");
        var options = DatabaseServer.Options.DEFAULT.withFolder(folder.resolve("pg")).withPassword("first")
                .withTls(new DatabaseServer.Tls(certificates.certificate(), certificates.key(), true));
        ProcessHandle process;
        try (var server = PostgresServer.start(options)) {
            process = server.process();
            server.createDatabase("kept");
            String plain = "jdbc:postgresql://127.0.0.1:" + server.port() + "/kept";
            try (var connection = DriverManager.getConnection(plain + "?sslmode=verify-full&sslrootcert=" + certificates.authority(), "postgres", "first")) {
                assertThat(single(connection, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).isEqualTo("t");
            }
            assertThatThrownBy(() -> DriverManager.getConnection(plain + "?sslmode=disable", "postgres", "first").close()).isInstanceOf(SQLException.class);
        }
        assertThat(process.isAlive()).isFalse();
        try (var again = PostgresServer.start(options); var connection = again.connect("kept")) {
            assertThat(connection.isValid(5)).isTrue();
        }
    }

    @Test
    void mariaDbKeepsAGivenFolderAndServesTls(@TempDir Path folder) throws Exception {
        var certificates = TestCertificates.create(folder.resolve("certs"), "DNS:localhost", "IP:127.0.0.1");
        var options = DatabaseServer.Options.DEFAULT.withFolder(folder.resolve("m")).withPassword("first")
                .withTls(new DatabaseServer.Tls(certificates.certificate(), certificates.key(), true));
        ProcessHandle process;
        try (var server = MariaDbServer.start(options)) {
            process = server.process();
            server.createDatabase("kept");
            String plain = "jdbc:mariadb://127.0.0.1:" + server.port() + "/kept";
            try (var connection = DriverManager.getConnection(plain + "?sslMode=verify-full&serverSslCert=" + certificates.authority(), "root", "first")) {
                assertThat(single(connection, "SELECT variable_value FROM information_schema.session_status WHERE variable_name = 'SSL_CIPHER'")).isNotEmpty();
            }
            assertThatThrownBy(() -> DriverManager.getConnection(plain + "?sslMode=disable", "root", "first").close()).isInstanceOf(SQLException.class);
        }
        assertThat(process.isAlive()).isFalse();
        try (var again = MariaDbServer.start(options); var connection = again.connect("kept")) {
            assertThat(connection.isValid(5)).isTrue();
        }
    }

    @Test
    void aTemporaryFolderIsGoneAfterClose() throws Exception {
        Path data;
        ProcessHandle process;
        try (var server = PostgresServer.start(); var connection = server.connect("postgres")) {
            data = Path.of(single(connection, "SHOW data_directory"));
            process = server.process();
            assertThat(data).exists();
        }
        assertThat(Files.exists(data.getParent())).isFalse();
        assertThat(process.isAlive()).isFalse();
    }

    private static String single(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement(); var rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }
}
