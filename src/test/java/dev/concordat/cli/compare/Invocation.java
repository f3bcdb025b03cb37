package dev.concordat.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** The command run within the test, on streams and an environment of its own. */
record Invocation(int code, String out, String err) {
    static Invocation of(Map<String, String> env, Path home, String in, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Machine machine = new Machine(new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)), new PrintStream(out, false, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8), env, home, "");
        int code = new CompareCommand(machine, System::nanoTime, false).execute(args);
        machine.out().flush();
        return new Invocation(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Refused in one line that has these words in it, and nothing on standard output. */
    void refused(String... words) {
        assertThat(err.lines().toList()).as("standard error: %s", err).hasSize(1);
        assertThat(err).startsWith("concordat compare: ").contains(words).doesNotContain("Exception", "defect");
        assertThat(out).isEmpty();
        assertThat(code).isEqualTo(2);
    }
}
