package dev.concordat.generate;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Path;
import java.util.List;

/** The account and rights under which the playground runs its operator: what the chart renders, so that they are proven there. */
public final class PlaygroundRbac {
    public static final Path FILE = Path.of("src/playground/resources/dev/concordat/playground/rbac.yaml");
    public static final String RELEASE = "concordat";
    public static final String NAMESPACE = "concordat-system";

    private PlaygroundRbac() {}

    /** The file's content, given everything that the chart renders with its default values. */
    public static String of(List<HasMetadata> rendered) {
        StringBuilder text = new StringBuilder("# Rendered from charts/concordat by `./concordat generate`. Do not edit.\n");
        rendered.stream()
                .filter(object -> object.getKind().equals("ServiceAccount") || object.getApiVersion().startsWith("rbac.authorization.k8s.io/"))
                .forEach(object -> text.append(Serialization.asYaml(object)));
        return text.toString();
    }
}
