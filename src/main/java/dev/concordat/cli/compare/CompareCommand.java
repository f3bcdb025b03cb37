package dev.concordat.cli.compare;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.drift.CompareSpec;
import dev.concordat.drift.Comparison;
import dev.concordat.drift.DriftListener;
import dev.concordat.drift.Outcome;
import dev.concordat.report.Failure;
import dev.concordat.report.RunReport;
import dev.concordat.store.Catalogue;
import dev.concordat.store.StoreAccess;
import dev.concordat.store.StoreException;
import dev.concordat.store.StoreSession;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code concordat compare}: reads the command line, compares, writes the result. */
public final class CompareCommand {
    private final Machine machine;
    private final LongSupplier nanos;
    private final boolean process;

    /** @param process whether this is the process's one task, whose end is the process's end */
    CompareCommand(Machine machine, LongSupplier nanos, boolean process) {
        this.machine = machine;
        this.nanos = nanos;
        this.process = process;
    }

    /**
     * Runs the command as a process: standard streams, environment, signals.
     *
     * @param args without the command's own name
     * @return the exit code: 0 in sync, 1 drift, 2 usage or contract error, 3 incomplete or not decidable. An interruption ends the process with 130
     */
    public static int main(String... args) {
        // Results are UTF-8 whatever the locale is; buffered by the writers, line by line.
        PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 8_192), false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        return new CompareCommand(Machine.own(out, err), System::nanoTime, true).execute(args);
    }

    /** The command for a list of commands; it is run by {@link #main}. */
    public static CommandLine commandLine() {
        return parser(new Options());
    }

    private static CommandLine parser(Options options) {
        // A value is a value, whatever it looks like; and no file is opened because an argument starts with '@'.
        return new CommandLine(options).setExpandAtFiles(false).setInterpolateVariables(false).setPosixClusteredShortOptionsAllowed(true);
    }

    int execute(String... args) {
        try {
            Options options = new Options();
            CommandLine line = parser(options);
            try {
                line.parseArgs(args);
            } catch (ParameterException e) {
                throw usage(e, args);
            }
            onlyOnce(line.getCommandSpec().options(), args);
            if (options.help) {
                line.usage(machine.out(), machine.colour() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF);
                machine.out().flush();
                return 0;
            }
            Request request = Request.of(options, machine);
            if (!process) {
                return compare(request, null);
            }
            Interruption interruption = Interruption.await(machine.out(), machine.err());
            try {
                return compare(request, interruption);
            } finally {
                interruption.over();
            }
        } catch (UsageError e) {
            say(e.getMessage());
            return Verdict.USAGE;
        } catch (RuntimeException | StackOverflowError e) {
            // Only the place: the text of an exception from within may quote a value or a password.
            StackTraceElement at = e.getStackTrace().length == 0 ? null : e.getStackTrace()[0];
            say("failed with " + e.getClass().getSimpleName() + (at == null ? "" : " at " + at) + "; please report this as a defect of Concordat");
            return Verdict.INCOMPLETE;
        }
    }

    /** Picocli lets the last one count where options stand in groups; two answers to one question are a mistake. */
    private static void onlyOnce(List<OptionSpec> options, String[] args) {
        Set<OptionSpec> seen = new HashSet<>();
        for (int i = 0; i < args.length && !args[i].equals("--"); i++) {
            String arg = args[i];
            for (OptionSpec option : options) {
                boolean whole = List.of(option.names()).contains(arg);
                if (!whole && !attached(option, arg)) {
                    continue;
                }
                if (!seen.add(option)) {
                    throw new UsageError(option.longestName(), "is given twice; give it once" + (option.paramLabel().equals("COLUMNS") ? ", with the names separated by commas" : ""));
                }
                i += whole && option.arity().max() > 0 ? 1 : 0;
                break;
            }
        }
    }

    /** Whether an argument is an option with its value, as in {@code --key=id} or {@code -ojson}. */
    private static boolean attached(OptionSpec option, String arg) {
        return option.arity().max() > 0 && List.of(option.names()).stream().anyMatch(name -> name.startsWith("--") ? arg.startsWith(name + "=") : !arg.startsWith("--") && arg.startsWith(name));
    }

    private void say(String line) {
        machine.err().println("concordat compare: " + Printable.line(line));
        machine.err().flush();
    }

    /** Picocli's findings, without quoting values: one of them may be a password. */
    private static UsageError usage(ParameterException e, String[] args) {
        return switch (e) {
            case UnmatchedArgumentException unmatched -> {
                String first = unmatched.getUnmatched().isEmpty() ? "" : unmatched.getUnmatched().getFirst();
                String name = first.indexOf('=') > 0 ? first.substring(0, first.indexOf('=')) : first;
                yield new UsageError(null, unknown(name));
            }
            case MissingParameterException missing -> {
                String option = missing.getMissing().isEmpty() ? "an option" : missing.getMissing().getFirst() instanceof OptionSpec spec ? spec.longestName() : "an argument";
                yield new UsageError(option, "needs a value" + (missing.getMissing().getFirst() instanceof OptionSpec spec ? "; write " + option + " " + spec.paramLabel() : ""));
            }
            case OverwrittenOptionException twice -> new UsageError(twice.getOverwritten() instanceof OptionSpec spec ? spec.longestName() : "an option", "is given twice; give it once");
            default -> {
                // A value for a flag, such as --stats=yes.
                String flag = null;
                for (String arg : args) {
                    for (String name : List.of("--stats", "--no-key", "--help")) {
                        flag = arg.startsWith(name + "=") ? name : flag;
                    }
                }
                yield flag != null ? new UsageError(flag, "takes no value; write " + flag + " alone") : new UsageError(null, "the options cannot be read; see concordat compare --help");
            }
        };
    }

    private static String unknown(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("--") && lower.contains("pass") || lower.startsWith("-p")) {
            return "a password is not taken as an argument, since others can read those; give it in CONCORDAT_SOURCE_PASSWORD and CONCORDAT_TARGET_PASSWORD, --source-password-file and "
                    + "--target-password-file, ~/.pgpass, ~/.my.cnf, or the prompt of a terminal";
        }
        String nearest = null;
        int least = 4;
        for (OptionSpec option : commandLine().getCommandSpec().options()) {
            int distance = YamlCheck.distance(name, option.longestName());
            if (distance < least) {
                least = distance;
                nearest = option.longestName();
            }
        }
        return "unknown option " + Printable.quoted(name) + "; " + (nearest == null ? "see concordat compare --help" : "write " + nearest);
    }

    private int compare(Request request, Interruption interruption) {
        CheckpointFile file = request.resume() == null ? null : CheckpointFile.of(request.resume(), request.source().place(), request.target().place());
        if (interruption != null) {
            interruption.keeping(file);
        }
        var checkpoint = file == null ? null : file.read();
        CompareSpec spec = spec(request);
        boolean tables = request.contract() == null;
        if (tables) {
            Catalogues catalogues;
            try {
                catalogues = catalogues(request);
            } catch (StoreException e) {
                return end(request, null, null, outcome(e), spec, 0);
            }
            spec = rules(spec, TableRules.of(request, catalogues.source(), catalogues.target()));
        }
        if (file != null) {
            refuseKeysIn(file, spec);
        }
        long maxRecords = request.maxRecords() != null ? request.maxRecords() : request.format().streams() ? Long.MAX_VALUE : spec.maxRecords();
        ResultWriter writer = ResultWriter.of(request.format(), machine.out(), machine.colour(), spec.rules().key(), maxRecords);
        spec = spec.with(new CompareSpec.Listeners(file == null ? _ -> {} : file::write, !request.format().streams() ? DriftListener.NONE : new DriftListener() {
            /** What is printed cannot be taken back; but the first hundred thousand records are not printed twice. */
            private final Set<List<String>> told = ConcurrentHashMap.newKeySet();
            private volatile boolean again;

            @Override
            public void restarted() {
                again = true;
            }

            @Override
            public void drift(List<String> key, RunReport.Record record) {
                if (again ? told.contains(key) : told.size() < 100_000 && !told.add(key)) {
                    return;
                }
                if (!writer.record(record) && process) {
                    // Nobody reads any more, and what was read is drift.
                    Runtime.getRuntime().halt(Verdict.DRIFT);
                }
            }
        }));
        if (checkpoint != null) {
            spec = spec.resuming(checkpoint);
        }
        Comparison comparison = new Comparison(spec, Comparison.SchemaGate.OPEN, nanos);
        ProgressBar bar = machine.errorIsTerminal() ? ProgressBar.start(machine.err(), comparison::progress, nanos) : null;
        if (interruption != null) {
            interruption.drawing(bar);
        }
        Outcome outcome;
        try {
            outcome = comparison.run();
        } finally {
            if (bar != null) {
                bar.close();
            }
        }
        if (outcome.earlier() == Outcome.Earlier.REFUSED) {
            say("the state in " + file.file() + " was that of another schema, other rules or another scope: started again");
        }
        if (tables && outcome.failure() != null) {
            outcome = worded(outcome, spec.rules());
        }
        return end(request, file, writer, outcome, spec, comparison.progress().chunks());
    }

    /** The engine would keep no state then, and the option would be of no effect. */
    private static void refuseKeysIn(CheckpointFile file, CompareSpec spec) {
        for (String key : spec.rules().key()) {
            String onTarget = spec.rules().fields().stream().filter(field -> field.name().equals(key)).map(RecordRules.Field::onTarget).findFirst().orElse(key);
            if (spec.redact().contains(key) || spec.redact().contains(onTarget)) {
                throw new UsageError("--resume", file.file() + " would hold values of key column " + key + ", which is redacted; leave --resume out, or do not redact the key");
            }
        }
    }

    private int end(Request request, CheckpointFile file, ResultWriter given, Outcome outcome, CompareSpec spec, int chunks) {
        Verdict verdict = Verdict.of(outcome, spec.scope().type());
        if (file != null) {
            file.close(!verdict.failure());
            if (file.trouble() != null) {
                say("warning: " + file.trouble());
            }
        }
        ResultWriter writer = given != null ? given : ResultWriter.of(request.format(), machine.out(), machine.colour(), spec.rules().key(), 0);
        long millis = Math.max(1, outcome.timings().getOrDefault("total", 1L));
        long rows = outcome.rows() == null ? 0 : Math.max(outcome.rows().source(), outcome.rows().target());
        int connections = Math.min(request.source().store().limits().connections(), request.target().store().limits().connections());
        Finding finding = new Finding(verdict, outcome, request.source().place(), request.target().place(),
                request.stats() ? new Finding.Stats(millis / 1_000.0, rows * 1_000 / millis, chunks, connections) : null);
        writer.done(finding);
        if (verdict.failure()) {
            say(verdict.message() + (file != null && file.kept() ? " (the same command goes on from " + file.file() + ")" : ""));
        } else if (request.format() == Format.CSV) {
            say(Verdict.word(verdict.verdict()) + ": " + verdict.message());
        }
        if (request.stats() && request.format() == Format.CSV) {
            say(String.format(Locale.ROOT, "%,d rows in %.1f s; %s", rows, millis / 1_000.0, outcome.plan()));
        }
        return verdict.exitCode();
    }

    /** What the request says, as the engine takes it; the rules of two tables follow once their columns are known. */
    private static CompareSpec spec(Request request) {
        CompareSpec base = request.contract() != null ? CompareSpec.of(request.contract(), request.source(), request.target())
                : CompareSpec.full(request.source(), request.target(), RecordRules.of(List.of(), null, List.of()), Request.SETTLE).withMaxRecords(Request.RECORDS);
        Scope scope = request.scope() == null ? base.scope() : request.scope();
        List<String> redact = new ArrayList<>(base.redact());
        request.redact().stream().filter(name -> !redact.contains(name)).forEach(redact::add);
        return new CompareSpec(base.source(), base.target(), base.rules(), base.gaps(), scope, request.settle() == null ? base.settle() : request.settle(), null,
                request.maxRecords() == null ? base.maxRecords() : request.maxRecords(), redact, base.canary(), base.resume(), base.listeners());
    }

    private static CompareSpec rules(CompareSpec spec, RecordRules rules) {
        return new CompareSpec(spec.source(), spec.target(), rules, spec.gaps(), spec.scope(), spec.settle(), spec.lag(), spec.maxRecords(), spec.redact(), spec.canary(), spec.resume(), spec.listeners());
    }

    private record Catalogues(Catalogue source, Catalogue target) {}

    private static Catalogues catalogues(Request request) throws StoreException {
        CompletableFuture<Catalogue> target = CompletableFuture.supplyAsync(() -> {
            try {
                return catalogue(request.target());
            } catch (StoreException e) {
                throw new CompletionException(e);
            }
        }, task -> Thread.ofPlatform().daemon().name("catalogue").start(task));
        Catalogue source = catalogue(request.source());
        try {
            return new Catalogues(source, target.join());
        } catch (CompletionException e) {
            if (e.getCause() instanceof StoreException failed) {
                throw failed;
            }
            throw e;
        }
    }

    private static Catalogue catalogue(StoreAccess side) throws StoreException {
        try (StoreSession session = side.open()) {
            return session.<Catalogue, RuntimeException>transaction(StoreSession.Mode.READ, connection -> side.dialect().catalogue(connection, side.store()));
        } catch (SQLException e) {
            throw side.explain(e);
        }
    }

    private static Outcome outcome(StoreException e) {
        return new Outcome(RunReport.Verdict.INCOMPLETE, e.failure(), e.configuration(), null, Map.of(), List.of(), List.of(), List.of(), List.of(), List.of(), null, null, Outcome.Earlier.NONE, null, null, Map.of());
    }

    private static Outcome worded(Outcome o, RecordRules rules) {
        Failure failure = Wording.options(o.failure(), rules);
        return new Outcome(o.verdict(), failure, o.configuration(), o.rows(), o.counts(), o.records(), o.fields(), o.gaps(), o.partitions(), o.contradictions(), o.coverage(), o.plan(), o.earlier(), o.fingerprint(), o.schema(), o.timings());
    }
}
