package dev.concordat.writer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.concordat.api.v1alpha1.Api;
import dev.concordat.writer.World.Kill;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The writer is never lost. Stories of pausing, resuming, outsiders and deletion are run with the operator killed at every write that it makes: before
 * the write, after it was applied but before the answer, and with the write landing after another operator took over. Afterwards a fresh operator
 * starts from what is stored, or the last one lives on for three minutes, and the writers must be what they were, or what an outsider made them,
 * without a claim.
 */
class PauseProtocolCrashTest {
    /** Things that happen. */
    enum Step {
        PAUSE_A(w -> w.contracts.get("aaaa").want = true),
        RESUME_A(w -> w.contracts.get("aaaa").want = false),
        PAUSE_B(w -> w.contracts.get("bbbb").want = true),
        RESUME_B(w -> w.contracts.get("bbbb").want = false),
        DELETE_A(w -> w.contracts.get("aaaa").deleted = true),
        DELETE_B(w -> w.contracts.get("bbbb").deleted = true),
        SCALE_SHOP(w -> w.scale("shop", 7)),
        SCALE_SHOP_TO_ZERO(w -> w.scale("shop", 0)),
        SCALE_IMPORTER(w -> w.scale("importer", 2)),
        REPLACE_SHOP(w -> w.replace("shop", 4)),
        TOUCH_SHOP(w -> w.touch("shop")),
        DELETE_SHOP(w -> w.delete("shop")),
        RECREATE_SHOP(w -> w.recreate("shop", 6)),
        LOSE_STATUS_A(w -> w.loseStatus("aaaa", null)),
        PODS(World::tick),
        RESTART(World::restarted);

        private final Consumer<World> act;

        Step(Consumer<World> act) {
            this.act = act;
        }
    }

    /** Hand-picked stories: each a way in which other tools have lost a workload. */
    enum Story {
        PAUSE_AND_RESUME(Step.PAUSE_A, Step.PODS, Step.PODS, Step.RESUME_A),
        RESUME_BEFORE_THE_PODS_ARE_GONE(Step.PAUSE_A, Step.RESUME_A),
        DELETED_WHILE_PAUSED(Step.PAUSE_A, Step.PODS, Step.DELETE_A),
        DELETED_WHILE_PAUSING(Step.PAUSE_A, Step.DELETE_A),
        TWO_CONTRACTS_FIRST_LETS_GO_FIRST(Step.PAUSE_A, Step.PODS, Step.PAUSE_B, Step.PODS, Step.RESUME_A, Step.PODS, Step.RESUME_B),
        TWO_CONTRACTS_LAST_LETS_GO_FIRST(Step.PAUSE_A, Step.PODS, Step.PAUSE_B, Step.PODS, Step.RESUME_B, Step.PODS, Step.RESUME_A),
        TWO_CONTRACTS_ONE_DELETED(Step.PAUSE_A, Step.PAUSE_B, Step.PODS, Step.DELETE_A, Step.PODS, Step.RESUME_B),
        SCALED_WHILE_PAUSED(Step.PAUSE_A, Step.PODS, Step.SCALE_SHOP, Step.PODS, Step.PODS, Step.RESUME_A),
        SCALED_JUST_BEFORE_RESUME(Step.PAUSE_A, Step.PODS, Step.SCALE_SHOP, Step.RESUME_A),
        GITOPS_KEEPS_REVERTING(Step.PAUSE_A, Step.PODS, Step.REPLACE_SHOP, Step.PODS, Step.REPLACE_SHOP, Step.PODS, Step.REPLACE_SHOP, Step.PODS, Step.REPLACE_SHOP, Step.RESUME_A),
        SCALED_AGAIN_AND_AGAIN(Step.PAUSE_A, Step.PODS, Step.SCALE_SHOP, Step.PODS, Step.SCALE_SHOP, Step.PODS, Step.SCALE_SHOP, Step.PODS, Step.PODS, Step.RESUME_A),
        RECREATED_WHILE_PAUSED(Step.PAUSE_A, Step.PODS, Step.RECREATE_SHOP, Step.PODS, Step.RESUME_A),
        DELETED_WRITER(Step.PAUSE_A, Step.PODS, Step.DELETE_SHOP, Step.PODS, Step.RESUME_A),
        DELETED_WHILE_GITOPS_REVERTS(Step.PAUSE_A, Step.SCALE_SHOP, Step.REPLACE_SHOP, Step.DELETE_A),
        ALREADY_AT_ZERO(Step.SCALE_SHOP_TO_ZERO, Step.PODS, Step.PAUSE_A, Step.PODS, Step.RESUME_A),
        ALREADY_AT_ZERO_THEN_SCALED(Step.SCALE_SHOP_TO_ZERO, Step.PODS, Step.PAUSE_A, Step.PODS, Step.SCALE_SHOP, Step.PODS, Step.RESUME_A),
        STATUS_LOST_WHILE_PAUSED(Step.PAUSE_A, Step.PODS, Step.LOSE_STATUS_A, Step.RESUME_A),
        STATUS_LOST_AND_PAUSED_AGAIN(Step.PAUSE_A, Step.PODS, Step.LOSE_STATUS_A, Step.PODS, Step.PAUSE_B, Step.PODS, Step.RESUME_A, Step.LOSE_STATUS_A, Step.RESUME_B),
        PAUSED_TWICE(Step.PAUSE_A, Step.PODS, Step.RESUME_A, Step.PODS, Step.SCALE_SHOP, Step.PAUSE_A, Step.PODS, Step.RESUME_A);

        private final List<Step> steps;

        Story(Step... steps) {
            this.steps = List.of(steps);
        }
    }

    @ParameterizedTest
    @EnumSource(Story.class)
    void killedAtEveryWrite(Story story) {
        int writes = run(story.steps, -1, null, -1).writes;
        assertThat(writes).isGreaterThan(2);
        for (Kill kill : Kill.values()) {
            for (int k = 1; k <= writes; k++) {
                run(story.steps, k, kill, -1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Story.class)
    void killedAtEveryPairOfWrites(Story story) {
        int writes = run(story.steps, -1, null, -1).writes + 4;
        for (Kill kill : Kill.values()) {
            for (int first = 1; first <= writes; first++) {
                for (int second = first + 1; second <= writes; second++) {
                    run(story.steps, first, kill, second);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Story.class)
    void disturbedBetweenEveryReadAndItsWrite(Story story) {
        int gets = run(story.steps, -1, null, -1).gets;
        List<Consumer<World>> disturbances = List.of(w -> w.touch("shop"), w -> w.scale("shop", 9), w -> w.recreate("shop", 8), w -> w.delete("shop"), w -> w.replace("shop", 3),
                w -> w.scale("importer", 5));
        for (Consumer<World> disturbance : disturbances) {
            for (int g = 1; g <= gets; g++) {
                World world = world();
                world.disturbAfterGet(g, () -> disturbance.accept(world));
                play(world, story.steps, PauseProtocolCrashTest::laterOn);
            }
        }
    }

    @Property(tries = 400)
    void anyStoryKilledAtAnyWrite(@ForAll("stories") List<Step> steps) {
        int writes = run(steps, -1, null, -1).writes;
        for (Kill kill : Kill.values()) {
            for (int k = 1; k <= writes; k++) {
                int at = k;
                assertThatCode(() -> run(steps, at, kill, -1)).as("%s killed %s write %d", steps, kill, at).doesNotThrowAnyException();
            }
        }
    }

    @Provide
    Arbitrary<List<Step>> stories() {
        return Arbitraries.of(Step.values()).list().ofMinSize(1).ofMaxSize(14);
    }

    private static World run(List<Step> steps, int killAt, Kill kill, int secondKill) {
        World world = world();
        if (killAt > 0) {
            world.killAt(killAt, kill);
            world.killAgainAt(secondKill);
        }
        play(world, steps, secondKill > 0 ? World::restarted : PauseProtocolCrashTest::laterOn);
        return world;
    }

    private static World world() {
        World world = new World();
        world.deployment("shop", 3);
        world.deployment("importer", 1);
        world.contract("aaaa", "shop", "importer");
        world.contract("bbbb", "shop");
        return world;
    }

    /** The same operator lives on until it looks for stray claims again. */
    private static void laterOn(World world) {
        world.now = world.now.plus(PauseProtocol.SWEEP);
    }

    /** @param ending what makes the operator look for stray claims once more: a start, or time */
    private static void play(World world, List<Step> steps, Consumer<World> ending) {
        world.reconcile();
        for (Step step : steps) {
            step.act.accept(world);
            world.reconcile();
        }
        // All is over: everybody wants their writers back, and writes that were held up land.
        world.contracts.values().forEach(c -> c.want = false);
        settle(world);
        world.landLateWrites();
        ending.accept(world);
        settle(world);

        world.contracts.values().forEach(c -> {
            assertThat(c.pause()).as("pause of %s", c.uid).isNull();
            assertThat(c.deleted).as("%s is gone once deleted", c.uid).isEqualTo(c.gone);
        });
        for (Map.Entry<String, World.Deployment> e : world.deployments.entrySet()) {
            World.Deployment d = e.getValue();
            assertThat(d.annotations.keySet()).as("annotations of %s", e.getKey()).doesNotContain(Api.CLAIMS, Api.RESTORE, Api.PAUSE_UNTIL, Api.GROUP + "/released");
            assertThat(d.allowed).as("replicas of %s", e.getKey()).contains(d.replicas);
        }
    }

    private static void settle(World world) {
        List<String> trail = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            world.tick();
            world.reconcile();
            trail.add(world.contracts.values().stream().map(c -> c.uid + ":" + c.stored).toList().toString());
        }
        assertThat(world.contracts.values()).as("%s", trail).allSatisfy(c -> assertThat(c.pause()).isNull());
    }
}
