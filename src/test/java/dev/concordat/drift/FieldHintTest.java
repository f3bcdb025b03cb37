package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.store.Form;
import dev.concordat.store.Form.Kind;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.time.LocalDateTime;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the differences of a field have in common. */
class FieldHintTest {
    private static final String[] WORDS = {"Zürich", "Ærø", "naïve café", "Łódź", "façade"};

    private final Random random = new Random(3);

    /** The hint over a thousand values and what became of them. */
    private static <T> String hint(Kind kind, int scale, int targetScale, Function<Integer, T> source, Function<T, Object> target) {
        FieldHint hint = new FieldHint();
        for (int i = 0; i < 1_000; i++) {
            T value = source.apply(i);
            hint.add(Form.of(kind), value, scale, target.apply(value), targetScale);
        }
        return hint.text();
    }

    private String number(UnaryOperator<BigDecimal> change) {
        return hint(Kind.DECIMAL, 4, 2, i -> BigDecimal.valueOf(random.nextInt(1, 1_000_000_000), 4), change::apply);
    }

    private LocalDateTime time() {
        return LocalDateTime.of(2020, 1, 1, 0, 0).plusSeconds(random.nextInt(100_000_000)).plusNanos(random.nextInt(1, 1_000_000) * 1_000L);
    }

    private String time(UnaryOperator<LocalDateTime> change) {
        return hint(Kind.TIMESTAMP, 6, 6, _ -> time(), change::apply);
    }

    private String text(UnaryOperator<String> change) {
        return hint(Kind.TEXT, 0, 0, i -> WORDS[i % WORDS.length] + " " + i, change::apply);
    }

    @Test
    void timesThatAreOffByAConstant() {
        assertThat(time(t -> t.plusHours(1))).isEqualTo("constant delta of 3,600 s: check the time zones");
        assertThat(time(t -> t.minusMinutes(330))).isEqualTo("constant delta of -19,800 s: check the time zones");
        assertThat(time(t -> t.plusNanos(1_500_000_000))).isEqualTo("constant delta of 1.5 s");
        assertThat(time(t -> t.plusYears(1))).isEqualTo("constant delta of 1 year");
    }

    @Test
    void timesThatAreOffByAZoneWithDaylightSaving() {
        assertThat(time(t -> t.plusHours(t.getMonthValue() > 3 && t.getMonthValue() < 11 ? 2 : 1))).startsWith("delta of ").contains("7,200 s", "3,600 s", "daylight saving");
    }

    @Test
    void nineOfTenAreEnoughAndSaid() {
        assertThat(time(t -> random.nextInt(100) < 5 ? t.plusSeconds(random.nextInt(1, 90_000)) : t.plusHours(1))).matches("constant delta of 3,600 s: check the time zones \\(in 9\\d % of them\\)");
        assertThat(time(t -> random.nextInt(100) < 30 ? t.plusSeconds(random.nextInt(1, 90_000)) : t.plusHours(1))).isNull();
    }

    @Test
    void timesThatAreCut() {
        assertThat(time(t -> t.withNano(0))).isEqualTo("target cut to seconds");
        assertThat(time(t -> t.withNano(t.getNano() / 1_000_000 * 1_000_000))).isEqualTo("target cut to milliseconds");
        assertThat(time(t -> t.toLocalDate().atStartOfDay())).isEqualTo("target cut to days");
        assertThat(hint(Kind.TIMESTAMP, 6, 6, _ -> time().withNano(0), t -> t.plusNanos(random.nextInt(1, 999_999) * 1_000L))).isEqualTo("source cut to seconds");
    }

    @Test
    void numbers() {
        assertThat(number(n -> n.add(new BigDecimal("0.01")))).isEqualTo("constant delta of 0.01");
        assertThat(number(BigDecimal::negate)).isEqualTo("sign reversed");
        assertThat(number(n -> n.movePointRight(2))).isEqualTo("target is 100 times the source: check the units");
        assertThat(number(n -> n.movePointLeft(3))).isEqualTo("source is 1000 times the target: check the units");
        assertThat(hint(Kind.DECIMAL, 4, 2, i -> BigDecimal.valueOf(i * 10_000L + 1_234, 4), n -> n.setScale(2, java.math.RoundingMode.DOWN))).isEqualTo("target cut or rounded to 2 digits after the point");
        assertThat(hint(Kind.INTEGER, 0, 0, BigDecimal::valueOf, n -> n.add(BigDecimal.valueOf(random.nextInt(1, 1_000_000))))).isNull();
        assertThat(hint(Kind.DOUBLE, -1, -1, _ -> random.nextDouble(), d -> (double) (float) d.doubleValue())).isEqualTo("equal in the digits that a single-precision float keeps");
    }

    @Test
    void texts() {
        assertThat(text(s -> s.toUpperCase(Locale.ROOT))).isEqualTo("differs in upper and lower case only");
        assertThat(text(s -> s + "  ")).isEqualTo("differs in blanks at the ends only");
        assertThat(text(s -> new String(s.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1))).isEqualTo("target is UTF-8 read as latin1: check the character set of whatever writes it");
        assertThat(text(s -> s.replaceAll("[^ -~]", "?"))).isEqualTo("characters lost on the target, written as ?: check its character set");
        assertThat(hint(Kind.TEXT, 0, 0, i -> i + " Zürich façade", s -> Normalizer.normalize(s, Normalizer.Form.NFD))).isEqualTo("differs in the form of accented letters only (Unicode normalization)");
        assertThat(hint(Kind.TEXT, 0, 0, i -> "a\nb" + i, s -> s.replace("\n", "\r\n"))).isEqualTo("differs in line ends only");
        assertThat(hint(Kind.TEXT, 0, 0, i -> "a long description of " + i, s -> s.substring(0, 10))).isEqualTo("target cut to 10 characters");
        assertThat(hint(Kind.TEXT, 0, 0, _ -> "shipped", _ -> "sent")).isEqualTo("'shipped' on the source is 'sent' on the target");
        assertThat(text(s -> s.hashCode() + "x")).isNull();
    }

    @Test
    void missingValues() {
        assertThat(text(_ -> null)).isEqualTo("NULL on the target, not on the source");
        assertThat(hint(Kind.TEXT, 0, 0, _ -> null, _ -> "")).isEqualTo("NULL on the source is '' on the target");
        assertThat(hint(Kind.TEXT, 0, 0, _ -> "", _ -> null)).isEqualTo("'' on the source is NULL on the target");
        assertThat(hint(Kind.BOOLEAN, 0, 0, _ -> true, _ -> false)).isEqualTo("true on the source, false on the target");
    }

    @Test
    void twoDifferencesMayAgreeByChance() {
        FieldHint hint = new FieldHint();
        IntStream.range(0, 2).forEach(_ -> hint.add(Form.of(Kind.TEXT), null, 0, "x", 0));
        assertThat(hint.text()).isNull();
    }

    @Test
    void aConstantIsFoundAfterManyThatAreNot() {
        FieldHint hint = new FieldHint();
        for (int i = 0; i < 20_000; i++) {
            LocalDateTime t = time();
            hint.add(Form.of(Kind.TIMESTAMP), t, 6, i < 1_000 ? time() : t.plusHours(1), 6);
        }
        assertThat(hint.text()).isEqualTo("constant delta of 3,600 s: check the time zones (in 95 % of them)");
    }
}
