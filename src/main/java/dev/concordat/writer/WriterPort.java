package dev.concordat.writer;

import java.util.Map;

/**
 * What the pause protocol needs of one kind of writer. Reads are live, never from a cache: a stale answer could overwrite the saved original.
 */
public interface WriterPort {
    /**
     * A writer as it stands.
     *
     * @param replicas    wanted by its spec
     * @param settled     its controller has acted on the present spec and reports no replica
     * @param annotations its own
     * @param manager     who is seen to own its spec besides us, such as {@code Argo CD} or {@code Flux}; null when nobody known
     */
    record Observed(String uid, String resourceVersion, int replicas, boolean settled, Map<String, String> annotations, String manager) {
        public Observed {
            annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
        }
    }

    /**
     * Returns null when there is no such object.
     *
     * @throws Refused when the API server does not answer the question
     */
    Observed get(String namespace, String name);

    /**
     * The writers of this kind in a namespace that carry the annotation concordat.dev/claims, by name.
     *
     * @throws Refused when the API server does not answer the question
     */
    Map<String, Observed> claimed(String namespace);

    /**
     * Changes replicas and annotations in one request, valid only for the given resourceVersion.
     *
     * @param replicas    null leaves them as they are
     * @param annotations values to set; a null value removes the annotation
     * @return the object after the change
     * @throws Conflict when the object has changed since, or is gone
     * @throws Refused  when the API server does not allow it
     */
    Observed patch(String namespace, String name, String resourceVersion, Integer replicas, Map<String, String> annotations);

    /**
     * Pods of the writer that exist, terminating ones included.
     *
     * @throws Refused when the API server does not answer the question
     */
    int podsLeft(String namespace, String name);

    /** The object is not what it was when it was read. Read it again. */
    final class Conflict extends RuntimeException {
        public Conflict(String message) {
            super(message);
        }
    }

    /** The API server said no. The message says what was asked, the answer, and the remedy; it ends up in status. */
    final class Refused extends RuntimeException {
        private final boolean forbidden;

        /** @param forbidden we lack the right, rather than something having gone wrong this time */
        public Refused(String message, boolean forbidden) {
            super(message);
            this.forbidden = forbidden;
        }

        public boolean forbidden() {
            return forbidden;
        }
    }
}
