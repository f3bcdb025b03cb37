package dev.concordat.dataplane;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Canary probes on their way. Every latency is an upper bound: from just before the write to just after the read that saw it. Bounded: with
 * {@link #MAX} on their way the newest are not followed, since it is the oldest that decides. Not thread-safe.
 */
public final class PendingProbes {
    static final int MAX = 1000;

    /** A write being made or made; {@code acknowledged} is null until its commit came back. All in nanoseconds of one monotonic clock. */
    private static final class Probe {
        final long sequence;
        final long begun;
        final long heldAtStart;
        Long acknowledged;
        long heldAtCommit;

        Probe(long sequence, long begun, long held) {
            this.sequence = sequence;
            this.begun = begun;
            this.heldAtStart = held;
        }
    }

    /**
     * A probe that arrived.
     *
     * @param latency upper bound in nanoseconds
     * @param writing how much of it the write itself took: that part is the source's, not the sync's
     * @param held    what {@link #held} was when the write began
     */
    public record Arrival(long sequence, long latency, long writing, long held) {}

    private final Deque<Probe> probes = new ArrayDeque<>();
    private long held;

    /** For so long nobody was able to look at the target, for a cause of our own: no probe is late for that. */
    public void heldUp(long nanos) {
        held += nanos;
    }

    /** How long, in nanoseconds, nobody was able to look so far. */
    public long held() {
        return held;
    }

    /** A write is about to be made. It is known before it is made, since it may be seen before its commit has come back. */
    public void begin(long sequence, long now) {
        if (probes.size() < MAX) {
            probes.addLast(new Probe(sequence, now, held));
        }
    }

    /** The write was committed. */
    public void acknowledge(long sequence, long now) {
        Probe last = probes.peekLast();
        if (last != null && last.sequence == sequence) {
            last.acknowledged = now;
            last.heldAtCommit = held;
        }
    }

    /** The write failed, or nobody knows. Nothing is awaited; should it have been made, a later probe overtakes it. */
    public void abandon(long sequence) {
        probes.removeIf(probe -> probe.sequence == sequence);
    }

    /** The target was read and held this probe: it and all before it have arrived. Oldest first. */
    public List<Arrival> arrive(long sequence, long now) {
        List<Arrival> arrived = new ArrayList<>();
        while (!probes.isEmpty() && probes.peekFirst().sequence <= sequence) {
            Probe probe = probes.removeFirst();
            arrived.add(new Arrival(probe.sequence, now - probe.begun, (probe.acknowledged == null ? now : probe.acknowledged) - probe.begun,
                    probe.heldAtStart));
        }
        return arrived;
    }

    /** Whether any write, acknowledged or not, is awaited. */
    public boolean isEmpty() {
        return probes.isEmpty();
    }

    /** Nanoseconds since the commit of the oldest probe that has not arrived; 0 when none is committed. */
    public long oldestAge(long now) {
        Probe oldest = probes.peekFirst();
        return oldest == null || oldest.acknowledged == null ? 0 : Math.max(0, now - oldest.acknowledged);
    }

    /** Of {@link #oldestAge}, the time in which somebody was able to look. */
    public long oldestMissing(long now) {
        Probe oldest = probes.peekFirst();
        return oldest == null || oldest.acknowledged == null ? 0 : Math.max(0, now - oldest.acknowledged - (held - oldest.heldAtCommit));
    }
}
