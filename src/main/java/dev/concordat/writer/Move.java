package dev.concordat.writer;

import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.writer.WriterPort.Observed;
import java.util.Map;
import java.util.function.Function;

/** What to do next with one writer, decided from what was just seen of it. {@link Hand} carries it out and decides anew on what it sees then. */
sealed interface Move {
    /** Nothing more can be done now. */
    record Done(PausedWriter now) implements Move {}

    /**
     * Store this first, then go on.
     *
     * @param event that people are told of; null for none
     * @param next  what to do then; null looks again
     */
    record Tell(PausedWriter now, WriterEvent event, Move next) implements Move {}

    /**
     * One request on the writer, valid for the version that was seen.
     *
     * @param replicas    null leaves them
     * @param annotations a null value removes one
     * @param then        what the writer is after it, from the object as the API server answered
     * @param last        no further look is needed
     * @param event       that people are told of once it was done; null for none
     */
    record Patch(Integer replicas, Map<String, String> annotations, Function<Observed, PausedWriter> then, boolean last, WriterEvent event) implements Move {}

    /** Count the writer's pods. */
    record Count(Function<Integer, PausedWriter> then) implements Move {}

    /** Change the writer and take the change back, so that a patch that was made for what was seen is refused. Then it is {@code now}. */
    record Bar(PausedWriter now) implements Move {}
}
