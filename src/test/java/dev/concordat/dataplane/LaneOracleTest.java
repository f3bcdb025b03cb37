package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.report.Failure;
import dev.concordat.report.ProbeReport;
import dev.concordat.testing.Histories;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * What a lane makes of random histories, beside a plain list of probes with the moments at which each was committed and seen: writes that
 * fail or whose outcome nobody knows, deliveries that are late, die and come back, a prober that is held up, a target that cannot be read.
 */
class LaneOracleTest {
    private static final Failure DOWN = LaneStateTest.DOWN;
    private static final int TICK = 100;
    private static final long CEILING = LaneStateTest.SETTINGS.ceiling().toMillis();
    private static final long SLICE = LaneStateTest.SETTINGS.slice().toMillis();

    /** Each slice is what the list of probes says, as long as the prober itself is well. */
    @Property(tries = 1)
    void aSliceIsWhatItsProbesSay(@ForAll long seed) {
        Histories.each(seed, random -> new World(random, false).live());
    }

    /** And whatever happens to the prober: no delivery in time is bad, and none that is dead is good. */
    @Property(tries = 1)
    void whatHappensToTheProberIsNeitherLatenessNorHealth(@ForAll long seed) {
        Histories.each(seed, random -> new World(random, true).live());
    }

    private static final class Probe {
        final long sequence;
        final long committed;
        long seen = Long.MAX_VALUE;

        Probe(long sequence, long committed) {
            this.sequence = sequence;
            this.committed = committed;
        }
    }

    private static final class World {
        final Random random;
        final boolean trouble;
        final LaneState state = new LaneState(LaneStateTest.order(null), LaneStateTest.SETTINGS, null, 77);
        /** Those that were committed, as far as the prober knows. */
        final List<Probe> probes = new ArrayList<>();
        /** All that reached the source, with the moment. */
        final List<long[]> onSource = new ArrayList<>();
        final List<Long> looks = new ArrayList<>();
        long millis = LaneStateTest.START;
        long sequence;
        long delivered;
        long delay;
        boolean dead;
        boolean everLate;
        boolean refused;

        World(Random random, boolean trouble) {
            this.random = random;
            this.trouble = trouble;
        }

        void live() {
            int phases = 2 + random.nextInt(6);
            for (int i = 0; i < phases; i++) {
                int kind = random.nextInt(4);
                dead = kind == 0;
                delay = kind == 1 ? random.nextInt(4000) : random.nextInt(3) * 300L;
                everLate |= dead || delay > CEILING / 2;
                refused = trouble && random.nextInt(5) == 0;
                phase(10 + random.nextInt(120), random.nextInt(3) == 0 ? 0 : random.nextInt(60));
            }
            check();
        }

        private void phase(int ticks, int failing) {
            for (int tick = 0; tick < ticks; tick++) {
                if ((millis - LaneStateTest.START) % 500 == 0) {
                    write(random.nextInt(100) < failing);
                }
                deliver();
                if (!refused) {
                    look();
                } else {
                    state.targetFailed(DOWN, true, nanos());
                }
                long planned = nanos() + TICK * 1_000_000L;
                millis += trouble && random.nextInt(60) == 0 ? TICK + random.nextInt(50) * TICK : TICK;
                deliver();
                state.tick(planned, nanos(), millis, true);
            }
        }

        private long nanos() {
            return millis * 1_000_000;
        }

        private void write(boolean fails) {
            state.writing(++sequence, nanos());
            if (!fails) {
                state.written(sequence, null, nanos());
                probes.add(new Probe(sequence, millis));
                onSource.add(new long[] {sequence, millis});
                return;
            }
            state.notWritten(sequence, DOWN);
            if (random.nextBoolean()) {
                // It was made, though nobody knows.
                onSource.add(new long[] {sequence, millis});
            }
        }

        private void deliver() {
            if (!dead) {
                onSource.stream().filter(write -> write[1] <= millis - delay).forEach(write -> delivered = Math.max(delivered, write[0]));
            }
        }

        private void look() {
            state.seen(delivered == 0 ? null : delivered, nanos());
            looks.add(millis);
            probes.stream().filter(probe -> probe.seen == Long.MAX_VALUE && probe.sequence <= delivered).forEach(probe -> probe.seen = millis);
        }

        private void check() {
            state.notReported();
            ProbeReport report = state.tick(nanos(), nanos(), millis, true).orElseThrow();
            for (long slice = report.firstSlice() == null ? 1 : report.firstSlice(); report.lastSlice() != null && slice <= report.lastSlice(); slice++) {
                long at = slice;
                SliceState said = report.spans().stream().filter(span -> span.from() <= at && at <= span.to()).map(span -> span.state()).findFirst().orElse(SliceState.GOOD);
                long end = (slice + 1) * SLICE;
                if (!trouble) {
                    assertThat(said).as("slice %d, which ends at %d", slice, end - LaneStateTest.START).isEqualTo(model(end));
                } else if (!everLate) {
                    assertThat(said).as("a delivery that is never late").isNotEqualTo(SliceState.BAD);
                } else if (said == SliceState.GOOD) {
                    assertThat(missing(end)).as("probes that were looked for in vain in slice %d", slice).isFalse();
                }
            }
        }

        private SliceState model(long end) {
            if (probes.stream().anyMatch(probe -> probe.committed < end && probe.seen >= end && end - probe.committed > CEILING)) {
                return SliceState.BAD;
            }
            List<Probe> decided = probes.stream().filter(probe -> probe.seen >= end - SLICE && probe.seen < end).toList();
            if (decided.size() < 2) {
                return SliceState.UNKNOWN;
            }
            long late = decided.stream().filter(probe -> probe.seen - probe.committed > CEILING).count();
            return late * 10 > decided.size() ? SliceState.BAD : SliceState.GOOD;
        }

        /** Whether a probe was looked for all the time, from its commit to the slice's end, for longer than the ceiling. */
        private boolean missing(long end) {
            return probes.stream().anyMatch(probe -> probe.seen >= end && end - probe.committed > CEILING
                    && looks.stream().filter(look -> look >= probe.committed && look < end).count() * TICK >= end - probe.committed);
        }
    }
}
