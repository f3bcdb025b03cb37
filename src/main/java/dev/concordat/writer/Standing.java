package dev.concordat.writer;

import dev.concordat.api.v1alpha1.SyncContractSpec.Writer;

/**
 * One writer of a contract as it was seen while no pause of that contract is in force.
 *
 * @param message what was seen, for people; null for one that runs
 */
record Standing(Writer writer, Kind kind, String message) {
    enum Kind {
        /** Its spec wants replicas. */
        RUNS(null),
        /** It wants none, and no annotation of ours tells of a pause: its owner's doing. */
        AT_ZERO("NothingToPause"),
        /** A contract that exists has it paused. */
        HELD_BY_OTHER("HeldByOther"),
        /** There is no such object. */
        MISSING("WriterMissing"),
        /** The API server did not say, or did not let us. */
        REFUSED("WriterRefused"),
        /** It is at zero with annotations of ours, and without a claim that could be read: nobody knows who stopped it. */
        UNCLAIMED("ClaimsUnreadable"),
        /** It is at zero because of a claim that no pause stands behind, and what it was is recorded nowhere. */
        RESTORE_UNKNOWN("RestoreUnknown");

        private final String reason;

        Kind(String reason) {
            this.reason = reason;
        }

        /** Of the condition WritersPaused; null for what needs none. */
        String reason() {
            return reason;
        }

        /** Whether a pause that begins now could stop it. */
        boolean pausable() {
            return this == RUNS || this == HELD_BY_OTHER;
        }

        /** Whether something has to be put right by a person. */
        boolean trouble() {
            return switch (this) {
                case MISSING, REFUSED, UNCLAIMED, RESTORE_UNKNOWN -> true;
                case RUNS, AT_ZERO, HELD_BY_OTHER -> false;
            };
        }
    }
}
