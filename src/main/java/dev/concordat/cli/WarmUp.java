package dev.concordat.cli;

import dev.concordat.cli.compare.CompareCommand;
import dev.concordat.dataplane.ChecksumWorker;
import dev.concordat.dataplane.ConfigMapReports;
import dev.concordat.drift.Comparison;
import dev.concordat.report.Json;
import dev.concordat.report.RunOrder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import picocli.CommandLine.Command;

/**
 * Loads what a worker loads, so that the JVM can put it into an archive when this process ends: a run against ports where nobody listens.
 * The launcher and the image's build call it once; a worker then maps its classes instead of parsing them.
 */
@Command(name = "warm-up", hidden = true, description = "Loads a worker's classes for the class data archive.")
final class WarmUp implements Callable<Integer> {
    private static final String ORDER = """
            {"contract":{"namespace":"n","name":"c","uid":"u","generation":1,"version":"1.0.0"},"runId":1,"reportName":"r","schemaName":"s",
             "ownerKind":"ReconcileJob","ownerName":"o","ownerUid":"u",
             "spec":{"version":"1.0.0","owner":{"team":"t"},
              "source":{"system":"s","store":{"type":"PostgreSQL","host":"127.0.0.1","port":1,"database":"d","table":"t","credentials":{"secretName":"s"}}},
              "target":{"system":"t","store":{"type":"MariaDB","host":"127.0.0.1","port":1,"database":"d","table":"t","credentials":{"secretName":"s"}}},
              "record":{"key":["id"]},"verification":{"schedule":{"every":"15m"}}}}""";

    @Override
    public Integer call() throws IOException {
        Path folder = Files.createTempDirectory("concordat-warm-up");
        Path username = Files.writeString(folder.resolve("username"), "u");
        Path password = Files.writeString(folder.resolve("password"), "p");
        Path report = folder.resolve("report.json");
        Map<String, String> env = new HashMap<>(Map.of(RunOrder.ENV, ORDER, RunOrder.SOURCE_SECRET, folder.toString(), RunOrder.TARGET_SECRET, folder.toString(),
                ChecksumWorker.REPORT_FILE, report.toString()));
        try {
            ChecksumWorker.run(env);
            CompareCommand.commandLine().parseArgs("--key", "id");
            // What only an answer from a server would load.
            load(Comparison.class, "dev/concordat/drift/", "dev/concordat/store/", "dev/concordat/report/", "dev/concordat/dataplane/", "dev/concordat/cli/");
            load(org.postgresql.Driver.class, "org/postgresql/core/", "org/postgresql/jdbc/", "org/postgresql/util/", "org/postgresql/shaded/com/ongres/");
            load(org.mariadb.jdbc.Driver.class, "org/mariadb/jdbc/client/", "org/mariadb/jdbc/message/", "org/mariadb/jdbc/plugin/", "org/mariadb/jdbc/util/", "org/mariadb/jdbc/Statement",
                    "org/mariadb/jdbc/Connection", "org/mariadb/jdbc/ClientPreparedStatement");
            try (KubernetesClient client = ConfigMapReports.client()) {
                Json.write(client.configMaps().inNamespace("n").withName("r"));
            } catch (RuntimeException nobodyThere) {
                // Only the classes matter.
            }
        } finally {
            for (Path file : List.of(username, password, report, folder)) {
                Files.deleteIfExists(file);
            }
        }
        return 0;
    }

    /** Loads the classes under these paths in the library that a class comes from. */
    private static void load(Class<?> from, String... paths) throws IOException {
        Path library = Path.of(URI.create(from.getProtectionDomain().getCodeSource().getLocation().toString()));
        if (!Files.isRegularFile(library)) {
            throw new IllegalStateException(library + " is not a library: an archive is made of libraries only");
        }
        int loaded = 0;
        try (JarFile jar = new JarFile(library.toFile())) {
            for (String name : jar.stream().map(JarEntry::getName).filter(n -> n.endsWith(".class")).toList()) {
                if (Arrays.stream(paths).anyMatch(name::startsWith)) {
                    try {
                        Class.forName(name.substring(0, name.length() - ".class".length()).replace('/', '.'), false, from.getClassLoader());
                        loaded++;
                    } catch (ClassNotFoundException | LinkageError optional) {
                        // It needs a library that is not here, and so nobody uses it.
                    }
                }
            }
        }
        if (loaded == 0) {
            throw new IllegalStateException(library + " has no classes in " + List.of(paths));
        }
    }
}
