package dev.concordat.store;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * How an engine reads quotes, comments and brackets, as far as it takes to say that a condition of a contract stays between the brackets that are put around it: it is one expression
 * and nothing after it. Pure. Where two readings of a text are possible, by another mode of the server or by the driver, it is refused.
 */
public enum ConditionGrammar {
    /** With standard_conforming_strings on. */
    POSTGRESQL,
    /** In the mode of our sessions: ANSI_QUOTES, and not NO_BACKSLASH_ESCAPES. */
    MARIADB;

    /** Why a condition may not be used, in words that follow its name; empty for one that may. */
    public Optional<String> refuses(String condition) {
        return Optional.ofNullable(new Reading(condition).problem());
    }

    private final class Reading {
        private final String text;
        private final Deque<Character> open = new ArrayDeque<>();
        private int at;
        private boolean plain = true;
        private boolean semicolon;

        Reading(String text) {
            this.text = text;
        }

        String problem() {
            if (text.isBlank()) {
                return "is empty";
            }
            while (at < text.length()) {
                String problem = next();
                if (problem != null) {
                    return problem;
                }
            }
            if (!open.isEmpty()) {
                return "has a bracket that it does not close: " + open.peek();
            }
            // The driver cuts a text into statements by a reading of its own; of plain quotes there is only one.
            return semicolon && !plain ? "has a semicolon beside escapes, dollar signs or comments, which are not read alike everywhere" : null;
        }

        private String next() {
            char c = text.charAt(at);
            if (c == '\0') {
                return "has a character of code 0";
            }
            if (c == '\'' || c == '"' || c == '`' && ConditionGrammar.this == MARIADB) {
                return quoted(c);
            }
            if (c == '/' && follows('*')) {
                return comment();
            }
            if (c == '-' && follows('-') && (ConditionGrammar.this == POSTGRESQL || at + 2 == text.length() || text.charAt(at + 2) <= ' ')
                    || c == '#' && ConditionGrammar.this == MARIADB) {
                return line();
            }
            if (c == '$' && ConditionGrammar.this == POSTGRESQL) {
                return dollar();
            }
            at++;
            return switch (c) {
                case ';' -> "holds more than one statement: a semicolon at character " + at;
                case '(', '[' -> {
                    open.push(c);
                    yield null;
                }
                case ')', ']' -> open.isEmpty() || open.pop() != (c == ')' ? '(' : '[') ? "closes a bracket at character " + at + " that it did not open" : null;
                case '{', '}' -> "has a brace outside of quotes at character " + at;
                default -> {
                    plain &= c != '\\';
                    yield null;
                }
            };
        }

        private boolean follows(char c) {
            return at + 1 < text.length() && text.charAt(at + 1) == c;
        }

        private String quoted(char quote) {
            int start = at;
            boolean escapes = quote == '\'' && (ConditionGrammar.this == MARIADB || escapeString());
            plain &= !escapes || ConditionGrammar.this == MARIADB;
            for (at++; at < text.length(); at++) {
                char c = text.charAt(at);
                if (c == '\0') {
                    return "has a character of code 0";
                }
                semicolon |= c == ';';
                if (c == '\\') {
                    plain = false;
                    if (quote == '"' && ConditionGrammar.this == MARIADB) {
                        return "has a backslash between double quotes, which depends on the server's mode: write the text in single quotes";
                    }
                    at += escapes ? 1 : 0;
                } else if (c == quote) {
                    if (!follows(quote)) {
                        at++;
                        return null;
                    }
                    at++;
                }
            }
            return "does not end the quote that begins at character " + (start + 1);
        }

        /** Whether the quote here begins a string of PostgreSQL in which a backslash is an escape. */
        private boolean escapeString() {
            return at > 0 && (text.charAt(at - 1) == 'e' || text.charAt(at - 1) == 'E') && (at == 1 || !inName(text.charAt(at - 2)) || Character.isDigit(text.charAt(at - 2)));
        }

        private static boolean inName(char c) {
            return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c >= 128;
        }

        private String comment() {
            int start = at;
            plain = false;
            if (ConditionGrammar.this == MARIADB && (text.startsWith("!", at + 2) || text.startsWith("M!", at + 2) || text.startsWith("m!", at + 2))) {
                return "has a comment that the server executes, at character " + (at + 1);
            }
            int depth = 1;
            for (at += 2; at < text.length(); at++) {
                semicolon |= text.charAt(at) == ';';
                if (text.charAt(at) == '*' && follows('/')) {
                    at++;
                    if (--depth == 0) {
                        at++;
                        return null;
                    }
                } else if (text.charAt(at) == '/' && follows('*') && ConditionGrammar.this == POSTGRESQL) {
                    at++;
                    depth++;
                }
            }
            return "does not end the comment that begins at character " + (start + 1);
        }

        /** To the end of the line; what follows a condition begins a line of its own. */
        private String line() {
            plain = false;
            while (at < text.length() && text.charAt(at) != '\n') {
                if (text.charAt(at) == '\r' || text.charAt(at) == '\0') {
                    return "has a comment with a carriage return or a character of code 0 in it";
                }
                semicolon |= text.charAt(at) == ';';
                at++;
            }
            return null;
        }

        private String dollar() {
            plain = false;
            int start = at;
            if (start > 0 && inName(text.charAt(start - 1))) {
                at++;
                return null;
            }
            int end = start + 1;
            while (end < text.length() && inName(text.charAt(end)) && text.charAt(end) != '$') {
                end++;
            }
            if (end == text.length() || text.charAt(end) != '$' || end > start + 1 && Character.isDigit(text.charAt(start + 1))) {
                return "has a dollar sign at character " + (start + 1) + " that quotes nothing";
            }
            String tag = text.substring(start, end + 1);
            int closing = text.indexOf(tag, end + 1);
            if (closing < 0) {
                return "does not end the quote that begins at character " + (start + 1);
            }
            semicolon |= text.substring(end + 1, closing).indexOf(';') >= 0;
            at = closing + tag.length();
            return null;
        }
    }
}
