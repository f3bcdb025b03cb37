package dev.concordat.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.ReconcileJob;
import dev.concordat.api.v1alpha1.ReconcileJobSpec;
import dev.concordat.api.v1alpha1.ReconcileJobStatus;
import dev.concordat.api.v1alpha1.SyncContract;
import dev.concordat.api.v1alpha1.Verification.Scope;
import dev.concordat.internal.ChecksumRun;
import dev.concordat.internal.LatencyProbe;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Who may use a database server now, and who waits for whom. */
class SlotsTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final List<String> A = List.of("a:1");
    private static final List<String> B = List.of("b:1");
    private static final List<String> BOTH = List.of("a:1", "b:1");

    private final Cluster cluster = new Cluster();
    private final Slots slots = new Slots(cluster, 1);

    @Test
    void oneRunAtATimeUsesAServerAndTheOthersKnowWhichOne() {
        assertThat(claim(run("x"), A)).isEmpty();
        assertThat(claim(run("y"), BOTH)).contains(new Slots.Waiting("a:1", "shop/x", 0));
        assertThat(claim(run("z"), B)).as("another server").isEmpty();
        assertThat(claim(run("x"), A)).as("asked again").isEmpty();
    }

    @Test
    void aSlotIsHeldFromTheClaimThroughTheJobToTheEnd() {
        claim(run("x"), A);
        cluster.working("x", A, NOW);
        assertThat(claim(run("y"), A)).isPresent();
        cluster.ended("x");
        slots.release(run("x"));
        assertThat(claim(run("y"), A)).isEmpty();
    }

    @Test
    void aRunThatDoesNotStartGivesItsClaimBack() {
        claim(run("x"), A);
        slots.release(run("x"));
        assertThat(claim(run("y"), A)).isEmpty();
    }

    @Test
    void anOperatorThatWasRestartedKnowsWhoWorks() {
        cluster.working("x", A, NOW);
        assertThat(new Slots(cluster, 1).claim(run("y"), A, null, NOW)).contains(new Slots.Waiting("a:1", "shop/x", 0));
        assertThat(new Slots(cluster, 1).claim(run("x"), A, null, NOW)).as("its own Job").isEmpty();
    }

    @Test
    void aJobThatWasCreatedJustBeforeTheOperatorDiedCounts() {
        cluster.put("x", ReconcileJobStatus.EMPTY.admitted(1));
        cluster.jobs.put("shop/x", new JobBuilder().withNewMetadata().withName("x").withNamespace("shop").addToAnnotations(Api.DATABASES, "a:1,b:1")
                .withOwnerReferences(WorkerJob.owner(cluster.runs.get("x"), true)).endMetadata().build());
        assertThat(claim(run("y"), B)).contains(new Slots.Waiting("b:1", "shop/x", 0));
    }

    @Test
    void aRunThatNobodyEndedAfterItsDeadlineHoldsNothing() {
        cluster.working("x", A, NOW.minusSeconds(3600 + 59));
        assertThat(claim(run("y"), A)).isPresent();
        cluster.working("x", A, NOW.minusSeconds(3600 + 61));
        assertThat(claim(run("y"), A)).isEmpty();
    }

    @Test
    void aClaimOfARunThatWasDeletedIsForgotten() {
        claim(run("x"), A);
        assertThat(slots.claim(run("y"), A, null, NOW.plusSeconds(299))).isPresent();
        assertThat(slots.claim(run("y"), A, null, NOW.plusSeconds(301))).isEmpty();
    }

    @Test
    void whoWaitsLongestIsNextAndNobodyOvertakesOnAServerThatAnOlderOneNeeds() {
        cluster.working("holder", B, NOW);
        cluster.waiting("old", BOTH, NOW.minusSeconds(20));
        cluster.waiting("young", A, NOW.minusSeconds(10));
        assertThat(slots.claim(run("young"), A, NOW.minusSeconds(10), NOW)).as("server a is free, and kept for the older one").contains(new Slots.Waiting("a:1", "shop/old", 1));
        assertThat(claim(run("fresh"), A)).contains(new Slots.Waiting("a:1", "shop/old", 2));
        cluster.ended("holder");
        assertThat(slots.claim(run("young"), A, NOW.minusSeconds(10), NOW)).isPresent();
        assertThat(slots.claim(run("old"), BOTH, NOW.minusSeconds(20), NOW)).isEmpty();
        assertThat(slots.claim(run("young"), A, NOW.minusSeconds(10), NOW)).contains(new Slots.Waiting("a:1", "shop/old", 0));
    }

    @Test
    void aHolderKnowsWhoWaitsForItsServersLongest() {
        cluster.working("holder", BOTH, NOW);
        assertThat(slots.waitedFor(cluster.runs.get("holder"))).isEmpty();
        cluster.waiting("elsewhere", List.of("c:1"), NOW.minusSeconds(30));
        cluster.put("queued", ReconcileJobStatus.EMPTY.admitted(2));
        cluster.working("other", List.of("c:1"), NOW);
        assertThat(slots.waitedFor(cluster.runs.get("holder"))).isEmpty();
        cluster.waiting("young", A, NOW.minusSeconds(10));
        cluster.waiting("old", B, NOW.minusSeconds(20));
        assertThat(slots.waitedFor(cluster.runs.get("holder"))).contains("shop/old");
    }

    @Test
    void asManyAsConfiguredMayUseAServer() {
        Slots three = new Slots(cluster, 3);
        assertThat(List.of("u", "v", "w", "x").stream().map(name -> three.claim(run(name), A, null, NOW).isEmpty())).containsExactly(true, true, true, false);
    }

    @Test
    void ofManyThreadsOneWins() throws Exception {
        for (int round = 0; round < 20; round++) {
            Slots fresh = new Slots(cluster, 1);
            AtomicInteger won = new AtomicInteger();
            CountDownLatch go = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                ReconcileJob run = run("r" + i);
                threads.add(Thread.ofVirtual().start(() -> {
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        return;
                    }
                    if (fresh.claim(run, A, null, NOW).isEmpty()) {
                        won.incrementAndGet();
                    }
                }));
            }
            go.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(won).hasValue(1);
        }
    }

    /** Runs come, ask in any order, and end at random; a restart every now and then. */
    @Property(tries = 200)
    void everyRunHasItsTurnAndNoServerIsEverUsedByTooMany(@ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int perDatabase, @ForAll @IntRange(min = 2, max = 25) int count) {
        Random random = new Random(seed);
        Cluster world = new Cluster();
        Slots of = new Slots(world, perDatabase);
        Map<String, List<String>> wants = new java.util.TreeMap<>();
        List<String> working = new ArrayList<>();
        List<String> left = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = "r" + i;
            wants.put(name, random.nextInt(3) == 0 ? BOTH : random.nextBoolean() ? A : B);
            left.add(name);
            world.put(name, ReconcileJobStatus.EMPTY.admitted(1));
        }
        Instant now = NOW;
        for (int step = 0; step < 4000 && !left.isEmpty(); step++) {
            now = now.plusSeconds(1);
            if (random.nextInt(50) == 0) {
                of = new Slots(world, perDatabase);
            }
            if (!working.isEmpty() && random.nextInt(4) == 0) {
                String done = working.remove(random.nextInt(working.size()));
                world.ended(done);
                of.release(run(done));
                left.remove(done);
                continue;
            }
            String name = left.get(random.nextInt(left.size()));
            if (working.contains(name)) {
                continue;
            }
            ReconcileJob run = world.runs.get(name);
            Instant since = Times.parse(run.getStatus().startTime());
            if (of.claim(run, wants.get(name), since, now).isEmpty()) {
                working.add(name);
                world.working(name, wants.get(name), now);
            } else if (since == null) {
                world.waiting(name, wants.get(name), now);
            }
            for (String database : BOTH) {
                assertThat(working.stream().filter(w -> wants.get(w).contains(database)).count()).isLessThanOrEqualTo(perDatabase);
            }
        }
        assertThat(left).as("runs that never had their turn").isEmpty();
    }

    @Test
    void aServerIsKnownByItsHostAsSeenFromTheContractsNamespace() {
        assertThat(databases("shop", "Orders-DB", "orders-db.shop.svc.cluster.local")).containsExactly("orders-db.shop:5432");
        assertThat(databases("shop", "orders-db", "orders-db.billing.svc")).containsExactly("orders-db.billing:5432", "orders-db.shop:5432");
        assertThat(databases("shop", "10.0.0.7", "db.example.com.")).containsExactly("10.0.0.7:5432", "db.example.com:5432");
    }

    private static List<String> databases(String namespace, String source, String target) {
        SyncContract contract = OperatorIT.contract("orders", namespace, "15m");
        String yaml = Serialization.asYaml(contract).replace("\"orders-db\"", "\"" + source + "\"").replace("\"storefront-db\"", "\"" + target + "\"").replace("port: 3306", "port: 5432");
        return Slots.databases(Serialization.unmarshal(yaml, SyncContract.class));
    }

    private Optional<Slots.Waiting> claim(ReconcileJob run, List<String> databases) {
        return slots.claim(run, databases, null, NOW);
    }

    private static ReconcileJob run(String name) {
        ReconcileJob run = new ReconcileJob();
        run.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace("shop").withUid("uid-" + name).build());
        run.setSpec(new ReconcileJobSpec("orders", null, null, "1h"));
        run.setStatus(ReconcileJobStatus.EMPTY.admitted(1));
        return run;
    }

    /** What the informers would show. */
    private static final class Cluster implements View {
        private final Map<String, ReconcileJob> runs = new ConcurrentHashMap<>();
        private final Map<String, Job> jobs = new ConcurrentHashMap<>();

        void put(String name, ReconcileJobStatus status) {
            ReconcileJob run = run(name);
            run.setStatus(status);
            runs.put(name, run);
        }

        void working(String name, List<String> databases, Instant start) {
            put(name, ReconcileJobStatus.EMPTY.admitted(1).working(name, start.toString(), Scope.FULL, databases));
        }

        void waiting(String name, List<String> databases, Instant since) {
            put(name, ReconcileJobStatus.EMPTY.admitted(1).waiting(since.toString(), databases));
        }

        void ended(String name) {
            put(name, RunProgress.failed(runs.get(name).getStatus(), 1, "WorkerCrashed", "", NOW));
        }

        @Override
        public List<ReconcileJob> runs(String namespace, String contract) {
            return runs();
        }

        @Override
        public List<ReconcileJob> runs() {
            return List.copyOf(runs.values());
        }

        @Override
        public Optional<Job> job(String namespace, String name) {
            return Optional.ofNullable(jobs.get(namespace + "/" + name));
        }

        @Override
        public Optional<ChecksumRun> report(String namespace, String name) {
            return Optional.empty();
        }

        @Override
        public Optional<LatencyProbe> probe(String namespace, String name) {
            return Optional.empty();
        }

        @Override
        public List<LatencyProbe> probes(String namespace) {
            return List.of();
        }

        @Override
        public Optional<Deployment> prober(String namespace) {
            return Optional.empty();
        }

        @Override
        public Optional<ServiceAccount> account(String namespace) {
            return Optional.empty();
        }

        @Override
        public Optional<RoleBinding> binding(String namespace) {
            return Optional.empty();
        }
    }
}
