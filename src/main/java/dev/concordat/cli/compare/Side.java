package dev.concordat.cli.compare;

import java.util.Locale;

/** One of the two tables, and how options, variables and messages call it. */
enum Side {
    SOURCE, TARGET;

    /** {@code source} or {@code target}. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@code CONCORDAT_SOURCE_<name>}. */
    String variable(String name) {
        return "CONCORDAT_" + name() + "_" + name;
    }

    /** {@code --source-<name>}. */
    String option(String name) {
        return "--" + word() + "-" + name;
    }
}
