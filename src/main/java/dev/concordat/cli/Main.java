package dev.concordat.cli;

import dev.concordat.operator.OperatorApp;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import picocli.CommandLine;

/**
 * Picks the command before Quarkus starts: only {@code operator} pays for the container and the operator framework. Everything else is
 * plain Java, so that a worker queries its database within a second.
 */
@QuarkusMain
public final class Main {
    private Main() {}

    public static void main(String... args) {
        if (args.length == 1 && args[0].equals("operator")) {
            Quarkus.run(OperatorApp.class);
            return;
        }
        System.exit(execute(args));
    }

    /** Runs a command of the plain program and returns its exit code: 2 for a usage error. */
    static int execute(String... args) {
        return new CommandLine(new Concordat()).setCaseInsensitiveEnumValuesAllowed(true).execute(args);
    }
}
