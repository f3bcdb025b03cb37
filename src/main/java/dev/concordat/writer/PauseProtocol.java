package dev.concordat.writer;

import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.PausedWriter;
import dev.concordat.api.v1alpha1.WriterKind;
import dev.concordat.budget.PauseDecision;
import dev.concordat.budget.PauseInput;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Drives a pause: {@code Intent -> Pausing -> Fencing -> Draining -> Resuming -> none}.
 *
 * <p>One call does as much as can be done now. It may end at any instruction and be called again, by another process, with nothing but the stored
 * status and the writers' annotations: every step is announced in status before it is taken, and taking it twice is taking it once.
 * On the writer, the claim, the saved original and the change are one request that is valid for one resourceVersion only.
 *
 * <p>Callers serialise the calls of one contract. Calls of different contracts may run at the same time, on the same writers too.
 */
public final class PauseProtocol {
    /** Times that an outside change is put back to paused before we stop fighting it. */
    public static final int REAPPLY = 2;
    /** While no pause is in force, the writers are looked at this often: whether they are there, and for claims that no pause stands behind. */
    static final Duration SWEEP = Duration.ofMinutes(3);
    /** The same, while a writer is missing, held by somebody else, or not given back. */
    static final Duration TROUBLED = Duration.ofSeconds(15);
    /** A namespace is not looked through again within this time, however many contracts in it are new. */
    private static final Duration SCANNED = Duration.ofSeconds(10);

    private final Map<WriterKind, WriterPort> ports;
    private final Contracts contracts;
    /** By contract uid. Looked at anew by the next process. */
    private final Map<String, Look> looks = new ConcurrentHashMap<>();
    /** When each namespace was last looked through. */
    private final Map<String, Instant> scans = new ConcurrentHashMap<>();

    /** @param ports one for every kind of writer */
    public PauseProtocol(Map<WriterKind, WriterPort> ports, Contracts contracts) {
        this.ports = Map.copyOf(ports);
        this.contracts = contracts;
        for (WriterKind kind : WriterKind.values()) {
            if (!ports.containsKey(kind)) {
                throw new IllegalArgumentException("no port for writers of kind " + kind);
            }
        }
    }

    /**
     * Carries a decision as far as it goes now.
     *
     * @param in the input that the decision was made from; its {@code writers} must be what {@code acknowledge} writes over
     */
    public Progress advance(Claimant contract, PauseInput in, PauseDecision decision, Acknowledge acknowledge) {
        PauseRun run = new PauseRun(this, contract, in, decision, acknowledge);
        run.take();
        return run.progress();
    }

    /**
     * Gives every writer back because the contract is being deleted. The finalizer may go once {@link Progress#released()} is true.
     *
     * @param force the annotation concordat.dev/force-release is present: released is true whatever could be done
     */
    public Progress release(Claimant contract, PauseInput in, boolean force, Acknowledge acknowledge) {
        looks.remove(contract.uid());
        PauseDecision gone = new PauseDecision.Resume("ContractDeleted", "The contract is being deleted: the writers are given back first");
        PauseRun run = new PauseRun(this, contract, in, gone, acknowledge);
        run.take();
        Progress progress = force ? run.forced() : run.progress();
        if (progress.released()) {
            looks.remove(contract.uid());
        }
        return progress;
    }

    /**
     * The contract is gone. Where its finalizer was taken off by hand, its writers are given back now; what cannot be is found by the next look of
     * another contract of the namespace.
     *
     * @param pause that was last seen in its status; null when none was in force
     */
    public void gone(Claimant contract, Pause pause) {
        looks.remove(contract.uid());
        List<PausedWriter> writers = pause == null ? List.of() : pause.writers();
        for (PausedWriter w : writers) {
            try {
                new Hand(port(w.kind()), contract, now -> {}, () -> {}, event -> {}).carry(w, new Moves(contract, pause, () -> live(contract.namespace()))::giveBack);
            } catch (WriterPort.Refused e) {
                // Nobody is left to be told. The claim stays on the writer, and is found there.
            }
        }
    }

    WriterPort port(WriterKind kind) {
        return ports.get(kind);
    }

    /** The contracts of the namespace, asked now; null when we may not ask. */
    Map<String, Contracts.Holder> live(String namespace) {
        try {
            return contracts.in(namespace);
        } catch (WriterPort.Refused e) {
            if (e.forbidden()) {
                return null;
            }
            throw e;
        }
    }

    Look look(String contract) {
        return looks.get(contract);
    }

    void looked(String contract, Look look) {
        looks.put(contract, look);
    }

    void forgetLook(String contract) {
        looks.remove(contract);
    }

    /** Whether the namespace is to be looked through now. @param first the contract was never looked at by this process */
    boolean scanDue(String namespace, Instant now, boolean first) {
        boolean[] due = new boolean[1];
        scans.compute(namespace, (key, last) -> {
            Duration every = first ? SCANNED : SWEEP;
            due[0] = last == null || now.isBefore(last) || !now.isBefore(last.plus(every));
            return due[0] ? now : last;
        });
        return due[0];
    }
}
