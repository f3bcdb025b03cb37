package dev.concordat.playground.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.playground.cluster.ProjectHome;
import dev.concordat.testing.Case;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher on a build of its own, whose jars are those of this one: what starts from an archive, and what must not. */
class LaunchIT {
    /** The JVM ends where it cannot use the archive that it is given, and where it is given none. */
    private static final String ONLY_FROM_ARCHIVE = "-XX:AOTMode=on";
    private static final Path APP = Path.of("target/quarkus-app/app/concordat-0.1.0.jar");

    private static Path home;

    private record Ended(int exit, String output) {}

    @BeforeAll
    static void prepare(@TempDir Path folder) throws IOException, InterruptedException {
        home = folder;
        Path real = ProjectHome.find();
        Files.copy(real.resolve("concordat"), home.resolve("concordat"));
        Files.createDirectories(home.resolve("target/quarkus-app/app"));
        for (String same : List.of("target/quarkus-app/lib", "target/playground")) {
            Files.createSymbolicLink(home.resolve(same), real.resolve(same));
        }
        Files.copy(real.resolve(APP), home.resolve(APP));
        Ended prepared = concordat(Map.of(), "warm-up");
        assertThat(prepared.exit()).as(prepared.output()).isZero();
    }

    @Test
    void eachProgramHasOneArchive() throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("target/launch"))) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".aot")))
                    .hasSize(3).allMatch(name -> name.matches("(help|compare|worker)-[0-9a-f]{16}\\.aot"));
        }
    }

    @Test
    void eachProgramStartsFromItsArchiveAndWithItsShortClassPath() throws Exception {
        Ended compare = onlyFromArchive("compare", "--help");
        assertThat(compare.output()).startsWith("Usage: concordat compare");
        assertThat(compare.exit()).isZero();
        assertThat(onlyFromArchive("--help")).isEqualTo(new Ended(0, concordat(Map.of(), "--help").output()));
        assertThat(onlyFromArchive("checksum").output()).contains("CONCORDAT_").doesNotContain("NoClassDefFoundError");
        assertThat(onlyFromArchive("probe").output()).contains("CONCORDAT_").doesNotContain("NoClassDefFoundError");
    }

    @Test
    void anArchiveThatTheJvmRefusesIsNoticedByThisTest() throws Exception {
        Map<String, String> otherwise = Map.of("CONCORDAT_JAVA_OPTS", ONLY_FROM_ARCHIVE + " -XX:+UseZGC");
        assertThat(concordat(otherwise, "--help").exit()).isNotZero();
    }

    @Test
    void picocliIsInTheArchive() throws Exception {
        assertThat(source("picocli.CommandLine")).contains("shared objects file");
    }

    @Test
    @Case(value = "install B", before = "old classes ran out of the archive, without a word", now = "the archive of other jars is not used")
    void aChangedJarDoesNotRunOutOfAnOldArchive() throws Exception {
        Path jar = home.resolve(APP);
        byte[] before = Files.readAllBytes(jar);
        FileTime time = Files.getLastModifiedTime(jar);
        assertThat(onlyFromArchive("--help").output()).contains("Sync contracts as Kubernetes resources");
        try {
            Files.write(jar, replaced(before, "Sync contracts as Kubernetes resources", "SYNC CONTRACTS AS KUBERNETES RESOURCES"));
            assertThat(concordat(Map.of(), "--help").output()).contains("SYNC CONTRACTS AS KUBERNETES RESOURCES");
            assertThat(source("dev.concordat.cli.Concordat")).contains("concordat-0.1.0.jar").doesNotContain("shared objects file");
        } finally {
            Files.write(jar, before);
            Files.setLastModifiedTime(jar, time);
        }
        // The very jar again: its digest tells.
        assertThat(onlyFromArchive("--help").output()).contains("Sync contracts as Kubernetes resources");
    }

    /** Where {@code --help} has a class from, as the JVM tells. */
    private static String source(String type) throws IOException, InterruptedException {
        return concordat(Map.of("CONCORDAT_JAVA_OPTS", "-Xlog:class+load"), "--help").output().lines()
                .filter(line -> line.contains(type + " source:")).findFirst().orElse("not loaded");
    }

    private static Ended onlyFromArchive(String... arguments) throws IOException, InterruptedException {
        return concordat(Map.of("CONCORDAT_JAVA_OPTS", ONLY_FROM_ARCHIVE), arguments);
    }

    private static Ended concordat(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(home.resolve("concordat").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectInput(Path.of("/dev/null").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("CONCORDAT_"));
        builder.environment().putAll(environment);
        builder.environment().put("CONCORDAT_NO_BUILD", "1");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    /** A jar in which a text of a class is another one of the same length. */
    private static byte[] replaced(byte[] jar, String text, String other) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (var in = new ZipInputStream(new ByteArrayInputStream(jar))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.put(entry.getName(), in.readAllBytes());
            }
        }
        var bytes = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(bytes)) {
            for (var entry : entries.entrySet()) {
                String content = new String(entry.getValue(), StandardCharsets.ISO_8859_1);
                out.putNextEntry(new ZipEntry(entry.getKey()));
                out.write(content.replace(text, other).getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        return bytes.toByteArray();
    }
}
