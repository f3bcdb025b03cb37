#!/usr/bin/env bash
# io.fabric8:kubernetes-server-mock 7.6.1 (Maven), in CRUD mode, seen 2026-12-01.
# Its JSON merge patch is not that of RFC 7386, by which a real API server goes: a null does not remove the key, and a list is not replaced: what the patch names is appended to it. One would guess
# that a reconciler test on the mock shows what a merge patch leaves behind: it can pass where the real server has removed a key or shortened a list, and the other way round.
# Output seen:
#   key set to null: still there
#   list of two replaced by one: 3 entries
# Exits with 0 while this is so, and with 1 when it has changed. Needs mvn and java 17 or later.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cat >"$work/pom.xml" <<'EOF'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies><dependency><groupId>io.fabric8</groupId><artifactId>kubernetes-server-mock</artifactId><version>7.6.1</version></dependency>
<dependency><groupId>io.fabric8</groupId><artifactId>kubernetes-client</artifactId><version>7.6.1</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency></dependencies></project>
EOF
cat >"$work/Mock.java" <<'EOF'
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.server.mock.*;
import io.fabric8.mockwebserver.*;
import java.util.*;

public class Mock {
    public static void main(String[] args) throws Exception {
        KubernetesMockServer server = new KubernetesMockServer(new Context(), new MockWebServer(), new HashMap<>(), new KubernetesCrudDispatcher(), false);
        server.init();
        try (KubernetesClient client = server.createClient()) {
            client.resource(new ConfigMapBuilder().withNewMetadata().withName("x").withNamespace("default").withFinalizers("a.example/1", "b.example/2").endMetadata()
                    .addToData("gone", "1").addToData("kept", "1").build()).create();
            PatchContext merge = PatchContext.of(PatchType.JSON_MERGE);
            var map = client.configMaps().inNamespace("default").withName("x");
            map.patch(merge, "{\"data\":{\"gone\":null},\"metadata\":{\"finalizers\":[\"c.example/3\"]}}");
            System.out.println("key set to null: " + (map.get().getData().containsKey("gone") ? "still there" : "removed"));
            System.out.println("list of two replaced by one: " + map.get().getMetadata().getFinalizers().size() + " entries");
        }
        System.exit(0);
    }
}
EOF
(cd "$work" && mvn -B -q -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.7.0:copy-dependencies "-DoutputDirectory=$work/lib")
java -cp "$work/lib/*" "$work/Mock.java" 2>"$work/err" | tee "$work/out" || { cat "$work/err"; exit 1; }
[ "$(cat "$work/out")" = "key set to null: still there
list of two replaced by one: 3 entries" ]
