package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.store.Column;
import dev.concordat.store.Form;
import dev.concordat.store.Form.Kind;
import dev.concordat.store.Logical;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Equal values are equal whatever their spelling, and only those. */
class TypedTest {
    private static Column column(Logical logical) {
        return new Column("c", logical, true, 0, 6, false, null, null, "c");
    }

    @ParameterizedTest
    @CsvSource({"5,5.000", "0,-0.00", "1e3,1000", "-1.50,-1.5"})
    void numbers(String a, String b) {
        assertThat(Typed.read(Form.of(Kind.NUMBER), column(Logical.DECIMAL), a)).isEqualTo(Typed.read(Form.of(Kind.NUMBER), column(Logical.DECIMAL), b));
    }

    @ParameterizedTest
    @CsvSource({"1.0,1.01,true", "1.0,1.0100001,false", "-5,-5.01,true", "0,0.02,false"})
    void tolerance(String a, String b, boolean equal) {
        Form form = Form.number(new BigDecimal("0.01"));
        assertThat(Typed.equal(form, Typed.read(form, column(Logical.DECIMAL), a), Typed.read(form, column(Logical.DECIMAL), b))).isEqualTo(equal);
        assertThat(Typed.equal(form, Typed.read(form, column(Logical.DECIMAL), a), null)).as("NULL is no number").isFalse();
    }

    @ParameterizedTest
    @CsvSource({"2024-02-29 23:59:59.000001,true", "0001-01-01 00:00:00.000000,true", "9999-12-31 23:59:59.999999,true", "0000-01-01 00:00:00.000000,true", "2024-02-30 00:00:00.000000,false",
        "2024-01-01 24:00:00.000000,false", "0000-00-00 00:00:00.000000,false", "2024-00-00 00:00:00.000000,false", "2024-01-01T00:00:00.000000,false", "infinity,false"})
    void onlyWhatIsInTheCalendarIsATime(String text, boolean time) {
        Object read = Typed.read(Form.digits(Kind.TIMESTAMP, 6), column(Logical.INSTANT), text);
        assertThat(read).isEqualTo(time ? LocalDateTime.parse(text, Typed.STAMP) : text);
        assertThat(read instanceof LocalDateTime local ? local.format(Typed.STAMP) : read).as("nothing is moved to a day that exists").isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "{\"a\":1,\"b\":[1,2]} ; { \"b\" : [1.0, 2e0], \"a\" : 1.00 } ; true",
        "[1,2] ; [2,1] ; false",
        "{\"a\":null} ; {} ; false",
        "\"1\" ; 1 ; false",
        "10000000000000000000001 ; 10000000000000000000002 ; false",
        "0.1 ; 0.10000000000000000001 ; false",
        "{\"a\":1 ; {\"a\":1 ; true",
        "{\"a\":1} x ; {\"a\":1} ; false",
        "\"\\u00e9\" ; \"é\" ; true",
    })
    void json(String a, String b, boolean equal) {
        Form form = Form.of(Kind.JSON);
        assertThat(Typed.equal(form, Typed.read(form, column(Logical.JSON), a), Typed.read(form, column(Logical.TEXT), b))).isEqualTo(equal);
    }

    @ParameterizedTest
    @CsvSource({
        "6,2024-07-01 10:00:00.123456,2024-07-01 08:00:00.123456,true",
        "3,2024-07-01 10:00:00.123456,2024-07-01 08:00:00.123999,true",
        "3,2024-07-01 10:00:00.123456,2024-07-01 08:00:00.124000,false",
        "0,2024-01-01 10:00:00.900000,2024-01-01 09:00:00.000000,true",
        "0,2024-01-01 10:00:00.900000,2024-01-01 08:00:00.000000,false",
        // An hour that the clock shows twice, and one that it never shows.
        "6,2024-10-27 02:30:00.000000,2024-10-27 01:30:00.000000,true",
        "6,2024-03-31 02:30:00.000000,2024-03-31 01:30:00.000000,true",
        // As PostgreSQL writes what lies outside the years 1 to 9999.
        "6,10000-01-01 01:00:00,10000-01-01 00:00:00,true",
        "6,10000-01-01 01:00:00.5,10000-01-01 00:00:00.4,false",
        "6,0044-03-15 12:53:28 BC,0044-03-15 12:00:00 BC,true",
        "6,9999-12-31 23:30:00.000000,9999-12-31 22:30:00.000000,true",
    })
    void localTimeInAZoneAndPointsInTime(int digits, String berlin, String utc, boolean equal) {
        Form form = Form.digits(Kind.TIMESTAMP, digits);
        assertThat(Typed.equal(form, Typed.read(form.in("Europe/Berlin"), column(Logical.TIMESTAMP), berlin), Typed.read(form, column(Logical.INSTANT), utc))).isEqualTo(equal);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '"', value = {"\" Zoë \";\"zOË\";true", "\"a\";\"b\";false", "\"straße\";\"STRASSE\";true", "\"a\tb\";\"a b\";false", "\"\u00a0a\";\"a\";false"})
    void textTrimmedAndFolded(String a, String b, boolean equal) {
        Form form = Form.text(true, false, true);
        assertThat(Typed.equal(form, Typed.read(form, column(Logical.TEXT), a), Typed.read(form, column(Logical.TEXT), b))).isEqualTo(equal);
    }

    @ParameterizedTest
    @CsvSource({"infinity", "0000-00-00 00:00:00.000000", "2024-02-30 00:00:00.000000", "0043-02-29 00:00:00 BC"})
    void whatIsNoTimeInJavaStaysText(String text) {
        assertThat(Typed.read(Form.digits(Kind.TIMESTAMP, 6), column(Logical.TIMESTAMP), text)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"6,false,-00:00:00.500000,00:00:00.500000,false", "0,false,-12:00:00.500000,-12:00:05.000000,false", "3,true,12:00:00.123500,12:00:00.124000,true", "3,false,12:00:00.123500,12:00:00.124000,false",
        "0,false,838:59:59.900000,838:59:59.000000,true", "0,false,-00:00:00.500000,00:00:00.000000,true"})
    void timesOfADayAndBeyond(int digits, boolean round, String a, String b, boolean equal) {
        Form form = round ? Form.digits(Kind.TIME, digits).rounding(Form.Rounding.AWAY) : Form.digits(Kind.TIME, digits);
        assertThat(Typed.equal(form, Typed.read(form, column(Logical.TIME), a), Typed.read(form, column(Logical.TIME), b))).isEqualTo(equal);
    }

    @ParameterizedTest
    @CsvSource({"2024-01-01 00:00:00.123500,2024-01-01 00:00:00.124000,true", "1999-01-01 00:00:00.123500,1999-01-01 00:00:00.123000,true", "1999-01-01 00:00:00.123600,1999-01-01 00:00:00.124000,true",
        "2023-12-31 23:59:59.999500,2024-01-01 00:00:00.000000,true", "2024-01-01 00:00:00.123499,2024-01-01 00:00:00.124000,false"})
    void timestampsRoundedAsPostgresRoundsThem(String fine, String coarse, boolean equal) {
        Form form = Form.digits(Kind.TIMESTAMP, 3).rounding(Form.Rounding.AWAY);
        assertThat(Typed.equal(form, Typed.read(form, column(Logical.INSTANT), fine), Typed.read(form, column(Logical.INSTANT), coarse))).isEqualTo(equal);
    }

    @ParameterizedTest
    @CsvSource({"::1,0:0:0:0:0:0:0:1,true", "2001:DB8::1,2001:db8:0::0001,true", "1.2.3.4,1.2.3.4/32,true", "1.2.3.4,1.2.3.4/31,false", "1.2.3.4,::ffff:1.2.3.4,false", "::ffff:1.2.3.4,::ffff:102:304,true", "1.2.3,1.2.3.0,false",
        "1.2.3.256,1.2.3.0,false", "::1::,::1,false", "1:2:3:4:5:6:7:8:9,1:2:3:4:5:6:7:8,false", "::1/128,::1,true", "::1/129,::1,false"})
    void addresses(String a, String b, boolean equal) {
        Form form = Form.of(Kind.INET);
        assertThat(Typed.equal(form, Typed.read(form, column(Logical.INET), a), Typed.read(form, column(Logical.TEXT), b))).isEqualTo(equal);
        Form mapped = Form.digits(Kind.INET, Form.MAPPED);
        assertThat(Typed.read(mapped, column(Logical.INET), "1.2.3.4")).as("as inet6 holds it").isEqualTo(Typed.read(mapped, column(Logical.INET), "::ffff:1.2.3.4"));
    }

    @ParameterizedTest
    @CsvSource({"0.1,0.10000000149011612,true", "0.1,0.11,false", "16777216,16777217,true"})
    void aDoubleBesideASingle(String single, String wide, boolean equal) {
        Form form = Form.digits(Kind.DOUBLE, Form.SINGLE);
        assertThat(Typed.equal(form, Typed.read(form, column(Logical.FLOAT), single), Typed.read(form, column(Logical.DOUBLE), wide))).isEqualTo(equal);
    }
}
