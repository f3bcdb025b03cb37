package dev.concordat.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What users apply is committed; it must be what the code says. {@code ./concordat generate} writes it. */
class GeneratedFilesTest {
    private static final boolean WRITE = Boolean.getBoolean("concordat.generate");

    @Test
    void crdsAreFresh() throws Exception {
        for (var file : Crds.generate().entrySet()) {
            check(Path.of("crds", file.getKey()), file.getValue());
        }
    }

    static void check(Path path, String content) throws Exception {
        if (WRITE) {
            Files.createDirectories(path.getParent());
            Files.writeString(path, content);
        }
        assertThat(path).as("stale: run ./concordat generate and commit").exists();
        assertThat(Files.readString(path)).as("%s is stale: run ./concordat generate and commit", path).isEqualTo(content);
    }
}
