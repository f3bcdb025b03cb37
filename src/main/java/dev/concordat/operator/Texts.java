package dev.concordat.operator;

import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.SyncContractStatus.GapRows;
import dev.concordat.report.RunReport;
import dev.concordat.report.RunReport.Kind;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Pieces of messages that several conditions and events share. */
final class Texts {
    /** A full stop after a link is copied with it. */
    private static final Pattern URL_AT_END = Pattern.compile("https?://\\S+$");
    private static final Pattern ENDED = Pattern.compile("[.?!]$");

    private Texts() {}

    /** For example {@code 2 Different, 1 MissingOnTarget}: the most frequent kind first. */
    static String kinds(Map<String, Long> counts) {
        return Stream.of(Kind.values())
                .filter(kind -> counts.getOrDefault(kind.counter(), 0L) > 0)
                .sorted(Comparator.comparing((Kind kind) -> -counts.get(kind.counter())))
                .map(kind -> String.format(Locale.ROOT, "%,d %s", counts.get(kind.counter()), kind.word()))
                .collect(Collectors.joining(", "));
    }

    /** What was not judged because it kept changing, for the end of a sentence; empty when there was nothing. */
    static String unsettled(Map<String, Long> counts) {
        return unsettledYet(counts) + undecided(counts);
    }

    private static String undecided(Map<String, Long> counts) {
        long undecided = counts == null ? 0 : counts.getOrDefault("undecided", 0L);
        return undecided == 0 ? "" : String.format(Locale.ROOT, "; %,d more could not be decided", undecided);
    }

    private static String unsettledYet(Map<String, Long> counts) {
        long hot = counts == null ? 0 : counts.getOrDefault("hot", 0L);
        long inFlight = counts == null ? 0 : counts.getOrDefault("inFlight", 0L);
        return hot + inFlight == 0 ? "" : String.format(Locale.ROOT, "; %,d more kept changing or were on their way until the end and are left to the next check (%,d hot, %,d inFlight)",
                hot + inFlight, hot, inFlight);
    }

    /** What a report had no room for, for the end of a sentence; empty when it had. */
    static String omitted(RunReport.Omitted omitted) {
        if (omitted == null) {
            return "";
        }
        StringJoiner parts = new StringJoiner(", ", "; a report can only be so large, so this one leaves out ", "");
        add(parts, omitted.records(), "differing records");
        add(parts, omitted.contradictions(), "records of which the source contradicts itself");
        add(parts, omitted.fields(), "fields");
        add(parts, omitted.partitions(), "partitions");
        add(parts, omitted.gaps(), "gaps");
        add(parts, omitted.warnings(), "warnings");
        return parts + ". All counts are complete";
    }

    private static void add(StringJoiner parts, long number, String what) {
        if (number > 0) {
            parts.add(String.format(Locale.ROOT, "%,d %s", number, what));
        }
    }

    /** What the contract's gaps left out, as a sentence; null when they left out nothing. */
    static String gaps(List<GapRows> gaps) {
        String rows = gaps == null ? "" : gaps.stream().filter(gap -> gap.source() + gap.target() > 0)
                .map(gap -> String.format(Locale.ROOT, "%s (%,d on the source, %,d on the target)", gap.name(), gap.source(), gap.target())).collect(Collectors.joining(", "));
        return rows.isEmpty() ? null : "Left out by the contract's gaps: " + rows;
    }

    /** Sentences, each ended by one full stop. Null and blank ones are left out. A link at the very end stays bare, one before another sentence is in angle brackets. */
    static String sentences(String... parts) {
        List<String> said = Stream.of(parts).filter(part -> part != null && !part.isBlank()).map(String::strip).toList();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < said.size(); i++) {
            String sentence = i == 0 ? said.get(i) : " " + said.get(i);
            boolean last = i == said.size() - 1;
            Matcher link = URL_AT_END.matcher(sentence);
            if (link.find()) {
                text.append(last ? sentence : sentence.substring(0, link.start()) + "<" + link.group() + ">.");
            } else {
                text.append(ENDED.matcher(sentence).find() ? sentence : sentence + ".");
            }
        }
        return text.toString();
    }

    /** Whom to ask and what to read. */
    static String owner(SyncContractSpec spec) {
        SyncContractSpec.Owner owner = spec.owner();
        String who = "Owner: " + owner.team() + (owner.contact() == null ? "" : " (" + owner.contact() + ")");
        return owner.runbook() == null ? who : who + ". Runbook: " + owner.runbook();
    }
}
