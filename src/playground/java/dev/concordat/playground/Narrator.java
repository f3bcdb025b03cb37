package dev.concordat.playground;

import java.io.PrintStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Tells the playground's story on a terminal or into a file. Colour only on a terminal, and not where NO_COLOR is set. */
public final class Narrator {
    private static final String BOLD = "\u001b[1m";
    private static final String DIM = "\u001b[2m";
    private static final String GREEN = "\u001b[32m";
    private static final String RED = "\u001b[31m";
    private static final String OFF = "\u001b[0m";

    private final PrintStream out;
    private final boolean colour;
    private final LongSupplier nanoTime;
    private final long start;
    private int chapter;

    public Narrator(PrintStream out, boolean colour, LongSupplier nanoTime) {
        this.out = out;
        this.colour = colour;
        this.nanoTime = nanoTime;
        this.start = nanoTime.getAsLong();
    }

    /** On standard output. */
    public static Narrator onTerminal() {
        return new Narrator(System.out, System.console() != null && System.console().isTerminal() && System.getenv("NO_COLOR") == null, System::nanoTime);
    }

    /** Time since the narrator was made. */
    public Duration elapsed() {
        return Duration.ofNanos(nanoTime.getAsLong() - start);
    }

    /** A step of the bringing up. */
    public synchronized void progress(String text) {
        out.println(paint(DIM, clock()) + " " + text);
        out.flush();
    }

    /** A new chapter of the story. */
    public synchronized void chapter(String title) {
        out.println();
        out.println(paint(DIM, clock()) + " " + paint(BOLD, ++chapter + ". " + title));
        out.flush();
    }

    /** What happened, in a sentence. */
    public synchronized void say(String text) {
        text.lines().forEach(line -> out.println("      " + line));
        out.flush();
    }

    /** Something was really observed. */
    public synchronized void seen(String text) {
        out.println("    " + paint(GREEN, "\u2713") + " " + text);
        out.flush();
    }

    /** Something that had to be observed was not. */
    public synchronized void missed(String text) {
        out.println("    " + paint(RED, "\u2717") + " " + text);
        out.flush();
    }

    /** A command that shows the same, and what it printed. */
    public synchronized void shown(String command, String output) {
        out.println("      " + paint(BOLD, "$ " + command));
        output.stripTrailing().lines().forEach(line -> out.println("      " + line));
        out.flush();
    }

    private String clock() {
        long s = elapsed().toSeconds();
        return "[%d:%02d]".formatted(s / 60, s % 60);
    }

    private String paint(String code, String text) {
        return colour ? code + text + OFF : text;
    }
}
