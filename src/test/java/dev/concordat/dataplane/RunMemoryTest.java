package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.dataplane.DriftMemory.Cover;
import dev.concordat.drift.Outcome;
import dev.concordat.report.Json;
import dev.concordat.report.RunOrder;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Coverage;
import dev.concordat.report.RunReport.Kind;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.testing.Case;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunMemoryTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    private String kept;

    private final RunMemory.Store store = new RunMemory.Store() {
        @Override
        public String read() {
            return kept;
        }

        @Override
        public void write(String json) {
            kept = json;
        }
    };

    private static RunOrder order(long runId, String key) {
        SyncContractSpec spec = Json.read("""
                {"version":"1.0.0","owner":{"team":"shop"},"source":{"system":"a","store":{"type":"PostgreSQL","host":"a","port":1,"database":"a","table":"a"}},
                 "target":{"system":"b","store":{"type":"MariaDB","host":"b","port":1,"database":"b","table":"b"}},"record":{"key":["%s"]},"verification":{"schedule":{"every":"1m"}}}""".formatted(key),
                SyncContractSpec.class);
        return new RunOrder(ReportClientTest.CONTRACT, runId, null, null, spec);
    }

    private static Outcome outcome(Verdict verdict, Map<String, Long> counts, RunReport.Record... records) {
        return new Outcome(verdict, null, false, new RunReport.Rows(9, 9), counts, List.of(records), List.of(), List.of(), List.of(), List.of(), Coverage.FULL, "", Outcome.Earlier.NONE, "", Map.of(), Map.of());
    }

    /** A run of a contract with key {@code id} that sees these records differ. */
    private RunMemory run(long runId, String... drifted) {
        RunMemory memory = new RunMemory(order(runId, "id"), store);
        for (String id : drifted) {
            memory.drift(List.of(id), new RunReport.Record(Map.of("id", id), Kind.DIFFERENT, null, null, memory.seen(List.of(id))));
        }
        return memory;
    }

    private static Outcome drift(long records) {
        return outcome(records == 0 ? Verdict.IN_SYNC : Verdict.DRIFT, Map.of("different", records));
    }

    @Test
    void whatOneRunKeepsTheNextOneKnows() {
        RunMemory first = run(1, "7");
        assertThat(first.end(drift(1), false, NOW).numbers().fresh()).isEqualTo(1);
        RunMemory second = run(2, "7", "8");
        assertThat(second.seen(List.of("7"))).isEqualTo(new RunReport.Seen(1, "2026-11-21T12:00:00Z", 2, 0));
        assertThat(second.end(drift(2), false, NOW).numbers().persistent()).isEqualTo(1);
        assertThat(run(3).end(drift(0), false, NOW).numbers().resolved()).isEqualTo(2);
    }

    @Test
    @Case(value = "logic B10", before = "the first check of new tables pages DriftPersists", now = "another table, host or rule begins a memory of its own")
    void otherTablesHaveAMemoryOfTheirOwn() {
        run(1, "7").end(drift(1), false, NOW);
        RunOrder before = order(2, "id");
        String json = Json.write(before.spec());
        for (String other : List.of(json.replace("\"table\":\"a\"", "\"table\":\"a2\""), json.replace("\"host\":\"b\"", "\"host\":\"b2\""),
                json.replace("\"database\":\"a\"", "\"database\":\"a2\""))) {
            assertThat(other).isNotEqualTo(json);
            RunOrder now = new RunOrder(before.contract(), 2, null, null, Json.read(other, SyncContractSpec.class));
            RunMemory memory = new RunMemory(now, store);
            memory.drift(List.of("7"), new RunReport.Record(Map.of("id", "7"), Kind.DIFFERENT, null, null, memory.seen(List.of("7"))));
            assertThat(memory.seen(List.of("7")).runs()).isEqualTo(1);
        }
        assertThat(run(3, "7").seen(List.of("7")).runs()).as("the same tables").isEqualTo(2);
    }

    @Test
    void whatWasToldBeforeTheScanBeganAnewIsForgotten() {
        run(1, "7").end(drift(1), false, NOW);
        RunMemory second = run(2, "7", "8");
        second.restarted();
        second.drift(List.of("9"), new RunReport.Record(Map.of("id", "9"), Kind.DIFFERENT, null, null, second.seen(List.of("9"))));
        RunReport.Memory numbers = second.end(drift(1), false, NOW).numbers();
        assertThat(numbers.resolved()).as("7, which the second scan did not find").isEqualTo(1);
        assertThat(numbers.fresh()).isEqualTo(1);
        assertThat(numbers.persistent()).isZero();
    }

    @Test
    void evidenceGetsTheTimeOfTheRunThatFirstSawIt() {
        RunMemory memory = run(1);
        RunReport.Record record = new RunReport.Record(Map.of("id", "7"), Kind.DIFFERENT, null, null, memory.seen(List.of("7")));
        assertThat(memory.end(outcome(Verdict.DRIFT, Map.of("different", 1L), record), false, NOW).records().getFirst().seen()).isEqualTo(new RunReport.Seen(1, "2026-11-21T12:00:00Z", 1, 0));
    }

    @Test
    void aRunThatCouldNotJudgeARecordOrDoesNotKnowWhichResolvesNoneOfThem() {
        run(1, "7", "8").end(drift(2), false, NOW);
        RunMemory named = run(2);
        named.unsettled(List.of("7"), "hot");
        assertThat(named.end(outcome(Verdict.IN_SYNC, Map.of("hot", 1L)), false, NOW).numbers().resolved()).as("8 agrees, 7 was named").isEqualTo(1);
        assertThat(run(3).end(outcome(Verdict.IN_SYNC, Map.of("undecided", 1L)), false, NOW).numbers().resolved()).as("which one was not said").isZero();
        assertThat(run(4).end(drift(0), true, NOW).numbers().resolved()).as("an earlier attempt may have seen it").isZero();
        assertThat(run(5).end(drift(0), false, NOW).numbers().resolved()).isEqualTo(1);
    }

    @Test
    @Case(value = "logic C", before = "five records Different, then the same five hot: InSync=True", now = "Undecided until a check has seen that they agree")
    void recordsThatDifferedAndKeepChangingAreNotInSync() {
        run(1, "1", "2", "3", "4", "5").end(drift(5), false, NOW);
        RunMemory second = run(2);
        List.of("1", "2", "3", "4", "5", "6").forEach(id -> second.unsettled(List.of(id), id.equals("5") ? "inFlight" : "hot"));
        Outcome found = outcome(Verdict.IN_SYNC, Map.of("hot", 5L, "inFlight", 1L, "undecided", 0L));
        Outcome after = found.unproven(second.end(found, false, NOW).unproven());
        assertThat(after.verdict()).isEqualTo(Verdict.INCOMPLETE);
        assertThat(after.failure().reason()).isEqualTo("Undecided");
        assertThat(after.counts()).as("6 never differed").isEqualTo(Map.of("hot", 1L, "inFlight", 0L, "undecided", 5L));

        // The next one sees them agree.
        Outcome agreed = drift(0);
        RunMemory.Ended third = run(3).end(agreed, false, NOW);
        assertThat(third.numbers().resolved()).isEqualTo(5);
        assertThat(agreed.unproven(third.unproven())).isSameAs(agreed);
        RunMemory fourth = run(4);
        fourth.unsettled(List.of("1"), "hot");
        Outcome hot = outcome(Verdict.IN_SYNC, Map.of("hot", 1L));
        assertThat(hot.unproven(fourth.end(hot, false, NOW).unproven()).verdict()).as("it agreed in between").isEqualTo(Verdict.IN_SYNC);
    }

    @Test
    void besideOtherDriftTheyAreCountedAsUndecided() {
        run(1, "1", "2").end(drift(2), false, NOW);
        RunMemory second = run(2, "1");
        second.unsettled(List.of("2"), "unreliable");
        Outcome found = outcome(Verdict.DRIFT, Map.of("different", 1L, "unreliable", 1L, "undecided", 0L));
        Outcome after = found.unproven(second.end(found, false, NOW).unproven());
        assertThat(after.verdict()).isEqualTo(Verdict.DRIFT);
        assertThat(after.failure()).isNull();
        assertThat(after.counts()).as("the source contradicts itself all the same").isEqualTo(Map.of("different", 1L, "unreliable", 1L, "undecided", 1L));
    }

    @Test
    void whatAnEarlierAttemptCouldNotJudgeMayBeAnyOfThem() {
        run(1, "1", "2").end(drift(2), false, NOW);
        Outcome found = outcome(Verdict.IN_SYNC, Map.of("hot", 7L, "undecided", 0L));
        Outcome after = found.unproven(run(2).end(found, true, NOW).unproven());
        assertThat(after.verdict()).isEqualTo(Verdict.INCOMPLETE);
        assertThat(after.counts()).isEqualTo(Map.of("hot", 5L, "undecided", 2L));
    }

    @Test
    void aRunWithoutAVerdictOrWithNothingNewWritesNothing() {
        run(1).end(drift(0), false, NOW);
        assertThat(kept).as("nothing to remember").isNull();
        run(2, "7").end(drift(1), false, NOW);
        String before = kept;
        assertThat(run(3, "8").end(outcome(Verdict.INCOMPLETE, Map.of()), false, NOW).numbers()).isNull();
        assertThat(kept).isEqualTo(before);
    }

    @Test
    void aMemoryThatCannotBeReadOrWrittenIsAWarningAndNoFailure() {
        run(1, "7").end(drift(1), false, NOW);
        String before = kept;
        RunMemory.Store broken = new RunMemory.Store() {
            @Override
            public String read() {
                throw new IllegalStateException("no route to host");
            }

            @Override
            public void write(String json) {
                kept = json;
            }
        };
        RunMemory unread = new RunMemory(order(2, "id"), broken);
        unread.drift(List.of("7"), new RunReport.Record(Map.of("id", "7"), Kind.DIFFERENT, null, null, null));
        RunMemory.Ended ended = unread.end(drift(1), false, NOW);
        assertThat(ended.numbers()).isNull();
        assertThat(ended.warnings()).singleElement().satisfies(warning -> assertThat(warning.text()).contains("ContractRecord orders could not be read", "no route to host"));
        assertThat(kept).as("what was not read is not replaced").isEqualTo(before);

        RunMemory unwritten = new RunMemory(order(2, "id"), new RunMemory.Store() {
            @Override
            public String read() {
                return before;
            }

            @Override
            public void write(String json) {
                throw new IllegalStateException("forbidden");
            }
        });
        RunMemory.Ended other = unwritten.end(drift(0), false, NOW);
        assertThat(other.numbers().resolved()).isEqualTo(1);
        assertThat(other.warnings()).extracting("reason").containsExactly("DriftMemoryUnwritable");
    }

    @Test
    void anotherKeyBeginsAnew() {
        run(1, "7").end(drift(1), false, NOW);
        RunMemory memory = new RunMemory(order(2, "customer_id"), store);
        memory.drift(List.of("7"), new RunReport.Record(Map.of("customer_id", "7"), Kind.DIFFERENT, null, null, null));
        assertThat(memory.end(drift(1), false, NOW).numbers().fresh()).isEqualTo(1);
    }

    @Test
    void whatAScopeLooksAt() {
        Coverage part = new Coverage("Sweep", 10, null, null, null, null, List.of("'10'"), null);
        assertThat(RunMemory.cover(Scope.FULL, Coverage.FULL)).isEqualTo(new Cover.All());
        assertThat(RunMemory.cover(new Scope(ScopeType.KEY_RANGE, null, null, null, "a", null), part)).isEqualTo(RunMemory.cover(new Scope(ScopeType.KEY_RANGE, null, null, null, "a", null), part))
                .isNotEqualTo(RunMemory.cover(new Scope(ScopeType.KEY_RANGE, null, null, null, null, "a"), part));
        assertThat(RunMemory.cover(new Scope(ScopeType.SWEEP, null, null, 10, null, null), part)).isEqualTo(new Cover.Part(DriftMemory.name(List.of("'10'")), null));
        assertThat(RunMemory.cover(new Scope(ScopeType.WINDOW, "updated_at", "2h", null, null, null), part)).isEqualTo(new Cover.Some());
        assertThat(RunMemory.cover(new Scope(ScopeType.SAMPLE, null, null, 1, null, null), part)).isEqualTo(new Cover.Some());
    }
}
