package dev.concordat.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A contract in a file is read as the API server would read it, and a mistake is told with its line. */
class ContractFileTest {
    private static final String GOOD = """
            apiVersion: concordat.dev/v1alpha1
            kind: SyncContract
            metadata: {name: orders, namespace: shop, labels: {a: b}}
            spec:
              version: 1.0.0
              owner: {team: data}
              source:
                system: s
                store:
                  type: PostgreSQL
                  host: a
                  port: 5432
                  database: d
                  table: t
                  credentials: {secretName: x}
              target:
                system: t
                store: {type: MariaDB, host: b, port: 3306, database: d, table: t, credentials: {secretName: y}}
              record:
                key: [id]
              verification:
                schedule: {every: 1h}
            """;

    private static ContractFile.Contract read(String text, String name) {
        return ContractFile.read("-", name, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String refused(String text) {
        UsageError e = catchThrowableOfType(UsageError.class, () -> read(text, null));
        assertThat(e).as("refused: %s", text).isNotNull();
        assertThat(e.getMessage().lines()).hasSize(1);
        return e.getMessage();
    }

    @Test
    void defaultsAreThoseOfTheApiServer() {
        SyncContractSpec spec = read(GOOD, null).spec();
        assertThat(spec.source().store().limits().connections()).isEqualTo(1);
        assertThat(spec.verification().settle()).isEqualTo("10s");
        assertThat(spec.verification().scope().type()).isEqualTo(ScopeType.FULL);
        assertThat(spec.verification().evidence().maxRecords()).isEqualTo(100);
    }

    @Test
    void theExamplesAreRead() throws Exception {
        assertThat(read(Files.readString(Path.of("examples/orders.yaml")), null).name()).isEqualTo("orders-to-storefront");
        String playground = Files.readString(Path.of("examples/playground/20-contract.yaml"));
        assertThat(refused(playground)).contains("is the text '${SOURCE_PORT}'; write a whole number");
        assertThat(read(playground.replaceAll("port: \\$\\{[A-Z_]+}", "port: 1").replaceAll("\\$\\{[A-Z_]+}", "x"), null).spec().record().key()).containsExactly("id");
    }

    @Test
    void oneOfSeveralDocumentsAndOfAList() {
        String other = GOOD.replace("name: orders", "name: other").replace("database: d", "database: e");
        String many = "kind: Secret\n---\n---\n" + GOOD + "---\n" + other;
        assertThat(read(many, "other").spec().source().store().database()).isEqualTo("e");
        assertThatThrownBy(() -> read(many, null)).hasMessageContaining("--contract: standard input has 2 contracts; name one of orders, other");
        assertThatThrownBy(() -> read(many, "third")).hasMessageContaining("no contract 'third'; it has orders, other");
        assertThatThrownBy(() -> read(GOOD + "---\n" + GOOD, "orders")).hasMessageContaining("twice");
        String list = "apiVersion: v1\nkind: List\nitems:\n- " + GOOD.strip().replace("\n", "\n  ") + "\n  status: {anything: [goes]}\n";
        assertThat(read(list, null).name()).isEqualTo("orders");
    }

    @Test
    void whatIsNotAContract() {
        assertThat(refused("")).contains("standard input: has no SyncContract");
        assertThat(refused("kind: Deployment")).contains("only Deployment");
        assertThat(refused("just text")).contains("standard input:1: document 1 is not a Kubernetes object");
        assertThat(refused("a: b")).contains("standard input:1: kind: is missing");
        assertThat(refused("a: [b\nc: d")).contains("standard input:2: this is not YAML");
        assertThat(refused(GOOD + "\t- x")).contains("this is not YAML");
        assertThat(refused("a: &a [*a]\nkind: SyncContract")).contains("standard input:1");
        assertThat(refused("kind: SyncContract\nspec: &a {record: *a}\n")).startsWith("standard input:");
    }

    @TestFactory
    Stream<DynamicTest> aMistakeIsToldWithItsLineAndItsPath() {
        Map<String[], String> mistakes = new LinkedHashMap<>();
        mistakes.put(new String[] {"host: a", "hots: a"}, "standard input:10: spec.source.store.host: is missing; write host: text (and 1 more)");
        mistakes.put(new String[] {"      port: 5432", "      prot: 5432\n      port: 5432"}, "standard input:12: spec.source.store.prot: unknown field; write port");
        mistakes.put(new String[] {"port: 5432", "port: \"5432\""}, "standard input:12: spec.source.store.port: is the text '5432'; write a whole number without quotes");
        mistakes.put(new String[] {"port: 5432", "port: 70000"}, "standard input:12: spec.source.store.port: 70000 is out of bounds; write a number between 1 and 65535");
        mistakes.put(new String[] {"host: a", "host: 10"}, "standard input:11: spec.source.store.host: is the number '10'; write text, in quotes: \"10\"");
        mistakes.put(new String[] {"type: PostgreSQL", "type: Postgres"}, "standard input:10: spec.source.store.type: 'Postgres' is none of its values; write");
        mistakes.put(new String[] {"      port: 5432\n", ""}, "standard input:10: spec.source.store.port: is missing; write port: a number");
        mistakes.put(new String[] {"key: [id]", "key: id"}, "standard input:20: spec.record.key: is the text 'id'; write a list, such as [text]");
        mistakes.put(new String[] {"owner: {team: data}", "owner: data"}, "standard input:6: spec.owner: is the text 'data'; write fields below it, such as {team: ...}");
        mistakes.put(new String[] {"  owner: {team: data}\n", ""}, "standard input:5: spec.owner: is missing; write owner: {team: ...}");
        mistakes.put(new String[] {"owner: {team: data}", "owner:"}, "spec.owner: is missing");
        mistakes.put(new String[] {"version: 1.0.0", "version: 1.0"}, "standard input:5: spec.version: is the number '1.0'; write text");
        mistakes.put(new String[] {"version: 1.0.0", "version: one"}, "standard input:5: spec.version: 'one' does not have the form that is needed");
        mistakes.put(new String[] {"version: 1.0.0", "version: 1.0.0\n  version: 1.0.0"}, "standard input:6: spec.version: is there twice; keep one");
        mistakes.put(new String[] {"version: 1.0.0", "version: 1.0.0\n  suspend: yes"}, "standard input:6: spec.suspend: is the text 'yes'; write true or false");
        mistakes.put(new String[] {"every: 1h", "every: 1d"}, "standard input:22: spec.verification.schedule.every: '1d' does not have the form");
        mistakes.put(new String[] {"name: orders", "name: Orders"}, "standard input:3: metadata.name: 'Orders' does not have the form that is needed: lower-case");
        mistakes.put(new String[] {"concordat.dev/v1alpha1", "concordat.dev/v2"}, "standard input:1: apiVersion: 'concordat.dev/v2' is not known; write concordat.dev/v1alpha1");
        mistakes.put(new String[] {"spec:", "specs:"}, "standard input:1: spec: is missing; write spec: {");
        mistakes.put(new String[] {"host: b, port: 3306, database: d", "host: b, port: 3306, database: d, schema: x"}, "standard input:18: spec.target.store.schema: schema is for PostgreSQL");
        return mistakes.entrySet().stream().map(m -> DynamicTest.dynamicTest(m.getValue(), () -> {
            assertThat(GOOD).contains(m.getKey()[0]);
            assertThat(refused(GOOD.replace(m.getKey()[0], m.getKey()[1]))).contains(m.getValue());
        }));
    }

    private static final Path FIXTURES = Path.of("src/test/resources/dev/concordat/crd/synccontract");
    private static final String EXPECT = "# concordat.test/expect-message: ";

    /** What the API server itself says of these files is in CrdFixturesIT. */
    @TestFactory
    Stream<DynamicTest> everyFixtureIsJudgedAsTheApiServerJudgesIt() throws Exception {
        String rules = Files.readString(Path.of("crds/synccontracts.concordat.dev.yaml")).replaceAll("\\\\\\n\\s+(\\\\ )?", "");
        try (Stream<Path> files = Files.list(FIXTURES)) {
            // A second document is an update of the first, which only a server can judge.
            return files.sorted().toList().stream().filter(file -> file.toString().endsWith(".yaml") && !content(file).contains("\n---\n")).map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> {
                String text = content(file).lines().anyMatch(line -> line.matches("\\s+name: .*")) || content(file).contains("{name:") ? content(file) : content(file).replaceFirst("metadata:", "metadata:\n  name: orders");
                if (file.getFileName().toString().startsWith("valid-")) {
                    assertThat(read(text, null).spec()).isNotNull();
                } else {
                    String expected = text.lines().filter(line -> line.startsWith(EXPECT)).findFirst().orElseThrow().substring(EXPECT.length());
                    String told = refused(text);
                    if (rules.contains(expected) && !told.contains(" more)")) {
                        assertThat(told).as("the words of the rule").contains(expected);
                    }
                }
            }));
        }
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Property(tries = 1_000)
    void aDamagedFileIsReadOrRefusedInOneLine(@ForAll @IntRange(min = 0, max = 700) int from, @ForAll @IntRange(min = 0, max = 12) int length, @ForAll("pieces") String instead) {
        int start = Math.min(from, GOOD.length());
        String damaged = GOOD.substring(0, start) + instead + GOOD.substring(Math.min(GOOD.length(), start + length));
        try {
            assertThat(read(damaged, null).spec().record().key()).isNotNull();
        } catch (UsageError e) {
            assertThat(e.getMessage()).as("%s", damaged).hasLineCount(1).doesNotContain("Exception");
        }
    }

    @Provide
    Arbitrary<String> pieces() {
        return Arbitraries.oneOf(Arbitraries.of("", " ", "\n", "\t", ": ", "- ", "{", "}", "[", "]", "&a", "*a", "!!binary x", "!x", "|\n", ">", "\"", "'", "---\n", "...", "? ", "~", "1", "1e999", "0x", "0o9", ".nan", "true", "<<: ",
                "\u0000", "\uFEFF", "%YAML 1.1\n", "9".repeat(50), "${X}", "\uD800"), Arbitraries.strings().ofMaxLength(6));
    }

    @Test
    void theListOfNamesIsRead() {
        assertThat(Request.list("--key", "a,\"b,c\",\"d\"\"e\"")).isEqualTo(List.of("a", "b,c", "d\"e"));
    }
}
