package dev.concordat.playground.cluster;

import io.fabric8.kubernetes.api.model.DownwardAPIVolumeFile;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A pod's volumes as folders with files, readable for this user alone (modes of the spec are not applied). Knows emptyDir, configMap, secret, downwardAPI and
 * projected volumes.
 */
final class PodVolumes {
    private final Pod pod;
    private final Path folder;
    private final PodSources sources;
    private final Map<String, Token> tokens = new HashMap<>();

    /** @param renewAt {@link System#nanoTime} after which a new one is asked for */
    private record Token(String value, long renewAt) {}

    PodVolumes(Pod pod, Path folder, PodSources sources) {
        this.pod = pod;
        this.folder = folder;
        this.sources = sources;
    }

    /** Folder of each volume by name. */
    Map<String, Path> folders() {
        Map<String, Path> folders = new TreeMap<>();
        for (Volume volume : pod.getSpec().getVolumes()) folders.put(volume.getName(), folder.resolve(volume.getName()));
        return folders;
    }

    /** Whether what the volumes show may change while the pod runs. */
    boolean changing() {
        return pod.getSpec().getVolumes().stream().anyMatch(volume -> volume.getEmptyDir() == null);
    }

    /**
     * Writes what the volumes show now; files that have not changed are not touched.
     *
     * @throws NotReadyException when an object that is not optional is missing
     */
    void write() throws NotReadyException, IOException {
        for (Volume volume : pod.getSpec().getVolumes()) {
            Path target = folder.resolve(volume.getName());
            Files.createDirectories(target, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            if (volume.getEmptyDir() == null) sync(target, content(volume));
        }
    }

    private Map<String, byte[]> content(Volume volume) throws NotReadyException {
        if (volume.getConfigMap() != null) {
            var source = volume.getConfigMap();
            return selected("configmap", source.getName(), sources.configMap(source.getName()), source.getItems(), source.getOptional());
        }
        if (volume.getSecret() != null) {
            var source = volume.getSecret();
            return selected("secret", source.getSecretName(), sources.secret(source.getSecretName()), source.getItems(), source.getOptional());
        }
        if (volume.getDownwardAPI() != null) return fields(volume.getDownwardAPI().getItems());
        if (volume.getProjected() != null) {
            Map<String, byte[]> all = new TreeMap<>();
            for (VolumeProjection source : volume.getProjected().getSources()) all.putAll(projected(volume.getName(), source));
            return all;
        }
        throw new NotReadyException("ContainerCreating", "volume " + volume.getName() + ": PodRunner knows emptyDir, configMap, secret, downwardAPI and projected only");
    }

    private Map<String, byte[]> projected(String volume, VolumeProjection source) throws NotReadyException {
        if (source.getServiceAccountToken() != null) {
            var wanted = source.getServiceAccountToken();
            long seconds = wanted.getExpirationSeconds() == null ? 3600 : wanted.getExpirationSeconds();
            String key = volume + "/" + wanted.getPath();
            Token token = tokens.get(key);
            if (token == null || System.nanoTime() - token.renewAt() > 0) {
                // The kubelet renews a token after 80 % of its life.
                token = new Token(sources.token(wanted.getAudience(), Duration.ofSeconds(seconds)), System.nanoTime() + Duration.ofSeconds(seconds * 8 / 10).toNanos());
                tokens.put(key, token);
            }
            return Map.of(wanted.getPath(), token.value().getBytes(StandardCharsets.UTF_8));
        }
        if (source.getConfigMap() != null) {
            var map = source.getConfigMap();
            return selected("configmap", map.getName(), sources.configMap(map.getName()), map.getItems(), map.getOptional());
        }
        if (source.getSecret() != null) {
            var secret = source.getSecret();
            return selected("secret", secret.getName(), sources.secret(secret.getName()), secret.getItems(), secret.getOptional());
        }
        if (source.getDownwardAPI() != null) return fields(source.getDownwardAPI().getItems());
        throw new NotReadyException("ContainerCreating", "projected volume " + volume + " has a source that PodRunner does not know");
    }

    private Map<String, byte[]> fields(List<DownwardAPIVolumeFile> files) throws NotReadyException {
        Map<String, byte[]> all = new TreeMap<>();
        for (DownwardAPIVolumeFile file : files) {
            if (file.getFieldRef() == null) throw new NotReadyException("ContainerCreating", "downwardAPI file " + file.getPath() + ": PodRunner knows fieldRef only");
            all.put(file.getPath(), ContainerSetup.field(pod, file.getFieldRef().getFieldPath()).getBytes(StandardCharsets.UTF_8));
        }
        return all;
    }

    private static Map<String, byte[]> selected(String kind, String name, Optional<Map<String, byte[]>> data, List<KeyToPath> items, Boolean optional) throws NotReadyException {
        boolean mayMiss = Boolean.TRUE.equals(optional);
        if (data.isEmpty()) {
            if (mayMiss) return Map.of();
            throw new NotReadyException("ContainerCreating", kind + " \"" + name + "\" not found");
        }
        if (items == null || items.isEmpty()) return data.get();
        Map<String, byte[]> chosen = new TreeMap<>();
        for (KeyToPath item : items) {
            byte[] value = data.get().get(item.getKey());
            if (value != null) chosen.put(item.getPath(), value);
            else if (!mayMiss) throw new NotReadyException("ContainerCreating", kind + " \"" + name + "\" has no key " + item.getKey());
        }
        return chosen;
    }

    private static void sync(Path target, Map<String, byte[]> content) throws IOException {
        for (var entry : content.entrySet()) {
            Path file = target.resolve(entry.getKey()).normalize();
            if (!file.startsWith(target)) throw new IOException("path " + entry.getKey() + " leaves its volume");
            if (Files.exists(file) && Arrays.equals(Files.readAllBytes(file), entry.getValue())) continue;
            Files.createDirectories(file.getParent());
            Path temporary = Files.createTempFile(target, ".new", null);         // readable for its owner alone
            Files.write(temporary, entry.getValue());
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        try (var files = Files.walk(target)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!content.containsKey(target.relativize(file).toString())) Files.delete(file);
            }
        }
    }
}
