package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.As;
import dev.concordat.api.v1alpha1.RecordRules.Compare;
import dev.concordat.api.v1alpha1.RecordRules.Deletes;
import dev.concordat.api.v1alpha1.RecordRules.Field;
import dev.concordat.api.v1alpha1.RecordRules.OnTarget;
import dev.concordat.api.v1alpha1.RecordRules.RecordVersion;
import dev.concordat.api.v1alpha1.RecordRules.VersionKind;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.api.v1alpha1.SyncContractSpec.Gap;
import dev.concordat.api.v1alpha1.SyncContractSpec.GapKind;
import dev.concordat.api.v1alpha1.Verification;
import dev.concordat.report.Checkpoint;
import dev.concordat.report.Failure;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Kind;
import dev.concordat.store.Catalogue;
import dev.concordat.store.Column;
import dev.concordat.store.Logical;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is counted of a difference, and what is kept of it. */
class TallyTest {
    private static final String FIRST = "2026-11-21 10:00:00.000000";
    private static final String LATER = "2026-11-21 10:00:00.000001";

    private final List<Gap> gaps = new ArrayList<>();
    private final List<String> redact = new ArrayList<>();
    private int maxRecords = 100;
    private RecordVersion version;
    private Deletes deletes;
    private String partition;
    private Logical versionType = Logical.TIMESTAMP;
    private int sourceDigits = 6;
    private int targetDigits = 6;
    private final List<String> told = new ArrayList<>();
    private Criteria criteria;

    private Tally tally() throws StoreException {
        Store store = new Store(StoreType.POSTGRESQL, "db", 5432, "d", null, "t", new Store.Credentials("s"), null, null);
        RecordRules rules = new RecordRules(List.of("id"), version, null, deletes, partition,
                List.of(new Field("ignored", null, new Compare(As.IGNORED, null, null, null, null, null, null, "because"))));
        CompareSpec spec = new CompareSpec(new StoreAccess(store, "spec.source.store", null, null), new StoreAccess(store, "spec.target.store", null, null), rules, gaps,
                Verification.Scope.FULL, Duration.ZERO, null, maxRecords, redact, Map.of(), CompareSpec.FROM_THE_START, new CompareSpec.Listeners(_ -> {}, new DriftListener() {
                    @Override
                    public void drift(List<String> key, RunReport.Record record) {
                        told.add(record.kind() + " " + key);
                    }
                }));
        Plan plan = Planner.plan(spec, table(sourceDigits), table(targetDigits));
        criteria = Criteria.of(spec, plan);
        return new Tally(criteria, spec);
    }

    private Catalogue table(int digits) {
        return new Catalogue(List.of(column("id", Logical.INTEGER, 0), column("changed", versionType, digits), column("region", Logical.TEXT, 0), column("score", Logical.INTEGER, 0),
                column("ignored", Logical.INTEGER, 0)), List.of(List.of("id")), 100);
    }

    private static Column column(String name, Logical logical, int scale) {
        return new Column(name, logical, true, 8, scale, false, null, null, logical.name().toLowerCase(java.util.Locale.ROOT));
    }

    private Row row(boolean source, String... texts) {
        Object[] values = new Object[texts.length];
        for (int i = 0; i < texts.length; i++) {
            Plan.Field field = criteria.plan().fields().get(i);
            values[i] = Typed.read(field.form(source), field.column(source), texts[i]);
        }
        return Row.of(texts, values, 0);
    }

    private void drift(Tally tally, Row source, Row target) {
        List<String> key = List.of((source.present() ? source : target).texts()[0]);
        tally.tell(key, source, target);
        tally.drift(key, source, target);
    }

    private Failure refused() {
        StoreException e = catchThrowableOfType(StoreException.class, this::tally);
        assertThat(e.configuration()).isTrue();
        assertThat(e.failure().remedy()).isNotBlank();
        return e.failure();
    }

    private static Gap stale(String name, String field) {
        return new Gap(GapKind.STALE_FIELD, name, null, null, null, field, "computed at night", "reports");
    }

    @ParameterizedTest
    @CsvSource(nullValues = "NULL", value = {
            FIRST + "," + FIRST + ",DIVERGED", LATER + "," + FIRST + ",STALE", FIRST + "," + LATER + ",AHEAD",
            "NULL," + FIRST + ",DIFFERENT", FIRST + ",NULL,DIFFERENT", "NULL,NULL,DIFFERENT",
            "infinity," + FIRST + ",STALE", "-infinity," + FIRST + ",AHEAD", "infinity,infinity,DIVERGED"})
    void aVersionTellsWhichSideIsNewer(String source, String target, Kind kind) throws Exception {
        version = new RecordVersion("changed", VersionKind.TIMESTAMP);
        tally();
        assertThat(Tally.kind(criteria.plan(), row(true, "1", source, "eu", "1"), row(false, "1", target, "eu", "2"))).isEqualTo(kind);
    }

    @Test
    void aVersionIsComparedAsANumberWhateverIntegerHoldsIt() throws Exception {
        version = new RecordVersion("changed", VersionKind.COUNTER);
        versionType = Logical.INTEGER;
        tally();
        assertThat(Tally.kind(criteria.plan(), row(true, "1", "10", "eu", "1"), row(false, "1", "9", "eu", "2"))).isEqualTo(Kind.STALE);
    }

    @Test
    void twoVersionsThatLookEqualOnlyBecauseOneSideKeepsFewerDigitsSayNothing() throws Exception {
        version = new RecordVersion("changed", VersionKind.TIMESTAMP);
        targetDigits = 0;
        tally();
        assertThat(Tally.kind(criteria.plan(), row(true, "1", LATER, "eu", "1"), row(false, "1", FIRST, "eu", "2"))).isEqualTo(Kind.DIFFERENT);
    }

    @Test
    void withoutAVersionADifferenceIsADifferenceAndOneSideOnlyIsMissingOrOrphan() throws Exception {
        Tally tally = tally();
        drift(tally, row(true, "1", FIRST, "eu", "1"), row(false, "1", LATER, "eu", "1"));
        drift(tally, row(true, "2", FIRST, "eu", "1"), Row.ABSENT);
        drift(tally, Row.ABSENT, row(false, "3", FIRST, "eu", "1"));
        assertThat(tally.counts()).containsEntry("different", 1L).containsEntry("missingOnTarget", 1L).containsEntry("orphanOnTarget", 1L);
        assertThat(tally.drifted()).isEqualTo(3);
        assertThat(tally.fields()).containsExactly(new RunReport.FieldCount("changed", 1, null));
        assertThat(told).containsExactly("DIFFERENT [1]", "MISSING_ON_TARGET [2]", "ORPHAN_ON_TARGET [3]");
    }

    @Test
    void everyDifferenceIsToldAlsoBeyondTheEvidence() throws Exception {
        maxRecords = 1;
        Tally tally = tally();
        for (int i = 0; i < 5; i++) {
            drift(tally, row(true, "" + i, FIRST, "eu", "1"), Row.ABSENT);
        }
        assertThat(tally.records()).hasSize(1);
        assertThat(told).hasSize(5);
    }

    @Test
    void copiesOfAKeyAreADuplicateKeyAndCountedOnEachSide() throws Exception {
        Tally tally = tally();
        Row one = row(true, "1", FIRST, "eu", "1");
        Row other = row(true, "1", FIRST, "us", "1");
        drift(tally, one.and(other).and(one), row(false, "1", FIRST, "eu", "1"));
        assertThat(tally.counts()).containsEntry("duplicateKey", 1L);
        assertThat(tally.records().getFirst().fields()).containsExactly(new RunReport.Field(Tally.COPIES, "3", "1"));
        assertThat(criteria.look(one.and(one), one.and(one))).as("equal copies on both sides are no less double").isEqualTo(Criteria.Look.DIFFERENT);
        assertThat(one.and(other).and(one).state(null)).as("in whatever order they are read").isEqualTo(other.and(one).and(one).state(null)).isNotEqualTo(one.and(other).state(null));
    }

    @Test
    void aDifferenceOnlyInFieldsThatMayBeStaleIsNoDrift() throws Exception {
        gaps.add(stale("nightly", "score"));
        gaps.add(stale(null, "region"));
        Tally tally = tally();
        Row source = row(true, "1", FIRST, "eu", "1");
        Row scored = row(false, "1", FIRST, "eu", "2");
        Row both = row(false, "1", FIRST, "us", "2");
        Row changed = row(false, "1", LATER, "eu", "2");
        assertThat(criteria.look(source, scored)).isEqualTo(Criteria.Look.ALLOWED);
        assertThat(criteria.look(source, changed)).isEqualTo(Criteria.Look.DIFFERENT);
        assertThat(source.state(criteria.relevant())).as("nor does a change of such a field move a record").isEqualTo(both.state(criteria.relevant())).isNotEqualTo(changed.state(criteria.relevant()));
        tally.allowed(criteria.allowed(source, scored));
        tally.allowed(criteria.allowed(source, both));
        drift(tally, source, changed);
        assertThat(tally.gaps()).containsExactly(new RunReport.GapCount("nightly", 2, 2), new RunReport.GapCount("reports", 1, 1));
        assertThat(tally.records()).hasSize(1);
        assertThat(tally.records().getFirst().fields()).as("what may differ is no evidence").extracting(RunReport.Field::name).containsExactly("changed");
    }

    @ParameterizedTest
    @CsvSource({"missing,ColumnNotFound", "ignored,ColumnNotFound", "id,GapInvalid"})
    void aGapOfAFieldThatIsNotComparedIsRefused(String field, String reason) {
        gaps.add(new Gap(GapKind.EXCLUDED_ROWS, null, "true", null, null, null, "r", "o"));
        gaps.add(stale(null, field));
        assertThat(refused().field()).isEqualTo("spec.gaps[1].field");
        assertThat(refused().reason()).isEqualTo(reason);
    }

    @Test
    void aRowThatOnlyTheTargetHasMayBeKept() throws Exception {
        deletes = new Deletes(null, OnTarget.KEEP);
        tally();
        Row row = row(true, "1", FIRST, "eu", "1");
        assertThat(criteria.look(Row.ABSENT, row)).isEqualTo(Criteria.Look.KEPT);
        assertThat(criteria.look(row, Row.ABSENT)).isEqualTo(Criteria.Look.DIFFERENT);
        deletes = new Deletes(null, OnTarget.PURGE);
        tally();
        assertThat(criteria.look(Row.ABSENT, row)).isEqualTo(Criteria.Look.DIFFERENT);
    }

    @Test
    void driftByPartitionTheWorstFirstAndTheRestTogether() throws Exception {
        partition = "region";
        Tally tally = tally();
        for (int region = 0; region < 40; region++) {
            for (int i = 0; i <= region; i++) {
                drift(tally, row(true, "1", FIRST, "r" + region, "1"), row(false, "1", FIRST, "r" + region, "2"));
            }
        }
        drift(tally, row(true, "1", FIRST, null, "1"), row(false, "1", FIRST, "r1", "1"));
        List<RunReport.Partition> partitions = tally.partitions();
        assertThat(partitions).hasSize(33).startsWith(new RunReport.Partition("r39", 0, 40), new RunReport.Partition("r38", 0, 39)).last().isEqualTo(new RunReport.Partition("others", 0, 37));
        assertThat(partitions.stream().mapToLong(RunReport.Partition::drifted).sum()).isEqualTo(tally.drifted());
    }

    @Test
    void aRedactedKeyDoesNotNameRanges() throws Exception {
        redact.add("id");
        Tally tally = tally();
        tally.bounds(1, 1_999_999);
        tally.rows(1, 100);
        drift(tally, row(true, "124999", FIRST, "eu", "1"), Row.ABSENT);
        assertThat(tally.partitions()).isEmpty();
        assertThat(tally.drifted()).isEqualTo(1);
    }

    @Test
    void aRedactedFieldDoesNotNamePartitions() {
        partition = "region";
        redact.add("region");
        assertThat(refused().field()).isEqualTo("spec.record.partition");
    }

    @Test
    void withoutAPartitionFieldDriftIsCountedBySixteenRangesOfAnIntegerKey() throws Exception {
        Tally tally = tally();
        tally.bounds(1, 1_999_999);
        tally.rows(1, 100);
        tally.rows(125_000, 50);
        drift(tally, row(true, "124999", FIRST, "eu", "1"), Row.ABSENT);
        drift(tally, row(true, "125001", FIRST, "eu", "1"), Row.ABSENT);
        drift(tally, row(true, "5000000", FIRST, "eu", "1"), Row.ABSENT);
        assertThat(tally.partitions()).containsExactlyInAnyOrder(new RunReport.Partition("id 1 to 125000", 150, 1), new RunReport.Partition("id 125001 to 250000", 0, 1),
                new RunReport.Partition("id 1875001 to 1999999", 0, 1));
    }

    @Test
    void rowsOfARangeAreKnownToTheNextAttemptBeforeAnyOfThemDiffers() throws Exception {
        Tally first = tally();
        first.bounds(1, 1_600);
        first.rows(1, 60);
        Tally second = tally();
        second.restore(new Checkpoint("p", List.of("61"), new RunReport.Rows(60, 60), 1, first.counts(), first.records(), first.fields(), first.gaps(), first.partitionsSoFar(), List.of()));
        second.bounds(1, 1_600);
        second.rows(61, 40);
        drift(second, row(true, "70", FIRST, "eu", "1"), Row.ABSENT);
        assertThat(second.partitions()).containsExactly(new RunReport.Partition("id 1 to 100", 100, 1));
    }

    @Test
    void rangesOfAllKeysThatThereAre() throws Exception {
        Tally tally = tally();
        tally.bounds(Long.MIN_VALUE, Long.MAX_VALUE);
        drift(tally, row(true, "" + Long.MAX_VALUE, FIRST, "eu", "1"), Row.ABSENT);
        assertThat(tally.partitions()).containsExactly(new RunReport.Partition("id 8070450532247928832 to 9223372036854775807", 0, 1));
        Tally few = tally();
        few.bounds(5, 6);
        drift(few, row(true, "6", FIRST, "eu", "1"), Row.ABSENT);
        assertThat(few.partitions()).containsExactly(new RunReport.Partition("id 6 to 6", 0, 1));
    }

    @Test
    void whatAStretchFindsCountsForTheRunOnceTheStretchDoes() throws Exception {
        gaps.add(stale("nightly", "score"));
        partition = "region";
        Tally run = tally();
        Tally stretch = run.child();
        drift(stretch, row(true, "1", FIRST, "eu", "1"), Row.ABSENT);
        stretch.allowed(List.of("nightly"));
        assertThat(stretch.counted()).isFalse();
        assertThat(run.drifted()).isZero();
        run.absorb(stretch);
        assertThat(stretch.counted()).isTrue();
        drift(stretch, row(true, "2", FIRST, "eu", "1"), Row.ABSENT);
        stretch.count("hot");
        stretch.allowed(List.of("nightly"));
        assertThat(run.counts()).containsEntry("missingOnTarget", 2L).containsEntry("hot", 1L);
        assertThat(run.records()).hasSize(2);
        assertThat(run.gaps()).containsExactly(new RunReport.GapCount("nightly", 2, 2));
        assertThat(run.partitions()).containsExactly(new RunReport.Partition("eu", 0, 2));
    }

    @Test
    void anotherAttemptGoesOnWithWhatTheFirstOneFound() throws Exception {
        gaps.add(stale("nightly", "score"));
        partition = "region";
        Tally first = tally();
        drift(first, row(true, "1", FIRST, "eu", "1"), row(false, "1", LATER, "eu", "1"));
        first.allowed(List.of("nightly"));
        Checkpoint checkpoint = new Checkpoint("p", List.of("2"), new RunReport.Rows(1, 1), 1, first.counts(), first.records(), first.fields(), first.gaps(), first.partitions(), List.of());
        Tally second = tally();
        second.restore(checkpoint);
        drift(second, row(true, "2", FIRST, "eu", "1"), row(false, "2", LATER, "eu", "1"));
        assertThat(second.counts()).containsEntry("different", 2L);
        assertThat(second.records()).hasSize(2);
        assertThat(second.fields()).containsExactly(new RunReport.FieldCount("changed", 2, null));
        assertThat(second.gaps()).containsExactly(new RunReport.GapCount("nightly", 1, 1));
        assertThat(second.partitions()).containsExactly(new RunReport.Partition("eu", 0, 2));
    }

    @Test
    void aSourceThatContradictsItselfIsKeptAsEvidenceAndRedactedLikeAllElse() throws Exception {
        redact.add("region");
        Tally tally = tally();
        for (int i = 0; i < 30; i++) {
            tally.unreliable(List.of("7"), "5 reads", List.of(row(true, "7", FIRST, "eu", "1"), row(true, "7", FIRST, "us", "2")));
        }
        assertThat(tally.counts()).containsEntry("unreliable", 30L);
        assertThat(tally.drifted()).isZero();
        assertThat(tally.contradictions()).hasSize(20).first().isEqualTo(new RunReport.Contradiction(Map.of("id", "7"), "5 reads",
                List.of(new RunReport.Reads("region", List.of("(redacted)", "(redacted)")), new RunReport.Reads("score", List.of("1", "2")))));
    }

    @Test
    void aHintTellsNothingOfARedactedField() throws Exception {
        redact.add("region");
        Tally tally = tally();
        for (int i = 0; i < 10; i++) {
            drift(tally, row(true, "" + i, FIRST, "secret", "" + i), row(false, "" + i, FIRST, "SECRET", "" + (i + 1)));
        }
        assertThat(tally.fields()).containsExactly(new RunReport.FieldCount("region", 10, null), new RunReport.FieldCount("score", 10, "constant delta of 1"));
    }
}
