package dev.concordat.dataplane;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Reports into one file, for benches and for runs without a cluster. A reader sees the old report or the new one, never half of one. */
public record FileReports(Path file) implements ReportSink {
    @Override
    public void write(String json) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            Path next = Files.createTempFile(folder, file.getFileName().toString(), ".new");
            Files.writeString(next, json);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new ReportNotWritten("report " + file + " not written: " + e, e);
        }
    }
}
