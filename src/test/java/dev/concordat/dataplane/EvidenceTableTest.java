package dev.concordat.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.StoreType;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EvidenceTableTest {
    @ParameterizedTest
    @EnumSource
    void theDocumentationHasTheTableThatTheRemedyHas(StoreType type) throws Exception {
        Store store = new Store(type, "db", 1, "storefront", null, "concordat_evidence", null, null, null);
        assertThat(Files.readString(Path.of("docs/evidence.md"))).contains(EvidenceTable.ddl(store));
    }
}
