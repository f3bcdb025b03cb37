package dev.concordat.store;

import java.sql.SQLException;

/** A setting that our session needs is not in force and cannot be put in force: nothing was read under it. */
public final class SettingRefused extends SQLException {
    private static final long serialVersionUID = 1;

    private final String words;
    private final String remedy;

    /**
     * @param setting its name
     * @param wanted  the value that ours have
     * @param seen    the value that is in force; null: the server did not say
     * @param remedy  what to do about it
     */
    public SettingRefused(String setting, String wanted, String seen, String remedy, Throwable cause) {
        this("setting " + setting + " is not '" + wanted + "' there" + (seen == null ? ", and the server does not let it be set" : " but '" + seen + "', and cannot be set"), remedy, cause);
    }

    /** @param words what is not as it must be, without the store's name */
    public SettingRefused(String words, String remedy, Throwable cause) {
        super(words, "25000", cause);
        this.words = words;
        this.remedy = remedy;
    }

    String words() {
        return words;
    }

    String remedy() {
        return remedy;
    }
}
