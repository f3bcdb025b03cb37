package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextsTest {
    @Test
    void everySentenceEndsOnceWhateverItEndsWith() {
        assertThat(Texts.sentences("One", null, " ", "Two.", "Three?", "Four")).isEqualTo("One. Two. Three? Four.");
    }

    @Test
    void aLinkAtTheEndIsCopiedWithoutAFullStop() {
        assertThat(Texts.sentences("Late", "Runbook: https://runbooks.example.com/orders"))
                .isEqualTo("Late. Runbook: https://runbooks.example.com/orders");
    }

    @Test
    void aLinkBeforeAnotherSentenceDoesNotRunIntoIt() {
        assertThat(Texts.sentences("Runbook: https://runbooks.example.com/orders", "The deletion waits for: the API server"))
                .isEqualTo("Runbook: <https://runbooks.example.com/orders>. The deletion waits for: the API server.");
    }
}
