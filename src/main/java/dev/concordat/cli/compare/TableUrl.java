package dev.concordat.cli.compare;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.Store.TlsMode;
import dev.concordat.api.v1alpha1.StoreType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Where a table is: {@code postgresql://user@host:port/database/schema.table?sslmode=require}. Characters that mean something in a URL are written with
 * percent signs. Not {@link java.net.URI}: database names are wilder than it allows, and its messages quote what may be a password.
 *
 * @param user     null when the URL names none
 * @param port     null when the URL names none
 * @param database null only in an override
 * @param schema   PostgreSQL only; null for the default
 * @param table    null only in an override
 * @param tls      null when the URL says nothing of encryption
 * @param ca       certificate file for the modes that verify; null otherwise
 */
record TableUrl(StoreType type, String user, String host, Integer port, String database, String schema, String table, TlsMode tls, Path ca) {
    private static final String FORM = "write postgresql://user@host:port/database/schema.table, or mariadb:// or mysql://user@host:port/database/table";
    private static final String OVERRIDE = "write postgresql://user@host:port/database, or mariadb:// or mysql://user@host:port/database; the table comes from the contract";
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]+");
    private static final Pattern ADDRESS = Pattern.compile("[0-9A-Fa-f:.]+");

    /** The address of a table. {@code where} names it in messages, such as {@code source URL}. */
    static TableUrl table(String where, Side side, String text) {
        return new Parser(where, side, FORM).parse(text, true);
    }

    /** What replaces parts of a contract's store. */
    static TableUrl override(String where, Side side, String text) {
        return new Parser(where, side, OVERRIDE).parse(text, false);
    }

    /** The store that the URL names. */
    Store store(Store.Limits limits) {
        return new Store(type, host, port == null ? type.defaultPort() : port, database, schema, table, null, new Store.Tls(tls, null), limits);
    }

    private record Parser(String where, Side side, String form) {
        private UsageError wrong(String message) {
            return new UsageError(where, message);
        }

        TableUrl parse(String text, boolean table) {
            int scheme = text.indexOf("://");
            if (scheme < 0 || !text.substring(0, scheme).matches("[A-Za-z][A-Za-z0-9+:]*")) {
                throw wrong("this is not the URL of a table; " + form);
            }
            StoreType type = type(text.substring(0, scheme));
            String rest = text.substring(scheme + 3);
            if (rest.indexOf('\uFFFD') >= 0) {
                throw wrong("a character could not be read in this locale; write it with percent signs, as in %C3%A9, or set LC_ALL to a UTF-8 locale");
            }
            refusePassword(type, rest);
            if (rest.indexOf('#') >= 0) {
                throw wrong("'#' starts a fragment in a URL; in a name write it as %23");
            }
            String query = "";
            int question = rest.indexOf('?');
            if (question >= 0) {
                query = rest.substring(question + 1);
                rest = rest.substring(0, question);
            }
            int slash = rest.indexOf('/');
            String authority = slash < 0 ? rest : rest.substring(0, slash);
            String path = slash < 0 ? "" : rest.substring(slash + 1);
            int at = authority.lastIndexOf('@');
            String user = at < 0 ? null : decode("the user", authority.substring(0, at));
            if (user != null && user.isEmpty()) {
                throw wrong("the user before '@' is empty; name one or leave '@' out");
            }
            String hostPort = authority.substring(at + 1);
            String host;
            String port = null;
            if (hostPort.startsWith("[")) {
                int end = hostPort.indexOf(']');
                if (end < 0 || !ADDRESS.matcher(hostPort.substring(1, end)).matches()) {
                    throw wrong("the address in [ ] is not an IPv6 address; write [::1]:5432");
                }
                host = hostPort.substring(1, end);
                String after = hostPort.substring(end + 1);
                if (!after.isEmpty() && !after.startsWith(":")) {
                    throw wrong("between the address in [ ] and the path only :port may stand");
                }
                port = after.isEmpty() ? null : after.substring(1);
            } else {
                int colon = hostPort.indexOf(':');
                if (colon >= 0 && hostPort.indexOf(':', colon + 1) >= 0) {
                    throw wrong("the host has more than one ':'; an IPv6 address is written in brackets, as in [::1]:5432");
                }
                host = colon < 0 ? hostPort : hostPort.substring(0, colon);
                port = colon < 0 ? null : hostPort.substring(colon + 1);
            }
            if (host.isEmpty()) {
                throw wrong("the host is missing; " + form);
            }
            if (host.indexOf(',') >= 0) {
                throw wrong("more than one host is given; name the one to read from");
            }
            if (!hostPort.startsWith("[") && !HOST.matcher(host).matches()) {
                throw wrong("the host " + Printable.quoted(host) + " has characters that no host name has; " + form);
            }
            TlsMode tls = null;
            Path ca = null;
            Map<String, String> parameters = parameters(query);
            if (parameters.containsKey("sslmode")) {
                tls = switch (parameters.get("sslmode")) {
                    case "disable" -> TlsMode.DISABLE;
                    case "require" -> TlsMode.REQUIRE;
                    case "verify-ca" -> TlsMode.VERIFY_CA;
                    case "verify-full" -> TlsMode.VERIFY_FULL;
                    default -> throw wrong("sslmode " + Printable.quoted(parameters.get("sslmode")) + " is none; write disable, require, verify-ca or verify-full");
                };
            }
            boolean verify = tls == TlsMode.VERIFY_CA || tls == TlsMode.VERIFY_FULL;
            if (parameters.containsKey("sslrootcert")) {
                if (tls != null && !verify) {
                    throw wrong("sslrootcert goes with sslmode=verify-ca or verify-full; with sslmode=" + parameters.get("sslmode") + " nothing is verified");
                }
                ca = file(parameters.get("sslrootcert"));
            }
            if (verify && ca == null) {
                throw wrong("sslmode=" + parameters.get("sslmode") + " needs the certificate of the authority; add &sslrootcert=FILE");
            }
            return table ? withTable(type, user, host, port(port), path, tls, ca) : withoutTable(type, user, host, port(port), path, tls, ca);
        }

        /** Looked for before anything of the URL is quoted in a message. A password may hold any character, also those that end the authority. */
        private void refusePassword(StoreType type, String rest) {
            int slash = rest.indexOf('/');
            String authority = slash < 0 ? rest : rest.substring(0, slash);
            int at = authority.lastIndexOf('@');
            int colon = authority.indexOf(':');
            boolean before = at >= 0 && colon >= 0 && colon < at;
            boolean cutBySlash = at < 0 && colon >= 0 && slash >= 0 && rest.indexOf('@', slash) >= 0 && !authority.substring(colon + 1).matches("[0-9]{1,5}") && !authority.startsWith("[");
            if (before || cutBySlash) {
                throw wrong("a URL may not hold a password, since others can read the arguments of a process; leave it out and give " + Credentials.ways(side, type));
            }
        }

        private StoreType type(String scheme) {
            String lower = scheme.equalsIgnoreCase("postgres") ? "postgresql" : scheme.toLowerCase(Locale.ROOT);
            if (lower.startsWith("jdbc:")) {
                throw wrong("this is a JDBC URL; leave jdbc: out and add the table: " + form);
            }
            for (StoreType type : StoreType.values()) {
                if (lower.equals(type.name().toLowerCase(Locale.ROOT))) {
                    return type;
                }
            }
            throw wrong("the scheme " + Printable.quoted(scheme) + " is none that can be compared; " + form);
        }

        private Integer port(String port) {
            if (port == null) {
                return null;
            }
            if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65_535) {
                // What is no number may be a password in the wrong place.
                throw wrong("the port" + (port.matches("[0-9]{1,20}") ? " " + port : "") + " is not a number between 1 and 65535");
            }
            return Integer.valueOf(port);
        }

        private TableUrl withTable(StoreType type, String user, String host, Integer port, String path, TlsMode tls, Path ca) {
            String[] parts = path.split("/", -1);
            if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
                throw wrong((parts.length == 1 && !path.isEmpty() || parts.length == 2 && !parts[0].isEmpty() ? "the table is missing" : path.isEmpty() || parts[0].isEmpty() ? "database and table are missing"
                        : "the path has " + parts.length + " parts instead of database and table; '/' in a name is written %2F") + "; " + form);
            }
            String schema = null;
            String table = parts[1];
            int dot = table.indexOf('.');
            if (dot >= 0) {
                if (type != StoreType.POSTGRESQL) {
                    throw wrong(type.display() + " has no schemas within a database; write /database/table, and '.' in a name as %2E");
                }
                if (table.indexOf('.', dot + 1) >= 0 || dot == 0 || dot == table.length() - 1) {
                    throw wrong("the last part of the path is neither table nor schema.table; '.' in a name is written %2E");
                }
                schema = name("the schema", table.substring(0, dot));
                table = table.substring(dot + 1);
            }
            return new TableUrl(type, user, host, port, name("the database", parts[0]), schema, name("the table", table), tls, ca);
        }

        private TableUrl withoutTable(StoreType type, String user, String host, Integer port, String path, TlsMode tls, Path ca) {
            String database = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
            if (database.indexOf('/') >= 0) {
                throw wrong("only user, host, port and database can be given; " + form);
            }
            return new TableUrl(type, user, host, port, database.isEmpty() ? null : name("the database", database), null, null, tls, ca);
        }

        private String name(String what, String encoded) {
            String name = decode(what, encoded);
            if (name.length() > 128) {
                throw wrong(what + " has " + name.length() + " characters; no name is longer than 128");
            }
            return name;
        }

        private Map<String, String> parameters(String query) {
            Map<String, String> parameters = new LinkedHashMap<>();
            for (String part : query.isEmpty() ? new String[0] : query.split("&", -1)) {
                int equals = part.indexOf('=');
                String name = equals < 0 ? part : part.substring(0, equals);
                if (name.toLowerCase(Locale.ROOT).contains("pass") || name.equalsIgnoreCase("pwd")) {
                    throw wrong("a URL may not hold a password, since others can read the arguments of a process; leave it out and give " + Credentials.ways(side, null));
                }
                if (!name.equals("sslmode") && !name.equals("sslrootcert")) {
                    throw wrong("the parameter " + Printable.quoted(name) + " is unknown; sslmode and sslrootcert are known");
                }
                if (equals < 0 || equals == part.length() - 1) {
                    throw wrong("the parameter " + name + " has no value; write " + name + "=" + (name.equals("sslmode") ? "require" : "FILE"));
                }
                if (parameters.put(name, decode("the parameter " + name, part.substring(equals + 1))) != null) {
                    throw wrong("the parameter " + name + " is given twice; give it once");
                }
            }
            return parameters;
        }

        private Path file(String name) {
            try {
                Path file = Path.of(name);
                if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
                    throw wrong("sslrootcert " + Printable.quoted(name) + " is not a file that can be read; name a PEM file with the authority's certificate");
                }
                return file;
            } catch (InvalidPathException e) {
                throw wrong("sslrootcert " + Printable.quoted(name) + " cannot be the name of a file");
            }
        }

        private String decode(String what, String text) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int i = 0; i < text.length(); ) {
                char c = text.charAt(i);
                if (c == '%') {
                    int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
                    int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
                    if (high < 0 || low < 0) {
                        throw wrong(what + " has a '%' without two hexadecimal digits; '%' itself is written %25");
                    }
                    bytes.write(high * 16 + low);
                    i += 3;
                } else {
                    int point = text.codePointAt(i);
                    bytes.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
                    i += Character.charCount(point);
                }
            }
            String decoded;
            try {
                decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())).toString();
            } catch (CharacterCodingException e) {
                throw wrong(what + " is not UTF-8 once its percent signs are decoded; write each byte of the character's UTF-8 form, as in %C3%A9");
            }
            if (decoded.indexOf('\0') >= 0) {
                throw wrong(what + " has a NUL character, which no name has");
            }
            return decoded;
        }
    }
}
