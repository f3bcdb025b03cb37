package dev.concordat.playground.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** Puts files into the cache folder so that nobody ever sees half of one: written into a folder beside, moved in one step, one process at a time. */
final class Install {
    private static final ConcurrentHashMap<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

    private Install() {}

    interface Work<T> {
        T in(Path temporary) throws IOException;
    }

    /** Runs the work alone among all processes that use this target and name, with an empty folder beside the target that is removed afterwards. */
    static <T> T alone(Path target, String name, Work<T> work) throws IOException {
        Files.createDirectories(target);
        Path lockFile = target.resolveSibling("." + target.getFileName() + "-" + name + ".lock").toAbsolutePath();
        // A file lock is held by the whole JVM and a second request of the same JVM throws: threads queue here.
        ReentrantLock threads = LOCKS.computeIfAbsent(lockFile, path -> new ReentrantLock());
        threads.lock();
        try (var channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE); var lock = channel.lock()) {
            Path temporary = target.resolveSibling("." + target.getFileName() + "-" + name + ".new");
            delete(temporary);               // of somebody who was killed: we hold the lock
            Files.createDirectories(temporary);
            try {
                return work.in(temporary);
            } finally {
                delete(temporary);
            }
        } finally {
            threads.unlock();
        }
    }

    static Path move(Path file, Path target) throws IOException {
        if (!file.toFile().setExecutable(true)) throw new IOException("cannot make " + file + " executable");
        return Files.move(file, target.resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) return;
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(path);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
