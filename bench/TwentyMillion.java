import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Times the checksum worker on X1 and on a table ten times as long, in turn: is time linear, is memory flat. Started by bench/twenty-million. Arguments: rows of the small table, runs, differences. */
public class TwentyMillion {
    public static void main(String[] args) throws Exception {
        long rows = Long.parseLong(args[0]);
        int runs = Integer.parseInt(args[1]);
        int wanted = Integer.parseInt(args[2]);
        try (Lab lab = Lab.open(8)) {
            Lab.Side largeSource = lab.source().table(Lab.Table.X1_LARGE.name());
            Lab.Side largeTarget = lab.target().table(Lab.Table.X1_LARGE.name());
            lab.load(Lab.Table.X1, rows);
            lab.load(Lab.Table.X1_LARGE, rows * 10);
            Lab.plant(lab.target(), Lab.Table.X1, rows, wanted);
            Lab.plant(largeTarget, Lab.Table.X1_LARGE, rows * 10, wanted);
            lab.settle();
            lab.machine(rows * 10);
            // Once before it counts: both tables are in the caches afterwards.
            lab.worker(lab.source(), lab.target(), List.of("id"), wanted);
            lab.worker(largeSource, largeTarget, List.of("id"), wanted);
            List<Lab.Run> small = new ArrayList<>();
            List<Lab.Run> large = new ArrayList<>();
            for (int i = 0; i < runs; i++) {
                small.add(lab.worker(lab.source(), lab.target(), List.of("id"), wanted));
                large.add(lab.worker(largeSource, largeTarget, List.of("id"), wanted));
            }
            System.out.println("| rows | differences | runs | wall s, median (min–max) | source CPU s | target CPU s | worker CPU s | worker peak MiB |\n|---|---|---|---|---|---|---|---|");
            print(rows, wanted, small);
            print(rows * 10, wanted, large);
            System.out.println("\nTime of the large table / time of the small one, pair by pair; 10 is linear: " + Lab.ratio(large, small, Lab.Run::wall));
            System.out.println("\nLast run: " + large.getLast().note());
        }
    }

    private static void print(long rows, int wanted, List<Lab.Run> runs) {
        System.out.printf(Locale.ROOT, "| %,d | %,d | %d | %s | %.2f | %.2f | %.2f | %.0f |%n", rows, wanted, runs.size(), Lab.spread(runs, Lab.Run::wall, "%.2f"), Lab.median(runs.stream().map(Lab.Run::source).toList()),
                Lab.median(runs.stream().map(Lab.Run::target).toList()), Lab.median(runs.stream().map(Lab.Run::cpu).toList()), runs.stream().mapToDouble(Lab.Run::peakMiB).max().orElseThrow());
    }
}
