package dev.concordat.cli.compare;

import dev.concordat.report.Checkpoint;
import dev.concordat.report.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * How far a comparison is, in a file that is replaced in one step: whoever reads it finds the state of a moment, whole. It holds keys and values of records that
 * differ, so nobody but its owner may read it.
 */
final class CheckpointFile {
    private final Path file;
    private final Path beside;
    private final String source;
    private final String target;
    private volatile boolean kept;
    private volatile String trouble;
    private boolean closed;

    /** @param format of this file */
    record State(int format, String source, String target, Checkpoint checkpoint) {}

    private CheckpointFile(Path file, String source, String target) {
        this.file = file.toAbsolutePath();
        this.beside = this.file.resolveSibling(this.file.getFileName() + ".new");
        this.source = source;
        this.target = target;
    }

    /**
     * The file of one comparison, checked to be writable.
     *
     * @param source and target are the places compared, which the file remembers
     */
    static CheckpointFile of(Path file, String source, String target) {
        if (file.toAbsolutePath().getFileName() == null || Files.isDirectory(file)) {
            throw new UsageError("--resume", Printable.quoted(file.toString()) + " is a folder; name a file in it");
        }
        CheckpointFile checkpoint = new CheckpointFile(file, source, target);
        try {
            create(checkpoint.beside, "");
            Files.delete(checkpoint.beside);
        } catch (IOException e) {
            throw new UsageError("--resume", "a file cannot be written beside " + Printable.quoted(file.toString()) + " (" + FileTrouble.words(e) + "); name one in a folder that exists and can be written to");
        }
        return checkpoint;
    }

    /** Where an earlier run ended; null when there is no file. */
    Checkpoint read() {
        if (!Files.exists(file)) {
            return null;
        }
        State state;
        try {
            state = Json.find(Files.readString(file), State.class).orElse(null);
        } catch (IOException e) {
            state = null;
        }
        if (state == null || state.format() != 1 || state.checkpoint() == null) {
            throw new UsageError("--resume", Printable.quoted(file.toString()) + " is not the state of a comparison; name another file, or remove this one to start again");
        }
        if (!source.equals(state.source()) || !target.equals(state.target())) {
            throw new UsageError("--resume", Printable.quoted(file.toString()) + " belongs to the comparison of " + state.source() + " with " + state.target() + "; name another file, or remove this one to start again");
        }
        kept = true;
        return state.checkpoint();
    }

    /** Replaces the state. What goes wrong is told at the end, since a comparison without its state is still one. */
    synchronized void write(Checkpoint checkpoint) {
        if (closed) {
            return;
        }
        try {
            create(beside, Json.write(new State(1, source, target, checkpoint)));
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            kept = true;
        } catch (IOException e) {
            trouble = "the state could not be written to " + file + " (" + FileTrouble.words(e) + ")";
        }
    }

    private static void create(Path path, String text) throws IOException {
        Files.deleteIfExists(path);
        if (Files.getFileStore(path.getParent()).supportsFileAttributeView("posix")) {
            Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } else {
            Files.createFile(path);
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(false);
        }
    }

    /** No state is written any more; a verdict makes the file useless. */
    synchronized void close(boolean verdict) {
        closed = true;
        if (verdict) {
            try {
                Files.deleteIfExists(file);
                kept = false;
            } catch (IOException e) {
                trouble = file + " could not be removed (" + FileTrouble.words(e) + "); remove it, or the next comparison with it goes on from there";
            }
        }
    }

    /** Whether there is a state to go on from. */
    boolean kept() {
        return kept;
    }

    /** What went wrong with the file; null when nothing did. */
    String trouble() {
        return trouble;
    }

    Path file() {
        return file;
    }
}
