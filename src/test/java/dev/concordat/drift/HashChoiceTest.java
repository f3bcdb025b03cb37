package dev.concordat.drift;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.store.HashFunction;
import org.junit.jupiter.api.Test;

/** The faster side waits for the slower one: only the slower counts. */
class HashChoiceTest {
    private static long[] millis(long source, long target) {
        return new long[] {source * 1_000_000, target * 1_000_000};
    }

    @Test
    void theFunctionWhoseSlowerSideIsFaster() {
        assertThat(HashChoice.choose(millis(3, 4), millis(6, 2)).function()).isEqualTo(HashFunction.MD5);
        assertThat(HashChoice.choose(millis(1, 7), millis(6, 5)).function()).isEqualTo(HashFunction.SHA256);
    }

    @Test
    void nearlyEqualIsSha256() {
        assertThat(HashChoice.choose(millis(10, 100), millis(10, 105)).function()).isEqualTo(HashFunction.SHA256);
        assertThat(HashChoice.choose(millis(10, 100), millis(10, 115)).function()).isEqualTo(HashFunction.MD5);
    }

    @Test
    void aServerWithoutMd5() {
        HashChoice choice = HashChoice.choose(null, millis(6, 2));
        assertThat(choice.function()).isEqualTo(HashFunction.SHA256);
        assertThat(choice.why()).contains("MD5 is not available");
    }

    @Test
    void theReasonNamesBothFunctionsAndBothSides() {
        assertThat(HashChoice.choose(millis(3, 4), millis(6, 2)).why()).isEqualTo("source and target took 3.0 and 4.0 ms for 2,000 hashes by MD5, 6.0 and 2.0 ms by SHA-256");
    }
}
