package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Condition;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConditionsTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00.987Z");
    private static final Condition WRITTEN = new Condition("InSync", "True", 1L, "2026-11-20T00:00:00Z", "NoDrift", "Check 4");

    @Test
    void theTransitionTimeStaysWhileTheStatusStays() {
        Condition merged = Conditions.merge(List.of(WRITTEN), List.of(Conditions.of("InSync", "True", 2L, "WithinThreshold", "Check 5")), NOW).getFirst();
        assertThat(merged).isEqualTo(new Condition("InSync", "True", 2L, "2026-11-20T00:00:00Z", "WithinThreshold", "Check 5"));
    }

    @Test
    void theTransitionTimeIsNowWhenTheStatusChanges() {
        assertThat(Conditions.merge(List.of(WRITTEN), List.of(Conditions.of("InSync", "False", 2L, "DriftFound", "")), NOW).getFirst().lastTransitionTime()).isEqualTo("2026-11-21T12:00:00Z");
    }

    @Test
    void whatIsNotWantedAnyMoreGoes() {
        Condition stalled = new Condition("Stalled", "True", 1L, "2026-11-20T00:00:00Z", "SchemaChanged", "");
        assertThat(Conditions.merge(List.of(WRITTEN, stalled), List.of(WRITTEN), NOW)).containsExactly(WRITTEN);
    }

    @Test
    void aMessageFitsTheSchema() {
        assertThat(Conditions.of("InSync", "False", 1L, "DriftFound", "x".repeat(10_000)).message()).hasSize(Condition.MAX_MESSAGE).endsWith("...");
    }
}
