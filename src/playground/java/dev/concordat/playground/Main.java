package dev.concordat.playground;

import dev.concordat.cli.Concordat;
import dev.concordat.cli.LogOutput;
import dev.concordat.playground.cluster.Binaries;
import dev.concordat.playground.cluster.Tool;
import dev.concordat.playground.demo.Replicator;
import dev.concordat.playground.demo.Shop;
import dev.concordat.playground.launch.WarmUp;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What a checkout can do beyond the program that is installed: the playground, its demo workloads, and what the build and the tests need of it. */
@Command(name = "concordat",
        subcommands = {Main.PlaygroundCommand.class, Main.ShopCommand.class, Main.ReplicatorCommand.class, Main.BinariesCommand.class, WarmUp.class})
public final class Main {
    private Main() {}

    public static void main(String... args) {
        LogOutput.toStandardError(Level.WARNING);
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Command(name = Concordat.PLAYGROUND, mixinStandardHelpOptions = true, sortOptions = false, description = Concordat.PLAYGROUND_DOES)
    static final class PlaygroundCommand implements Callable<Integer> {
        @Option(names = "--once", description = "End after the story. Exit code 0 only if every step was observed through the API server.")
        private boolean once;

        @Override
        public Integer call() throws Exception {
            return Playground.run(once);
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
