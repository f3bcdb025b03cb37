package dev.concordat.writer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.concordat.api.v1alpha1.Api;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The annotations that a paused writer carries.
 *
 * @param holders  contract uid to pause id; empty when nobody holds the writer
 * @param readable false when somebody made the annotation unreadable: then nothing is known of who holds it
 * @param original replicas to restore, more than 0; null when none is saved, or not readably
 * @param saved    whether the annotation restore is present at all
 */
record Claims(SortedMap<String, String> holders, boolean readable, Integer original, boolean saved) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static Claims of(Map<String, String> annotations) {
        SortedMap<String, String> holders = new TreeMap<>();
        boolean readable = true;
        JsonNode claims = parse(annotations.get(Api.CLAIMS));
        if (claims.isObject()) {
            claims.properties().forEach(e -> holders.put(e.getKey(), e.getValue().asText()));
        } else {
            readable = annotations.get(Api.CLAIMS) == null;
        }
        JsonNode replicas = parse(annotations.get(Api.RESTORE)).at("/spec/replicas");
        Integer original = replicas.isInt() && replicas.intValue() > 0 ? replicas.intValue() : null;
        return new Claims(holders, readable, original, annotations.get(Api.RESTORE) != null);
    }

    private static JsonNode parse(String text) {
        if (text == null) {
            return JSON.missingNode();
        }
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return JSON.missingNode();
        }
    }

    boolean heldBy(String contract) {
        return holders.containsKey(contract);
    }

    /** The annotation with this contract's claim in it. */
    String with(String contract, String pause) {
        SortedMap<String, String> next = new TreeMap<>(holders);
        next.put(contract, pause);
        return text(next);
    }

    /** The annotation without this contract's claim; null when it was the last. */
    String without(String contract) {
        SortedMap<String, String> next = new TreeMap<>(holders);
        next.remove(contract);
        return next.isEmpty() ? null : text(next);
    }

    /** The annotation with these claims in it. */
    static String text(SortedMap<String, String> holders) {
        return JSON.valueToTree(holders).toString();
    }

    /** The annotation restore: a JSON merge patch that leads back. */
    static String restore(int replicas) {
        return "{\"spec\":{\"replicas\":" + replicas + "}}";
    }
}
