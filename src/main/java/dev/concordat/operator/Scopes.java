package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.contract.Durations;
import java.util.Objects;

/**
 * What a check with one scope may say of what a check with another one found. Pure. A check takes back only what it looked at: everything (Full), the same
 * stretch (the same KeyRange, or a Window on the same field that reaches at least as far back). A Sample looks at other records every time and takes nothing back. A part of a Sweep
 * does not either; the end of its round does, which is for {@link Standings} to know.
 */
final class Scopes {
    private Scopes() {}

    /** @param earlier null: from a time when every check was Full */
    static boolean covers(Scope now, Scope earlier) {
        if (now.type() == ScopeType.FULL) {
            return true;
        }
        if (earlier == null || earlier.type() != now.type()) {
            return false;
        }
        return switch (now.type()) {
            case WINDOW -> now.field().equals(earlier.field()) && Durations.parse(now.last()).compareTo(Durations.parse(earlier.last())) >= 0;
            case KEY_RANGE -> Objects.equals(now.from(), earlier.from()) && Objects.equals(now.to(), earlier.to());
            default -> false;
        };
    }

    /**
     * Whether a check answers a question about another scope: it covers that, or it is of the very same kind, such as the next part of the
     * same sweep.
     *
     * @param now null: the asked scope itself
     */
    static boolean answers(Scope now, Scope asked) {
        return now == null || now.equals(asked) || covers(now, asked);
    }

    /** What has to be covered to take back what either of two checks found. */
    static Scope both(Scope a, Scope b) {
        return a == null || b == null ? Scope.FULL : covers(a, b) ? a : covers(b, a) ? b : Scope.FULL;
    }

    /** For people, for example {@code Window updated_at, last 2h}. */
    static String text(Scope scope) {
        if (scope == null) {
            return "Full";
        }
        return switch (scope.type()) {
            case FULL -> "Full";
            case WINDOW -> "Window " + scope.field() + ", last " + scope.last();
            case SAMPLE -> "Sample, " + scope.percent() + " %";
            case SWEEP -> "Sweep, " + scope.percent() + " %";
            case KEY_RANGE -> "KeyRange" + (scope.from() == null ? "" : " from " + scope.from()) + (scope.to() == null ? "" : " to " + scope.to());
        };
    }
}
