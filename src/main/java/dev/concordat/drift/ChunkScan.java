package dev.concordat.drift;

import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.store.StoreException;
import java.util.List;

/**
 * A scan in chunks of about a second that follow one another in key order. The chunk is the unit of time, of load and of loss: after each one the watermark moves, a
 * checkpoint can be made, the databases get their rest, and suspects that are due are looked at again.
 */
abstract class ChunkScan<C> implements Scan {
    /** What every scan works with. */
    record Desk(Plan plan, CompareSpec spec, Settling settling, Watermark watermark, Counters counters, Guest guest) {
        /** Counts the rows that the contract's gaps exclude in one part of the tables. */
        void gaps(Lane lane, Lane.Question<String> part, Tally found) throws StoreException {
            List<SyncContractSpec.Gap> gaps = spec.gaps();
            if (gaps.stream().noneMatch(gap -> gap.kind() == SyncContractSpec.GapKind.EXCLUDED_ROWS)) {
                return;
            }
            Lane.Answers<long[]> counts = lane.both(session -> session.gaps(part.ask(session)));
            for (int i = 0; i < gaps.size(); i++) {
                if (gaps.get(i).kind() == SyncContractSpec.GapKind.EXCLUDED_ROWS) {
                    found.gap(gaps.get(i).label(), counts.source()[i], counts.target()[i]);
                }
            }
        }
    }

    /**
     * A chunk to read.
     *
     * @param what how to read it
     * @param next where the one after it begins; null: it reaches to the end
     */
    record Next<C>(C what, List<String> next) {}

    private record Taken<C>(C what, Watermark.Piece piece) {}

    final Desk desk;
    final Plan plan;
    final Counters counters;
    final Servo servo;

    ChunkScan(Desk desk, Servo servo) {
        this.desk = desk;
        this.plan = desk.plan();
        this.counters = desk.counters();
        this.servo = servo;
    }

    /** The next chunk, or null when there is none left. Called by one lane at a time. */
    abstract Next<C> next(Lane lane) throws StoreException;

    /** Rows of a chunk on either side. */
    record Rows(long source, long target) {
        long most() {
            return Math.max(source, target);
        }

        Rows and(Rows more) {
            return new Rows(source + more.source, target + more.target);
        }
    }

    /** Compares one chunk. Returns when all its suspects are with {@link Settling}. */
    abstract Rows scan(Lane lane, C chunk, Tally found) throws StoreException;

    private synchronized Taken<C> take(Lane lane) throws StoreException {
        Next<C> next = counters.stopped.get() ? null : next(lane);
        return next == null ? null : new Taken<>(next.what, desk.watermark().open(next.next));
    }

    @Override
    public final void run(Lane lane) throws StoreException {
        Taken<C> taken;
        while ((taken = take(lane)) != null) {
            long start = System.nanoTime();
            Rows rows = scan(lane, taken.what, taken.piece.found());
            long took = System.nanoTime() - start;
            servo.took(rows.most(), took / 1_000_000);
            counters.sourceRows.addAndGet(rows.source());
            counters.targetRows.addAndGet(rows.target());
            counters.chunks.incrementAndGet();
            desk.watermark().close(taken.piece, rows.source(), rows.target());
            counters.checkpointed.run();
            desk.guest().rest(lane, took, counters);
            while (!counters.stopped.get() && desk.settling().settle(lane, false)) {
                // What is due, before the next chunk.
            }
        }
    }
}
