package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What can be said after a history of checks, from the list of all of them: plain and slow. Each check looked at a set of keys, and found some
 * to differ, some to be contradicted by the source, some that it could not decide.
 */
final class FoldingModel {
    /**
     * One check that had a verdict.
     *
     * @param part  number of the sweep's part, counted from 0; -1 for other scopes
     * @param last  whether that part is the sweep's last one
     * @param rules  number of the stretch of time with the same rules in which it compared
     * @param tables that it compared
     */
    record Look(long id, Scope scope, int part, boolean last, Set<Integer> keys, Set<Integer> drift, Set<Integer> unreliable, Set<Integer> undecided,
            int rules, int tables) {
        Set<Integer> of(Sort sort) {
            return switch (sort) {
                case DRIFT -> drift;
                case UNRELIABLE -> unreliable;
                case UNDECIDED -> undecided;
            };
        }
    }

    enum Sort { DRIFT, UNRELIABLE, UNDECIDED }

    /**
     * Drift as it is told: of one check, or of all parts of a round together.
     *
     * @param id    the check, or the last part that found some
     * @param since first check of the round; null: no round's
     */
    record Told(long id, long records, long rows, long undecided, Long since) {
        long ppm() {
            return Math.ceilDiv(records * 1_000_000, Math.max(1, rows));
        }
    }

    final List<Look> looks = new ArrayList<>();
    /** The last check after which every record had been compared, under the present rules; 0: none. */
    long full;
    /** First check of the last round that was complete, under the present rules; 0: none. */
    long verified;
    /** Whether the contract's own window or range was compared under the present rules. */
    boolean covered;

    void look(Look look, boolean own) {
        looks.add(look);
        boolean decided = standing(Sort.UNDECIDED).isEmpty();
        if (decided && (look.scope().type() == ScopeType.FULL || look.last() && since(looks.size() - 1) != null)) {
            full = look.id();
            verified = look.last() ? since(looks.size() - 1) : verified;
        }
        covered |= decided && own && (look.scope().type() == ScopeType.WINDOW || look.scope().type() == ScopeType.KEY_RANGE);
    }

    /** Other rules are in force from now on. */
    void rules() {
        full = 0;
        verified = 0;
        covered = false;
    }

    /** The checks of which something of that sort stands. */
    List<Look> standing(Sort sort) {
        List<Look> standing = new ArrayList<>();
        for (int i = 0; i < looks.size(); i++) {
            if (!looks.get(i).of(sort).isEmpty() && looks.get(i).tables() == looks.getLast().tables() && !takenBack(i)) {
                standing.add(looks.get(i));
            }
        }
        return standing;
    }

    /** Whether all that check {@code i} looked at was looked at again, as far as scopes tell. */
    private boolean takenBack(int i) {
        for (int j = i + 1; j < looks.size(); j++) {
            Look later = looks.get(j);
            Long since = later.last() ? since(j) : null;
            if (covers(later.scope(), looks.get(i).scope()) || since != null && looks.get(i).id() < since) {
                return true;
            }
        }
        return false;
    }

    private static boolean covers(Scope later, Scope earlier) {
        boolean window = later.type() == ScopeType.WINDOW && earlier.type() == ScopeType.WINDOW && later.field().equals(earlier.field());
        return later.type() == ScopeType.FULL || later.type() == ScopeType.KEY_RANGE && later.equals(earlier)
                || window && hours(later) >= hours(earlier);
    }

    private static int hours(Scope window) {
        return Integer.parseInt(window.last().replace("h", ""));
    }

    /** The first check of the round that check {@code j} is a part of; null when no round leads to it without a hole. */
    private Long since(int j) {
        int part = looks.get(j).part();
        int at = j;
        while (part > 0) {
            int before = at - 1;
            while (before >= 0 && looks.get(before).part() < 0) {
                before--;
            }
            if (before < 0 || looks.get(before).part() != part - 1 || looks.get(before).rules() != looks.get(j).rules()
                    || rulesChangedBetween(before, at)) {
                return null;
            }
            at = before;
            part--;
        }
        return part < 0 ? null : Long.valueOf(looks.get(at).id());
    }

    private boolean rulesChangedBetween(int from, int to) {
        return looks.subList(from, to + 1).stream().map(Look::rules).distinct().count() > 1;
    }

    /** The drift that stands, the parts of one round together. Of what is a round's, a full check meanwhile has taken back what came before. */
    List<Told> told() {
        List<Told> told = new ArrayList<>();
        Set<Long> rounds = new HashSet<>();
        for (Look look : standing(Sort.DRIFT)) {
            int at = looks.indexOf(look);
            Long since = look.part() < 0 ? null : since(at);
            if (since == null) {
                told.add(new Told(look.id(), look.drift().size(), look.keys().size(), look.undecided().size(), null));
            } else if (rounds.add(since)) {
                told.add(round(since));
            }
        }
        return told;
    }

    private Told round(long since) {
        long rows = 0;
        long records = 0;
        long undecided = 0;
        long last = 0;
        for (int i = 0; i < looks.size(); i++) {
            Look look = looks.get(i);
            if (look.part() >= 0 && Long.valueOf(since).equals(since(i))) {
                rows += look.keys().size();
                if (!takenBack(i)) {
                    records += look.drift().size();
                    undecided += look.undecided().size();
                    last = look.drift().isEmpty() ? last : look.id();
                }
            }
        }
        return new Told(last, records, rows, undecided, since);
    }

    /** First check of the round that the last check is a part of; null when that is not known, or it is none. */
    Long round() {
        return looks.getLast().part() < 0 ? null : since(looks.size() - 1);
    }

    /** Keys that were seen to be of that sort when a check looked at them last. */
    Set<Integer> lastSeen(Sort sort) {
        Set<Integer> seen = new TreeSet<>();
        for (Look look : looks) {
            if (look.tables() == looks.getLast().tables()) {
                seen.removeAll(look.keys());
                seen.addAll(look.of(sort));
            }
        }
        return seen;
    }

    /**
     * Keys that some check has looked at under the present rules.
     *
     * @param judged only those that the last of them was able to judge
     */
    Set<Integer> known(int rules, boolean judged) {
        Set<Integer> known = new TreeSet<>();
        int from = looks.size();
        while (from > 0 && looks.get(from - 1).rules() == rules) {
            from--;
        }
        for (Look look : looks.subList(from, looks.size())) {
            known.addAll(look.keys());
            known.removeAll(judged ? look.undecided() : Set.of());
        }
        return known;
    }
}
