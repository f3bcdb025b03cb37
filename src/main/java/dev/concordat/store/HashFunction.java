package dev.concordat.store;

/** The functions of which both servers compute the first 64 bits of a row's hash. */
public enum HashFunction {
    /** Not available on servers that run in FIPS mode. */
    MD5("MD5"),
    SHA256("SHA-256"),
    /** Of values as they are stored; between two servers of one engine that have it, see {@link Dialect#recordProbe}. */
    RECORD("hash_record_extended");

    private final String display;

    HashFunction(String display) {
        this.display = display;
    }

    /** For people. */
    public String display() {
        return display;
    }
}
