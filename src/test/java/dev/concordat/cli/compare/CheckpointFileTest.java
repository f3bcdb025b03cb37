package dev.concordat.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.report.Checkpoint;
import dev.concordat.report.RunReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of {@code --resume}. */
class CheckpointFileTest {
    private static final Checkpoint STATE = new Checkpoint("plan", List.of("7"), new RunReport.Rows(6, 6), 1, Map.of("stale", 1L),
            List.of(new RunReport.Record(Map.of("id", "1"), RunReport.Kind.STALE, List.of(), null, null)), List.of(), List.of(), List.of(), List.of());

    @TempDir
    Path folder;

    @Test
    void whatWasWrittenIsReadAgainAndAVerdictRemovesIt() throws Exception {
        Path path = folder.resolve("state.json");
        CheckpointFile file = CheckpointFile.of(path, "a", "b");
        assertThat(file.read()).isNull();
        assertThat(file.kept()).isFalse();
        file.write(STATE);
        assertThat(Files.getPosixFilePermissions(path)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        CheckpointFile again = CheckpointFile.of(path, "a", "b");
        assertThat(again.read()).isEqualTo(STATE);
        assertThat(again.kept()).isTrue();
        again.close(false);
        again.write(STATE);
        assertThat(path).exists();
        CheckpointFile.of(path, "a", "b").close(true);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void whatIsNotItsOwnIsNotTouched() throws Exception {
        Path path = folder.resolve("state.json");
        CheckpointFile.of(path, "a", "b").write(STATE);
        assertThatThrownBy(() -> CheckpointFile.of(path, "a", "c").read()).isInstanceOf(UsageError.class).hasMessageContaining("belongs to the comparison of a with b");
        Files.writeString(path, "{\"my\": \"notes\"}");
        assertThatThrownBy(() -> CheckpointFile.of(path, "a", "b").read()).isInstanceOf(UsageError.class).hasMessageContaining("is not the state of a comparison");
        assertThat(path).hasContent("{\"my\": \"notes\"}");
        assertThatThrownBy(() -> CheckpointFile.of(folder, "a", "b")).isInstanceOf(UsageError.class).hasMessageContaining("is a folder");
        assertThatThrownBy(() -> CheckpointFile.of(folder.resolve("no/such/folder"), "a", "b")).isInstanceOf(UsageError.class).hasMessageContaining("a folder that exists");
    }
}
