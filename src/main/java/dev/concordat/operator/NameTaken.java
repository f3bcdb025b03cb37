package dev.concordat.operator;

import dev.concordat.report.Failure;
import io.fabric8.kubernetes.api.model.HasMetadata;

/** An object of a name that Concordat needs is not Concordat's, or is another contract's: it is neither changed nor deleted. The message names it, and what to do. */
final class NameTaken extends RuntimeException {
    static final String REASON = "NameTaken";

    private final transient Failure failure;

    private NameTaken(Failure failure) {
        super(failure.text());
        this.failure = failure;
    }

    /** An object that somebody else has made. */
    static NameTaken foreign(HasMetadata object) {
        return new NameTaken(new Failure(REASON, null, place(object) + " exists and was not made by Concordat, which needs this name",
                "Nothing was changed on it. Rename or delete it, and Concordat makes its own", false));
    }

    /** An order of an earlier contract or run of that name. */
    static NameTaken earlier(HasMetadata object) {
        return new NameTaken(new Failure(REASON, null, place(object) + " belongs to another contract or run that had this name, and is not believed",
                "It goes with its owner, within moments; if it stays: kubectl delete " + object.getPlural() + "." + group(object) + " -n " + object.getMetadata().getNamespace() + " "
                        + object.getMetadata().getName(), false));
    }

    Failure failure() {
        return failure;
    }

    private static String place(HasMetadata object) {
        return object.getKind() + " " + object.getMetadata().getNamespace() + "/" + object.getMetadata().getName();
    }

    private static String group(HasMetadata object) {
        return object.getApiVersion().substring(0, object.getApiVersion().indexOf('/'));
    }
}
