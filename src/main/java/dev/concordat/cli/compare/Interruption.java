package dev.concordat.cli.compare;

import java.io.PrintStream;
import java.util.concurrent.locks.LockSupport;

/** Ctrl-C and a polite kill, whenever they come: the terminal as it was, the state kept, one line, exit code 130. */
final class Interruption {
    private final PrintStream out;
    private final PrintStream err;
    private final Thread hook = new Thread(this::interrupted);
    private volatile ProgressBar bar;
    private volatile CheckpointFile file;

    private Interruption(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /** Waits for interruptions from now on. */
    static Interruption await(PrintStream out, PrintStream err) {
        Interruption interruption = new Interruption(out, err);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    void drawing(ProgressBar progress) {
        bar = progress;
    }

    void keeping(CheckpointFile state) {
        file = state;
    }

    /** The work is done: what comes now ends the process as it always does. Does not return when an interruption came first. */
    void over() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It runs already and ends the process: nothing may follow its message.
            while (true) {
                LockSupport.park();
            }
        }
    }

    private void interrupted() {
        if (bar != null) {
            bar.close();
        }
        if (file != null) {
            file.close(false);
        }
        out.flush();
        err.println("concordat compare: interrupted; " + (file == null ? "with --resume FILE the next run could go on where this one ended"
                : file.kept() ? "the same command goes on from " + Printable.line(file.file().toString()) : "nothing was compared yet that could be kept in " + Printable.line(file.file().toString())));
        err.flush();
        Runtime.getRuntime().halt(Verdict.INTERRUPTED);
    }
}
