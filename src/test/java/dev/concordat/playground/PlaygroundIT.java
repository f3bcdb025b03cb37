package dev.concordat.playground;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.playground.cluster.ProjectHome;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The whole story on real parts, started by the very command that the README opens with. */
class PlaygroundIT {

    @Test
    void tellsTheWholeStoryAndLeavesNoProcessBehind() throws Exception {
        Path out = Files.createDirectories(Path.of("target")).resolve("playground.log");
        var builder = new ProcessBuilder(ProjectHome.find().resolve("concordat").toString(), "playground", "--once")
                .redirectErrorStream(true).redirectOutput(out.toFile()).redirectInput(new File("/dev/null"));
        builder.environment().put("CONCORDAT_NO_BUILD", "1");
        Process playground = builder.start();
        List<ProcessHandle> children = List.of();
        while (!playground.waitFor(1, TimeUnit.SECONDS)) {
            List<ProcessHandle> now = playground.descendants().toList();
            if (now.size() >= children.size()) {
                children = now;
            }
        }
        String told = Files.readString(out);
        assertThat(playground.exitValue()).as(told).isZero();
        assertThat(told).contains("lost-in-transit", "WritersPaused=True", "the shop's processes are gone", "replicas back", "Every step was observed");
        assertThat(children).as("processes of the playground that still run").isNotEmpty().noneMatch(ProcessHandle::isAlive);
    }
}
