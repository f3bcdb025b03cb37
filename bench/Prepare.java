/** Loads every table of the programs in bench/ into the folder CONCORDAT_BENCH_DATA. Started by bench/prepare. Arguments: rows, bin folder of the system's PostgreSQL or "-". */
public class Prepare {
    public static void main(String[] args) throws Exception {
        long rows = Long.parseLong(args[0]);
        try (Lab lab = Lab.open(4)) {
            for (Lab.Table table : Keys.tables().values()) {
                lab.load(table, rows);
            }
            SameEngine.load(lab, rows, args[1]);
            lab.load(Lab.Table.X1_LARGE, rows * 10);
            lab.settle();
        }
    }
}
