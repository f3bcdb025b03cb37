package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.operator.FoldingModel.Look;
import dev.concordat.operator.FoldingModel.Sort;
import dev.concordat.operator.FoldingModel.Told;
import dev.concordat.report.Failure;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Coverage;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.testing.Case;
import dev.concordat.testing.Histories;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/**
 * What a contract says after random checks of any scope, beside {@link FoldingModel}: sweeps whose parts get lost or come twice, deep checks, key
 * ranges, windows, samples, runs that fail, rules and tables that change (also between a run's admission and its Job), restarts, and old
 * runs that are seen again.
 */
class FoldingOracleTest {
    private static final int KEYS = 12;
    private static final int PARTS = 3;
    private static final Scope SWEEP = new Scope(ScopeType.SWEEP, null, null, 33, null, null);
    private static final Scope SAMPLE = new Scope(ScopeType.SAMPLE, null, null, 30, null, null);
    private static final Scope SHORT = new Scope(ScopeType.WINDOW, "updated_at", "2h", null, null, null);
    private static final Scope LONG = new Scope(ScopeType.WINDOW, "updated_at", "4h", null, null, null);
    private static final Scope CREATED = new Scope(ScopeType.WINDOW, "created_at", "4h", null, null, null);
    private static final Scope LOW = new Scope(ScopeType.KEY_RANGE, null, null, null, "2", "6");
    private static final Scope HIGH = new Scope(ScopeType.KEY_RANGE, null, null, null, "6", "10");
    private static final List<Scope> SCOPES = List.of(Scope.FULL, Scope.FULL, SWEEP, SWEEP, SAMPLE, SHORT, LONG, CREATED, LOW, HIGH);
    private static final Map<Scope, Set<Integer>> STRETCHES =
            Map.of(SHORT, Set.of(1, 5, 9), LONG, Set.of(1, 2, 5, 9, 10), CREATED, Set.of(0, 11), LOW, Set.of(2, 3, 4, 5), HIGH, Set.of(6, 7, 8, 9));

    @Property(tries = 1)
    void whatAContractSaysIsWhatItsChecksHaveSeen(@ForAll long seed) {
        Histories.each(seed, FoldingOracleTest::history);
    }

    static void history(Random random) {
        new World(random).live();
    }

    @Test
    @Case(value = "logic A1", before = "InSync=True NoDrift while the deep check's 350 records stand", now = "False until a full check, or a later round")
    void laterPartsOfARoundTakeBackNothingOfADeepCheckMeanwhile() {
        World world = new World(new Random(1), SWEEP, "0ppm");
        world.run(null);
        world.drifting.addAll(Set.of(0, 1, 2));
        world.run(Scope.FULL);
        world.run(null);
        world.run(null);
        assertThat(world.contract.state("InSync")).startsWith("False ");
        assertThat(world.contract.condition("InSync").message()).contains("Check 2 found that 3 of 12 records differ", "does not cover that");
        world.drifting.clear();
        for (int part = 0; part < PARTS - 1; part++) {
            world.run(null);
            assertThat(world.contract.state("InSync")).startsWith("False ");
        }
        world.run(null);
        assertThat(world.contract.state("InSync")).isEqualTo("True NoDrift");
    }

    @Test
    @Case(value = "logic A2", before = "SourceReliable=True \"read every record\"", now = "False until a later round finds none")
    void whatAnEarlierPartFoundUnreliableIsNotForgottenAtTheEndOfTheRound() {
        World world = new World(new Random(1), SWEEP, "0ppm");
        world.unreliable.addAll(Set.of(0, 1));
        world.run(null);
        world.unreliable.clear();
        world.run(null);
        world.run(null);
        assertThat(world.contract.state("SourceReliable")).isEqualTo("False SourceContradictsItself");
        world.run(null);
        world.run(null);
        world.run(null);
        assertThat(world.contract.state("SourceReliable")).isEqualTo("True NoContradiction");
    }

    @Test
    @Case(value = "logic B5", before = "lastFullRunId set at the round's end", now = "not before a round in which every record was decided")
    void whatAnEarlierPartCouldNotDecideIsNotForgottenAtTheEndOfTheRound() {
        World world = new World(new Random(1), SWEEP, "0ppm");
        world.drifting.addAll(Set.of(0, 1));
        world.undecided.add(1);
        world.run(null);
        world.drifting.clear();
        world.undecided.clear();
        world.run(null);
        world.run(null);
        assertThat(world.contract.check.lastFullRunId()).isNull();
        assertThat(world.contract.check.sweep().oldestVerified()).isNull();
        assertThat(world.contract.state("SourceReliable")).isEqualTo("Unknown NoFullCheckYet");
        world.run(null);
        world.run(null);
        world.run(null);
        assertThat(world.contract.check.lastFullRunId()).isEqualTo(6);
    }

    @Test
    void aRoundWithAPartThatNobodyHeardOfIsNoRound() {
        World world = new World(new Random(1), SWEEP, "0ppm");
        world.run(null);
        world.lose(null);
        world.run(null);
        assertThat(world.contract.state("InSync")).isEqualTo("Unknown SweepIncomplete");
        assertThat(world.contract.condition("InSync").message()).contains("Where the sweep's round began is not known, so the next round counts");
    }

    /** The two tables, the worker's sweep, and the contract beside the model. */
    private static final class World {
        final Random random;
        final Scope own;
        final long threshold;
        final FoldedContract contract;
        final FoldingModel model = new FoldingModel();
        final Set<Integer> drifting = new TreeSet<>();
        final Set<Integer> unreliable = new TreeSet<>();
        final Set<Integer> undecided = new TreeSet<>();
        final List<ReconcileJob> runs = new ArrayList<>();
        long id;
        int rules;
        int tables;
        /** Of the rules under which the last run was started or made, counted up whenever that changes. */
        int stretch;
        /** The same of the tables. */
        int place;
        int tablesInForce;
        String inForce;
        int position;
        String positionRules = "";
        /** Whether things go wrong by themselves. */
        boolean trouble;

        World(Random random) {
            this(random, List.of(Scope.FULL, SWEEP, SWEEP, SAMPLE, SHORT, LOW).get(random.nextInt(6)), random.nextInt(3) == 0 ? "400000ppm" : "0ppm");
        }

        World(Random random, Scope own, String threshold) {
            this.random = random;
            this.own = own;
            this.threshold = Long.parseLong(threshold.replace("ppm", ""));
            this.contract = new FoldedContract(own, threshold);
        }

        void live() {
            trouble = true;
            int steps = 4 + random.nextInt(14);
            boolean calm = random.nextBoolean();
            for (int step = 0; step < steps; step++) {
                change(calm);
                int event = random.nextInt(100);
                Scope asked = random.nextInt(5) < 3 ? null : SCOPES.get(random.nextInt(SCOPES.size()));
                if (event < 7) {
                    contract.restarts();
                } else if (event < 11) {
                    rules = 1 - rules;
                } else if (event < 13) {
                    tables = 1 - tables;
                } else if (event < 15) {
                    position = 0;
                } else if (event < 22) {
                    fail(asked);
                } else if (event < 28) {
                    lose(asked);
                } else {
                    run(asked);
                }
            }
        }

        private void change(boolean calm) {
            for (int key = 0; key < KEYS; key++) {
                flip(drifting, key, calm ? 2 : 8);
                flip(unreliable, key, calm ? 0 : 3);
                flip(undecided, key, calm ? 0 : 8);
            }
        }

        private void flip(Set<Integer> keys, int key, int percent) {
            if (keys.contains(key) ? random.nextInt(100) < 40 : random.nextInt(100) < percent) {
                if (!keys.remove(key)) {
                    keys.add(key);
                }
            }
        }

        private String digest() {
            return "rules" + rules + tables;
        }

        /** Rules are in force for a run that starts, or for its Job. */
        private void force() {
            if (!digest().equals(inForce)) {
                inForce = digest();
                place += tables == tablesInForce ? 0 : 1;
                tablesInForce = tables;
                stretch++;
                model.rules();
            }
        }

        private void start(Scope asked) {
            id++;
            force();
            contract.starts(id, asked, digest(), "tables" + tables);
            if (trouble && random.nextInt(20) == 0) {
                rules = 1 - rules;
            }
        }

        /** A run that ends without a verdict. */
        void fail(Scope asked) {
            start(asked);
            Scope scope = asked == null ? own : asked;
            fold(contract.ended(id, asked, scope, report(Verdict.INCOMPLETE, "StoreUnreachable", null, Map.of(), 0), digest(), "tables" + tables));
            assertThat(contract.state("InSync")).isEqualTo("Unknown StoreUnreachable");
        }

        /** A run whose ReconcileJob was deleted, perhaps after its worker had kept where the sweep ended. */
        void lose(Scope asked) {
            start(asked);
            Scope scope = asked == null ? own : asked;
            if (scope.type() == ScopeType.SWEEP && (!trouble || random.nextBoolean())) {
                begin();
                position = (position + 1) % PARTS;
            }
            contract.cancelled();
        }

        private void begin() {
            if (!positionRules.equals(digest())) {
                position = 0;
                positionRules = digest();
            }
        }

        void run(Scope asked) {
            start(asked);
            Scope scope = asked == null ? own : asked;
            int part = -1;
            if (scope.type() == ScopeType.SWEEP) {
                begin();
                part = position;
                // Sometimes where it ended cannot be kept, and the next one covers the same part again.
                position = trouble && random.nextInt(15) == 0 ? position : (position + 1) % PARTS;
            }
            Set<Integer> keys = keys(scope, part);
            Set<Integer> different = both(keys, drifting);
            Set<Integer> open = both(different, undecided);
            different.removeAll(open);
            Set<Integer> contradicted = both(keys, unreliable);
            contradicted.removeAll(different);
            contradicted.removeAll(open);
            boolean decided = !different.isEmpty() || open.isEmpty();
            RunReport report = !decided ? report(Verdict.INCOMPLETE, "Undecided", coverage(scope, part), Map.of("undecided", (long) open.size()), keys.size())
                    : report(!different.isEmpty() ? Verdict.DRIFT : scope.type() == ScopeType.SAMPLE ? Verdict.INCOMPLETE : Verdict.IN_SYNC,
                            different.isEmpty() && scope.type() == ScopeType.SAMPLE ? "SampleOnly" : null, coverage(scope, part),
                            counts(different, contradicted, open), keys.size());
            ReconcileJob run = contract.ended(id, asked, scope, report, digest(), "tables" + tables);
            if (!decided) {
                if (part >= 0) {
                    position = part;
                }
                fold(run);
                assertThat(contract.state("InSync")).isEqualTo("Unknown Undecided");
                return;
            }
            force();
            model.look(new Look(id, scope, part, part == PARTS - 1, keys, different, contradicted, open, stretch, place), asked == null);
            fold(run);
            check(model.looks.getLast());
        }

        private void fold(ReconcileJob run) {
            runs.add(run);
            List<ReconcileJob> seen = new ArrayList<>(random.nextInt(3) == 0 ? runs : List.of(run));
            Collections.shuffle(seen, random);
            contract.visit(seen);
        }

        private Set<Integer> keys(Scope scope, int part) {
            return switch (scope.type()) {
                case FULL -> range(0, KEYS);
                case SWEEP -> range(part * KEYS / PARTS, (part + 1) * KEYS / PARTS);
                case SAMPLE -> IntStream.range(0, 4).mapToObj(i -> random.nextInt(KEYS)).collect(Collectors.toCollection(TreeSet::new));
                case WINDOW, KEY_RANGE -> STRETCHES.get(scope);
            };
        }

        private static Set<Integer> range(int from, int to) {
            return IntStream.range(from, to).boxed().collect(Collectors.toCollection(TreeSet::new));
        }

        private static Set<Integer> both(Set<Integer> a, Set<Integer> b) {
            Set<Integer> both = new TreeSet<>(a);
            both.retainAll(b);
            return both;
        }

        private static Map<String, Long> counts(Set<Integer> different, Set<Integer> contradicted, Set<Integer> open) {
            Map<String, Long> counts = new HashMap<>();
            counts.put("different", (long) different.size());
            counts.put("unreliable", (long) contradicted.size());
            counts.put("undecided", (long) open.size());
            return counts;
        }

        private static Coverage coverage(Scope scope, int part) {
            return scope.type() == ScopeType.FULL ? Coverage.FULL
                    : new Coverage(scope.type().name(), 33, null, null, null, null, part <= 0 ? null : List.of("key " + part),
                            part < 0 || part == PARTS - 1 ? null : List.of("key " + (part + 1)));
        }

        private static RunReport report(Verdict verdict, String reason, Coverage coverage, Map<String, Long> counts, long rows) {
            Failure failure = reason == null ? null : new Failure(reason, null, "words", "remedy", false);
            return new RunReport(null, 0, "pod", RunReport.State.DONE, verdict, failure, null, new RunReport.Progress(100, rows, rows, 1),
                    new RunReport.Rows(rows, rows), counts, null, null, null, null, null, coverage, null, null, null, null, null);
        }

        /** What the contract says after a check with a verdict. */
        private void check(Look last) {
            inSync(last);
            sourceReliable();
            assertThat(contract.check.lastFullRunId()).isEqualTo(model.full == 0 ? null : Long.valueOf(model.full));
            boolean zero = threshold == 0;
            if (zero && contract.condition("InSync").isTrue()) {
                assertThat(model.lastSeen(Sort.DRIFT)).as("keys that were seen to differ when a check looked at them last").isEmpty();
                assertThat(model.known(stretch, true)).as("keys that were looked at").containsAll(STRETCHES.getOrDefault(own, range(0, KEYS)));
            }
            if (contract.condition("SourceReliable").isTrue()) {
                assertThat(model.lastSeen(Sort.UNRELIABLE)).isEmpty();
                assertThat(model.known(stretch, false)).containsAll(range(0, KEYS));
            }
        }

        private void inSync(Look last) {
            String state = contract.state("InSync");
            String message = contract.condition("InSync").message();
            Told told = model.told().stream().max(Comparator.comparing(Told::ppm).thenComparing(Told::records).thenComparing(Told::id)).orElse(null);
            if (told == null) {
                assertThat(contract.drift.records()).isZero();
                assertThat(contract.drift.consecutiveRuns()).isZero();
            } else {
                told(told, last, message);
            }
            if (told != null && told.ppm() > threshold) {
                assertThat(state).isIn("False DriftFound", "False DriftPersists");
                return;
            }
            if (told != null && new Told(0, told.records() + told.undecided(), told.rows(), 0, null).ppm() > threshold) {
                assertThat(state).isEqualTo("Unknown Undecided");
                return;
            }
            if (told == null && last.part() < 0 && last.scope().type() != ScopeType.SAMPLE) {
                assertThat(message).contains("Check " + last.id() + ": none of " + last.keys().size() + " records differs");
            }
            boolean asked = model.full != 0 || model.covered || last.scope().type() == ScopeType.FULL || last.scope().equals(own) && STRETCHES.containsKey(own)
                    || own == SHORT && last.scope().equals(LONG);
            if (last.scope().type() == ScopeType.SAMPLE) {
                assertThat(state).isEqualTo("Unknown SampleOnly");
            } else if (last.part() >= 0 && model.full == 0) {
                assertThat(state).isEqualTo("Unknown SweepIncomplete");
                assertThat(message).contains(model.round() == null ? "Where the sweep's round began is not known"
                        : last.last() ? "The first round is done, but for the records that could not be decided" : (last.part() + 1) * 33 + " % of the first round is done");
            } else if (!asked) {
                assertThat(state).isEqualTo("Unknown PartOnly");
                assertThat(message).contains("What the contract asks for (" + Scopes.text(own) + ") has not been compared yet");
            } else {
                assertThat(state).isEqualTo(told == null ? "True NoDrift" : "True WithinThreshold");
                everything(last, message);
            }
        }

        private void told(Told told, Look last, String message) {
            assertThat(contract.drift.records()).isEqualTo(told.records());
            assertThat(contract.drift.ppm()).isEqualTo(told.ppm());
            assertThat(contract.drift.runId()).isEqualTo(told.id());
            assertThat(contract.drift.report()).isEqualTo("orders-" + told.id() + "-report");
            assertThat(message).contains(String.format(Locale.ROOT, "%d of %d records differ", told.records(), told.rows()));
            if (told.undecided() > 0) {
                assertThat(message).contains(told.undecided() + " more could not be decided");
            }
            if (told.since() != null && told.since().equals(model.round())) {
                assertThat(message).contains("in the " + (last.last() ? 100 : (last.part() + 1) * 33) + " % that the sweep's round has compared since check " + told.since());
            } else if (told.id() != last.id()) {
                assertThat(message).contains("Check " + told.id() + " found that ", "Check " + last.id() + " (", "does not cover that");
            }
        }

        private void everything(Look last, String message) {
            if (last.scope().type() == ScopeType.FULL) {
                return;
            }
            assertThat(message).contains(own == SWEEP && model.verified != 0 ? "Every record was compared at " + FoldedContract.at(model.verified) + " or later"
                    : model.full == 0 ? "No check has compared every record yet"
                    : "Every record was last compared by check " + model.full + ", at " + FoldedContract.at(model.full));
        }

        private void sourceReliable() {
            List<Look> unreliable = model.standing(Sort.UNRELIABLE);
            String state = contract.state("SourceReliable");
            String message = contract.condition("SourceReliable").message();
            if (!unreliable.isEmpty()) {
                assertThat(state).isEqualTo("False SourceContradictsItself");
                assertThat(message).contains("Check " + unreliable.getLast().id() + ":");
            } else if (model.full != 0) {
                assertThat(state).isEqualTo("True NoContradiction");
                assertThat(message).contains("by the end of check " + model.full);
            } else {
                assertThat(state).isEqualTo("Unknown NoFullCheckYet");
            }
        }
    }
}
