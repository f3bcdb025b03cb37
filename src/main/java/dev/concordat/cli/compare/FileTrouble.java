package dev.concordat.cli.compare;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;

/** Why a file could not be read or written, in words for the user. */
final class FileTrouble {
    private FileTrouble() {}

    /** Pure. */
    static String words(Exception e) {
        return switch (e) {
            case AccessDeniedException _ -> "access denied";
            case NoSuchFileException _ -> "no such file or folder";
            case InvalidPathException _ -> "no file can have this name";
            case FileSystemException system when system.getReason() != null -> system.getReason();
            default -> "reading or writing failed";
        };
    }
}
