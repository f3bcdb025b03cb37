package dev.concordat.playground.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)      // the servers are published for Linux alone
class BinariesTest {
    @TempDir Path home;
    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, byte[]> published = new HashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> progress = new CopyOnWriteArrayList<>();
    private HttpServer server;

    @BeforeEach
    void serveReleases() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.add(exchange.getRequestURI().getPath());
            byte[] content = published.get(exchange.getRequestURI().getPath());
            exchange.sendResponseHeaders(content == null ? 404 : 200, content == null ? -1 : content.length);
            if (content != null) exchange.getResponseBody().write(content);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private Binaries binaries() {
        URI base = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        return Binaries.of(environment, home, home.resolve("project"), Map.of("kubernetes", base, "etcd", base, "helm", base), progress::add);
    }

    private static Path executable(Path file, String content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }

    private void publish(String path, byte[] content, byte[] checksumOf, String checksums, String format) throws Exception {
        String sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(checksumOf));
        published.put(path, content);
        published.put(checksums, format.formatted(sum).getBytes(StandardCharsets.UTF_8));
    }

    private String apiserverPath() {
        return "/release/v1.34.4/bin/linux/" + Tool.arch() + "/kube-apiserver";
    }

    @Test
    void theUsersFolderComesFirstAndTheCacheFillsItsGaps() throws Exception {
        environment.put("KUBEBUILDER_ASSETS", home.resolve("assets").toString());
        Path own = executable(home.resolve("assets/kube-apiserver"), "own");
        Path cache = home.resolve(".cache/concordat/k8s/1.34.4-" + Tool.platform());
        executable(cache.resolve("kube-apiserver"), "cached");
        Path cached = executable(cache.resolve("kube-controller-manager"), "cached");

        var found = binaries().find(EnumSet.of(Tool.KUBE_APISERVER, Tool.KUBE_CONTROLLER_MANAGER));

        assertThat(found).containsEntry(Tool.KUBE_APISERVER, own).containsEntry(Tool.KUBE_CONTROLLER_MANAGER, cached);
        assertThat(requests).isEmpty();
    }

    @Test
    void theCacheFolderFollowsXdg() throws Exception {
        environment.put("XDG_CACHE_HOME", home.resolve("xdg").toString());
        Path cached = executable(home.resolve("xdg/concordat/helm/3.19.0-" + Tool.platform() + "/helm"), "cached");
        assertThat(binaries().find(Set.of(Tool.HELM))).containsEntry(Tool.HELM, cached);
    }

    @Test
    void aDownloadIsCheckedAndCached() throws Exception {
        byte[] program = "server".getBytes(StandardCharsets.UTF_8);
        publish(apiserverPath(), program, program, apiserverPath() + ".sha256", "%s");

        Path first = binaries().find(Set.of(Tool.KUBE_APISERVER)).get(Tool.KUBE_APISERVER);
        assertThat(first).isExecutable().hasContent("server").startsWith(home.resolve(".cache/concordat/k8s"));
        requests.clear();
        assertThat(binaries().find(Set.of(Tool.KUBE_APISERVER))).containsEntry(Tool.KUBE_APISERVER, first);
        assertThat(requests).isEmpty();
    }

    @Test
    void anArchiveIsUnpacked() throws Exception {
        byte[] archive = archive("etcd-v3.6.8-" + Tool.platform() + "/etcd", "database");
        String name = "etcd-v3.6.8-" + Tool.platform() + ".tar.gz";
        publish("/v3.6.8/" + name, archive, archive, "/v3.6.8/SHA256SUMS", "0".repeat(64) + "  other.tar.gz\n%s  " + name + "\n");
        assertThat(binaries().find(Set.of(Tool.ETCD)).get(Tool.ETCD)).isExecutable().hasContent("database");
    }

    @Test
    void aWrongChecksumIsNeverInstalled() throws Exception {
        environment.put("PATH", home.toString());
        publish(apiserverPath(), "tampered".getBytes(StandardCharsets.UTF_8), "original".getBytes(StandardCharsets.UTF_8), apiserverPath() + ".sha256", "%s");
        // The places after the download are left out: a Go at its usual folder would be found and say something else.
        var places = List.<Binaries.Place>of(new Download(home, Map.of("kubernetes", URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/")), progress::add));
        assertThatThrownBy(() -> new Binaries(places).find(Set.of(Tool.KUBE_APISERVER))).isInstanceOf(IOException.class).hasMessageContaining("checksum is");
        assertThat(home.resolve("k8s/1.34.4-" + Tool.platform())).isEmptyDirectory();
    }

    @Test
    void withoutADownloadItIsBuiltFromTheModule() throws Exception {
        Files.createDirectories(home.resolve("project/src/playground/go/kubernetes"));
        Files.writeString(home.resolve("project/src/playground/go/kubernetes/go.mod"), "module test");
        // A go that records how it was called and writes the programs asked for.
        executable(home.resolve("bin/go"), """
                #!/bin/sh
                printf '%s\\n' "$CGO_ENABLED" "$@" > called
                echo some/package
                while [ "$1" != -o ]; do shift; done
                for target in "$@"; do case $target in k8s.io/*) echo built > "$2${target##*/}";; esac; done
                """);
        environment.put("PATH", home.resolve("bin").toString());

        var found = binaries().find(EnumSet.of(Tool.KUBE_APISERVER, Tool.KUBECTL));

        assertThat(found.get(Tool.KUBE_APISERVER)).isExecutable().hasContent("built");
        assertThat(found.get(Tool.KUBECTL)).isExecutable().hasContent("built");
        assertThat(home.resolve("project/src/playground/go/kubernetes/called")).content()
                .startsWith("0\nbuild").contains("gitVersion=v1.34.4", "k8s.io/kubernetes/cmd/kubectl").doesNotContain("kube-controller-manager");
        assertThat(progress).anyMatch(line -> line.startsWith("kube-apiserver, kubectl: built in"));
        assertThat(found.get(Tool.KUBECTL).getParent().resolveSibling(".1.34.4-" + Tool.platform() + "-kubernetes.new")).doesNotExist();
    }

    @Test
    void theErrorNamesEveryPlaceAndWhatToDo() throws Exception {
        Files.createDirectories(home.resolve("project/src/playground/go/etcd"));
        Files.writeString(home.resolve("project/src/playground/go/etcd/go.mod"), "module test");
        executable(home.resolve("bin/go"), "#!/bin/sh\necho 'cannot find module'\nexit 1\n");
        environment.put("PATH", home.resolve("bin").toString());
        environment.put("KUBEBUILDER_ASSETS", home.resolve("assets").toString());

        assertThatThrownBy(() -> binaries().find(Set.of(Tool.ETCD))).isInstanceOf(IOException.class)
                .hasMessageStartingWith("No usable etcd for the local cluster.")
                .hasMessageContainingAll(
                        "KUBEBUILDER_ASSETS: " + home.resolve("assets/etcd") + " does not exist",
                        "cache folder: " + home.resolve(".cache/concordat/k8s/1.34.4-" + Tool.platform() + "/etcd") + " does not exist",
                        "download of http://127.0.0.1:", "HTTP status 404",
                        "go build of " + home.resolve("project/src/playground/go/etcd") + ": exit code 1", "cannot find module",
                        "install Go");
    }

    @Test
    void aHostThatCannotBeReachedIsAReasonNotAnError() throws Exception {
        var download = new Download(home, Map.of("kubernetes", URI.create("http://127.0.0.1:1/")), progress::add);
        List<String> tried = new java.util.ArrayList<>();
        assertThat(download.find(Set.of(Tool.KUBECTL), tried)).isEmpty();
        assertThat(tried).singleElement().asString().contains("http://127.0.0.1:1/").contains("cannot connect");
    }

    private static byte[] archive(String member, String content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
            var entry = new TarArchiveEntry(member);
            entry.setSize(content.length());
            tar.putArchiveEntry(entry);
            tar.write(content.getBytes(StandardCharsets.UTF_8));
            tar.closeArchiveEntry();
        }
        return bytes.toByteArray();
    }
}
