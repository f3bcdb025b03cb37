package dev.concordat.cli.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Reads the contract of a YAML file, as strictly as the API server would: by the schema of the CustomResourceDefinition itself. */
final class ContractFile {
    private static final long MOST_BYTES = 8 << 20;
    private static final String CRD = "/crds/synccontracts.concordat.dev.yaml";
    private static final ObjectMapper BINDING = JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    private final String file;

    private ContractFile(String file) {
        this.file = file;
    }

    /** @param name of the contract; {@code namespace} may be null */
    record Contract(String name, String namespace, SyncContractSpec spec) {}

    /**
     * Reads one contract.
     *
     * @param file name of the file; {@code -} is {@code in}
     * @param name of the contract; null when the file has only one
     * @throws UsageError when the file cannot be read, does not have that contract, or the contract is not valid
     */
    static Contract read(String file, String name, InputStream in) {
        String text = text(file, in);
        return new ContractFile(file.equals("-") ? "standard input" : file).pick(text, name);
    }

    private static String text(String file, InputStream in) {
        try {
            byte[] bytes;
            if (file.equals("-")) {
                bytes = in.readNBytes((int) MOST_BYTES + 1);
            } else {
                Path path = Path.of(file);
                if (Files.isDirectory(path)) {
                    throw new UsageError("-f", Printable.quoted(file) + " is a folder; name one YAML file");
                }
                if (!Files.exists(path)) {
                    throw new UsageError("-f", "there is no file " + Printable.quoted(file) + "; name a YAML file with a SyncContract, or - for standard input");
                }
                try (InputStream content = Files.newInputStream(path)) {
                    bytes = content.readNBytes((int) MOST_BYTES + 1);
                }
            }
            if (bytes.length > MOST_BYTES) {
                throw new UsageError("-f", Printable.quoted(file) + " is larger than 8 MiB; name a file with contracts only");
            }
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new UsageError("-f", Printable.quoted(file) + " is not text in UTF-8; save it as UTF-8");
        } catch (IOException | InvalidPathException e) {
            throw new UsageError("-f", Printable.quoted(file) + " cannot be read (" + FileTrouble.words(e) + "); name a YAML file that this account may read");
        }
    }

    private Contract pick(String text, String name) {
        List<MappingNode> contracts = new ArrayList<>();
        List<String> others = new ArrayList<>();
        try {
            int number = 0;
            for (Node document : compose(text)) {
                number++;
                collect(document, number, contracts, others, 0);
            }
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
            throw new UsageError(at(line), "this is not YAML: " + e.getProblem() + "; check indentation and quotes near this line");
        } catch (YamlEngineException | StackOverflowError e) {
            throw new UsageError(file, "this is not YAML that can be read; check it with kubectl apply --dry-run=client");
        }
        if (contracts.isEmpty()) {
            throw new UsageError(file, "has no SyncContract" + (others.isEmpty() ? "" : ", only " + String.join(", ", others)) + "; name a file with kind: SyncContract");
        }
        List<String> names = contracts.stream().map(c -> String.valueOf(scalar(child(c, "metadata"), "name"))).toList();
        if (name == null && contracts.size() > 1) {
            throw new UsageError("--contract", file + " has " + contracts.size() + " contracts; name one of " + String.join(", ", names));
        }
        int index = name == null ? 0 : names.indexOf(name);
        if (index < 0) {
            throw new UsageError("--contract", file + " has no contract " + Printable.quoted(name) + "; it has " + String.join(", ", names));
        }
        if (name != null && names.lastIndexOf(name) != index) {
            throw new UsageError("--contract", file + " has contract " + name + " twice; remove one or name a file with one");
        }
        return contract(contracts.get(index));
    }

    private static Iterable<Node> compose(String text) {
        LoadSettings settings = LoadSettings.builder().setSchema(new CoreSchema()).setUseMarks(true).build();
        return () -> new Compose(settings).composeAllFromString(text).iterator();
    }

    private void collect(Node document, int number, List<MappingNode> contracts, List<String> others, int depth) {
        if (document instanceof ScalarNode scalar && scalar.getValue().isEmpty()) {
            return;
        }
        if (!(document instanceof MappingNode mapping)) {
            throw new UsageError(at(YamlCheck.line(document)), "document " + number + " is not a Kubernetes object; write apiVersion, kind, metadata and spec");
        }
        String kind = scalar(mapping, "kind");
        if (kind == null) {
            throw new UsageError(at(YamlCheck.line(document)), "kind: is missing in document " + number + "; write kind: SyncContract");
        }
        if (kind.equals("List") && depth == 0 && child(mapping, "items") instanceof SequenceNode items) {
            for (Node item : items.getValue()) {
                collect(item, number, contracts, others, 1);
            }
        } else if (kind.equals("SyncContract")) {
            contracts.add(mapping);
        } else {
            others.add(kind);
        }
    }

    private String at(int line) {
        return line == 0 ? file : file + ":" + line;
    }

    private static Node child(Node node, String name) {
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                if (tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name)) {
                    return tuple.getValueNode();
                }
            }
        }
        return null;
    }

    private static String scalar(Node node, String name) {
        return child(node, name) instanceof ScalarNode scalar ? scalar.getValue() : null;
    }

    private Contract contract(MappingNode document) {
        ObjectNode schema = Schema.OF_A_CONTRACT;
        YamlCheck check = new YamlCheck();
        JsonNode json = check.check(document, schema, "", 0);
        String version = scalar(document, "apiVersion");
        if (version == null || !version.equals(Api.GROUP + "/" + Api.VERSION)) {
            check.mistakes().addFirst(new YamlCheck.Mistake(YamlCheck.line(document), "apiVersion", (version == null ? "is missing" : Printable.quoted(version) + " is not known") + "; write "
                    + Api.GROUP + "/" + Api.VERSION));
        }
        refuse(check.mistakes());
        check.rules(json, schema, "", path -> line(document, path));
        refuse(check.mistakes());
        SyncContractSpec spec;
        try {
            spec = BINDING.treeToValue(json.get("spec"), SyncContractSpec.class);
        } catch (JsonProcessingException e) {
            throw new UsageError(at(YamlCheck.line(document)), "spec cannot be read as a contract; check it with kubectl apply --dry-run=server");
        }
        String name = scalar(child(document, "metadata"), "name");
        return new Contract(name, scalar(child(document, "metadata"), "namespace"), spec);
    }

    private void refuse(List<YamlCheck.Mistake> mistakes) {
        if (mistakes.isEmpty()) {
            return;
        }
        mistakes.sort(Comparator.comparingInt(YamlCheck.Mistake::line));
        YamlCheck.Mistake first = mistakes.getFirst();
        throw new UsageError(at(first.line()), first.path() + ": " + first.message() + (mistakes.size() == 1 ? "" : " (and " + (mistakes.size() - 1) + " more)"));
    }

    /** The line of the deepest part of the path that is there. */
    private static int line(Node document, String path) {
        Node node = document;
        for (String part : path.replace("[", ".[").split("\\.")) {
            Node next = part.startsWith("[") && node instanceof SequenceNode sequence ? sequence.getValue().get(Integer.parseInt(part.substring(1, part.length() - 1))) : child(node, part);
            if (next == null) {
                break;
            }
            node = next;
        }
        return YamlCheck.line(node);
    }

    /** Read once, and only when a contract is. */
    private static final class Schema {
        static final ObjectNode OF_A_CONTRACT = schema();
    }

    /** The schema of a whole contract, with what every Kubernetes object has. */
    private static ObjectNode schema() {
        String text;
        try (InputStream in = ContractFile.class.getResourceAsStream(CRD)) {
            if (in == null) {
                throw new IllegalStateException(CRD + " is missing in this build");
            }
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        LoadSettings settings = LoadSettings.builder().setSchema(new CoreSchema()).build();
        JsonNode crd = BINDING.valueToTree(new Load(settings).loadFromString(text));
        ObjectNode schema = (ObjectNode) crd.at("/spec/versions/0/schema/openAPIV3Schema");
        ObjectNode properties = (ObjectNode) schema.get("properties");
        JsonNodeFactory json = JsonNodeFactory.instance;
        properties.set("apiVersion", json.objectNode().put("type", "string"));
        properties.set("kind", json.objectNode().put("type", "string"));
        // The operator's own: what it wrote is nothing that the user could correct.
        properties.set("status", json.objectNode().put("type", "any"));
        ObjectNode metadata = json.objectNode().put("type", "object");
        metadata.set("additionalProperties", json.objectNode().put("type", "any"));
        ObjectNode named = metadata.putObject("properties");
        named.putObject("name").put("type", "string").put("minLength", 1).put("pattern", "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
                .put("description", "lower-case letters, digits, '-' and '.'");
        metadata.putArray("required").add("name");
        properties.set("metadata", metadata);
        schema.putArray("required").add("apiVersion").add("kind").add("metadata").add("spec");
        return schema;
    }
}
