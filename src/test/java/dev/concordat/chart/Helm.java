package dev.concordat.chart;

import dev.concordat.generate.PlaygroundRbac;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Helm itself, on charts/concordat. */
public record Helm(Path executable) {
    public static final Path CHART = Path.of("charts/concordat");

    /** @param output standard output and error, as a person would see them */
    public record Result(int exit, String output) {}

    public Result run(String... arguments) {
        List<String> command = new ArrayList<>(List.of(executable.toString()));
        command.addAll(List.of(arguments));
        try {
            Path output = Files.createTempFile("helm", ".out");
            try {
                Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
                if (!process.waitFor(2, TimeUnit.MINUTES)) {
                    process.destroyForcibly();
                    throw new IllegalStateException("helm did not end within 2 minutes: " + command);
                }
                return new Result(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot run " + command, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** {@code helm template} of the release that the playground stands for, with values such as {@code replicas=2}. */
    public Result template(String... values) {
        List<String> arguments = new ArrayList<>(List.of(
                "template", PlaygroundRbac.RELEASE, CHART.toString(), "--namespace", PlaygroundRbac.NAMESPACE, "--kube-version", "1.34.4"));
        for (String value : values) {
            arguments.addAll(List.of("--set", value));
        }
        return run(arguments.toArray(String[]::new));
    }

    /** The objects that the chart renders, in Helm's order. */
    public List<HasMetadata> render(String... values) {
        Result result = template(values);
        if (result.exit() != 0) {
            throw new IllegalStateException(result.output());
        }
        return Arrays.stream(result.output().split("(?m)^---$"))
                .filter(document -> Serialization.unmarshal(document, Map.class) != null)
                .map(document -> (HasMetadata) Serialization.unmarshal(document))
                .toList();
    }
}
