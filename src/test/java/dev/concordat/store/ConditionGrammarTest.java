package dev.concordat.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.testing.Case;
import java.sql.SQLException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.core.Parser;

/** A condition that is let through stays between the brackets that are put around it. */
class ConditionGrammarTest {
    /** Each kind of token, by a second and plain reading: strings and comments whole, everything else one character at a time. */
    private static final Pattern POSTGRESQL = Pattern.compile("(?s)(?<skip>(?<![\\p{L}\\p{N}_$\\x{80}-\\x{10FFFF}])[eE]'(?:[^'\\\\]|''|\\\\.)*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\\n\\r]*"
            + "|(?<![\\p{L}\\p{N}_$\\x{80}-\\x{10FFFF}])\\$(?<tag>[\\p{L}_\\x{80}-\\x{10FFFF}]?[\\p{L}\\p{N}_\\x{80}-\\x{10FFFF}]*)\\$.*?\\$\\k<tag>\\$)|(?<comment>/\\*)|(?<one>.)");
    private static final Pattern MARIADB = Pattern.compile("(?s)(?<skip>'(?:[^'\\\\]|''|\\\\.)*'|\"(?:[^\"\\\\]|\"\"|\\\\.)*\"|`(?:[^`]|``)*`|#[^\\n]*|--(?=[\\x00-\\x20]|$)[^\\n]*|/\\*.*?\\*/)|(?<comment>/\\*)|(?<one>.)");

    @Provide
    Arbitrary<String> soup() {
        return Arbitraries.of("'", "\"", "`", "\\", "$", "$a$", "(", ")", "[", "]", ";", "--", "/*", "*/", "#", "!", "\n", " ", "e", "E", "x", "1", "=", "''", "é").list().ofMaxSize(14).map(parts -> String.join("", parts));
    }

    @Property(tries = 20_000)
    void whatIsLetThroughDoesNotCloseOurBracketOnPostgres(@ForAll("soup") String condition) throws SQLException {
        if (ConditionGrammar.POSTGRESQL.refuses(condition).isPresent()) {
            return;
        }
        assertThat(closedAt("(" + condition + "\n)", true)).as("(%s\n)", condition).isEqualTo(condition.length() + 2);
        // By the driver's own reading it is one statement, too.
        assertThat(Parser.parseJdbcSql("select 1 where (" + condition + "\n)", true, false, true, false, false)).hasSize(1);
    }

    @Property(tries = 20_000)
    void whatIsLetThroughDoesNotCloseOurBracketOnMariaDb(@ForAll("soup") String condition) {
        if (ConditionGrammar.MARIADB.refuses(condition).isEmpty()) {
            assertThat(closedAt("(" + condition + "\n)", false)).as("(%s\n)", condition).isEqualTo(condition.length() + 2);
        }
    }

    /** Where the first bracket of a text is closed; -1: nowhere, or there was a second statement before. */
    private static int closedAt(String text, boolean postgres) {
        Matcher token = (postgres ? POSTGRESQL : MARIADB).matcher(text);
        int depth = 0;
        int at = 0;
        while (token.find(at)) {
            at = token.end();
            if (token.group("comment") != null) {
                int nested = 1;
                for (; nested > 0; at++) {
                    if (at + 2 > text.length()) {
                        return -1;
                    }
                    nested += text.startsWith("/*", at) ? 1 : text.startsWith("*/", at) ? -1 : 0;
                    at += text.startsWith("/*", at) || text.startsWith("*/", at) ? 1 : 0;
                }
                continue;
            }
            String one = token.group("one") == null ? "" : token.group("one");
            depth += one.equals("(") ? 1 : one.equals(")") ? -1 : 0;
            if (one.equals(";")) {
                return -1;
            }
            if (depth == 0) {
                return token.start();
            }
        }
        return -1;
    }

    @Provide
    Arbitrary<String> ordinary() {
        Arbitrary<String> column = Arbitraries.of("status", "\"Order No\"", "t.amount", "created_at", "json_col->>'a'", "tags[1]");
        Arbitrary<String> value = Arbitraries.of("'open'", "'it''s'", "'a;b'", "'(:-)'", "42", "-1.5", "NULL", "now() - interval '4 hours'", "ARRAY['a','b']", "'{1,2}'", "lower('X')");
        Arbitrary<String> simple = net.jqwik.api.Combinators.combine(column, Arbitraries.of("=", "<>", ">=", " LIKE ", " IS NOT DISTINCT FROM "), value).as((c, o, v) -> c + o + v);
        return Arbitraries.lazyOf(() -> simple, () -> simple.map(c -> "NOT (" + c + ")"), () -> net.jqwik.api.Combinators.combine(simple, simple).as((a, b) -> "(" + a + ") OR " + b + " AND (" + b + ")"));
    }

    @Property(tries = 2_000)
    void ordinaryConditionsAreLetThrough(@ForAll("ordinary") String condition) {
        assertThat(ConditionGrammar.POSTGRESQL.refuses(condition)).as(condition).isEmpty();
        assertThat(ConditionGrammar.MARIADB.refuses(condition.replace("ARRAY['a','b']", "'a'"))).as(condition).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"region = E'a\\'b'", "a = $$it's$$", "a = $q$ ( $q$", "a = 1 -- only (", "a /* ( /* ) */ ( */ = 1", "a$b = 'c$d$'", "u&\"d\\0061t\" = 1"})
    void ofPostgres(String condition) {
        assertThat(ConditionGrammar.POSTGRESQL.refuses(condition)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a = 'it\\'s )'", "a = 1 -- )", "a = 1 # )", "a = 5--3", "`a)b` = 1", "a = \"x)\""})
    void ofMariaDb(String condition) {
        assertThat(ConditionGrammar.MARIADB.refuses(condition)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @Case(value = "boundary 8", before = "a condition could end the read-only transaction", now = "more than one statement, or a bracket that closes below zero, is refused before anything is sent")
    void refusedOnEveryEngine(ConditionGrammar grammar) {
        for (String condition : List.of("", "a = 1; select 1", "a = 1) or (b = 2", "(a = 1", "a = 1)", "a = 'open", "/* open", "a = 1 ]", "(a = 1]", "{d '2024-01-01'}", "a = '\0'")) {
            assertThat(grammar.refuses(condition)).as(condition).isPresent();
        }
        assertThat(grammar.refuses("a = 1; select 1").orElseThrow()).isEqualTo("holds more than one statement: a semicolon at character 6");
        assertThat(grammar.refuses("a = 1) or (b = 2").orElseThrow()).isEqualTo("closes a bracket at character 6 that it did not open");
    }

    @Test
    void commentsThatTheServerExecutes() {
        assertThat(ConditionGrammar.MARIADB.refuses("a = 1 /*! or b = 2 */")).isPresent();
        assertThat(ConditionGrammar.MARIADB.refuses("a = 1 /*M!100100 or b = 2 */")).isPresent();
    }

    /** What one reader takes for the end of a text and another does not. */
    @Test
    void semicolonsInTextsThatAreNotReadAlike() {
        for (String condition : List.of("a = E'\\';'", "a = $$;$$", "a = 1 -- ;", "a = 1 /* ; */", "a = '\\' or b = ';'")) {
            assertThat(ConditionGrammar.POSTGRESQL.refuses(condition)).as(condition).isPresent();
        }
    }
}
