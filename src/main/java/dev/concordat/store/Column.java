package dev.concordat.store;

import java.util.List;

/**
 * One column as the catalogue has it.
 *
 * @param nullable  also true where the catalogue does not say, as in views
 * @param length    bytes of an integer or binary, total digits of a decimal, characters of a text, bits of bits; 0 unknown or unbounded
 * @param scale     digits after the point of a decimal, of seconds of a time; -1 when the column does not limit them
 * @param unsigned  MariaDB's unsigned integers
 * @param charset   MariaDB's character set of the column; PostgreSQL's of the database where it is not UTF-8; null elsewhere
 * @param collation MariaDB's collation; null elsewhere, and where it cannot clash with another column's
 * @param declared  the type as the engine spells it
 * @param base      PostgreSQL's type below all domains; elsewhere as declared
 * @param labels    what a PostgreSQL enum may hold; null elsewhere
 */
public record Column(
        String name, Logical logical, boolean nullable, int length, int scale, boolean unsigned, String charset, String collation, String declared, String base, List<String> labels) {

    public Column(String name, Logical logical, boolean nullable, int length, int scale, boolean unsigned, String charset, String collation, String declared) {
        this(name, logical, nullable, length, scale, unsigned, charset, collation, declared, declared, null);
    }

    /** The same column, taken as another type: a MariaDB tinyint as a boolean, a text as a UUID. */
    public Column as(Logical other) {
        return new Column(name, other, nullable, length, scale, unsigned, charset, collation, declared, base, labels);
    }

    /** The same column without a collation that could clash with another one's. */
    public Column uncollated() {
        return new Column(name, logical, nullable, length, scale, unsigned, charset, null, declared, base, labels);
    }

    public boolean text() {
        return logical == Logical.TEXT || logical == Logical.CHAR;
    }

    public boolean number() {
        return logical == Logical.INTEGER || logical == Logical.DECIMAL || floating();
    }

    /** A fixed number of bits or bytes; {@code varbit} and {@code varbinary} are not. */
    public boolean fixed() {
        return declared.startsWith("bit(") || declared.startsWith("binary(");
    }

    public boolean floating() {
        return logical == Logical.FLOAT || logical == Logical.DOUBLE;
    }
}
