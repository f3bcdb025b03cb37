package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ConcordatTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void helpListsWhatAUserStarts() {
        assertThat(execute("--help")).isZero();
        assertThat(out.toString()).startsWith("Usage: concordat [-hV] [COMMAND]").contains("\n  playground  ", "\n  compare  ", "\n  operator  ")
                .doesNotContain("checksum", "probe", "demo-", "binaries");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void aProgramWithoutThePlaygroundSaysWhereItIs() {
        assertThat(execute("playground")).isEqualTo(2);
        assertThat(err.toString()).startsWith("the playground is not in this program; run ./concordat playground in a checkout of Concordat");
    }

    @Test
    void aCommandThatThereIsNotIsAMistake() {
        assertThat(execute("comare")).isEqualTo(2);
        assertThat(err.toString()).contains("comare");
        assertThat(execute()).isEqualTo(2);
        assertThat(err.toString()).contains("a command is missing");
    }

    @Test
    void whatIsConfiguredByItsEnvironmentTakesNoArguments() {
        assertThat(execute("operator", "--image", "x")).isEqualTo(2);
        assertThat(execute("checksum", "x")).isEqualTo(2);
        assertThat(execute("operator", "--help")).isZero();
        assertThat(out.toString()).contains("Usage: concordat operator [-hV]");
    }

    private int execute(String... args) {
        CommandLine line = Concordat.commandLine();
        return line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(args);
    }
}
