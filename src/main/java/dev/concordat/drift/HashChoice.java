package dev.concordat.drift;

import dev.concordat.store.HashFunction;
import dev.concordat.store.Reason;
import dev.concordat.store.StoreException;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Which hash function both databases use. Engines, versions and processors differ: PostgreSQL 14 computes MD5 about twice as fast as SHA-256, MariaDB with
 * a processor that has instructions for SHA computes SHA-256 faster. Either finds accidental differences equally well: 64 bits are kept.
 *
 * @param why for people
 */
record HashChoice(HashFunction function, String why) {
    /** MD5 has to be this much faster: SHA-256 is there on every server, and a choice should not change with each run. */
    private static final double CLEARLY = 1.1;
    private static final int ROUNDS = 3;
    private static final int ROWS = 2_000;

    /** Before any server was asked. */
    static final HashChoice DEFAULT = new HashChoice(HashFunction.SHA256, "not measured");

    /** The engine's own hash of records, where both servers have it and agree on it; otherwise null. */
    static HashChoice record(Lane lane) throws StoreException {
        if (lane.source().dialect().recordProbe() == null || lane.source().dialect() != lane.target().dialect()) {
            return null;
        }
        try {
            Lane.Answers<Long> probes = lane.both(Session::recordProbe);
            return probes.source().equals(probes.target()) ? new HashChoice(HashFunction.RECORD, "both servers hash a probe of every type alike") : null;
        } catch (StoreException e) {
            if (e.failure().reason().equals(Reason.STORE_ERROR)) {
                // A version without the function.
                return null;
            }
            throw e;
        }
    }

    /** Times both functions on both servers, on literals; about 20 ms. A server without MD5 is no error. */
    static HashChoice measure(Lane lane, LongSupplier nanos) throws StoreException {
        long[] md5 = null;
        long[] sha256 = null;
        boolean available = true;
        for (int round = 0; round < ROUNDS; round++) {
            sha256 = least(sha256, time(lane, HashFunction.SHA256, nanos));
            if (available) {
                try {
                    md5 = least(md5, time(lane, HashFunction.MD5, nanos));
                } catch (StoreException e) {
                    // FIPS. Where it was the connection, the next question says so.
                    available = false;
                }
            }
        }
        return choose(available ? md5 : null, sha256);
    }

    private static long[] time(Lane lane, HashFunction function, LongSupplier nanos) throws StoreException {
        Lane.Answers<Long> times = lane.both(session -> {
            long start = nanos.getAsLong();
            session.hashWorkload(function, ROWS);
            return nanos.getAsLong() - start;
        });
        return new long[] {times.source(), times.target()};
    }

    private static long[] least(long[] before, long[] now) {
        return before == null ? now : new long[] {Math.min(before[0], now[0]), Math.min(before[1], now[1])};
    }

    /**
     * The function whose slower side is faster.
     *
     * @param md5    nanoseconds on source and target; null when a server does not have it
     * @param sha256 nanoseconds on source and target
     */
    static HashChoice choose(long[] md5, long[] sha256) {
        if (md5 == null) {
            return new HashChoice(HashFunction.SHA256, "MD5 is not available on both servers");
        }
        String figures = String.format(Locale.ROOT, "source and target took %s ms for %,d hashes by MD5, %s ms by SHA-256", millis(md5), ROWS, millis(sha256));
        boolean faster = slower(md5) * CLEARLY < slower(sha256);
        return new HashChoice(faster ? HashFunction.MD5 : HashFunction.SHA256, figures);
    }

    private static long slower(long[] sides) {
        return Arrays.stream(sides).max().orElseThrow();
    }

    private static String millis(long[] sides) {
        return String.format(Locale.ROOT, "%.1f and %.1f", sides[0] / 1e6, sides[1] / 1e6);
    }
}
