package dev.concordat.playground.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * The projects' own releases, each file checked against the checksum published with it. A machine without internet is normal: connecting gives up after 3 s,
 * all downloads side by side, and the next place is tried.
 *
 * @param hosts base address by {@code kubernetes}, {@code etcd}, {@code helm}
 */
record Download(Path cache, Map<String, URI> hosts, Consumer<String> progress) implements Binaries.Place {
    static final Map<String, URI> OFFICIAL = Map.of(
            "kubernetes", URI.create("https://dl.k8s.io/"),
            "etcd", URI.create("https://github.com/etcd-io/etcd/releases/download/"),
            "helm", URI.create("https://get.helm.sh/"));

    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration CHECKSUM = Duration.ofSeconds(10);
    private static final Duration FILE = Duration.ofMinutes(5);

    /**
     * A file to fetch.
     *
     * @param checksums address of a file whose first word, or the line that names the file, is its SHA-256
     * @param member    name of the program inside a gzipped tar; null when the file is the program
     */
    private record Source(URI file, URI checksums, String member) {}

    @Override
    public Map<Tool, Path> find(Set<Tool> missing, List<String> tried) {
        Map<Tool, Path> found = Collections.synchronizedMap(new EnumMap<>(Tool.class));
        List<String> failures = Collections.synchronizedList(new ArrayList<>());
        try (var client = HttpClient.newBuilder().connectTimeout(CONNECT).followRedirects(HttpClient.Redirect.NORMAL).proxy(ProxySelector.getDefault()).build();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> downloads = new ArrayList<>();
            for (Tool tool : missing) {
                Source source = source(tool);
                if (source == null) {
                    failures.add("download of " + tool.file() + ": no official binary for " + Tool.platform());
                    continue;
                }
                downloads.add(threads.submit(() -> {
                    try {
                        found.put(tool, fetch(client, tool, source));
                    } catch (IOException e) {
                        failures.add("download of " + source.file() + ": " + reason(e));
                    }
                }));
            }
            for (Future<?> download : downloads) download.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failures.add("download: interrupted");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
        tried.addAll(failures);
        return found;
    }

    private Source source(Tool tool) {
        if (tool == Tool.HELM) {
            URI file = hosts.get("helm").resolve("helm-v" + Tool.HELM_VERSION + "-" + Tool.platform() + ".tar.gz");
            return new Source(file, URI.create(file + ".sha256sum"), Tool.platform() + "/helm");
        }
        if (tool == Tool.ETCD) {
            if (!Tool.os().equals("linux")) return null;         // a zip file elsewhere; it is built instead
            String name = "etcd-v" + Tool.ETCD_VERSION + "-" + Tool.platform();
            URI release = hosts.get("etcd").resolve("v" + Tool.ETCD_VERSION + "/");
            return new Source(release.resolve(name + ".tar.gz"), release.resolve("SHA256SUMS"), name + "/etcd");
        }
        // Servers are published for Linux alone, kubectl for every platform.
        if (tool != Tool.KUBECTL && !Tool.os().equals("linux")) return null;
        URI file = hosts.get("kubernetes").resolve("release/v" + Tool.KUBERNETES_VERSION + "/bin/" + Tool.os() + "/" + Tool.arch() + "/" + tool.file());
        return new Source(file, URI.create(file + ".sha256"), null);
    }

    private Path fetch(HttpClient client, Tool tool, Source source) throws IOException {
        Path target = cache.resolve(tool.folder());
        return Install.alone(target, tool.file(), temporary -> {
            String expected = checksum(send(client, source.checksums(), CHECKSUM, HttpResponse.BodyHandlers.ofString()), source.file());
            progress.accept(tool.file() + ": downloading " + source.file());
            Path whole = temporary.resolve("download");
            String actual;
            try (var in = new DigestInputStream(send(client, source.file(), FILE, HttpResponse.BodyHandlers.ofInputStream()), sha256())) {
                Files.copy(in, whole);
                actual = HexFormat.of().formatHex(in.getMessageDigest().digest());
            }
            if (!actual.equals(expected)) throw new IOException("checksum is " + actual + " and should be " + expected + "; the file was discarded");
            Path program = temporary.resolve(tool.file());
            if (source.member() == null) Files.move(whole, program);
            else unpack(whole, source.member(), program);
            return Install.move(program, target);
        });
    }

    private static <T> T send(HttpClient client, URI address, Duration timeout, HttpResponse.BodyHandler<T> body) throws IOException {
        try {
            var response = client.send(HttpRequest.newBuilder(address).timeout(timeout).build(), body);
            if (response.statusCode() != 200) {
                if (response.body() instanceof InputStream unread) unread.close();
                throw new IOException("HTTP status " + response.statusCode() + " from " + address);
            }
            return response.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** The SHA-256 in a {@code .sha256} file (one word) or a list of {@code <sum>  <name>} lines. */
    static String checksum(String content, URI file) throws IOException {
        String name = file.getPath().substring(file.getPath().lastIndexOf('/') + 1);
        List<String> lines = content.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
        for (String line : lines) {
            String[] words = line.split("\\s+\\*?");
            boolean ours = words.length == 1 ? lines.size() == 1 : words[1].equals(name);
            if (ours && words[0].matches("[0-9a-fA-F]{64}")) return words[0].toLowerCase(Locale.ROOT);
        }
        throw new IOException("no SHA-256 of " + name + " was published");
    }

    private static void unpack(Path archive, String member, Path target) throws IOException {
        try (var tar = new TarArchiveInputStream(new GZIPInputStream(Files.newInputStream(archive)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (entry.isFile() && entry.getName().equals(member)) {
                    Files.copy(tar, target);
                    return;
                }
            }
        }
        throw new IOException("the archive has no " + member);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);      // every Java platform has it
        }
    }

    /** Network exceptions of the JDK's client often have no text of their own. */
    private static String reason(IOException e) {
        if (e.getMessage() != null) return e.getMessage();
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) return "the host's name cannot be resolved";
        }
        return e instanceof ConnectException ? "cannot connect" : e.toString();
    }
}
