package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class MainTest {
    @Test
    void driversPrepareNoRecordsThatNobodyReads() {
        Logger root = Logger.getLogger("");
        Level before = root.getLevel();
        try {
            LogOutput.limit(Level.INFO);
            assertThat(Logger.getLogger("org.mariadb.jdbc.client.socket.impl.PacketReader").isLoggable(Level.FINEST)).isFalse();
            assertThat(Logger.getLogger("org.postgresql.jdbc.PgResultSet").isLoggable(Level.FINEST)).isFalse();
            assertThat(Logger.getLogger("dev.concordat").isLoggable(Level.INFO)).isTrue();
        } finally {
            root.setLevel(before);
        }
    }
}
