package dev.concordat.writer;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.writer.WriterPort.Observed;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/** Carries moves out: read, decide, patch, and again where somebody else was faster. */
final class Hand {
    private static final int ATTEMPTS = 5;
    /** On a writer for a moment: changed for the sake of the change. */
    private static final String RELEASED = Api.GROUP + "/released";

    private final WriterPort port;
    private final Claimant contract;
    private final Consumer<PausedWriter> became;
    private final Runnable store;
    private final Consumer<WriterEvent> events;

    /**
     * @param became told of the writer whenever it is another
     * @param store  makes what was told durable
     * @param events told of what people want to see
     */
    Hand(WriterPort port, Claimant contract, Consumer<PausedWriter> became, Runnable store, Consumer<WriterEvent> events) {
        this.port = port;
        this.contract = contract;
        this.became = became;
        this.store = store;
        this.events = events;
    }

    /** Goes on until nothing more can be done now. @throws WriterPort.Refused when the API server does not let us */
    PausedWriter carry(PausedWriter start, BiFunction<PausedWriter, Observed, Move> decide) {
        PausedWriter w = start;
        for (int conflicts = 0; ; ) {
            Observed seen = port.get(contract.namespace(), w.name());
            Move move = decide.apply(w, seen);
            if (move instanceof Move.Tell tell) {
                w = tell.now();
                became.accept(w);
                store.run();
                tell(tell.event());
                if (tell.next() == null) {
                    continue;
                }
                move = tell.next();
            }
            try {
                switch (move) {
                    case Move.Done done -> {
                        return became(done.now());
                    }
                    case Move.Count count -> {
                        return became(count.then().apply(port.podsLeft(contract.namespace(), w.name())));
                    }
                    case Move.Bar bar -> {
                        bar(seen, w.name());
                        return became(bar.now());
                    }
                    case Move.Patch patch -> {
                        w = became(patch.then().apply(port.patch(contract.namespace(), w.name(), seen.resourceVersion(), patch.replicas(), patch.annotations())));
                        tell(patch.event());
                        if (patch.last()) {
                            return w;
                        }
                    }
                    case Move.Tell again -> throw new IllegalStateException("a move that tells is followed by one that does: " + again);
                }
            } catch (WriterPort.Conflict e) {
                if (++conflicts >= ATTEMPTS) {
                    throw new WriterPort.Refused(Words.kind(w.kind()) + " " + contract.namespace() + "/" + w.name() + " changed " + ATTEMPTS
                            + " times while it was being written; tried again later", false);
                }
            }
        }
    }

    private PausedWriter became(PausedWriter w) {
        became.accept(w);
        return w;
    }

    private void tell(WriterEvent event) {
        if (event != null) {
            events.accept(event);
        }
    }

    private void bar(Observed seen, String name) {
        try {
            Observed marked = port.patch(contract.namespace(), name, seen.resourceVersion(), null, Map.of(RELEASED, contract.uid()));
            Map<String, String> unmark = new HashMap<>();
            unmark.put(RELEASED, null);
            port.patch(contract.namespace(), name, marked.resourceVersion(), null, unmark);
        } catch (WriterPort.Refused e) {
            // What we may not do, no earlier process of ours could do either.
            if (!e.forbidden()) {
                throw e;
            }
        }
    }
}
