package dev.concordat.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The database engines that can be compared. */
public enum StoreType {
    @JsonProperty("PostgreSQL") POSTGRESQL,
    @JsonProperty("MariaDB") MARIADB,
    @JsonProperty("MySQL") MYSQL;

    /** The engine's port where the contract names none. */
    public int defaultPort() {
        return this == POSTGRESQL ? 5432 : 3306;
    }

    /** The name as the contract spells it. */
    public String display() {
        return switch (this) {
            case POSTGRESQL -> "PostgreSQL";
            case MARIADB -> "MariaDB";
            case MYSQL -> "MySQL";
        };
    }
}
