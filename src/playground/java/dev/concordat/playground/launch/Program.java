package dev.concordat.playground.launch;

import dev.concordat.cli.Compare;
import dev.concordat.cli.Concordat;
import dev.concordat.cli.Worker;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The programs that the launcher starts with a short class path and an archive of their own. */
enum Program {
    /** The list of commands, and what is said of a mistake in it. Uses no service of the platform. */
    HELP(Concordat.class, "^java/"),
    /** Logs nothing. */
    COMPARE(Compare.class, "^org/slf4j/"),
    /** {@code checksum} and {@code probe}. The client of the API server is the JDK's; the one of Quarkus is named by a service file alone. */
    WORKER(Worker.class, "^io/quarkus/kubernetes/|^io/vertx/|^io/netty/|^io/fabric8/kubernetes/client/vertx/|^jakarta/enterprise/");

    private final Class<?> main;
    private final Pattern never;

    Program(Class<?> main, String never) {
        this.main = main;
        this.never = Pattern.compile(never);
    }

    Class<?> main() {
        return main;
    }

    /** What it does not use, though it is named somewhere: names with slashes. */
    Predicate<String> never() {
        return never.asPredicate();
    }

    String file() {
        return name().toLowerCase(Locale.ROOT);
    }
}
