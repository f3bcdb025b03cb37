package dev.concordat.drift;

import java.math.BigDecimal;
import java.time.LocalDateTime;

/**
 * One record of one side as a look saw it.
 *
 * @param copies how many rows have the key; 0: absent
 * @param texts  values of the plan's fields as text, of one of the rows; empty when absent
 * @param values the same, typed
 * @param bytes  the database's own hash over the hashed columns; 0 when it was not asked for
 * @param others states of the other copies together; 0 without any
 */
record Row(int copies, String[] texts, Object[] values, long bytes, long others) {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    static final Row ABSENT = new Row(0, new String[0], new Object[0], 0, 0);

    static Row of(String[] texts, Object[] values, long bytes) {
        return new Row(1, texts, values, bytes, 0);
    }

    boolean present() {
        return copies > 0;
    }

    /** The same key once more. The order in which a database names the copies plays no part in the state. */
    Row and(Row copy) {
        long mine = copies == 1 ? state(null) : 0;
        return new Row(copies + copy.copies, texts, values, bytes, others + mine + copy.state(null));
    }

    /**
     * Names this state of the record among those that this process sees of it: equal states have equal names, and unequal ones hardly ever (64 bits, after FNV-1a by Fowler,
     * Noll and Vo, over characters instead of bytes). It tells whether a record moved; whether two sides are equal is decided by their values.
     *
     * @param fields indexes of the fields that make the state; null: all
     */
    long state(int[] fields) {
        if (!present()) {
            return 0;
        }
        if (copies > 1) {
            return others + copies == 0 ? 1 : others + copies;
        }
        long state = FNV_OFFSET;
        for (int i = 0; i < (fields == null ? values.length : fields.length); i++) {
            Object value = values[fields == null ? i : fields[i]];
            String text = String.valueOf(value);
            state = (state ^ (value == null ? -1 : text.length())) * FNV_PRIME;
            for (int at = 0; at < text.length(); at++) {
                state = (state ^ text.charAt(at)) * FNV_PRIME;
            }
        }
        return state == 0 ? 1 : state;
    }

    /** Whether two present rows agree in a field by the plan's rules. */
    boolean equalIn(Plan.Field field, int index, Row target) {
        return Typed.equal(field.sourceForm(), values[index], target.values[index]);
    }

    /** The typed value of a field; null for NULL, for an absent record, and for one with copies. */
    Object value(int field) {
        return copies == 1 && field >= 0 ? values[field] : null;
    }

    /** Which of two values of a version field is newer: negative, 0 or positive; null when nothing can be said. Infinite timestamps are at both ends. */
    static Integer order(Object a, Object b) {
        if (a instanceof BigDecimal x && b instanceof BigDecimal y) {
            return x.compareTo(y);
        }
        if (a instanceof LocalDateTime x && b instanceof LocalDateTime y) {
            return x.compareTo(y);
        }
        int x = end(a);
        int y = end(b);
        return x == 2 || y == 2 || x == 0 && y == 0 ? null : Integer.compare(x, y);
    }

    /** -1 and 1: before and after all time; 0: some time; 2: not a time. */
    private static int end(Object value) {
        return value instanceof LocalDateTime ? 0 : "infinity".equals(value) ? 1 : "-infinity".equals(value) ? -1 : 2;
    }
}
