package dev.concordat.drift;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Tries a server's settings, many at a time; where that changes something, finds which of them it was. */
final class SettingsWalk {
    /** A setting at another legal value. */
    record Change(String name, String value) {}

    /**
     * What was not as without the changes.
     *
     * @param byName whether a setting was refused by its name, which alone is right, and beside others hides what these would do
     */
    record Problem(String words, boolean byName) {}

    /** Puts changes in force, compares, and takes them back. */
    @FunctionalInterface
    interface Trial {
        Optional<Problem> problem(List<Change> changes) throws Exception;
    }

    private final Trial trial;
    private final List<String> problems = new ArrayList<>();

    private SettingsWalk(Trial trial) {
        this.trial = trial;
    }

    /**
     * The settings that change something, and what; empty when none does.
     *
     * @param alone those that are tried one by one, since they are refused by name
     */
    static List<String> problems(List<Change> all, Set<String> alone, int together, Trial trial) throws Exception {
        SettingsWalk walk = new SettingsWalk(trial);
        for (Change change : all) {
            if (alone.contains(change.name())) {
                walk.bisect(List.of(change));
            }
        }
        List<Change> changes = all.stream().filter(change -> !alone.contains(change.name())).toList();
        for (int from = 0; from < changes.size(); from += together) {
            walk.bisect(changes.subList(from, Math.min(changes.size(), from + together)));
        }
        return walk.problems;
    }

    private void bisect(List<Change> changes) throws Exception {
        Optional<Problem> problem = trial.problem(changes);
        if (problem.isEmpty() || changes.size() == 1 && problem.get().byName()) {
            return;
        }
        if (changes.size() == 1) {
            problems.add(changes.getFirst().name() + " = " + changes.getFirst().value() + ": " + problem.get().words());
            return;
        }
        int before = problems.size();
        bisect(changes.subList(0, changes.size() / 2));
        bisect(changes.subList(changes.size() / 2, changes.size()));
        if (problems.size() == before && !problem.get().byName()) {
            problems.add("only together, " + changes + ": " + problem.get().words());
        }
    }
}
