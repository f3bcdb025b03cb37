package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.Verification;
import dev.concordat.api.v1alpha1.RecordRules.As;
import dev.concordat.api.v1alpha1.RecordRules.Compare;
import dev.concordat.api.v1alpha1.RecordRules.Field;
import dev.concordat.api.v1alpha1.RecordRules.RecordVersion;
import dev.concordat.api.v1alpha1.RecordRules.VersionKind;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.api.v1alpha1.SyncContractSpec.Gap;
import dev.concordat.api.v1alpha1.SyncContractSpec.GapKind;
import dev.concordat.report.Failure;
import dev.concordat.store.Catalogue;
import dev.concordat.store.Column;
import dev.concordat.store.Logical;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import dev.concordat.testing.Case;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which columns are compared with which, and what is refused, by field path. */
class PlannerTest {
    private static final Column ID = column("id", Logical.INTEGER, false);
    private static final Column STATUS = column("status", Logical.TEXT, true);

    private static Column column(String name, Logical logical, boolean nullable) {
        return new Column(name, logical, nullable, 8, logical == Logical.TIMESTAMP || logical == Logical.INSTANT ? 6 : 0, false, null, null, logical.name().toLowerCase(java.util.Locale.ROOT));
    }

    private static Catalogue table(Column... columns) {
        return new Catalogue(List.of(columns), List.of(List.of("id")), 100);
    }

    private static CompareSpec spec(RecordRules rules, String... redact) {
        Store store = new Store(StoreType.POSTGRESQL, "db", 5432, "d", null, "t", new Store.Credentials("s"), null, null);
        return new CompareSpec(new StoreAccess(store, "spec.source.store", null, null), new StoreAccess(store, "spec.target.store", null, null), rules, List.of(),
                Verification.Scope.FULL, Duration.ZERO, null, 10, List.of(redact), Map.of(), CompareSpec.FROM_THE_START, CompareSpec.Listeners.NONE);
    }

    private static RecordRules rules(Field... fields) {
        return RecordRules.of(List.of("id"), null, List.of(fields));
    }

    private static Compare ignored() {
        return new Compare(As.IGNORED, null, null, null, null, null, null, "because");
    }

    private static Failure refused(CompareSpec spec, Catalogue source, Catalogue target) {
        StoreException e = catchThrowableOfType(StoreException.class, () -> Planner.plan(spec, source, target));
        assertThat(e.configuration()).isTrue();
        assertThat(e.failure().remedy()).isNotBlank();
        return e.failure();
    }

    @Test
    void unlistedColumnsAreComparedExactlyUnderOneName() throws Exception {
        Plan plan = Planner.plan(spec(rules()), table(ID, STATUS), table(STATUS, ID));
        assertThat(plan.fields()).extracting(Plan.Field::name).containsExactly("id", "status");
        assertThat(plan.fields()).allMatch(Plan.Field::hashed);
        assertThat(plan.layout()).isEqualTo(Plan.Layout.KEY_RANGES);
        assertThat(plan.version()).isEqualTo(-1);
        assertThat(plan.schema()).containsOnlyKeys("key", "source.id", "source.status", "target.id", "target.status").containsEntry("source.id", "integer not null");
    }

    @Test
    void aRenamedFieldMeetsItsCounterpartAndAnIgnoredOneNone() throws Exception {
        Plan plan = Planner.plan(spec(rules(new Field("status", "state", null), new Field("surplus", null, ignored()), new Field("secret", null, ignored()))),
                table(ID, STATUS, column("secret", Logical.OTHER, true)), table(ID, column("state", Logical.TEXT, true), column("surplus", Logical.OTHER, true)));
        assertThat(plan.fields()).extracting(f -> f.name() + "=" + f.target().name()).containsExactly("id=id", "status=state");
    }

    @Test
    void aColumnOnOneSideOnlyIsNeverPassedOver() {
        assertThat(refused(spec(rules()), table(ID, STATUS), table(ID)).reason()).isEqualTo("ColumnNotFound");
        Failure failure = refused(spec(rules()), table(ID), table(ID, STATUS));
        assertThat(failure.reason()).isEqualTo("SchemaIncompatible");
        assertThat(failure.schema()).isTrue();
        assertThat(failure.text()).contains("status", "Ignored");
    }

    @Test
    void rulesThatNameNothingAreRefusedWithTheirPlace() {
        assertThat(refused(spec(rules(new Field("id", null, null), new Field("typo", null, null))), table(ID), table(ID)).field()).isEqualTo("spec.record.fields[1].name");
        assertThat(refused(spec(rules(new Field("typo", null, ignored()))), table(ID), table(ID)).field()).isEqualTo("spec.record.fields[0].name");
        assertThat(refused(spec(rules(new Field("status", "typo", null))), table(ID, STATUS), table(ID, STATUS)).field()).isEqualTo("spec.record.fields[0].targetName");
        assertThat(refused(spec(rules(), "typo"), table(ID), table(ID)).field()).isEqualTo("spec.verification.evidence.redact[0]");
    }

    @Test
    void aKeyIsFoundAndFitToIdentify() {
        assertThat(refused(spec(RecordRules.of(List.of("id", "nokey"), null, List.of())), table(ID), table(ID)).field()).isEqualTo("spec.record.key[1]");
        assertThat(refused(spec(RecordRules.of(List.of("d"), null, List.of())), table(column("d", Logical.DOUBLE, false)), table(column("d", Logical.DOUBLE, false))).reason()).isEqualTo("TypesNotComparable");
    }

    private static Column time(int digits, String declared) {
        return new Column("at", Logical.TIMESTAMP, false, 8, digits, false, null, null, declared);
    }

    private static Failure key(Column source, Column target, Compare rule) {
        return refused(spec(RecordRules.of(List.of("at"), null, rule == null ? List.of() : List.of(new Field("at", null, rule)))), table(source), table(target));
    }

    @Test
    @Case(value = "compare 10", before = "timestamp(6) and datetime(0) as key: timestamps compared as Exact are needed", now = "both precisions, and which one to choose")
    void aKeyWhosePrecisionsDifferSaysWhichToChoose() {
        Failure failure = key(time(6, "timestamp(6) without time zone"), time(0, "datetime"), null);
        assertThat(failure.field()).isEqualTo("spec.record.key[0]");
        assertThat(failure.text()).contains("timestamp(6) without time zone on the source and datetime on the target", "the source keeps 6 digits of a second and the target 0 digits",
                "two records of the source", "change the column on the target to 6 digits").doesNotContain("compared as Exact");
        assertThat(key(time(1, "datetime(1)"), time(3, "datetime(3)"), null).text()).contains("the source keeps 1 digit", "two records of the target", "change the column on the source to 3 digits");
    }

    @Test
    void aKeyThatIsRefusedSaysWhyAndWhatToChooseInstead() {
        assertThat(key(time(6, "t"), time(6, "t"), new Compare(As.TIMESTAMP, null, RecordRules.Precision.SECONDS, null, null, null, null, null)).text())
                .contains("compares 0 of the 6 digits", "Remove precision");
        assertThat(key(time(6, "t"), time(6, "t"), new Compare(As.TIMESTAMP, null, null, null, "Europe/Berlin", null, null, null)).text()).contains("come twice when clocks are put back", "Store UTC");
        Column text = new Column("at", Logical.TEXT, false, 20, 0, false, null, null, "text");
        assertThat(key(text, text, new Compare(As.TEXT, null, null, null, null, true, null, null)).text()).contains("trims blanks", "Remove trim");
        assertThat(key(text, text, new Compare(As.TEXT, null, null, null, null, null, true, null)).text()).contains("upper and lower case", "Remove caseInsensitive");
        Column number = new Column("at", Logical.DOUBLE, false, 8, 0, false, null, null, "double precision");
        assertThat(key(number, number, null).text()).contains("floating-point", "Use a key of integers");
    }

    @Test
    @Case(value = "logic D", before = "onTarget: Purge uses the target's same-named column", now = "every row of the target counts")
    void aTargetThatPurgesHasNoMark() throws Exception {
        Column gone = column("gone", Logical.TIMESTAMP, true);
        RecordRules rules = new RecordRules(List.of("id"), null, null, new RecordRules.Deletes(new RecordRules.Tombstone("gone", null), RecordRules.OnTarget.PURGE), null, List.of());
        assertThat(Planner.plan(spec(rules), table(ID, gone), table(ID, gone)).tombstones().target()).isNull();
        RecordRules archive = new RecordRules(List.of("id"), null, null, new RecordRules.Deletes(new RecordRules.Tombstone("gone", null), RecordRules.OnTarget.ARCHIVE), null, List.of());
        assertThat(Planner.plan(spec(archive), table(ID, gone), table(ID, gone)).tombstones().target()).isEqualTo(gone);
    }

    @Test
    @Case(value = "logic D", before = "gaps[].reason and compare.reason are read by no code", now = "the plan, and so the report, says them")
    void thePlanSaysWhyThingsAreLeftOut() throws Exception {
        CompareSpec spec = spec(rules(new Field("status", null, ignored()))).with(List.of(new Gap(GapKind.EXCLUDED_ROWS, "tests", "id < 0", null, null, null, "test orders stay here", "qa")));
        assertThat(Planner.plan(spec, table(ID, STATUS), table(ID)).text()).contains("left out as the rules say: status (because)", "intended gap tests: test orders stay here (relied on by qa)");
    }

    @Test
    void aVersionIsOfItsKind() throws Exception {
        Column v = column("v", Logical.INTEGER, false);
        Column at = column("at", Logical.TIMESTAMP, false);
        assertThat(Planner.plan(spec(RecordRules.of(List.of("id"), new RecordVersion("v", VersionKind.COUNTER), List.of())), table(ID, v), table(ID, v)).version()).isEqualTo(1);
        assertThat(refused(spec(RecordRules.of(List.of("id"), new RecordVersion("at", VersionKind.COUNTER), List.of())), table(ID, at), table(ID, at)).field()).isEqualTo("spec.record.version");
        assertThat(refused(spec(RecordRules.of(List.of("id"), new RecordVersion("no", VersionKind.COUNTER), List.of())), table(ID, at), table(ID, at)).field()).isEqualTo("spec.record.version.field");
    }

    @Test
    void aZoneIsForLocalTimeAndExists() {
        Column local = column("at", Logical.TIMESTAMP, true);
        Column instant = column("at", Logical.INSTANT, true);
        Compare berlin = new Compare(As.TIMESTAMP, null, null, null, "Europe/Berlin", null, null, null);
        assertThat(refused(spec(rules(new Field("at", null, berlin))), table(ID, local), table(ID, instant)).field()).isEqualTo("spec.record.fields[0].compare.targetZone");
        Compare nowhere = new Compare(As.TIMESTAMP, null, null, null, "Europe/Nowhere", null, null, null);
        assertThat(refused(spec(rules(new Field("at", null, nowhere))), table(ID, local), table(ID, local)).reason()).isEqualTo("InvalidTimeZone");
    }

    @Test
    void whatHasNoHashIsStreamedAndThePlanSaysWhy() throws Exception {
        Compare tolerant = new Compare(As.DECIMAL, "0.01", null, null, null, null, null, null);
        Column price = column("price", Logical.DECIMAL, true);
        Plan plan = Planner.plan(spec(rules(new Field("price", null, tolerant))), table(ID, price, column("j", Logical.JSON, true)), table(ID, price, column("j", Logical.TEXT, true)));
        assertThat(plan.streamed()).extracting(Plan.Field::name).containsExactly("price", "j");
        assertThat(plan.text()).contains("1 of 3 columns hashed", "price streamed: a tolerance has no hash", "j streamed: JSON is compared as trees");
    }
}
