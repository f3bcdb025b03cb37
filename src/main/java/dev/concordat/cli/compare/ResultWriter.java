package dev.concordat.cli.compare;

import dev.concordat.report.RunReport;
import java.io.PrintStream;
import java.util.List;

/** Writes the result to standard output in one format. Safe for use by many threads. */
interface ResultWriter {
    /**
     * A difference as it is found; only formats that stream write it now.
     *
     * @return whether somebody still reads
     */
    boolean record(RunReport.Record record);

    /** The end, whatever it was. */
    void done(Finding finding);

    /**
     * @param keys       names of the key's fields, for the header of CSV
     * @param maxRecords records to write at most
     */
    static ResultWriter of(Format format, PrintStream out, boolean colour, List<String> keys, long maxRecords) {
        return switch (format) {
            case TEXT -> new TextWriter(out, colour, (int) maxRecords);
            case JSON -> new JsonWriter(out, false, maxRecords);
            case NDJSON -> new JsonWriter(out, true, maxRecords);
            case CSV -> new CsvWriter(out, keys, maxRecords);
        };
    }
}
