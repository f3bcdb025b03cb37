package dev.concordat.drift;

import dev.concordat.drift.ChunkScan.Next;
import dev.concordat.drift.OrderScan.Stretch;
import dev.concordat.drift.Session.Boundary;
import dev.concordat.store.StoreException;

/** Stretches of a key's order. The source leads; where it has no more rows, the target does, so that a long tail of orphans is cut as well. */
final class KeyWalk implements OrderScan.Walk {
    private final long limit;
    private Boundary position;
    private boolean done;
    private long handedOut;

    /**
     * @param from  where to begin; null: at the start
     * @param limit stop after about so many rows; 0: at the end
     */
    KeyWalk(Boundary from, long limit) {
        this.position = from;
        this.limit = limit;
    }

    @Override
    public Next<Stretch> next(Lane lane, int most) throws StoreException {
        if (done || limit > 0 && handedOut >= limit) {
            return null;
        }
        int rows = limit == 0 ? most : (int) Math.min(most, limit - handedOut);
        handedOut += rows;
        Boundary low = position;
        Boundary high = follower(lane.source(), low, rows);
        if (high == null) {
            high = follower(lane.target(), low, rows);
        }
        position = high;
        done = high == null;
        return new Next<>(new Stretch(lane.source().between(low, high), lane.target().between(low, high)), done ? null : high.text());
    }

    /** The row that follows so many rows; another key than the present one, though a table without a unique key may have more rows of one key than a stretch should. */
    static Boundary follower(Session session, Boundary low, int rows) throws StoreException {
        int wanted = rows;
        Boundary high = session.boundary(low, wanted);
        while (high != null && low != null && high.canonical().equals(low.canonical())) {
            wanted = Math.multiplyExact(wanted, 2);
            high = session.boundary(low, wanted);
        }
        return high;
    }
}
