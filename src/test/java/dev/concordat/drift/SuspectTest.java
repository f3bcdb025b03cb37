package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.drift.Suspect.Decision;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The rule of in-flight changes: only what stood still for the settle time is drift. */
class SuspectTest {
    private static final long V1 = 1;
    private static final long V2 = 2;
    private static final long OTHER = 99;
    private final Suspect suspect = Suspect.first(List.of("1"), null, V1, 0);

    @Test
    void aTargetThatHasCaughtUpIsCleared() {
        assertThat(suspect.decide(true, V2, V2)).isEqualTo(Decision.CLEARED);
    }

    @Test
    void aSourceThatStoodStillWhileTheTargetDiffersIsConfirmed() {
        assertThat(suspect.decide(false, V1, OTHER)).isEqualTo(Decision.CONFIRMED);
        assertThat(suspect.decide(false, V1, 0)).as("missing").isEqualTo(Decision.CONFIRMED);
    }

    @Test
    void aTargetThatShowsAnOlderVersionOfAMovingSourceIsInFlight() {
        assertThat(suspect.decide(false, V2, V1)).isEqualTo(Decision.IN_FLIGHT);
        assertThat(suspect.again(V2, 0).decide(false, 3, V1)).as("two versions behind").isEqualTo(Decision.IN_FLIGHT);
    }

    @Test
    void aTargetThatShowsSomethingElseThanAMovingSourceEverHadIsHot() {
        assertThat(suspect.decide(false, V2, OTHER)).isEqualTo(Decision.HOT);
    }

    @Test
    void anInsertOnItsWayIsInFlightUntilTheSourceStandsStill() {
        Suspect absentAtFirst = Suspect.first(List.of("1"), null, 0, 0);
        assertThat(absentAtFirst.decide(false, V1, 0)).isEqualTo(Decision.IN_FLIGHT);
        assertThat(absentAtFirst.again(V1, 0).decide(false, V1, 0)).isEqualTo(Decision.CONFIRMED);
    }

    @Property
    void aRecordIsConfirmedOnlyWhenItsSourceDidNotMove(@ForAll long before, @ForAll long now, @ForAll long target) {
        Decision decision = Suspect.first(List.of("k"), null, before, 0).decide(false, now, target);
        assertThat(decision == Decision.CONFIRMED).isEqualTo(before == now);
    }
}
