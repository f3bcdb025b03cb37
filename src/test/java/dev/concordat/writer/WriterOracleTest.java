package dev.concordat.writer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.api.v1alpha1.SyncContractSpec.Writer;
import dev.concordat.api.v1alpha1.WriterKind;
import dev.concordat.budget.PausedSlices;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Random histories of contracts that share writers, of owners, GitOps tools and people with an editor, and of operators that are killed. Beside them stands
 * the plain table: what each Deployment is now ({@link World#deployments}) and which numbers its owner would accept. After each call nothing that was said
 * contradicts the table. After each history, when nobody wants a pause any more, each writer has a number that its owner accepts, or is named as one
 * that could not be given back.
 */
class WriterOracleTest {
    private static final int HISTORIES = 20_000;
    private static final List<String> NAMES = List.of("shop", "importer", "feed");
    private static final Pattern RESTORED = Pattern.compile("(\\w+) Restored");
    private static final Set<String> NOT_GIVEN_BACK = Set.of("RestoreUnknown", "WriterSkipped", "ForceReleased", "OrphanClaimReleased", "WriterReverted");

    @Test
    void noWriterIsLostAndNothingIsSaidThatIsNotSo() {
        Long only = Long.getLong("concordat.seed");
        long count = only != null ? 1 : Integer.getInteger("concordat.histories", HISTORIES);
        long first = only != null ? only : 1;
        for (long seed = first; seed < first + count; seed++) {
            try {
                new History(new Random(seed)).run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("history " + seed + " (again: -Dconcordat.seed=" + seed + "): " + e.getMessage(), e);
            }
        }
    }

    private static final class History {
        private final Random random;
        private final World world = new World();
        private final List<String> trail = new ArrayList<>();
        /** How many events there were when a writer was last as its owner accepts it: it is reported when one after them says so. */
        private final Map<String, Integer> fine = new HashMap<>();
        private int applied;

        History(Random random) {
            this.random = random;
            world.said = this::said;
            NAMES.forEach(name -> world.deployment(name, random.nextInt(5)));
            apply();
            apply();
        }

        void run() {
            try {
                reconcile();
                int steps = 3 + random.nextInt(14);
                for (int i = 0; i < steps; i++) {
                    step();
                    reconcile();
                }
                end();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(String.join(" ", trail) + ": " + e.getMessage(), e);
            }
        }

        private void reconcile() {
            world.reconcile();
            world.deployments.forEach((name, d) -> {
                if (d.allowed.contains(d.replicas)) {
                    fine.put(name, world.events.size());
                }
            });
        }

        private void step() {
            if (random.nextInt(6) == 0) {
                world.killAt(world.writes + 1 + random.nextInt(4), World.Kill.values()[random.nextInt(3)]);
                trail.add("kill");
            }
            World.Contract c = world.contracts.isEmpty() ? null : List.copyOf(world.contracts.values()).get(random.nextInt(world.contracts.size()));
            String name = NAMES.get(random.nextInt(NAMES.size()));
            int what = random.nextInt(30);
            trail.add(what + (c == null ? "" : ":" + c.uid) + "/" + name);
            switch (what) {
                case 0, 1, 2, 3 -> with(c, x -> x.want = true);
                case 4, 5 -> with(c, x -> x.want = false);
                case 6, 7, 8 -> world.tick();
                case 9 -> world.scale(name, random.nextInt(9));
                case 10 -> world.scale(name, 0);
                case 11 -> world.replace(name, 1 + random.nextInt(8));
                case 12 -> world.delete(name);
                case 13, 14 -> world.recreate(name, random.nextInt(8));
                case 15 -> world.damage(name, Api.CLAIMS, "{oops");
                case 16 -> world.damage(name, Api.CLAIMS, null);
                case 17 -> tamper(name);
                case 18 -> with(c, x -> world.loseStatus(x.uid, null));
                case 19 -> world.restarted();
                case 20 -> toggle(world.refused, name);
                case 21 -> toggle(world.frozen, name);
                case 22 -> with(c, x -> finalizerTakenOff(x, random.nextBoolean()));
                case 23 -> apply();
                case 24 -> with(c, x -> edit(x, name));
                case 25 -> with(c, x -> x.deleted = true);
                case 26 -> with(c, x -> {
                    x.deleted = true;
                    x.force = true;
                });
                case 27 -> world.now = world.now.plus(PauseProtocol.SWEEP);
                case 28 -> with(c, x -> x.refusePartial = !x.refusePartial);
                default -> world.landLateWrites();
            }
        }

        private static void with(World.Contract c, java.util.function.Consumer<World.Contract> act) {
            if (c != null) {
                act.accept(c);
            }
        }

        private void tamper(String name) {
            int number = 20 + random.nextInt(5);
            World.Deployment d = world.deployments.get(name);
            if (d != null && d.annotations.containsKey(Api.RESTORE)) {
                // Where status is lost, too, this is all that is known.
                d.allowed.add(number);
                world.damage(name, Api.RESTORE, random.nextInt(3) == 0 ? null : Claims.restore(number));
            }
        }

        private static void toggle(Set<String> set, String name) {
            if (!set.remove(name)) {
                set.add(name);
            }
        }

        private void finalizerTakenOff(World.Contract c, boolean operatorIsUp) {
            world.contracts.remove(c.uid);
            if (!operatorIsUp) {
                world.restarted();
                return;
            }
            try {
                world.operator().gone(new Claimant(World.NAMESPACE, c.uid, c.uid), c.pause());
            } catch (World.Crash e) {
                world.restarted();
            }
        }

        private void apply() {
            if (world.contracts.size() < 4) {
                List<String> names = NAMES.stream().filter(n -> random.nextBoolean()).toList();
                world.contract("c" + ++applied, (names.isEmpty() ? NAMES : names).toArray(new String[0]));
            }
        }

        private void edit(World.Contract c, String name) {
            Writer writer = new Writer("apps/v1", WriterKind.DEPLOYMENT, name);
            if (!c.spec.remove(writer)) {
                c.spec.add(writer);
            }
        }

        // What was said

        private void said(World.Contract c, World.Said said) {
            String text = c.condition.message();
            List<String> named = c.spec.stream().map(Writer::name).toList();
            if (said.looked()) {
                if (text.contains("The writers run") || c.summary.equals("Running")) {
                    assertThat(named).as("%s: %s", c.summary, text).allMatch(this::runs);
                }
                named.stream().filter(n -> text.matches("(?s).*\\b" + n + " runs\\..*")).forEach(n -> assertThat(runs(n)).as(text).isTrue());
                if (c.summary.equals("Stopped")) {
                    assertThat(named).as(text).allMatch(this::stands);
                }
                if (c.condition.reason().equals("WriterMissing")) {
                    assertThat(named).as(text).anyMatch(n -> !world.deployments.containsKey(n));
                }
            }
            if (c.pause() != null || said.looked()) {
                if (c.condition.status().equals("True")) {
                    assertThat(c.pause() == null ? named : c.pause().writers().stream().map(w -> w.name()).toList()).as(text).allMatch(this::stands);
                }
                assertThat(!c.summary.equals("Paused") || c.condition.status().equals("True")).as("%s: %s", c.summary, c.condition).isTrue();
            }
            if (c.pause() != null && PausedSlices.of(c.stored).to() == Long.MAX_VALUE && PausedSlices.of(c.stored) != PausedSlices.NONE) {
                assertThat(c.pause().writers()).as("slices are Excluded").allMatch(w -> stands(w.name()));
            }
            for (WriterEvent event : said.events()) {
                told(event, c);
            }
        }

        private void told(WriterEvent event, World.Contract c) {
            if (event.reason().equals("WritersStopped")) {
                assertThat(c.pause().writers()).as(event.message()).allMatch(w -> stands(w.name()) && world.deployments.get(w.name()).pods == 0);
            } else if (event.reason().equals("WritersResumed")) {
                RESTORED.matcher(event.message()).results().forEach(m -> assertThat(runs(m.group(1))).as(event.message()).isTrue());
            } else if (event.reason().equals("OrphanClaimReleased") && c.pause() == null && event.message().endsWith("it was given back")) {
                assertThat(runs(event.message().substring(0, event.message().indexOf(' ')))).as(event.message()).isTrue();
            } else if (event.reason().equals("WritersRunAgain")) {
                assertThat(c.spec).as(event.message()).allMatch(w -> runs(w.name()));
            }
        }

        private boolean runs(String name) {
            World.Deployment d = world.deployments.get(name);
            return d != null && d.replicas > 0;
        }

        private boolean stands(String name) {
            World.Deployment d = world.deployments.get(name);
            return d != null && d.replicas == 0;
        }

        // The end

        private void end() {
            world.refused.clear();
            world.frozen.clear();
            // Somebody always comes after: a contract that names none of these.
            world.deployment("other", 1);
            world.contract("last", "other");
            world.contracts.values().forEach(c -> c.want = false);
            settle();
            world.landLateWrites();
            world.now = world.now.plus(PauseProtocol.SWEEP);
            settle();
            world.now = world.now.plus(PauseProtocol.SWEEP);
            settle();
            for (String name : NAMES) {
                World.Deployment d = world.deployments.get(name);
                if (d != null && !d.allowed.contains(d.replicas)) {
                    assertThat(reported(name, d)).as("%s stands at %s with %s, its owner wants one of %s, and nobody says so: %s", name, d.replicas, d.annotations, d.allowed,
                            world.contracts.values().stream().map(c -> c.uid + " " + c.summary + " " + c.condition).toList()).isTrue();
                }
            }
            int statuses = world.statusWrites;
            int writes = world.writes;
            world.now = world.now.plus(PauseProtocol.SWEEP);
            world.reconcile();
            assertThat(world.contracts.values().stream().anyMatch(c -> c.pause() != null && !c.gone) || world.writes == writes && world.statusWrites == statuses)
                    .as("what cannot be mended is not written again and again").isTrue();
        }

        private void settle() {
            for (int i = 0; i < 6; i++) {
                world.tick();
                reconcile();
            }
        }

        private boolean reported(String name, World.Deployment d) {
            boolean named = world.contracts.values().stream().filter(c -> !c.gone)
                    .anyMatch(c -> (c.spec.stream().anyMatch(w -> w.name().equals(name)) || c.pause() != null) && c.condition.message().contains(name));
            boolean told = world.events.stream().skip(fine.getOrDefault(name, 0)).anyMatch(e -> NOT_GIVEN_BACK.contains(e.reason()) && e.message().contains(name));
            // Somebody took the claim off a writer that no contract names: no annotation is left that anybody looks for.
            boolean nobodys = d.damaged && !d.annotations.containsKey(Api.CLAIMS) && world.contracts.values().stream().flatMap(c -> c.gone ? Stream.empty() : c.spec.stream())
                    .noneMatch(w -> w.name().equals(name));
            boolean unreadable = d.damaged && "{oops".equals(d.annotations.get(Api.CLAIMS)) && world.contracts.values().stream()
                    .flatMap(c -> c.gone ? Stream.empty() : c.spec.stream()).noneMatch(w -> w.name().equals(name));
            return named || told || nobodys || unreadable;
        }
    }
}
