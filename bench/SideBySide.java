import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Times the checksum worker beside reladiff on X1, PostgreSQL to MariaDB, whole processes, in turn; and each side's own hashing scan, the floor.
 * Started by bench/side-by-side.
 *
 * Arguments: rows, runs, path of the reladiff program (or "-" to leave it out), then the numbers of scattered differences, each with an optional
 * {@code :n} for fewer runs of reladiff.
 */
public class SideBySide {
    private static final Pattern ENGINE = Pattern.compile("SELECT (d\\.\\*|\\d+,count\\(\\*\\),).*(string_agg|GROUP_CONCAT).*", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

    public static void main(String[] args) throws Exception {
        long rows = Long.parseLong(args[0]);
        int runs = Integer.parseInt(args[1]);
        String program = args[2];
        try (Lab lab = Lab.open()) {
            lab.load(Lab.Table.X1, rows);
            lab.machine(rows);
            Lab.plant(lab.target(), Lab.Table.X1, rows, 0);
            lab.worker(lab.source(), lab.target(), List.of("id"), 0);
            List<String> ratios = new ArrayList<>();
            String plan = "";
            System.out.println(Lab.HEAD);
            double unchanged = 0;
            for (String argument : Arrays.asList(args).subList(3, args.length)) {
                int wanted = Integer.parseInt(argument.replaceAll(":.*", ""));
                int theirRuns = argument.contains(":") ? Integer.parseInt(argument.replaceAll(".*:", "")) : runs;
                Lab.plant(lab.target(), Lab.Table.X1, rows, wanted);
                lab.settle();
                List<Lab.Run> ours = new ArrayList<>();
                List<Lab.Run> theirs = new ArrayList<>();
                for (int i = 0; i < runs; i++) {
                    ours.add(lab.worker(lab.source(), lab.target(), List.of("id"), wanted));
                    if (!program.equals("-") && i < theirRuns) {
                        theirs.add(reladiff(lab, program));
                    }
                }
                Lab.Run command = lab.command(lab.source(), lab.target(), List.of("id"), wanted);
                String differences = String.format(Locale.ROOT, "%,d", wanted);
                System.out.println(Lab.row(differences, "Concordat, the worker", ours));
                System.out.println(Lab.row(differences, "`concordat compare`", List.of(command)));
                if (!theirs.isEmpty()) {
                    System.out.println(Lab.row(differences, "reladiff", theirs));
                    ratios.add("| " + differences + " | " + Lab.ratio(theirs, ours, Lab.Run::wall) + " | " + Lab.ratio(theirs, ours, Lab.Run::source) + " | " + Lab.ratio(theirs, ours, Lab.Run::target) + " |");
                }
                if (wanted == 0) {
                    unchanged = Lab.median(ours.stream().map(Lab.Run::wall).toList());
                }
                plan = ours.getLast().note();
            }
            if (!ratios.isEmpty()) {
                System.out.println("\nreladiff / Concordat, pair by pair:\n\n| differences | wall, median (min–max) | source database CPU | target database CPU |\n|---|---|---|---|");
                ratios.forEach(System.out::println);
            }
            Lab.plant(lab.target(), Lab.Table.X1, rows, 0);
            floor(lab, runs, unchanged);
            System.out.println("\nLast run of the worker: " + plan);
        }
    }

    static Lab.Run reladiff(Lab lab, String program) throws Exception {
        var command = new ArrayList<>(List.of(program, "postgresql://%s:%s@127.0.0.1:%d/bench".formatted(lab.source().user(), lab.source().password(), lab.source().port()), "t",
                "mysql://%s:%s@127.0.0.1:%d/bench".formatted(lab.target().user(), lab.target().password(), lab.target().port()), "t", "-k", "id", "--threads", "2",
                // Without it reladiff 0.6.0 ends with a TypeError where a differing row holds a NULL.
                "--skip-sort-results"));
        for (String column : Lab.COLUMNS) {
            command.addAll(List.of("-c", column));
        }
        return lab.tool(command, lab.source(), lab.target(), "[-+] .*", 2);
    }

    /** The very statements that the worker sent, taken from each server's own log of a run, one after another on one connection. */
    private static void floor(Lab lab, int runs, double unchanged) throws Exception {
        List<List<String>> sql = statements(lab);
        System.out.println("\n| the worker's own digests of the whole table, one connection | wall s, median |\n|---|---|");
        double source = Lab.scan(runs, null, List.of(lab.source()), sql.subList(0, 1));
        double target = Lab.scan(runs, null, List.of(lab.target()), sql.subList(1, 2));
        System.out.printf(Locale.ROOT, "| PostgreSQL, with its default of two parallel workers | %.2f |%n", source);
        System.out.printf(Locale.ROOT, "| PostgreSQL, one process | %.2f |%n", Lab.scan(runs, "set max_parallel_workers_per_gather = 0", List.of(lab.source()), sql.subList(0, 1)));
        System.out.printf(Locale.ROOT, "| MariaDB | %.2f |%n", target);
        System.out.printf(Locale.ROOT, "| both at once, the slower | %.2f |%n", Lab.scan(runs, null, List.of(lab.source(), lab.target()), sql));
        if (unchanged > 0) {
            System.out.printf(Locale.ROOT, "%nConcordat with no differences / the slower of the sides' own scans (%s): %.2f%n", source > target ? "PostgreSQL" : "MariaDB", unchanged / Math.max(source, target));
        }
    }

    /** The worker's hashing statements on source and target. */
    private static List<List<String>> statements(Lab lab) throws Exception {
        Path log = lab.folder().resolve("postgres").resolve("postgres.log");
        long before = Files.size(log);
        lab.source().execute("alter database bench set log_statement = 'all'");
        lab.target().execute("set global log_output = 'TABLE'", "truncate mysql.general_log", "set global general_log = 1");
        try {
            lab.worker(lab.source(), lab.target(), List.of("id"), 0);
        } finally {
            lab.source().execute("alter database bench reset log_statement");
            lab.target().execute("set global general_log = 0");
        }
        String written = Files.readString(log).substring((int) before);
        List<String> source = new ArrayList<>(Arrays.asList(written.split("\\n(?=\\d{4}-\\d\\d-\\d\\d )")));
        List<String> target = new ArrayList<>();
        try (var connection = lab.target().connect(); var statement = connection.createStatement(); var r = statement.executeQuery("select argument from mysql.general_log")) {
            while (r.next()) {
                target.add(r.getString(1));
            }
        }
        lab.target().execute("truncate mysql.general_log");
        return List.of(hashing(source, "PostgreSQL"), hashing(target, "MariaDB"));
    }

    private static List<String> hashing(List<String> statements, String engine) {
        List<String> found = new ArrayList<>();
        for (String statement : statements) {
            Matcher matcher = ENGINE.matcher(statement);
            if (matcher.find() && !statement.contains("general_log")) {
                found.add(matcher.group());
            }
        }
        if (found.isEmpty()) {
            throw new IllegalStateException("the log of " + engine + " has no statement of the worker like " + ENGINE + ": adapt this bench to what the engine sends now");
        }
        return found;
    }
}
