import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Times the checksum worker on the same rows under keys of different kinds, in turn. Started by bench/keys. Arguments: rows, runs, then the numbers of scattered differences. */
public class Keys {
    /** Name for people to table, the integer key first. */
    static Map<String, Lab.Table> tables() {
        Map<String, Lab.Table> tables = new LinkedHashMap<>();
        tables.put("bigint", Lab.Table.X1);
        tables.put("varchar(40)", Lab.Table.TEXT);
        tables.put("uuid, random", Lab.Table.UUID);
        tables.put("(int, int)", Lab.Table.PAIR);
        tables.put("(varchar(10), bigint)", Lab.Table.PAIR_TEXT);
        return tables;
    }

    public static void main(String[] args) throws Exception {
        long rows = Long.parseLong(args[0]);
        int runs = Integer.parseInt(args[1]);
        Map<String, Lab.Table> tables = tables();
        try (Lab lab = Lab.open(4)) {
            for (Lab.Table table : tables.values()) {
                lab.load(table, rows);
            }
            lab.machine(rows);
            System.out.println("| differences | key | runs | wall s, median (min–max) | x integer key | source CPU s | target CPU s | worker peak MiB |\n|---|---|---|---|---|---|---|---|");
            Map<String, String> plans = new LinkedHashMap<>();
            for (int a = 2; a < args.length; a++) {
                int wanted = Integer.parseInt(args[a]);
                Map<String, List<Lab.Run>> results = new LinkedHashMap<>();
                for (var entry : tables.entrySet()) {
                    Lab.plant(lab.target().table(entry.getValue().name()), entry.getValue(), rows, wanted);
                    results.put(entry.getKey(), new ArrayList<>());
                }
                lab.settle();
                for (int i = 0; i < runs; i++) {
                    for (var entry : tables.entrySet()) {
                        Lab.Table table = entry.getValue();
                        results.get(entry.getKey()).add(lab.worker(lab.source().table(table.name()), lab.target().table(table.name()), table.key(), wanted));
                    }
                }
                double integer = Lab.median(results.get("bigint").stream().map(Lab.Run::wall).toList());
                results.forEach((key, all) -> {
                    System.out.printf(Locale.ROOT, "| %,d | %s | %d | %s | %.2f | %.2f | %.2f | %.0f |%n", wanted, key, all.size(), Lab.spread(all, Lab.Run::wall, "%.2f"),
                            Lab.median(all.stream().map(Lab.Run::wall).toList()) / integer, Lab.median(all.stream().map(Lab.Run::source).toList()),
                            Lab.median(all.stream().map(Lab.Run::target).toList()), all.stream().mapToDouble(Lab.Run::peakMiB).max().orElseThrow());
                    plans.put(key, all.getLast().note());
                });
            }
            plans.forEach((key, plan) -> System.out.println("\nLast run, " + key + ": " + plan));
        }
    }
}
