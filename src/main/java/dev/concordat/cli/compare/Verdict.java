package dev.concordat.cli.compare;

import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.drift.Outcome;
import dev.concordat.report.Failure;
import dev.concordat.report.RunReport;
import dev.concordat.report.Share;
import java.util.Locale;

/**
 * What an outcome means for the person who asked: the verdict, why, and the exit code. Pure.
 *
 * @param reason  CamelCase, as in a contract's conditions
 * @param message one line for people
 * @param failure whether nothing is known of the data: the message tells what went wrong
 */
record Verdict(RunReport.Verdict verdict, String reason, String message, boolean failure, int exitCode) {
    static final int IN_SYNC = 0;
    static final int DRIFT = 1;
    static final int USAGE = 2;
    static final int INCOMPLETE = 3;
    static final int INTERRUPTED = 130;

    static Verdict of(Outcome outcome, ScopeType scope) {
        if (outcome.verdict() == RunReport.Verdict.DRIFT) {
            long undecided = outcome.counts().getOrDefault("undecided", 0L);
            return new Verdict(RunReport.Verdict.DRIFT, "DriftFound", String.format(Locale.ROOT, "%,d of %,d records differ%s", RunReport.Kind.drifted(outcome.counts()), records(outcome),
                    undecided > 0 ? String.format(Locale.ROOT, ", and %,d could not be decided", undecided) : ""), false, DRIFT);
        }
        Failure failure = outcome.failure();
        boolean sampled = scope == ScopeType.SAMPLE && (failure == null || failure.reason().equals(RunReport.SAMPLE_ONLY));
        if (sampled) {
            Long bound = outcome.coverage() == null ? null : outcome.coverage().boundPpm();
            return new Verdict(RunReport.Verdict.INCOMPLETE, RunReport.SAMPLE_ONLY, String.format(Locale.ROOT, "none of the sample's %,d records differs%s; a sample never proves that two tables are in sync", records(outcome),
                    bound == null ? "" : String.format(Locale.ROOT, ", so with 95 %% confidence at most %,d of a million groups of neighbouring records hold a difference", bound)), false, INCOMPLETE);
        }
        if (failure != null) {
            // With counts the scan came to its end, and only some records are open.
            return new Verdict(RunReport.Verdict.INCOMPLETE, failure.reason(), Printable.line(failure.text()), outcome.counts().isEmpty(), outcome.configuration() ? USAGE : INCOMPLETE);
        }
        return outcome.verdict() == RunReport.Verdict.IN_SYNC ? new Verdict(RunReport.Verdict.IN_SYNC, "NoDrift", none(outcome), false, IN_SYNC)
                : new Verdict(RunReport.Verdict.INCOMPLETE, "Undecided", "some records could not be decided", false, INCOMPLETE);
    }

    private static String none(Outcome outcome) {
        if (records(outcome) > 0 || outcome.rows() == null) {
            return String.format(Locale.ROOT, "none of %,d records differs", records(outcome));
        }
        boolean full = outcome.coverage() == null || outcome.coverage().equals(RunReport.Coverage.FULL);
        return full ? "both tables are empty: there was nothing to compare" : "neither side has a record in " + outcome.coverage().scope();
    }

    private static long records(Outcome outcome) {
        RunReport.Rows rows = outcome.rows() == null ? new RunReport.Rows(0, 0) : outcome.rows();
        return Share.records(rows.source(), rows.target(), outcome.counts());
    }

    /** {@code InSync}, {@code Drift} or {@code Incomplete}. */
    static String word(RunReport.Verdict verdict) {
        return switch (verdict) {
            case IN_SYNC -> "InSync";
            case DRIFT -> "Drift";
            case INCOMPLETE -> "Incomplete";
        };
    }
}
