package dev.concordat.playground.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One run of a container: a process with its children. Where {@code setsid} exists (Linux), it leads a session of its own: a Ctrl-C in the terminal does not reach
 * it, and when it ends, what it left behind is found by its process group and ended too, as the end of a container's first process ends the container.
 */
final class ContainerProcess {
    private static final Path SETSID = List.of(Path.of("/usr/bin/setsid"), Path.of("/bin/setsid")).stream().filter(Files::isExecutable).findFirst().orElse(null);

    private final Process process;

    private ContainerProcess(Process process) {
        this.process = process;
    }

    /** @throws IOException when there is no such program */
    static ContainerProcess start(List<String> command, Map<String, String> environment, Path folder, Path log) throws IOException {
        List<String> words = new ArrayList<>(command);
        words.set(0, program(command.getFirst(), environment.getOrDefault("PATH", ""), folder).toString());
        if (SETSID != null) words.addFirst(SETSID.toString());
        var builder = new ProcessBuilder(words).directory(folder.toFile()).redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())).redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().clear();
        builder.environment().putAll(environment);
        return new ContainerProcess(builder.start());
    }

    private static Path program(String name, String path, Path folder) throws IOException {
        if (name.contains("/")) {
            Path program = folder.resolve(name);
            if (Files.isExecutable(program)) return program;
        } else {
            for (String place : path.split(":")) {
                Path program = Path.of(place, name);
                if (!place.isEmpty() && Files.isExecutable(program) && !Files.isDirectory(program)) return program;
            }
        }
        throw new IOException("exec: \"" + name + "\": executable file not found in $PATH");
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    /** Waits for the end of the process and ends what it left behind. The exit code is 128 + the signal's number after a signal. */
    int await() throws InterruptedException {
        List<ProcessHandle> children = SETSID == null ? process.descendants().toList() : List.of();
        int code = process.waitFor();
        killGroup();
        children.forEach(ProcessHandle::destroyForcibly);
        return code;
    }

    /** SIGTERM to the first process. */
    void terminate() {
        process.destroy();
    }

    /** SIGKILL to all of them. */
    void kill() {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        killGroup();
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
    }

    private void killGroup() {
        if (SETSID == null) return;
        try {
            // The JDK signals single processes only. No such group: the process left nothing behind.
            new ProcessBuilder("/bin/sh", "-c", "kill -s KILL -- -" + process.pid() + " 2>/dev/null").start().waitFor(5, TimeUnit.SECONDS);
        } catch (IOException e) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
