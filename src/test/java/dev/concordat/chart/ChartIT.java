package dev.concordat.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.concordat.generate.GeneratedFilesTest;
import dev.concordat.generate.PlaygroundRbac;
import dev.concordat.playground.cluster.Binaries;
import dev.concordat.playground.cluster.Tool;
import dev.concordat.testing.ClusterFixture;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The chart, rendered by Helm and put to a real API server. */
class ChartIT {
    private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);
    private static final String ACCOUNT = "system:serviceaccount:" + PlaygroundRbac.NAMESPACE + ":concordat";

    /** One line for each value: how it is set, and what it makes Helm render. Together they name every value that there is. */
    private static final List<Setting> SETTINGS = List.of(
            new Setting("crds.enabled=false", null, "kind: CustomResourceDefinition"),
            new Setting("crds.keep=false", null, "helm.sh/resource-policy: keep"),
            new Setting("image.repository=registry.example.com/concordat", "image: registry.example.com/concordat:0.1.0", null),
            new Setting("image.tag=v7", "image: concordat:v7", null),
            new Setting("image.digest=" + DIGEST, "image: concordat@" + DIGEST, null),
            new Setting("image.pullPolicy=Always", "imagePullPolicy: Always", null),
            new Setting("imagePullSecrets[0].name=my-registry", "- name: my-registry", null),
            new Setting("watchNamespaces={shop,billing}", "value: \"shop,billing\"", null),
            new Setting("runsPerDatabase=3", "{name: CONCORDAT_RUNS_PER_DATABASE, value: \"3\"}", "{name: CONCORDAT_RUNS_PER_DATABASE, value: \"1\"}"),
            new Setting("leaderElection.enabled=false", "{name: CONCORDAT_LEADER_ELECTION, value: \"false\"}", "leases"),
            new Setting("replicas=2", "replicas: 2", "path: /q/health/ready"),
            new Setting("serviceAccount.create=false,serviceAccount.name=mine", "serviceAccountName: mine", "kind: ServiceAccount\nmetadata"),
            new Setting("serviceAccount.name=other", "serviceAccountName: other", null),
            new Setting("serviceAccount.annotations.a=b", "a: b", null),
            new Setting("rbac.create=false", null, "rbac.authorization.k8s.io/v1"),
            new Setting("rbac.aggregate=false", null, "aggregate-to-edit"),
            new Setting("resources.limits.memory=1Gi", "memory: 1Gi", null),
            new Setting("resources.requests.cpu=250m,resources.requests.memory=300Mi", "cpu: 250m", null),
            new Setting("prober.resources.limits.cpu=300m,prober.resources.limits.memory=1Gi", "\\\"cpu\\\":\\\"300m\\\"", null),
            new Setting("prober.resources.requests.cpu=70m,prober.resources.requests.memory=1Gi", "\\\"cpu\\\":\\\"70m\\\"", null),
            new Setting("podAnnotations.a=b", "a: b", null),
            new Setting("podLabels.a=b", "a: b", null),
            new Setting("nodeSelector.disk=ssd", "disk: ssd", null),
            new Setting("tolerations[0].operator=Exists", "- operator: Exists", null),
            new Setting("affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].key=metadata.name,"
                    + "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].operator=In,"
                    + "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].values={n1}", "nodeAffinity", null),
            new Setting("priorityClassName=system-cluster-critical", "priorityClassName: system-cluster-critical", null),
            new Setting("nameOverride=accord", "name: concordat-accord", null),
            new Setting("fullnameOverride=accord", "name: accord-operator", null));

    private static Helm helm;
    private static KubernetesClient client;

    /** @param shows and {@code hides} may be null */
    private record Setting(String values, String shows, String hides) {}

    @BeforeAll
    static void start() throws Exception {
        helm = new Helm(Binaries.ofThisMachine(System.err::println).find(Set.of(Tool.HELM)).get(Tool.HELM));
        client = ClusterFixture.cluster().client();
        for (String namespace : List.of(PlaygroundRbac.NAMESPACE, "shop", "billing")) {
            client.resource(new NamespaceBuilder().withNewMetadata().withName(namespace)
                    .addToLabels("pod-security.kubernetes.io/enforce", "restricted").endMetadata().build()).serverSideApply();
        }
    }

    @Test
    void lintFindsNothing() {
        var result = helm.run("lint", "--strict", "--kube-version", "1.34.4", Helm.CHART.toString());
        assertThat(result.exit()).as(result.output()).isZero();
        assertThat(result.output()).doesNotContain("[WARNING]", "[ERROR]");
    }

    @Test
    void thePlaygroundRunsUnderTheRightsThatTheChartGrants() throws Exception {
        GeneratedFilesTest.check(PlaygroundRbac.FILE, PlaygroundRbac.of(helm.render()));
    }

    @Test
    void definitionsAreThoseOfTheRepository() throws Exception {
        for (HasMetadata rendered : helm.render("crds.keep=false")) {
            if (rendered.getKind().equals("CustomResourceDefinition")) {
                JsonNode expected = Serialization.unmarshal(Files.readString(Path.of("crds", rendered.getMetadata().getName() + ".yaml")), JsonNode.class);
                assertThat((JsonNode) Serialization.jsonMapper().valueToTree(rendered).get("spec")).isEqualTo(
                        Serialization.jsonMapper().valueToTree(Serialization.unmarshal(Serialization.asJson(expected), HasMetadata.class)).get("spec"));
            }
        }
    }

    static Stream<Arguments> settings() {
        return Stream.concat(Stream.of(Arguments.of("")), SETTINGS.stream().map(setting -> Arguments.of(setting.values)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("settings")
    void theApiServerAcceptsWhatIsRendered(String values) {
        List<HasMetadata> objects = helm.render(values.isEmpty() ? new String[0] : new String[] {values});
        assertThat(objects).extracting(HasMetadata::getKind).contains("Deployment", "Service");
        for (HasMetadata object : objects) {
            client.resource(object).dryRun(true).forceConflicts().serverSideApply();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("settings")
    void everyValueIsHonoured(String values) {
        String standard = helm.template().output();
        SETTINGS.stream().filter(setting -> setting.values.equals(values)).forEach(setting -> {
            String output = helm.template(values).output();
            assertThat(output).isNotEqualTo(standard);
            if (setting.shows != null) {
                assertThat(output).contains(setting.shows);
                assertThat(standard).doesNotContain(setting.shows);
            }
            if (setting.hides != null) {
                assertThat(output).doesNotContain(setting.hides);
                assertThat(standard).contains(setting.hides);
            }
        });
    }

    @Test
    void noValueIsWithoutATest() throws Exception {
        Set<String> tested = new TreeSet<>();
        for (Setting setting : SETTINGS) {
            for (String one : setting.values.split(",(?=[a-zA-Z.\\[\\]0-9]+=)")) {
                tested.add(one.substring(0, one.indexOf('=')));
            }
        }
        List<String> untested = new ArrayList<>();
        leaves("", Serialization.unmarshal(Files.readString(Helm.CHART.resolve("values.yaml")), JsonNode.class), untested);
        untested.removeIf(leaf -> tested.stream().anyMatch(path -> path.equals(leaf) || path.startsWith(leaf + ".") || path.startsWith(leaf + "[")));
        assertThat(untested).isEmpty();
    }

    private static void leaves(String path, JsonNode node, List<String> found) {
        if (node.isObject() && !node.isEmpty()) {
            node.properties().forEach(entry -> leaves(path.isEmpty() ? entry.getKey() : path + "." + entry.getKey(), entry.getValue(), found));
        } else {
            found.add(path);
        }
    }

    static Stream<Arguments> badValues() {
        return Map.of(
                "watchNamespace=shop", "additional properties 'watchNamespace' not allowed",
                "image.version=1", "additional properties 'version' not allowed",
                "image.digest=abc", "'/image/digest'",
                "image.pullPolicy=Sometimes", "'/image/pullPolicy'",
                "replicas=two", "'/replicas': got string, want integer",
                "crds.keep=maybe", "'/crds/keep': got string, want boolean",
                "watchNamespaces={Shop}", "'/watchNamespaces/0'",
                "resources.limits.memory=lots", "'/resources/limits/memory'",
                "replicas=2,leaderElection.enabled=false", "two operators would work on the same contracts",
                "serviceAccount.create=false", "name the account that the operator runs under")
                .entrySet().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badValues")
    void aBadValueIsRefusedInWords(String values, String words) {
        var result = helm.template(values);
        assertThat(result.exit()).isNotZero();
        assertThat(result.output()).contains(words);
    }

    @Test
    void theOperatorPassesTheRestrictedPodSecurityStandard() {
        Deployment deployment = (Deployment) helm.render().stream().filter(object -> object.getKind().equals("Deployment")).findFirst().orElseThrow();
        Pod pod = new PodBuilder().withNewMetadata().withName("operator").withNamespace(PlaygroundRbac.NAMESPACE).endMetadata()
                .withSpec(deployment.getSpec().getTemplate().getSpec()).build();

        assertThat(client.resource(pod).dryRun(true).create().getMetadata().getName()).isEqualTo("operator");

        pod.getSpec().getContainers().getFirst().getSecurityContext().setAllowPrivilegeEscalation(true);
        assertThatThrownBy(() -> client.resource(pod).dryRun(true).create()).hasMessageContaining("violates PodSecurity");
    }

    @Test
    void noRoleNamesSecretsOrAWildcard() {
        for (HasMetadata object : helm.render()) {
            JsonNode rules = Serialization.jsonMapper().valueToTree(object).path("rules");
            assertThat(rules.toString()).as(object.getMetadata().getName()).doesNotContain("\"*\"", "secrets", "escalate", "impersonate");
        }
        ClusterRole dataPlane = (ClusterRole) helm.render().stream().filter(object -> object.getMetadata().getName().equals("concordat-data-plane")).findFirst().orElseThrow();
        assertThat(dataPlane.getRules().stream().flatMap(rule -> rule.getResources().stream().map(resource -> resource + " " + rule.getVerbs()))).containsExactlyInAnyOrder(
                "checksumruns [get]", "contractrecords [get]", "latencyprobes [get, list, watch]",
                "checksumruns/status [patch]", "latencyprobes/status [patch]", "contractrecords/status [patch]");
        assertThat(dataPlane.getRules()).allSatisfy(rule -> assertThat(rule.getApiGroups()).containsExactly("internal.concordat.dev"));
    }

    @Test
    void theApiServerHoldsTheOperatorToItsRights() {
        String namespace = ClusterFixture.freshNamespace();
        List<HasMetadata> rights = helm.render().stream()
                .filter(object -> object.getKind().equals("ServiceAccount") || object.getApiVersion().startsWith("rbac.authorization.k8s.io/")).toList();
        rights.forEach(object -> client.resource(object).forceConflicts().serverSideApply());

        assertThat(may(namespace, "concordat.dev", "synccontracts", "status", "patch")).isTrue();
        assertThat(may(namespace, "batch", "jobs", null, "create")).isTrue();
        assertThat(may(namespace, "apps", "deployments", null, "patch")).isTrue();
        assertThat(may(namespace, "", "secrets", null, "get")).isFalse();
        assertThat(may(namespace, "", "secrets", null, "list")).isFalse();
        assertThat(may(namespace, "", "pods", null, "create")).isFalse();
        assertThat(may(namespace, "", "pods", "exec", "create")).isFalse();
        assertThat(may(namespace, "concordat.dev", "synccontracts", null, "delete")).isFalse();
        assertThat(may(namespace, "coordination.k8s.io", "leases", null, "update")).isFalse();
        assertThat(may(PlaygroundRbac.NAMESPACE, "coordination.k8s.io", "leases", null, "update")).isTrue();

        var config = new io.fabric8.kubernetes.client.ConfigBuilder(client.getConfiguration()).withImpersonateUsername(ACCOUNT)
                .withImpersonateGroups("system:serviceaccounts", "system:authenticated").build();
        try (var operator = new io.fabric8.kubernetes.client.KubernetesClientBuilder().withConfig(config).build()) {
            RoleBinding dataPlane = binding(namespace, "concordat-data-plane");
            assertThat(operator.resource(dataPlane).create().getRoleRef().getName()).isEqualTo("concordat-data-plane");
            assertThatThrownBy(() -> operator.resource(binding(namespace, "cluster-admin")).create())
                    .isInstanceOf(KubernetesClientException.class).hasMessageContaining("attempting to grant RBAC permissions not currently held");
        }
    }

    private static RoleBinding binding(String namespace, String role) {
        return new RoleBindingBuilder().withNewMetadata().withName(role).withNamespace(namespace).endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", role)
                .addNewSubject(null, "ServiceAccount", "concordat-data-plane", namespace).build();
    }

    private static boolean may(String namespace, String group, String resource, String subresource, String verb) {
        var review = new SubjectAccessReviewBuilder().withNewSpec().withUser(ACCOUNT).withGroups("system:serviceaccounts", "system:authenticated")
                .withNewResourceAttributes().withNamespace(namespace).withGroup(group).withResource(resource).withSubresource(subresource).withVerb(verb).endResourceAttributes()
                .endSpec().build();
        return client.authorization().v1().subjectAccessReview().create(review).getStatus().getAllowed();
    }
}
