package dev.concordat.cli.compare;

import dev.concordat.api.v1alpha1.StoreType;
import dev.concordat.store.Account;
import java.io.ByteArrayOutputStream;
import java.io.Console;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds user and password of one side: option, environment, the clients' own files, a prompt. In this order, and the first that is given counts.
 *
 * @param machine      where to look
 * @param userOption   {@code --source-user} as given; null when it was not
 * @param passwordFile {@code --source-password-file} as given; null when it was not
 */
record Credentials(Machine machine, Side side, String userOption, String passwordFile) {
    /** The ways to give a password, for messages. {@code type} null: of any engine. */
    static String ways(Side side, StoreType type) {
        String file = type == StoreType.POSTGRESQL ? "~/.pgpass" : type == null ? "~/.pgpass, ~/.my.cnf" : "~/.my.cnf";
        return side.variable("PASSWORD") + ", " + side.option("password-file") + ", " + file + ", or the prompt of a terminal";
    }

    /**
     * @param user of the URL; null when it names none
     * @param ca   see {@link Account}
     */
    Account account(StoreType type, String user, String host, int port, String database, Path ca) {
        OptionFile options = type == StoreType.POSTGRESQL ? OptionFile.NOTHING : OptionFile.read(machine.home().resolve(".my.cnf"), this::warn);
        String name = user(type, user, options);
        return new Account(side.word(), name, password(type, name, host, port, database, options), ca);
    }

    private void warn(String text) {
        machine.err().println("concordat compare: warning: " + Printable.line(text));
    }

    private String user(StoreType type, String urlUser, OptionFile options) {
        if (userOption != null) {
            if (userOption.isEmpty()) {
                throw new UsageError(side.option("user"), "the name is empty; name the account to log in with");
            }
            if (urlUser != null && !urlUser.equals(userOption)) {
                throw new UsageError(side.option("user"), Printable.quoted(userOption) + " is not the user of the URL, " + Printable.quoted(urlUser) + "; give one of them");
            }
            return userOption;
        }
        if (urlUser != null) {
            return urlUser;
        }
        String variable = machine.env().getOrDefault(side.variable("USER"), "");
        if (!variable.isEmpty()) {
            return variable;
        }
        if (options.user() != null && !options.user().isEmpty()) {
            return options.user();
        }
        throw new UsageError(side.word(), "no user is given; name one in the URL (" + scheme(type) + "://user@host/...), with " + side.option("user") + " or in " + side.variable("USER")
                + (type == StoreType.POSTGRESQL ? "" : ", or in ~/.my.cnf"));
    }

    private static String scheme(StoreType type) {
        return type.display().toLowerCase(Locale.ROOT);
    }

    private String password(StoreType type, String user, String host, int port, String database, OptionFile options) {
        if (passwordFile != null) {
            return fromFile();
        }
        String variable = machine.env().get(side.variable("PASSWORD"));
        if (variable != null) {
            return variable;
        }
        Optional<String> clients = type == StoreType.POSTGRESQL ? PasswordFile.password(pgpass(), host, port, database, user, this::warn)
                // A password of another account is not sent about.
                : Optional.ofNullable(options.user() == null || options.user().equals(user) ? options.password() : null);
        if (clients.isPresent()) {
            return clients.get();
        }
        if (machine.inputIsTerminal()) {
            return prompt(user + "@" + host + ":" + port + "/" + database);
        }
        throw new UsageError(side.word(), "no password is given for " + user + "@" + host + ":" + port + "; give it in " + ways(side, type) + " (" + side.variable("PASSWORD")
                + " may be empty for a server that asks for none)");
    }

    private Path pgpass() {
        String named = machine.env().getOrDefault("PGPASSFILE", "");
        try {
            return named.isEmpty() ? machine.home().resolve(".pgpass") : Path.of(named);
        } catch (InvalidPathException e) {
            throw new UsageError("PGPASSFILE", "this cannot be the name of a file");
        }
    }

    private String fromFile() {
        String option = side.option("password-file");
        try {
            Path file = Path.of(passwordFile);
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file))).toString();
            // A line break at the end comes from an editor, not from a password.
            String password = text.endsWith("\r\n") ? text.substring(0, text.length() - 2) : text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
            if (password.isEmpty()) {
                throw new UsageError(option, "the file " + Printable.quoted(passwordFile) + " is empty; write the password into it");
            }
            return password;
        } catch (CharacterCodingException e) {
            throw new UsageError(option, "the file " + Printable.quoted(passwordFile) + " is not text in UTF-8; write nothing but the password into it");
        } catch (IOException | InvalidPathException e) {
            throw new UsageError(option, "the file " + Printable.quoted(passwordFile) + " cannot be read (" + FileTrouble.words(e) + "); name a file that holds nothing but the password");
        }
    }

    /** Asks on the terminal without showing what is typed. */
    private String prompt(String whose) {
        String question = "Password for " + side.word() + " " + Printable.line(whose) + ": ";
        Console console = System.console();
        if (console != null && console.isTerminal()) {
            char[] typed = console.readPassword("%s", question);
            return required(typed == null ? null : new String(typed));
        }
        // Standard output is a file or a pipe, and then Java has no console: the terminal is silenced as getpass(3) does it.
        Thread loud = new Thread(() -> stty("echo"));
        Runtime.getRuntime().addShutdownHook(loud);
        try {
            if (!stty("-echo")) {
                throw new UsageError(side.word(), "the terminal cannot be silenced for a password; give it in " + ways(side, null));
            }
            // Only now: whoever sees the question types at once.
            machine.err().print(question);
            machine.err().flush();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            int b;
            while ((b = machine.in().read()) >= 0 && b != '\n') {
                bytes.write(b);
            }
            return required(b < 0 && bytes.size() == 0 ? null : bytes.toString(StandardCharsets.UTF_8));
        } catch (IOException e) {
            return required(null);
        } finally {
            stty("echo");
            Runtime.getRuntime().removeShutdownHook(loud);
            machine.err().println();
        }
    }

    private String required(String typed) {
        if (typed == null) {
            throw new UsageError(side.word(), "no password was typed; give it in " + ways(side, null));
        }
        return typed;
    }

    private static boolean stty(String mode) {
        try {
            return new ProcessBuilder("stty", mode).redirectInput(ProcessBuilder.Redirect.INHERIT).redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
