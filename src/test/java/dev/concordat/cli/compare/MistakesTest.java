package dev.concordat.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every mistake on the command line is told in one line that says what, where and what instead, with exit code 2, and no password is ever repeated. */
class MistakesTest {
    private static final String PG = "postgresql://u@127.0.0.1:1/d/t";
    private static final String MARIA = "mariadb://u@127.0.0.1:1/d/t";
    /** Nobody listens on port 1, and no password is given: a command line that is right ends with the question for one. */
    private static final Map<String, String> NO_PASSWORD = Map.of();

    @TempDir
    static Path home;

    private record Mistake(List<String> args, List<String> words) {}

    private static Mistake mistake(String args, String... words) {
        return new Mistake(args.isEmpty() ? List.of() : Arrays.asList(args.replace("PG", PG).replace("MA", MARIA).split(" ")), List.of(words));
    }

    private static final List<Mistake> MISTAKES = List.of(
            mistake("", "nothing to compare", "two URLs", "-f contract.yaml"),
            mistake("PG", "one URL", "two URLs"),
            mistake("PG MA MA", "3 URLs", "two URLs"),
            mistake("PG PG", "target URL", "the table of the source URL"),
            // URLs.
            mistake("t MA", "source URL", "not the URL of a table", "postgresql://"),
            mistake("PG orders", "target URL", "not the URL of a table"),
            mistake("://h/d/t MA", "source URL", "not the URL"),
            mistake("oracle://h/d/t MA", "source URL", "'oracle'", "mariadb://"),
            mistake("mysql://h/d/s.t MA", "source URL", "MySQL has no schemas", "%2E"),
            mistake("mysql://u@127.0.0.1:1/d/t MA", "no password is given for u@127.0.0.1:1", "~/.my.cnf"),
            mistake("jdbc:postgresql://h/d/t MA", "source URL", "JDBC", "leave jdbc: out"),
            mistake("postgresql:///d/t MA", "source URL", "host is missing"),
            mistake("postgresql://u@/d/t MA", "source URL", "host is missing"),
            mistake("postgresql://@h/d/t MA", "source URL", "user before '@' is empty"),
            mistake("postgresql://h,i/d/t MA", "source URL", "more than one host"),
            mistake("postgresql://h_%20/d/t MA", "source URL", "characters that no host name has"),
            mistake("postgresql://h:x/d/t MA", "source URL", "port", "between 1 and 65535"),
            mistake("postgresql://h:0/d/t MA", "source URL", "port 0"),
            mistake("postgresql://h:65536/d/t MA", "source URL", "port 65536"),
            mistake("postgresql://h:99999999999999999999/d/t MA", "source URL", "port 99999999999999999999"),
            mistake("postgresql://h:/d/t MA", "source URL", "the port"),
            mistake("postgresql://::1/d/t MA", "source URL", "[::1]"),
            mistake("postgresql://[::1/d/t MA", "source URL", "IPv6"),
            mistake("postgresql://[::1]5432/d/t MA", "source URL", "only :port"),
            mistake("postgresql://h MA", "source URL", "database and table are missing"),
            mistake("postgresql://h/ MA", "source URL", "database and table are missing"),
            mistake("postgresql://h/d MA", "source URL", "table is missing"),
            mistake("postgresql://h/d/ MA", "source URL", "table is missing"),
            mistake("postgresql://h//t MA", "source URL", "missing"),
            mistake("postgresql://h/d/s/t MA", "source URL", "3 parts", "%2F"),
            mistake("postgresql://h/d/a.b.c MA", "source URL", "schema.table", "%2E"),
            mistake("postgresql://h/d/.t MA", "source URL", "schema.table"),
            mistake("postgresql://h/d/s. MA", "source URL", "schema.table"),
            mistake("PG mariadb://h/d/s.t", "target URL", "no schemas", "%2E"),
            mistake("postgresql://h/d/t%2 MA", "source URL", "table", "'%'", "%25"),
            mistake("postgresql://h/d/t%zz MA", "source URL", "table", "'%'"),
            mistake("postgresql://h/d%FF/t MA", "source URL", "database", "UTF-8"),
            mistake("postgresql://h/d/t%00 MA", "source URL", "NUL"),
            mistake("postgresql://h/d/t#x MA", "source URL", "%23"),
            mistake("postgresql://h/d/" + "t".repeat(129) + " MA", "source URL", "129 characters"),
            mistake("postgresql://h/d/t?sslmode=on MA", "source URL", "'on'", "verify-full"),
            mistake("postgresql://h/d/t?sslmode= MA", "source URL", "sslmode has no value"),
            mistake("postgresql://h/d/t?sslmode MA", "source URL", "sslmode has no value"),
            mistake("postgresql://h/d/t?sslmode=require&sslmode=require MA", "source URL", "twice"),
            mistake("postgresql://h/d/t?sslmode=verify-ca MA", "source URL", "sslrootcert=FILE"),
            mistake("postgresql://h/d/t?sslmode=verify-ca&sslrootcert=/no/such/file MA", "source URL", "/no/such/file", "PEM"),
            mistake("postgresql://h/d/t?sslmode=require&sslrootcert=/dev/null MA", "source URL", "nothing is verified"),
            mistake("postgresql://h/d/t?connect_timeout=3 MA", "source URL", "'connect_timeout'", "sslmode and sslrootcert"),
            // Options.
            mistake("PG MA --frobnicate", "unknown option '--frobnicate'", "--help"),
            mistake("PG MA --keys id", "unknown option '--keys'", "write --key"),
            mistake("PG MA --outptu json", "unknown option '--outptu'", "write --output"),
            mistake("PG MA --key", "--key", "needs a value"),
            mistake("PG MA --key id --key id2", "--key", "twice", "commas"),
            mistake("PG MA --stats --stats", "--stats", "twice"),
            mistake("PG MA -o json --output=text", "--output", "twice"),
            mistake("PG MA --stats=yes", "--stats", "takes no value"),
            mistake("PG MA --key a,,b", "--key", "empty"),
            mistake("PG MA --key a,a", "--key", "'a'", "twice"),
            mistake("PG MA --key a,b,c,d,e,f,g,h,i", "--key", "at most 8"),
            mistake("PG MA --key \"a", "--key", "quote is not closed"),
            mistake("PG MA --key id --no-key", "--no-key", "--key"),
            mistake("PG MA --no-key --version v", "--version", "--no-key"),
            mistake("PG MA --no-key --scope range:1..2", "--scope", "--no-key", "--where"),
            mistake("PG MA --columns a,b --exclude b", "--exclude", "--columns"),
            mistake("PG MA --key id --exclude id", "--exclude", "part of the key"),
            mistake("PG MA --version v --exclude v", "--exclude", "version"),
            mistake("PG MA --map a", "--map", "'a'", "source=target"),
            mistake("PG MA --map a=b=c", "--map", "source=target"),
            mistake("PG MA --map =b", "--map", "source=target"),
            mistake("PG MA --map a=b,a=c", "--map", "mapped twice"),
            mistake("PG MA --map a=c,b=c", "--map", "one of the target"),
            mistake("PG MA --where 1=1 --source-where 2=2", "--where", "both sides"),
            mistake("PG MA --where=", "--where", "empty"),
            mistake("PG MA --scope all", "--scope", "'all'", "window:FIELD:DURATION"),
            mistake("PG MA --scope full:1", "--scope", "full takes nothing"),
            mistake("PG MA --scope window", "--scope", "window:updated_at:2h"),
            mistake("PG MA --scope window:f", "--scope", "window:updated_at:2h"),
            mistake("PG MA --scope window:f:2d", "--scope", "'2d'", "duration"),
            mistake("PG MA --scope window:f:0s", "--scope", "'0s'", "longer than 0s"),
            mistake("PG MA --scope sample:0", "--scope", "1 to 100 percent"),
            mistake("PG MA --scope sample:5%", "--scope", "sample:5"),
            mistake("PG MA --scope sample:101", "--scope", "1 to 100 percent"),
            mistake("PG MA --scope range:..", "--scope", "range:1000..2000"),
            mistake("PG MA --scope range:1-2", "--scope", "range:1000..2000"),
            mistake("PG MA --scope range:1..2..3", "--scope", "more than once"),
            mistake("PG MA --settle 5", "--settle", "'5'", "30s"),
            mistake("PG MA --settle -1s", "--settle"),
            mistake("PG MA --settle 2h", "--settle", "between 0s and 1h"),
            mistake("PG MA --settle 99999999999999999999h", "--settle", "duration"),
            mistake("PG MA --max-records -1", "--max-records"),
            mistake("PG MA --max-records 1e3", "--max-records", "'1e3'", "between 0 and 100000"),
            mistake("PG MA --threads 0", "--threads", "between 1 and 16"),
            mistake("PG MA --threads 17", "--threads", "between 1 and 16"),
            mistake("PG MA --max-load 0", "--max-load", "between 1 and 100"),
            mistake("PG MA --max-load 50%", "--max-load", "'50%'"),
            mistake("PG MA --statement-timeout 1ms", "--statement-timeout", "between 100ms and 24h"),
            mistake("PG MA -o yaml", "-o", "'yaml'", "ndjson"),
            mistake("PG MA -o JSON", "-o", "'JSON'", "json"),
            mistake("PG MA --redact a,,b", "--redact", "empty"),
            mistake("PG MA --resume=", "--resume", "name of a file"),
            // Contracts.
            mistake("-f /no/such.yaml", "-f", "no file '/no/such.yaml'", "SyncContract"),
            mistake("-f /tmp", "-f", "folder"),
            mistake("-f c.yaml PG", "-f", "--source-url"),
            mistake("-f c.yaml --key id", "--key", "does not go with -f"),
            mistake("-f c.yaml --where 1=1", "--where", "does not go with -f"),
            mistake("-f c.yaml --no-key", "--no-key", "does not go with -f"),
            mistake("PG MA --contract c", "--contract", "goes with -f"),
            mistake("PG MA --source-url PG", "--source-url", "goes with -f"),
            // Accounts.
            mistake("PG MA", "source: no password is given for u@127.0.0.1:1", "CONCORDAT_SOURCE_PASSWORD", "--source-password-file", "~/.pgpass", "prompt"),
            mistake("postgresql://h/d/t MA", "source: no user is given", "--source-user", "CONCORDAT_SOURCE_USER"),
            mistake("PG MA --source-user v", "--source-user", "'v'", "'u'"),
            mistake("PG MA --source-user=", "--source-user", "empty"),
            mistake("PG MA --source-password-file /no/such", "--source-password-file", "/no/such", "cannot be read (no such file or folder)"),
            mistake("PG MA --source-password-file /dev/null", "--source-password-file", "is empty"));

    @TestFactory
    Stream<DynamicTest> aMistakeIsOneLine() {
        return MISTAKES.stream().map(mistake -> DynamicTest.dynamicTest("compare " + String.join(" ", mistake.args()),
                () -> Invocation.of(NO_PASSWORD, home, "", mistake.args().toArray(String[]::new)).refused(mistake.words().toArray(String[]::new))));
    }

    @TestFactory
    Stream<DynamicTest> aPasswordIsRefusedAndNeverRepeated() {
        return Stream.of(
                "postgresql://u:hunter2@h/d/t MA", "postgresql://u:hunter2@h:5432/d/t MA", "postgresql://:hunter2@h/d/t MA", "postgresql://u:a/hunter2@h/d/t MA", "postgresql://u:hunter2/@h/d/t MA",
                "postgresql://u:a@hunter2@h/d/t MA", "postgresql://u:hunter2#@h/d/t MA", "postgresql://u:hunter2?@h/d/t MA", "PG mariadb://u:hunter2@h/d/t", "postgresql://h/d/t?password=hunter2 MA",
                "postgresql://h/d/t?user=u&password=hunter2 MA", "PG MA --password hunter2", "PG MA --password=hunter2", "PG MA --source-password hunter2", "PG MA --source-password=hunter2",
                "PG MA --target-passwd=hunter2", "PG MA -phunter2", "PG MA -p hunter2", "PG MA -W hunter2", "postgresql://u:hunter2 MA", "jdbc:postgresql://u:hunter2@h/d/t MA", "foo://u:hunter2@h/d/t MA",
                "PG MA postgresql://u:hunter2@h/d/t", "PG MA --source-url postgresql://u:hunter2@h/d", "PG MA -o postgresql://u:hunter2@h/d", "-f postgresql://u:hunter2@h/d/t").map(line -> DynamicTest.dynamicTest(line, () -> {
                    Invocation told = Invocation.of(NO_PASSWORD, home, "", line.replace("PG", PG).replace("MA", MARIA).split(" "));
                    told.refused("concordat");
                    assertThat(told.err()).doesNotContain("hunter2");
                }));
    }

    @Test
    void aPasswordInAVariableOrAFileIsNeverShown() throws Exception {
        Path file = Files.writeString(home.resolve("secret"), "hunter2\n");
        Invocation refused = Invocation.of(Map.of("CONCORDAT_TARGET_PASSWORD", "hunter2"), home, "", PG, MARIA, "--source-password-file", file.toString());
        // Nobody listens there: the comparison is tried, and cannot be made.
        assertThat(refused.code()).isEqualTo(3);
        assertThat(refused.err()).contains("does not accept connections").doesNotContain("hunter2").hasLineCount(1);
    }

    @Test
    void controlCharactersAreNotRepeated() {
        Invocation.of(NO_PASSWORD, home, "", PG, MARIA, "-o", "a\nb\u001b[2Jc").refused("a\\nb\\u001b[2Jc");
    }

    @Test
    void aNameThatNoFileCanHaveIsRefusedInWords() {
        Invocation.of(NO_PASSWORD, home, "", "-f", "a\0b").refused("-f: 'a\\u0000b' cannot be read (no file can have this name)");
    }

    @Test
    void helpIsNoMistake() {
        Invocation help = Invocation.of(NO_PASSWORD, home, "", "--help");
        assertThat(help.code()).isZero();
        assertThat(help.out()).contains("--scope", "--resume", "CONCORDAT_SOURCE_PASSWORD", "130 interrupted");
        assertThat(help.err()).isEmpty();
    }

    @Property(tries = 2_000)
    void whateverIsTypedThereIsNoStackTrace(@ForAll("commandLines") List<String> args) {
        Invocation told = Invocation.of(NO_PASSWORD, Path.of("/nonexistent"), "", args.toArray(String[]::new));
        assertThat(told.code()).as("%s: %s", args, told.err()).isIn(0, 2);
        if (told.code() == 2) {
            assertThat(told.err()).as("%s", args).startsWith("concordat compare: ").hasLineCount(1).doesNotContain("Exception", "defect", "\tat ");
        }
    }

    @Provide
    Arbitrary<List<String>> commandLines() {
        Arbitrary<String> options = Arbitraries.of("--key", "--no-key", "--version", "--columns", "--exclude", "--map", "--where", "--source-where", "--target-where", "-f", "--file", "--contract", "--source-url", "--target-url",
                "--source-user", "--target-user", "--scope", "--settle", "--max-records", "--redact", "--threads", "--max-load", "--statement-timeout", "--stats", "-o", "-h", "--", "-", "-fo", "@file", "--key=", "-o=json", "--stats=1");
        Arbitrary<String> values = Arbitraries.of("id", "a,b", "\"a", "full", "window:a:1h", "sample:3", "range:..", "2s", "7", "json", "text", "a=b", "", " ", "\uD83D\uDE00", "\uD800", "%", "${env:HOME}", "'", "\\", "-1", "--1");
        Arbitrary<String> urls = Arbitraries.strings().withChars("postgresql:/@h12.%#?&=[]ab\u00e9\n ").ofMaxLength(30).map(rest -> "postgresql://" + rest);
        Arbitrary<String> wild = Arbitraries.strings().ofMaxLength(20);
        return Arbitraries.frequencyOf(net.jqwik.api.Tuple.of(4, options), net.jqwik.api.Tuple.of(3, values), net.jqwik.api.Tuple.of(2, Arbitraries.of(PG, MARIA)), net.jqwik.api.Tuple.of(2, urls),
                net.jqwik.api.Tuple.of(1, wild)).list().ofMaxSize(9);
    }
}
