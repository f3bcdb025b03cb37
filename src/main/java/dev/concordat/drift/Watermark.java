package dev.concordat.drift;

import dev.concordat.report.Checkpoint;
import dev.concordat.report.RunReport;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * How far the part of the table reaches that is compared without a hole. Stretches are opened in order and closed in any order; the watermark is the end of the last one
 * before which all are closed, as in block/spirit. Safe for use by many threads.
 */
final class Watermark {
    /** Above this many undecided suspects no checkpoint is made: the one before stays valid, and a report has to stay small. */
    private static final int SUSPECTS = 2_000;
    private static final int LEAVES = 10_000;

    /** One stretch of the scan. */
    static final class Piece {
        private final List<String> next;
        private final Tally found;
        private long source;
        private long target;
        private boolean closed;

        private Piece(List<String> next, Tally found) {
            this.next = next;
            this.found = found;
        }

        /** Where its findings go. */
        Tally found() {
            return found;
        }
    }

    private final Tally run;
    private final ArrayDeque<Piece> open = new ArrayDeque<>();
    private List<String> position;
    private long source;
    private long target;
    private int chunks;
    /** Chunks of earlier attempts. */
    private int before;
    private Supplier<Reached> reached;
    private Integer share;

    /** @param run gets the findings of stretches as the watermark passes them */
    Watermark(Tally run) {
        this.run = run;
    }

    /** Goes on where an earlier attempt was; its findings are given to the run's tally by the caller. */
    synchronized void resume(Checkpoint checkpoint) {
        position = checkpoint.position();
        source = checkpoint.rows() == null ? 0 : checkpoint.rows().source();
        target = checkpoint.rows() == null ? 0 : checkpoint.rows().target();
        chunks = checkpoint.chunks();
        before = checkpoint.chunks();
    }

    /** The next stretch in order. @param next where the one after it begins; null: it reaches to the end */
    synchronized Piece open(List<String> next) {
        Piece piece = new Piece(next, run.child());
        open.add(piece);
        return piece;
    }

    /** A stretch is compared: all its suspects are known to {@link Settling}. */
    synchronized void close(Piece piece, long sourceRows, long targetRows) {
        piece.source = sourceRows;
        piece.target = targetRows;
        piece.closed = true;
        while (!open.isEmpty() && open.peek().closed) {
            Piece passed = open.poll();
            run.absorb(passed.found);
            source += passed.source;
            target += passed.target;
            chunks++;
            position = passed.next;
        }
    }

    /** First key that is not compared yet; null: none is compared, or all are. */
    synchronized List<String> position() {
        return position;
    }

    /**
     * How far a scan is that keeps account of it by itself.
     *
     * @param position see {@link Checkpoint#position}
     * @param source   rows read there, all attempts together; {@code target} alike
     */
    record Reached(List<String> position, long source, long target, int chunks) {}

    /** @param scan tells how far it is; null when there is nothing to gain */
    synchronized void follow(Supplier<Reached> scan) {
        reached = scan;
    }

    /** The first share of the keys that is read: the ones of another attempt have to be the same. */
    synchronized void share(int first) {
        share = first;
    }

    /** What another attempt needs to go on, without a plan; null when there is nothing to gain or too much undecided. */
    synchronized Checkpoint checkpoint(Settling settling) {
        if (reached != null) {
            Reached now = reached.get();
            // Nothing that was decided is kept: another attempt reads all leaves that differ again.
            return now == null ? null : new Checkpoint(null, now.position, new RunReport.Rows(now.source, now.target), before + now.chunks, Map.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
                    run.part(share));
        }
        // At the end only suspects are left to settle: the checkpoint before costs one chunk. An empty position: there is no place here where another attempt could begin.
        if (position == null || position.isEmpty()) {
            return null;
        }
        return settling.snapshot(undecided -> {
            List<List<String>> suspects = Stream.concat(undecided.stream(), run.skippedOnly().stream()).distinct().toList();
            return suspects.size() > SUSPECTS || run.driftedLeaves() > LEAVES ? null
                    : new Checkpoint(null, position, new RunReport.Rows(source, target), chunks, run.counts(), run.records(), run.fields(), run.gaps(), run.partitionsSoFar(), suspects, run.part(share));
        });
    }
}
