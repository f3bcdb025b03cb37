package dev.concordat.budget;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.SyncContractStatus.Ledger;
import dev.concordat.api.v1alpha1.SyncContractStatus.PauseHistory;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import dev.concordat.report.ProbeReport;
import dev.concordat.testing.Case;
import dev.concordat.testing.Histories;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random histories of a prober and an operator, each on a clock that somebody sets: slices of every pattern, reports
 * that are lost, late, replayed or out of order, lives that end with and without their report, operators that are
 * killed with and without their last writes, pauses, and budgets that are edited, removed and put back. After every
 * step the ledger is beside {@link BudgetOracle}: {@link Histories}.
 */
class BudgetOracleTest {
    @Test
    @Case(value = "logic A0", before = "576 bad slices were counted as 5,820", now = "every count is that of a list of all slices")
    void theLedgerSaysWhatAListOfAllSlicesSays() {
        Histories.each(1, random -> new History(random).run());
    }

    private static final class History {
        final Random random;
        final int slice;
        BudgetPolicy policy;
        // The world, in seconds; the wall clocks of both hosts are somewhere else.
        long time;
        BudgetOracle.Life life;
        long lifeBegan;
        long sequence;
        long reportFrom;
        ProbeReport stored;
        BudgetOracle.Life storedLife;
        final List<ProbeReport> seen = new ArrayList<>();
        final List<BudgetOracle.Life> seenLives = new ArrayList<>();
        char mood = 'G';

        BudgetLedger ledger;
        Ledger status;
        BudgetOracle oracle;
        BudgetOracle writtenOracle;
        long newsAt;
        boolean whole;
        PauseHistory history = PauseHistory.EMPTY;
        boolean pausing;

        History(Random random) {
            this.random = random;
            slice = new int[] {1, 2, 10, 60, 300, 3600}[random.nextInt(6)];
            policy = BudgetFixtures.policy(slice, 4 + random.nextInt(random.nextInt(10) == 0 ? 2000 : 120), "60.0");
            ledger = BudgetLedger.begin(slice, 0);
            oracle = new BudgetOracle(policy.windowSlices());
            born(null);
        }

        void run() {
            for (int step = 0; step < 40; step++) {
                time += random.nextInt(4) == 0 ? random.nextInt(1 + 40 * slice) : random.nextInt(1 + 3 * slice);
                switch (random.nextInt(24)) {
                    case 0 -> born(random.nextBoolean() ? storedLife : null);
                    case 1 -> mood = "GBUF".charAt(random.nextInt(4));
                    case 2 -> restart(random.nextBoolean());
                    case 3 -> hear(random.nextInt(seen.size() + 1) - 1);
                    case 4 -> pause();
                    case 5 -> edit();
                    default -> {
                        close();
                        if (random.nextInt(3) > 0) {
                            report();
                        }
                        if (random.nextInt(4) > 0) {
                            hear(seen.size() - 1);
                        }
                    }
                }
                check();
            }
        }

        /**
         * A new life of the prober; without its predecessor's report its epoch says nothing of its age, and its numbers
         * nothing of the other's.
         */
        void born(BudgetOracle.Life before) {
            boolean known = before != null && storedLife == before && stored != null;
            long epoch = known ? before.epoch + 1 : 1 + random.nextLong(1L << 50);
            life = new BudgetOracle.Life(epoch, known ? before.last() + 2 : random.nextInt(1_000_000_000), known ? copy(before) : null);
            lifeBegan = time;
            reportFrom = known ? stored.firstSlice() : life.first;
            sequence = 0;
        }

        /** As it was when it reported last: what came after died with it. */
        BudgetOracle.Life copy(BudgetOracle.Life of) {
            of.closed.setLength((int) Math.max(0, stored.lastSlice() - of.first + 1));
            return of;
        }

        void close() {
            while (life.first + life.closed.length() < life.first + (time - lifeBegan) / slice) {
                life.closed.append(mood == 'F' ? "GB".charAt(life.closed.length() & 1) : random.nextInt(12) == 0 ? "GBU".charAt(random.nextInt(3)) : mood);
            }
        }

        void report() {
            if (life.closed.isEmpty()) {
                return;
            }
            if (random.nextInt(20) == 0) {
                // It had to forget.
                reportFrom = Math.max(reportFrom, life.last() - random.nextInt(10));
            }
            List<SliceState> states = new ArrayList<>();
            for (long n = reportFrom; n <= life.last(); n++) {
                states.add(BudgetFixtures.states(String.valueOf(life.at(n))).getFirst());
            }
            stored = new ProbeReport(BudgetFixtures.REF, life.epoch, ++sequence, slice, reportFrom, life.last(), BudgetFixtures.spans(reportFrom, states), 100L, null, 0, 0, null,
                    false, null, life.first, life.before == null ? null : life.before.epoch, 0L, null);
            storedLife = life;
            seen.add(stored);
            seenLives.add(life);
        }

        void hear(int which) {
            if (which < 0) {
                return;
            }
            ProbeReport report = seen.get(which);
            BudgetOracle.Life of = seenLives.get(which);
            if (of != life && of != storedLife) {
                // Of a life before the last: an informer does not go back that far.
                return;
            }
            long passed = (time - newsAt) / slice;
            PausedSlices paused = new PausedSlices(oracle.pausedFrom, oracle.pausedTo);
            BudgetLedger next = ledger.fold(report, policy, paused, Duration.ofSeconds(time - newsAt), whole);
            boolean news = oracle.hear(of, report.firstSlice(), report.lastSlice(), passed, 240 / slice + 1, whole);
            assertThat(next != ledger).as("news").isEqualTo(news);
            if (news) {
                newsAt = time;
                whole = true;
            }
            ledger = next;
            if (random.nextBoolean()) {
                write();
            }
        }

        void write() {
            status = ledger.written();
            writtenOracle = oracle.copy();
        }

        /** Another process: what was not written is forgotten, and its clock begins now. */
        void restart(boolean written) {
            if (written || status == null) {
                write();
            }
            ledger = BudgetLedger.read(status);
            oracle = writtenOracle.copy();
            oracle.pausedFrom = Long.MAX_VALUE;
            oracle.pausedTo = Long.MIN_VALUE;
            pausing = false;
            newsAt = time;
            whole = false;
        }

        void pause() {
            BudgetView view = BudgetView.of(ledger, policy, null, null, new Hearing(Duration.ofSeconds(time - newsAt), true, false));
            if (pausing) {
                oracle.pausedTo = view.open();
            } else {
                oracle.pausedFrom = view.open() + 1;
                oracle.pausedTo = Long.MAX_VALUE;
            }
            pausing = !pausing;
        }

        void edit() {
            switch (random.nextInt(3)) {
                case 0 -> {
                    // The budget is removed; what it says later has to do with nothing before.
                    ledger = ledger.parted();
                    oracle.part();
                }
                case 1 -> policy = BudgetFixtures.policy(slice, policy.windowSlices() + random.nextInt(50), "60.0");
                default -> policy = BudgetFixtures.policy(slice, policy.windowSlices(), "90.0");
            }
        }

        void check() {
            assertThat(ledger.last()).as("position of the last slice").isEqualTo(oracle.tape.size());
            BudgetView view = BudgetView.of(ledger, policy, null, null, Hearing.NEWS);
            int kept = (int) (ledger.last() - ledger.first() + 1);
            assertThat(kept).isLessThanOrEqualTo(policy.windowSlices());
            assertThat(view.bad()).as("bad").isEqualTo(oracle.count('B', kept));
            assertThat(view.unknown()).as("unknown").isEqualTo(oracle.count('U', kept));
            assertThat(view.excluded()).as("excluded").isEqualTo(oracle.count('X', kept));
            assertThat(view.measured()).as("measured").isEqualTo(oracle.count('B', kept) + oracle.count('G', kept));
            assertThat(view.shortTerm().bad()).isEqualTo(oracle.count('B', Math.min(3, kept)));
            assertThat(view.longTerm().measured()).isEqualTo(oracle.count('B', Math.min(36, kept)) + oracle.count('G', Math.min(36, kept)));
            long from = ledger.first() + random.nextInt(Math.max(1, kept));
            int bad = 0;
            for (long p = from; p <= ledger.last(); p++) {
                char letter = oracle.tape.get((int) p - 1);
                bad += letter == 'B' ? 1 : 0;
                assertThat(BudgetOracle.letter(ledger.at(p))).isEqualTo(letter);
            }
            assertThat(ledger.count(SliceState.BAD, from, ledger.last())).isEqualTo(bad);
            assertThat(BudgetLedger.read(ledger.written())).isEqualTo(ledger);
        }
    }
}
