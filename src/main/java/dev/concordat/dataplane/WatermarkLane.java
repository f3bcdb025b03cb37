package dev.concordat.dataplane;

import dev.concordat.api.v1alpha1.RecordRules.Compare;
import dev.concordat.api.v1alpha1.RecordRules.Precision;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.report.Failure;
import dev.concordat.store.Catalogue;
import dev.concordat.store.Dialect;
import dev.concordat.store.Reason;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Compares the newest timestamp on the target with the source. The target is read first; then the source tells its own time and the oldest
 * of its rows that the target does not hold. The lag is the difference of these two, so that one clock, the source's, gives both ends of it,
 * and it is an upper bound. Only the contract's rows are looked at, as a check compares them. Both sides are compared at the coarser of their precisions: what one of them cuts off would be late for ever.
 */
final class WatermarkLane extends ProbeLane {
    private static final String FIELD = "spec.latency.probe.watermark.field";

    private final SyncContractSpec spec;
    private final String sourceField;
    private final String targetField;
    private final Compare compare;
    private final Session source;
    private final Session target;
    private final Semaphore lookNow = new Semaphore(0);
    private WatermarkColumn sourceColumn;
    private WatermarkColumn targetColumn;
    /** Which rows are the contract's, as the end of a statement. */
    private String sourceRows;
    private String targetRows;
    private int digits;
    private String fence;
    private Instant fenceMark;

    WatermarkLane(LaneState state, ProbeSettings settings, ReportSink sink, StoreAccess source, StoreAccess target) {
        super(state, settings, sink);
        spec = state.order().spec();
        sourceField = spec.latency().probe().watermark().field();
        targetField = ProbeSettings.onTarget(spec, sourceField);
        compare = spec.record().fields().stream().filter(rule -> rule.name().equals(sourceField)).findFirst().map(rule -> rule.compare()).orElse(Compare.EXACT);
        this.source = new Session(source, false);
        this.target = new Session(target, false);
    }

    @Override
    List<Runnable> loops() {
        return List.of(this::measure);
    }

    @Override
    void wake() {
        lookNow.release();
    }

    private void measure() {
        long planned = System.nanoTime() + ThreadLocalRandom.current().nextLong(settings.every().toNanos());
        while (await(planned, lookNow)) {
            long backOff = look();
            planned = backOff > 0 ? System.nanoTime() + backOff : Math.max(planned + settings.every().toNanos(), System.nanoTime());
        }
        source.drop();
        target.drop();
    }

    /** One reading. Returns how long to wait before the next attempt, 0 for the usual interval. */
    private long look() {
        String wanted = state.fenceWanted();
        try {
            if (sourceColumn == null) {
                sourceRows = rows(source, true);
                sourceColumn = column(source, spec.source().store().type(), sourceField, compare.sourceZone(), "sourceZone");
            }
            if (wanted != null) {
                fenceMark = newest(source, sourceColumn, sourceField, sourceRows).orElse(Instant.MIN);
                fence = wanted;
                state.fenceRead(wanted);
            }
        } catch (SQLException | StoreException | RuntimeException e) {
            return sourceFailed(e);
        } catch (Ambiguous e) {
            state.undecided(System.nanoTime());
            return 0;
        }
        Optional<Instant> reached;
        try {
            if (targetColumn == null) {
                targetRows = rows(target, false);
                targetColumn = column(target, spec.target().store().type(), targetField, compare.targetZone(), "targetZone");
                digits = Math.min(Math.min(sourceColumn.digits(), targetColumn.digits()), digits(compare.precision()));
            }
            reached = newest(target, targetColumn, targetField, targetRows);
            reached.ifPresent(mark -> state.arrived(mark.getEpochSecond(), mark.getNano()));
            target.good();
        } catch (SQLException | StoreException | RuntimeException e) {
            return targetFailed(e);
        } catch (Ambiguous e) {
            state.undecided(System.nanoTime());
            return 0;
        }
        try {
            long behind = behind(reached);
            source.good();
            state.measured(behind, System.nanoTime());
        } catch (SQLException | StoreException | RuntimeException e) {
            return sourceFailed(e);
        } catch (Ambiguous e) {
            state.undecided(System.nanoTime());
            return 0;
        }
        if (fence != null && (fenceMark == Instant.MIN || reached.isPresent() && !WatermarkColumn.cut(reached.get(), digits).isBefore(WatermarkColumn.cut(fenceMark, digits)))) {
            state.fenceReached(fence);
            fence = null;
        }
        return 0;
    }

    private long sourceFailed(Exception e) {
        if (running()) {
            state.sourceFailed(source.bad(e).failure());
        }
        return source.backOff();
    }

    private long targetFailed(Exception e) {
        if (running()) {
            StoreException known = target.bad(e);
            state.targetFailed(known.failure(), known.configuration(), System.nanoTime());
            try {
                // With both gone, nothing can be said of the target's lateness.
                source.open().<Void>query("SELECT 1", 0, (_, _) -> null);
            } catch (SQLException | StoreException | RuntimeException also) {
                state.sourceFailed(source.bad(also).failure());
            }
        }
        return target.backOff();
    }

    /** Nanoseconds since the oldest write of the source that is newer than {@code reached}; 0 when there is none. */
    private long behind(Optional<Instant> reached) throws SQLException, StoreException, Ambiguous {
        StoreType engine = sourceColumn.engine();
        String field = source.access().dialect().quote(sourceField);
        String sql = "SELECT " + WatermarkColumn.now(engine) + ", " + sourceColumn.asText("min(" + field + ")") + " FROM "
                + source.access().dialect().table(spec.source().store()) + " WHERE 1=1" + sourceRows
                + (reached.isEmpty() ? "" : " AND " + field + " >= " + sourceColumn.parameter());
        String[] answer = source.<String[], RuntimeException>run(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                if (reached.isPresent()) {
                    statement.setString(1, sourceColumn.write(WatermarkColumn.newerThan(reached.get(), digits)));
                }
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    return new String[] {row.getString(1), row.getString(2)};
                }
            }
        });
        return answer[1] == null ? 0
                : Math.max(0, Duration.between(instant(sourceColumn, answer[1], source), WatermarkColumn.readNow(engine, answer[0])).toNanos());
    }

    private String rows(Session session, boolean ofSource) throws SQLException, StoreException {
        Dialect dialect = session.access().dialect();
        boolean marked = spec.record().deletes() != null && spec.record().deletes().tombstone() != null;
        Catalogue catalogue = !marked ? null : session.<Catalogue, RuntimeException>run(connection -> dialect.catalogue(connection, session.access().store()));
        return ContractRows.conditions(spec, ofSource, dialect, catalogue);
    }

    private Optional<Instant> newest(Session session, WatermarkColumn column, String field, String rows) throws SQLException, StoreException, Ambiguous {
        String sql = "SELECT " + column.asText("max(" + session.access().dialect().quote(field) + ")") + " FROM " + session.access().dialect().table(session.access().store()) + " WHERE 1=1" + rows;
        String text = session.open().query(sql, 0, (row, _) -> {
            row.next();
            return row.getString(1);
        });
        return text == null ? Optional.empty() : Optional.of(instant(column, text, session));
    }

    private static Instant instant(WatermarkColumn column, String text, Session session) throws StoreException, Ambiguous {
        try {
            return column.read(text).orElseThrow(Ambiguous::new);
        } catch (DateTimeException e) {
            throw new StoreException(new Failure("WatermarkUnreadable", FIELD, session.access().place() + " holds a timestamp that is no point in time: " + e.getMessage(),
                    "Correct that value, or choose another field", false), true);
        }
    }

    private WatermarkColumn column(Session session, StoreType engine, String field, String zone, String zoneField) throws SQLException, StoreException {
        String sql = "SELECT " + session.access().dialect().quote(field) + " FROM " + session.access().dialect().table(session.access().store()) + " WHERE 1 = 0";
        try {
            record Shape(String type, int digits) {}
            Shape shape = session.open().query(sql, 0, (none, _) -> new Shape(none.getMetaData().getColumnTypeName(1).toLowerCase(Locale.ROOT), none.getMetaData().getScale(1)));
            String type = shape.type();
            boolean local = switch (engine) {
                case POSTGRESQL -> type.equals("timestamp");
                case MARIADB, MYSQL -> type.equals("datetime");
            };
            if (!local && !type.equals(engine == StoreType.POSTGRESQL ? "timestamptz" : "timestamp")) {
                throw new StoreException(new Failure("WatermarkNotATimestamp", FIELD, "column " + field + " of " + session.access().place() + " is of type " + type,
                        "Name a column of type " + (engine == StoreType.POSTGRESQL ? "timestamptz or timestamp" : "timestamp or datetime"), false), true);
            }
            return new WatermarkColumn(engine, local, ZoneId.of(zone == null ? "UTC" : zone), Math.clamp(shape.digits(), 0, 6));
        } catch (DateTimeException e) {
            throw new StoreException(new Failure("InvalidTimeZone", "spec.record.fields[name=" + field + "].compare." + zoneField, "there is no time zone " + zone,
                    "Write a name of the IANA database, such as Europe/Berlin", false), true);
        } catch (SQLException e) {
            StoreException known = session.access().explain(e);
            if (known.failure().reason().equals(Reason.COLUMN_NOT_FOUND)) {
                throw new StoreException(new Failure(Reason.COLUMN_NOT_FOUND, FIELD, session.access().place() + " has no column " + field,
                        "Correct the name, or give its name on the target in spec.record.fields", false), true);
            }
            throw e;
        }
    }

    private static int digits(Precision precision) {
        return switch (precision) {
            case null -> 6;
            case MICROSECONDS -> 6;
            case MILLISECONDS -> 3;
            case SECONDS -> 0;
        };
    }

    /** The clocks went back, and a local time stands for two instants. */
    private static final class Ambiguous extends Exception {
        private static final long serialVersionUID = 1;

        Ambiguous() {
            super(null, null, false, false);
        }
    }
}
