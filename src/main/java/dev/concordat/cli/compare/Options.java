package dev.concordat.cli.compare;

import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options as they were typed. All of them texts: {@link Request} reads them, and says what is wrong with them in its own words. */
@Command(
        name = "compare",
        sortOptions = false,
        usageHelpWidth = 120,
        usageHelpAutoWidth = true,
        customSynopsis = {
            "concordat compare [OPTIONS] SOURCE-URL TARGET-URL",
            "       concordat compare [OPTIONS] -f contract.yaml [--contract NAME]"
        },
        description = {
            "", "Compares two tables with the engine of the checks that a contract runs, from this machine and without a cluster.",
            "Nothing is written to either database. The result goes to standard output, everything else to standard error."
        },
        footerHeading = "%nPasswords%n",
        footer = {
            "  CONCORDAT_SOURCE_PASSWORD and CONCORDAT_TARGET_PASSWORD, the password-file options, ~/.pgpass (or PGPASSFILE) and",
            "  ~/.my.cnf, then a prompt. Never an argument: others can read those.",
            "", "Exit codes", "  0 in sync   1 drift   2 usage or contract error   3 incomplete or not decidable   130 interrupted",
            "", "Examples",
            "  concordat compare postgresql://reader@db1/shop/orders mariadb://reader@db2/shop/order_view --version row_version",
            "  concordat compare -f contract.yaml --source-url postgresql://localhost:15432 --target-url mariadb://localhost:13306",
            "", "Details: docs/compare.md"
        })
final class Options {
    @Parameters(arity = "0..*", paramLabel = "URL", hideParamSyntax = true,
            description = {"postgresql://user@host:port/database/schema.table", "mariadb:// or mysql://user@host:port/database/table", "?sslmode=require|verify-ca|verify-full&sslrootcert=FILE for encryption"})
    List<String> urls;

    @ArgGroup(validate = false, heading = "%nTwo tables%n")
    TwoTables tables = new TwoTables();

    static final class TwoTables {
        @Option(names = "--key", paramLabel = "COLUMNS", description = "Columns that identify a record, separated by commas. Default: the primary key, when both tables have the same.")
        String key;

        @Option(names = "--no-key", description = "No column identifies a record: rows of the same content are counted on both sides, and no record is shown.")
        boolean noKey;

        @Option(names = "--version", paramLabel = "COLUMN", description = "Column that grows with every change: an integer or a timestamp. Tells stale, ahead and diverged records apart.")
        String version;

        @Option(names = "--columns", paramLabel = "COLUMNS", description = "Compare these only, beside key and version.")
        String columns;

        @Option(names = "--exclude", paramLabel = "COLUMNS", description = "Do not compare these, of either table.")
        String exclude;

        @Option(names = "--map", paramLabel = "SOURCE=TARGET", description = "Columns with another name on the target, separated by commas.")
        String map;

        @Option(names = "--where", paramLabel = "SQL", description = "Compare the rows for which this holds, on both sides.")
        String where;

        @Option(names = "--source-where", paramLabel = "SQL", description = "The same, for the source alone.")
        String sourceWhere;

        @Option(names = "--target-where", paramLabel = "SQL", description = "The same, for the target alone.")
        String targetWhere;
    }

    @ArgGroup(validate = false, heading = "%nA contract%n")
    OfContract contract = new OfContract();

    static final class OfContract {
        @Option(names = {"-f", "--file"}, paramLabel = "FILE", description = "YAML with a SyncContract; - is standard input.")
        String file;

        @Option(names = "--contract", paramLabel = "NAME", description = "Which one, when the file has several.")
        String name;

        @Option(names = "--source-url", paramLabel = "URL", description = "User, host, port, database and encryption instead of the contract's, as for a port-forward.")
        String sourceUrl;

        @Option(names = "--target-url", paramLabel = "URL", description = "The same for the target.")
        String targetUrl;
    }

    @ArgGroup(validate = false, heading = "%nAccounts%n")
    Accounts accounts = new Accounts();

    static final class Accounts {
        @Option(names = "--source-user", paramLabel = "USER", description = "Account on the source, when the URL names none. Also CONCORDAT_SOURCE_USER.")
        String sourceUser;

        @Option(names = "--target-user", paramLabel = "USER", description = "Account on the target. Also CONCORDAT_TARGET_USER.")
        String targetUser;

        @Option(names = "--source-password-file", paramLabel = "FILE", description = "File that holds nothing but the password of the source.")
        String sourcePasswordFile;

        @Option(names = "--target-password-file", paramLabel = "FILE", description = "File that holds nothing but the password of the target.")
        String targetPasswordFile;
    }

    @ArgGroup(validate = false, heading = "%nThe comparison%n")
    Run run = new Run();

    static final class Run {
        @Option(names = "--scope", paramLabel = "SCOPE", description = "full, window:FIELD:DURATION, sample:PERCENT or range:LO..HI (HI not included, either may be empty). Default: full, or the contract's.")
        String scope;

        @Option(names = "--settle", paramLabel = "DURATION", description = "A difference is drift only if it is still there after this time. Default: 2s, or the contract's. 0s for tables at rest.")
        String settle;

        @Option(names = "--max-records", paramLabel = "N", description = "Differing records to show. Default: 100, or the contract's; ndjson and csv show all.")
        String maxRecords;

        @Option(names = "--redact", paramLabel = "COLUMNS", description = "Columns whose values are not shown.")
        String redact;

        @Option(names = "--threads", paramLabel = "N", description = "Connections to each side, 1 to 16. Default: 2, or the contract's.")
        String threads;

        @Option(names = "--max-load", paramLabel = "PERCENT", description = "Share of the time in which a statement may run on a side, 1 to 100. Default: 100, or the contract's.")
        String maxLoad;

        @Option(names = "--statement-timeout", paramLabel = "DURATION", description = "Longest time of one statement, 100ms to 24h. Default: 30s, or the contract's.")
        String statementTimeout;

        @Option(names = "--resume", paramLabel = "FILE", description = "Keep in this file how far the comparison is, and go on from there if the file exists. Removed when a verdict is reached.")
        String resume;
    }

    @ArgGroup(validate = false, heading = "%nThe result%n")
    Result result = new Result();

    static final class Result {
        @Option(names = {"-o", "--output"}, paramLabel = "FORMAT", description = "text, json, ndjson (a record per line as it is found, then the summary) or csv (records alone). Default: text.")
        String output;

        @Option(names = "--stats", description = "Also show how the comparison was made, time by phase and rows per second.")
        boolean stats;
    }

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    boolean help;
}
