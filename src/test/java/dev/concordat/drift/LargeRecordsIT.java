package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.drift.TwoTables.Engines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Records that differ are read by key, and however large they are, they fit: in a process with 48 MB of heap. */
class LargeRecordsIT {
    /** Six hundred records of fifty kilobytes; and many small ones before a few large ones, which nothing announces. */
    @ParameterizedTest
    @CsvSource({"600, 50000, 1", "3000, 50000, 2600", "20, 1500000, 1"})
    void everyRecordDiffers(int records, int chars, int largeFrom) throws Exception {
        String value = "case when %s < " + largeFrom + " then 'x' else repeat('%s', " + chars + ") end";
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).sql(
                "create table t (id int primary key, v text); insert into t select g, " + value.formatted("g", "a") + " from generate_series(1, " + records + ") g",
                "create table t (id int primary key, v longtext); insert into t select seq, concat('b', " + value.formatted("seq", "b") + ") from seq_1_to_" + records);
        Path result = Files.createTempFile("result", ".json");
        ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx48m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                "dev.concordat.cli.Main", "compare",
                "postgresql://" + tables.sourceServer.superuser() + "@" + tables.sourceServer.host() + ":" + tables.sourceServer.port() + "/" + tables.sourceDatabase + "/t",
                "mariadb://" + tables.targetServer.superuser() + "@" + tables.targetServer.host() + ":" + tables.targetServer.port() + "/" + tables.targetDatabase + "/t",
                "--key", "id", "--settle", "200ms", "--max-records", "1", "--threads", "2", "-o", "json");
        builder.environment().put("CONCORDAT_SOURCE_PASSWORD", tables.sourceServer.password());
        builder.environment().put("CONCORDAT_TARGET_PASSWORD", tables.targetServer.password());
        Path errors = Files.createTempFile("errors", ".txt");
        Process process = builder.redirectOutput(result.toFile()).redirectError(errors.toFile()).start();
        try {
            assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(errors) + Files.readString(result)).isEqualTo(1);
            assertThat(Files.readString(result).replaceAll("\\s", "")).contains("\"different\":" + records + ",").contains("\"undecided\":0");
        } finally {
            process.destroyForcibly();
            Files.delete(result);
            Files.delete(errors);
        }
    }
}
