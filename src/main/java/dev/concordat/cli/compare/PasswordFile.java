package dev.concordat.cli.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * PostgreSQL's password file. The rules are those of its client library: {@code host:port:database:user:password} per line, {@code *} for anything, a
 * backslash before a colon or a backslash, the first line that fits counts, and a file that others may read does not count (PostgreSQL manual, "The Password File").
 */
final class PasswordFile {
    private static final Set<PosixFilePermission> OWNER = Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private PasswordFile() {}

    /** The password for a place; empty when the file has none, is not there, or others may read it, which is told. */
    static Optional<String> password(Path file, String host, int port, String database, String user, Consumer<String> warnings) {
        try {
            if (!Files.isRegularFile(file)) {
                return Optional.empty();
            }
            if (Files.getFileStore(file).supportsFileAttributeView("posix") && !OWNER.containsAll(Files.getPosixFilePermissions(file))) {
                warnings.accept("password file " + file + " is left aside, since group or others may read it; run chmod 600 on it");
                return Optional.empty();
            }
            return find(new String(Files.readAllBytes(file), StandardCharsets.UTF_8), host, port, database, user);
        } catch (IOException e) {
            warnings.accept("password file " + file + " cannot be read (" + FileTrouble.words(e) + ") and is left aside");
            return Optional.empty();
        }
    }

    /** The password of the first line that fits. Pure. */
    static Optional<String> find(String text, String host, int port, String database, String user) {
        for (String line : text.split("\n")) {
            String entry = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
            if (entry.startsWith("#")) {
                continue;
            }
            List<Part> parts = parts(entry);
            if (parts.size() == 5 && parts.get(0).fits(host) && parts.get(1).fits(Integer.toString(port)) && parts.get(2).fits(database) && parts.get(3).fits(user) && !parts.get(4).text().isEmpty()) {
                return Optional.of(parts.get(4).text());
            }
        }
        return Optional.empty();
    }

    private record Part(String text, boolean any) {
        boolean fits(String wanted) {
            return any || text.equals(wanted);
        }
    }

    /** The four places and the password, where colons need no backslash. */
    private static List<Part> parts(String line) {
        List<Part> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        int start = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\' && i + 1 < line.length()) {
                part.append(line.charAt(++i));
            } else if (c == ':' && parts.size() < 4) {
                parts.add(new Part(part.toString(), line.substring(start, i).equals("*")));
                part.setLength(0);
                start = i + 1;
            } else if (c == ':' && parts.size() == 4) {
                // The client library ends the password at the next colon.
                break;
            } else {
                part.append(c);
            }
        }
        parts.add(new Part(part.toString(), false));
        return parts;
    }
}
