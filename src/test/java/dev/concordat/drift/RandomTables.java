package dev.concordat.drift;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.RecordVersion;
import dev.concordat.api.v1alpha1.RecordRules.VersionKind;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.report.RunReport;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;

/** Two random tables that hold the same records but for a known set of differences. The same seed makes the same tables. */
final class RandomTables {
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS", Locale.ROOT);

    /** Values of one kind, which columns of any of its types hold without loss. A value is a text that both engines read. */
    private enum Kind {
        SMALLINT(List.of("smallint", "int", "bigint"), List.of("smallint", "int", "bigint")) {
            @Override
            String any(Random r) {
                return r.nextBoolean() ? String.valueOf(r.nextInt(5) - 2) : String.valueOf((short) r.nextInt());
            }

            @Override
            String other(Random r, String value) {
                return String.valueOf((short) (Short.parseShort(value) ^ 1 << r.nextInt(16)));
            }
        },
        INT(List.of("int", "bigint", "numeric(12,0)", "numeric"), List.of("int", "bigint", "decimal(20,0)", "decimal(14,2)")) {
            @Override
            String any(Random r) {
                return r.nextBoolean() ? String.valueOf(r.nextInt(100) - 50) : String.valueOf(r.nextInt());
            }

            @Override
            String other(Random r, String value) {
                return String.valueOf(Integer.parseInt(value) ^ 1 << r.nextInt(32));
            }
        },
        UNSIGNED(List.of("bigint", "numeric(20,0)"), List.of("int unsigned", "bigint unsigned", "bigint")) {
            @Override
            String any(Random r) {
                return String.valueOf(r.nextInt() & 0xffffffffL);
            }

            @Override
            String other(Random r, String value) {
                return String.valueOf(Long.parseLong(value) ^ 1L << r.nextInt(32));
            }
        },
        BIGINT(List.of("bigint", "numeric", "numeric(25,2)"), List.of("bigint", "decimal(30,0)")) {
            @Override
            String any(Random r) {
                return switch (r.nextInt(4)) {
                    case 0 -> String.valueOf(12_000_000_000_000L + r.nextInt(1000));
                    case 1 -> String.valueOf(r.nextBoolean() ? Long.MIN_VALUE + r.nextInt(3) : Long.MAX_VALUE - r.nextInt(3));
                    default -> String.valueOf(r.nextLong() >> r.nextInt(64));
                };
            }

            @Override
            String other(Random r, String value) {
                return String.valueOf(Long.parseLong(value) ^ 1L << r.nextInt(64));
            }
        },
        DECIMAL(List.of("numeric(20,6)", "numeric", "numeric(30,10)"), List.of("decimal(20,6)", "decimal(30,8)")) {
            @Override
            String any(Random r) {
                return new BigDecimal(new BigInteger(1 + r.nextInt(46), r), r.nextInt(7)).multiply(BigDecimal.valueOf(r.nextBoolean() ? 1 : -1)).toPlainString();
            }

            @Override
            String other(Random r, String value) {
                return new BigDecimal(value).add(new BigDecimal(r.nextBoolean() ? "0.000001" : "-0.01")).toPlainString();
            }

            @Override
            String shown(String value) {
                return number(value);
            }
        },
        DOUBLE(List.of("double precision"), List.of("double")) {
            @Override
            String any(Random r) {
                double d = switch (r.nextInt(4)) {
                    case 0 -> r.nextInt(1000) / 8.0;
                    case 1 -> r.nextGaussian() * Math.pow(10, r.nextInt(60) - 30);
                    case 2 -> (r.nextInt(2_000_001) - 1_000_000) / 100.0;
                    default -> r.nextDouble();
                };
                return String.valueOf(d);
            }

            @Override
            String other(Random r, String value) {
                double d = Double.parseDouble(value);
                return String.valueOf(d == 0 ? 1e-9 : r.nextBoolean() ? Math.nextUp(d) : -d);
            }
        },
        FLOAT(List.of("real"), List.of("float")) {
            @Override
            String any(Random r) {
                return String.valueOf(r.nextBoolean() ? r.nextInt(1000) / 8f : (float) (r.nextGaussian() * Math.pow(10, r.nextInt(20) - 10)));
            }

            @Override
            String other(Random r, String value) {
                float f = Float.parseFloat(value);
                return String.valueOf(f == 0 ? 1e-6f : Math.nextUp(f));
            }
        },
        BOOLEAN(List.of("boolean"), List.of("boolean", "bit(1)", "tinyint(1)")) {
            @Override
            String any(Random r) {
                return r.nextBoolean() ? "1" : "0";
            }

            @Override
            String other(Random r, String value) {
                return value.equals("1") ? "0" : "1";
            }
        },
        TEXT(List.of("text", "varchar(200)", "text collate \"C\""), List.of("text", "varchar(200)", "longtext", "varchar(200) collate utf8mb4_general_ci", "varchar(200) collate utf8mb4_bin", "text collate utf8mb4_unicode_nopad_ci")) {
            @Override
            String any(Random r) {
                return text(r, PIECES, 6);
            }

            @Override
            String other(Random r, String value) {
                return mutated(r, value, PIECES);
            }
        },
        LATIN(List.of("text", "varchar(60)"), List.of("varchar(60) character set latin1", "varchar(60) character set latin1 collate latin1_bin", "text character set utf8mb3", "varchar(60)")) {
            @Override
            String any(Random r) {
                return text(r, LATIN_PIECES, 5);
            }

            @Override
            String other(Random r, String value) {
                return mutated(r, value, LATIN_PIECES);
            }
        },
        CHAR(List.of("char(40)", "varchar(40)"), List.of("char(40)", "char(40) collate utf8mb4_bin")) {
            @Override
            String any(Random r) {
                String text = text(r, PIECES, 4).stripTrailing();
                return text.codePointCount(0, text.length()) < 40 ? text : "long";
            }

            @Override
            String other(Random r, String value) {
                return value + "x";
            }
        },
        ENUM(List.of("text", "varchar(20)"), List.of("enum('new','paid','void','')", "varchar(20)")) {
            private static final List<String> ALL = List.of("new", "paid", "void", "");

            @Override
            String any(Random r) {
                return ALL.get(r.nextInt(ALL.size()));
            }

            @Override
            String other(Random r, String value) {
                return ALL.get((ALL.indexOf(value) + 1 + r.nextInt(3)) % 4);
            }
        },
        DATE(List.of("date"), List.of("date")) {
            @Override
            String any(Random r) {
                return LocalDate.of(r.nextInt(4) == 0 ? 1000 + r.nextInt(9000) : 2024, 1, 1).plusDays(r.nextInt(365)).toString();
            }

            @Override
            String other(Random r, String value) {
                LocalDate date = LocalDate.parse(value);
                return (r.nextBoolean() ? date.minusDays(1) : date.getYear() > 9000 ? date.minusYears(1) : date.plusYears(1)).toString();
            }
        },
        DATETIME(List.of("timestamp", "timestamptz", "timestamp(6)"), List.of("datetime(6)")) {
            @Override
            String any(Random r) {
                return stamp(r, 1000, 9999, 1);
            }

            @Override
            String other(Random r, String value) {
                return moved(r, value, 1);
            }

            @Override
            String shown(String value) {
                return fraction(value);
            }
        },
        INSTANT(List.of("timestamptz", "timestamp"), List.of("timestamp(6) null default null", "datetime(6)")) {
            @Override
            String any(Random r) {
                return stamp(r, 1971, 2036, 1);
            }

            @Override
            String other(Random r, String value) {
                return moved(r, value, 1);
            }
        },
        MILLIS(List.of("timestamp(3)", "timestamptz(3)"), List.of("datetime(3)", "timestamp(3) null default null")) {
            @Override
            String any(Random r) {
                return stamp(r, 1971, 2036, 1000);
            }

            @Override
            String other(Random r, String value) {
                return moved(r, value, 1000);
            }
        },
        CLOCK(List.of("time", "time(6)"), List.of("time(6)")) {
            @Override
            String any(Random r) {
                return TIME.format(LocalTime.ofSecondOfDay(r.nextInt(86_400)).withNano(r.nextBoolean() ? 0 : r.nextInt(1_000_000) * 1000));
            }

            @Override
            String other(Random r, String value) {
                return TIME.format(LocalTime.parse(value).plusNanos(1000));
            }
        },
        UID(List.of("uuid", "text", "char(36)"), List.of("uuid", "char(36)", "binary(16)", "varchar(36) character set ascii")) {
            @Override
            String any(Random r) {
                return new UUID(r.nextLong() & ~0xf000L | 0x4000L, r.nextLong() & Long.MAX_VALUE >> 1 | Long.MIN_VALUE).toString();
            }

            @Override
            String other(Random r, String value) {
                UUID uuid = UUID.fromString(value);
                return new UUID(uuid.getMostSignificantBits() ^ 1L << 16 + r.nextInt(48), uuid.getLeastSignificantBits()).toString();
            }

            @Override
            boolean fit(String source, String target) {
                return source.equals("uuid") || target.equals("uuid");
            }
        },
        BYTES(List.of("bytea"), List.of("varbinary(100)", "blob")) {
            @Override
            String any(Random r) {
                byte[] bytes = new byte[r.nextInt(3) == 0 ? r.nextInt(3) : r.nextInt(40)];
                r.nextBytes(bytes);
                return HexFormat.of().formatHex(bytes);
            }

            @Override
            String other(Random r, String value) {
                byte[] bytes = HexFormat.of().parseHex(value);
                if (bytes.length == 0 || r.nextInt(4) == 0) {
                    return value + "00";
                }
                bytes[r.nextInt(bytes.length)] ^= (byte) (1 << r.nextInt(8));
                return HexFormat.of().formatHex(bytes);
            }

            @Override
            String sql(boolean postgres, String type, String value) {
                return postgres ? "'\\x" + value + "'" : "x'" + value + "'";
            }
        },
        JSON(List.of("jsonb", "json"), List.of("json", "longtext")) {
            @Override
            String any(Random r) {
                return switch (r.nextInt(4)) {
                    case 0 -> "{\"a\": " + r.nextInt(10) + ", \"b\": [1, 2.5, null, \"é😀\"], \"c\": {\"d\": true}}";
                    case 1 -> "[]";
                    case 2 -> "{\"n\": " + r.nextInt() + "." + r.nextInt(1000) + "}";
                    default -> "\"" + r.nextInt(1000) + "\"";
                };
            }

            @Override
            String other(Random r, String value) {
                return "{\"was\": " + value + "}";
            }
        };

        private static final String[] PIECES = {"a", "B", "ab", " ", "  ", "|", "~", "1|a", "'", "\"", "\\", "\\n", "\n", "\t", "é", "e\u0301", "😀", "👩‍💻", "ß", "null", "0", "-1", "%s", "?", ";", "--", "中文", "\u0001", "x".repeat(30)};
        private static final String[] LATIN_PIECES = {"a", "A", "z", " ", "|", "~", "é", "É", "ü", "'", "\\", "12"};

        final List<String> postgres;
        final List<String> mariaDb;

        Kind(List<String> postgres, List<String> mariaDb) {
            this.postgres = postgres;
            this.mariaDb = mariaDb;
        }

        abstract String any(Random r);

        /** As little as possible away from the value, and not equal to it. */
        abstract String other(Random r, String value);

        /** As a report shows it in a key. */
        String shown(String value) {
            return value;
        }

        boolean fit(String source, String target) {
            return true;
        }

        String sql(boolean postgres, String type, String value) {
            if (type.equals("binary(16)")) {
                return "x'" + value.replace("-", "") + "'";
            }
            if (type.equals("bit(1)") || type.startsWith("bool") && !postgres || type.startsWith("tinyint")) {
                return value;
            }
            return postgres ? "'" + value.replace("'", "''") + "'" : "_utf8mb4 x'" + HexFormat.of().formatHex(value.getBytes(StandardCharsets.UTF_8)) + "'";
        }

        private static String text(Random r, String[] pieces, int most) {
            StringBuilder text = new StringBuilder();
            for (int i = r.nextInt(most + 1); i > 0; i--) {
                text.append(pieces[r.nextInt(pieces.length)]);
            }
            return text.toString();
        }

        /** A character more, fewer or of the other case, or a blank at an end. */
        private static String mutated(Random r, String value, String[] pieces) {
            String other = switch (r.nextInt(5)) {
                case 0 -> value + " ";
                case 1 -> " " + value;
                case 2 -> value.isEmpty() ? "a" : value.substring(0, value.offsetByCodePoints(value.length(), -1));
                case 3 -> value.equals(value.toUpperCase(Locale.ROOT)) || value.contains("ß") ? value + "|" : value.toUpperCase(Locale.ROOT);
                default -> pieces[r.nextInt(pieces.length)] + value;
            };
            return other.length() > 190 ? "short" : other;
        }

        private static String stamp(Random r, int from, int to, int micros) {
            int year = r.nextInt(3) == 0 ? from + r.nextInt(to - from) : 2024;
            return STAMP.format(LocalDateTime.of(year, 1, 1, 0, 0).plusSeconds(r.nextInt(31_000_000)).withNano(r.nextInt(3) == 0 ? 0 : r.nextInt(1_000_000 / micros) * micros * 1000));
        }

        private static String moved(Random r, String value, int micros) {
            LocalDateTime stamp = LocalDateTime.parse(value, STAMP);
            return STAMP.format(switch (r.nextInt(3)) {
                case 0 -> stamp.getYear() > 5000 ? stamp.minusYears(1) : stamp.plusYears(1);
                case 1 -> stamp.minusHours(1).getYear() == stamp.getYear() ? stamp.minusHours(1) : stamp.plusHours(1);
                default -> stamp.plusNanos(micros * 1000L);
            });
        }

        private static String number(String value) {
            BigDecimal number = new BigDecimal(value);
            return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
        }

        private static String fraction(String value) {
            return value.contains(".") ? value.replaceAll("0+$", "").replaceAll("\\.$", "") : value;
        }
    }

    /** Kinds of key fields and the types that can be in a primary key. */
    private enum KeyKind {
        INTEGER(List.of("int", "bigint"), List.of("int", "bigint")) {
            @Override
            String any(Random r) {
                return String.valueOf(r.nextInt(3) == 0 ? r.nextInt() : r.nextInt(3000) - 500);
            }
        },
        GAPS(List.of("bigint", "bigint", "numeric(20,0)"), List.of("bigint", "bigint", "decimal(20,0)")) {
            @Override
            String any(Random r) {
                return String.valueOf(switch (r.nextInt(6)) {
                    case 0 -> Long.MIN_VALUE + r.nextInt(300);
                    case 1 -> Long.MAX_VALUE - r.nextInt(300);
                    case 2 -> 1_000_000_000_000L + r.nextInt(500);
                    case 3 -> r.nextLong();
                    default -> (long) r.nextInt(1000);
                });
            }
        },
        UNSIGNED(List.of("numeric(20,0)"), List.of("bigint unsigned")) {
            @Override
            String any(Random r) {
                return Long.toUnsignedString(r.nextInt(3) == 0 ? r.nextLong() : r.nextInt(2000));
            }
        },
        DECIMAL(List.of("numeric(18,3)", "numeric"), List.of("decimal(18,3)", "decimal(20,5)")) {
            @Override
            String any(Random r) {
                return BigDecimal.valueOf(r.nextInt(5000) - 1000, r.nextInt(4)).toPlainString();
            }

            @Override
            String shown(String value) {
                return Kind.number(value);
            }
        },
        EXACT_TEXT(List.of("text", "varchar(80)", "text collate \"C\"", "varchar(80) collate \"C\""), List.of("varchar(80) collate utf8mb4_nopad_bin", "varbinary(200)")) {
            @Override
            String any(Random r) {
                String text = Kind.text(r, Kind.PIECES, 5);
                return text.codePointCount(0, text.length()) <= 80 ? text : text.substring(0, text.offsetByCodePoints(0, 40));
            }

            @Override
            boolean fit(String source, String target) {
                return !source.startsWith("varbinary") && !target.startsWith("varbinary");
            }
        },
        LOOSE_TEXT(List.of("text", "varchar(80)", "text collate \"C\""), List.of("varchar(80) collate utf8mb4_general_ci", "varchar(80) collate utf8mb4_unicode_ci", "varchar(80) collate utf8mb4_unicode_520_nopad_ci", "varchar(80) collate utf8mb4_bin",
                "varchar(80) character set latin1 collate latin1_german2_ci", "varchar(80) character set latin1")) {
            @Override
            String any(Random r) {
                return Kind.text(r, new String[] {"a", "A", "b", "é", "E", "-", "_", "|", "1", "20", " c", "it's"}, 8);
            }

            /** What any of these collations may take for the same. */
            @Override
            String folded(String value) {
                return Normalizer.normalize(value, Normalizer.Form.NFD).replaceAll("\\p{M}", "").toUpperCase(Locale.ROOT).stripTrailing();
            }
        },
        UID(List.of("uuid", "varchar(36)", "text"), List.of("uuid", "char(36)", "binary(16)", "varchar(36)")) {
            @Override
            String any(Random r) {
                return Kind.UID.any(r);
            }

            @Override
            boolean fit(String source, String target) {
                return Kind.UID.fit(source, target);
            }
        },
        BYTES(List.of("bytea"), List.of("varbinary(60)")) {
            @Override
            String any(Random r) {
                return Kind.BYTES.any(r);
            }

            @Override
            String sql(boolean postgres, String type, String value) {
                return Kind.BYTES.sql(postgres, type, value);
            }
        },
        DATE(List.of("date"), List.of("date")) {
            @Override
            String any(Random r) {
                return Kind.DATE.any(r);
            }
        },
        STAMP(List.of("timestamp", "timestamptz"), List.of("datetime(6)")) {
            @Override
            String any(Random r) {
                return Kind.DATETIME.any(r);
            }

            @Override
            String shown(String value) {
                return Kind.fraction(value);
            }
        };

        final List<String> postgres;
        final List<String> mariaDb;

        KeyKind(List<String> postgres, List<String> mariaDb) {
            this.postgres = postgres;
            this.mariaDb = mariaDb;
        }

        abstract String any(Random r);

        String shown(String value) {
            return value;
        }

        String folded(String value) {
            return shown(value);
        }

        boolean fit(String source, String target) {
            return true;
        }

        String sql(boolean postgres, String type, String value) {
            return Kind.TEXT.sql(postgres, type, value);
        }
    }

    private record KeyColumn(KeyKind kind, String source, String target, String sourceType, String targetType) {}

    /** A column; the kind is null for the version. */
    private record ValueColumn(Kind kind, String source, String target, String sourceType, String targetType, boolean nullable) {}

    final long seed;
    final Engines engines;
    final String sourceTable;
    final String targetTable;
    final List<String> sourceScript = new ArrayList<>();
    final List<String> targetScript = new ArrayList<>();
    final RecordRules rules;
    /** {@code KIND key [fields]} of every difference. */
    final Set<String> expected = new TreeSet<>();
    final Map<String, Long> fields = new TreeMap<>();
    long sourceRows;
    long targetRows;
    private final List<KeyColumn> key = new ArrayList<>();

    RandomTables(Engines engines, long seed) {
        this.seed = seed;
        this.engines = engines;
        Random r = new Random(seed);
        List<String> names = new ArrayList<>(List.of("a", "select", "Group", "two words", "quo\"te", "back`tick", "p|q", "t~", "it's", "dot.ted", "ümlaut", "percent%s", "question?", "{brace", "$1", "col\\n", "V", "key",
                "x".repeat(50), "1st", "order", "-- no", "/* c"));
        Collections.shuffle(names, r);
        sourceTable = r.nextInt(3) == 0 ? "Order \"lines\" `2`" : "t";
        targetTable = r.nextInt(3) == 0 ? "select" : "t";

        for (int i = r.nextInt(3) == 0 ? 1 + r.nextInt(3) : 1; i > 0; i--) {
            KeyKind kind = KeyKind.values()[r.nextInt(KeyKind.values().length)];
            String[] types;
            do {
                types = new String[] {one(r, engines.sourcePostgres ? kind.postgres : kind.mariaDb), one(r, engines.targetPostgres ? kind.postgres : kind.mariaDb)};
            } while (!kind.fit(types[0], types[1]));
            String name = names.removeLast();
            key.add(new KeyColumn(kind, name, r.nextInt(5) == 0 ? names.removeLast() : name, types[0], types[1]));
        }
        List<ValueColumn> columns = new ArrayList<>();
        for (int i = r.nextInt(7); i > 0; i--) {
            Kind kind = Kind.values()[r.nextInt(Kind.values().length)];
            String[] types;
            do {
                types = new String[] {one(r, engines.sourcePostgres ? kind.postgres : kind.mariaDb), one(r, engines.targetPostgres ? kind.postgres : kind.mariaDb)};
            } while (!kind.fit(types[0], types[1]));
            String name = names.removeLast();
            columns.add(new ValueColumn(kind, name, r.nextInt(5) == 0 ? names.removeLast() : name, types[0], types[1], r.nextInt(4) > 0));
        }
        int version = -1;
        VersionKind versionKind = r.nextBoolean() ? VersionKind.COUNTER : VersionKind.TIMESTAMP;
        if (r.nextBoolean()) {
            version = columns.size();
            columns.add(versionKind == VersionKind.COUNTER ? new ValueColumn(null, "version", "version", "bigint", "int", false)
                    : new ValueColumn(null, "version", "version", engines.sourcePostgres ? "timestamptz" : "datetime(6)", engines.targetPostgres ? "timestamp" : "datetime(6)", false));
        }
        List<RecordRules.Field> renamed = new ArrayList<>();
        key.stream().filter(k -> !k.source.equals(k.target)).forEach(k -> renamed.add(new RecordRules.Field(k.source, k.target, null)));
        columns.stream().filter(c -> !c.source.equals(c.target)).forEach(c -> renamed.add(new RecordRules.Field(c.source, c.target, null)));
        rules = RecordRules.of(key.stream().map(KeyColumn::source).toList(), version < 0 ? null : new RecordVersion("version", versionKind), renamed);

        rows(r, columns, version, versionKind == VersionKind.COUNTER);
    }

    private static String one(Random r, List<String> types) {
        return types.get(r.nextInt(types.size()));
    }

    private void rows(Random r, List<ValueColumn> columns, int version, boolean counter) {
        List<List<String>> sourceValues = new ArrayList<>();
        List<List<String>> targetValues = new ArrayList<>();
        int[] sizes = {0, 1, 2, 10, 100, 100, 400, 1500};
        // Now and then more than a chunk.
        int rows = r.nextInt(50) == 0 ? 25_000 : sizes[r.nextInt(sizes.length)];
        // One in so many rows differs; 0: none.
        int[] often = {0, 1, 3, 10, 100};
        int oneIn = often[r.nextInt(often.length)];
        Set<List<String>> seen = new HashSet<>();
        // Few distinct values, as tables have them, beside fresh ones.
        List<List<String>> pools = new ArrayList<>();
        for (ValueColumn column : columns) {
            List<String> pool = new ArrayList<>();
            for (int i = 0; i < 5 && column.kind != null; i++) {
                pool.add(column.kind.any(r));
            }
            pools.add(pool);
        }
        for (int row = 0; row < rows; row++) {
            List<String> keys = new ArrayList<>();
            List<String> folded = new ArrayList<>();
            for (KeyColumn k : key) {
                String value = k.kind.any(r);
                keys.add(value);
                folded.add(k.kind.folded(value));
            }
            if (!seen.add(folded)) {
                continue;
            }
            List<String> source = new ArrayList<>(keys);
            for (int i = 0; i < columns.size(); i++) {
                ValueColumn c = columns.get(i);
                source.add(c.kind == null ? version(r, counter, 0) : c.nullable && r.nextInt(6) == 0 ? null : r.nextBoolean() ? pools.get(i).get(r.nextInt(5)) : c.kind.any(r));
            }
            List<String> target = new ArrayList<>(source);
            boolean differs = oneIn > 0 && r.nextInt(oneIn) == 0 && expected.size() < 900;
            int how = differs ? r.nextInt(8) : -1;
            String name = key.stream().map(k -> k.kind.shown(keys.get(key.indexOf(k)))).collect(Collectors.joining("/"));
            if (how == 0) {
                expected.add("MISSING_ON_TARGET " + name + " []");
                target = null;
            } else if (how == 1) {
                expected.add("ORPHAN_ON_TARGET " + name + " []");
                source = null;
            } else if (how > 1 && !columns.isEmpty()) {
                int order = 0;
                if (version >= 0 && (how > 4 || columns.size() == 1)) {
                    order = how % 2 == 0 ? -1 : 1;
                    target.set(key.size() + version, moved(source.get(key.size() + version), counter, order));
                }
                for (int changes = how == 7 ? 3 : 1; changes > 0; changes--) {
                    int i = r.nextInt(columns.size());
                    ValueColumn c = columns.get(i);
                    if (c.kind != null) {
                        String was = source.get(key.size() + i);
                        String is = was == null ? r.nextInt(3) > 0 ? blank(c.kind, r) : c.kind.any(r) : c.nullable && r.nextInt(4) == 0 ? null : c.kind.other(r, was);
                        target.set(key.size() + i, is);
                    }
                }
                List<String> changed = new ArrayList<>();
                for (int i = 0; i < columns.size(); i++) {
                    if (!Objects.equals(source.get(key.size() + i), target.get(key.size() + i))) {
                        changed.add(columns.get(i).source);
                        fields.merge(columns.get(i).source, 1L, Long::sum);
                    }
                }
                if (!changed.isEmpty()) {
                    expected.add((version < 0 ? "DIFFERENT" : order < 0 ? "STALE" : order > 0 ? "AHEAD" : "DIVERGED") + " " + name + " " + changed);
                }
            }
            if (source != null) {
                sourceValues.add(source);
            }
            if (target != null) {
                targetValues.add(target);
            }
        }
        sourceRows = sourceValues.size();
        targetRows = targetValues.size();
        script(r, sourceScript, true, columns, sourceValues, false);
        script(r, targetScript, false, columns, targetValues, r.nextBoolean());
    }

    /** What is closest to NULL. */
    private static String blank(Kind kind, Random r) {
        return switch (kind) {
            case TEXT, LATIN, CHAR, ENUM, BYTES -> "";
            case BOOLEAN, SMALLINT, INT, UNSIGNED, BIGINT, DECIMAL -> "0";
            case DOUBLE, FLOAT -> "0.0";
            default -> kind.any(r);
        };
    }

    private static String version(Random r, boolean counter, int by) {
        return counter ? String.valueOf(100 + r.nextInt(1000) + by) : STAMP.format(LocalDateTime.of(2024, 5, 1, 0, 0).plusNanos(r.nextInt(1_000_000) * 1_000L).plusHours(r.nextInt(1000)));
    }

    private static String moved(String version, boolean counter, int order) {
        return counter ? String.valueOf(Integer.parseInt(version) + order) : STAMP.format(LocalDateTime.parse(version, STAMP).plusNanos(order * 1000L));
    }

    private void script(Random r, List<String> script, boolean source, List<ValueColumn> columns, List<List<String>> rows, boolean shuffled) {
        boolean postgres = source ? engines.sourcePostgres : engines.targetPostgres;
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < key.size() + columns.size(); i++) {
            order.add(i);
        }
        if (shuffled) {
            Collections.shuffle(order, r);
        }
        List<String> definitions = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i : order) {
            boolean ofKey = i < key.size();
            String name = quote(postgres, ofKey ? source ? key.get(i).source : key.get(i).target : source ? columns.get(i - key.size()).source : columns.get(i - key.size()).target);
            String type = ofKey ? source ? key.get(i).sourceType : key.get(i).targetType : source ? columns.get(i - key.size()).sourceType : columns.get(i - key.size()).targetType;
            names.add(name);
            definitions.add(name + " " + type + (ofKey || !columns.get(i - key.size()).nullable ? type.contains("default null") ? "" : " not null" : ""));
        }
        String table = quote(postgres, source ? sourceTable : targetTable);
        List<KeyColumn> keyOrder = new ArrayList<>(key);
        Collections.shuffle(keyOrder, r);
        script.add("create table " + table + " (" + String.join(", ", definitions) + ", primary key (" + keyOrder.stream().map(k -> quote(postgres, source ? k.source : k.target)).collect(Collectors.joining(", ")) + "))"
                + (postgres ? "" : " default charset utf8mb4"));
        List<List<String>> some = new ArrayList<>(rows);
        Collections.shuffle(some, r);
        for (int from = 0; from < some.size(); from += 500) {
            script.add("insert into " + table + " (" + String.join(", ", names) + ") values " + some.subList(from, Math.min(some.size(), from + 500)).stream()
                    .map(row -> order.stream().map(i -> {
                        String value = row.get(i);
                        if (value == null) {
                            return "null";
                        }
                        if (i < key.size()) {
                            return key.get(i).kind.sql(postgres, source ? key.get(i).sourceType : key.get(i).targetType, value);
                        }
                        ValueColumn c = columns.get(i - key.size());
                        return (c.kind == null ? Kind.TEXT : c.kind).sql(postgres, source ? c.sourceType : c.targetType, value);
                    }).collect(Collectors.joining(", ", "(", ")"))).collect(Collectors.joining(",\n")));
        }
    }

    static String quote(boolean postgres, String name) {
        return postgres ? "\"" + name.replace("\"", "\"\"") + "\"" : "`" + name.replace("`", "``") + "`";
    }

    /** What an outcome says of these tables, in the words of {@link #expected}. */
    Set<String> found(Outcome outcome) {
        Set<String> found = new TreeSet<>();
        for (RunReport.Record record : outcome.records()) {
            String name = key.stream().map(k -> shown(k.kind, record.key().get(k.source))).collect(Collectors.joining("/"));
            String text = record.kind() + " " + name + " " + record.fields().stream().map(RunReport.Field::name).toList();
            if (!found.add(text)) {
                found.add(text + " twice");
            }
        }
        return found;
    }

    /** Equal keys may be written in several ways. */
    private static String shown(KeyKind kind, String text) {
        return switch (kind) {
            case DECIMAL, INTEGER, GAPS, UNSIGNED -> Kind.number(text);
            case STAMP -> Kind.fraction(text);
            default -> text;
        };
    }

    Map<String, Long> counts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        Arrays.stream(RunReport.Kind.values()).forEach(kind -> counts.put(kind.counter(), expected.stream().filter(e -> e.startsWith(kind.name() + " ")).count()));
        return counts;
    }

    @Override
    public String toString() {
        return engines + ", -Dconcordat.seed=" + seed + "\n" + rules.key() + "\nsource: " + sourceScript.getFirst() + "\ntarget: " + targetScript.getFirst() + "\n" + sourceRows + " and " + targetRows + " rows, "
                + expected.size() + " differences";
    }
}
