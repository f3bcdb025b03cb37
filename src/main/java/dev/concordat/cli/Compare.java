package dev.concordat.cli;

import dev.concordat.cli.compare.CompareCommand;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The program {@code concordat compare}. */
public final class Compare {
    private Compare() {}

    /** @param args without the command's own name */
    public static void main(String... args) {
        // What it has to say on standard error it says itself, in one line.
        Logger.getLogger("").setLevel(Level.OFF);
        // Without SLF4J, which this program starts without, MariaDB's driver would write to the console.
        System.setProperty("mariadb.logging.disable", "true");
        System.exit(CompareCommand.main(args));
    }
}
