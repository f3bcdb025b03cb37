package dev.concordat.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.chart.Helm;
import dev.concordat.playground.cluster.Binaries;
import dev.concordat.playground.cluster.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What users apply is committed; it must be what the code says. {@code ./concordat generate} writes it. */
public class GeneratedFilesTest {
    private static final boolean WRITE = Boolean.getBoolean("concordat.generate");

    @Test
    void crdsAreFresh() throws Exception {
        for (var file : Crds.generate().entrySet()) {
            check(Path.of("crds", file.getKey()), file.getValue());
            check(Helm.CHART.resolve("files/crds").resolve(file.getKey()), file.getValue());
        }
    }

    @Test
    void referencePagesAreFresh() throws Exception {
        for (var file : Reference.generate().entrySet()) {
            check(Path.of("docs/reference", file.getKey()), file.getValue());
        }
    }

    @Test
    void playgroundRbacIsRendered() throws Exception {
        check(PlaygroundRbac.FILE, PlaygroundRbac.of(new Helm(Binaries.ofThisMachine(System.err::println).find(Set.of(Tool.HELM)).get(Tool.HELM)).render()));
    }

    public static void check(Path path, String content) throws Exception {
        if (WRITE) {
            Files.createDirectories(path.getParent());
            Files.writeString(path, content);
        }
        assertThat(path).as("stale: run ./concordat generate and commit").exists();
        assertThat(Files.readString(path)).as("%s is stale: run ./concordat generate and commit", path).isEqualTo(content);
    }
}
