package dev.concordat.cli.compare;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.Store.TlsMode;
import dev.concordat.api.v1alpha1.SyncContractSpec;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.api.v1alpha1.Verification.ScopeType;
import dev.concordat.contract.Durations;
import dev.concordat.store.StoreAccess;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The command line, read and checked. Everything that can be known to be wrong without a database is refused here, by {@link UsageError}.
 *
 * @param contract         null for two URLs
 * @param tables           null for a contract
 * @param scope            null: the contract's, or full
 * @param settle           null: the contract's, or {@link #SETTLE}
 * @param maxRecords       null: the contract's, or {@link #RECORDS}; and no bound for a format that streams
 * @param redact           in addition to the contract's
 * @param resume           null without {@code --resume}
 */
record Request(
        StoreAccess source, StoreAccess target, SyncContractSpec contract, Tables tables, Scope scope, Duration settle, Integer maxRecords, List<String> redact, Path resume,
        Format format, boolean stats) {
    static final Duration SETTLE = Duration.ofSeconds(2);
    static final int RECORDS = 100;
    static final int CONNECTIONS = 2;
    private static final int MOST_RECORDS = 100_000;

    /**
     * What the options say of two tables that no contract describes. Names as typed: only the catalogues tell whether they are right.
     *
     * @param key     null: the primary key; empty: none
     * @param version null for none
     * @param columns null: all
     * @param map     source column to target column
     * @param rows    null: all
     */
    record Tables(List<String> key, String version, List<String> columns, List<String> exclude, Map<String, String> map, RecordRules.Rows rows) {}

    /** Reads the options. May ask for a password on the terminal, after all else was found right. */
    static Request of(Options options, Machine machine) {
        Format format = format(options.result.output);
        Scope scope = scope(options.run.scope);
        Duration settle = options.run.settle == null ? null : duration("--settle", options.run.settle, Duration.ZERO, Duration.ofHours(1), "between 0s and 1h");
        Integer maxRecords = number("--max-records", options.run.maxRecords, 0, MOST_RECORDS);
        Integer threads = number("--threads", options.run.threads, 1, 16);
        Integer maxLoad = number("--max-load", options.run.maxLoad, 1, 100);
        if (options.run.statementTimeout != null) {
            duration("--statement-timeout", options.run.statementTimeout, Duration.ofMillis(100), Duration.ofHours(24), "between 100ms and 24h");
        }
        Limits limits = new Limits(threads, maxLoad, options.run.statementTimeout);
        List<String> redact = options.run.redact == null ? List.of() : names("--redact", options.run.redact);
        Path resume = options.run.resume == null ? null : path("--resume", options.run.resume);
        List<String> urls = options.urls == null ? List.of() : options.urls;
        if (options.contract.file != null) {
            return ofContract(options, machine, urls, limits, scope, settle, maxRecords, redact, resume, format);
        }
        for (var given : new String[][] {{"--contract", options.contract.name}, {"--source-url", options.contract.sourceUrl}, {"--target-url", options.contract.targetUrl}}) {
            if (given[1] != null) {
                throw new UsageError(given[0], "goes with -f contract.yaml; without a contract give two URLs, of the source and of the target");
            }
        }
        if (urls.size() != 2) {
            throw new UsageError(null, (urls.isEmpty() ? "nothing to compare is given" : urls.size() == 1 ? "one URL is given" : urls.size() + " URLs or other arguments are given")
                    + "; give two URLs, of the source and of the target, or -f contract.yaml");
        }
        TableUrl sourceUrl = TableUrl.table("source URL", Side.SOURCE, urls.get(0));
        TableUrl targetUrl = TableUrl.table("target URL", Side.TARGET, urls.get(1));
        Store source = sourceUrl.store(limits.over(Store.Limits.DEFAULT, CONNECTIONS));
        Store target = targetUrl.store(limits.over(Store.Limits.DEFAULT, CONNECTIONS));
        if (place(source).equals(place(target))) {
            throw new UsageError("target URL", "this is the table of the source URL; name the table to compare it with");
        }
        Tables tables = tables(options.tables);
        if (scope != null && scope.type() != ScopeType.FULL && tables.key() != null && tables.key().isEmpty()) {
            throw new UsageError("--scope", "rows without a key can only be compared as a whole; use --where, or name a key instead of --no-key");
        }
        return new Request(
                new StoreAccess(source, "source", credentials(options, machine, Side.SOURCE).account(source.type(), sourceUrl.user(), source.host(), source.port(), source.database(), sourceUrl.ca())),
                new StoreAccess(target, "target", credentials(options, machine, Side.TARGET).account(target.type(), targetUrl.user(), target.host(), target.port(), target.database(), targetUrl.ca())),
                null, tables, scope, settle, maxRecords, redact, resume, format, options.result.stats);
    }

    private static List<Object> place(Store store) {
        return List.of(store.type(), store.host(), store.port(), store.database(), store.schema() == null ? "public" : store.schema(), store.table());
    }

    private static Request ofContract(Options options, Machine machine, List<String> urls, Limits limits, Scope scope, Duration settle, Integer maxRecords, List<String> redact, Path resume, Format format) {
        if (!urls.isEmpty()) {
            throw new UsageError(null, "-f and URLs of tables are given; a contract names its tables itself, and --source-url and --target-url say where they are now");
        }
        Options.TwoTables of = options.tables;
        String[][] foreign = {{"--key", of.key}, {"--no-key", of.noKey ? "" : null}, {"--version", of.version}, {"--columns", of.columns}, {"--exclude", of.exclude}, {"--map", of.map}, {"--where", of.where},
            {"--source-where", of.sourceWhere}, {"--target-where", of.targetWhere}};
        for (String[] given : foreign) {
            if (given[1] != null) {
                throw new UsageError(given[0], "does not go with -f: the contract says it in spec.record; change the contract, or compare two URLs");
            }
        }
        String name = options.contract.name;
        if (name != null && name.isEmpty()) {
            throw new UsageError("--contract", "the name is empty; name a contract of the file");
        }
        SyncContractSpec spec = ContractFile.read(options.contract.file, name, machine.in()).spec();
        if (scope == null && spec.verification().scope().type() == ScopeType.SWEEP) {
            // Which part is next only the cluster knows: the first part again and again would be no answer.
            scope = Scope.FULL;
        }
        TableUrl sourceUrl = options.contract.sourceUrl == null ? null : TableUrl.override("--source-url", Side.SOURCE, options.contract.sourceUrl);
        TableUrl targetUrl = options.contract.targetUrl == null ? null : TableUrl.override("--target-url", Side.TARGET, options.contract.targetUrl);
        Store source = store(Side.SOURCE, spec.source().store(), sourceUrl, limits);
        Store target = store(Side.TARGET, spec.target().store(), targetUrl, limits);
        return new Request(
                new StoreAccess(source, "spec.source.store", credentials(options, machine, Side.SOURCE)
                        .account(source.type(), sourceUrl == null ? null : sourceUrl.user(), source.host(), source.port(), source.database(), sourceUrl == null ? null : sourceUrl.ca())),
                new StoreAccess(target, "spec.target.store", credentials(options, machine, Side.TARGET)
                        .account(target.type(), targetUrl == null ? null : targetUrl.user(), target.host(), target.port(), target.database(), targetUrl == null ? null : targetUrl.ca())),
                spec, null, scope, settle, maxRecords, redact, resume, format, options.result.stats);
    }

    /** The contract's store, where the URL says it is now. */
    private static Store store(Side side, Store store, TableUrl url, Limits limits) {
        String option = side.option("url");
        if (url != null && url.type() != store.type()) {
            throw new UsageError(option, "is the URL of a " + url.type().display() + ", and the contract's " + side.word() + " is a " + store.type().display() + "; give a "
                    + store.type().display().toLowerCase(Locale.ROOT) + ":// URL");
        }
        TlsMode mode = url != null && url.tls() != null ? url.tls() : store.tls().mode();
        if ((mode == TlsMode.VERIFY_CA || mode == TlsMode.VERIFY_FULL) && (url == null || url.ca() == null)) {
            throw new UsageError("spec." + side.word() + ".store.tls", "the certificate of the authority is in Secret " + store.tls().caSecretName()
                    + ", which is not here; save its ca.crt and give ?sslmode=" + (mode == TlsMode.VERIFY_CA ? "verify-ca" : "verify-full") + "&sslrootcert=FILE in " + option + ", or ?sslmode=require");
        }
        if (url != null && url.ca() != null && mode != TlsMode.VERIFY_CA && mode != TlsMode.VERIFY_FULL) {
            throw new UsageError(option, "sslrootcert verifies nothing without sslmode=verify-ca or verify-full; add one of them");
        }
        return new Store(store.type(), url == null ? store.host() : url.host(), url == null ? store.port() : url.port() == null ? Integer.valueOf(store.type().defaultPort()) : url.port(),
                url == null || url.database() == null ? store.database() : url.database(), store.schema(), store.table(), store.credentials(), new Store.Tls(mode, null),
                limits.over(store.limits(), store.limits().connections()));
    }

    private record Limits(Integer threads, Integer maxLoad, String statementTimeout) {
        Store.Limits over(Store.Limits base, int connections) {
            return new Store.Limits(threads == null ? Integer.valueOf(connections) : threads, statementTimeout == null ? base.statementTimeout() : statementTimeout,
                    maxLoad == null ? base.maxLoad() : maxLoad, base.maxActiveSessions(), base.maxReplicaLag());
        }
    }

    private static Credentials credentials(Options options, Machine machine, Side side) {
        return side == Side.SOURCE ? new Credentials(machine, side, options.accounts.sourceUser, options.accounts.sourcePasswordFile)
                : new Credentials(machine, side, options.accounts.targetUser, options.accounts.targetPasswordFile);
    }

    private static Tables tables(Options.TwoTables options) {
        if (options.noKey && options.key != null) {
            throw new UsageError("--no-key", "contradicts --key; give one of them");
        }
        List<String> key = options.noKey ? List.of() : options.key == null ? null : names("--key", options.key);
        if (key != null && key.size() > 8) {
            throw new UsageError("--key", key.size() + " columns are given; at most 8 can identify a record");
        }
        List<String> columns = options.columns == null ? null : names("--columns", options.columns);
        List<String> exclude = options.exclude == null ? List.of() : names("--exclude", options.exclude);
        for (String name : exclude) {
            if (columns != null && columns.contains(name)) {
                throw new UsageError("--exclude", "column " + name + " is also in --columns; name it in one of them");
            }
            if (key != null && key.contains(name)) {
                throw new UsageError("--exclude", "column " + name + " is part of the key, which is always compared; name another key, or leave the column in");
            }
            if (name.equals(options.version)) {
                throw new UsageError("--exclude", "column " + name + " is the version, which is always compared; leave it in, or --version out");
            }
        }
        if (options.version != null && options.version.isBlank()) {
            throw new UsageError("--version", "the name is empty; name a column");
        }
        if (options.noKey && options.version != null) {
            throw new UsageError("--version", "tells records apart that a key identifies, and --no-key says that there is none; leave one of them out");
        }
        if (options.where != null && (options.sourceWhere != null || options.targetWhere != null)) {
            throw new UsageError("--where", "is for both sides; give it alone, or --source-where and --target-where");
        }
        String sourceWhere = condition(options.where != null ? "--where" : "--source-where", options.where != null ? options.where : options.sourceWhere);
        String targetWhere = condition("--target-where", options.where != null ? options.where : options.targetWhere);
        return new Tables(key, options.version, columns, exclude, map(options.map), sourceWhere == null && targetWhere == null ? null : new RecordRules.Rows(sourceWhere, targetWhere));
    }

    private static String condition(String option, String sql) {
        if (sql != null && sql.isBlank()) {
            throw new UsageError(option, "the condition is empty; write SQL such as \"region = 'EU'\", or leave the option out");
        }
        if (sql != null && sql.indexOf('\0') >= 0) {
            throw new UsageError(option, "the condition has a NUL character; remove it");
        }
        return sql;
    }

    private static Map<String, String> map(String text) {
        Map<String, String> map = new LinkedHashMap<>();
        if (text != null) {
            for (String pair : list("--map", text)) {
                int equals = pair.indexOf('=');
                if (equals <= 0 || equals == pair.length() - 1 || pair.indexOf('=', equals + 1) >= 0) {
                    throw new UsageError("--map", Printable.quoted(pair) + " is not a pair of columns; write source=target");
                }
                if (map.putIfAbsent(pair.substring(0, equals), pair.substring(equals + 1)) != null) {
                    throw new UsageError("--map", "column " + pair.substring(0, equals) + " is mapped twice; map it once");
                }
            }
            if (new HashSet<>(map.values()).size() < map.size()) {
                throw new UsageError("--map", "two columns are mapped to one of the target; a column is compared with one column");
            }
        }
        return map;
    }

    /** Entries between commas; a comma within double quotes belongs to its entry, and a doubled quote in there is one quote. */
    static List<String> list(String option, String text) {
        List<String> entries = new ArrayList<>();
        StringBuilder entry = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i <= text.length(); i++) {
            char c = i < text.length() ? text.charAt(i) : ',';
            if (i < text.length() && c == '"') {
                if (quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                    entry.append('"');
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (c == ',' && (!quoted || i == text.length())) {
                if (quoted) {
                    throw new UsageError(option, "a double quote is not closed; write \"a,b\" for a name with a comma and \"\" for a quote in it");
                }
                if (entry.isEmpty()) {
                    throw new UsageError(option, "a name between two commas is empty; write names such as a,b");
                }
                entries.add(entry.toString());
                entry.setLength(0);
            } else {
                entry.append(c);
            }
        }
        return entries;
    }

    private static List<String> names(String option, String text) {
        List<String> names = list(option, text);
        for (int i = 0; i < names.size(); i++) {
            if (names.indexOf(names.get(i)) < i) {
                throw new UsageError(option, "column " + Printable.quoted(names.get(i)) + " is named twice; name it once");
            }
        }
        return names;
    }

    private static Format format(String text) {
        if (text == null) {
            return Format.TEXT;
        }
        return switch (text) {
            case "text" -> Format.TEXT;
            case "json" -> Format.JSON;
            case "ndjson" -> Format.NDJSON;
            case "csv" -> Format.CSV;
            default -> throw new UsageError("-o", Printable.quoted(text) + " is no format; write text, json, ndjson or csv");
        };
    }

    private static final String SCOPES = "write full, window:FIELD:DURATION, sample:PERCENT or range:LO..HI";

    static Scope scope(String text) {
        if (text == null) {
            return null;
        }
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        String rest = colon < 0 ? "" : text.substring(colon + 1);
        switch (name) {
            case "full" -> {
                if (colon >= 0) {
                    throw new UsageError("--scope", "full takes nothing; write full");
                }
                return Scope.FULL;
            }
            case "window" -> {
                int last = rest.lastIndexOf(':');
                if (last <= 0 || last == rest.length() - 1) {
                    throw new UsageError("--scope", "a window needs a time column and how far back it goes; write window:updated_at:2h");
                }
                String duration = rest.substring(last + 1);
                duration("--scope", duration, Duration.ofMillis(1), Duration.ofDays(36_500), "longer than 0s");
                return new Scope(ScopeType.WINDOW, rest.substring(0, last), duration, null, null, null);
            }
            case "sample" -> {
                if (!rest.matches("[0-9]{1,3}") || Integer.parseInt(rest) < 1 || Integer.parseInt(rest) > 100) {
                    throw new UsageError("--scope", "a sample needs a share from 1 to 100 percent, without a sign; write sample:5");
                }
                return new Scope(ScopeType.SAMPLE, null, null, Integer.valueOf(rest), null, null);
            }
            case "range" -> {
                int dots = rest.indexOf("..");
                String from = dots < 0 ? "" : rest.substring(0, dots);
                String to = dots < 0 ? "" : rest.substring(dots + 2);
                if (from.isEmpty() && to.isEmpty()) {
                    throw new UsageError("--scope", "a range needs the first key, the first key after it, or both; write range:1000..2000, range:1000.. or range:..2000");
                }
                if (to.contains("..")) {
                    throw new UsageError("--scope", "the range has '..' more than once, so its ends cannot be told; use --where for such keys");
                }
                return new Scope(ScopeType.KEY_RANGE, null, null, null, from.isEmpty() ? null : from, to.isEmpty() ? null : to);
            }
            default -> throw new UsageError("--scope", Printable.quoted(text) + " is no scope; " + SCOPES);
        }
    }

    private static Duration duration(String option, String text, Duration least, Duration most, String bounds) {
        Duration duration;
        try {
            duration = Durations.parse(text);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new UsageError(option, Printable.quoted(text) + " is no duration; write a number with h, m, s or ms, such as 30s or 1h30m");
        }
        if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
            throw new UsageError(option, Printable.quoted(text) + " is out of bounds; write a duration " + bounds);
        }
        return duration;
    }

    private static Integer number(String option, String text, int least, int most) {
        if (text == null) {
            return null;
        }
        if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) < least || Integer.parseInt(text) > most) {
            throw new UsageError(option, Printable.quoted(text) + " is no number between " + least + " and " + most + "; write one, such as " + Math.min(most, Math.max(least, 4)));
        }
        return Integer.valueOf(text);
    }

    private static Path path(String option, String text) {
        try {
            if (!text.isEmpty()) {
                return Path.of(text);
            }
        } catch (InvalidPathException e) {
            // Told below.
        }
        throw new UsageError(option, Printable.quoted(text) + " cannot be the name of a file; name one to keep the state in");
    }
}
