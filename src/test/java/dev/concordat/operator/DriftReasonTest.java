package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Condition;
import dev.concordat.api.v1alpha1.ReconcileJobStatus;
import dev.concordat.api.v1alpha1.ReconcileJobStatus.Memory;
import dev.concordat.api.v1alpha1.SyncContractStatus.Drift;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.operator.RunFolding.Finding;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

/** Checks of a million records each way, under a threshold of 100 ppm: 100 records. */
class DriftReasonTest {
    private static final Scope SWEEP = new Scope(ScopeType.SWEEP, null, null, 10, null, null);

    private static Memory memory(long persistent, long fresh, long recurring, long forgotten) {
        return new Memory(persistent, fresh, 0L, recurring, 3L, "2026-11-21T11:20:20Z", null, forgotten);
    }

    private static Finding finding(long records, Memory memory, Scope scope) {
        ReconcileJobStatus.Result result = Serialization.unmarshal("{\"verdict\": \"Drift\", \"rowsSource\": 1000000, \"rowsTarget\": 1000000, \"records\": " + records + ", \"memory\": "
                + Serialization.asJson(memory) + "}", ReconcileJobStatus.Result.class);
        return new Finding(5, "orders-5", Conditions.of("Succeeded", "True", 1L, "Compared", ""), false, result, scope);
    }

    private static Condition inSync(String status, String reason) {
        return Conditions.of("InSync", status, 1L, reason, "");
    }

    private static String reason(Condition before, Finding finding) {
        Drift drift = Serialization.unmarshal("{\"consecutiveRuns\": 1}", Drift.class);
        return DriftReason.of(before, finding, drift, 100);
    }

    @Test
    void driftThatMayPassWakesNobody() {
        assertThat(reason(null, finding(500, memory(0, 500, 0, 0), Scope.FULL))).isEqualTo("DriftFound");
        assertThat(reason(inSync("True", "NoDrift"), finding(500, memory(0, 500, 0, 0), Scope.FULL))).isEqualTo("DriftFound");
        assertThat(reason(inSync("False", "DriftFound"), finding(500, memory(0, 500, 0, 0), Scope.FULL))).as("other records than before").isEqualTo("DriftFound");
        assertThat(reason(inSync("False", "DriftFound"), finding(500, memory(100, 400, 0, 0), Scope.FULL))).as("what persists is tolerated").isEqualTo("DriftFound");
        assertThat(reason(inSync("False", "DriftPersists"), finding(500, memory(0, 500, 0, 0), Scope.FULL))).as("a full check takes the alarm back").isEqualTo("DriftFound");
    }

    @Test
    void theSameRecordsInTwoChecksInARowPersist() {
        assertThat(reason(inSync("False", "DriftFound"), finding(500, memory(101, 399, 0, 0), Scope.FULL))).isEqualTo("DriftPersists");
        assertThat(reason(inSync("Unknown", "StoreUnreachable"), finding(500, memory(101, 399, 0, 0), Scope.FULL))).as("a failed check in between").isEqualTo("DriftPersists");
        assertThat(reason(inSync("True", "WithinThreshold"), finding(500, memory(101, 399, 0, 0), Scope.FULL))).isEqualTo("DriftPersists");
    }

    @Test
    void recordsThatHadAgreedInBetweenRecur() {
        assertThat(reason(inSync("True", "NoDrift"), finding(500, memory(0, 300, 200, 0), Scope.FULL))).isEqualTo("DriftRecurs");
        assertThat(reason(inSync("False", "DriftFound"), finding(500, memory(400, 0, 200, 0), Scope.FULL))).isEqualTo("DriftRecurs");
        assertThat(reason(inSync("True", "NoDrift"), finding(500, memory(0, 400, 100, 0), Scope.FULL))).as("a few are tolerated").isEqualTo("DriftFound");
    }

    @Test
    void beyondTheMemorysBoundTwoChecksInARowAreEnough() {
        assertThat(reason(inSync("False", "DriftFound"), finding(500_000, memory(90, 4_910, 0, 495_000), Scope.FULL))).isEqualTo("DriftPersists");
        assertThat(reason(inSync("True", "NoDrift"), finding(500_000, memory(90, 4_910, 0, 495_000), Scope.FULL))).isEqualTo("DriftFound");
    }

    @Test
    void withoutAMemorySoAreThey() {
        assertThat(reason(inSync("True", "NoDrift"), finding(500, null, Scope.FULL))).isEqualTo("DriftFound");
        assertThat(reason(inSync("False", "DriftFound"), finding(500, null, Scope.FULL))).isEqualTo("DriftPersists");
    }

    @Test
    void aCheckOfAPartTakesNoAlarmBack() {
        assertThat(reason(inSync("False", "DriftRecurs"), finding(0, memory(0, 0, 0, 0), SWEEP))).as("it found none, and what stood stands").isEqualTo("DriftRecurs");
        assertThat(reason(inSync("False", "DriftPersists"), finding(500, memory(0, 500, 0, 0), SWEEP))).isEqualTo("DriftPersists");
        assertThat(reason(inSync("False", "DriftFound"), finding(500, memory(101, 399, 0, 0), SWEEP))).as("but it may raise one").isEqualTo("DriftPersists");
    }

    @Test
    void theHistorySaysWhatIsKnownAndHowWell() {
        assertThat(DriftReason.history(finding(5, memory(2, 2, 1, 0), Scope.FULL)))
                .isEqualTo("Of them 2 differed at the check before; 1 had agreed again in between, so what repairs them does not last; the oldest since check 3 at 2026-11-21T11:20:20Z");
        assertThat(DriftReason.history(finding(9_000, memory(2_000, 0, 0, 4_000), Scope.FULL))).startsWith("Of them at least 2,000 differed at the check before");
        assertThat(DriftReason.history(finding(5, memory(0, 5, 0, 0), Scope.FULL))).isNull();
        assertThat(DriftReason.history(finding(5, null, Scope.FULL))).isNull();
    }
}
