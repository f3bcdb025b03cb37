package dev.concordat.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** JSON merge patches (RFC 7396): members of objects one by one, a null deletes, everything else is replaced whole. */
final class JsonMergePatch {
    private JsonMergePatch() {}

    /**
     * The patch that turns one object into another. Members that are null count as absent.
     *
     * @return an empty object when there is nothing to change
     */
    static ObjectNode between(ObjectNode from, ObjectNode to) {
        ObjectNode patch = JsonNodeFactory.instance.objectNode();
        from.properties().forEach(member -> {
            if (!member.getValue().isNull() && absent(to.get(member.getKey()))) {
                patch.set(member.getKey(), NullNode.instance);
            }
        });
        to.properties().forEach(member -> {
            JsonNode wanted = member.getValue();
            JsonNode present = from.get(member.getKey());
            if (absent(wanted) || wanted.equals(present)) {
                return;
            }
            if (wanted instanceof ObjectNode wantedObject && present instanceof ObjectNode presentObject) {
                ObjectNode inner = between(presentObject, wantedObject);
                if (!inner.isEmpty()) {
                    patch.set(member.getKey(), inner);
                }
            } else {
                patch.set(member.getKey(), wanted);
            }
        });
        return patch;
    }

    private static boolean absent(JsonNode node) {
        return node == null || node.isNull();
    }
}
