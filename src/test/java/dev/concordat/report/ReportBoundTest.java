package dev.concordat.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.concordat.report.RunReport.Contradiction;
import dev.concordat.report.RunReport.Field;
import dev.concordat.report.RunReport.FieldCount;
import dev.concordat.report.RunReport.GapCount;
import dev.concordat.report.RunReport.Kind;
import dev.concordat.report.RunReport.Omitted;
import dev.concordat.report.RunReport.Partition;
import dev.concordat.report.RunReport.Reads;
import dev.concordat.report.RunReport.Record;
import dev.concordat.report.RunReport.Verdict;
import dev.concordat.testing.Case;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** A report is bounded as the API server counts it, and a verdict always fits. */
class ReportBoundTest {
    private static final int MIB = 1 << 20;
    /** One of each kind of text that takes more room than it has characters: three bytes, four, and six where JSON or Go escapes it. */
    private static final List<String> ALPHABET = List.of("a", "\u4e2d", "\ud83d\ude00", "\u0001", "<", "\u2028", "\"", "\\");

    @Test
    @Case(value = "logic A5", before = "150 records with 32 texts of 256 Chinese characters: report refused, WorkerCrashed for ever", now = "the report fits, says 150 counted and how many are left out")
    void wideRecordsOfWideCharacters() {
        RunReport report = report(Map.of("different", 150L), IntStream.range(0, 150).mapToObj(i -> record(i, 32, "\u4e2d".repeat(256))).toList(), List.of());
        assertThat(bytes(report)).isGreaterThan(MIB);
        RunReport bounded = ReportBound.API_SERVER.of(report, 150);
        assertThat(bytes(bounded)).isLessThan(MIB);
        assertThat(bounded.verdict()).isEqualTo(Verdict.DRIFT);
        assertThat(bounded.drifted()).isEqualTo(150);
        assertThat(bounded.records()).isNotEmpty().isEqualTo(report.records().subList(0, bounded.records().size()));
        assertThat(bounded.omitted()).isEqualTo(new Omitted(150 - bounded.records().size(), 0, 0, 0, 0, 0));
    }

    @Test
    @Case(value = "logic A5", before = "a wide view that contradicts itself: report refused, WorkerCrashed for ever", now = "contradictions get a third of the room, the rest is counted")
    void contradictionsOfAWideView() {
        List<Contradiction> many = IntStream.range(0, 20).mapToObj(i -> contradiction(i, 32, "\u4e2d".repeat(256))).toList();
        RunReport report = report(Map.of("different", 100L, "unreliable", 5_000L), IntStream.range(0, 100).mapToObj(i -> record(i, 32, "\u4e2d".repeat(100))).toList(), many);
        assertThat(bytes(report)).isGreaterThan(MIB);
        RunReport bounded = ReportBound.API_SERVER.of(report, 100);
        assertThat(bytes(bounded)).isLessThan(MIB);
        assertThat(bounded.contradictions()).isNotEmpty().hasSizeLessThan(20);
        assertThat(bounded.records()).as("room is left for them").hasSizeGreaterThan(30);
        assertThat(bounded.omitted().contradictions()).isEqualTo(5_000 - bounded.contradictions().size());
    }

    @Test
    void whatFitsIsLeftAsItIs() {
        RunReport report = report(Map.of("different", 2L), List.of(record(1, 2, "x"), record(2, 2, "y")), List.of());
        assertThat(ReportBound.API_SERVER.of(report, 100)).isEqualTo(report);
        assertThat(report.omitted()).isNull();
    }

    @Test
    void evidenceThatGotLostOnTheWayIsCountedToo() {
        // An earlier attempt's checkpoint had no room for its records: their counts came through.
        RunReport report = report(Map.of("different", 500L), List.of(record(1, 1, "x")), List.of());
        assertThat(ReportBound.API_SERVER.of(report, 100).omitted().records()).isEqualTo(99);
        assertThat(ReportBound.API_SERVER.of(report, 1).omitted()).as("more was not asked for").isNull();
    }

    @Test
    void partitionsThatAreLeftOutCountAsOthers() {
        List<Partition> partitions = IntStream.range(0, 33).mapToObj(i -> new Partition("p" + i + "\u4e2d".repeat(250), 10, 33 - i)).toList();
        RunReport report = report(Map.of("different", 600L), List.of(), List.of()).withPartitions(partitions);
        RunReport bounded = new ReportBound(6_000, 12_000).of(report, 0);
        assertThat(bounded.partitions().getFirst()).isEqualTo(partitions.getFirst());
        assertThat(bounded.partitions().getLast().name()).isEqualTo("others");
        assertThat(bounded.partitions().stream().mapToLong(Partition::drifted).sum()).isEqualTo(partitions.stream().mapToLong(Partition::drifted).sum());
        assertThat(bounded.omitted().partitions()).isEqualTo(33 - (bounded.partitions().size() - 1));
    }

    @Test
    void theCountIsThatOfTheBytes() throws Exception {
        for (String text : ALPHABET) {
            assertThat(ReportBound.size(text, false)).as(text).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
        }
        assertThat(ReportBound.size("\u4e2d\ud83d\ude00", false)).isEqualTo(7);
        assertThat(ReportBound.size("<\u2028\"\\a", true)).as("as Go writes it").isEqualTo(6 + 6 + 2 + 2 + 1);
    }

    @Property(tries = 300)
    void everyReportFitsAndSaysTheSame(@ForAll long seed, @ForAll @IntRange(min = 64_000, max = 300_000) int bytes) throws JsonProcessingException {
        Random random = new Random(seed);
        ReportBound bound = new ReportBound(bytes, bytes * 3 / 2);
        RunReport report = random(random);
        int wanted = random.nextInt(500);
        RunReport bounded = bound.of(report, wanted);
        String json = Json.write(bounded);

        assertThat(json.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(bytes);
        assertThat(bound.fits(json)).isTrue();
        assertThat(Json.read(json, RunReport.class)).as("no text is cut within a character").isEqualTo(bounded);
        same(report, bounded);
        same(report, ReportBound.least(report, wanted));
        assertThat(bound.fits(Json.write(ReportBound.least(report, wanted)))).isTrue();

        Omitted omitted = bounded.omitted() == null ? Omitted.NOTHING : bounded.omitted();
        long evidence = Math.max(report.records().size(), Math.min(wanted, report.drifted()));
        assertThat(bounded.records()).isEqualTo(report.records().subList(0, bounded.records().size()));
        assertThat(omitted.records()).isEqualTo(evidence - bounded.records().size());
        assertThat(bounded.contradictions()).isEqualTo(report.contradictions().subList(0, bounded.contradictions().size()));
        assertThat(omitted.warnings()).isEqualTo(report.warnings().size() - bounded.warnings().size());
        assertThat(bounded.partitions().stream().mapToLong(Partition::drifted).sum()).isEqualTo(report.partitions().stream().mapToLong(Partition::drifted).sum());
    }

    /** What a decision is made from. */
    private static void same(RunReport report, RunReport bounded) {
        assertThat(bounded.contract()).isEqualTo(report.contract());
        assertThat(bounded.runId()).isEqualTo(report.runId());
        assertThat(bounded.state()).isEqualTo(report.state());
        assertThat(bounded.verdict()).isEqualTo(report.verdict());
        assertThat(bounded.counts()).isEqualTo(report.counts());
        assertThat(bounded.rows()).isEqualTo(report.rows());
        assertThat(bounded.failure() == null).isEqualTo(report.failure() == null);
        if (report.failure() != null) {
            assertThat(bounded.failure().reason()).isEqualTo(report.failure().reason());
            assertThat(bounded.failure().schema()).isEqualTo(report.failure().schema());
        }
        assertThat(bounded.coverage() == null).isEqualTo(report.coverage() == null);
        if (report.coverage() != null) {
            assertThat(bounded.coverage().from() == null).isEqualTo(report.coverage().from() == null);
            assertThat(bounded.coverage().to() == null).isEqualTo(report.coverage().to() == null);
        }
    }

    private static RunReport random(Random random) {
        Supplier<String> text = () -> ALPHABET.get(random.nextInt(ALPHABET.size())).repeat(random.nextInt(random.nextInt(20) == 0 ? 3_000 : 60));
        List<Record> records = IntStream.range(0, random.nextInt(60))
                .mapToObj(i -> new Record(Map.of("id", text.get()), Kind.values()[random.nextInt(Kind.values().length)],
                        IntStream.range(0, random.nextInt(8)).mapToObj(f -> new Field("f" + f, random.nextBoolean() ? null : text.get(), text.get())).toList(),
                        random.nextBoolean() ? null : new RunReport.Versions(text.get(), null), null)).toList();
        List<Contradiction> contradictions = IntStream.range(0, random.nextInt(20))
                .mapToObj(i -> new Contradiction(Map.of("id", text.get()), text.get(), List.of(new Reads("f", List.of(text.get(), text.get()))))).toList();
        Failure failure = random.nextBoolean() ? null : new Failure("StoreError", text.get(), text.get(), text.get(), random.nextBoolean());
        List<Failure> warnings = IntStream.range(0, random.nextInt(12)).mapToObj(i -> new Failure("W" + i, text.get(), text.get(), text.get(), false)).toList();
        List<FieldCount> fields = IntStream.range(0, random.nextInt(40)).mapToObj(i -> new FieldCount("f" + i, random.nextInt(1_000), text.get())).toList();
        List<GapCount> gaps = IntStream.range(0, random.nextInt(20)).mapToObj(i -> new GapCount(text.get(), random.nextInt(9), 1)).toList();
        List<Partition> partitions = IntStream.range(0, random.nextInt(33)).mapToObj(i -> new Partition("p" + i + text.get(), 10, 1 + random.nextInt(5))).toList();
        RunReport.Coverage coverage = random.nextBoolean() ? null
                : new RunReport.Coverage(text.get(), 10, null, null, null, null, random.nextBoolean() ? null : List.of(text.get()), random.nextBoolean() ? null : List.of(text.get(), text.get()));
        Map<String, Long> counts = Map.of("different", (long) records.size() + random.nextInt(1_000), "unreliable", (long) contradictions.size() + random.nextInt(5));
        return new RunReport(new ContractRef("shop", "orders", "u-1", 1, "1.0.0"), 7, "pod", RunReport.State.DONE, Verdict.values()[random.nextInt(3)], failure, warnings,
                new RunReport.Progress(100, 5, 5, 1), new RunReport.Rows(5, 5), counts, records, fields, gaps, partitions, contradictions, coverage,
                new RunReport.Memory(1, 2, 3, 4, 5L, "2026-01-01T00:00:00Z", 6L, 7), null, text.get() + text.get(), "fingerprint", Map.of("total", 5L));
    }

    private static RunReport report(Map<String, Long> counts, List<Record> records, List<Contradiction> contradictions) {
        return new RunReport(new ContractRef("shop", "orders", "u-1", 1, "1.0.0"), 7, "pod", RunReport.State.DONE, Verdict.DRIFT, null, null, new RunReport.Progress(100, 5, 5, 1),
                new RunReport.Rows(5, 5), counts, records, null, null, null, contradictions, RunReport.Coverage.FULL, null, null, "plan", "fingerprint", null);
    }

    private static Record record(int key, int fields, String text) {
        return new Record(Map.of("id", "" + key), Kind.DIFFERENT, IntStream.range(0, fields).mapToObj(f -> new Field("field_" + f, text, text + "x")).toList(), null, null);
    }

    private static Contradiction contradiction(int key, int fields, String text) {
        return new Contradiction(Map.of("id", "" + key), "5 reads in one snapshot gave another answer 4 times",
                IntStream.range(0, fields).mapToObj(f -> new Reads("field_" + f, Stream.generate(() -> text).limit(8).toList())).toList());
    }

    private static int bytes(RunReport report) {
        return Json.write(report).getBytes(StandardCharsets.UTF_8).length;
    }
}
