package dev.concordat.store;

/**
 * A setting of the server that decides which rows, columns or values a statement sees, how they are written, or how long it may take; and the value that ours have.
 *
 * @param value as it is set
 * @param shown as the server shows it when it is in force
 * @param why   what another value would do
 * @param since the first version of the server that has it, as the driver numbers versions; 0: all
 */
public record Setting(String name, String value, String shown, String why, int since) {
    /** One that every version has and shows as it is set. */
    public static Setting of(String name, String value, String why) {
        return new Setting(name, value, value, why, 0);
    }
}
