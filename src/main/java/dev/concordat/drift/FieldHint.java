package dev.concordat.drift;

import dev.concordat.store.Form;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the differences of one field have in common, found while they pass by in memory that does not grow. Knows no clock and no database; not safe for use by several threads.
 */
final class FieldHint {
    /** Fewer differences than this may agree by chance. */
    private static final int FEWEST = 3;
    private static final double MOST_OF_THEM = 0.9;
    private static final int CANDIDATES = 64;
    private static final int LONG_TEXT = 10_000;
    private static final int NAME = 32;
    private static final Charset WINDOWS = Charset.forName("windows-1252");

    private long n;
    /** How many differences fit a description, by description. Descriptions without a value are few; those with one are bounded by {@link Frequent}. */
    private final Map<String, Long> fits = new LinkedHashMap<>();
    private final Frequent numbers = new Frequent();
    private final Frequent seconds = new Frequent();
    private final Frequent months = new Frequent();
    private final Frequent pairs = new Frequent();
    private final Frequent lengths = new Frequent();

    /**
     * One difference.
     *
     * @param source      typed value; null for NULL
     * @param sourceScale digits that the source's column keeps after the point; negative: unlimited
     */
    void add(Form form, Object source, int sourceScale, Object target, int targetScale) {
        n++;
        if (source == null || target == null) {
            fit(source == null ? "NULL on the source, not on the target" : "NULL on the target, not on the source");
            if ("".equals(source) || "".equals(target)) {
                fit(source == null ? "NULL on the source is '' on the target" : "'' on the source is NULL on the target");
            }
            return;
        }
        switch (source) {
            case BigDecimal s when target instanceof BigDecimal t -> numbers(s, sourceScale, t, targetScale);
            case Double s when target instanceof Double t -> doubles(s, t);
            case LocalDateTime s when target instanceof LocalDateTime t -> times(s, t);
            case String s when target instanceof String t && form.kind() == Form.Kind.TEXT -> texts(s, t);
            case Boolean s when target instanceof Boolean -> fit(s ? "true on the source, false on the target" : "false on the source, true on the target");
            default -> {
                // Of these nothing is known but that they differ.
            }
        }
    }

    /** Of the same difference, whether it is one for the rule only by which the digits beyond are cut or rounded. */
    void rounding(Plan.Field field, String source, String target) {
        Form form = field.sourceForm();
        if (source == null || target == null || form.kind() != Form.Kind.TIMESTAMP && form.kind() != Form.Kind.TIME) {
            return;
        }
        Form.Rounding other = form.round() ? Form.Rounding.CUT : Form.Rounding.UP;
        Object s = Typed.read(form.rounding(other), field.source(), source);
        if (s.equals(Typed.read(field.targetForm().rounding(other), field.target(), target))) {
            fit(form.round() ? "equal where the copy cuts digits and does not round: set compare.rounding to Cut" : "equal where the copy rounds and does not cut digits: set compare.rounding to Round");
        }
    }

    private void fit(String description) {
        fits.merge(description, 1L, Long::sum);
    }

    private void numbers(BigDecimal s, int sourceScale, BigDecimal t, int targetScale) {
        if (s.precision() > 60 || t.precision() > 60 || Math.abs(s.scale()) > 60 || Math.abs(t.scale()) > 60) {
            return;
        }
        numbers.add(t.subtract(s).stripTrailingZeros().toPlainString());
        if (s.signum() != 0 && s.negate().compareTo(t) == 0) {
            fit("sign reversed");
        }
        if (targetScale >= 0 && s.scale() > targetScale) {
            fit(s, t, targetScale, "target");
        }
        if (sourceScale >= 0 && t.scale() > sourceScale) {
            fit(t, s, sourceScale, "source");
        }
        for (int power = 1; power <= 6 && s.signum() != 0; power++) {
            if (s.scaleByPowerOfTen(power).compareTo(t) == 0) {
                fit("target is " + BigDecimal.TEN.pow(power).toPlainString() + " times the source: check the units");
            } else if (t.scaleByPowerOfTen(power).compareTo(s) == 0) {
                fit("source is " + BigDecimal.TEN.pow(power).toPlainString() + " times the target: check the units");
            }
        }
        if (s.floatValue() == t.floatValue() && s.signum() != 0) {
            fit("equal in the digits that a single-precision float keeps");
        }
    }

    private void fit(BigDecimal fine, BigDecimal coarse, int scale, String side) {
        if (fine.setScale(scale, RoundingMode.HALF_UP).compareTo(coarse) == 0 || fine.setScale(scale, RoundingMode.DOWN).compareTo(coarse) == 0) {
            fit(side + " cut or rounded to " + scale + (scale == 1 ? " digit" : " digits") + " after the point");
        }
    }

    private void doubles(double s, double t) {
        if ((float) s == (float) t) {
            fit("equal in the digits that a single-precision float keeps");
        } else if (Double.isFinite(s) && Double.isFinite(t)) {
            if (Math.abs(s - t) <= 1e-12 * Math.max(Math.abs(s), Math.abs(t))) {
                fit("equal but for the last digits of a double");
            }
            numbers.add(new BigDecimal(t).subtract(new BigDecimal(s)).round(new MathContext(9)).stripTrailingZeros().toPlainString());
        }
    }

    private void times(LocalDateTime s, LocalDateTime t) {
        Duration delta = Duration.between(s, t);
        seconds.add(BigDecimal.valueOf(delta.getSeconds()).add(BigDecimal.valueOf(delta.getNano(), 9)).stripTrailingZeros().toPlainString());
        if (s.toLocalTime().equals(t.toLocalTime())) {
            Period period = Period.between(s.toLocalDate(), t.toLocalDate());
            if (s.plusMonths(period.toTotalMonths()).equals(t)) {
                months.add(Long.toString(period.toTotalMonths()));
            }
        }
        for (Map.Entry<ChronoUnit, String> unit : Map.of(ChronoUnit.MILLIS, "milliseconds", ChronoUnit.SECONDS, "seconds", ChronoUnit.MINUTES, "minutes", ChronoUnit.DAYS, "days").entrySet()) {
            cut(s, t, unit.getKey(), "target", unit.getValue());
            cut(t, s, unit.getKey(), "source", unit.getValue());
        }
    }

    private void cut(LocalDateTime fine, LocalDateTime coarse, ChronoUnit unit, String side, String name) {
        if (!fine.equals(coarse) && coarse.equals(coarse.truncatedTo(unit))) {
            if (coarse.equals(fine.truncatedTo(unit))) {
                fit(side + " cut to " + name);
            } else if (coarse.equals(fine.truncatedTo(unit).plus(1, unit)) && Duration.between(fine, coarse).multipliedBy(2).compareTo(unit.getDuration()) <= 0) {
                fit(side + " rounded to " + name);
            }
        }
    }

    private void texts(String s, String t) {
        if (s.length() > LONG_TEXT || t.length() > LONG_TEXT) {
            return;
        }
        if (s.strip().equals(t.strip())) {
            fit("differs in blanks at the ends only");
        } else if (s.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT).equals(t.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT))) {
            fit("differs in upper and lower case only");
        } else if (Normalizer.normalize(s, Normalizer.Form.NFC).equals(Normalizer.normalize(t, Normalizer.Form.NFC))) {
            fit("differs in the form of accented letters only (Unicode normalization)");
        } else if (s.replace("\r\n", "\n").equals(t.replace("\r\n", "\n"))) {
            fit("differs in line ends only");
        } else if (misread(s, t)) {
            fit("target is UTF-8 read as latin1: check the character set of whatever writes it");
        } else if (misread(t, s)) {
            fit("source is UTF-8 read as latin1: check the character set of whatever writes it");
        } else if (lost(s, t)) {
            fit("characters lost on the target, written as ?: check its character set");
        } else if (!t.isEmpty() && s.startsWith(t)) {
            lengths.add("target cut to " + t.codePointCount(0, t.length()) + " characters");
        } else if (!s.isEmpty() && t.startsWith(s)) {
            lengths.add("source cut to " + s.codePointCount(0, s.length()) + " characters");
        }
        if (s.length() <= NAME && t.length() <= NAME) {
            pairs.add("'" + s + "' on the source is '" + t + "' on the target");
        }
    }

    private static boolean misread(String right, String wrong) {
        byte[] bytes = right.getBytes(StandardCharsets.UTF_8);
        return bytes.length > right.length() && (new String(bytes, StandardCharsets.ISO_8859_1).equals(wrong) || decoded(bytes).equals(wrong));
    }

    private static String decoded(byte[] bytes) {
        try {
            return WINDOWS.newDecoder().onUnmappableCharacter(CodingErrorAction.REPORT).decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            return "";
        }
    }

    private static boolean lost(String s, String t) {
        if (t.indexOf('?') < 0 || s.codePointCount(0, s.length()) != t.length() && s.length() != t.length()) {
            return false;
        }
        int[] points = s.length() == t.length() ? s.chars().toArray() : s.codePoints().toArray();
        boolean any = false;
        for (int i = 0; i < points.length; i++) {
            if (points[i] != t.charAt(i)) {
                if (points[i] < 128 || t.charAt(i) != '?') {
                    return false;
                }
                any = true;
            }
        }
        return any;
    }

    /** What at least nine of ten differences have in common, the most telling first; null when nothing is known. */
    String text() {
        if (n < FEWEST) {
            return null;
        }
        Map.Entry<String, Long> best = null;
        for (Map.Entry<String, Long> fit : fits.entrySet()) {
            // Of two that hold, the narrower one was added later: '' is NULL is more than NULL.
            if (fit.getValue() >= MOST_OF_THEM * n && (best == null || fit.getValue() >= best.getValue())) {
                best = fit;
            }
        }
        if (best != null) {
            return described(best.getKey(), best.getValue());
        }
        for (Frequent frequent : List.of(lengths, pairs)) {
            String most = frequent.most(n);
            if (most != null) {
                return described(most, frequent.count(most));
            }
        }
        String month = months.most(n);
        if (month != null) {
            long m = Long.parseLong(month);
            return described("constant delta of " + (m % 12 == 0 ? count(m / 12, "year") : count(m, "month")), months.count(month));
        }
        String number = numbers.most(n);
        return number == null ? times() : described("constant delta of " + number, numbers.count(number));
    }

    private String times() {
        String second = seconds.most(n);
        if (second != null) {
            return described("constant delta of " + shown(second) + " s" + (zone(second) ? ": check the time zones" : ""), seconds.count(second));
        }
        List<String> zones = seconds.counts.keySet().stream().filter(FieldHint::zone).sorted(Comparator.comparing(seconds::count).reversed()).limit(2).toList();
        long both = zones.stream().mapToLong(seconds::count).sum() - seconds.lost;
        return zones.size() == 2 && both >= MOST_OF_THEM * n && new BigDecimal(zones.get(0)).subtract(new BigDecimal(zones.get(1))).abs().intValue() == 3_600
                ? described("delta of " + shown(zones.get(0)) + " s or " + shown(zones.get(1)) + " s: check the time zones, one has daylight saving", both) : null;
    }

    /** Whether time zones differ by so much. */
    private static boolean zone(String seconds) {
        BigDecimal s = new BigDecimal(seconds);
        return s.remainder(BigDecimal.valueOf(900)).signum() == 0 && s.abs().intValue() <= 26 * 3_600;
    }

    private static String shown(String seconds) {
        BigDecimal s = new BigDecimal(seconds);
        return s.scale() <= 0 || s.stripTrailingZeros().scale() <= 0 ? String.format(Locale.ROOT, "%,d", s.longValue()) : s.toPlainString();
    }

    private static String count(long number, String unit) {
        return number + " " + unit + (Math.abs(number) == 1 ? "" : "s");
    }

    private String described(String what, long fitting) {
        return fitting >= n ? what : what + " (in " + fitting * 100 / n + " % of them)";
    }

    /** Counts of the values that are frequent among many, after Misra and Gries: each is too small by at most a 64th of all. */
    private static final class Frequent {
        private final Map<String, Long> counts = new HashMap<>();
        private long lost;

        void add(String value) {
            if (counts.containsKey(value) || counts.size() < CANDIDATES) {
                counts.merge(value, 1L, Long::sum);
                return;
            }
            lost++;
            for (Iterator<Map.Entry<String, Long>> all = counts.entrySet().iterator(); all.hasNext();) {
                Map.Entry<String, Long> one = all.next();
                if (one.getValue() == 1) {
                    all.remove();
                } else {
                    one.setValue(one.getValue() - 1);
                }
            }
        }

        long count(String value) {
            return Math.addExact(counts.getOrDefault(value, 0L), lost);
        }

        /** The value that at least nine of ten have; null when there is none. */
        String most(long n) {
            return counts.entrySet().stream().filter(e -> e.getValue() + lost >= MOST_OF_THEM * n && e.getValue() >= 0.8 * n).map(Map.Entry::getKey).findFirst().orElse(null);
        }
    }
}
