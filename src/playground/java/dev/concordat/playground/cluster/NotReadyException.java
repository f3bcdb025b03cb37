package dev.concordat.playground.cluster;

/** A container cannot start yet; its state is Waiting with this reason until a later attempt succeeds. */
final class NotReadyException extends Exception {
    private static final long serialVersionUID = 1;
    private final String reason;

    /** @param reason one word as the kubelet gives it, such as {@code CreateContainerConfigError} */
    NotReadyException(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
