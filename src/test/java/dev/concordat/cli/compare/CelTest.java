package dev.concordat.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The part of CEL that rules are written in. */
class CelTest {
    private static Object value(String expression) throws Exception {
        return Cel.evaluate(expression, new ObjectMapper().readTree("{\"a\": 1, \"s\": \"it's\", \"l\": [\"x\", \"y\", \"y\"], \"m\": {\"k\": 2}, \"t\": true, \"d\": \"1h30m\"}"));
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " -> ", quoteCharacter = '^', value = {
        "self.a + 2 * 3 == 7 -> true", "(self.a + 2) * 3 == 9 -> true", "!self.t || self.a >= 1 -> true", "self.a < 1 ? false : self.a <= 1 && self.a != 2 -> true", "has(self.m.k) && !has(self.m.q) && !has(self.q) -> true",
        "'x' in self.l && !('z' in self.l) && 'k' in self.m -> true", "self.l.all(v, v == 'x' || v == 'y') -> true", "self.l.exists(v, v == 'y') -> true", "self.l.exists_one(v, v == 'y') -> false",
        "self.l.all(v, self.l.exists_one(w, w == v)) -> false", "self.m.all(k, k == 'k') -> true", "size(self.l) == 3 && size(self.s) == 4 && size(self.m) == 1 -> true", "self.l[1] == 'y' -> true",
        "duration(self.d) > duration('89m') && duration(self.d).getSeconds() / 60 == 90 -> true", "duration('1m') + duration('30s') == duration('90s') -> true", "double('1.5') * 2.0 >= 3.0 -> true",
        "self.a in [1, 2] -> true", "self.s == 'it\\'s' -> true", "'a' + \"b\" == 'ab' -> true", "has(self.a) == has(self.q) -> false"})
    void expressions(String expression, boolean expected) throws Exception {
        assertThat(value(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "self.", "self.q", "other", "1 +", "(1", "self.a && true", "'a' < 1", "self.s.matches('x')", "string(1)", "1 2", "self.a +- #", "duration('x') == duration('1s')", "has(self)", "1 + 1.5 == 2.5"})
    void whatIsBeyondThisPartIsAnErrorAndNeverAGuess(String expression) {
        assertThatThrownBy(() -> value(expression)).isInstanceOf(Cel.CelError.class);
    }

    @Test
    void rulesStopAsSoonAsTheyAreDecided() throws Exception {
        assertThat(value("!has(self.q) || self.q.r == 1")).isEqualTo(true);
        assertThat(value("has(self.q) && self.q.r == 1")).isEqualTo(false);
    }
}
