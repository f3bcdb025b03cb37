package dev.concordat.cli.compare;

/** How the result is written. */
enum Format {
    TEXT, JSON, NDJSON, CSV;

    /** Whether records are written as they are found. */
    boolean streams() {
        return this == NDJSON || this == CSV;
    }
}
