package dev.concordat.playground.cluster;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a container's process is started with: its environment and command line, resolved as the kubelet does it, and with paths rewritten.
 *
 * <p>A process has no root file system of its own, so a volume is not where its mountPath says. Any value of {@code env}, {@code command}, {@code args} or
 * {@code workingDir} that is a mountPath, lies below one, or has such a path after its first {@code =}, is rewritten to the real folder; so is a folder above
 * mountPaths that this machine does not have, and {@code terminationMessagePath}. A program that opens a mount by a path of its own making does not find it: hand the path over.
 *
 * @param command     absolute or to be searched on PATH, with its arguments
 * @param workingDir  null: the pod's folder
 */
record ContainerSetup(Map<String, String> environment, List<String> command, String workingDir) {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\$|\\$\\(([A-Za-z_.-][A-Za-z0-9_.-]*)\\)");
    private static final Pattern MAP_FIELD = Pattern.compile("metadata\\.(labels|annotations)\\['([^']+)'\\]");
    private static final String CONFIG_ERROR = "CreateContainerConfigError";

    /**
     * @param volumes            folder of each volume by name
     * @param terminationMessage the real file behind terminationMessagePath
     * @throws NotReadyException when something that is not optional is missing
     */
    static ContainerSetup of(Pod pod, Container container, PodSources sources, Map<String, Path> volumes, Path terminationMessage) throws NotReadyException {
        Map<String, String> paths = new LinkedHashMap<>();
        for (VolumeMount mount : container.getVolumeMounts()) {
            Path folder = volumes.get(mount.getName());
            if (folder == null) throw new NotReadyException(CONFIG_ERROR, "volumeMount " + mount.getName() + " names no volume of the pod");
            Path real = mount.getSubPath() == null ? folder : folder.resolve(mount.getSubPath());
            paths.put(mount.getMountPath(), real.toString());
            above(mount.getMountPath(), real, terminationMessage.resolveSibling("root"), paths);
        }
        paths.put(container.getTerminationMessagePath() == null ? "/dev/termination-log" : container.getTerminationMessagePath(), terminationMessage.toString());

        Map<String, String> environment = new LinkedHashMap<>();
        for (EnvFromSource source : container.getEnvFrom()) addAll(source, sources, environment);
        for (EnvVar variable : container.getEnv()) {
            Optional<String> value = variable.getValueFrom() == null
                    ? Optional.of(expand(variable.getValue() == null ? "" : variable.getValue(), environment))
                    : from(pod, variable.getName(), variable.getValueFrom(), sources);
            value.ifPresent(text -> environment.put(variable.getName(), text));
        }
        List<String> command = new ArrayList<>();
        for (String word : container.getCommand()) command.add(rewrite(expand(word, environment), paths));
        for (String word : container.getArgs()) command.add(rewrite(expand(word, environment), paths));
        if (container.getCommand().isEmpty()) throw new NotReadyException(CONFIG_ERROR, "container " + container.getName() + " has no command: PodRunner has no images, and so no entrypoint");
        environment.replaceAll((name, value) -> rewrite(value, paths));
        return new ContainerSetup(environment, command, container.getWorkingDir() == null ? null : rewrite(container.getWorkingDir(), paths));
    }

    /** Makes the mount reachable by name from each folder above it that exists only in the container. */
    private static void above(String mountPath, Path real, Path root, Map<String, String> paths) throws NotReadyException {
        Path inContainer = Path.of(mountPath);
        try {
            Path link = root.resolve(Path.of("/").relativize(inContainer));
            Files.createDirectories(link.getParent());
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, real);
        } catch (IOException e) {
            throw new NotReadyException(CONFIG_ERROR, "mountPath " + mountPath + " cannot be made: " + e);
        }
        for (Path folder = inContainer.getParent(); folder != null && !Files.exists(folder); folder = folder.getParent()) {
            paths.putIfAbsent(folder.toString(), root.resolve(Path.of("/").relativize(folder)).toString());
        }
    }

    private static void addAll(EnvFromSource source, PodSources sources, Map<String, String> environment) throws NotReadyException {
        String prefix = source.getPrefix() == null ? "" : source.getPrefix();
        Map<String, byte[]> data;
        if (source.getConfigMapRef() != null) data = required(sources.configMap(source.getConfigMapRef().getName()), source.getConfigMapRef().getOptional(), "configmap", source.getConfigMapRef().getName());
        else data = required(sources.secret(source.getSecretRef().getName()), source.getSecretRef().getOptional(), "secret", source.getSecretRef().getName());
        data.forEach((key, value) -> environment.put(prefix + key, text(value)));
    }

    private static Map<String, byte[]> required(Optional<Map<String, byte[]>> data, Boolean optional, String kind, String name) throws NotReadyException {
        if (data.isPresent()) return data.get();
        if (Boolean.TRUE.equals(optional)) return Map.of();
        throw new NotReadyException(CONFIG_ERROR, kind + " \"" + name + "\" not found");
    }

    private static Optional<String> from(Pod pod, String variable, EnvVarSource source, PodSources sources) throws NotReadyException {
        if (source.getFieldRef() != null) return Optional.of(field(pod, source.getFieldRef().getFieldPath()));
        if (source.getConfigMapKeyRef() != null) {
            var ref = source.getConfigMapKeyRef();
            return key(sources.configMap(ref.getName()), ref.getKey(), ref.getOptional(), "configmap", ref.getName());
        }
        if (source.getSecretKeyRef() != null) {
            var ref = source.getSecretKeyRef();
            return key(sources.secret(ref.getName()), ref.getKey(), ref.getOptional(), "secret", ref.getName());
        }
        throw new NotReadyException(CONFIG_ERROR, "env " + variable + ": PodRunner knows fieldRef, configMapKeyRef and secretKeyRef only");
    }

    private static Optional<String> key(Optional<Map<String, byte[]>> data, String key, Boolean optional, String kind, String name) throws NotReadyException {
        byte[] value = required(data, optional, kind, name).get(key);
        if (value != null) return Optional.of(text(value));
        if (Boolean.TRUE.equals(optional)) return Optional.empty();
        throw new NotReadyException(CONFIG_ERROR, "couldn't find key " + key + " in " + kind + " " + name);
    }

    /** The value of a downward API field. */
    static String field(Pod pod, String path) throws NotReadyException {
        Matcher map = MAP_FIELD.matcher(path);
        if (map.matches()) {
            Map<String, String> values = map.group(1).equals("labels") ? pod.getMetadata().getLabels() : pod.getMetadata().getAnnotations();
            return values == null ? "" : values.getOrDefault(map.group(2), "");
        }
        return switch (path) {
            case "metadata.name" -> pod.getMetadata().getName();
            case "metadata.namespace" -> pod.getMetadata().getNamespace();
            case "metadata.uid" -> pod.getMetadata().getUid();
            case "spec.nodeName" -> PodRunner.NODE;
            case "spec.serviceAccountName" -> pod.getSpec().getServiceAccountName();
            case "status.podIP", "status.hostIP" -> PodRunner.ADDRESS;
            default -> throw new NotReadyException(CONFIG_ERROR, "PodRunner does not know the field " + path);
        };
    }

    /** {@code $(NAME)} becomes the variable's value, {@code $$} a dollar sign; what is not known stays as it is. */
    static String expand(String text, Map<String, String> variables) {
        return REFERENCE.matcher(text).replaceAll(match -> Matcher.quoteReplacement(
                match.group(1) == null ? "$" : variables.getOrDefault(match.group(1), match.group())));
    }

    static String rewrite(String value, Map<String, String> paths) {
        int equals = value.indexOf('=');
        String whole = rewritePath(value, paths);
        if (equals < 0 || !whole.equals(value)) return whole;
        return value.substring(0, equals + 1) + rewritePath(value.substring(equals + 1), paths);
    }

    private static String rewritePath(String value, Map<String, String> paths) {
        return paths.entrySet().stream().sorted(Comparator.comparingInt(path -> -path.getKey().length()))
                .filter(path -> value.equals(path.getKey()) || value.startsWith(path.getKey().endsWith("/") ? path.getKey() : path.getKey() + "/"))
                .findFirst().map(path -> path.getValue() + value.substring(path.getKey().length())).orElse(value);
    }

    private static String text(byte[] value) {
        return new String(value, StandardCharsets.UTF_8);
    }
}
