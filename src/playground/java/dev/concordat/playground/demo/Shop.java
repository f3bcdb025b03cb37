package dev.concordat.playground.demo;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** The order service: takes orders, moves them along, and cancels some. Older orders are settled and never touched again. */
public final class Shop {
    private static final List<String> STATES = List.of("new", "paid", "packed", "shipped", "delivered");
    private static final List<String> REGIONS = List.of("EU", "EU", "EU", "US");
    /** Orders that may still change, counted from the newest. */
    private static final int LIVELY = 100;

    private final Endpoint database;
    private final double perSecond;
    private final DemoLoop loop = new DemoLoop("shop");

    Shop(Endpoint database, double perSecond) {
        this.database = database;
        this.perSecond = perSecond;
    }

    /**
     * Writes until SIGTERM. Needs SOURCE_HOST, SOURCE_PORT, SOURCE_DATABASE, SOURCE_USER, SOURCE_PASSWORD; SHOP_RATE is writes per second,
     * 40 unless set.
     */
    public static int run(Map<String, String> env) {
        try {
            Shop shop = new Shop(Endpoint.of(env, "SOURCE", "postgresql"), Double.parseDouble(env.getOrDefault("SHOP_RATE", "40")));
            System.out.println("shop: " + shop.perSecond + " writes a second to " + shop.database);
            return shop.loop.untilTerminated(shop::write);
        } catch (IllegalArgumentException e) {
            System.err.println("shop: " + e.getMessage());
            return 2;
        }
    }

    /** Writes until told to stop, for tests. */
    void write() throws SQLException {
        try (Connection connection = database.open()) {
            long next = System.nanoTime();
            while (loop.waitFor(Duration.ofNanos(next - System.nanoTime()))) {
                writeOne(connection);
                // What a slow moment held up is not made up for in one burst of more than a fifth of a second.
                next = Math.max(next + (long) (1e9 / perSecond), System.nanoTime() - 200_000_000);
            }
        }
    }

    void runUntilStopped() {
        loop.run(this::write);
    }

    void stop() {
        loop.stop();
    }

    private static void writeOne(Connection connection) throws SQLException {
        var random = ThreadLocalRandom.current();
        int dice = random.nextInt(100);
        if (dice < 40) {
            insert(connection, random);
        } else {
            change(connection, dice < 97
                    ? "UPDATE orders SET status = '" + STATES.get(random.nextInt(1, STATES.size())) + "', attributes = attributes || jsonb_build_object('touched', row_version) WHERE id = "
                    : "DELETE FROM orders WHERE id = ", random.nextInt(LIVELY));
        }
        connection.commit();
    }

    private static void insert(Connection connection, ThreadLocalRandom random) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO orders (region, status, amount, attributes, display_name) VALUES (?, 'new', ?, jsonb_build_object('items', ?, 'gift', ?), ?)")) {
            statement.setString(1, REGIONS.get(random.nextInt(REGIONS.size())));
            statement.setBigDecimal(2, BigDecimal.valueOf(random.nextInt(100, 50_000), 2));
            statement.setInt(3, random.nextInt(1, 6));
            statement.setBoolean(4, random.nextInt(10) == 0);
            statement.setString(5, "Order for Zoë & Søn " + random.nextInt(1000));
            statement.executeUpdate();
        }
    }

    /** One of the newest orders. A concurrent shop may have it in hand: then this one is left out. */
    private static void change(Connection connection, String sql, int fromNewest) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                sql + "(SELECT id FROM orders WHERE id > 1000 AND id <= (SELECT max(id) FROM orders) - ? ORDER BY id DESC LIMIT 1 FOR UPDATE SKIP LOCKED)")) {
            statement.setInt(1, fromNewest);
            statement.executeUpdate();
        }
    }
}
