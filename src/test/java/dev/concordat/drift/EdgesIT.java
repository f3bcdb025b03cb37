package dev.concordat.drift;

import static dev.concordat.drift.TwoTables.found;
import static dev.concordat.drift.TwoTables.rules;
import static dev.concordat.drift.TwoTables.zones;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.drift.TwoTables.Engines;
import dev.concordat.playground.databases.DatabaseServer;
import dev.concordat.testing.Databases;
import dev.concordat.report.RunReport.Verdict;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows at the edges of tables, chunks and leaves, and keys that are hard to name. */
class EdgesIT {

    private static String in(Collection<Long> ids) {
        return "(" + ids.stream().map(id -> "'" + id + "'").collect(Collectors.joining(",")) + ")";
    }

    /** Every row in turn, by its place: with more rows than a chunk and a leaf have, each edge of both is among them. */
    @ParameterizedTest
    @CsvSource({"POSTGRES_TO_MARIADB, bigint", "MARIADB_TO_POSTGRES, bigint", "POSTGRES_TO_MARIADB, varchar(20)", "MARIADB_TO_POSTGRES, varchar(20)"})
    void eachRowIsMissingOnceAndAnOrphanOnce(Engines engines, String keyType) throws Exception {
        int rows = 25_000;
        TwoTables tables = new TwoTables(engines).connections(2).sql("create table t (id " + keyType + " primary key, v int); insert into t select g * 3, 1 from generate_series(1, " + rows + ") g",
                "create table t (id " + keyType + " primary key, v int); insert into t select seq * 3, 1 from seq_1_to_" + rows);
        // Runs of rows that only one side has, on one side after the other: 1, 2, 3, ... rows long and as far apart, so that they cover every kind of edge.
        List<Long> missing = new ArrayList<>();
        List<Long> orphans = new ArrayList<>();
        int at = 0;
        for (int length = 1; at + 4 * length < rows; length++) {
            for (int i = 0; i < length; i++) {
                missing.add((at + i + 1) * 3L);
                orphans.add((at + 2L * length + i + 1) * 3L);
            }
            at += 4 * length;
        }
        // And beyond both ends.
        tables.target("delete from t where id in " + in(missing)).source("delete from t where id in " + in(orphans))
                .source("insert into t values (-5, 1), (1, 1)").target("insert into t values (90000, 1), (90001, 1)");
        Outcome outcome = tables.compare(rules("id"));
        assertThat(outcome.counts()).containsEntry("missingOnTarget", missing.size() + 2L).containsEntry("orphanOnTarget", orphans.size() + 2L).containsEntry("different", 0L);
        assertThat(outcome.rows().source()).isEqualTo(rows - orphans.size() + 2);
        assertThat(outcome.rows().target()).isEqualTo(rows - missing.size() + 2);
    }

    /** Rows below the other side's smallest key, above its largest one, and in its largest gap; many more than a leaf. */
    @ParameterizedTest
    @CsvSource({"POSTGRES_TO_MARIADB, -2000", "MARIADB_TO_POSTGRES, 700000", "POSTGRES_TO_POSTGRES, 9223372036854770000", "MARIADB_TO_MARIADB, -9223372036854775808"})
    void clustersThatOneSideDoesNotHave(Engines engines, long low) throws Exception {
        TwoTables tables = new TwoTables(engines).both("create table t (id bigint primary key, v int)")
                .sql("insert into t select g, 1 from generate_series(1, 2000) g; insert into t select 1000000000 + g, 1 from generate_series(1, 2000) g",
                        "insert into t select seq, 1 from seq_1_to_2000; insert into t select 1000000000 + seq, 1 from seq_1_to_2000");
        String values = LongStream.range(0, 1500).mapToObj(i -> "(" + (low + i) + ",1)").collect(Collectors.joining(","));
        tables.target("insert into t values " + values);
        Outcome outcome = tables.compare(rules("id"));
        assertThat(outcome.counts()).containsEntry("orphanOnTarget", 1500L).containsEntry("missingOnTarget", 0L).containsEntry("different", 0L);
        assertThat(outcome.rows().target()).isEqualTo(5500);
        tables.source("insert into t values " + values);
        assertThat(found(tables.compare(rules("id")))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void oneRow(Engines engines) throws Exception {
        for (String key : List.of("-9223372036854775808", "9223372036854775807", "0")) {
            TwoTables tables = new TwoTables(engines).both("create table t (id bigint primary key, v text); insert into t values (" + key + ", 'a')");
            assertThat(found(tables.compare(rules("id")))).isEmpty();
            assertThat(found(tables.target("update t set v = 'b'").compare(rules("id")))).containsExactly("DIFFERENT " + key + " [v]");
            assertThat(found(tables.target("delete from t").compare(rules("id")))).containsExactly("MISSING_ON_TARGET " + key + " []");
        }
    }

    /** A time is one of UTC on one side and of another zone on the other: no text of theirs is alike, and both mean the same. */
    @ParameterizedTest
    @EnumSource
    void aZoneOnOneSideOnly(Engines engines) throws Exception {
        for (boolean source : new boolean[] {true, false}) {
            TwoTables tables = new TwoTables(engines).sql("create table t (id int primary key, at timestamp)", "create table t (id int primary key, at datetime)")
                    .source("insert into t values (1, '2024-07-01 " + (source ? "14" : "12") + ":00:00'), (2, null)").target("insert into t values (1, '2024-07-01 " + (source ? "12" : "14") + ":00:00'), (2, null)");
            RecordRules rules = zones(source ? "+02:00" : null, source ? null : "+02:00");
            Outcome alike = tables.compare(rules);
            assertThat(found(alike)).as(alike.plan()).isEmpty();
            assertThat(alike.counts()).as(alike.plan()).containsEntry("encodingOnly", 0L);
            assertThat(alike.plan()).contains("2 of 2 columns hashed");
            tables.target("update t set at = '2024-07-01 13:00:00' where id = 1");
            assertThat(found(tables.compare(rules))).containsExactly("DIFFERENT 1 [at]");
        }
    }

    /** The databases convert times of a zone whose clocks change, as far as they know how; MariaDB leaves those before 1970 and after 2037 as they are, which must not make equal what is not. */
    @ParameterizedTest
    @EnumSource
    void aZoneByName(Engines engines) throws Exception {
        ZoneId vienna = ZoneId.of("Europe/Vienna");
        knows(vienna);
        DateTimeFormatter text = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");
        List<String> here = new ArrayList<>();
        List<String> there = new ArrayList<>();
        List<LocalDateTime> times = new ArrayList<>();
        for (LocalDateTime utc = LocalDateTime.of(1970, 2, 1, 0, 30); utc.getYear() < 2038; utc = utc.plusDays(7).plusHours(1)) {
            times.add(utc);
        }
        int known = times.size();
        for (int year = 1955; year < 2055; year = year == 1969 ? 2039 : year + 1) {
            times.add(LocalDateTime.of(year, 1, 1, 0, 30));
        }
        int unknown = times.size() - known;
        for (LocalDateTime utc : times) {
            here.add("(" + here.size() + ", '" + utc.atOffset(ZoneOffset.UTC).atZoneSameInstant(vienna).format(text) + "')");
            there.add("(" + there.size() + ", '" + utc.format(text) + "')");
        }
        for (boolean source : new boolean[] {true, false}) {
            TwoTables tables = new TwoTables(engines).sql("create table t (id int primary key, at timestamp)", "create table t (id int primary key, at datetime)")
                    .source("insert into t values " + String.join(",", source ? here : there)).target("insert into t values " + String.join(",", source ? there : here));
            RecordRules rules = zones(source ? "Europe/Vienna" : null, source ? null : "Europe/Vienna");
            Outcome alike = tables.compare(rules);
            assertThat(found(alike)).as(alike.plan()).isEmpty();
            assertThat(alike.plan()).contains("2 of 2 columns hashed");
            boolean postgres = source ? engines.sourcePostgres : engines.targetPostgres;
            assertThat(alike.counts().get("encodingOnly")).isBetween(postgres ? 0L : unknown - 10L, postgres ? 0L : unknown + 10L);
            // The local time as it is, where UTC belongs.
            String second = "update t set at = at + interval " + ((source ? engines.targetPostgres : engines.sourcePostgres) ? "'1 second'" : "1 second") + " where id = 2000";
            String changed = "update t set at = '1955-01-01 01:30:00' where id = " + known + "; " + second;
            if (source) {
                tables.target(changed);
            } else {
                tables.source(changed);
            }
            assertThat(found(tables.compare(rules))).containsExactlyInAnyOrder("DIFFERENT " + known + " [at]", "DIFFERENT 2000 [at]");
            // So many of them are not looked up one by one.
            String far = "update t set at = '9999-12-31 00:00:00' where id < 100";
            tables.source(far).target(far.replace("9999-12-31 00:00:00", "9999-12-30 23:00:00"));
            if (!source) {
                tables.target(far).source(far.replace("9999-12-31 00:00:00", "9999-12-30 23:00:00"));
            }
            Outcome streamed = tables.compare(rules);
            assertThat(found(streamed)).hasSize(2);
            assertThat(streamed.plan()).contains(postgres ? "2 of 2 columns hashed" : "has times that its server cannot convert");
        }
    }

    /** The second of two, and the one that would be if the clock had not been set forward: as PostgreSQL reads such times, and as the worker does. */
    @ParameterizedTest
    @EnumSource
    void anHourThatTheClockShowsTwiceOrNever(Engines engines) throws Exception {
        knows(ZoneId.of("Europe/Vienna"));
        TwoTables tables = new TwoTables(engines).sql("create table t (id int primary key, at timestamp)", "create table t (id int primary key, at datetime)")
                .source("insert into t values (1, '2024-10-27 02:30:00'), (2, '2024-03-31 02:30:00'), (3, '2024-10-27 02:30:00'), (4, '2024-03-31 02:30:00')")
                .target("insert into t values (1, '2024-10-27 01:30:00'), (2, '2024-03-31 01:30:00'), (3, '2024-10-27 00:30:00'), (4, '2024-03-31 01:00:00')");
        RecordRules rules = zones("Europe/Vienna", null);
        assertThat(found(tables.compare(rules))).containsExactlyInAnyOrder("DIFFERENT 3 [at]", "DIFFERENT 4 [at]");
    }

    /** Loads a zone into the tests' MariaDB, as mariadb-tzinfo-to-sql does. */
    private static void knows(ZoneId zone) throws Exception {
        DatabaseServer server = Databases.mariaDb();
        StringBuilder sql = new StringBuilder("delete from time_zone where Time_zone_id = 7; delete from time_zone_name where Name = '" + zone + "' or Time_zone_id = 7; delete from time_zone_transition where Time_zone_id = 7; "
                + "delete from time_zone_transition_type where Time_zone_id = 7; insert into time_zone values (7, 'N'); insert into time_zone_name values ('" + zone + "', 7)");
        List<Integer> offsets = new ArrayList<>();
        Instant at = Instant.parse("1901-01-01T00:00:00Z");
        for (ZoneOffsetTransition change = zone.getRules().nextTransition(at); change != null && change.getInstant().isBefore(Instant.parse("2038-01-01T00:00:00Z")); change = zone.getRules().nextTransition(change.getInstant())) {
            int offset = change.getOffsetAfter().getTotalSeconds();
            if (!offsets.contains(offset)) {
                offsets.add(offset);
            }
            sql.append("; insert into time_zone_transition values (7, ").append(change.getInstant().getEpochSecond()).append(", ").append(offsets.indexOf(offset)).append(")");
        }
        for (int offset : offsets) {
            sql.append("; insert into time_zone_transition_type values (7, ").append(offsets.indexOf(offset)).append(", ").append(offset).append(", ").append(offset > 3600 ? 1 : 0).append(", 'T')");
        }
        server.execute("mysql", sql.toString());
    }

    /** NULL has a place of its own in a record's text, whatever the types beside it. */
    @ParameterizedTest
    @EnumSource
    void aNullThatChangesPlaces(Engines engines) throws Exception {
        List<String> types = List.of("uuid; 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "int; 7", "bigint; 7", "numeric(10,2); 7.25", "double precision; 7.25", "varchar(10); 'seven'", "text; ''", "char(3); 'a'",
                "date; '2024-02-29'", "timestamp null; '2024-02-29 01:02:03'", "time; '01:02:03'", "boolean; true", "bytea; ''");
        for (String one : types) {
            String type = one.split("; ")[0];
            String value = one.split("; ")[1];
            String table = "create table t (id int primary key, a TYPE, b TYPE, c TYPE); insert into t values (1, null, VALUE, null), (2, null, null, null), (3, VALUE, VALUE, VALUE)".replace("VALUE", value);
            TwoTables tables = new TwoTables(engines).sql(table.replace("TYPE", type.replace(" null", "")), table.replace("TYPE", type.replace("bytea", "blob")));
            Outcome alike = tables.compare(rules("id"));
            assertThat(found(alike)).as(type).isEmpty();
            assertThat(alike.plan()).as(type).contains("4 of 4 columns hashed");
            assertThat(alike.counts()).as(type).containsEntry("encodingOnly", 0L);
            tables.target("update t set a = b, b = null where id = 1");
            assertThat(found(tables.compare(rules("id")))).as(type).containsExactly("DIFFERENT 1 [a, b]");
            tables.target("update t set a = null, c = " + value + " where id = 1");
            assertThat(found(tables.compare(rules("id")))).as(type).containsExactly("DIFFERENT 1 [b, c]");
        }
    }

    /** A key counts where a record holds nothing else. */
    @ParameterizedTest
    @EnumSource
    void recordsOfNothingButAKey(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).sql("create table t (id bigint primary key, v int, w text); insert into t select g * 10000000000, null, null from generate_series(1, 3000) g",
                "create table t (id bigint primary key, v int, w text); insert into t select seq * 10000000000, null, null from seq_1_to_3000");
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        // Two that PostgreSQL's hash of a 64-bit integer, folded to 32 bits, would not tell apart, and the next one.
        tables.source("insert into t values (4294967296, null, null), (5, null, null)").target("insert into t values (1, null, null), (6, null, null)");
        assertThat(found(tables.compare(rules("id")))).containsExactly("MISSING_ON_TARGET 4294967296 []", "MISSING_ON_TARGET 5 []", "ORPHAN_ON_TARGET 1 []", "ORPHAN_ON_TARGET 6 []");
    }

    /** Keys that some client, collation or format takes for each other, and that are not the same key. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "POSTGRES_TO_MARIADB; text collate \"C\"; varchar(60) character set utf8mb4 collate utf8mb4_nopad_bin",
        "MARIADB_TO_POSTGRES; varchar(60); varbinary(200)",
        "MARIADB_TO_MARIADB; text; varchar(60) character set utf8mb4 collate utf8mb4_nopad_bin",
        "POSTGRES_TO_POSTGRES; varchar(60); text",
    })
    void keysThatLookAlike(Engines engines, String postgres, String mariaDb) throws Exception {
        if (mariaDb.startsWith("varbinary")) {
            mariaDb = "varchar(60) character set utf8mb4 collate utf8mb4_nopad_bin";
        }
        List<String> keys = List.of("", " ", "  ", "a", "A", "a ", " a", "a\t", "a\n", "a\r\n", "\u0001", "a\u0001", "a-b", "ab", "a_b", "a%b", "a.b", "é", "e\u0301", "e", "É", "ß", "ss", "SS", "ı", "i", "I", "İ",
                "😀", "😁", "\ufeffa", "a\u200b", "\u00a0", "'", "''", "\"", "\\", "\\n", "\\\\", "~", "|", "1|a", "NULL", "null", "0", "00", "0.0", "-0", "1e3", "1000", "(a,b)", "a,b", "{a}", "$1", "?", ":a", "%s", "--",
                "/*", "*/", ";", "Ω", "\u2126", "ſ", "ﬁ", "fi", "ѐ", "中", "𝒜", "\uffff", "\u007f");
        TwoTables tables = new TwoTables(engines).sql("create table t (k " + postgres + " primary key, v int)", "create table t (k " + mariaDb + " primary key, v int) default charset utf8mb4");
        for (int i = 0; i < keys.size(); i++) {
            tables.sql("insert into t values (" + hex(keys.get(i), true) + ", " + i + ")", "insert into t values (" + hex(keys.get(i), false) + ", " + i + ")");
        }
        assertThat(found(tables.compare(rules("k")))).isEmpty();
        // Every third is only on the source, every fourth of the others differs.
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            String key = hex(keys.get(i), engines.targetPostgres);
            if (i % 3 == 0) {
                tables.target("delete from t where k = " + key);
                expected.add("MISSING_ON_TARGET " + keys.get(i) + " []");
            } else if (i % 4 == 0) {
                tables.target("update t set v = -1 where k = " + key);
                expected.add("DIFFERENT " + keys.get(i) + " [v]");
            }
        }
        assertThat(found(tables.compare(rules("k")))).containsExactlyInAnyOrderElementsOf(expected);
    }

    private static String hex(String text, boolean postgres) {
        String hex = java.util.HexFormat.of().formatHex(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return postgres ? "convert_from(decode('" + hex + "', 'hex'), 'UTF8')" : "convert(x'" + hex + "' using utf8mb4)";
    }

    /** PostgreSQL cannot have it in a text, so it cannot have the row; it is not a reason to stop. */
    @ParameterizedTest
    @EnumSource(names = {"MARIADB_TO_POSTGRES", "POSTGRES_TO_MARIADB"})
    void aTextKeyWithABytePostgresDoesNotKnow(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).sql("create table t (k text primary key, v int); insert into t values ('b', 1)", "create table t (k varchar(20) primary key, v int); insert into t values ('b', 1), ('a\\0c', 2)");
        List<String> found = found(tables.compare(rules("k")));
        assertThat(found).containsExactly((engines.sourcePostgres ? "ORPHAN_ON_TARGET" : "MISSING_ON_TARGET") + " a\0c []");
    }

    /** A key of another type on the other side may hold what that type cannot: the row is on one side only. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '"', value = {
        "uuid; 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'; varchar(40); 'not a uuid'; not a uuid",
        "uuid; 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'; varchar(40); ''; \"\"",
        "smallint; 5; bigint; 123456789012; 123456789012",
        "bigint; 5; decimal(30,0); 99999999999999999999; 99999999999999999999",
        "date; '2024-01-01'; date; '9999-12-31'; 9999-12-31",
        "date; '2024-01-01'; date; '0000-00-00'; 0000-00-00",
        "timestamp(6); '2024-01-01'; datetime(6); '9999-12-31 23:59:59.999999'; 9999-12-31 23:59:59.999999",
        "bytea; 'abc'; varbinary(20); x'00ff'; 00ff",
        "char(4); 'ab'; varchar(20); 'longer than four'; longer than four",
        "text; 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'; uuid; 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'; b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    })
    void aKeyThatTheOtherSidesTypeCannotHold(String postgres, String same, String mariaDb, String other, String shown) throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).source("create table t (k " + postgres + " primary key, v int); insert into t values (" + same + ", 1)")
                .target("create table t (k " + mariaDb + " primary key, v int); insert into t values (" + same + ", 2), (" + other + ", 2)");
        Outcome outcome = tables.compare(rules("k"));
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.counts()).containsEntry("orphanOnTarget", 1L).containsEntry("different", 1L).containsEntry("missingOnTarget", 0L);
        assertThat(outcome.records()).anySatisfy(r -> assertThat(r.key()).containsEntry("k", shown));
        TwoTables reverse = new TwoTables(Engines.MARIADB_TO_POSTGRES).target("create table t (k " + postgres + " primary key, v int); insert into t values (" + same + ", 1)")
                .source("create table t (k " + mariaDb + " primary key, v int); insert into t values (" + same + ", 2), (" + other + ", 2)");
        assertThat(reverse.compare(rules("k")).counts()).containsEntry("missingOnTarget", 1L).containsEntry("different", 1L).containsEntry("orphanOnTarget", 0L);
    }

    /** The same, where PostgreSQL's key is the wider one. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '"', value = {
        "text; 'not a uuid'; uuid; 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
        "text; '😀'; varchar(20) character set latin1; '?'",
        "date; 'infinity'; date; '2024-01-01'",
        "date; '0044-03-15 BC'; date; '2024-01-01'",
        "timestamp; '-infinity'; datetime(6); '2024-01-01'",
        "timestamp; '12024-01-01'; datetime(6); '2024-01-01'",
        "numeric; 123456789012345678901234567890; int; 5",
        "numeric; 5.00000000000000000000000001; decimal(10,2); 5",
        "bigint; 4294967297; int unsigned; 1",
        "bigint; -1; bigint unsigned; 18446744073709551615",
    })
    void aKeyThatMariaDbsTypeCannotHold(String postgres, String own, String mariaDb, String theirs) throws Exception {
        TwoTables tables = new TwoTables(Engines.POSTGRES_TO_MARIADB).source("create table t (k " + postgres + " primary key, v int); insert into t values (" + own + ", 1)")
                .target("create table t (k " + mariaDb + " primary key, v int); insert into t values (" + theirs + ", 1)");
        Outcome outcome = tables.compare(rules("k"));
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.counts()).containsEntry("missingOnTarget", 1L).containsEntry("orphanOnTarget", 1L).containsEntry("different", 0L);
    }

    /** Neither a label that only the other side has, nor a text that a domain's check refuses, is a reason to stop: no row has it. */
    @ParameterizedTest
    @ValueSource(strings = {
        "create type mood as enum ('calm', 'glad'); create table t (k mood primary key, v int)",
        "create type mood as enum ('calm', 'glad'); create domain state as mood; create table t (k state primary key, v int)",
        "create domain state as text check (value in ('calm', 'glad')); create table t (k state primary key, v int)",
        "create schema odd; create type odd.\"Mood of 'it\" as enum ('calm', 'glad'); create table t (k odd.\"Mood of 'it\" primary key, v int)",
    })
    void aLabelThatAnEnumDoesNotHave(String narrow) throws Exception {
        String wide = "create table t (k varchar(20) primary key, v int); insert into t values ('calm', 1), ('it''s', 1), ('glad', 1)";
        String rows = "; insert into t values ('calm', 1), ('glad', 2)";
        for (Engines engines : List.of(Engines.MARIADB_TO_POSTGRES, Engines.POSTGRES_TO_POSTGRES)) {
            assertThat(found(new TwoTables(engines).source(wide).target(narrow + rows).compare(rules("k")))).containsExactly("DIFFERENT glad [v]", "MISSING_ON_TARGET it's []");
        }
        for (Engines engines : List.of(Engines.POSTGRES_TO_MARIADB, Engines.POSTGRES_TO_POSTGRES)) {
            assertThat(found(new TwoTables(engines).source(narrow + rows).target(wide).compare(rules("k")))).containsExactly("DIFFERENT glad [v]", "ORPHAN_ON_TARGET it's []");
        }
    }

    /** The bounds of stretches then lie among labels that the other side's type does not have: another bound is taken, or one side is cut alone. Each row is read once. */
    @ParameterizedTest
    @CsvSource({"POSTGRES_TO_POSTGRES, 15000, 9000, 30000", "MARIADB_TO_POSTGRES, 15000, 9000, 15000", "POSTGRES_TO_POSTGRES, 600, 41000, 300"})
    void aStretchThatEndsAtAKeyWhichTheOtherSideCannotHold(Engines engines, int a, int b, int c) throws Exception {
        String rows = "; insert into t select 'a', g from %s g; insert into t select 'b', g from %s g; insert into t select 'c', g from %s g";
        TwoTables tables = new TwoTables(engines).settle(java.time.Duration.ZERO)
                .source(engines.sourcePostgres ? "create type mood as enum ('a', 'b', 'c'); create table t (k mood, id int, primary key (k, id))" + rows.formatted(series(a), series(b), series(c))
                        : "create table t (k varchar(1), id int, primary key (k, id))" + rows.replace(" g from %s g", " seq from seq_1_to_%d").formatted(a, b, c))
                .target("create type mood as enum ('a', 'ad', 'c'); create table t (k mood, id int, primary key (k, id))" + rows.replace("'b', g", "'ad', g").formatted(series(a), series(2), series(c))
                        + "; update t set id = -id where k = 'c' and id = 77");
        Outcome outcome = tables.compare(rules("k", "id"));
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.plan()).doesNotContain("another place");
        assertThat(outcome.rows()).isEqualTo(new dev.concordat.report.RunReport.Rows(a + b + c, a + 2 + c));
        assertThat(outcome.counts()).containsEntry("missingOnTarget", b + 1L).containsEntry("orphanOnTarget", 3L).containsEntry("different", 0L);
    }

    private static String series(int to) {
        return "generate_series(1, " + to + ")";
    }

    /** Without a constraint: a key twice on either side or on both, with equal or other content, in hashed ranges and in buckets. */
    @ParameterizedTest
    @CsvSource({"POSTGRES_TO_MARIADB, int", "MARIADB_TO_POSTGRES, int", "POSTGRES_TO_POSTGRES, varchar(9)", "MARIADB_TO_MARIADB, varchar(9)"})
    void keysThatAreThereTwice(Engines engines, String keyType) throws Exception {
        TwoTables tables = new TwoTables(engines).both("create table t (id " + keyType + " not null, v text); insert into t values ('1', 'a'), ('2', 'a'), ('3', 'a'), ('4', 'a'), ('5', 'a'), ('6', 'a')")
                .source("insert into t values ('1', 'a'), ('3', 'b'), ('4', 'a'), ('4', 'a'), ('6', 'b')").target("insert into t values ('2', 'a'), ('3', 'a'), ('4', 'a'), ('6', 'b')");
        Outcome outcome = tables.compare(rules("id"));
        // 6 is there twice on both sides with equal content: the sums agree, and the plan says that it would not be noticed.
        assertThat(found(outcome)).containsExactlyInAnyOrder("DUPLICATE_KEY 1 [(rows with this key)]", "DUPLICATE_KEY 2 [(rows with this key)]", "DUPLICATE_KEY 3 [(rows with this key)]", "DUPLICATE_KEY 4 [(rows with this key)]");
        assertThat(outcome.plan()).contains("no unique index of the source guarantees the key");
        assertThat(outcome.rows().source()).isEqualTo(11);
        assertThat(outcome.rows().target()).isEqualTo(10);
    }

    /** One bit of one value, in each column, in many rows: none of the sums takes it for nothing, and each is told by its column. */
    @ParameterizedTest
    @EnumSource
    void oneBitOfAnyColumn(Engines engines) throws Exception {
        TwoTables tables = new TwoTables(engines).sql("""
                create table t (id int primary key, i int not null, l bigint not null, s smallint not null, b bytea not null, tx text not null, n numeric(20,4) not null, f float8 not null, u uuid not null, y boolean not null);
                insert into t select g, g * 7919, g * 1234567890123, g % 30000, decode(md5(g::text), 'hex'), md5(g::text), g * 31337 / 10000.0, g / 1024.0, overlay(overlay(md5(g::text) placing '4' from 13) placing '8' from 17)::uuid, g % 2 = 0 from generate_series(1, 1280) g""", """
                create table t (id int primary key, i int not null, l bigint not null, s smallint not null, b varbinary(16) not null, tx text not null, n decimal(20,4) not null, f double not null, u %s not null, y boolean not null);
                insert into t select seq, seq * 7919, seq * 1234567890123, seq %% 30000, unhex(md5(seq)), md5(seq), seq * 31337 / 10000.0, seq / 1024e0, %s, seq %% 2 = 0 from seq_1_to_1280"""
                .formatted("uuid", "insert(insert(md5(seq), 13, 1, '4'), 17, 1, '8')"));
        assertThat(found(tables.compare(rules("id")))).isEmpty();
        boolean postgres = engines.targetPostgres;
        List<String> flips = postgres
                ? List.of("i = i # (1 << (id % 31))", "l = l # (1::bigint << (id % 63))", "s = (s::int # (1 << (id % 15)))::smallint", "b = set_bit(b, id % 128, 1 - get_bit(b, id % 128))",
                        "tx = overlay(tx placing chr(ascii(substr(tx, 1 + id % 32, 1)) # 1) from 1 + id % 32 for 1)", "n = n + 0.0001", "f = f * (1 + 1.0 / 4503599627370496)",
                        "u = (encode(set_bit(decode(replace(u::text, '-', ''), 'hex'), id % 128, 1 - get_bit(decode(replace(u::text, '-', ''), 'hex'), id % 128)), 'hex'))::uuid", "y = not y")
                : List.of("i = i ^ (1 << (id % 31))", "l = l ^ (1 << (id % 63))", "s = s ^ (1 << (id % 15))",
                        "b = insert(b, 1 + id % 16, 1, char(ord(substr(b, 1 + id % 16, 1)) ^ (1 << (id % 8))))", "tx = insert(tx, 1 + id % 32, 1, char(ord(substr(tx, 1 + id % 32, 1)) ^ 1 using utf8mb4))", "n = n + 0.0001",
                        "f = f * (1 + 1e0 / 4503599627370496)", "u = insert(u, 1 + id % 8, 1, conv(conv(substr(u, 1 + id % 8, 1), 16, 10) ^ (1 << (id % 4)), 10, 16))", "y = not y");
        // The rows 128 c + 1 to 128 c + 128 get their column c changed: 128 bits and more of each.
        for (int c = 0; c < flips.size(); c++) {
            tables.target("update t set " + flips.get(c) + " where id between " + (128 * c + 1) + " and " + (128 * c + 128));
        }
        List<String> names = List.of("i", "l", "s", "b", "tx", "n", "f", "u", "y");
        Outcome outcome = tables.maxRecords(2000).compare(rules("id"));
        TreeSet<String> expected = IntStream.rangeClosed(1, 128 * names.size()).mapToObj(id -> "DIFFERENT " + id + " [" + names.get((id - 1) / 128) + "]").collect(Collectors.toCollection(TreeSet::new));
        assertThat(outcome.counts()).containsEntry("different", 128L * names.size());
        assertThat(new TreeSet<>(found(outcome))).isEqualTo(expected);
    }

    /** A table without columns besides its key differs only by its rows. */
    @Test
    void aTableThatIsOnlyAKey() throws Exception {
        TwoTables tables = new TwoTables(Engines.MARIADB_TO_POSTGRES).both("create table t (a int, b varchar(5), primary key (b, a)); insert into t values (1, 'x'), (2, 'y')").target("insert into t values (1, 'y')");
        Outcome outcome = tables.compare(rules("b", "a"));
        assertThat(found(outcome)).containsExactly("ORPHAN_ON_TARGET y/1 []");
        assertThat(outcome.verdict()).isEqualTo(Verdict.DRIFT);
    }
}
