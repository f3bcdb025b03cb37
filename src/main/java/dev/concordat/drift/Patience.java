package dev.concordat.drift;

import dev.concordat.store.Reason;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import dev.concordat.store.Trouble;
import dev.concordat.store.Trouble.Passes;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * States of a server that pass, as a deadlock, a conflict with a standby's replay or a failover: what was being read is read again from its start, a bounded number of times, and the
 * plan tells of it. The one place for all engines; which states pass is each dialect's to say. Safe for use by many threads.
 */
final class Patience {
    /** How often one piece is read again. A standby under heavy replay cancels several in a row. */
    static final int TIMES = 8;
    /** How often a run reads again altogether: beyond, it would take longer than it is worth. */
    static final int MOST = 200;
    private static final long FIRST_MILLIS = 100;
    private static final long LONGEST_MILLIS = 2_000;

    private final AtomicBoolean stopped;
    private final Sleep sleep;
    private final Map<String, Integer> told = new TreeMap<>();
    private int total;

    @FunctionalInterface
    interface Sleep {
        void millis(long millis) throws InterruptedException;
    }

    /** @param stopped set when nobody waits for the answers any more */
    Patience(AtomicBoolean stopped) {
        this(stopped, Thread::sleep);
    }

    Patience(AtomicBoolean stopped, Sleep sleep) {
        this.stopped = stopped;
        this.sleep = sleep;
    }

    @FunctionalInterface
    interface Piece<T> {
        T read() throws SQLException;
    }

    @FunctionalInterface
    interface Reconnect {
        void run() throws StoreException;
    }

    /**
     * Reads a piece; again where a passing state was in the way.
     *
     * @param again makes another connection, where the old one is gone
     */
    <T> T ask(StoreAccess access, boolean source, Piece<T> piece, Reconnect again) throws SQLException, StoreException {
        for (int tried = 0; ; tried++) {
            SQLException failed;
            try {
                return piece.read();
            } catch (SQLException e) {
                failed = e;
            }
            Trouble trouble = access.trouble(failed);
            if (trouble.passes() == Passes.NO || tried == TIMES || !count(trouble, source)) {
                throw failed;
            }
            rest(tried, failed);
            if (trouble.passes() == Passes.RECONNECT) {
                reconnect(access, again, failed, tried);
            }
        }
    }

    private void reconnect(StoreAccess access, Reconnect again, SQLException failed, int before) throws SQLException, StoreException {
        for (int tried = before; ; tried++) {
            try {
                again.run();
                return;
            } catch (StoreException e) {
                boolean passes = e.getCause() instanceof SQLException cause ? access.trouble(cause).passes() != Passes.NO : e.failure().reason().equals(Reason.STORE_UNREACHABLE);
                if (!passes || tried >= TIMES) {
                    throw e;
                }
                rest(tried, failed);
            }
        }
    }

    private synchronized boolean count(Trouble trouble, boolean source) {
        if (stopped.get() || total == MOST) {
            return false;
        }
        total++;
        told.merge((trouble.words() == null ? trouble.reason() : trouble.words()) + " on the " + (source ? "source" : "target"), 1, Integer::sum);
        return true;
    }

    private void rest(int tried, SQLException failed) throws SQLException {
        try {
            sleep.millis(Math.min(LONGEST_MILLIS, FIRST_MILLIS << tried));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed;
        }
    }

    /** For the plan; empty when nothing was read again. */
    synchronized String note() {
        StringBuilder note = new StringBuilder();
        told.forEach((what, times) -> note.append("; read again ").append(times).append(times == 1 ? " time after: " : " times after: ").append(what));
        return note.toString();
    }
}
