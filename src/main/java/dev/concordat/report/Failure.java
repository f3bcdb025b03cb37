package dev.concordat.report;

/**
 * Why a run or a probe could not do its work. Never contains a credential.
 *
 * @param reason  CamelCase; the condition's reason
 * @param field   path in the contract, for example {@code spec.source.store.host}; null when no field is to blame
 * @param message what happened, with the names of the things it happened to
 * @param remedy  what to do next
 * @param schema  true when the cause is that the two schemas do not fit each other or the one agreed on
 */
public record Failure(String reason, String field, String message, String remedy, boolean schema) {

    /** One sentence for people: field, what happened, what to do. */
    public String text() {
        return (field == null ? "" : field + ": ") + message + (remedy == null || remedy.isEmpty() ? "" : ". " + remedy);
    }
}
