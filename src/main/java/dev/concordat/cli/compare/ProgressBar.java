package dev.concordat.cli.compare;

import dev.concordat.report.RunReport;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** One line on a terminal that says how far the comparison is, drawn again ten times a second, and taken away in the end. */
final class ProgressBar implements AutoCloseable {
    private static final int WIDTH = 20;
    private static final long EVERY_MILLIS = 100;
    /** To its left end, and away with what stands there. */
    private static final String CLEAR = "\r\u001b[K";

    private final PrintStream err;
    private final Supplier<RunReport.Progress> progress;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private boolean over;

    private ProgressBar(PrintStream err, Supplier<RunReport.Progress> progress, LongSupplier nanos) {
        this.err = err;
        this.progress = progress;
        this.nanos = nanos;
    }

    /** @param nanos a monotonic clock in nanoseconds */
    static ProgressBar start(PrintStream err, Supplier<RunReport.Progress> progress, LongSupplier nanos) {
        ProgressBar bar = new ProgressBar(err, progress, nanos);
        Thread.ofPlatform().daemon().name("progress").start(bar::draw);
        return bar;
    }

    private void draw() {
        lock.lock();
        try {
            long start = nanos.getAsLong();
            while (!over) {
                RunReport.Progress now = progress.get();
                // The rate is that of reading, without the time of connecting.
                start = now.estimatedRows() == 0 ? nanos.getAsLong() : start;
                err.print(CLEAR + line(now, nanos.getAsLong() - start));
                err.flush();
                if (ended.await(EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!over) {
                over = true;
                ended.signalAll();
                err.print(CLEAR);
                err.flush();
            }
        } finally {
            lock.unlock();
        }
    }

    /** At most 79 characters. Pure. */
    static String line(RunReport.Progress progress, long elapsedNanos) {
        if (progress.estimatedRows() == 0 && progress.rows() == 0) {
            return "connecting";
        }
        if (progress.percent() == 99) {
            return String.format(Locale.ROOT, "settling: %s rows are compared, what differed is looked at again", rows(progress.rows()));
        }
        double seconds = Math.max(0.001, elapsedNanos / 1e9);
        long rate = Math.round(progress.rows() / seconds);
        int full = progress.percent() * WIDTH / 100;
        String left = rate == 0 || seconds < 0.5 || progress.rows() >= progress.estimatedRows() ? "" : "  " + clock((progress.estimatedRows() - progress.rows()) / rate) + " left";
        return String.format(Locale.ROOT, "%3d %% [%s%s]  %s of ~%s rows  %s/s%s", progress.percent(), "#".repeat(full), " ".repeat(WIDTH - full), rows(progress.rows()), rows(progress.estimatedRows()), rows(rate), left);
    }

    private static String clock(long seconds) {
        return seconds >= 3600 ? String.format(Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60) : String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
    }

    private static String rows(long n) {
        return n < 100_000 ? String.format(Locale.ROOT, "%,d", n) : n < 10_000_000 ? String.format(Locale.ROOT, "%,d k", n / 1_000) : String.format(Locale.ROOT, "%,d M", n / 1_000_000);
    }
}
