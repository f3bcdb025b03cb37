import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * This build beside that of another commit: {@code concordat compare} on X1, PostgreSQL to MariaDB, in alternating pairs. Started by bench/before.
 *
 * Arguments: folder of the other build, rows, pairs, then numbers of scattered differences.
 */
public class Before {
    public static void main(String[] args) throws Exception {
        Path there = Path.of(args[0]);
        Path here = Path.of("").toAbsolutePath();
        long rows = Long.parseLong(args[1]);
        int pairs = Integer.parseInt(args[2]);
        try (Lab lab = Lab.open()) {
            lab.load(Lab.Table.X1, rows);
            lab.machine(rows);
            List<String> ratios = new ArrayList<>();
            System.out.println(Lab.HEAD);
            for (String argument : Arrays.asList(args).subList(3, args.length)) {
                int wanted = Integer.parseInt(argument);
                Lab.plant(lab.target(), Lab.Table.X1, rows, wanted);
                lab.settle();
                List<Lab.Run> ours = new ArrayList<>();
                List<Lab.Run> theirs = new ArrayList<>();
                // The first of each is not counted: it finds the tables cold.
                run(lab, here, wanted);
                run(lab, there, wanted);
                for (int i = 0; i < pairs; i++) {
                    if (i % 2 == 0) {
                        ours.add(run(lab, here, wanted));
                        theirs.add(run(lab, there, wanted));
                    } else {
                        theirs.add(run(lab, there, wanted));
                        ours.add(run(lab, here, wanted));
                    }
                }
                String differences = String.format(Locale.ROOT, "%,d", wanted);
                System.out.println(Lab.row(differences, "this build", ours));
                System.out.println(Lab.row(differences, there.getFileName().toString().substring(0, 7), theirs));
                ratios.add("| " + differences + " | " + Lab.ratio(ours, theirs, Lab.Run::wall) + " | " + Lab.ratio(ours, theirs, Lab.Run::source) + " | "
                        + Lab.ratio(ours, theirs, Lab.Run::target) + " | " + Lab.ratio(ours, theirs, Lab.Run::cpu) + " |");
            }
            System.out.println("\nthis build / that commit, pair by pair, median (min–max):\n\n"
                    + "| differences | wall | source database CPU | target database CPU | own CPU |\n|---|---|---|---|---|");
            ratios.forEach(System.out::println);
        }
    }

    private static Lab.Run run(Lab lab, Path home, int wanted) throws Exception {
        return lab.command(home, lab.source(), lab.target(), List.of("id"), wanted);
    }
}
