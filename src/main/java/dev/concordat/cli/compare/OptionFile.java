package dev.concordat.cli.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What MariaDB's option file of a user says of the account: {@code user} and {@code password} in the groups of the client, the later line counts (MariaDB
 * manual, "Configuring MariaDB with Option Files"). Included files are not followed.
 *
 * @param user     null when the file names none
 * @param password null when the file has none
 */
record OptionFile(String user, String password) {
    static final OptionFile NOTHING = new OptionFile(null, null);
    private static final Set<String> GROUPS = Set.of("client", "client-server", "client-mariadb");

    /** Reads the file; nothing when it is not there or anybody may write it, which is told. */
    static OptionFile read(Path file, Consumer<String> warnings) {
        try {
            if (!Files.isRegularFile(file)) {
                return NOTHING;
            }
            if (Files.getFileStore(file).supportsFileAttributeView("posix") && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_WRITE)) {
                warnings.accept("option file " + file + " is left aside, since anybody may write it; run chmod 600 on it");
                return NOTHING;
            }
            return parse(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (IOException e) {
            warnings.accept("option file " + file + " cannot be read (" + FileTrouble.words(e) + ") and is left aside");
            return NOTHING;
        }
    }

    /** Pure. */
    static OptionFile parse(String text) {
        String user = null;
        String password = null;
        boolean ours = false;
        for (String raw : text.split("\r?\n")) {
            String line = raw.strip();
            if (line.isEmpty() || line.startsWith("#") || line.startsWith(";") || line.startsWith("!")) {
                continue;
            }
            if (line.startsWith("[")) {
                int end = line.indexOf(']');
                ours = end > 0 && GROUPS.contains(line.substring(1, end).strip());
                continue;
            }
            int equals = line.indexOf('=');
            if (!ours || equals < 0) {
                continue;
            }
            String name = line.substring(0, equals).strip().replace('_', '-');
            if (name.equals("user")) {
                user = value(line.substring(equals + 1).strip());
            } else if (name.equals("password")) {
                password = value(line.substring(equals + 1).strip());
            }
        }
        return new OptionFile(user, password);
    }

    /** Quotes are taken off, escapes read, and outside of quotes a '#' starts a comment, as the client does it. */
    private static String value(String text) {
        StringBuilder value = new StringBuilder();
        char quote = 0;
        int start = 0;
        if (!text.isEmpty() && (text.charAt(0) == '"' || text.charAt(0) == '\'')) {
            quote = text.charAt(0);
            start = 1;
        }
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                char next = text.charAt(++i);
                switch (next) {
                    case 'b' -> value.append('\b');
                    case 't' -> value.append('\t');
                    case 'n' -> value.append('\n');
                    case 'r' -> value.append('\r');
                    case 's' -> value.append(' ');
                    case '\\', '"', '\'' -> value.append(next);
                    default -> value.append('\\').append(next);
                }
            } else if (quote != 0 && c == quote || quote == 0 && c == '#') {
                break;
            } else {
                value.append(c);
            }
        }
        return quote == 0 ? value.toString().stripTrailing() : value.toString();
    }

    @Override
    public String toString() {
        return "OptionFile[user=" + user + ", password " + (password == null ? "none" : "given") + "]";
    }
}
