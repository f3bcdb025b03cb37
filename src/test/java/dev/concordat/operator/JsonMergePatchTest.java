package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class JsonMergePatchTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void whatIsGoneIsDeletedByNull() throws Exception {
        assertThat(patch("{'a':1,'b':{'c':2,'d':3}}", "{'b':{'d':3}}")).isEqualTo(json("{'a':null,'b':{'c':null}}"));
    }

    @Test
    void listsAreReplacedWhole() throws Exception {
        assertThat(patch("{'a':[1,2]}", "{'a':[2]}")).isEqualTo(json("{'a':[2]}"));
    }

    @Test
    void nullCountsAsAbsent() throws Exception {
        assertThat(patch("{'a':null}", "{'b':null}")).isEmpty();
    }

    /** RFC 7396, applied to what it was made from, gives what it was made for; and it is empty exactly when nothing differs. */
    @Property
    void appliedToTheOldItGivesTheNew(@ForAll("objects") ObjectNode from, @ForAll("objects") ObjectNode to) {
        ObjectNode patch = JsonMergePatch.between(from, to);
        ObjectNode applied = from.deepCopy();
        apply(applied, patch);
        assertThat(applied).isEqualTo(to);
        assertThat(patch.isEmpty()).isEqualTo(from.equals(to));
    }

    @Provide
    Arbitrary<ObjectNode> objects() {
        return object(3);
    }

    private static Arbitrary<ObjectNode> object(int depth) {
        Arbitrary<JsonNode> leaf = Arbitraries.oneOf(Arbitraries.integers().between(0, 3).map(JsonNodeFactory.instance::numberNode),
                Arbitraries.integers().between(0, 2).list().ofMaxSize(2).map(list -> JSON.valueToTree(list)));
        Arbitrary<JsonNode> value = depth == 0 ? leaf : Arbitraries.oneOf(leaf, object(depth - 1).map(node -> (JsonNode) node));
        return Arbitraries.maps(Arbitraries.of("a", "b", "c"), value).ofMaxSize(3).map(map -> {
            ObjectNode node = JsonNodeFactory.instance.objectNode();
            for (Map.Entry<String, JsonNode> member : map.entrySet()) {
                node.set(member.getKey(), member.getValue());
            }
            return node;
        });
    }

    private static void apply(ObjectNode target, ObjectNode patch) {
        patch.properties().forEach(member -> {
            if (member.getValue().isNull()) {
                target.remove(member.getKey());
            } else if (member.getValue() instanceof ObjectNode inner) {
                ObjectNode nested = target.get(member.getKey()) instanceof ObjectNode present ? present : JsonNodeFactory.instance.objectNode();
                apply(nested, inner);
                target.set(member.getKey(), nested);
            } else {
                target.set(member.getKey(), member.getValue());
            }
        });
    }

    private static ObjectNode patch(String from, String to) throws Exception {
        return JsonMergePatch.between(json(from), json(to));
    }

    private static ObjectNode json(String text) throws Exception {
        return (ObjectNode) JSON.readTree(text.replace('\'', '"'));
    }
}
