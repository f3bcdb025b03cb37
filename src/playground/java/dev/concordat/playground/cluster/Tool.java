package dev.concordat.playground.cluster;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The programs of Kubernetes that the local cluster and the chart's tests run, and where each comes from. */
public enum Tool {
    ETCD("etcd", Module.ETCD),
    KUBE_APISERVER("kube-apiserver", Module.KUBERNETES),
    KUBE_CONTROLLER_MANAGER("kube-controller-manager", Module.KUBERNETES),
    KUBECTL("kubectl", Module.KUBERNETES),
    HELM("helm", Module.HELM);

    public static final String KUBERNETES_VERSION = "1.34.4";
    public static final String ETCD_VERSION = "3.6.8";
    public static final String HELM_VERSION = "3.19.0";
    /** What {@link LocalCluster} needs. */
    public static final Set<Tool> CLUSTER = EnumSet.complementOf(EnumSet.of(HELM));

    private final String file;
    private final Module module;

    Tool(String file, Module module) {
        this.file = file;
        this.module = module;
    }

    /** The executable's file name. */
    public String file() {
        return file;
    }

    Module module() {
        return module;
    }

    /** The tool's folder below the cache folder; the folder's name carries the version, so that a new version never meets an old file. */
    Path folder() {
        return this == HELM ? Path.of("helm", HELM_VERSION + "-" + platform()) : Path.of("k8s", KUBERNETES_VERSION + "-" + platform());
    }

    static String os() {
        return System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac") ? "darwin" : "linux";
    }

    static String arch() {
        return switch (System.getProperty("os.arch")) {
            case "aarch64", "arm64" -> "arm64";
            default -> "amd64";
        };
    }

    static String platform() {
        return os() + "-" + arch();
    }

    /** A Go module of {@code src/playground/go}; etcd and the API server need one each, since their dependencies differ. */
    enum Module {
        ETCD, KUBERNETES, HELM;

        String folder() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
