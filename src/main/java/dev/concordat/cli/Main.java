package dev.concordat.cli;

import dev.concordat.operator.OperatorApp;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

@QuarkusMain
public class Main {
    public static void main(String... args) {
        if (args.length > 0 && args[0].equals("operator")) { Quarkus.run(OperatorApp.class, args); return; }
        System.out.println("hello " + System.nanoTime());
    }
}
