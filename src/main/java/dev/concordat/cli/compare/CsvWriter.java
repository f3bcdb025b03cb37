package dev.concordat.cli.compare;

import dev.concordat.report.RunReport;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Records as RFC 4180 has it: a line per differing field, or one line for a record that only one side has. NULL is nothing between the commas, an empty text is
 * {@code ""}, as PostgreSQL's COPY writes them.
 */
final class CsvWriter implements ResultWriter {
    private final PrintStream out;
    private final List<String> keys;
    private final long maxRecords;
    private long written;
    private boolean headed;

    CsvWriter(PrintStream out, List<String> keys, long maxRecords) {
        this.out = out;
        this.keys = keys;
        this.maxRecords = maxRecords;
    }

    private void header() {
        if (headed) {
            return;
        }
        headed = true;
        List<String> header = new ArrayList<>(List.of("kind"));
        keys.forEach(key -> header.add("key." + key));
        header.addAll(List.of("field", "source", "target", "sourceVersion", "targetVersion"));
        line(header);
    }

    @Override
    public synchronized boolean record(RunReport.Record record) {
        if (written >= maxRecords) {
            return true;
        }
        written++;
        header();
        for (RunReport.Field field : record.fields().isEmpty() ? List.of(new RunReport.Field(null, null, null)) : record.fields()) {
            List<String> cells = new ArrayList<>();
            cells.add(record.kind().word());
            keys.forEach(key -> cells.add(record.key().get(key)));
            cells.add(field.name());
            cells.add(field.source());
            cells.add(field.target());
            cells.add(record.versions() == null ? null : record.versions().source());
            cells.add(record.versions() == null ? null : record.versions().target());
            line(cells);
        }
        return !out.checkError();
    }

    @Override
    public synchronized void done(Finding finding) {
        if (!finding.verdict().failure()) {
            header();
        }
        out.flush();
    }

    private void line(List<String> cells) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            line.append(i == 0 ? "" : ",").append(cell(cells.get(i)));
        }
        out.print(line.append("\r\n"));
    }

    private static String cell(String text) {
        if (text == null) {
            return "";
        }
        boolean plain = !text.isEmpty() && text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n') && text.strip().equals(text);
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
