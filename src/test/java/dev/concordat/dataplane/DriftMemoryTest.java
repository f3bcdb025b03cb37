package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.dataplane.DriftMemory.Age;
import dev.concordat.dataplane.DriftMemory.Cover;
import dev.concordat.dataplane.DriftMemory.Entry;
import dev.concordat.dataplane.DriftMemory.Folded;
import dev.concordat.dataplane.DriftMemory.Run;
import dev.concordat.report.RunReport.Memory;
import dev.concordat.report.RunReport.Seen;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DriftMemoryTest {
    private static final Cover ALL = new Cover.All();
    private static final Instant START = Instant.parse("2026-11-21T10:00:00Z");

    private DriftMemory memory = DriftMemory.empty("orders");

    /** Run {@code id}, an hour after the one before it, that saw these records differ. */
    private static Run run(long id, Cover cover, Long... drifted) {
        return new Run(id, START.plusSeconds(3600 * id), cover, Set.of(drifted), drifted.length, Set.of());
    }

    private Memory fold(Run run) {
        Folded folded = memory.fold(run);
        memory = folded.memory();
        return folded.numbers();
    }

    @Test
    void aRecordIsFreshThenPersistentThenResolvedAndWhenItComesBackItRecurs() {
        assertThat(fold(run(1, ALL, 7L))).isEqualTo(new Memory(0, 1, 0, 0, 1L, "2026-11-21T11:00:00Z", null, 0));
        assertThat(fold(run(2, ALL, 7L, 8L))).isEqualTo(new Memory(1, 1, 0, 0, 1L, "2026-11-21T11:00:00Z", null, 0));
        assertThat(memory.seen(7, 3)).as("as run 3 sees it").isEqualTo(new Seen(1, "2026-11-21T11:00:00Z", 3, 0));
        assertThat(fold(run(3, ALL))).as("both agree again").isEqualTo(new Memory(0, 0, 2, 0, null, null, 3600L, 0));
        assertThat(fold(run(4, ALL))).as("resolved once").isEqualTo(new Memory(0, 0, 0, 0, null, null, 3600L, 0));
        assertThat(memory.seen(7, 5)).isEqualTo(new Seen(5, null, 1, 1));
        assertThat(fold(run(5, ALL, 7L))).as("back: neither fresh nor persistent").isEqualTo(new Memory(0, 0, 0, 1, 5L, "2026-11-21T15:00:00Z", 3600L, 0));
        assertThat(fold(run(6, ALL, 7L))).as("and it stays").isEqualTo(new Memory(1, 0, 0, 1, 5L, "2026-11-21T15:00:00Z", 7200L, 0));
        assertThat(memory.seen(9, 7)).as("never seen").isEqualTo(new Seen(7, null, 1, 0));
    }

    @Test
    void anOlderRunIsRefusedAndTheSameRunAgainChangesNothing() {
        fold(run(4, ALL, 1L, 2L));
        fold(run(5, ALL, 1L));
        DriftMemory before = memory;
        assertThat(memory.fold(run(4, ALL)).numbers()).as("older").isNull();
        assertThat(memory.fold(run(4, ALL)).memory()).isSameAs(before);
        Folded again = memory.fold(run(5, ALL, 1L));
        assertThat(again.memory()).isSameAs(before);
        assertThat(again.numbers().persistent()).as("as its first attempt had counted").isEqualTo(1);
        assertThat(memory.seen(1, 5)).isEqualTo(new Seen(4, "2026-11-21T14:00:00Z", 2, 0));
    }

    @Test
    void aRunThatLooksAtSomeRecordsResolvesNothing() {
        fold(run(1, ALL, 1L, 2L));
        assertThat(fold(run(2, new Cover.Some(), 1L))).isEqualTo(new Memory(1, 0, 0, 0, 1L, "2026-11-21T11:00:00Z", null, 0));
        assertThat(fold(run(3, ALL, 2L))).as("2 is persistent: no run in between had looked at it").isEqualTo(new Memory(1, 0, 1, 0, 1L, "2026-11-21T11:00:00Z", 7200L, 0));
    }

    @Test
    void aRangeResolvesWhatTheSameRangeHadSeen() {
        Cover range = new Cover.Range("a");
        fold(run(1, ALL, 1L));
        fold(run(2, range, 2L, 3L));
        assertThat(fold(run(3, new Cover.Range("b"))).resolved()).as("another range").isZero();
        assertThat(fold(run(4, range, 3L)).resolved()).as("2 lies in it; of 1 nobody knows").isEqualTo(1);
        assertThat(fold(run(5, ALL, 3L)).resolved()).isEqualTo(1);
        assertThat(fold(run(6, range)).resolved()).as("a full check takes nothing of what is known of 3").isEqualTo(1);
    }

    @Test
    void aSweepResolvesAtItsEndWhatItHasNotSeenSinceItsStart() {
        fold(run(1, ALL, 1L, 2L));
        assertThat(fold(run(2, new Cover.Part(null, "k"), 1L)).resolved()).isZero();
        assertThat(fold(run(3, new Cover.Part("k", "p"))).resolved()).isZero();
        assertThat(fold(run(4, new Cover.Part("p", null))).resolved()).as("2 has been passed; 1 still differed").isEqualTo(1);
        assertThat(fold(run(5, new Cover.Part(null, "k"))).resolved()).isZero();
        assertThat(fold(run(6, new Cover.Part("m", null))).resolved()).as("a part was left out").isZero();
        assertThat(fold(run(7, new Cover.Part(null, null))).resolved()).as("all of it in one run").isEqualTo(1);
    }

    @Test
    void aRecordThatCouldNotBeJudgedIsNotResolved() {
        fold(run(1, ALL, 1L, 2L));
        Folded folded = memory.fold(new Run(2, START.plusSeconds(7200), ALL, Set.of(), 0, Set.of(1L)));
        assertThat(folded.numbers().resolved()).isEqualTo(1);
        assertThat(folded.memory().fold(run(3, ALL, 1L)).numbers().persistent()).isEqualTo(1);
    }

    @Test
    void theHalfLifeCountsWhatHasNotGoneYet() {
        // The example of the product-limit estimate by hand: 10 in all, 4 gone after 60 s, 1 after 300 s, 5 still there for up to 600 s.
        Map<Long, Entry> records = new HashMap<>();
        for (long key = 1; key <= 5; key++) {
            records.put(key, new Entry(1, 0, 2, key == 1 ? 120 : 600, 2, 0, true, ""));
        }
        assertThat(new DriftMemory("", 2, records, List.of(new Age(60, 4)), null).halfLife()).as("four of nine are no half").isNull();
        // S(60) = 1 - 4/10; one censored at 120; S(300) = 0.6 * (1 - 1/5) = 0.48.
        assertThat(new DriftMemory("", 2, records, List.of(new Age(60, 4), new Age(300, 1)), null).halfLife()).isEqualTo(300);
        assertThat(new DriftMemory("", 2, Map.of(), List.of(new Age(60, 1), new Age(90, 1)), null).halfLife()).isEqualTo(60);
        assertThat(DriftMemory.empty("").halfLife()).isNull();
        // 9/10 * 7/9 * 5/7 is a half, and 0.5000000000000001 in doubles.
        Map<Long, Entry> five = new HashMap<>();
        for (long key = 1; key <= 5; key++) {
            five.put(key, new Entry(1, 0, 2, 600, 2, 0, true, ""));
        }
        assertThat(new DriftMemory("", 2, five, List.of(new Age(60, 1), new Age(90, 2), new Age(120, 2)), null).halfLife()).isEqualTo(120);
    }

    @Test
    void beyondTheBoundTheSameRecordsAreKeptAndTheRestIsCounted() {
        Set<Long> many = LongStream.range(0, 9_000).mapToObj(i -> DriftMemory.key(List.of("" + i))).collect(Collectors.toSet());
        Memory first = fold(new Run(1, START, ALL, many, 9_000, Set.of()));
        assertThat(first).isEqualTo(new Memory(0, DriftMemory.RECORDS, 0, 0, 1L, "2026-11-21T10:00:00Z", null, 4_000));
        Memory second = fold(new Run(2, START.plusSeconds(60), ALL, many, 9_000, Set.of()));
        assertThat(second.persistent()).isEqualTo(DriftMemory.RECORDS);
        assertThat(second.forgotten()).isEqualTo(4_000);
        assertThat(fold(new Run(3, START.plusSeconds(120), ALL, Set.of(), 0, Set.of())).resolved()).isEqualTo(DriftMemory.RECORDS);

        Set<Long> others = LongStream.range(9_000, 20_000).mapToObj(i -> DriftMemory.key(List.of("" + i))).collect(Collectors.toSet());
        Memory burst = fold(new Run(4, START.plusSeconds(180), ALL, others, 11_000, Set.of()));
        assertThat(burst.fresh()).as("room is kept for what had gone").isEqualTo(DriftMemory.RECORDS - DriftMemory.KEPT_FREE);
        assertThat(memory.records().values().stream().filter(entry -> !entry.present())).hasSize(DriftMemory.KEPT_FREE);
    }

    @Test
    void aFullMemoryIsFarFromWhatAConfigMapHolds() {
        Set<Long> many = LongStream.range(0, 5_000).mapToObj(i -> DriftMemory.key(List.of("" + i))).collect(Collectors.toSet());
        Cover range = new Cover.Range(DriftMemory.name(List.of("a", "b")));
        fold(new Run(8_999_999_999L, START, range, many, 5_000, Set.of()));
        for (long id = 0; id < 600; id++) {
            fold(new Run(9_000_000_000L + id, START.plusSeconds(id * 7), range, id % 2 == 0 ? Set.of() : many, 5_000, Set.of()));
        }
        assertThat(memory.write().length()).isBetween(300_000, 600_000);
        assertThat(DriftMemory.read(memory.write(), "orders")).isEqualTo(memory);
    }

    @Test
    void aMemoryOfSomethingElseIsGivenUpAndADamagedOneIsAnError() {
        fold(run(1, ALL, 1L));
        assertThat(DriftMemory.read(memory.write(), "orders")).isEqualTo(memory);
        assertThat(DriftMemory.read(memory.write(), "invoices")).isEqualTo(DriftMemory.empty("invoices"));
        assertThat(DriftMemory.read(memory.write().replace("\"format\":1", "\"format\":2"), "orders")).isEqualTo(DriftMemory.empty("orders"));
        assertThatThrownBy(() -> DriftMemory.read("{", "orders")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DriftMemory.read(memory.write().replace(" P", ""), "orders")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DriftMemory.read("{\"format\":1,\"subject\":\"orders\"}", "orders")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keysAreToldApartByTheirParts() {
        assertThat(List.of(DriftMemory.key(List.of("a", "bc")), DriftMemory.key(List.of("ab", "c")), DriftMemory.key(List.of("abc")), DriftMemory.key(List.of("abc", "")),
                DriftMemory.key(List.of("", "abc")))).doesNotHaveDuplicates();
        assertThat(DriftMemory.key(List.of("17"))).as("the same in every version: memories outlive programs").isEqualTo(0x3434825d0ff4c6d8L);
    }

    // Against a model that forgets nothing.

    record Step(Cover cover, Set<Long> drifted, Set<Long> unsettled) {}

    @Provide
    Arbitrary<List<Step>> history() {
        Arbitrary<Set<Long>> keys = Arbitraries.longs().between(1, 12).set().ofMaxSize(8);
        Arbitrary<Cover> cover = Arbitraries.frequency(Tuple.of(4, (Cover) ALL), Tuple.of(1, (Cover) new Cover.Some()));
        return Combinators.combine(cover, keys, keys).as((c, drifted, unsettled) -> new Step(c, drifted, unsettled.stream().filter(k -> !drifted.contains(k)).collect(Collectors.toSet())))
                .list().ofMaxSize(12);
    }

    @Property
    void theNumbersAreThoseOfAModelThatKeepsEveryRun(@ForAll("history") List<Step> history) {
        DriftMemory memory = DriftMemory.empty("orders");
        Map<Long, Boolean> differs = new HashMap<>();
        Set<Long> recurred = new HashSet<>();
        long id = 0;
        for (Step step : history) {
            id++;
            Folded folded = memory.fold(new Run(id, START.plusSeconds(id), step.cover, step.drifted, step.drifted.size(), step.unsettled));
            long persistent = step.drifted.stream().filter(key -> differs.getOrDefault(key, false)).count();
            long fresh = step.drifted.stream().filter(key -> !differs.containsKey(key)).count();
            step.drifted.stream().filter(key -> !differs.getOrDefault(key, true)).forEach(recurred::add);
            Set<Long> gone = step.cover instanceof Cover.All
                    ? differs.keySet().stream().filter(key -> differs.get(key) && !step.drifted.contains(key) && !step.unsettled.contains(key)).collect(Collectors.toSet()) : Set.of();
            step.drifted.forEach(key -> differs.put(key, true));
            gone.forEach(key -> differs.put(key, false));
            Memory numbers = folded.numbers();
            assertThat(numbers.persistent()).isEqualTo(persistent);
            assertThat(numbers.fresh()).isEqualTo(fresh);
            assertThat(numbers.resolved()).isEqualTo(gone.size());
            assertThat(numbers.recurring()).isEqualTo(step.drifted.stream().filter(recurred::contains).count());
            assertThat(numbers.forgotten()).isZero();
            memory = DriftMemory.read(folded.memory().write(), "orders");
            assertThat(memory).isEqualTo(folded.memory());
        }
    }

    @Property
    void withinABoundTheNumbersAreLowerBoundsAndWhatIsNotHeldIsCounted(@ForAll("history") List<Step> history, @ForAll @IntRange(min = 1, max = 6) int bound) {
        DriftMemory bounded = DriftMemory.empty("orders");
        DriftMemory unbounded = bounded;
        long id = 0;
        for (Step step : history) {
            id++;
            Run run = new Run(id, START.plusSeconds(id), step.cover, step.drifted, step.drifted.size(), step.unsettled);
            Folded less = bounded.fold(run, bound, bound / 3);
            Folded all = unbounded.fold(run);
            assertThat(less.memory().records()).hasSizeLessThanOrEqualTo(bound);
            assertThat(less.numbers().persistent()).isLessThanOrEqualTo(all.numbers().persistent());
            assertThat(less.numbers().recurring()).isLessThanOrEqualTo(all.numbers().recurring());
            assertThat(less.numbers().resolved()).isLessThanOrEqualTo(all.numbers().resolved());
            DriftMemory held = less.memory();
            assertThat(step.drifted.stream().filter(held.records()::containsKey).count() + less.numbers().forgotten()).isEqualTo(step.drifted.size());
            bounded = less.memory();
            unbounded = all.memory();
        }
    }
}
