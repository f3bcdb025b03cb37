package dev.concordat.dataplane;

import dev.concordat.report.Clip;
import dev.concordat.report.Failure;
import dev.concordat.report.Json;
import dev.concordat.report.ReportBound;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The schema that a contract's version agreed on. The fingerprint decides; the types are kept so that a change can be named, as far as there is room for them. Pure.
 *
 * @param uid         of the contract
 * @param version     spec.version
 * @param fingerprint of both schemas, whole
 * @param schema      {@code source.<column>} or {@code target.<column>} to type; empty when all of them together are too large to be kept
 */
record AgreedSchema(String uid, String version, String fingerprint, Map<String, String> schema) {
    /** A condition's message has 4,096. */
    private static final int CHANGES_CHARS = 2_800;
    /** An enum may have 65,535 members, all of them in its type. */
    private static final int TYPE_CHARS = 200;

    AgreedSchema {
        schema = schema == null ? Map.of() : schema;
    }

    static AgreedSchema of(String uid, String version, String fingerprint, Map<String, String> schema) {
        return new AgreedSchema(uid, version, fingerprint, shortened(schema));
    }

    private static Map<String, String> shortened(Map<String, String> schema) {
        Map<String, String> all = new TreeMap<>();
        schema.forEach((name, type) -> all.put(name, type.length() <= TYPE_CHARS ? type : Clip.to(type, TYPE_CHARS - 50) + "... (digest " + digest(type) + ")"));
        return all;
    }

    private static String digest(String type) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(type.getBytes(StandardCharsets.UTF_8)), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    boolean agreesWith(AgreedSchema now) {
        return fingerprint.equals(now.fingerprint) && uid.equals(now.uid) && version.equals(now.version);
    }

    /** As JSON that the API server takes. */
    String write() {
        String json = Json.write(this);
        return ReportBound.API_SERVER.fits(json) ? json : Json.write(new AgreedSchema(uid, version, fingerprint, Map.of()));
    }

    /** Why the present schema is not the one agreed on; null when it is, or when this version of the contract has none yet. */
    static Failure changed(AgreedSchema agreed, AgreedSchema now, String contract) {
        if (agreed == null || !agreed.uid.equals(now.uid) || !agreed.version.equals(now.version) || agreed.fingerprint.equals(now.fingerprint)) {
            return null;
        }
        String list = agreed.schema.isEmpty() ? "it has too many columns to keep more of it than a digest, which is another one now" : list(changes(shortened(agreed.schema), now.schema));
        return new Failure("SchemaChanged", "spec.version", "the schema is not the one that version " + now.version + " of the contract agreed on: " + list,
                "If the change is meant, adapt spec.record and raise spec.version of " + contract + "; otherwise undo it", true);
    }

    private static List<String> changes(Map<String, String> agreed, Map<String, String> present) {
        List<String> changes = new ArrayList<>();
        TreeSet<String> names = new TreeSet<>(agreed.keySet());
        names.addAll(present.keySet());
        for (String name : names) {
            String before = agreed.get(name);
            String now = present.get(name);
            if (before == null) {
                changes.add(name + " added (" + now + ")");
            } else if (now == null) {
                changes.add(name + " removed (was " + before + ")");
            } else if (!before.equals(now)) {
                changes.add(name + " changed from " + before + " to " + now);
            }
        }
        return changes;
    }

    /** All of them, as far as a condition's message has room beside what else it says. */
    private static String list(List<String> changes) {
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < changes.size(); i++) {
            if (list.length() + changes.get(i).length() > CHANGES_CHARS) {
                return list + "; and " + (changes.size() - i) + " more";
            }
            list.append(i == 0 ? "" : "; ").append(changes.get(i));
        }
        return list.toString();
    }
}
