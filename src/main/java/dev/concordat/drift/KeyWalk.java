package dev.concordat.drift;

import dev.concordat.drift.ChunkScan.Next;
import dev.concordat.drift.OrderScan.Stretch;
import dev.concordat.drift.Session.Boundary;
import dev.concordat.store.StoreException;
import java.util.ArrayList;
import java.util.List;

/**
 * Stretches of a key's order. The source leads; where it has no more rows, the target does, so that a long tail of orphans is cut as well. A bound that one side's type cannot hold
 * cuts the other side alone: this side's rows before it are read with the next stretch whose end it knows, and until then there is no place for another attempt to begin.
 */
final class KeyWalk implements OrderScan.Walk {
    private final long limit;
    private Boundary position;
    private Boundary sourcePosition;
    private Boundary targetPosition;
    private boolean done;
    private long handedOut;

    /**
     * @param from  where to begin; null: at the start
     * @param limit stop after about so many rows; 0: at the end
     */
    KeyWalk(Boundary from, long limit) {
        this.position = from;
        this.sourcePosition = from;
        this.targetPosition = from;
        this.limit = limit;
    }

    @Override
    public boolean inOrder() {
        return true;
    }

    @Override
    public Next<Stretch> next(Lane lane, int most, int leafRows) throws StoreException {
        boolean behind = behind();
        if (done || limit > 0 && handedOut >= limit && !behind) {
            return null;
        }
        int rows = limit == 0 || behind ? most : (int) Math.min(most, limit - handedOut);
        handedOut += rows;
        if (leafRows == 0) {
            return next(stretch(lane, rows));
        }
        Boundary source = sourcePosition;
        Boundary target = targetPosition;
        List<Stretch> leaves = new ArrayList<>();
        for (int cut = 0; cut < rows && !done; cut += leafRows) {
            leaves.add(stretch(lane, Math.min(leafRows, rows - cut)));
            behind |= behind();
        }
        return next(new Stretch(done || sourcePosition != source ? lane.source().between(source, sourcePosition) : "1=0",
                done || targetPosition != target ? lane.target().between(target, targetPosition) : "1=0", behind ? List.of() : leaves, leafRows));
    }

    private boolean behind() {
        return sourcePosition != position || targetPosition != position;
    }

    private Next<Stretch> next(Stretch stretch) {
        return new Next<>(stretch, done ? null : behind() ? List.of() : position.text());
    }

    private Stretch stretch(Lane lane, int rows) throws StoreException {
        // A side that does not know where the other one is cannot lead: it would go back.
        Boundary high = sourcePosition == position ? known(lane.source(), lane.target(), position, rows) : null;
        if (high == null && targetPosition == position) {
            high = known(lane.target(), lane.source(), position, rows);
        }
        position = high;
        done = high == null;
        String source = "1=0";
        String target = "1=0";
        if (done || lane.source().holds(high)) {
            source = lane.source().between(sourcePosition, high);
            sourcePosition = high;
        }
        if (done || lane.target().holds(high)) {
            target = lane.target().between(targetPosition, high);
            targetPosition = high;
        }
        return new Stretch(source, target, List.of(), 0);
    }

    /** A bound that both sides know, if there is one nearby: one that cuts a single side makes suspects of all its rows. */
    private static Boundary known(Session leader, Session other, Boundary low, int rows) throws StoreException {
        Boundary high = follower(leader, low, rows);
        if (high == null || other.holds(high)) {
            return high;
        }
        for (int more : new int[] {1, rows}) {
            Boundary next = follower(leader, high, more);
            if (next == null || other.holds(next)) {
                return next;
            }
        }
        return high;
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
