package dev.concordat.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.report.RunReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documentation against the code: every reason has its row, no row is about a reason that is gone, no link leads nowhere. */
class DocsTest {
    private static final Path CONDITIONS = Path.of("docs/conditions.md");
    private static final Path MAIN = Path.of("src/main/java/dev/concordat");
    /** Where conditions, events and failures get their reasons. */
    private static final List<String> SPEAKERS = List.of("operator", "budget", "writer", "dataplane", "drift", "store");
    private static final Pattern REASON_LIKE = Pattern.compile("\"([A-Z][a-z]+(?:[A-Z][a-z]+)+)\"");
    /** Words that look like reasons and are names of something else. */
    private static final Set<String> OTHER_WORDS = Set.of(
            // kinds
            "SyncContract", "ReconcileJob", "ChecksumRun", "LatencyProbe", "ContractRecord", "ConfigMap", "ServiceAccount", "ClusterRole", "RoleBinding", "ReplicaSet", "Deployment",
            // types of conditions
            "InSync", "SchemaCompatible", "SourceReliable", "WritersPaused", "PodScheduled", "DisruptionTarget", "ReplicaFailure",
            // of Kubernetes and of JDBC
            "RuntimeDefault", "FallbackToLogsOnError", "FailJob", "FailedCreate", "ContainerCreating", "PodInitializing", "ApplicationName", "IfNotPresent",
            // a state of a writer in status, and a scope
            "AlreadyPaused", "KeyRange");

    @Test
    void everyReasonInTheCodeHasARow() throws IOException {
        String documented = Files.readString(CONDITIONS);
        Set<String> missing = new TreeSet<>();
        for (String literal : literals()) {
            if (!OTHER_WORDS.contains(literal) && !documented.contains("`" + literal + "`")) {
                missing.add(literal);
            }
        }
        assertThat(missing).as("reasons without a row in %s (or words that belong to OTHER_WORDS)", CONDITIONS).isEmpty();
    }

    @Test
    void everyRowIsAboutAReasonInTheCode() throws IOException {
        Set<String> known = sources().stream().flatMap(DocsTest::words).collect(Collectors.toCollection(TreeSet::new));
        // The one that both planes say.
        known.add(RunReport.SAMPLE_ONLY);
        Set<String> gone = Files.readAllLines(CONDITIONS).stream().filter(line -> line.startsWith("|"))
                .flatMap(line -> Pattern.compile("`([A-Z][a-z]+(?:[A-Z][a-z]+)*)`").matcher(line.substring(0, Math.min(line.length(), 120))).results().map(r -> r.group(1)))
                .filter(reason -> !known.contains(reason)).collect(Collectors.toCollection(TreeSet::new));
        gone.removeAll(Set.of("Enforce", "Ignored"));
        assertThat(gone).as("rows of %s about words that the code does not say", CONDITIONS).isEmpty();
    }

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path page : pages()) {
            String text = Files.readString(page).replaceAll("(?s)```.*?```", "").replaceAll("`[^`]*`", "");
            for (MatchResult link : Pattern.compile("\\]\\(([^)\\s]+)\\)").matcher(text).results().toList()) {
                String target = link.group(1);
                if (target.startsWith("http")) {
                    continue;
                }
                String file = target.contains("#") ? target.substring(0, target.indexOf('#')) : target;
                Path to = file.isEmpty() ? page : page.resolveSibling(file).normalize();
                if (!Files.exists(to)) {
                    broken.add(page + ": " + target);
                } else if (target.contains("#") && !anchors(to).contains(target.substring(target.indexOf('#') + 1))) {
                    broken.add(page + ": " + target + " (no such heading)");
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    private static Set<String> anchors(Path page) throws IOException {
        return Files.readAllLines(page).stream().filter(line -> line.matches("#{1,6} .*"))
                .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 _-]", "").replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
            return Stream.concat(Stream.of(Path.of("README.md")), docs.filter(path -> path.toString().endsWith(".md"))).toList();
        }
    }

    private static Set<String> literals() throws IOException {
        return sources().stream().flatMap(text -> REASON_LIKE.matcher(text).results().map(result -> result.group(1))).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<String> words(String source) {
        return Pattern.compile("\"([A-Z][A-Za-z]+)\"").matcher(source).results().map(result -> result.group(1));
    }

    private static List<String> sources() throws IOException {
        List<String> texts = new ArrayList<>();
        for (String speaker : SPEAKERS) {
            Path folder = MAIN.resolve(speaker);
            if (Files.isDirectory(folder)) {
                try (Stream<Path> files = Files.walk(folder)) {
                    for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                        texts.add(Files.readString(file));
                    }
                }
            }
        }
        return texts;
    }
}
