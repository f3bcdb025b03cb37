package dev.concordat.playground.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Builds the programs from the modules of {@code src/playground/go}, whose go.sum pins every source by its checksum. Modules are built side by side. */
record GoBuild(Path cache, Path project, Map<String, String> environment, Consumer<String> progress) implements Binaries.Place {
    private static final Duration REPORT = Duration.ofSeconds(10);
    /** What {@code go build -v} prints for each package that it compiles. */
    private static final Pattern PACKAGE = Pattern.compile("[A-Za-z0-9._~/@-]+");
    private static final String VERSION = "k8s.io/component-base/version.";

    @Override
    public Map<Tool, Path> find(Set<Tool> missing, List<String> tried) {
        Path go = go();
        if (go == null) {
            tried.add("go build: no go on PATH, nor at /usr/local/go/bin/go");
            return Map.of();
        }
        Set<Tool.Module> modules = EnumSet.noneOf(Tool.Module.class);
        missing.forEach(tool -> modules.add(tool.module()));
        Map<Tool, Path> found = Collections.synchronizedMap(new EnumMap<>(Tool.class));
        List<String> failures = Collections.synchronizedList(new ArrayList<>());
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> builds = new ArrayList<>();
            for (Tool.Module module : modules) {
                Set<Tool> wanted = EnumSet.copyOf(missing);
                wanted.removeIf(tool -> tool.module() != module);
                builds.add(threads.submit(() -> {
                    try {
                        found.putAll(build(go, module, wanted));
                    } catch (IOException e) {
                        failures.add("go build of " + project.resolve("src/playground/go").resolve(module.folder()) + ": " + e.getMessage());
                    }
                }));
            }
            for (Future<?> build : builds) build.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failures.add("go build: interrupted");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
        tried.addAll(failures);
        return found;
    }

    private Path go() {
        String path = environment.getOrDefault("PATH", "");
        List<Path> candidates = new ArrayList<>();
        for (String folder : path.split(":")) {
            if (!folder.isBlank()) candidates.add(Path.of(folder, "go"));
        }
        if (environment.get("GOROOT") != null) candidates.add(Path.of(environment.get("GOROOT"), "bin", "go"));
        candidates.add(Path.of("/usr/local/go/bin/go"));
        return candidates.stream().filter(Files::isExecutable).findFirst().orElse(null);
    }

    private Map<Tool, Path> build(Path go, Tool.Module module, Set<Tool> wanted) throws IOException {
        Path sources = project.resolve("src/playground/go").resolve(module.folder());
        if (!Files.exists(sources.resolve("go.mod"))) throw new IOException("no go.mod there; set CONCORDAT_HOME to the folder of Concordat's sources");
        Path target = cache.resolve(wanted.iterator().next().folder());
        return Install.alone(target, module.folder(), temporary -> {
            Map<Tool, Path> done = new EnumMap<>(Tool.class);
            for (Tool tool : wanted) {
                Path file = target.resolve(tool.file());
                if (Files.isExecutable(file)) done.put(tool, file);      // another process built it while we waited for the lock
            }
            if (done.size() == wanted.size()) return done;
            run(go, module, wanted, sources, temporary);
            for (Tool tool : wanted) done.put(tool, Install.move(temporary.resolve(tool.file()), target));
            return done;
        });
    }

    private void run(Path go, Tool.Module module, Set<Tool> wanted, Path sources, Path temporary) throws IOException {
        List<String> command = new ArrayList<>(List.of(go.toString(), "build", "-v", "-trimpath"));
        switch (module) {
            case ETCD -> command.addAll(List.of("-o", temporary.resolve("etcd").toString(), "go.etcd.io/etcd/server/v3"));
            case HELM -> command.addAll(List.of("-ldflags", "-s -w -X helm.sh/helm/v3/internal/version.version=v" + Tool.HELM_VERSION,
                    "-o", temporary.resolve("helm").toString(), "helm.sh/helm/v3/cmd/helm"));
            case KUBERNETES -> {
                String[] numbers = Tool.KUBERNETES_VERSION.split("\\.");
                // Without these, clients see version v0.0.0-master.
                command.addAll(List.of("-ldflags", "-s -w -X " + VERSION + "gitVersion=v" + Tool.KUBERNETES_VERSION + " -X " + VERSION + "gitMajor=" + numbers[0]
                        + " -X " + VERSION + "gitMinor=" + numbers[1], "-o", temporary + "/"));
                wanted.forEach(tool -> command.add("k8s.io/kubernetes/cmd/" + tool.file()));
            }
        }
        var builder = new ProcessBuilder(command).directory(sources.toFile()).redirectErrorStream(true);
        builder.environment().put("CGO_ENABLED", "0");
        builder.environment().put("GOFLAGS", "-mod=readonly");
        long start = System.nanoTime();
        String what = String.join(", ", wanted.stream().map(Tool::file).toList());
        progress.accept(what + ": building with " + go);
        Process process = builder.start();
        Thread stop = new Thread(() -> kill(process));
        Runtime.getRuntime().addShutdownHook(stop);
        AtomicInteger packages = new AtomicInteger();
        Deque<String> messages = new ArrayDeque<>();
        try {
            process.getOutputStream().close();
            Thread reader = Thread.ofVirtual().start(() -> read(process, packages, messages));
            while (!process.waitFor(REPORT.toMillis(), TimeUnit.MILLISECONDS)) {
                progress.accept("%s: building, %d s, %d packages compiled".formatted(what, seconds(start), packages.get()));
            }
            reader.join();
        } catch (InterruptedException e) {
            kill(process);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            try {
                Runtime.getRuntime().removeShutdownHook(stop);
            } catch (IllegalStateException e) {
                // The JVM is ending and the hook has done its work.
            }
        }
        if (process.exitValue() != 0) throw new IOException("exit code " + process.exitValue() + "\n      " + String.join("\n      ", messages));
        progress.accept("%s: built in %d s".formatted(what, seconds(start)));
    }

    private static void read(Process process, AtomicInteger packages, Deque<String> messages) {
        try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (PACKAGE.matcher(line).matches()) {
                    packages.incrementAndGet();
                } else if (!line.startsWith("go: downloading ")) {
                    messages.add(line);
                    if (messages.size() > 20) messages.remove();
                }
            }
        } catch (IOException e) {
            messages.add("(output lost: " + e.getMessage() + ")");
        }
    }

    /** The compilers are children of go. */
    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private static long seconds(long start) {
        return Duration.ofNanos(System.nanoTime() - start).toSeconds();
    }
}
