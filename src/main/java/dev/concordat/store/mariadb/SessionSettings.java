package dev.concordat.store.mariadb;

import dev.concordat.store.Setting;
import dev.concordat.store.SettingRefused;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Puts a session's settings in force: all in one statement, then all read back in another. What was refused is tried alone; what is not in force after that, by whatever server, privilege or
 * proxy, is refused by name. A setting that the server does not have governs nothing there, except for those by which MariaDB and MySQL are told apart.
 */
final class SessionSettings {
    private static final int UNKNOWN = 1193;
    private static final Pattern NAMED = Pattern.compile("'([A-Za-z0-9_]+)'");
    /** One of them MariaDB has, another MySQL; and what they would take from a read. */
    private static final Set<String> NEEDED = Set.of("max_statement_time", "max_execution_time", "sql_mode", "tx_read_only", "transaction_read_only", "tx_isolation", "transaction_isolation");

    private final Connection connection;
    private final List<Setting> set;
    private final List<Setting> all;

    private SessionSettings(Connection connection, List<Setting> set, List<Setting> looked) {
        this.connection = connection;
        this.set = new ArrayList<>(set);
        this.all = new ArrayList<>(Stream.concat(set.stream(), looked.stream()).toList());
    }

    /**
     * Puts settings in force.
     *
     * @param looked those that are set only where they are not in force as they are
     */
    static void pin(Connection connection, List<Setting> set, List<Setting> looked) throws SQLException {
        SessionSettings settings = new SessionSettings(connection, set, looked);
        settings.set();
        settings.readBack();
    }

    private void set() throws SQLException {
        while (true) {
            try {
                execute("SET " + set.stream().map(setting -> "SESSION " + assignment(setting)).collect(Collectors.joining(", ")));
                return;
            } catch (SQLException e) {
                if (e.getErrorCode() == UNKNOWN) {
                    forget(e);
                } else {
                    each();
                    return;
                }
            }
        }
    }

    /** One by one, to whatever end: what is in force afterwards is read. */
    private void each() throws SQLException {
        for (Setting setting : List.copyOf(set)) {
            try {
                execute("SET SESSION " + assignment(setting));
            } catch (SQLException e) {
                if (e.getErrorCode() == UNKNOWN) {
                    forget(e);
                } else if (connection.isClosed()) {
                    throw e;
                }
            }
        }
    }

    /** A setting that this server does not have. */
    private void forget(SQLException unknown) throws SQLException {
        Matcher name = NAMED.matcher(String.valueOf(unknown.getMessage()));
        if (!name.find() || NEEDED.contains(name.group(1)) || !set.removeIf(setting -> setting.name().equals(name.group(1)))) {
            throw unknown;
        }
        all.removeIf(setting -> setting.name().equals(name.group(1)));
    }

    private void readBack() throws SQLException {
        List<String> seen = answer(shown(all) + ",CONNECTION_ID(),@@pseudo_thread_id");
        sameConnection(seen.subList(all.size(), all.size() + 2));
        for (int i = 0; i < all.size(); i++) {
            Setting setting = all.get(i);
            if (inForce(setting, seen.get(i))) {
                continue;
            }
            SQLException why = null;
            try {
                execute("SET SESSION " + assignment(setting));
            } catch (SQLException e) {
                why = e;
            }
            String now = answer(shown(List.of(setting))).getFirst();
            if (!inForce(setting, now)) {
                throw new SettingRefused(setting.name(), setting.shown(), now, "Let it be so for this account on the server: SET GLOBAL " + assignment(setting)
                        + "; with another value " + setting.why(), why);
            }
        }
    }

    /**
     * Whoever greeted us is who answers: a proxy that hands each statement to a connection of its own choice greets with a number of its own, and what was set on one of its connections is not
     * in force on the next, and stays there for others.
     */
    private void sameConnection(List<String> answered) throws SQLException {
        long greeted = connection.unwrap(org.mariadb.jdbc.Connection.class).getThreadId();
        if (!answered.equals(List.of(Long.toString(greeted), Long.toString(greeted)))) {
            throw new SettingRefused("a proxy answers in the server's place: it greeted as connection " + greeted + ", and connection " + String.join(", or ", new TreeSet<>(answered)) + " answers",
                    "Name host and port of the server itself: what a session sets would not be in force for its next statement, and would stay with others", null);
        }
    }

    private static String shown(List<Setting> settings) {
        return settings.stream().map(setting -> "@@" + setting.name()).collect(Collectors.joining(","));
    }

    private List<String> answer(String expressions) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet r = statement.executeQuery("SELECT " + expressions)) {
            if (!r.next()) {
                throw new SettingRefused("the server shows no settings of the session", "Connect to the server itself, and not to a proxy before it", null);
            }
            List<String> seen = new ArrayList<>();
            for (int i = 1; i <= r.getMetaData().getColumnCount(); i++) {
                seen.add(r.getString(i));
            }
            return seen;
        }
    }

    static boolean inForce(Setting setting, String seen) {
        String wanted = setting.shown();
        if (seen == null) {
            return false;
        }
        if (wanted.startsWith(MariaDbSettings.AT_LEAST)) {
            BigDecimal number = number(seen);
            return number != null && number.compareTo(new BigDecimal(wanted.substring(MariaDbSettings.AT_LEAST.length()))) >= 0;
        }
        BigDecimal number = number(wanted);
        BigDecimal other = number(seen);
        return number != null && other != null ? number.compareTo(other) == 0 : words(wanted).equals(words(seen));
    }

    private static BigDecimal number(String text) {
        return text.matches("-?[0-9]{1,20}(\\.[0-9]{1,20})?") ? new BigDecimal(text) : null;
    }

    /** A mode is a set of words in no order that we would know. */
    private static Set<String> words(String text) {
        return new TreeSet<>(Arrays.asList(text.toUpperCase(Locale.ROOT).split(",")));
    }

    private static String assignment(Setting setting) {
        return setting.name() + "=" + setting.value();
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
