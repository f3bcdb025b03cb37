package dev.concordat.cli.compare;

import dev.concordat.contract.Durations;
import dev.concordat.drift.Outcome;
import dev.concordat.report.RunReport;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** For a person at three in the morning: the verdict first, then what is not zero, then the first records. */
final class TextWriter implements ResultWriter {
    private static final int VALUE = 60;
    private static final int FIELDS = 6;
    private static final Map<String, String> WORDS = Map.ofEntries(
            Map.entry("missingOnTarget", "missing on the target"), Map.entry("orphanOnTarget", "only on the target"), Map.entry("different", "different"),
            Map.entry("stale", "stale: the target has an older version"), Map.entry("ahead", "ahead: the target has a newer version"),
            Map.entry("diverged", "diverged: same version, different content"), Map.entry("duplicateKey", "key more than once"),
            Map.entry("encodingOnly", "written differently, and equal by type"), Map.entry("inFlight", "in flight: still changing at the last look"),
            Map.entry("hot", "hot: written to at every look"), Map.entry("undecided", "undecided: nothing is known of them"),
            Map.entry("unreliable", "source contradicts itself"), Map.entry("kept", "deleted on the source and kept on the target, as the contract says"));

    private final PrintStream out;
    private final boolean colour;
    private final int maxRecords;

    TextWriter(PrintStream out, boolean colour, int maxRecords) {
        this.out = out;
        this.colour = colour;
        this.maxRecords = maxRecords;
    }

    @Override
    public boolean record(RunReport.Record record) {
        return true;
    }

    @Override
    public void done(Finding finding) {
        if (finding.verdict().failure()) {
            // There is no result; standard error says why.
            return;
        }
        Outcome outcome = finding.outcome();
        StringBuilder text = new StringBuilder();
        String word = switch (finding.verdict().verdict()) {
            case IN_SYNC -> paint("32", "IN SYNC");
            case DRIFT -> paint("31", "DRIFT");
            case INCOMPLETE -> paint("33", "INCOMPLETE");
        };
        text.append(word).append("  ").append(Printable.line(finding.verdict().message())).append('\n');
        side(text, "source", finding.source(), outcome.rows() == null ? null : outcome.rows().source());
        side(text, "target", finding.target(), outcome.rows() == null ? null : outcome.rows().target());
        if (outcome.coverage() != null && !outcome.coverage().equals(RunReport.Coverage.FULL)) {
            text.append("covered ").append(coverage(outcome.coverage())).append('\n');
        }
        List<String[]> drift = new ArrayList<>();
        for (RunReport.Kind kind : RunReport.Kind.values()) {
            count(drift, outcome, kind.counter());
        }
        table(text, "drift", drift);
        List<String[]> beside = new ArrayList<>();
        RunReport.NOT_DRIFT.forEach(name -> count(beside, outcome, name));
        outcome.gaps().stream().filter(g -> g.source() + g.target() > 0)
                .forEach(g -> beside.add(new String[] {number(Math.max(g.source(), g.target())), "left out by gap " + Printable.value(g.name()) + String.format(Locale.ROOT, " (source %,d, target %,d)", g.source(), g.target())}));
        table(text, "not drift", beside);
        table(text, "by field", outcome.fields().stream().map(f -> new String[] {number(f.different()), Printable.value(f.name()) + (f.hint() == null ? "" : ": " + Printable.value(f.hint()))}).toList());
        table(text, "by partition", outcome.partitions().stream()
                .map(p -> new String[] {number(p.drifted()), Printable.value(p.name()) + (p.rows() > 0 ? String.format(Locale.ROOT, " (of %,d)", Math.max(p.rows(), p.drifted())) : "")}).toList());
        records(text, outcome);
        for (RunReport.Contradiction contradiction : outcome.contradictions()) {
            text.append("\nunreliable  ").append(key(contradiction.key())).append("  ").append(Printable.value(contradiction.reason())).append('\n');
        }
        stats(text, finding);
        out.print(text);
        out.flush();
    }

    private String paint(String code, String word) {
        return colour ? "\u001b[1;" + code + "m" + word + "\u001b[0m" : word;
    }

    private static void side(StringBuilder text, String name, String place, Long rows) {
        text.append(name).append("  ").append(Printable.value(place)).append(rows == null ? "" : String.format(Locale.ROOT, "  %,d rows", rows)).append('\n');
    }

    private static String coverage(RunReport.Coverage coverage) {
        StringBuilder text = new StringBuilder(Printable.value(coverage.scope()));
        if (coverage.percent() != null && coverage.percent() < 100) {
            text.append(", ").append(coverage.percent()).append(" % of the records");
        }
        if (coverage.units() != null) {
            text.append(String.format(Locale.ROOT, ", %,d of %,d groups of neighbouring records drawn", coverage.units(), coverage.unitsTotal()));
            if (coverage.unitsDrifted() != null) {
                text.append(String.format(Locale.ROOT, ", %,d of them with a difference", coverage.unitsDrifted()));
            }
        }
        if (coverage.boundPpm() != null) {
            text.append(String.format(Locale.ROOT, "; with 95 %% confidence at most %,d of a million groups hold one", coverage.boundPpm()));
        }
        return text.toString();
    }

    private static String number(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    private static void count(List<String[]> lines, Outcome outcome, String name) {
        long n = outcome.counts().getOrDefault(name, 0L);
        if (n > 0) {
            lines.add(new String[] {number(n), WORDS.getOrDefault(name, name)});
        }
    }

    private static void table(StringBuilder text, String title, List<String[]> lines) {
        if (lines.isEmpty()) {
            return;
        }
        text.append('\n').append(title).append('\n');
        int width = lines.stream().mapToInt(l -> l[0].length()).max().orElse(0);
        for (String[] line : lines) {
            text.append("  ").repeat(' ', width - line[0].length()).append(line[0]).append("  ").append(line[1]).append('\n');
        }
    }

    private void records(StringBuilder text, Outcome outcome) {
        List<RunReport.Record> shown = outcome.records().subList(0, Math.min(maxRecords, outcome.records().size()));
        if (shown.isEmpty()) {
            return;
        }
        long all = RunReport.Kind.drifted(outcome.counts());
        text.append("\nrecords").append(shown.size() < all ? String.format(Locale.ROOT, " (the first %,d of %,d; --max-records shows more, -o ndjson all)", shown.size(), all) : "").append('\n');
        int width = Math.min(40, shown.stream().mapToInt(r -> key(r.key()).length()).max().orElse(0));
        for (RunReport.Record record : shown) {
            String key = key(record.key());
            text.append("  ").append(key).repeat(' ', Math.max(0, width - key.length())).append("  ").append(String.format("%-15s", record.kind().word()));
            if (record.versions() != null && record.versions().source() != null && record.versions().target() != null && !record.versions().source().equals(record.versions().target())) {
                text.append("  version ").append(Printable.value(record.versions().source())).append(" -> ").append(Printable.value(record.versions().target()));
            }
            int fields = 0;
            for (RunReport.Field field : record.fields()) {
                if (fields++ == FIELDS) {
                    text.append("  and ").append(record.fields().size() - FIELDS).append(" more");
                    break;
                }
                text.append("  ").append(Printable.value(field.name())).append(": ").append(value(field.source())).append(" -> ").append(value(field.target()));
            }
            trim(text).append('\n');
        }
    }

    private static StringBuilder trim(StringBuilder text) {
        while (text.charAt(text.length() - 1) == ' ') {
            text.setLength(text.length() - 1);
        }
        return text;
    }

    private static String key(Map<String, String> key) {
        List<String> parts = new ArrayList<>();
        key.forEach((name, value) -> parts.add(Printable.value(name) + "=" + Printable.value(String.valueOf(value))));
        return String.join(" ", parts);
    }

    private static String value(String value) {
        if (value == null) {
            return "NULL";
        }
        int points = value.codePointCount(0, value.length());
        return "'" + Printable.value(points <= VALUE ? value : value.substring(0, value.offsetByCodePoints(0, VALUE)) + "...") + "'";
    }

    private static void stats(StringBuilder text, Finding finding) {
        Finding.Stats stats = finding.stats();
        if (stats == null) {
            return;
        }
        List<String> phases = new ArrayList<>();
        finding.outcome().timings().forEach((phase, millis) -> phases.add(phase + " " + Durations.print(Duration.ofMillis(millis))));
        text.append("\nstats\n  time    ").append(String.join(", ", phases)).append('\n')
                .append(String.format(Locale.ROOT, "  speed   %,d rows a second, %,d chunks, %d connections to each side%n", stats.rowsPerSecond(), stats.chunks(), stats.connections()).replace("\r", ""));
        if (finding.outcome().plan() != null) {
            text.append("  plan    ").append(Printable.value(finding.outcome().plan())).append('\n');
        }
    }
}
