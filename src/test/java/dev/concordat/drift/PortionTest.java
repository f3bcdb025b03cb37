package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many records are read at once. */
class PortionTest {
    private static List<Integer> portions(Portion portion, long charsEach) {
        List<Integer> sizes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int size = portion.next();
            sizes.add(size);
            portion.took(size, size * charsEach);
        }
        return sizes;
    }

    @Test
    void smallRecordsSoonComeInFullPortions() {
        assertThat(portions(new Portion(), 200)).containsExactly(8, 32, 128, 500, 500);
    }

    @Test
    void largeRecordsComeInSmallPortions() {
        assertThat(portions(new Portion(), 50_000)).containsExactly(8, 20, 20, 20, 20);
        assertThat(portions(new Portion(), 40_000_000)).containsExactly(8, 1, 1, 1, 1);
    }

    @Test
    void aPortionThatIsTooLargeMakesTheNextOnesSmaller() {
        Portion portion = new Portion();
        portions(portion, 200);
        portion.tooLarge(500);
        assertThat(portion.next()).isEqualTo(125);
        portion.took(125, 125 * 50_000);
        assertThat(portion.next()).isEqualTo(20);
    }
}
