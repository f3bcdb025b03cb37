package dev.concordat.cli;

import dev.concordat.dataplane.ChecksumWorker;
import dev.concordat.dataplane.Prober;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/**
 * The command line. {@code operator} and {@code compare} are listed for their help; {@link Main} starts them. {@code playground} is, too; the launcher
 * of a checkout starts it.
 */
@Command(
        name = "concordat",
        mixinStandardHelpOptions = true,
        versionProvider = Concordat.Version.class,
        description = "Sync contracts as Kubernetes resources: compare two data stores, keep a latency budget, pause the writers.",
        subcommands = {
            Concordat.PlaygroundCommand.class, Concordat.Compare.class, Concordat.OperatorCommand.class,
            Concordat.ChecksumCommand.class, Concordat.ProbeCommand.class
        },
        footer = {"", "From a checkout, './concordat test' builds Concordat and runs every test, './concordat generate' writes the generated files."})
public final class Concordat implements Runnable {
    /** The command that the launcher of a checkout starts from the playground's own classes. */
    public static final String PLAYGROUND = "playground";
    /** What it does, for both lists of commands. */
    public static final String PLAYGROUND_DOES = "Brings up a Kubernetes API server, PostgreSQL, MariaDB, a shop, a replicator and the "
            + "operator on this machine, and tells the story of a contract.";

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing; ./concordat playground is a good first one");
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Concordat.class.getPackage().getImplementationVersion();
            return new String[] {"concordat " + (version == null ? "(unpacked build)" : version)};
        }
    }

    /** A program of its own, which a checkout has beside this one: see {@code src/playground}. */
    @Command(name = PLAYGROUND, description = PLAYGROUND_DOES)
    static final class PlaygroundCommand implements Callable<Integer> {
        @Spec private CommandSpec spec;
        @Unmatched private List<String> options;

        @Override
        public Integer call() {
            throw new ParameterException(spec.commandLine(),
                    "the playground is not in this program; run ./concordat playground in a checkout of Concordat");
        }
    }

    @Command(name = "compare", description = "Compares two tables, or those of a contract, from this machine: what differs, record by record. 'concordat compare --help' has its options.")
    static final class Compare implements Callable<Integer> {
        @Override
        public Integer call() {
            throw new IllegalStateException("Main starts compare");
        }
    }

    @Command(name = "operator", mixinStandardHelpOptions = true,
            description = "Runs the operator against the cluster of the current kubeconfig, or of the pod's service account. Configured by environment; see docs/install.md.")
    static final class OperatorCommand implements Callable<Integer> {
        @Override
        public Integer call() {
            throw new IllegalStateException("Main starts the operator");
        }
    }

    @Command(name = "checksum", hidden = true, mixinStandardHelpOptions = true, description = "One checksum run, as the operator's Job starts it. Reads its order from the environment.")
    static final class ChecksumCommand implements Callable<Integer> {
        @Override
        public Integer call() {
            return ChecksumWorker.run(System.getenv());
        }
    }

    @Command(name = "probe", hidden = true, mixinStandardHelpOptions = true, description = "The latency prober of one namespace, as the operator's Deployment starts it.")
    static final class ProbeCommand implements Callable<Integer> {
        @Override
        public Integer call() {
            return Prober.run(System.getenv());
        }
    }
}
