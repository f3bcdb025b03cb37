package dev.concordat.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.drift.Outcome;
import dev.concordat.report.Failure;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Kind;
import dev.concordat.testing.Case;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a result reads in every format. */
class WritersTest {
    private static final RunReport.Record STALE = new RunReport.Record(Map.of("id", "1"), Kind.STALE,
            List.of(new RunReport.Field("status", "paid", null), new RunReport.Field("note", "a\nb\u001b[31m", "")), new RunReport.Versions("2", "1"), null);
    private static final RunReport.Record MISSING = new RunReport.Record(Map.of("id", "2"), Kind.MISSING_ON_TARGET, List.of(), null, null);

    private static Outcome outcome(RunReport.Verdict verdict, Failure failure, Map<String, Long> counts, List<RunReport.Record> records, RunReport.Coverage coverage) {
        return new Outcome(verdict, failure, false, failure == null ? new RunReport.Rows(1_000, 996) : null, counts, records, List.of(new RunReport.FieldCount("status", 1, null)),
                List.of(new RunReport.GapCount("tests", 3, 2)), List.of(new RunReport.Partition("EU", 10, 2)),
                List.of(new RunReport.Contradiction(Map.of("id", "5"), "three reads, three values", List.of(new RunReport.Reads("status", Arrays.asList("a", null))))),
                coverage, "key (id)", Outcome.Earlier.NONE, "f", Map.of(), new LinkedHashMap<>(Map.of("total", 1_500L)));
    }

    private static final Outcome DRIFT = outcome(RunReport.Verdict.DRIFT, null, Map.of("stale", 1L, "missingOnTarget", 4L, "hot", 2L), List.of(STALE, MISSING), RunReport.Coverage.FULL);

    private static String write(Format format, Outcome outcome, ScopeType scope, boolean colour, boolean stream) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8);
        ResultWriter writer = ResultWriter.of(format, out, colour, List.of("id"), 100);
        if (stream) {
            outcome.records().forEach(writer::record);
        }
        writer.done(new Finding(Verdict.of(outcome, scope), outcome, "PostgreSQL a:1/d.t", "MariaDB b:2/d.t", new Finding.Stats(1.5, 666, 3, 2)));
        out.flush();
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void textTellsTheVerdictFirst() {
        String text = write(Format.TEXT, DRIFT, ScopeType.FULL, false, false);
        assertThat(text.lines().toList()).containsSubsequence(
                "DRIFT  5 of 1,000 records differ", "source  PostgreSQL a:1/d.t  1,000 rows", "drift", "  4  missing on the target", "  1  stale: the target has an older version", "not drift",
                "  2  hot: written to at every look", "  3  left out by gap tests (source 3, target 2)", "by field", "  1  status", "by partition", "  2  EU (of 10)", "records (the first 2 of 5; --max-records shows more, -o ndjson all)",
                "  id=1  Stale            version 2 -> 1  status: 'paid' -> NULL  note: 'a\\nb\\u001b[31m' -> ''", "  id=2  MissingOnTarget", "stats");
        assertThat(text).doesNotContain("\u001b");
        assertThat(write(Format.TEXT, DRIFT, ScopeType.FULL, true, false)).startsWith("\u001b[1;31mDRIFT\u001b[0m");
    }

    @Test
    void csvTellsNullFromEmptyText() {
        assertThat(write(Format.CSV, DRIFT, ScopeType.FULL, false, true)).isEqualTo("kind,key.id,field,source,target,sourceVersion,targetVersion\r\nStale,1,status,paid,,2,1\r\nStale,1,note,\"a\nb\u001b[31m\",\"\",2,1\r\n"
                + "MissingOnTarget,2,,,,,\r\n");
    }

    @ParameterizedTest
    @EnumSource(names = {"JSON", "NDJSON"})
    void jsonIsAsItsSchemaSays(Format format) throws Exception {
        JsonSchema schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(Files.readString(Path.of("docs/compare.schema.json")));
        Outcome failed = outcome(RunReport.Verdict.INCOMPLETE, new Failure("ConnectionLost", "source", "the connection was lost", "Try again", false), Map.of(), List.of(), null);
        Outcome sample = outcome(RunReport.Verdict.IN_SYNC, null, Map.of(), List.of(), new RunReport.Coverage("Sample 5 %", 5, 10L, 200L, 0L, 250_000L, null, null));
        for (Outcome outcome : List.of(DRIFT, failed, sample)) {
            String text = write(format, outcome, outcome == sample ? ScopeType.SAMPLE : ScopeType.FULL, false, true);
            for (String json : format == Format.NDJSON ? text.lines().toList() : List.of(text)) {
                JsonNode node = new ObjectMapper().readTree(json);
                assertThat(schema.validate(node)).as(json).isEmpty();
                assertThat(schema.validate(((com.fasterxml.jackson.databind.node.ObjectNode) node.deepCopy()).put("surprise", 1))).as("the schema is strict").isNotEmpty();
            }
        }
        JsonNode json = new ObjectMapper().readTree(write(Format.JSON, DRIFT, ScopeType.FULL, false, false));
        assertThat(json.at("/records/0/fields/0/target").isNull()).isTrue();
        assertThat(json.at("/counts/stale").asInt()).isEqualTo(1);
        assertThat(json.at("/counts/undecided").asInt()).isZero();
        assertThat(json.path("counts")).hasSize(Kind.values().length + RunReport.NOT_DRIFT.size());
    }

    @Test
    void aCleanSampleIsNeverInSync() {
        Verdict verdict = Verdict.of(outcome(RunReport.Verdict.IN_SYNC, null, Map.of(), List.of(), new RunReport.Coverage("Sample 5 %", 5, 10L, 200L, 0L, 250_000L, null, null)), ScopeType.SAMPLE);
        assertThat(verdict.verdict()).isEqualTo(RunReport.Verdict.INCOMPLETE);
        assertThat(verdict.reason()).isEqualTo("SampleOnly");
        assertThat(verdict.exitCode()).isEqualTo(3);
        assertThat(verdict.message()).contains("250,000 of a million groups");
    }

    @Test
    void driftBeatsWhatCouldNotBeDecided() {
        Verdict verdict = Verdict.of(outcome(RunReport.Verdict.DRIFT, new Failure("SuspectsOverflow", null, "m", "r", false), Map.of("stale", 1L, "undecided", 7L), List.of(), null), ScopeType.FULL);
        assertThat(verdict.exitCode()).isEqualTo(1);
        assertThat(verdict.message()).isEqualTo("1 of 1 records differ, and 7 could not be decided");
    }

    @Test
    @Case(value = "compare 9", before = "two disjoint tables of 2 rows: 4 of 2 records differ", now = "4 of 4 records differ")
    void aShareOfTheRecordsOnEitherSideNeverPassesAll() {
        Outcome disjoint = new Outcome(RunReport.Verdict.DRIFT, null, false, new RunReport.Rows(2, 2), Map.of("missingOnTarget", 2L, "orphanOnTarget", 2L), List.of(), List.of(), List.of(),
                List.of(new RunReport.Partition("id 1 to 9", 2, 4)), List.of(), RunReport.Coverage.FULL, "", Outcome.Earlier.NONE, "f", Map.of(), new LinkedHashMap<>(Map.of("total", 1L)));
        assertThat(Verdict.of(disjoint, ScopeType.FULL).message()).isEqualTo("4 of 4 records differ");
        assertThat(write(Format.TEXT, disjoint, ScopeType.FULL, false, false)).contains("  4  id 1 to 9 (of 4)");
    }

    private static Outcome noRows(RunReport.Verdict verdict, Failure failure) {
        return new Outcome(verdict, failure, false, new RunReport.Rows(0, 0), Map.of("different", 0L), List.of(), List.of(), List.of(), List.of(), List.of(), RunReport.Coverage.FULL, "",
                Outcome.Earlier.NONE, "f", Map.of(), new LinkedHashMap<>(Map.of("total", 1L)));
    }

    @Test
    void tablesWithoutARowAreSaidToBeEmpty() {
        Outcome empty = noRows(RunReport.Verdict.IN_SYNC, null);
        assertThat(write(Format.TEXT, empty, ScopeType.FULL, false, false)).startsWith("IN SYNC  both tables are empty: there was nothing to compare\n");
        assertThat(Verdict.of(empty, ScopeType.FULL).exitCode()).isZero();
    }

    @Test
    void whatComparedNothingSaysSoFirst() {
        Failure nothing = new Failure("NothingCompared", "--where", "nothing was compared: the row filters leave 0 rows on the source and 0 on the target, although both tables have rows", "Count", false);
        Outcome outcome = noRows(RunReport.Verdict.INCOMPLETE, nothing);
        assertThat(write(Format.TEXT, outcome, ScopeType.FULL, false, false)).startsWith("INCOMPLETE  --where: nothing was compared: the row filters leave 0 rows");
        assertThat(Verdict.of(outcome, ScopeType.FULL).exitCode()).isEqualTo(3);
    }

    @Test
    void whatStayedOpenAtTheEndIsShownWithItsCounts() {
        Outcome open = outcome(RunReport.Verdict.INCOMPLETE, new Failure("Undecided", null, "7 records are undecided", "Compare again", false), Map.of("undecided", 7L), List.of(), RunReport.Coverage.FULL);
        assertThat(Verdict.of(open, ScopeType.FULL).exitCode()).isEqualTo(3);
        assertThat(write(Format.TEXT, open, ScopeType.FULL, false, false)).startsWith("INCOMPLETE  7 records are undecided. Compare again\n").contains("  7  undecided");
        Outcome lost = outcome(RunReport.Verdict.INCOMPLETE, new Failure("ConnectionLost", "source", "m", "r", false), Map.of(), List.of(), null);
        assertThat(write(Format.TEXT, lost, ScopeType.FULL, false, false)).as("there is no result").isEmpty();
    }

    @Test
    void progressFitsOneLine() {
        assertThat(ProgressBar.line(new RunReport.Progress(0, 0, 0, 0), 0)).isEqualTo("connecting");
        assertThat(ProgressBar.line(new RunReport.Progress(43, 430_000, 1_000_000, 9), 2_000_000_000L)).isEqualTo(" 43 % [########            ]  430 k of ~1,000 k rows  215 k/s  0:02 left");
        assertThat(ProgressBar.line(new RunReport.Progress(99, 1_000_000, 1_000_000, 9), 2_000_000_000L)).startsWith("settling");
        assertThat(ProgressBar.line(new RunReport.Progress(98, 98_000_000_000L, 99_999_000_000L, 9), 900_000_000_000L)).hasSizeLessThan(80);
    }
}
