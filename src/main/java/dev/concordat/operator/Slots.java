package dev.concordat.operator;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.ReconcileJobStatus;
import dev.concordat.api.v1alpha1.Store;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.contract.Durations;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * So many runs at a time on one database server, over all contracts that this operator looks after. Who has a slot follows from the runs themselves, so that a restart changes nothing:
 * a run that has a Job and has not ended. A claim within the process covers the time until the cache shows that Job. Runs that wait get their turn in the order in which they began
 * to wait: none starts while an older one waits for a server that it needs, so none waits for ever, and the oldest waits for nobody who waits. Safe for use by many threads.
 */
final class Slots {
    /** A run is ended by its Job's deadline; one that nobody has ended so long after it holds nothing. */
    private static final Duration GRACE = Duration.ofMinutes(1);
    /** A claim whose run no cache has shown for so long is that of a run that was deleted. */
    private static final Duration UNSEEN = Duration.ofMinutes(5);

    /** A claim without a Job after so long is that of a run whose Job the API server would not make. */
    private static final Duration UNUSED = Duration.ofMinutes(2);
    /** A run that waits asks at least this often; one that has not for so long keeps nobody waiting. */
    private static final Duration SILENT = Duration.ofMinutes(2);

    private final View view;
    private final int perDatabase;
    /** When each run that waits asked last, by uid, and when this process began to listen. */
    private final Map<String, Instant> asked = new HashMap<>();
    private Instant born;
    private final Map<String, Claim> claims = new HashMap<>();

    private record Claim(String name, List<String> databases, Instant since) {}

    /** @param perDatabase runs that may use one database server at a time */
    Slots(View view, int perDatabase) {
        this.view = view;
        this.perDatabase = perDatabase;
    }

    /**
     * What a run waits for.
     *
     * @param behind the run that has the slot, or that is before this one in the line: {@code namespace/name}
     * @param ahead  runs before it in the line
     */
    record Waiting(String database, String behind, int ahead) {}

    /**
     * Takes a slot on each of the servers, or none. Asked again by a run that has them, it changes nothing.
     *
     * @param since when the run began to wait; null: it begins now
     * @return what the run has to wait for; empty when it may start
     */
    synchronized Optional<Waiting> claim(ReconcileJob run, List<String> databases, Instant since, Instant now) {
        List<ReconcileJob> active = view.runs().stream().filter(Slots::active).toList();
        prune(active, now);
        String uid = run.getMetadata().getUid();
        born = born == null || born.isAfter(now) ? now : born;
        asked.put(uid, now);
        if (claims.containsKey(uid) || works(run)) {
            return Optional.empty();
        }
        Map<String, List<String>> inUse = new HashMap<>();
        Map<String, List<String>> before = new HashMap<>();
        claims.values().forEach(claim -> claim.databases.forEach(database -> inUse.computeIfAbsent(database, d -> new ArrayList<>()).add(claim.name)));
        Comparator<ReconcileJob> order = Comparator.comparing((ReconcileJob r) -> notAfter(now, r == run || r.getMetadata().getUid().equals(uid) ? Objects.requireNonNullElse(since, now) : since(r)))
                .thenComparing(Slots::name);
        for (ReconcileJob other : active.stream().sorted(order).toList()) {
            if (other.getMetadata().getUid().equals(uid) || claims.containsKey(other.getMetadata().getUid())) {
                continue;
            }
            if (works(other)) {
                if (!overdue(other, now)) {
                    databases(other).forEach(database -> inUse.computeIfAbsent(database, d -> new ArrayList<>()).add(name(other)));
                }
            } else if (other.getStatus().startTime() != null && order.compare(other, run) < 0 && !silent(other, now)) {
                databases(other).forEach(database -> before.computeIfAbsent(database, d -> new ArrayList<>()).add(name(other)));
            }
        }
        for (String database : databases) {
            List<String> using = inUse.getOrDefault(database, List.of());
            List<String> line = before.getOrDefault(database, List.of());
            if (using.size() + line.size() >= perDatabase) {
                return Optional.of(new Waiting(database, using.isEmpty() ? line.getFirst() : using.getFirst(), line.size()));
            }
        }
        claims.put(uid, new Claim(name(run), List.copyOf(databases), now));
        return Optional.empty();
    }

    /** The run has ended, or will not start with what it claimed. */
    synchronized void release(ReconcileJob run) {
        claims.remove(run.getMetadata().getUid());
    }

    /** A run that waits for a server on which this one has a slot: {@code namespace/name}. */
    Optional<String> waitedFor(ReconcileJob run) {
        List<String> held = databases(run);
        return view.runs().stream().filter(Slots::active).filter(other -> !works(other) && other.getStatus().startTime() != null && databases(other).stream().anyMatch(held::contains))
                .min(Comparator.comparing(Slots::since)).map(Slots::name);
    }

    int perDatabase() {
        return perDatabase;
    }

    /**
     * The servers of a contract's two stores, as {@code host:port}, sorted. A name without a dot is one of the contract's namespace, and the short forms of a Service's
     * name are one server. Other names of one server are not recognised.
     */
    static List<String> databases(SyncContract contract) {
        String namespace = contract.getMetadata().getNamespace();
        return Stream.of(contract.getSpec().source().store(), contract.getSpec().target().store()).map(store -> server(store, namespace)).distinct().sorted().toList();
    }

    private static String server(Store store, String namespace) {
        String host = store.host().toLowerCase(Locale.ROOT).replaceFirst("\\.$", "").replaceFirst("\\.svc(\\.cluster\\.local)?$", "");
        return (host.contains(".") || host.contains(":") ? host : host + "." + namespace) + ":" + store.port();
    }

    /** Whether the run has been admitted and has not ended. */
    private static boolean active(ReconcileJob run) {
        return run.getStatus() != null && run.getStatus().runId() != null && !RunProgress.terminal(run.getStatus()) && run.getMetadata().getDeletionTimestamp() == null;
    }

    /** Whether the run has its Job: by its status, or by the Job itself when the operator was stopped between the two. */
    private boolean works(ReconcileJob run) {
        return run.getStatus() != null && run.getStatus().jobName() != null || job(run).isPresent();
    }

    private Optional<Job> job(ReconcileJob run) {
        return view.job(run.getMetadata().getNamespace(), Names.job(run.getMetadata().getName())).filter(job -> RunLoop.ownedBy(job, run));
    }

    private List<String> databases(ReconcileJob run) {
        if (run.getStatus().databases() != null && !run.getStatus().databases().isEmpty()) {
            return run.getStatus().databases();
        }
        String annotation = job(run).map(job -> job.getMetadata().getAnnotations()).map(annotations -> annotations.get(Api.DATABASES)).orElse("");
        return annotation.isEmpty() ? List.of() : Arrays.asList(annotation.split(","));
    }

    /** A clock that was ahead put nobody at the end of the line. */
    private static Instant notAfter(Instant now, Instant since) {
        return since.isAfter(now) ? now : since;
    }

    private boolean silent(ReconcileJob run, Instant now) {
        return now.isAfter(asked.getOrDefault(run.getMetadata().getUid(), born).plus(SILENT));
    }

    private static boolean overdue(ReconcileJob run, Instant now) {
        Instant start = Times.parse(run.getStatus().startTime());
        return start != null && now.isAfter(start.plus(Durations.parse(run.getSpec().timeout())).plus(GRACE));
    }

    private static Instant since(ReconcileJob run) {
        ReconcileJobStatus status = run.getStatus();
        return Objects.requireNonNullElse(Times.parse(status.startTime()), Instant.MAX);
    }

    private void prune(List<ReconcileJob> active, Instant now) {
        Map<String, ReconcileJob> seen = new HashMap<>();
        active.forEach(run -> seen.put(run.getMetadata().getUid(), run));
        // A clock that was ahead gives no claim a longer life.
        claims.replaceAll((uid, claim) -> claim.since.isAfter(now) ? new Claim(claim.name, claim.databases, now) : claim);
        claims.entrySet().removeIf(claim -> {
            ReconcileJob run = seen.get(claim.getKey());
            if (run == null) {
                return now.isAfter(claim.getValue().since.plus(UNSEEN));
            }
            return works(run) ? !databases(run).isEmpty() : now.isAfter(claim.getValue().since.plus(UNUSED));
        });
        asked.keySet().retainAll(seen.keySet());
        asked.values().removeIf(at -> at.isAfter(now));
    }

    private static String name(ReconcileJob run) {
        return run.getMetadata().getNamespace() + "/" + run.getMetadata().getName();
    }
}
