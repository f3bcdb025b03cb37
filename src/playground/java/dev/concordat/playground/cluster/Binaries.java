package dev.concordat.playground.cluster;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Finds the programs that the local cluster runs, each in the first place that has it: the folder named by {@code KUBEBUILDER_ASSETS}, the user's cache
 * folder, an official download checked by its checksum, a {@code go build} of the modules in {@code src/playground/go}. The last two fill the cache folder.
 */
public final class Binaries {
    private final List<Place> places;

    /** A place that may have programs. */
    interface Place {
        /**
         * Finds what it can of the missing tools. A tool that it does not have is not an error: it says so in {@code tried}.
         *
         * @param tried one line for each thing looked for in vain, with the reason
         */
        Map<Tool, Path> find(Set<Tool> missing, List<String> tried);
    }

    Binaries(List<Place> places) {
        this.places = List.copyOf(places);
    }

    /**
     * The places of this machine.
     *
     * @param progress receives a line now and then while something is downloaded or built, from any thread
     */
    public static Binaries ofThisMachine(Consumer<String> progress) {
        return of(System.getenv(), Path.of(System.getProperty("user.home")), ProjectHome.find(), Download.OFFICIAL, progress);
    }

    static Binaries of(Map<String, String> environment, Path home, Path project, Map<String, URI> hosts, Consumer<String> progress) {
        Path cache = cacheFolder(environment, home);
        return new Binaries(List.of(
                new Assets(environment.get("KUBEBUILDER_ASSETS")),
                new Cache(cache),
                new Download(cache, hosts, progress),
                new GoBuild(cache, project, environment, progress)));
    }

    static Path cacheFolder(Map<String, String> environment, Path home) {
        String xdg = environment.get("XDG_CACHE_HOME");
        return (xdg == null || xdg.isBlank() ? home.resolve(".cache") : Path.of(xdg)).resolve("concordat");
    }

    /**
     * Finds all of these tools, which may take minutes when they are built.
     *
     * @throws IOException when one cannot be had; the message names every place tried and what to do
     */
    public Map<Tool, Path> find(Set<Tool> tools) throws IOException {
        Map<Tool, Path> found = new EnumMap<>(Tool.class);
        List<String> tried = new ArrayList<>();
        for (Place place : places) {
            Set<Tool> missing = EnumSet.copyOf(tools);
            missing.removeAll(found.keySet());
            if (missing.isEmpty()) break;
            found.putAll(place.find(missing, tried));
        }
        List<String> missing = tools.stream().filter(tool -> !found.containsKey(tool)).map(Tool::file).toList();
        if (missing.isEmpty()) return found;
        throw new IOException("""
                No usable %s for the local cluster. Tried:
                  - %s
                What to do: install Go (https://go.dev/dl) and run the command again, so that they are built; or set KUBEBUILDER_ASSETS to a folder that has \
                etcd, kube-apiserver, kube-controller-manager and kubectl (Kubernetes %s); or copy them into the cache folder named above."""
                .formatted(String.join(", ", missing), String.join("\n  - ", tried), Tool.KUBERNETES_VERSION));
    }

    /** The user's own choice; its version is the user's affair. The usual bundle (setup-envtest) has no kube-controller-manager: that one is looked for elsewhere. */
    record Assets(String folder) implements Place {
        @Override
        public Map<Tool, Path> find(Set<Tool> missing, List<String> tried) {
            if (folder == null || folder.isBlank()) {
                tried.add("KUBEBUILDER_ASSETS: not set");
                return Map.of();
            }
            return existing("KUBEBUILDER_ASSETS", missing, tried, tool -> Path.of(folder, tool.file()));
        }
    }

    record Cache(Path folder) implements Place {
        @Override
        public Map<Tool, Path> find(Set<Tool> missing, List<String> tried) {
            return existing("cache folder", missing, tried, tool -> folder.resolve(tool.folder()).resolve(tool.file()));
        }
    }

    private static Map<Tool, Path> existing(String place, Set<Tool> missing, List<String> tried, Function<Tool, Path> path) {
        Map<Tool, Path> found = new EnumMap<>(Tool.class);
        for (Tool tool : missing) {
            Path file = path.apply(tool);
            if (Files.isExecutable(file)) found.put(tool, file);
            else tried.add(place + ": " + file + (Files.exists(file) ? " is not executable" : " does not exist"));
        }
        return found;
    }
}
