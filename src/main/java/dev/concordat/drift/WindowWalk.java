package dev.concordat.drift;

import dev.concordat.drift.ChunkScan.Next;
import dev.concordat.drift.OrderScan.Stretch;
import dev.concordat.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.zone.ZoneOffsetTransition;
import java.util.List;

/**
 * The records whose time field lies at or after a moment on either side, in slices of time. A record that only one side has in the window is looked up by its key on the
 * other one without regard to the window, so that a stale record is stale and not missing.
 */
final class WindowWalk implements OrderScan.Walk {
    private static final String WINDOW = "window";

    private final Plan.Field field;
    private final LocalDateTime start;
    private final LocalDateTime now;
    private LocalDateTime position;
    private Duration slice;
    private boolean done;

    /**
     * @param start in UTC
     * @param now   of the source's clock, in UTC
     * @param from  position of an earlier attempt's checkpoint, whose window goes on to the present; null: at the start
     */
    WindowWalk(Plan.Field field, LocalDateTime start, LocalDateTime now, List<String> from) {
        this.field = field;
        this.start = from == null ? start : LocalDateTime.parse(from.get(1));
        this.now = now;
        this.position = from == null ? start : LocalDateTime.parse(from.get(2));
    }

    LocalDateTime start() {
        return start;
    }

    /** Whether a checkpoint's position is one of such a walk. */
    static boolean begun(List<String> position) {
        try {
            return position.size() == 3 && WINDOW.equals(position.getFirst()) && !LocalDateTime.parse(position.get(2)).isBefore(LocalDateTime.parse(position.get(1)));
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    /**
     * A moment as a bound of times that were read off a clock of that zone: the earliest that such a clock shows at the moment or later. It never goes back, so that slices
     * neither overlap nor leave a hole; in the autumn, times of the hour that the clock shows twice count as those of the second time.
     */
    static LocalDateTime local(ZoneId zone, LocalDateTime utc) {
        Instant at = utc.toInstant(ZoneOffset.UTC);
        LocalDateTime earliest = LocalDateTime.ofInstant(at, zone);
        // No clock was ever set back by more than a day and some hours.
        Instant far = at.plus(Duration.ofDays(2));
        ZoneOffsetTransition change = zone.getRules().nextTransition(at);
        while (change != null && change.getInstant().isBefore(far)) {
            if (change.getDateTimeAfter().isBefore(earliest)) {
                earliest = change.getDateTimeAfter();
            }
            change = zone.getRules().nextTransition(change.getInstant());
        }
        return earliest;
    }

    @Override
    public boolean inOrder() {
        return false;
    }

    @Override
    public Next<Stretch> next(Lane lane, int rows, int leafRows) throws StoreException {
        if (done) {
            return null;
        }
        if (slice == null) {
            Lane.Answers<Long> counts = lane.both(session -> session.count(session.between(field, position, null)));
            long slices = Math.max(counts.source(), counts.target()) / Math.max(1, rows) + 1;
            slice = Duration.between(position, now).dividedBy(slices).plusNanos(1_000);
        }
        LocalDateTime low = position;
        LocalDateTime high = low.plus(slice);
        done = !high.isBefore(now);
        position = high;
        LocalDateTime to = done ? null : high;
        return new Next<>(new Stretch(lane.source().between(field, low, to), lane.target().between(field, low, to), List.of(), 0), done ? null : List.of(WINDOW, start.toString(), high.toString()));
    }
}
