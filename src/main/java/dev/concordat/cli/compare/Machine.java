package dev.concordat.cli.compare;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What the command sees of the machine that it runs on.
 *
 * @param in        standard input
 * @param out       standard output, for the result alone
 * @param err       standard error, for everything else
 * @param env       environment variables
 * @param home      the user's own folder
 * @param terminals which of the standard streams 0, 1 and 2 are terminals, as digits
 */
record Machine(InputStream in, PrintStream out, PrintStream err, Map<String, String> env, Path home, String terminals) {
    /** System property with {@link #terminals()}, set by the launcher: Java itself tells only whether both input and output are terminals. */
    static final String TERMINALS = "concordat.terminals";

    static Machine own(PrintStream out, PrintStream err) {
        String terminals = System.getProperty(TERMINALS);
        return new Machine(System.in, out, err, System.getenv(), Path.of(System.getProperty("user.home", ".")), terminals != null ? terminals : terminal(0) + terminal(1) + terminal(2));
    }

    boolean inputIsTerminal() {
        return terminals.contains("0");
    }

    boolean outputIsTerminal() {
        return terminals.contains("1");
    }

    boolean errorIsTerminal() {
        return terminals.contains("2");
    }

    /** Colour only for people who can see it and did not refuse it (no-color.org). */
    boolean colour() {
        return outputIsTerminal() && env.getOrDefault("NO_COLOR", "").isEmpty() && !"dumb".equals(env.get("TERM"));
    }

    /** The stream's digit when Linux says that it is a terminal. */
    private static String terminal(int stream) {
        try {
            String device = Files.readSymbolicLink(Path.of("/proc/self/fd/" + stream)).toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty") || device.equals("/dev/console") ? Integer.toString(stream) : "";
        } catch (IOException | UnsupportedOperationException e) {
            return "";
        }
    }
}
