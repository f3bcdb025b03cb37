package dev.concordat.playground.cluster;

import java.nio.file.Files;
import java.nio.file.Path;

/** The folder with the project's sources, CRDs and examples. */
public final class ProjectHome {
    private ProjectHome() {}

    /** What the launcher says in the system property {@code concordat.home} or the variable {@code CONCORDAT_HOME}; else the working folder or the nearest parent that is it. */
    public static Path find() {
        String said = System.getProperty("concordat.home", System.getenv("CONCORDAT_HOME"));
        if (said != null && !said.isBlank()) return Path.of(said).toAbsolutePath().normalize();
        Path here = Path.of("").toAbsolutePath();
        for (Path folder = here; folder != null; folder = folder.getParent()) {
            if (Files.isDirectory(folder.resolve("src/playground/go"))) return folder;
        }
        return here;
    }
}
