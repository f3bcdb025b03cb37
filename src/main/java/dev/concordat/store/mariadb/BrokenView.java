package dev.concordat.store.mariadb;

import dev.concordat.store.Reason;
import dev.concordat.store.Trouble;
import java.sql.SQLException;

/** A view that cannot be read by anybody. The server's own words for one whose definer is gone are those for a wrong password. */
final class BrokenView extends SQLException {
    private static final long serialVersionUID = 1;

    private final transient Trouble trouble;

    /**
     * @param view    qualified and quoted
     * @param definer as whom it is run, as {@code user@host}; null where the account may not see it
     */
    BrokenView(String view, String definer, SQLException cause) {
        super(cause.getMessage(), cause.getSQLState(), cause.getErrorCode(), cause);
        String whom = definer == null ? "its definer" : "its definer, " + definer;
        trouble = Trouble.of(Reason.PERMISSION_DENIED).saying("view " + view + " cannot be read: " + whom + ", does not exist or may not read what the view reads, or something that it reads is gone",
                "SHOW CREATE VIEW " + view + ", and define it again for somebody who is there and has SELECT on what it reads: CREATE OR REPLACE DEFINER = ... VIEW; or create that account again"
                        + ", or what is missing");
    }

    Trouble trouble() {
        return trouble;
    }
}
