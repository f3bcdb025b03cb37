package dev.concordat.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files that the databases' own clients read. */
class CredentialFilesTest {
    @TempDir
    Path folder;

    private static String find(String text) {
        return PasswordFile.find(text, "db.example", 5432, "shop", "reader").orElse(null);
    }

    @Test
    void theFirstLineThatFitsCounts() {
        assertThat(find("other:5432:shop:reader:no\ndb.example:5432:shop:reader:yes\n*:*:*:*:later\n")).isEqualTo("yes");
        assertThat(find("*:*:*:*:any")).isEqualTo("any");
        assertThat(find("db.example:5433:shop:reader:no\r\ndb.example:*:*:reader:crlf\r\n")).isEqualTo("crlf");
        assertThat(find("# db.example:5432:shop:reader:comment\n\ndb.example:5432:shop:writer:no")).isNull();
        assertThat(find("db.example:5432:shop:reader")).as("a line without a password").isNull();
    }

    @Test
    void aBackslashTakesTheMeaningAway() {
        assertThat(find("db.example:5432:shop:reader:a\\:b\\\\c")).isEqualTo("a:b\\c");
        assertThat(PasswordFile.find("h:1:d\\:x:u:p", "h", 1, "d:x", "u")).contains("p");
        assertThat(PasswordFile.find("\\*:1:d:u:p", "anything", 1, "d", "u")).as("an escaped star is a star").isEmpty();
    }

    @Test
    void aPasswordFileThatOthersMayReadIsLeftAside() throws Exception {
        Path file = Files.writeString(folder.resolve("pgpass"), "*:*:*:*:secret");
        List<String> warnings = new ArrayList<>();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThat(PasswordFile.password(file, "h", 1, "d", "u", warnings::add)).isEmpty();
        assertThat(warnings).singleElement().asString().contains("chmod 600").doesNotContain("secret");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(PasswordFile.password(file, "h", 1, "d", "u", warnings::add)).contains("secret");
        assertThat(PasswordFile.password(folder.resolve("none"), "h", 1, "d", "u", warnings::add)).isEmpty();
        assertThat(warnings).hasSize(1);
    }

    @Test
    void theClientsGroupsOfAnOptionFile() {
        OptionFile file = OptionFile.parse("""
                # of mine
                [mysqldump]
                password=dump
                [client]
                user = reader
                password = "a # b\\"c"
                !includedir /etc/mysql/conf.d
                [client-mariadb]
                ; a comment
                password = plain # a comment
                [mysqld]
                user=mysql
                """);
        assertThat(file.user()).isEqualTo("reader");
        assertThat(file.password()).isEqualTo("plain");
        assertThat(file.toString()).doesNotContain("plain");
        assertThat(OptionFile.parse("[client]\npassword = \"a # b\\\"c\"").password()).isEqualTo("a # b\"c");
        assertThat(OptionFile.parse("[client]\npassword='x\\sy\\tz'").password()).isEqualTo("x y\tz");
        assertThat(OptionFile.parse("[client]\npassword=").password()).isEmpty();
        assertThat(OptionFile.parse("password=outside").password()).isNull();
    }

    @Test
    void anOptionFileThatAnybodyMayWriteIsLeftAside() throws Exception {
        Path file = Files.writeString(folder.resolve("my.cnf"), "[client]\npassword=secret");
        List<String> warnings = new ArrayList<>();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertThat(OptionFile.read(file, warnings::add)).isEqualTo(OptionFile.NOTHING);
        assertThat(warnings).singleElement().asString().contains("chmod 600");
    }
}
