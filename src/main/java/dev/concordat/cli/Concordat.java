package dev.concordat.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;

/**
 * The list of commands, its help, and what is said of a command that there is not. The commands start elsewhere: {@link Main} or the launcher picks one
 * before. Built by calls: to read it from annotations takes longer than everything else that {@code --help} does.
 */
public final class Concordat {
    /** The command that the launcher of a checkout starts from the playground's own classes. */
    public static final String PLAYGROUND = "playground";
    /** What it does, for both lists of commands. */
    public static final String PLAYGROUND_DOES = "Brings up a Kubernetes API server, PostgreSQL, MariaDB, a shop, a replicator and the "
            + "operator on this machine, and tells the story of a contract.";

    private Concordat() {}

    public static void main(String... args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandSpec top = listed("concordat", "a command is missing; ./concordat playground is a good first one",
                "Sync contracts as Kubernetes resources: compare two data stores, keep a latency budget, pause the writers.");
        top.versionProvider(() -> {
            String version = Concordat.class.getPackage().getImplementationVersion();
            return new String[] {"concordat " + (version == null ? "(unpacked build)" : version)};
        });
        top.usageMessage().footer("", "From a checkout, './concordat test' builds Concordat and runs every test, './concordat generate' writes the "
                + "generated files.");
        top.addSubcommand(PLAYGROUND, listed(PLAYGROUND, "the playground is not in this program; run ./concordat playground in a checkout of Concordat",
                PLAYGROUND_DOES));
        top.addSubcommand("compare", listed("compare", "compare is given its options alone",
                "Compares two tables, or those of a contract, from this machine: what differs, record by record. 'concordat compare --help' has its "
                        + "options."));
        String alone = "%s takes no arguments; it is configured by its environment";
        top.addSubcommand("operator", listed("operator", alone.formatted("operator"),
                "Runs the operator against the cluster of the current kubeconfig, or of the pod's service account. Configured by environment; see "
                        + "docs/install.md."));
        top.addSubcommand("checksum", hidden(listed("checksum", alone.formatted("checksum"),
                "One checksum run, as the operator's Job starts it. Reads its order from the environment.")));
        top.addSubcommand("probe", hidden(listed("probe", alone.formatted("probe"),
                "The latency prober of one namespace, as the operator's Deployment starts it.")));
        return new CommandLine(top);
    }

    /** @param otherwise what is said when it is run, which is a mistake: whoever starts commands has done so before */
    private static CommandSpec listed(String name, String otherwise, String does) {
        CommandSpec[] self = new CommandSpec[1];
        self[0] = CommandSpec.wrapWithoutInspection((Callable<Integer>) () -> {
            throw new ParameterException(self[0].commandLine(), otherwise);
        });
        return self[0].name(name).usageMessage(new UsageMessageSpec().description(does))
                .addOption(OptionSpec.builder("-h", "--help").usageHelp(true).description("Show this help message and exit.").build())
                .addOption(OptionSpec.builder("-V", "--version").versionHelp(true).description("Print version information and exit.").build());
    }

    private static CommandSpec hidden(CommandSpec spec) {
        spec.usageMessage().hidden(true);
        return spec;
    }
}
