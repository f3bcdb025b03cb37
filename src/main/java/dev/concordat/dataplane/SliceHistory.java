package dev.concordat.dataplane;

import dev.concordat.api.v1alpha1.SyncContractStatus.SliceSpan;
import dev.concordat.api.v1alpha1.SyncContractStatus.SliceState;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The closed slices that a report speaks of: from the first to the last, all Good but those within the spans. Bounded: what is older than
 * {@code keep} slices, or beyond {@link #MAX_SPANS} spans, is forgotten from the oldest end: the report begins later, and an operator that has not folded
 * it in yet counts it as Unknown. Not thread-safe.
 */
public final class SliceHistory {
    /** About 20 KB of what a report may hold. */
    static final int MAX_SPANS = 500;

    private long keep;
    private final Deque<SliceSpan> spans = new ArrayDeque<>();
    private Long first;
    private Long last;

    public SliceHistory(long keep) {
        this.keep = keep;
    }

    /** From now on so many slices are kept; what was forgotten is not known again. */
    public void keep(long slices) {
        keep = slices;
        if (last != null) {
            trim();
        }
    }

    /** Takes over what an earlier life reported. */
    public void restore(Long first, Long last, List<SliceSpan> spans) {
        if (first == null || last == null) {
            return;
        }
        this.first = first;
        this.last = last;
        this.spans.clear();
        this.spans.addAll(spans);
        trim();
    }

    /**
     * Closes a slice. Slices left out since the last one are Unknown.
     *
     * @throws IllegalArgumentException when the slice is closed already
     */
    public void close(long index, SliceState state) {
        if (last != null && index <= last) {
            throw new IllegalArgumentException("slice " + index + " is closed; the last one is " + last);
        }
        if (last != null && index > last + 1) {
            append(last + 1, index - 1, SliceState.UNKNOWN);
        }
        if (first == null) {
            first = index;
        }
        append(index, index, state);
        last = index;
        trim();
    }

    private void append(long from, long to, SliceState state) {
        if (state == SliceState.GOOD) {
            return;
        }
        SliceSpan before = spans.peekLast();
        if (before != null && before.state() == state && before.to() == from - 1) {
            spans.removeLast();
            from = before.from();
        }
        spans.addLast(new SliceSpan(from, to, state));
    }

    private void trim() {
        first = Math.max(first, last - keep + 1);
        while (spans.size() > MAX_SPANS) {
            first = Math.max(first, spans.removeFirst().to() + 1);
        }
        while (!spans.isEmpty() && spans.peekFirst().from() < first) {
            SliceSpan cut = spans.removeFirst();
            if (cut.to() >= first) {
                spans.addFirst(new SliceSpan(first, cut.to(), cut.state()));
                break;
            }
        }
    }

    /** Null when no slice was ever closed. */
    public Long first() {
        return first;
    }

    /** Null when no slice was ever closed. */
    public Long last() {
        return last;
    }

    /** Those that are not Good, oldest first. */
    public List<SliceSpan> spans() {
        return List.copyOf(spans);
    }
}
