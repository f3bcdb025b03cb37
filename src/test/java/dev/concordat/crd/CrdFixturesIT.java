package dev.concordat.crd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.concordat.testing.Case;
import dev.concordat.testing.ClusterFixture;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What the API server itself accepts and refuses: {@code valid-*.yaml} and {@code invalid-*.yaml} per kind, created with strict field
 * validation. The first line of an invalid file says which words its refusal holds. A file with two documents is a creation and an update.
 */
class CrdFixturesIT {
    private static final Path FIXTURES = Path.of("src/test/resources/dev/concordat/crd");
    private static final Map<String, String> PLURALS = Map.of("synccontract", "synccontracts", "reconcilejob", "reconcilejobs");
    private static final String EXPECT = "# concordat.test/expect-message: ";
    private static final Pattern LITERAL = Pattern.compile("'([^']{12,})'");

    private static KubernetesClient client;
    private static String namespace;

    @BeforeAll
    static void cluster() {
        client = ClusterFixture.cluster().client();
        namespace = ClusterFixture.freshNamespace();
    }

    @TestFactory
    Stream<DynamicTest> everyFixtureIsJudgedAsItsNameSays() throws IOException {
        return files().stream().map(file -> DynamicTest.dynamicTest(FIXTURES.relativize(file).toString(), () -> {
            String name = file.getFileName().toString();
            if (name.startsWith("valid-")) {
                create(plural(file), documents(file).getFirst());
                delete(file);
            } else {
                assertThat(refusal(file)).contains(expectation(file));
            }
        }));
    }

    /** What people copy first. */
    @TestFactory
    Stream<DynamicTest> theApiServerAcceptsTheDocumentationsExamples() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(Path.of("."), 3)) {
            for (Path page : walk.filter(path -> path.toString().matches("\\./(README\\.md|docs/.*\\.md|examples/.*\\.ya?ml)")).sorted().toList()) {
                // The playground fills in its ports.
                String text = Files.readString(page).replaceAll("\\$\\{[A-Z]+_PORT}", "5432");
                List<String> blocks = page.toString().endsWith(".md")
                        ? Pattern.compile("(?ms)^(?:```yaml|kubectl create -f - <<'EOF')\n(.*?)^(?:```|EOF)$").matcher(text).results().map(block -> block.group(1)).toList()
                        : List.of(text);
                for (String document : blocks.stream().flatMap(block -> Arrays.stream(block.split("(?m)^---$"))).toList()) {
                    if (document.contains("apiVersion: concordat.dev/v1alpha1\n") && document.contains("\nspec:")) {
                        tests.add(DynamicTest.dynamicTest(page + " #" + (tests.size() + 1), () -> {
                            ObjectNode example = Serialization.unmarshal(document, ObjectNode.class);
                            ((ObjectNode) example.get("metadata")).put("namespace", namespace);
                            String plural = PLURALS.get(example.get("kind").asText().toLowerCase(java.util.Locale.ROOT));
                            delete(plural, create(plural, example));
                        }));
                    }
                }
            }
        }
        assertThat(tests).hasSizeGreaterThanOrEqualTo(3);
        return tests.stream();
    }

    @Test
    void noFileIsLeftUnused() throws IOException {
        assertThat(files()).isNotEmpty().allSatisfy(file -> {
            assertThat(PLURALS).containsKey(file.getParent().getFileName().toString());
            assertThat(file.getFileName().toString()).matches("(valid|invalid)-[a-z0-9-]+\\.yaml");
        });
    }

    /** A rule that nothing violates is a rule that nobody has seen at work. */
    @Test
    void everyRuleRefusesAtLeastOneFixture() throws IOException {
        List<String> refusals = new ArrayList<>();
        for (Path file : files()) {
            if (file.getFileName().toString().startsWith("invalid-")) {
                refusals.add(refusal(file));
            }
        }
        var unseen = new TreeSet<String>();
        for (String plural : PLURALS.values()) {
            CustomResourceDefinition crd = client.apiextensions().v1().customResourceDefinitions().withName(plural + ".concordat.dev").get();
            JsonNode schema = Serialization.jsonMapper().valueToTree(crd.getSpec().getVersions().getFirst().getSchema());
            for (JsonNode rules : schema.findValues("x-kubernetes-validations")) {
                for (JsonNode rule : rules) {
                    String expression = rule.path("messageExpression").asText("");
                    String words = expression.isEmpty() ? rule.path("message").asText()
                            : LITERAL.matcher(expression).results().map(MatchResult::group).map(w -> w.substring(1, w.length() - 1)).findFirst().orElseThrow();
                    if (refusals.stream().noneMatch(refusal -> refusal.contains(words))) {
                        unseen.add(words);
                    }
                }
            }
        }
        assertThat(unseen).as("rules without an invalid-*.yaml that violates them").isEmpty();
    }

    @Test
    void theApiServerFillsInDefaults() throws IOException {
        ObjectNode contract = documents(FIXTURES.resolve("synccontract/valid-full.yaml")).getFirst();
        ObjectNode spec = (ObjectNode) contract.get("spec");
        spec.remove("suspend");
        ((ObjectNode) spec.at("/source/store")).putObject("limits");
        ((ObjectNode) spec.at("/source/store/tls")).remove(List.of("mode", "caSecretName"));
        ((ObjectNode) spec.at("/verification")).remove(List.of("settle", "mismatchThreshold"));
        ((ObjectNode) spec.at("/verification/schedule")).remove("jitter");
        ((ObjectNode) spec.at("/verification")).putObject("evidence");
        ((ObjectNode) spec.at("/verification")).putObject("worker");
        ((ObjectNode) spec.at("/latency")).remove("enforcement");
        ((ObjectNode) spec.at("/latency")).putObject("pause");
        ((ObjectNode) spec.at("/latency/budget")).remove("slice");
        ((ObjectNode) spec.at("/latency/probe/canary")).remove("every");

        JsonNode stored = create("synccontracts", contract).get("spec");
        delete("synccontracts", contract);

        Map.ofEntries(
                Map.entry("/suspend", "false"), Map.entry("/source/store/limits/connections", "1"), Map.entry("/source/store/limits/statementTimeout", "30s"), Map.entry("/source/store/limits/maxLoad", "100"),
                Map.entry("/source/store/tls/mode", "Disable"), Map.entry("/verification/settle", "10s"), Map.entry("/verification/mismatchThreshold", "100ppm"),
                Map.entry("/verification/schedule/jitter", "20"), Map.entry("/verification/evidence/maxRecords", "100"), Map.entry("/verification/worker/memory", "256Mi"),
                Map.entry("/verification/worker/cpu", "500m"), Map.entry("/latency/enforcement", "Observe"), Map.entry("/latency/budget/slice", "1m"),
                Map.entry("/latency/probe/canary/every", "5s"), Map.entry("/latency/pause/minimum", "60s"), Map.entry("/latency/pause/maximum", "30m"),
                Map.entry("/latency/pause/stable", "60s"), Map.entry("/latency/pause/perHour", "4"))
                .forEach((path, value) -> assertThat(stored.at(path).asText()).as(path).isEqualTo(value));
    }

    /** kstatus: an object whose status.observedGeneration is not its metadata.generation is InProgress, and one without a status is Current. */
    @Test
    @Case(value = "operator 12", before = "kstatus: Current while the operator is down", now = "InProgress until the operator has seen the generation")
    void whatNobodyHasSeenYetIsInProgress() throws IOException {
        for (String fixture : List.of("synccontract/valid-full.yaml", "reconcilejob/valid-full.yaml")) {
            ObjectNode object = documents(FIXTURES.resolve(fixture)).getFirst();
            String plural = plural(FIXTURES.resolve(fixture));
            create(plural, object);
            JsonNode read = Serialization.unmarshal(
                    client.raw(path(plural) + "/" + object.at("/metadata/name").asText()), JsonNode.class);
            delete(plural, object);

            assertThat(read.at("/status/observedGeneration").asLong(-2)).as(fixture).isEqualTo(-1);
            assertThat(read.at("/metadata/generation").asLong()).as(fixture).isPositive();
        }
    }

    @Test
    void columnsAreInTheOrderThatPeopleRead() throws Exception {
        Path file = FIXTURES.resolve("synccontract/valid-minimal.yaml");
        create("synccontracts", documents(file).getFirst());
        try {
            assertThat(kubectl("get", "sct", "-n", namespace).lines().findFirst().orElse("").replaceAll(" +", " ").strip())
                    .isEqualTo("NAME READY IN-SYNC DRIFT LAG BUDGET WRITERS LAST CHECK AGE");
            assertThat(kubectl("get", "concordat", "-n", namespace)).contains("orders-to-storefront");
        } finally {
            delete(file);
        }
    }

    @Test
    void explainAnswersForAField() throws Exception {
        assertThat(kubectl("explain", "sct.spec.latency.budget")).contains("window", "-required-", "Rolling window that the target holds for");
        assertThat(explain("sct.spec.verification.scope")).contains("Window: records whose time field lies within", "percent", "-required-");
        assertThat(explain("sct.spec.verification.deepCheck.every")).contains("Time from the start of one full check to the next");
        assertThat(explain("sct.spec.gaps")).contains("reliedOnBy", "Intended differences.");
        assertThat(explain("sct.spec.record.deletes")).contains("onTarget", "tombstone");
        assertThat(explain("sct.spec.source.store.limits.maxReplicaLag")).contains("a check waits while it lags behind its primary");
        assertThat(kubectl("explain", "rj.spec.contractName")).contains("Name of the SyncContract, in the same namespace.");
    }

    /** Without the line breaks that kubectl puts in. */
    private static String explain(String field) throws Exception {
        return kubectl("explain", field).replaceAll("\\s+", " ");
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> walk = Files.walk(FIXTURES)) {
            return walk.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static String plural(Path file) {
        return PLURALS.get(file.getParent().getFileName().toString());
    }

    private static String expectation(Path file) throws IOException {
        String first = Files.readAllLines(file).getFirst();
        assertThat(first).as("first line of %s", file).startsWith(EXPECT);
        return first.substring(EXPECT.length());
    }

    private static List<ObjectNode> documents(Path file) throws IOException {
        return Arrays.stream(Files.readString(file).split("(?m)^---$")).map(text -> {
            ObjectNode document = Serialization.unmarshal(text, ObjectNode.class);
            ((ObjectNode) document.get("metadata")).put("namespace", namespace);
            return document;
        }).toList();
    }

    /** What the server says to the last document of an invalid file. */
    private static String refusal(Path file) throws IOException {
        List<ObjectNode> documents = documents(file);
        if (documents.size() == 1) {
            return refused(() -> create(plural(file), documents.getFirst()), file);
        }
        JsonNode created = create(plural(file), documents.getFirst());
        try {
            ObjectNode update = documents.getLast();
            ((ObjectNode) update.get("metadata")).put("resourceVersion", created.at("/metadata/resourceVersion").asText());
            return refused(() -> client.raw(path(plural(file)) + "/" + created.at("/metadata/name").asText() + "?fieldValidation=Strict", "PUT", update), file);
        } finally {
            delete(file);
        }
    }

    private static String refused(Runnable request, Path file) {
        KubernetesClientException e = catchThrowableOfType(KubernetesClientException.class, request::run);
        assertThat(e).as("%s was accepted", file).isNotNull();
        assertThat(e.getCode()).as(e.getMessage()).isIn(400, 422);
        return e.getStatus().getMessage();
    }

    private static JsonNode create(String plural, ObjectNode document) {
        return Serialization.unmarshal(client.raw(path(plural) + "?fieldValidation=Strict", "POST", document), JsonNode.class);
    }

    private static void delete(Path file) throws IOException {
        delete(plural(file), documents(file).getFirst());
    }

    private static void delete(String plural, JsonNode document) {
        // Not client.raw(..., "DELETE", null): with the JDK's HTTP client that deletes nothing.
        client.genericKubernetesResources("concordat.dev/v1alpha1", plural.equals("synccontracts") ? "SyncContract" : "ReconcileJob").inNamespace(namespace)
                .withName(document.at("/metadata/name").asText()).delete();
    }

    private static String path(String plural) {
        return "/apis/concordat.dev/v1alpha1/namespaces/" + namespace + "/" + plural;
    }

    private static String kubectl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(ClusterFixture.cluster().kubectl().toString(), "--kubeconfig", ClusterFixture.cluster().kubeconfig().toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
