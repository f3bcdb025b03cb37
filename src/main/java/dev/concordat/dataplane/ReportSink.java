package dev.concordat.dataplane;

/** Where a worker or prober leaves its report. Each write replaces the one before; the last one wins. */
@FunctionalInterface
public interface ReportSink {
    /**
     * Writes the report and returns when it is stored.
     *
     * @param json the whole report; without credentials
     * @throws ReportNotWritten when it could not be stored though tried again for a while
     */
    void write(String json);

    /** A report could not be stored. The message says where and why. */
    final class ReportNotWritten extends RuntimeException {
        public ReportNotWritten(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
