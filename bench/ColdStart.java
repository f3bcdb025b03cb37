import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What a start costs, this build beside that of another commit, whole processes in alternating pairs: the list of commands, and a comparison of two small
 * tables, PostgreSQL to MariaDB. Then the statements of one comparison, counted by the servers. Started by bench/cold-start.
 *
 * Arguments: folder of the other build, pairs.
 */
public class ColdStart {
    private static final int ROWS = 1_000;
    /** The shell's own accounting of a finished process: it counts microseconds, where /proc counts hundredths of a second. */
    private static final String TIMED = "TIMEFORMAT='%3R %3U %3S'; time \"$@\" >/dev/null";

    record Cost(double wall, double cpu) {}

    record Statements(long source, long target, long connections) {}

    public static void main(String[] args) throws Exception {
        Path there = Path.of(args[0]);
        Path here = Path.of("").toAbsolutePath();
        int pairs = Integer.parseInt(args[1]);
        try (Lab lab = Lab.open()) {
            lab.load(Lab.Table.X1_SMALL, ROWS);
            lab.machine(ROWS);
            Lab.Side source = lab.source().table(Lab.Table.X1_SMALL.name());
            Lab.Side target = lab.target().table(Lab.Table.X1_SMALL.name());
            Map<String, String> passwords = Map.of("CONCORDAT_SOURCE_PASSWORD", source.password(), "CONCORDAT_TARGET_PASSWORD", target.password());
            System.out.println("| command | pairs | CPU s: this, that | ratio, median (min–max) | wall s: this, that | ratio, median (min–max) |\n|---|---|---|---|---|---|");
            List<String> comparison = List.of("compare", Lab.url(source), Lab.url(target));
            inPairs("`--help`", here, there, List.of("--help"), Map.of(), pairs);
            inPairs("`compare`, 1,000 rows", here, there, comparison, passwords, pairs);
            System.out.println("\n| `compare`, 1,000 rows | statements on PostgreSQL | statements on MariaDB | connections to MariaDB |\n|---|---|---|---|");
            for (Path home : List.of(here, there)) {
                Statements statements = statements(lab, home, comparison, passwords);
                System.out.printf(Locale.ROOT, "| %s | %d | %d | %d |%n", home.equals(here) ? "this build" : "that commit", statements.source(),
                        statements.target(), statements.connections());
            }
        }
    }

    private static void inPairs(String name, Path here, Path there, List<String> arguments, Map<String, String> environment, int pairs) throws Exception {
        List<Cost> ours = new ArrayList<>();
        List<Cost> theirs = new ArrayList<>();
        time(here, arguments, environment);
        time(there, arguments, environment);
        for (int i = 0; i < pairs; i++) {
            if (i % 2 == 0) {
                ours.add(time(here, arguments, environment));
                theirs.add(time(there, arguments, environment));
            } else {
                theirs.add(time(there, arguments, environment));
                ours.add(time(here, arguments, environment));
            }
        }
        System.out.println("| " + name + " | " + pairs + " | " + figures(ours, theirs, Cost::cpu) + " | " + figures(ours, theirs, Cost::wall) + " |");
    }

    private static String figures(List<Cost> ours, List<Cost> theirs, ToDoubleFunction<Cost> figure) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < ours.size(); i++) {
            ratios.add(figure.applyAsDouble(ours.get(i)) / figure.applyAsDouble(theirs.get(i)));
        }
        return String.format(Locale.ROOT, "%.3f, %.3f | %.2f (%.2f–%.2f)", median(ours, figure), median(theirs, figure), Lab.median(ratios),
                ratios.stream().min(Double::compare).orElseThrow(), ratios.stream().max(Double::compare).orElseThrow());
    }

    private static double median(List<Cost> costs, ToDoubleFunction<Cost> figure) {
        return Lab.median(costs.stream().map(figure::applyAsDouble).toList());
    }

    private static Cost time(Path home, List<String> arguments, Map<String, String> environment) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", "-c", TIMED, "bash", home.resolve("concordat").toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment);
        builder.environment().put("CONCORDAT_NO_BUILD", "1");
        Process process = builder.start();
        List<String> said = process.errorReader().readAllLines();
        if (process.waitFor() != 0) {
            throw new IllegalStateException(home + ": exit " + process.exitValue() + " of " + arguments.getFirst() + "\n" + String.join("\n", said));
        }
        String[] times = said.getLast().split(" ");
        return new Cost(Double.parseDouble(times[0]), Double.parseDouble(times[1]) + Double.parseDouble(times[2]));
    }

    private static Statements statements(Lab lab, Path home, List<String> arguments, Map<String, String> environment) throws Exception {
        Path log = lab.folder().resolve("postgres").resolve("postgres.log");
        lab.source().execute("alter database bench set log_statement = 'all'");
        long before = Files.size(log);
        try {
            long asked = status(lab, "Questions");
            long connected = status(lab, "Connections");
            time(home, arguments, environment);
            // Each look is a connection and some statements of its own, as many every time.
            long look = status(lab, "Questions");
            long looks = status(lab, "Questions") - look;
            long connections = status(lab, "Connections") - connected;
            String written = Files.readString(log).substring((int) before);
            long source = written.lines().filter(line -> line.matches(".*LOG: +(statement|execute [^:]*):.*")).count();
            return new Statements(source, look - asked - 2 * looks, connections - 3);
        } finally {
            lab.source().execute("alter database bench reset log_statement");
        }
    }

    private static long status(Lab lab, String name) throws Exception {
        return Long.parseLong(lab.target().ask("select variable_value from information_schema.global_status where variable_name = '" + name + "'"));
    }
}
