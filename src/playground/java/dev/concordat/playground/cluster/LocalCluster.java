package dev.concordat.playground.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A Kubernetes control plane on this machine: etcd, kube-apiserver and kube-controller-manager as processes on {@code 127.0.0.1}, with RBAC, admission,
 * garbage collection and the workload controllers of a real cluster. What a node would do, {@link PodRunner} does.
 *
 * <p>The processes are started here and not by Fabric8's kube-api-test: that one listens with etcd on all addresses, switches off the ServiceAccount
 * admission plugin (pods would get no token of their own), insists on a folder layout of its own, and leaves its processes behind when a start fails half-way.
 */
public final class LocalCluster implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(90);
    private static final Duration STOP = Duration.ofSeconds(10);
    /** What a cluster runs for workloads. The rest manages nodes, volumes and certificates, which do not exist here. */
    private static final List<String> CONTROLLERS = List.of("deployment", "replicaset", "statefulset", "job", "cronjob", "garbagecollector", "serviceaccount",
            "serviceaccount-token", "root-ca-cert-publisher", "namespace", "ttl-after-finished", "podgc", "disruption", "horizontalpodautoscaling", "resourcequota");

    private final Path folder;
    private final boolean ownFolder;
    private final Path kubectl;
    private final Deque<Program> programs = new ArrayDeque<>();
    private final Thread hook = new Thread(this::stopPrograms, "local-cluster-stop");
    private String server;
    private String authority;
    private Path kubeconfig;
    private KubernetesClient client;

    private LocalCluster(Path folder, boolean ownFolder, Path kubectl) {
        this.folder = folder;
        this.ownFolder = ownFolder;
        this.kubectl = kubectl;
    }

    /** A cluster in a temporary folder, with the binaries of this machine. */
    public static LocalCluster start(Consumer<String> progress) throws IOException {
        return start(null, progress);
    }

    /**
     * Returns when the API server is ready and the controllers work. Finding the binaries may take minutes, once per machine ({@link Binaries}); the start itself
     * takes seconds. Nothing is left running when it throws.
     *
     * @param folder   for data, keys and logs; null: a temporary one that {@link #close()} deletes. A new cluster is made in it each time
     * @param progress receives a line now and then, from any thread
     */
    public static LocalCluster start(Path folder, Consumer<String> progress) throws IOException {
        return start(folder, Binaries.ofThisMachine(progress).find(Tool.CLUSTER));
    }

    static LocalCluster start(Path folder, Map<Tool, Path> tools) throws IOException {
        Path home = folder == null ? Files.createTempDirectory("concordat-cluster") : Files.createDirectories(folder).toAbsolutePath();
        var cluster = new LocalCluster(home, folder == null, tools.get(Tool.KUBECTL));
        Runtime.getRuntime().addShutdownHook(cluster.hook);
        try {
            cluster.run(tools);
            return cluster;
        } catch (IOException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void run(Map<Tool, Path> tools) throws IOException {
        long deadline = System.nanoTime() + START.toNanos();
        int[] ports = freePorts(3);
        String token = randomToken();
        KeyPair keys = accountKeys();
        Path signing = secret("service-account.key", pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
        Path verifying = secret("service-account.pub", pem("PUBLIC KEY", keys.getPublic().getEncoded()));
        Path tokens = secret("tokens.csv", token + ",concordat-admin,concordat-admin,\"system:masters\"\n");
        Path data = folder.resolve("etcd");
        Install.delete(data);
        String etcd = "http://127.0.0.1:" + ports[0];
        String peer = "http://127.0.0.1:" + ports[1];

        Program database = launch("etcd", List.of(tools.get(Tool.ETCD).toString(),
                "--data-dir=" + data, "--listen-client-urls=" + etcd, "--advertise-client-urls=" + etcd, "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer, "--initial-cluster=default=" + peer,
                "--unsafe-no-fsync"));          // the data does not outlive the cluster
        server = "https://127.0.0.1:" + ports[2];
        Path certificates = folder.resolve("certificates");
        Install.delete(certificates);
        Program api = launch("kube-apiserver", List.of(tools.get(Tool.KUBE_APISERVER).toString(),
                "--etcd-servers=" + etcd, "--bind-address=127.0.0.1", "--secure-port=" + ports[2],
                "--cert-dir=" + certificates,                         // it makes an authority and a certificate of its own there
                "--token-auth-file=" + tokens, "--authorization-mode=RBAC",
                "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
                "--service-account-key-file=" + verifying, "--service-account-signing-key-file=" + signing,
                "--service-cluster-ip-range=10.96.0.0/16",
                "--endpoint-reconciler-type=none",                    // it would refuse to publish a loopback address
                "--allow-privileged=true", "--profiling=false"));
        awaitReady(api, database, certificates.resolve("apiserver.crt"), token, deadline);
        kubeconfig = secret("kubeconfig", kubeconfig(token, "concordat-admin", "default"));
        client = clientFor(kubeconfig);
        Program controllers = launch("kube-controller-manager", List.of(tools.get(Tool.KUBE_CONTROLLER_MANAGER).toString(),
                "--kubeconfig=" + kubeconfig, "--leader-elect=false", "--secure-port=0", "--bind-address=127.0.0.1", "--profiling=false",
                "--service-account-private-key-file=" + signing, "--root-ca-file=" + certificates.resolve("apiserver.crt"),
                "--concurrent-gc-syncs=5", "--controllers=" + String.join(",", CONTROLLERS)));
        // The account of a namespace and its certificate are the controllers' first work: when they are there, pods can be made.
        while (client.serviceAccounts().inNamespace("default").withName("default").get() == null
                || client.configMaps().inNamespace("default").withName("kube-root-ca.crt").get() == null) {
            pause(controllers, deadline, "kube-controller-manager made no service account");
        }
    }

    private Program launch(String name, List<String> command) throws IOException {
        Program program = Program.start(name, folder, command);
        synchronized (programs) {
            programs.push(program);
        }
        return program;
    }

    private void awaitReady(Program api, Program database, Path certificate, String token, long deadline) throws IOException {
        while (!Files.exists(certificate)) {
            database.requireAlive();
            pause(api, deadline, "kube-apiserver wrote no certificate");
        }
        // The file holds the server's certificate and the authority's.
        do {
            authority = Files.readString(certificate);
            if (authority.contains("END CERTIFICATE")) break;
            pause(api, deadline, "kube-apiserver wrote no certificate");
        } while (true);
        var config = Config.fromKubeconfig(kubeconfig(token, "concordat-admin", "default"));
        config.setRequestRetryBackoffLimit(0);
        try (var probe = client(config)) {
            while (true) {
                try {
                    if ("ok".equals(probe.raw("/readyz"))) return;
                } catch (KubernetesClientException e) {
                    // Refused connections and 500 are what a starting server answers; the deadline and the process decide.
                }
                database.requireAlive();
                pause(api, deadline, "kube-apiserver was not ready");
            }
        }
    }

    private void pause(Program program, long deadline, String what) throws IOException {
        program.requireAlive();
        if (System.nanoTime() > deadline) throw new IOException(what + " within " + START.toSeconds() + " s; the end of " + program.log() + ":\n" + Program.tail(program.log(), 15));
        try {
            TimeUnit.MILLISECONDS.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the local cluster started", e);
        }
    }

    /** A client with all rights. It belongs to the cluster: do not close it. */
    public KubernetesClient client() {
        return client;
    }

    /** A kubeconfig with all rights. */
    public Path kubeconfig() {
        return kubeconfig;
    }

    /** The kubectl that belongs to this cluster's version. */
    public Path kubectl() {
        return kubectl;
    }

    /** The folder with the logs of the control plane, {@code <program>.log}. */
    public Path folder() {
        return folder;
    }

    /** The API server's address. */
    public URI server() {
        return URI.create(server);
    }

    /** The control plane's processes. */
    public List<ProcessHandle> processes() {
        synchronized (programs) {
            return programs.stream().map(Program::handle).toList();
        }
    }

    /**
     * A kubeconfig with the rights of a service account, by a token of the API server that is good for a week.
     *
     * @throws KubernetesClientException when the account does not exist
     */
    public Path kubeconfigFor(String namespace, String serviceAccount) throws IOException {
        return secret("kubeconfig-" + namespace + "-" + serviceAccount, kubeconfig(token(namespace, serviceAccount, null, null, Duration.ofDays(7)), serviceAccount, namespace));
    }

    /** A new client from a kubeconfig file; the caller closes it. */
    public KubernetesClient clientFor(Path kubeconfig) throws IOException {
        return client(Config.fromKubeconfig(Files.readString(kubeconfig)));
    }

    /** On the JDK's HTTP client: with the Vert.x one, which is on the class path too, threads outlive the client and keep the JVM from ending. */
    private static KubernetesClient client(Config config) {
        return new KubernetesClientBuilder().withConfig(config).withHttpClientFactory(new JdkHttpClientFactory()).build();
    }

    /**
     * A token of a service account.
     *
     * @param pod      the token is bound to this pod's life; null: to nothing
     * @param audience who it is for; null: the API server
     */
    String token(String namespace, String serviceAccount, HasMetadata pod, String audience, Duration life) {
        var request = new TokenRequestBuilder().withNewSpec().withExpirationSeconds(life.toSeconds());
        if (audience != null) request.withAudiences(audience);
        if (pod != null) {
            request.withNewBoundObjectRef().withApiVersion("v1").withKind("Pod").withName(pod.getMetadata().getName()).withUid(pod.getMetadata().getUid()).endBoundObjectRef();
        }
        return client.serviceAccounts().inNamespace(namespace).withName(serviceAccount).tokenRequest(request.endSpec().build()).getStatus().getToken();
    }

    String kubeconfig(String token, String user, String namespace) {
        return """
                apiVersion: v1
                kind: Config
                current-context: concordat
                clusters:
                - name: concordat
                  cluster: {server: "%s", certificate-authority-data: "%s"}
                users:
                - name: "%s"
                  user: {token: "%s"}
                contexts:
                - name: concordat
                  context: {cluster: concordat, user: "%s", namespace: "%s"}
                """.formatted(server, Base64.getEncoder().encodeToString(authority.getBytes(StandardCharsets.UTF_8)), user, token, user, namespace);
    }

    /** Applies all YAML files of a folder, or one file, by server-side apply, in the order of their names; waits for definitions to be established. */
    public void apply(Path path) throws IOException {
        List<Path> files;
        if (Files.isDirectory(path)) {
            try (Stream<Path> list = Files.list(path)) {
                files = list.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
            }
        } else {
            files = List.of(path);
        }
        List<HasMetadata> applied = new ArrayList<>();
        for (Path file : files) {
            try (var in = Files.newInputStream(file)) {
                for (HasMetadata item : client.load(in).items()) applied.add(client.resource(item).forceConflicts().serverSideApply());
            }
        }
        for (HasMetadata item : applied) {
            if (!item.getKind().equals("CustomResourceDefinition")) continue;
            client.apiextensions().v1().customResourceDefinitions().withName(item.getMetadata().getName()).waitUntilCondition(
                    crd -> crd != null && crd.getStatus() != null && crd.getStatus().getConditions() != null
                            && crd.getStatus().getConditions().stream().anyMatch(c -> c.getType().equals("Established") && c.getStatus().equals("True")),
                    30, TimeUnit.SECONDS);
        }
    }

    private Path secret(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.writeString(file, content);
    }

    private static String randomToken() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static KeyPair accountKeys() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);          // part of every JDK
        }
    }

    private static String pem(String type, byte[] content) {
        return "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(content) + "\n-----END " + type + "-----\n";
    }

    /** Held open together, so that no two are the same. */
    private static int[] freePorts(int count) throws IOException {
        var sockets = new ArrayList<ServerSocket>();
        try {
            for (int i = 0; i < count; i++) sockets.add(new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1")));
            return sockets.stream().mapToInt(ServerSocket::getLocalPort).toArray();
        } finally {
            for (ServerSocket socket : sockets) socket.close();
        }
    }

    private void stopPrograms() {
        synchronized (programs) {
            while (!programs.isEmpty()) programs.pop().stop(STOP);          // the newest first: clients before their servers
        }
    }

    @Override
    public void close() {
        if (client != null) client.close();
        stopPrograms();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending, and the hook runs as well: it finds nothing left to stop.
        }
        if (!ownFolder) return;
        try {
            Install.delete(folder);
        } catch (IOException e) {
            // A temporary folder: what is left is the system's to clean.
        }
    }
}
