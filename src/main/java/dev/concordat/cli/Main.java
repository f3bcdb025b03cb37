package dev.concordat.cli;

import dev.concordat.operator.OperatorApp;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.Arrays;

/**
 * Picks the command before Quarkus starts: only {@code operator} pays for the container and the operator framework. Everything else is
 * plain Java, so that a worker queries its database within a second. The launcher knows the same programs, and starts each with its own class path.
 */
@QuarkusMain
public final class Main {
    private Main() {}

    public static void main(String... args) {
        // Whose name stands in managedFields: the API server takes it from here.
        System.setProperty("kubernetes.user.agent", "concordat");
        String command = args.length == 0 ? "" : args[0];
        boolean alone = args.length == 1;
        if (command.equals("compare")) {
            Compare.main(Arrays.copyOfRange(args, 1, args.length));
        } else if (alone && command.equals("operator")) {
            Quarkus.run(OperatorApp.class);
        } else if (alone && (command.equals("checksum") || command.equals("probe"))) {
            Worker.main(args);
        } else {
            Concordat.main(args);
        }
    }
}
