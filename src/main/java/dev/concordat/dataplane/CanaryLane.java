package dev.concordat.dataplane;

import dev.concordat.api.v1alpha1.Latency;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.report.Failure;
import dev.concordat.store.Dialect;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Writes a token to the canary row on the source and awaits it on the target, each over a connection of its own. */
final class CanaryLane extends ProbeLane {
    private static final String FIELD = "spec.latency.probe.canary";

    private final SyncContractSpec spec;
    private final Latency.Canary canary;
    private final List<Map.Entry<String, IntOrString>> key;
    private final Session source;
    private final Session target;
    private final Semaphore writeNow = new Semaphore(0);
    private final Semaphore lookNow = new Semaphore(0);
    private volatile ProbeToken token;

    /**
     * @param source logs in with the canary's writer Secret
     * @param target logs in with the target store's own
     */
    CanaryLane(LaneState state, ProbeSettings settings, ReportSink sink, StoreAccess source, StoreAccess target) {
        super(state, settings, sink);
        spec = state.order().spec();
        canary = spec.latency().probe().canary();
        key = List.copyOf(canary.key().entrySet());
        this.source = new Session(source, true);
        this.target = new Session(target, false);
        token = ProbeToken.first(state.order().contract().uid(), state.epoch(), ThreadLocalRandom.current().nextLong());
    }

    @Override
    List<Runnable> loops() {
        return List.of(this::write, this::look);
    }

    @Override
    void wake() {
        writeNow.release();
    }

    private void write() {
        // Contracts of one namespace do not write at one moment.
        long planned = System.nanoTime() + ThreadLocalRandom.current().nextLong(settings.every().toNanos());
        while (await(planned, writeNow)) {
            // Read before the write begins: a write already on its way is no fence.
            String fence = state.fenceWanted();
            token = token.next();
            long sequence = token.sequence();
            try {
                source.open();
                state.writing(sequence, System.nanoTime());
                String text = token.text();
                source.<Void, StoreException>run(connection -> {
                    update(connection, text);
                    return null;
                });
                state.written(sequence, fence, System.nanoTime());
                source.good();
                lookNow.release();
                planned = Math.max(planned + settings.every().toNanos(), System.nanoTime());
            } catch (SQLException | StoreException | RuntimeException e) {
                if (!running()) {
                    break;
                }
                state.notWritten(sequence, explain(e));
                planned = System.nanoTime() + source.backOff();
            }
        }
        source.drop();
    }

    private Failure explain(Exception e) {
        String state = e instanceof SQLException sql && sql.getSQLState() != null ? sql.getSQLState() : "";
        if (state.equals("22001")) {
            source.drop();
            return new Failure("CanaryFieldTooShort", FIELD + ".field", "column " + canary.field() + " of " + source.access().place()
                    + " does not hold the token of " + ProbeToken.LENGTH + " characters", "Make it a text column of at least " + ProbeToken.LENGTH + " characters on both sides", false);
        }
        if (state.equals("22P02") || state.equals("42804")) {
            source.drop();
            return new Failure("CanaryKeyInvalid", FIELD + ".key", "the values of the key or the token do not fit the types of the columns of " + source.access().place(),
                    "Write each value as its column's type spells it, and let field name a text column", false);
        }
        return source.bad(e).failure();
    }

    private void update(Connection connection, String text) throws SQLException, StoreException {
        Dialect dialect = source.access().dialect();
        String sql = "UPDATE " + dialect.table(spec.source().store()) + " SET " + dialect.quote(canary.field()) + " = ? WHERE "
                + key.stream().map(part -> dialect.quote(part.getKey()) + " = ?").collect(Collectors.joining(" AND "));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, text);
            bind(statement, 2, source.access());
            int rows = statement.executeUpdate();
            if (rows == 1) {
                return;
            }
            String where = key.stream().map(part -> part.getKey() + " = " + literal(part.getValue())).collect(Collectors.joining(" AND "));
            String table = dialect.table(spec.source().store());
            throw new StoreException(rows == 0
                    ? new Failure("CanaryRowMissing", FIELD + ".key", source.access().place() + " has no row with " + where,
                            "Create it once: INSERT INTO " + table + " (" + key.stream().map(part -> dialect.quote(part.getKey())).collect(Collectors.joining(", ")) + ") VALUES ("
                                    + key.stream().map(part -> literal(part.getValue())).collect(Collectors.joining(", ")) + "), with a value for every other column that needs one", false)
                    : new Failure("CanaryRowAmbiguous", FIELD + ".key", rows + " rows of " + source.access().place() + " have " + where + "; none was changed",
                            "Let spec.record.key name the columns that identify a record", false), true);
        }
    }

    private void look() {
        while (running()) {
            try {
                if (!state.awaiting() && !lookNow.tryAcquire(1, TimeUnit.SECONDS)) {
                    continue;
                }
                lookNow.drainPermits();
                String text = target.<String, RuntimeException>run(this::read);
                long now = System.nanoTime();
                ProbeToken ours = token;
                Optional<ProbeToken> seen = ProbeToken.parse(text);
            seen.filter(t -> t.contract().equals(ours.contract())).ifPresent(t -> state.arrived(t.epoch(), t.sequence()));
            state.seen(seen.filter(ours::sameLife).map(ProbeToken::sequence).orElse(null), now);
                target.good();
                sleepUntil(System.nanoTime() + settings.poll().toNanos());
            } catch (InterruptedException e) {
                break;
            } catch (SQLException | StoreException | RuntimeException e) {
                if (!running()) {
                    break;
                }
                StoreException known = target.bad(e);
                state.targetFailed(known.failure(), known.configuration(), System.nanoTime());
                sleepUntil(System.nanoTime() + target.backOff());
            }
        }
        target.drop();
    }

    private String read(Connection connection) throws SQLException {
        Dialect dialect = target.access().dialect();
        String sql = "SELECT " + dialect.quote(ProbeSettings.onTarget(spec, canary.field())) + " FROM " + dialect.table(spec.target().store()) + " WHERE "
                + key.stream().map(part -> dialect.quote(ProbeSettings.onTarget(spec, part.getKey())) + " = ?").collect(Collectors.joining(" AND "));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, 1, target.access());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    /** The key's values as text; the server gives them the columns' types, be they integers, text or uuids, and can use the key's index. */
    private void bind(PreparedStatement statement, int first, StoreAccess access) throws SQLException {
        for (int i = 0; i < key.size(); i++) {
            String value = text(key.get(i).getValue());
            switch (access.store().type()) {
                // Sent without a type: as varchar, PostgreSQL would refuse to compare it with an integer.
                case POSTGRESQL -> statement.setObject(first + i, value, Types.OTHER);
                case MARIADB, MYSQL -> statement.setString(first + i, value);
            }
        }
    }

    private static String text(IntOrString value) {
        return String.valueOf(value.getValue());
    }

    private static String literal(IntOrString value) {
        return value.getStrVal() == null ? text(value) : "'" + value.getStrVal().replace("'", "''") + "'";
    }
}
