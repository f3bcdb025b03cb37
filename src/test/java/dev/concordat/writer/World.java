package dev.concordat.writer;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContractSpec.Writer;
import dev.concordat.api.v1alpha1.SyncContractStatus.Pause;
import dev.concordat.api.v1alpha1.SyncContractStatus.Writers;
import dev.concordat.api.v1alpha1.WriterKind;
import dev.concordat.budget.BudgetPolicy;
import dev.concordat.budget.Finding;
import dev.concordat.budget.PauseDecision;
import dev.concordat.budget.BudgetLedger;
import dev.concordat.budget.BudgetView;
import dev.concordat.budget.Hearing;
import dev.concordat.budget.PauseInput;
import dev.concordat.report.ContractRef;
import dev.concordat.report.ProbeReport;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * An API server in memory: Deployments and contracts with resourceVersions and optimistic locking, pods that take a while to go, and an operator
 * that can be killed at any of its writes.
 */
final class World implements WriterPort {
    static final String NAMESPACE = "shop";
    private static final BudgetPolicy POLICY = new BudgetPolicy(2, 300, new BigDecimal("0.01"), new BigDecimal("3.00"), "99.0", Duration.ofSeconds(2), true,
            Duration.ofSeconds(4), Duration.ofMinutes(30), Duration.ofSeconds(4), 4);
    /** A hundred slices were heard of, and the next one is open. */
    private static final BudgetView VIEW = view();

    /** The operator's process ends here. An Error, so that nothing takes it for a failure it could handle. */
    static final class Crash extends Error {
        Crash() {
            super("killed", null, false, false);
        }
    }

    enum Kill {
        /** The write never reached the API server. */
        BEFORE,
        /** It was applied, and the answer was lost. */
        AFTER,
        /** It is applied much later: the process was held up and another took over. */
        LATE
    }

    static final class Deployment {
        String uid;
        long version;
        int replicas;
        int pods;
        Map<String, String> annotations = new TreeMap<>();
        /** Values that this writer may have once all is over. */
        Set<Integer> allowed = new HashSet<>();
        boolean raisedByOutsider;
        boolean damaged;
    }

    static final class Contract {
        final String uid;
        final List<Writer> spec = new ArrayList<>();
        Writers stored;
        long version;
        boolean want;
        boolean deleted;
        boolean gone;
        boolean refusePartial;
        boolean force;
        /** What was said last. */
        Finding condition;
        String summary;

        Contract(String uid) {
            this.uid = uid;
        }

        Pause pause() {
            return stored == null ? null : stored.pause();
        }
    }

    /** What one call said. @param looked whether it looked at the writers without a pause in force, rather than repeat what it had seen */
    record Said(List<WriterEvent> events, boolean looked) {}

    /** Told after every call. */
    BiConsumer<Contract, Said> said = (c, what) -> {};

    final Map<String, Deployment> deployments = new TreeMap<>();
    final Map<String, Contract> contracts = new TreeMap<>();
    final List<WriterEvent> events = new ArrayList<>();
    /** Writers that the API server does not answer for. */
    final Set<String> refused = new HashSet<>();
    /** Writers that may be read and not changed. */
    final Set<String> frozen = new HashSet<>();
    Instant now = Instant.parse("2026-11-21T12:00:00Z");
    int writes;
    int gets;
    int statusWrites;
    /** What the last call asked for. */
    Duration requeue;
    private int killAt = -1;
    private int secondKillAt = -1;
    private Kill kill;
    private int disturbAt = -1;
    private Runnable disturbance;
    private final List<Runnable> late = new ArrayList<>();
    private long versions = 100;
    private int uids;
    private PauseProtocol operator = restarted();

    PauseProtocol restarted() {
        operator = new PauseProtocol(Map.of(WriterKind.DEPLOYMENT, this), this::contracts);
        return operator;
    }

    PauseProtocol operator() {
        return operator;
    }

    void killAt(int write, Kill how) {
        killAt = write;
        kill = how;
    }

    void killAgainAt(int write) {
        secondKillAt = write;
    }

    /** Something else happens right after the operator's nth read of a writer, so that what it read is old. */
    void disturbAfterGet(int get, Runnable what) {
        disturbAt = get;
        disturbance = what;
    }

    Contract contract(String uid, String... writers) {
        Contract c = new Contract(uid);
        for (String w : writers) {
            c.spec.add(new Writer("apps/v1", WriterKind.DEPLOYMENT, w));
        }
        contracts.put(uid, c);
        return c;
    }

    Deployment deployment(String name, int replicas) {
        Deployment d = new Deployment();
        d.uid = "d-" + ++uids;
        d.version = ++versions;
        d.replicas = replicas;
        d.pods = replicas;
        d.allowed.add(replicas);
        deployments.put(name, d);
        return d;
    }

    // The operator

    /** The contracts as the API server has them. */
    private Map<String, Contracts.Holder> contracts(String namespace) {
        Map<String, Contracts.Holder> live = new HashMap<>();
        contracts.values().stream().filter(c -> !c.gone).forEach(c -> live.put(c.uid, new Contracts.Holder(namespace, c.uid, c.pause())));
        return live;
    }

    /** One pass over every contract, as after a start: killed and started again where the plan says so. */
    void reconcile() {
        for (Contract c : List.copyOf(contracts.values())) {
            for (int tries = 0; ; tries++) {
                try {
                    reconcile(c);
                    break;
                } catch (Crash e) {
                    restarted();
                } catch (StatusConflict e) {
                    if (tries > 5) {
                        throw e;
                    }
                }
            }
        }
    }

    private void reconcile(Contract c) {
        if (c.gone) {
            return;
        }
        Pause p = c.pause();
        PauseInput in = new PauseInput(POLICY, VIEW, c.stored, c.spec, report(c), false, c.deleted, null, false, null, c.refusePartial, now);
        Claimant claimant = new Claimant(NAMESPACE, c.uid, c.uid);
        long[] version = {c.version};
        Acknowledge acknowledge = next -> write(() -> {
            if (c.version != version[0]) {
                throw new StatusConflict();
            }
            c.stored = next;
            c.version = ++versions;
            version[0] = c.version;
            statusWrites++;
            return next;
        });
        int before = gets;
        PauseDecision decision;
        Progress progress;
        if (c.deleted) {
            decision = new PauseDecision.Resume("ContractDeleted", "");
            progress = operator.release(claimant, in, c.force, acknowledge);
            c.gone = progress.released();
        } else {
            decision = p == null && c.want ? new PauseDecision.Pause("BudgetExhausted", "3 of 3")
                    : p != null && p.writers().stream().anyMatch(w -> c.spec.stream().noneMatch(s -> s.name().equals(w.name())))
                    ? new PauseDecision.Resume("WritersChanged", "no longer in spec.writers")
                    : p != null && !c.want ? new PauseDecision.Resume("Drained", "the backlog is drained")
                    : new PauseDecision.Stay("Running", "The budget is not exhausted");
            progress = operator.advance(claimant, in, decision, acknowledge);
        }
        requeue = progress.requeue();
        c.condition = progress.condition();
        c.summary = progress.writers().summary();
        events.addAll(progress.events());
        said.accept(c, new Said(progress.events(), c.pause() == null && gets > before && !(decision instanceof PauseDecision.Pause)));
    }

    private static BudgetView view() {
        return BudgetView.of(BudgetLedger.begin(2, 100), POLICY, null, null, Hearing.NEWS);
    }

    /** The prober is quick: what was ordered is seen. */
    ProbeReport report(Contract c) {
        Pause p = c.pause();
        return p == null || p.fence() == null ? null
                : new ProbeReport(new ContractRef(NAMESPACE, c.uid, c.uid, 1, "1.0.0"), 1, 1, 2, 1L, 2L, List.of(), 100L, null, 5, 9000, p.fence(), true, null, null, null, null, null);
    }

    static final class StatusConflict extends RuntimeException {
        StatusConflict() {
            super("status has changed", null, false, false);
        }
    }

    /** Time passes: pods come and go. */
    void tick() {
        now = now.plusSeconds(1);
        deployments.values().forEach(d -> d.pods = d.replicas);
    }

    void landLateWrites() {
        for (Runnable r : List.copyOf(late)) {
            try {
                r.run();
            } catch (Conflict | StatusConflict e) {
                // That is what resourceVersions are for.
            }
        }
        late.clear();
    }

    // Outsiders

    /** Status is wiped, or put back to what a backup had. */
    void loseStatus(String uid, Writers older) {
        Contract c = contracts.get(uid);
        c.stored = older;
        c.version = ++versions;
    }

    void scale(String name, int replicas) {
        Deployment d = deployments.get(name);
        if (d == null) {
            return;
        }
        if (!d.annotations.containsKey(Api.CLAIMS)) {
            d.allowed.clear();
        }
        d.allowed.add(replicas);
        d.replicas = replicas;
        d.raisedByOutsider = replicas > 0;
        d.version = ++versions;
    }

    /** kubectl replace: the manifest as it is in git, with nobody's annotations. */
    void replace(String name, int replicas) {
        Deployment d = deployments.get(name);
        if (d != null) {
            scale(name, replicas);
            d.annotations.clear();
        }
    }

    void touch(String name) {
        Deployment d = deployments.get(name);
        if (d != null) {
            d.annotations.put("example.com/rollout", Long.toString(++versions));
            d.version = ++versions;
        }
    }

    /** Somebody writes over an annotation of ours. @param value null takes it away */
    void damage(String name, String annotation, String value) {
        Deployment d = deployments.get(name);
        if (d == null) {
            return;
        }
        d.damaged = true;
        if (value == null) {
            d.annotations.remove(annotation);
        } else {
            d.annotations.put(annotation, value);
        }
        d.version = ++versions;
    }

    void delete(String name) {
        deployments.remove(name);
    }

    void recreate(String name, int replicas) {
        deployments.remove(name);
        deployment(name, replicas);
    }

    // The API server

    private <T> T write(Supplier<T> change) {
        writes++;
        if (writes == killAt || writes == secondKillAt) {
            switch (kill) {
                case BEFORE -> {}
                case AFTER -> change.get();
                case LATE -> late.add(change::get);
            }
            throw new Crash();
        }
        return change.get();
    }

    @Override
    public Observed get(String namespace, String name) {
        if (refused.contains(name)) {
            throw new Refused("could not get Deployment " + name + ": the server is on fire. It is tried again", false);
        }
        gets++;
        Deployment d = deployments.get(name);
        Observed seen = d == null ? null : observed(d);
        if (gets == disturbAt) {
            disturbance.run();
        }
        return seen;
    }

    @Override
    public Map<String, Observed> claimed(String namespace) {
        Map<String, Observed> found = new TreeMap<>();
        deployments.forEach((name, d) -> {
            if (d.annotations.containsKey(Api.CLAIMS)) {
                found.put(name, observed(d));
            }
        });
        return found;
    }

    private Observed observed(Deployment d) {
        return new Observed(d.uid, Long.toString(d.version), d.replicas, d.pods == d.replicas, new HashMap<>(d.annotations), null);
    }

    @Override
    public Observed patch(String namespace, String name, String resourceVersion, Integer replicas, Map<String, String> annotations) {
        if (refused.contains(name) || frozen.contains(name)) {
            throw new Refused("could not patch Deployment " + name + ": forbidden", true);
        }
        return write(() -> {
            Deployment d = deployments.get(name);
            if (d == null || !Long.toString(d.version).equals(resourceVersion)) {
                throw new Conflict(name);
            }
            if (replicas != null && replicas > 0 && d.replicas != 0) {
                throw new AssertionError(name + ": restoring writes over the " + d.replicas + " replicas that somebody set");
            }
            String saved = d.annotations.get(Api.RESTORE);
            boolean held = d.annotations.containsKey(Api.CLAIMS);
            if (!d.damaged && saved != null && held && annotations.containsKey(Api.RESTORE) && !saved.equals(annotations.get(Api.RESTORE))
                    && !(annotations.containsKey(Api.CLAIMS) && annotations.get(Api.CLAIMS) == null)) {
                throw new AssertionError(name + ": the saved original " + saved + " is overwritten by " + annotations.get(Api.RESTORE) + " while the writer is held");
            }
            annotations.forEach((k, v) -> {
                if (v == null) {
                    d.annotations.remove(k);
                } else {
                    d.annotations.put(k, v);
                }
            });
            if (replicas != null) {
                d.replicas = replicas;
                d.raisedByOutsider = false;
            }
            d.version = ++versions;
            check(name, d);
            return observed(d);
        });
    }

    @Override
    public int podsLeft(String namespace, String name) {
        Deployment d = deployments.get(name);
        return d == null ? 0 : d.pods;
    }

    /** What holds after every single write of ours. */
    private static void check(String name, Deployment d) {
        boolean claimed = d.annotations.containsKey(Api.CLAIMS);
        if (d.replicas == 0 && !claimed && !d.damaged && !d.allowed.contains(0)) {
            throw new AssertionError(name + " stands at 0 and nobody claims it");
        }
        if (claimed && d.replicas > 0 && !d.raisedByOutsider) {
            throw new AssertionError(name + " runs though it is claimed: " + d.annotations);
        }
        if (claimed && !d.damaged && !d.allowed.contains(0) && !d.annotations.containsKey(Api.RESTORE)) {
            throw new AssertionError(name + " is claimed and what it was is not saved with it");
        }
    }
}
