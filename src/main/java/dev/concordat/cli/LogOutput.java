package dev.concordat.cli;

import io.quarkus.bootstrap.logging.InitialConfigurator;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.jboss.logmanager.handlers.ConsoleHandler;

/** Where the log of a process goes that is not the operator's. */
public final class LogOutput {
    private LogOutput() {}

    /**
     * Quarkus would hold all log records back until it starts, which it never does here. To standard error: standard output carries results.
     *
     * @param level what is written from
     */
    public static void toStandardError(Level level) {
        limit(level);
        Handler console = new ConsoleHandler(ConsoleHandler.Target.SYSTEM_ERR,
                new PatternFormatter("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5p %c{1} %m%n"));
        console.setLevel(level);
        // It warns that the client uses our own v1alpha1.
        Logger.getLogger("io.fabric8.kubernetes.client.dsl.internal.VersionUsageUtils").setLevel(Level.SEVERE);
        InitialConfigurator.DELAYED_HANDLER.setHandlers(new Handler[] {console});
    }

    /**
     * Where only the handler leaves records out, the drivers still write them: MariaDB's every packet in hexadecimal digits, which was most of a
     * worker's time.
     */
    static void limit(Level level) {
        Logger.getLogger("").setLevel(level);
    }
}
