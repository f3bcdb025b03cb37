package dev.concordat.drift;

import dev.concordat.store.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/** A session to each side, used together: both sides are asked at once. */
record Lane(Session source, Session target) implements AutoCloseable {
    /**
     * Threads of the platform, a few that are used again: those of a scheduler of virtual ones wait for sockets in native code, for which the end of the process waits 0.3 s
     * in vain, a tenth of a short run.
     */
    static final Executor THREADS = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("lane-", 0).factory());

    @FunctionalInterface
    interface Question<T> {
        T ask(Session session) throws StoreException;
    }

    record Answers<T>(T source, T target) {}

    <T> Answers<T> both(Question<T> question) throws StoreException {
        return Lane.both(() -> question.ask(source), () -> question.ask(target));
    }

    /** Short questions follow one another: see {@link dev.concordat.store.StoreSession#hold}. */
    void hold() {
        source.hold();
        target.hold();
    }

    void release() {
        source.release();
        target.release();
    }

    /** See {@link Session#share}. */
    void share(int from, int to) {
        source.share(from, to);
        target.share(from, to);
    }

    @FunctionalInterface
    interface Asking<T> {
        T ask() throws StoreException;
    }

    /** Runs two questions at the same time and waits for both. */
    static <T> Answers<T> both(Asking<T> first, Asking<T> second) throws StoreException {
        CompletableFuture<T> other = new CompletableFuture<>();
        THREADS.execute(() -> {
            try {
                other.complete(first.ask());
            } catch (Throwable e) {
                other.completeExceptionally(e);
            }
        });
        Throwable failed = null;
        T answer = null;
        try {
            answer = second.ask();
        } catch (StoreException | RuntimeException | Error e) {
            failed = e;
        }
        try {
            T sourceAnswer = other.join();
            if (failed == null) {
                return new Answers<>(sourceAnswer, answer);
            }
        } catch (CompletionException e) {
            failed = e.getCause();
        }
        switch (failed) {
            case StoreException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(failed);
        }
    }

    @Override
    public void close() {
        source.close();
        target.close();
    }
}
