package dev.concordat.playground.launch;

import dev.concordat.playground.cluster.ProjectHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * Prepares the start of each program after a build, in {@code target/launch}: its class path, and an archive of its classes that bears a digest of all that
 * it was made from, since the JVM (25.0.3) runs classes out of an archive whatever has become of the jars. An archive of the same digest is kept.
 */
@Command(name = "warm-up", hidden = true, description = "Prepares the start of the programs.")
public final class WarmUp implements Callable<Integer> {
    private static final int DIGITS = 16;

    private final Path home = ProjectHome.find();
    private final Path target = home.resolve("target");
    private final Path folder = target.resolve("launch");

    @Override
    public Integer call() throws IOException, InterruptedException {
        Files.createDirectories(folder);
        List<Path> jars = jars();
        try (Training training = new Training(home.resolve("concordat")); Reach reach = new Reach(jars)) {
            for (Program program : Program.values()) {
                List<Path> path = reach.of(List.of(program.main().getName()), program.never());
                Files.writeString(folder.resolve(program.file() + ".classpath"),
                        path.stream().map(jar -> target.relativize(jar).toString()).collect(Collectors.joining(":")));
                Path archive = folder.resolve(program.file() + "-" + digest(path) + ".aot");
                removeOthers(program, archive);
                if (!Files.exists(archive)) {
                    training.run(program, archive);
                }
                // The launcher looks for the file; that there is none is a slower start and no error.
                Files.writeString(folder.resolve(program.file() + ".archive"), archive.getFileName().toString());
            }
        }
        return 0;
    }

    /** Those of the build, with newer classes in place of picocli's. */
    private List<Path> jars() throws IOException {
        List<Path> jars = new ArrayList<>();
        for (String part : List.of("app", "lib/main", "lib/boot")) {
            try (Stream<Path> files = Files.list(target.resolve("quarkus-app").resolve(part))) {
                jars.addAll(files.filter(file -> file.toString().endsWith(".jar")).sorted().toList());
            }
        }
        for (Path jar : List.copyOf(jars)) {
            String name = jar.getFileName().toString();
            if (name.startsWith("info.picocli.")) {
                Path newer = folder.resolve(name);
                NewerClasses.copy(jar, newer);
                jars.set(jars.indexOf(jar), newer);
            }
        }
        return jars;
    }

    /** Of the jars, the JDK and the launcher with its options. The launcher computes the same. */
    private String digest(List<Path> path) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path jar : path) {
                digest.update(Files.readAllBytes(jar));
            }
            digest.update(Files.readAllBytes(Path.of(System.getProperty("java.home"), "release")));
            digest.update(Files.readAllBytes(home.resolve("concordat")));
            return HexFormat.of().formatHex(digest.digest()).substring(0, DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);      // every Java platform has it
        }
    }

    private void removeOthers(Program program, Path archive) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.startsWith(program.file() + "-") && !file.equals(archive)) {
                    Files.delete(file);
                }
            }
        }
    }
}
