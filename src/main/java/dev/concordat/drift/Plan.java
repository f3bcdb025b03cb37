package dev.concordat.drift;

import dev.concordat.report.Failure;
import dev.concordat.store.Column;
import dev.concordat.store.Form;
import dev.concordat.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How two tables are compared: which column with which, in what form, and whether the databases or the worker do it.
 *
 * @param key     the key's fields, in key order; also among {@code fields}
 * @param fields  every compared field, in the source's column order
 * @param version index of the version field in {@code fields}; -1 when the contract names none
 * @param range   whether the key is one integer, so that leaves are ranges of it; otherwise they are buckets of the key's hash
 * @param schema  both tables as they are now: {@code source.<column>} or {@code target.<column>} to type; sorted
 * @param hash    the function that both databases use
 * @param notes   what a reader of the report should know of the plan
 */
record Plan(List<Field> key, List<Field> fields, int version, boolean range, Map<String, String> schema, HashChoice hash, List<String> notes) {

    /**
     * One field on both sides.
     *
     * @param path   in the contract, for messages
     * @param hashed whether the databases hash it; otherwise its values are streamed and compared in the worker
     * @param why    why it is streamed; null when hashed
     */
    record Field(String name, String path, Column source, Column target, Form sourceForm, Form targetForm, boolean hashed, String why) {
        Field streamed(String because) {
            return new Field(name, path, source, target, sourceForm, targetForm, false, because);
        }

        Column column(boolean ofSource) {
            return ofSource ? source : target;
        }

        Form form(boolean ofSource) {
            return ofSource ? sourceForm : targetForm;
        }
    }

    List<Field> streamed() {
        return fields.stream().filter(f -> !f.hashed()).toList();
    }

    List<Field> hashed() {
        return fields.stream().filter(Field::hashed).toList();
    }

    /** The same plan with a field compared in the worker, since the engines write its values differently. */
    Plan streaming(Field field, String why) throws StoreException {
        if (key.contains(field)) {
            throw new StoreException(new Failure("CanonicalFormsDiffer", field.path(), "the two engines write values of key field " + field.name() + " differently: " + why,
                    "Give the key the same type on both sides", true), true);
        }
        List<Field> changed = new ArrayList<>(fields);
        changed.set(fields.indexOf(field), field.streamed(why));
        return new Plan(key, changed, version, range, schema, hash, notes);
    }

    /** The same plan with another hash function. */
    Plan hashing(HashChoice choice) {
        return new Plan(key, fields, version, range, schema, choice, notes);
    }

    /** For people: how and why. */
    String text() {
        StringBuilder text = new StringBuilder("key (").append(String.join(", ", key.stream().map(Field::name).toList())).append("): leaves by ")
                .append(range ? "ranges of the key" : "hash of the key, since order may differ between the sides").append("; ")
                .append(hashed().size()).append(" of ").append(fields.size()).append(" columns hashed by the databases (64 bits of ").append(hash.function().display()).append(", summed; ").append(hash.why()).append(')');
        for (Field field : streamed()) {
            text.append("; ").append(field.name()).append(" streamed: ").append(field.why());
        }
        for (String note : notes) {
            text.append("; ").append(note);
        }
        return text.toString();
    }
}
