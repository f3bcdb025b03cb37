package dev.concordat.cli;

import dev.concordat.dataplane.ChecksumWorker;
import dev.concordat.dataplane.Prober;
import java.util.logging.Level;

/** The programs of the data plane, {@code concordat checksum} and {@code concordat probe}: without the command line's classes. */
public final class Worker {
    private static final int FAILED = 1;

    private Worker() {}

    /** @param args the command's name alone; everything else is in the environment */
    public static void main(String... args) {
        // Whose name stands in managedFields: the API server takes it from here.
        System.setProperty("kubernetes.user.agent", "concordat");
        LogOutput.toStandardError(Level.INFO);
        System.exit(work(args[0]));
    }

    private static int work(String command) {
        try {
            return command.equals("checksum") ? ChecksumWorker.run(System.getenv()) : Prober.run(System.getenv());
        } catch (RuntimeException e) {
            e.printStackTrace();
            return FAILED;
        }
    }
}
