#!/usr/bin/env bash
# io.fabric8:crd-generator-api-v2 7.6.1 (Maven), seen 2026-12-01.
# A component of type int and one of type long have the same schema in the generated CustomResourceDefinition: an integer without format and without bounds. One would guess format int32
# and int64, as Kubernetes' own types have. An API server with this CRD therefore stores 3000000000 in a member that Java reads as an int, and whoever reads the object with the same
# class afterwards gets an error instead of an object: one such object stops a typed informer for all others.
# Output seen:
#   int: {"type":"integer"}
#   long: {"type":"integer"}
#   reading 3000000000 into the int: an error
# Exits with 0 while this is so, and with 1 when it has changed. Needs mvn and java 17 or later.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cat >"$work/pom.xml" <<'EOF'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
<dependencies><dependency><groupId>io.fabric8</groupId><artifactId>crd-generator-api-v2</artifactId><version>7.6.1</version></dependency>
<dependency><groupId>io.fabric8</groupId><artifactId>kubernetes-client</artifactId><version>7.6.1</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency></dependencies></project>
EOF
cat >"$work/Integers.java" <<'EOF'
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.apiextensions.v1.*;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.kubernetes.model.annotation.*;
import java.nio.file.*;

public class Integers {
    public static class Numbers { public int small; public long large; }
    @Group("example.com") @Version("v1") public static class Thing extends CustomResource<Numbers, Void> {}

    public static void main(String[] args) throws Exception {
        Path out = Files.createDirectories(Path.of(args[0]));
        new CRDGenerator().customResourceClasses(Thing.class).forCRDVersions("v1").inOutputDir(out.toFile()).generate();
        try (var files = Files.list(out)) {
            var crd = Serialization.unmarshal(Files.readString(files.findFirst().orElseThrow()), CustomResourceDefinition.class);
            var spec = crd.getSpec().getVersions().get(0).getSchema().getOpenAPIV3Schema().getProperties().get("spec").getProperties();
            System.out.println("int: " + Serialization.jsonMapper().writeValueAsString(spec.get("small")));
            System.out.println("long: " + Serialization.jsonMapper().writeValueAsString(spec.get("large")));
        }
        try {
            Serialization.jsonMapper().readValue("{\"apiVersion\":\"example.com/v1\",\"kind\":\"Thing\",\"spec\":{\"small\":3000000000}}", Thing.class);
            System.out.println("reading 3000000000 into the int: no error");
        } catch (Exception e) {
            System.out.println("reading 3000000000 into the int: an error");
        }
        System.exit(0);
    }
}
EOF
(cd "$work" && mvn -B -q -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.7.0:copy-dependencies "-DoutputDirectory=$work/lib")
mkdir "$work/classes" && javac -d "$work/classes" -cp "$work/lib/*" "$work/Integers.java"
java -cp "$work/classes:$work/lib/*" Integers "$work/crds" 2>"$work/err" | tee "$work/out" || { cat "$work/err"; exit 1; }
[ "$(cat "$work/out")" = 'int: {"type":"integer"}
long: {"type":"integer"}
reading 3000000000 into the int: an error' ]
