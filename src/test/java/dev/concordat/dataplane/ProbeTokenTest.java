package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class ProbeTokenTest {
    static final String UID = "7f9c24e8-3b12-4a4e-b5a4-8d3bd5b4a5c1";

    @Property
    void fitsItsColumnAndReadsAsItWasWritten(@ForAll @LongRange(min = 1, max = 78_364_164_095L) long epoch, @ForAll long random, @ForAll String uid,
            @ForAll @LongRange(min = 0, max = 2_821_109_907_455L) long sequence) {
        ProbeToken first = ProbeToken.first(uid, epoch, random);
        ProbeToken token = new ProbeToken(first.contract(), first.epoch(), first.nonce(), sequence);
        assertThat(token.text()).hasSizeLessThanOrEqualTo(ProbeToken.LENGTH).isLowerCase();
        assertThat(ProbeToken.parse(token.text())).contains(token);
        assertThat(ProbeToken.parse(token.text() + "   ")).as("from a CHAR column").contains(token);
    }

    @Test
    void belongsToOneLifeOfOneContract() {
        ProbeToken token = ProbeToken.first(UID, 7, 1);
        assertThat(token.next().sameLife(token)).isTrue();
        assertThat(ProbeToken.first(UID, 8, 1).sameLife(token)).isFalse();
        assertThat(ProbeToken.first(UID, 7, 2).sameLife(token)).as("an epoch that came twice").isFalse();
        assertThat(ProbeToken.first("another", 7, 1).sameLife(token)).isFalse();
    }

    @Test
    void anythingElseIsNoToken() {
        assertThat(ProbeToken.parse(null)).isEmpty();
        assertThat(ProbeToken.parse("")).isEmpty();
        assertThat(ProbeToken.parse("hello-1-2-3")).isEmpty();
    }
}
