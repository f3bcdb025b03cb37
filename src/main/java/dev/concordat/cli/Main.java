package dev.concordat.cli;

import dev.concordat.cli.compare.CompareCommand;
import dev.concordat.dataplane.ChecksumWorker;
import dev.concordat.dataplane.Prober;
import dev.concordat.operator.OperatorApp;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.Arrays;
import java.util.logging.Level;
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
        boolean worker = args.length > 0 && (args[0].equals("checksum") || args[0].equals("probe"));
        boolean compare = args.length > 0 && args[0].equals("compare");
        // What compare has to say on standard error it says itself, in one line.
        LogOutput.toStandardError(worker ? Level.INFO : compare ? Level.OFF : Level.WARNING);
        if (compare) {
            System.exit(CompareCommand.main(Arrays.copyOfRange(args, 1, args.length)));
        }
        System.exit(worker && args.length == 1 ? work(args[0]) : execute(args));
    }

    /** As {@link #execute}, without the command line's classes: a tenth of a second until a worker's first query. */
    private static int work(String command) {
        try {
            return command.equals("checksum") ? ChecksumWorker.run(System.getenv()) : Prober.run(System.getenv());
        } catch (RuntimeException e) {
            e.printStackTrace();
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    /** Runs a command of the plain program and returns its exit code: 2 for a usage error. */
    static int execute(String... args) {
        return new CommandLine(new Concordat()).setCaseInsensitiveEnumValuesAllowed(true).execute(args);
    }
}
