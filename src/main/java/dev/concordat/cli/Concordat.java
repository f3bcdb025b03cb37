package dev.concordat.cli;

import dev.concordat.dataplane.ChecksumWorker;
import dev.concordat.dataplane.Prober;
import dev.concordat.playground.Playground;
import dev.concordat.playground.cluster.Binaries;
import dev.concordat.playground.cluster.Tool;
import dev.concordat.playground.demo.Replicator;
import dev.concordat.playground.demo.Shop;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line. {@code operator} and {@code compare} are listed for their help; {@link Main} starts them. */
@Command(
        name = "concordat",
        mixinStandardHelpOptions = true,
        versionProvider = Concordat.Version.class,
        description = "Sync contracts as Kubernetes resources: compare two data stores, keep a latency budget, pause the writers.",
        subcommands = {
            Concordat.PlaygroundCommand.class, Concordat.Compare.class, Concordat.OperatorCommand.class, Concordat.ChecksumCommand.class, Concordat.ProbeCommand.class,
            Concordat.ShopCommand.class, Concordat.ReplicatorCommand.class, Concordat.BinariesCommand.class, WarmUp.class
        },
        footer = {"", "From a checkout, './concordat test' builds Concordat and runs every test, './concordat generate' writes the generated files."})
final class Concordat implements Runnable {
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

    @Command(name = "playground", mixinStandardHelpOptions = true, sortOptions = false,
            description = "Brings up a Kubernetes API server, PostgreSQL, MariaDB, a shop, a replicator and the operator on this machine, and tells the story of a contract.")
    static final class PlaygroundCommand implements Callable<Integer> {
        @Option(names = "--once", description = "End after the story. Exit code 0 only if every step was observed through the API server.")
        private boolean once;

        @Override
        public Integer call() throws Exception {
            return Playground.run(once);
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

    @Command(name = "demo-shop", hidden = true, description = "The playground's shop: writes orders to PostgreSQL.")
    static final class ShopCommand implements Callable<Integer> {
        @Override
        public Integer call() {
            return Shop.run(System.getenv());
        }
    }

    @Command(name = "demo-replicator", hidden = true, description = "The playground's replicator: copies orders from PostgreSQL to MariaDB.")
    static final class ReplicatorCommand implements Callable<Integer> {
        @Override
        public Integer call() {
            return Replicator.run(System.getenv());
        }
    }

    @Command(name = "binaries", hidden = true, description = "Finds, downloads or builds the programs of the local cluster, and Helm, and prints where they are.")
    static final class BinariesCommand implements Callable<Integer> {
        @Override
        public Integer call() throws Exception {
            Binaries.ofThisMachine(System.out::println).find(EnumSet.allOf(Tool.class)).forEach((tool, path) -> System.out.println(tool.file() + "  " + path));
            return 0;
        }
    }
}
