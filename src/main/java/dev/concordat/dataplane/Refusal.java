package dev.concordat.dataplane;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Locale;

/** Why the API server does not take what was written, and what to do about it. */
enum Refusal {
    TOO_LARGE("The API server refuses it for its size: look for a limit below Kubernetes' own (etcd's --max-request-bytes, a proxy or an admission webhook before the API server),"
            + " and lower spec.verification.evidence.maxRecords meanwhile"),
    NOT_ALLOWED("Service account concordat-data-plane lacks the rights that the operator binds to it: see docs/install.md"),
    NOT_VALID("The API server refuses its content: Concordat's custom resource definitions and its image may be of different versions"),
    OTHER("Check that the API server answers");

    private static final int ENTITY_TOO_LARGE = 413;
    private static final int CAUSES = 10;

    private final String remedy;

    Refusal(String remedy) {
        this.remedy = remedy;
    }

    String remedy() {
        return remedy;
    }

    /** What stands behind a write that failed. */
    static Refusal of(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; i < CAUSES && cause != null; i++, cause = cause.getCause()) {
            if (cause instanceof KubernetesClientException e) {
                return of(e);
            }
        }
        return OTHER;
    }

    private static Refusal of(KubernetesClientException e) {
        String words = ((e.getMessage() == null ? "" : e.getMessage()) + (e.getStatus() == null ? "" : " " + e.getStatus().getMessage())).toLowerCase(Locale.ROOT);
        // A list or text beyond its schema's bound is 422, a request beyond etcd's 500, and one beyond the API server's 413.
        if (e.getCode() == ENTITY_TOO_LARGE || words.contains("too large") || words.contains("too long") || words.contains("must have at most")) {
            return TOO_LARGE;
        }
        return switch (e.getCode()) {
            case 401, 403 -> NOT_ALLOWED;
            case 400, 422 -> NOT_VALID;
            default -> OTHER;
        };
    }
}
