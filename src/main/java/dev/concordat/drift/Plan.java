package dev.concordat.drift;

import dev.concordat.report.Failure;
import dev.concordat.store.Column;
import dev.concordat.store.Form;
import dev.concordat.store.HashFunction;
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
 * @param layout  how the records are cut into chunks and leaves
 * @param window  the field of a Window scope; null in other scopes
 * @param partition index of the partition field in {@code fields}; -1 when the contract names none
 * @param indexed on which sides an index serves the key's order
 * @param tombstones the columns that mark deleted records; null when the contract names none
 * @param schema  both tables as they are now: {@code source.<column>} or {@code target.<column>} to type; sorted
 * @param hash    the function that both databases use
 * @param notes   what a reader of the report should know of the plan
 */
record Plan(
        List<Field> key, List<Field> fields, int version, Layout layout, Field window, int partition, Tombstones tombstones, Indexed indexed, Map<String, String> schema, HashChoice hash, List<String> notes) {

    /** How the records are cut. */
    enum Layout {
        /** One integer: chunks and leaves are ranges of it. */
        KEY_RANGES("ranges of the key"),
        /** Any key that both sides keep in the same order, about: chunks are stretches of it, leaves go by the row's hash. */
        KEY_ORDER("stretches of the key's order"),
        /** Any key: each side is walked in its own order, and leaves over the whole table go by the key's bits or its hash. */
        WHOLE("the key over the whole table, since the two sides may not keep the key in one order"),
        /** Records without a key are counted by content. */
        NO_KEY("the row's hash; without a key only numbers of rows can be told");

        private final String display;

        Layout(String display) {
            this.display = display;
        }
    }

    /** On which sides an index serves the key's order. */
    record Indexed(boolean source, boolean target) {}

    boolean indexed(boolean ofSource) {
        return ofSource ? indexed.source : indexed.target;
    }

    /** @param target null when the target has no mark: it is to have no deleted records at all */
    record Tombstones(Column source, Column target) {
        Column column(boolean ofSource) {
            return ofSource ? source : target;
        }
    }

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
        return new Plan(key, changed, version, layout, window, partition, tombstones, indexed, schema, hash, notes);
    }

    /** The same plan with another hash function. */
    Plan hashing(HashChoice choice) {
        return new Plan(key, fields, version, layout, window, partition, tombstones, indexed, schema, choice, notes);
    }

    /** The same plan with one more thing to know. */
    Plan noting(String note) {
        List<String> more = new ArrayList<>(notes);
        more.add(note);
        return new Plan(key, fields, version, layout, window, partition, tombstones, indexed, schema, hash, List.copyOf(more));
    }

    /** The same plan with the records cut in another way. */
    Plan cut(Layout other, String why) {
        List<String> more = new ArrayList<>(notes);
        more.add(why);
        return new Plan(key, fields, version, other, window, partition, tombstones, indexed, schema, hash, List.copyOf(more));
    }

    /** For people: how and why. */
    String text() {
        String function = hash.function().display();
        String how = layout != Layout.KEY_RANGES && layout != Layout.KEY_ORDER ? "64 bits of " + function + ", summed"
                : hash.function() == HashFunction.RECORD ? function + ", summed" : function + " of each leaf's rows in order, 64 bits of " + function + " of each row where leaves differ" + (layout == Layout.KEY_ORDER ? " or where their sum is faster" : "");
        StringBuilder text = new StringBuilder(key.isEmpty() ? "no key" : "key (" + String.join(", ", key.stream().map(Field::name).toList()) + ")").append(": leaves by ")
                .append(layout.display).append("; ")
                .append(hashed().size()).append(" of ").append(fields.size()).append(" columns hashed by the databases (").append(how).append("; ").append(hash.why()).append("); columns compared: ")
                .append(String.join(", ", fields.stream().map(field -> field.source().name().equals(field.target().name()) ? field.name() : field.source().name() + " with " + field.target().name()).toList()));
        for (Field field : streamed()) {
            text.append("; ").append(field.name()).append(" streamed: ").append(field.why());
        }
        for (String note : notes) {
            text.append("; ").append(note);
        }
        return text.toString();
    }
}
