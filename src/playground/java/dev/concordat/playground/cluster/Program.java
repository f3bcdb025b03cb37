package dev.concordat.playground.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own that writes to a log file. */
final class Program {
    private final String name;
    private final Process process;
    private final Path log;

    private Program(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    static Program start(String name, Path folder, List<String> command) throws IOException {
        Path log = folder.resolve(name + ".log");
        var process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
        return new Program(name, process, log);
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    /** Throws, with the end of the log, when the program has ended. */
    void requireAlive() throws IOException {
        if (!process.isAlive()) throw new IOException(name + " ended with exit code " + process.exitValue() + "; the end of " + log + ":\n" + tail(log, 15));
    }

    Path log() {
        return log;
    }

    static String tail(Path log, int lines) {
        try {
            var all = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
            return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
        } catch (IOException e) {
            return "(no log)";
        }
    }

    /** Asks the program to end, waits, and ends it by force when it takes longer. Returns when it is gone. */
    void stop(Duration grace) {
        process.destroy();
        try {
            if (process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        process.onExit().join();
    }
}
