package dev.concordat.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.Store.TlsMode;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.playground.databases.MariaDbServer;
import dev.concordat.playground.databases.PostgresServer;
import dev.concordat.playground.databases.TestCertificates;
import dev.concordat.testing.Databases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Logging in: sessions that cannot write, sessions that can, and each TLS mode against servers with and without a certificate. */
class StoreAccessIT {
    @TempDir
    Path folder;

    private StoreAccess access(DatabaseServer server, String host, TlsMode mode, Path ca) throws Exception {
        Path secret = Files.createDirectories(folder.resolve("secret"));
        Files.writeString(secret.resolve("username"), server.superuser());
        Files.writeString(secret.resolve("password"), server.password());
        StoreType type = server instanceof MariaDbServer ? StoreType.MARIADB : StoreType.POSTGRESQL;
        return new StoreAccess(new Store(type, host, server.port(), type == StoreType.MARIADB ? "mysql" : "postgres", null, "t", new Store.Credentials("reader"),
                new Store.Tls(mode, ca == null ? null : "db-ca"), null), "spec.source.store", secret, ca);
    }

    private static DatabaseServer shared(StoreType type) {
        return type == StoreType.POSTGRESQL ? Databases.postgres() : Databases.mariaDb();
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void aReadersSessionCannotWriteAndAWritersCan(StoreType type) throws Exception {
        DatabaseServer server = shared(type);
        String database = Databases.freshDatabase(server);
        server.execute(database, "create table t (id int primary key)");
        StoreAccess mode = access(server, "127.0.0.1", TlsMode.DISABLE, null);
        StoreAccess access = new StoreAccess(new Store(type, "127.0.0.1", server.port(), database, null, "t", new Store.Credentials("reader"), null, null), mode.field(), mode.secret(), null);
        StoreSession.Work<Integer, RuntimeException> insert = connection -> {
            try (var statement = connection.createStatement()) {
                return statement.executeUpdate("insert into " + access.dialect().table(access.store()) + " values (1)");
            }
        };
        try (StoreSession reading = access.open()) {
            SQLException e = catchThrowableOfType(SQLException.class, () -> reading.transaction(StoreSession.Mode.READ, insert));
            assertThat(access.explain(e, "INSERT").failure().reason()).isEqualTo("PermissionDenied");
        }
        try (StoreSession writing = access.openForWriting()) {
            assertThat(writing.transaction(StoreSession.Mode.WRITE, insert)).isEqualTo(1);
        }
    }

    @Test
    void aServerOfTheOtherEngineIsNamed() throws Exception {
        DatabaseServer server = Databases.mariaDb();
        StoreAccess mode = access(server, "127.0.0.1", TlsMode.DISABLE, null);
        StoreAccess access = new StoreAccess(new Store(StoreType.MYSQL, "127.0.0.1", server.port(), Databases.freshDatabase(server), null, "t", new Store.Credentials("reader"), null, null), mode.field(),
                mode.secret(), null);
        StoreException e = catchThrowableOfType(StoreException.class, access::open);
        assertThat(e.failure().reason()).isEqualTo("WrongEngine");
        assertThat(e.failure().field()).isEqualTo("spec.source.store.type");
        assertThat(e.configuration()).isTrue();
    }

    private static String encrypted(StoreType type, StoreSession session) throws SQLException {
        return session.query(type == StoreType.POSTGRESQL ? "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
                : "select variable_value <> '' from information_schema.session_status where variable_name = 'Ssl_cipher'", 0, (row, _) -> {
            row.next();
            return row.getString(1);
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    void tlsModes(StoreType type) throws Exception {
        TestCertificates good = TestCertificates.create(Files.createDirectories(folder.resolve("good")), "dns:localhost");
        TestCertificates other = TestCertificates.create(Files.createDirectories(folder.resolve("other")), "dns:localhost");
        Path ca = caFolder("ca", good);
        Path wrong = caFolder("wrong", other);
        var options = DatabaseServer.Options.DEFAULT.withTls(new DatabaseServer.Tls(good.certificate(), good.key(), false));
        try (DatabaseServer server = type == StoreType.POSTGRESQL ? PostgresServer.start(options) : MariaDbServer.start(options)) {
            for (TlsMode mode : new TlsMode[] {TlsMode.REQUIRE, TlsMode.VERIFY_CA, TlsMode.VERIFY_FULL}) {
                try (StoreSession connection = access(server, "localhost", mode, mode == TlsMode.REQUIRE ? null : ca).open()) {
                    assertThat(encrypted(type, connection)).as("%s encrypted", mode).isIn("t", "1");
                }
            }
            try (StoreSession connection = access(server, "127.0.0.1", TlsMode.VERIFY_CA, ca).open()) {
                assertThat(encrypted(type, connection)).isIn("t", "1");
            }
            failed(access(server, "127.0.0.1", TlsMode.VERIFY_FULL, ca), "the certificate names another host");
            failed(access(server, "localhost", TlsMode.VERIFY_CA, wrong), "the CA did not sign it");
            StoreException missing = catchThrowableOfType(StoreException.class, () -> access(server, "localhost", TlsMode.VERIFY_CA, Files.createDirectories(folder.resolve("empty"))).open());
            assertThat(missing.failure().reason()).isEqualTo("SecretMissing");
            assertThat(missing.failure().field()).isEqualTo("spec.source.store.tls.caSecretName");
        }
    }

    @Test
    void aServerWithoutTls() throws Exception {
        failed(access(Databases.postgres(), "127.0.0.1", TlsMode.REQUIRE, null), "the server offers none");
    }

    private Path caFolder(String name, TestCertificates certificates) throws Exception {
        Path ca = Files.createDirectories(folder.resolve(name));
        Files.copy(certificates.authority(), ca.resolve("ca.crt"));
        return ca;
    }

    private static void failed(StoreAccess access, String why) {
        StoreException e = catchThrowableOfType(StoreException.class, access::open);
        assertThat(e).as(why).isNotNull();
        assertThat(e.failure().reason()).as(why + ": " + e.failure().text()).isEqualTo("TlsFailed");
        assertThat(e.failure().field()).isEqualTo("spec.source.store.tls");
        assertThat(e.configuration()).isTrue();
    }
}
