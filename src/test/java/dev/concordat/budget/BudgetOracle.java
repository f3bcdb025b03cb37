package dev.concordat.budget;

import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import java.util.ArrayList;
import java.util.List;

/**
 * The ledger told by a list: a letter for every slice that was ever heard of or waited for, none ever dropped. Too
 * simple to be wrong, and too large to be kept.
 */
final class BudgetOracle {
    /** What the prober measured in one of its lives: a letter for every slice that it closed, by number. */
    static final class Life {
        final long epoch;
        final long first;
        final Life before;
        final StringBuilder closed = new StringBuilder();

        Life(long epoch, long first, Life before) {
            this.epoch = epoch;
            this.first = first;
            this.before = before;
        }

        long last() {
            return first + closed.length() - 1;
        }

        /** U where this life, or the one before, did not watch. */
        char at(long number) {
            if (number >= first) {
                return closed.charAt((int) (number - first));
            }
            return before != null && number <= before.last() ? before.at(number) : 'U';
        }
    }

    final List<Character> tape = new ArrayList<>();
    private final int window;
    private Life heard;
    private long until;
    private boolean parted;
    long pausedFrom = Long.MAX_VALUE;
    long pausedTo = Long.MIN_VALUE;

    BudgetOracle(int window) {
        this.window = window;
    }

    /**
     * @param from    oldest number that the report carries
     * @param to      newest
     * @param passed  slices for which there was time since the last news, by the operator's clock
     * @param slack   slices that a report may be late by
     * @param whole   whether that clock ran all the time
     */
    boolean hear(Life life, long from, long to, long passed, long slack, boolean whole) {
        List<Character> news = new ArrayList<>();
        if (heard == null) {
            for (long n = Math.max(from, life.first); n <= to; n++) {
                news.add(life.at(n));
            }
        } else if (parted) {
            unknown(news, 0, passed);
        } else if (heard == life) {
            if (to <= until) {
                return false;
            }
            unknown(news, 0, passed - slack - (to - until));
            known(news, life, until + 1, from, to);
        } else {
            long carried = life.before == heard ? Math.max(0, Math.min(life.first - 1, to) - until) : 0;
            long own = Math.max(0, to - life.first + 1);
            if (carried > 0) {
                known(news, life, until + 1, from, Math.min(life.first - 1, to));
            }
            unknown(news, 0, passed - carried - own);
            known(news, life, life.first, from, to);
        }
        long impossible = whole ? Math.max(0, news.size() - passed - slack) : 0;
        for (char letter : news.subList((int) impossible, news.size())) {
            long position = tape.size() + 1;
            tape.add(position >= pausedFrom && position <= pausedTo ? 'X' : letter);
        }
        heard = life;
        until = to;
        parted = false;
        return true;
    }

    private static void unknown(List<Character> news, long from, long to) {
        for (long i = from; i < to; i++) {
            news.add('U');
        }
    }

    private static void known(List<Character> news, Life life, long from, long carried, long to) {
        for (long n = from; n <= to; n++) {
            news.add(n < carried ? 'U' : life.at(n));
        }
    }

    BudgetOracle copy() {
        BudgetOracle copy = new BudgetOracle(window);
        copy.tape.addAll(tape);
        copy.heard = heard;
        copy.until = until;
        copy.parted = parted;
        copy.pausedFrom = pausedFrom;
        copy.pausedTo = pausedTo;
        return copy;
    }

    void part() {
        parted = heard != null;
    }

    /** What is told of the last so many slices, of those that were there. */
    int count(char letter, int slices) {
        int n = 0;
        for (int i = Math.max(0, tape.size() - slices); i < tape.size(); i++) {
            n += tape.get(i) == letter ? 1 : 0;
        }
        return n;
    }

    static char letter(SliceState state) {
        return "GBUX".charAt(state.ordinal());
    }
}
