package dev.concordat.playground;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/** The operator in a process of its own, with the kubeconfig of its service account and nothing else. */
final class OperatorProcess implements AutoCloseable {
    private final Process process;
    private volatile boolean ending;

    private OperatorProcess(Process process) {
        this.process = process;
    }

    /**
     * Starts the operator.
     *
     * @param home       the project's root, with the launcher
     * @param kubeconfig of the operator's service account
     * @param log        appended to
     * @param settings   more environment
     */
    static OperatorProcess start(Path home, Path kubeconfig, Path log, Map<String, String> settings) throws IOException {
        Files.createDirectories(log.getParent());
        var builder = new ProcessBuilder(home.resolve("concordat").toString(), "operator")
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).redirectInput(new File("/dev/null"));
        builder.environment().putAll(Map.of("KUBECONFIG", kubeconfig.toString(), "CONCORDAT_NO_BUILD", "1", "CONCORDAT_IMAGE", "concordat",
                "CONCORDAT_LEASE_NAMESPACE", Playground.OPERATOR_NAMESPACE, "QUARKUS_HTTP_HOST", "127.0.0.1", "QUARKUS_HTTP_PORT", "0"));
        builder.environment().putAll(settings);
        return new OperatorProcess(builder.start());
    }

    long pid() {
        return process.pid();
    }

    /** Calls back with the exit code if it ends without having been told to. */
    void onUnexpectedEnd(IntConsumer callback) {
        process.onExit().thenAccept(ended -> {
            if (!ending) {
                callback.accept(ended.exitValue());
            }
        });
    }

    /** Ends it as a lost node would: at once, wherever it stands. */
    void kill() throws InterruptedException {
        ending = true;
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() throws InterruptedException {
        ending = true;
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
