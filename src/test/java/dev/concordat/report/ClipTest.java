package dev.concordat.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ClipTest {
    private static final String FACE = "\ud83d\ude00";

    @Test
    void aCharacterOfTwoUnitsIsKeptOrLeftOutWhole() {
        assertThat(Clip.to("ab" + FACE + "c", 3)).isEqualTo("ab");
        assertThat(Clip.to("ab" + FACE + "c", 4)).isEqualTo("ab" + FACE);
        assertThat(Clip.to(FACE, 0)).isEmpty();
        assertThat(Clip.dotted("a" + FACE + FACE, 5)).isEqualTo("a" + FACE + FACE);
        assertThat(Clip.dotted("a" + FACE + FACE + "b", 5)).isEqualTo("a...");
        assertThat(Clip.dotted(null, 5)).isNull();
    }

    @Property
    void whatIsCutIsWithinItsBoundAndIsText(@ForAll String any, @ForAll @IntRange(min = 4, max = 40) int bound) {
        String text = new String(any.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        String units = Clip.dotted(text, bound);
        assertThat(units.length()).isLessThanOrEqualTo(bound);
        assertThat(new String(units.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)).isEqualTo(units);
        String bytes = Clip.dottedBytes(text, bound);
        assertThat(bytes.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(bound);
        assertThat(new String(bytes.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)).isEqualTo(bytes);
    }
}
