package dev.concordat.cli;

import dev.concordat.cli.compare.CompareCommand;
import dev.concordat.dataplane.ChecksumWorker;
import dev.concordat.dataplane.Prober;
import dev.concordat.operator.OperatorApp;
import io.quarkus.bootstrap.logging.InitialConfigurator;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.Arrays;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.jboss.logmanager.handlers.ConsoleHandler;
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
        log(worker ? Level.INFO : compare ? Level.OFF : Level.WARNING);
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

    /** Quarkus would hold all log records back until it starts, which it never does here. To standard error: standard output carries results. */
    private static void log(Level level) {
        limit(level);
        Handler console = new ConsoleHandler(ConsoleHandler.Target.SYSTEM_ERR, new PatternFormatter("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5p %c{1} %m%n"));
        console.setLevel(level);
        // It warns that the client uses our own v1alpha1.
        Logger.getLogger("io.fabric8.kubernetes.client.dsl.internal.VersionUsageUtils").setLevel(Level.SEVERE);
        InitialConfigurator.DELAYED_HANDLER.setHandlers(new Handler[] {console});
    }

    /** Where only the handler leaves records out, the drivers still write them: MariaDB's every packet in hexadecimal digits, which was most of a worker's time. */
    static void limit(Level level) {
        Logger.getLogger("").setLevel(level);
    }

    /** Runs a command of the plain program and returns its exit code: 2 for a usage error. */
    static int execute(String... args) {
        return new CommandLine(new Concordat()).setCaseInsensitiveEnumValuesAllowed(true).execute(args);
    }
}
