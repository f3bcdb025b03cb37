package dev.concordat.drift;

import dev.concordat.drift.Suspect.Decision;
import dev.concordat.drift.Suspect.Look;
import dev.concordat.report.Failure;
import dev.concordat.store.StoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiPredicate;
import java.util.function.LongSupplier;

/**
 * Suspects between two looks. A suspect is looked at when it is found, again after the settle time, and so on until it is decided. The queue is bounded: when it is full
 * the scan waits, up to ten settle times in all, and what differs after that counts as undecided. Safe for use by many lanes.
 */
final class Settling {
    static final int MOST = 50_000;
    private static final int PATIENCE = 10;
    private static final long SLICE = 100_000_000L;
    /** So many suspects at a time are looked at closely, so many less so, and of the others one in so many; without a version all of them less so. */
    private static final int CLOSELY = 256;
    private static final int OFTEN = 1_024;
    private static final int ONE_IN = 16;
    /** A short settle time has fewer looks: each takes some milliseconds itself. */
    private static final long LOOK_NANOS = 20_000_000;
    private static final int LOOKS_CLOSELY = 16;
    private static final int LOOKS_OFTEN = Suspect.STEADY_LOOKS;
    /** With a version a record never returns to an earlier state: looks then only measure the lag. */
    private static final int LOOKS_VERSIONED = 4;
    /** Records whose source agreed with itself when asked, after which no more are asked until one contradicts itself. */
    private static final int TRUSTED = 1_000;
    /** A source is asked so many times in a row; it contradicts itself when three answers differ from the one before. */
    private static final int READS = 5;
    /** As often where another record was contradictory: a source that throws coins agrees with itself five times in a row one time in sixteen. */
    private static final int MANY_READS = 20;

    private final Criteria criteria;
    private final SettleTime time;
    private final Counters counters;
    private final LongSupplier nanos;
    private final Guest guest;
    private final int most;
    private final Portion portion = new Portion();
    private final AtomicLong found = new AtomicLong();
    private final AtomicLong trusted = new AtomicLong();
    private final AtomicLong contradictory = new AtomicLong();
    /** Whether a record went back to an earlier state, so that a record found twice in one state may have moved in between. */
    private volatile boolean returning;

    /** Its monitor also guards what follows. */
    private final PriorityQueue<Suspect> queue = new PriorityQueue<>((a, b) -> Long.signum(a.dueNanos() - b.dueNanos()));
    /** Every suspect that is not decided, by its key: those in the queue and those in the hands of a lane. */
    private final Map<List<String>, Suspect> undecided = new HashMap<>();
    private int watched;
    private long waited;
    private long waitedUntil;

    /** @param most suspects that are remembered */
    Settling(Criteria criteria, SettleTime time, Counters counters, LongSupplier nanos, Guest guest, int most) {
        this.criteria = criteria;
        this.time = time;
        this.counters = counters;
        this.nanos = nanos;
        this.guest = guest;
        this.most = most;
        this.waitedUntil = nanos.getAsLong();
    }

    /** A reader of what is decided and what is not, both of one moment. */
    @FunctionalInterface
    interface Snapshot<T> {
        /** @param undecided keys of suspects whose stretches are part of the run's findings */
        T take(List<List<String>> undecided);
    }

    /** Runs while no suspect passes from undecided to decided. */
    <T> T snapshot(Snapshot<T> snapshot) {
        synchronized (queue) {
            return snapshot.take(undecided.values().stream().filter(s -> s.found().counted()).map(Suspect::key).toList());
        }
    }

    /** Why a run without drift says nothing. */
    static Failure undecided(long records) {
        return new Failure("Undecided", null, records + " records differ of which it is not known whether they are only late: more changed at once than could be looked at again",
                "Check while fewer records are on their way, or find out why the target is that far behind", false);
    }

    /** The settle time in force, and where it comes from. */
    SettleTime time() {
        return time;
    }

    @FunctionalInterface
    private interface Looking {
        void looked(List<List<String>> keys, Map<List<String>, Row> source, Map<List<String>, Row> target, long began, long ended) throws StoreException;
    }

    /**
     * Reads records of both sides in portions that fit into memory.
     *
     * @param first whether it is the first look: both sides are then read at the same time, with the databases' own hashes. Later the target is read first: a source that is
     *              then found as it was at an earlier look has not changed before the target was read, and a change between the two reads is never taken for drift
     */
    private void look(Lane lane, List<List<String>> keys, boolean first, Looking looking) throws StoreException {
        ArrayDeque<List<List<String>>> portions = new ArrayDeque<>();
        int from = 0;
        while (from < keys.size() || !portions.isEmpty()) {
            if (portions.isEmpty()) {
                int to = Math.min(keys.size(), from + portion.next());
                portions.add(keys.subList(from, to));
                from = to;
            }
            List<List<String>> some = portions.poll();
            long began = nanos.getAsLong();
            Lane.Question<Session.Records> question = session -> session.records(some, 4 * Portion.CHARS, first);
            Lane.Answers<Session.Records> answers;
            if (first) {
                answers = lane.both(question);
            } else {
                Session.Records target = question.ask(lane.target());
                answers = new Lane.Answers<>(target == null ? null : question.ask(lane.source()), target);
            }
            long ended = nanos.getAsLong();
            if (answers.source() == null || answers.target() == null) {
                portion.tooLarge(some.size());
                portions.addFirst(some.subList(some.size() / 2, some.size()));
                portions.addFirst(some.subList(0, some.size() / 2));
                continue;
            }
            portion.took(some.size(), Math.max(answers.source().chars(), answers.target().chars()));
            looking.looked(some, answers.source().rows(), answers.target().rows(), began, ended);
        }
    }

    private Look look(Row source, Row target, boolean equal, long began, long ended) {
        return new Look(began, ended, equal, source.state(criteria.relevant()), target.state(criteria.relevant()), source.value(criteria.plan().version()));
    }

    /**
     * First look at keys whose hashes differ. What is equal by type is counted as encoding only, what a gap allows or the target may keep under its own name; the rest waits
     * for the settle time.
     *
     * @param tally where the findings about these keys go
     */
    void suspect(Lane lane, Collection<List<String>> keys, Tally tally) throws StoreException {
        suspect(lane, keys, Set.of(), (_, _) -> false, tally);
    }

    /**
     * As above, for a scan that may read the two sides of a record in different places.
     *
     * @param oneSided  keys that were read on one side only
     * @param elsewhere whether such a record, if the other side has it too and the two are not the same, is left to another place: it is to count once
     * @return how many of the one-sided keys are on both sides
     */
    int suspect(Lane lane, Collection<List<String>> keys, Set<List<String>> oneSided, BiPredicate<List<String>, Criteria.Look> elsewhere, Tally tally) throws StoreException {
        int[] astray = new int[1];
        look(lane, new ArrayList<>(keys), true, (some, sources, targets, began, ended) -> {
            List<Suspect> suspects = new ArrayList<>();
            for (List<String> key : some) {
                Row source = sources.getOrDefault(key, Row.ABSENT);
                Row target = targets.getOrDefault(key, Row.ABSENT);
                Criteria.Look agreement = criteria.look(source, target);
                if (source.present() && target.present() && oneSided.contains(key)) {
                    astray[0]++;
                    if (!(agreement == Criteria.Look.EQUAL && source.bytes() == target.bytes()) && elsewhere.test(key, agreement)) {
                        continue;
                    }
                }
                switch (agreement) {
                    case EQUAL -> {
                        if (source.present() && source.bytes() != target.bytes()) {
                            tally.count("encodingOnly");
                        }
                    }
                    case ALLOWED -> tally.allowed(criteria.allowed(source, target));
                    case KEPT -> tally.count("kept");
                    case DIFFERENT -> {
                        long number = found.incrementAndGet();
                        Look look = look(source, target, false, began, ended);
                        suspects.add(Suspect.first(key, tally, looks(number, look.version() != null), look, time.nanos()));
                    }
                }
            }
            while (!fits(suspects.size()) && !counters.stopped.get() && patient()) {
                step(lane, true);
            }
            for (Suspect suspect : suspects) {
                boolean room;
                synchronized (queue) {
                    // Met in another stretch as well: one of the two is enough, and counts once.
                    if (undecided.containsKey(suspect.key())) {
                        tally.settledElsewhere(suspect.key(), undecided.get(suspect.key()).found());
                        continue;
                    }
                    room = undecided.size() < most;
                    if (room) {
                        queue.add(suspect);
                        undecided.put(suspect.key(), suspect);
                        watched += suspect.looks() > 1 ? 1 : 0;
                    }
                }
                if (!room) {
                    tally.tellUnsettled(suspect.key(), "undecided");
                    tally.count("undecided");
                }
            }
        });
        return astray[0];
    }

    private int looks(long number, boolean versioned) {
        if (time.nanos() == 0) {
            // The tables are said to be at rest.
            return 1;
        }
        int open;
        synchronized (queue) {
            open = watched;
        }
        int looks = open < CLOSELY ? LOOKS_CLOSELY : !versioned || open < OFTEN || returning || number % ONE_IN == 0 ? LOOKS_OFTEN : 1;
        // A few at any rate: by them a run learns how long records take to arrive.
        int least = versioned ? Math.min(looks, LOOKS_VERSIONED) : LOOKS_OFTEN;
        return (int) Math.clamp(time.nanos() / LOOK_NANOS, least, versioned ? least : looks);
    }

    private boolean fits(int more) {
        synchronized (queue) {
            return undecided.size() + more <= most || undecided.isEmpty();
        }
    }

    private boolean patient() {
        synchronized (queue) {
            return waited < PATIENCE * time.nanos();
        }
    }

    /**
     * Looks again at suspects that are due and rests after it, or waits a moment for the next one.
     *
     * @param wait whether to wait when none is due
     * @return false when none is left, or none is due and {@code wait} is false
     */
    boolean settle(Lane lane, boolean wait) throws StoreException {
        synchronized (queue) {
            if (queue.isEmpty()) {
                return false;
            }
        }
        long worked = step(lane, wait);
        if (worked > 0) {
            guest.rest(lane, worked, counters);
        }
        return worked >= 0;
    }

    /** Returns how long it worked, 0 when it waited, and less when none is due and {@code wait} is false. */
    private long step(Lane lane, boolean wait) throws StoreException {
        List<Suspect> batch = new ArrayList<>();
        long pause;
        synchronized (queue) {
            long now = nanos.getAsLong();
            while (!queue.isEmpty() && batch.size() < Portion.MOST && queue.peek().dueNanos() - now <= 0) {
                batch.add(queue.poll());
            }
            pause = queue.isEmpty() ? 0 : queue.peek().dueNanos() - now;
        }
        if (!batch.isEmpty()) {
            long start = System.nanoTime();
            again(lane, batch);
            return Math.max(1, System.nanoTime() - start);
        }
        if (!wait) {
            return -1;
        }
        long from = nanos.getAsLong();
        try {
            // In slices, so that a run that is to stop does.
            Thread.sleep(Duration.ofNanos(Math.clamp(pause, 1_000_000, SLICE)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        synchronized (queue) {
            // Lanes that wait at the same time wait once. Only a scan that waits for room asks for the sum.
            long now = nanos.getAsLong();
            waited += Math.max(0, now - Math.max(from, waitedUntil));
            waitedUntil = Math.max(waitedUntil, now);
        }
        return 0;
    }

    private record Seen(Suspect suspect, Row source, Row target, Criteria.Look agreement, Look look) {}

    private void again(Lane lane, List<Suspect> batch) throws StoreException {
        Map<List<String>, Suspect> byKey = new HashMap<>();
        batch.forEach(suspect -> byKey.put(suspect.key(), suspect));
        look(lane, batch.stream().map(Suspect::key).toList(), false, (keys, sources, targets, began, ended) -> {
            List<Seen> all = new ArrayList<>();
            for (List<String> key : keys) {
                Row source = sources.getOrDefault(key, Row.ABSENT);
                Row target = targets.getOrDefault(key, Row.ABSENT);
                Criteria.Look agreement = criteria.look(source, target);
                all.add(new Seen(byKey.get(key), source, target, agreement, look(source, target, agreement != Criteria.Look.DIFFERENT, began, ended)));
            }
            // First what this look tells of the lag, then what follows for each record.
            time.behind(all.stream().filter(seen -> seen.suspect.looks() > 1 || seen.suspect.moves() > 0).mapToLong(seen -> seen.suspect.behindNanos(seen.look))
                    .filter(behind -> behind > 0).toArray());
            Map<List<String>, Testimony> testimonies = ask(lane, all);
            for (Seen seen : all) {
                decide(seen, testimonies.get(seen.suspect.key()));
            }
        });
    }

    private void decide(Seen seen, Testimony testimony) {
        Suspect suspect = seen.suspect;
        if (testimony != null && testimony.contradicts()) {
            contradicted(seen, testimony.why(), testimony.rows());
            return;
        }
        Decision decision = suspect.decide(seen.look, time.nanos());
        boolean wavers = testimony != null && testimony.wavers();
        if (decision == Decision.CONFIRMED && (wavers || returning && suspect.looks() == 1 && criteria.plan().version() < 0)) {
            wait(seen, suspect.watched(seen.look, LOOKS_OFTEN, time.nanos()), Decision.HOT, wavers);
            return;
        }
        switch (decision) {
            // It was in flight, and has arrived.
            case CLEARED -> decided(suspect, () -> {
                if (seen.agreement == Criteria.Look.ALLOWED) {
                    suspect.found().allowed(criteria.allowed(seen.source, seen.target));
                } else if (seen.agreement == Criteria.Look.KEPT) {
                    suspect.found().count("kept");
                }
            });
            case CONFIRMED -> confirmed(seen);
            case CONTRADICTED -> contradicted(seen, "its content changed " + Suspect.CONTRADICTIONS + " times in a row while its version stayed or went back", List.of(seen.source));
            case OPEN, IN_FLIGHT, HOT -> {
                Suspect next = suspect.after(seen.look, time.nanos());
                if (next.returns() > 0) {
                    returning = true;
                }
                wait(seen, next, decision, wavers);
            }
        }
    }

    private void wait(Seen seen, Suspect next, Decision decision, boolean wavers) {
        Suspect suspect = seen.suspect;
        if (next.moves() > suspect.moves() && next.keepsMoving(seen.look, time.nanos())) {
            // A target that nothing reaches any more is no record on its way, however busy the source.
            if (!wavers && next.late(seen.look, time.nanos()) && !(returning && suspect.looks() == 1 && criteria.plan().version() < 0)) {
                confirmed(seen);
                return;
            }
            String counter = decision == Decision.IN_FLIGHT ? "inFlight" : "hot";
            suspect.found().tellUnsettled(suspect.key(), counter);
            decided(suspect, () -> suspect.found().count(counter));
            return;
        }
        synchronized (queue) {
            undecided.put(next.key(), next);
            queue.add(next);
            watched += (next.looks() > 1 ? 1 : 0) - (suspect.looks() > 1 ? 1 : 0);
        }
    }

    private void confirmed(Seen seen) {
        Suspect suspect = seen.suspect;
        if (!suspect.found().first(suspect.key())) {
            decided(suspect, () -> suspect.found().skipped(suspect.key()));
            return;
        }
        suspect.found().tell(suspect.key(), seen.source, seen.target);
        decided(suspect, () -> suspect.found().drift(suspect.key(), seen.source, seen.target));
    }

    private void contradicted(Seen seen, String why, List<Row> rows) {
        contradictory.incrementAndGet();
        seen.suspect.found().tellUnsettled(seen.suspect.key(), "unreliable");
        decided(seen.suspect, () -> seen.suspect.found().unreliable(seen.suspect.key(), why, rows));
    }

    private void decided(Suspect suspect, Runnable tally) {
        synchronized (queue) {
            undecided.remove(suspect.key());
            watched -= suspect.looks() > 1 ? 1 : 0;
            tally.run();
        }
    }

    /**
     * Answers of a source that was asked for one record several times in a row.
     *
     * @param changes answers that differ from the one before
     */
    private record Testimony(List<Row> rows, int changes, boolean oneSnapshot) {
        boolean contradicts() {
            return changes >= Suspect.CONTRADICTIONS;
        }

        boolean wavers() {
            return changes > 0;
        }

        String why() {
            return rows.size() + " reads " + (oneSnapshot ? "in one snapshot" : "in a row") + " gave another answer " + changes + " times";
        }
    }

    /**
     * Asks the source several times, in one snapshot, for records that seem to change all the time, and for some of those that are about to be confirmed. In a snapshot a hot
     * record stands still, so only a source that contradicts itself gives another answer each time: a view over something random, say. A record that returned to an earlier
     * state again and again is asked for outside a snapshot as well: its source may be two replicas behind one name.
     */
    private Map<List<String>, Testimony> ask(Lane lane, List<Seen> all) throws StoreException {
        List<List<String>> snapshot = new ArrayList<>();
        List<List<String>> plain = new ArrayList<>();
        for (Seen seen : all) {
            if (!seen.source.present() || seen.look.equal()) {
                continue;
            }
            Suspect after = seen.suspect.after(seen.look, time.nanos());
            // Not each time: a hot record moves at every look.
            boolean moves = after.moves() > seen.suspect.moves() && after.moves() >= 2 && Integer.bitCount(after.moves()) == 1;
            boolean confirms = after.moves() == seen.suspect.moves() && seen.suspect.decide(seen.look, time.nanos()) == Decision.CONFIRMED;
            boolean late = after.moves() > seen.suspect.moves() && after.keepsMoving(seen.look, time.nanos()) && after.late(seen.look, time.nanos());
            if ((moves || confirms || late) && (trusted.get() < TRUSTED || contradictory.get() > 0)) {
                snapshot.add(seen.suspect.key());
            }
            if (moves && after.returns() >= Suspect.CONTRADICTIONS) {
                plain.add(seen.suspect.key());
            }
        }
        Map<List<String>, Testimony> testimonies = new HashMap<>();
        ask(lane, snapshot, true, READS, testimonies);
        if (contradictory.get() > 0 || testimonies.values().stream().anyMatch(Testimony::wavers)) {
            snapshot.removeIf(key -> testimonies.get(key).contradicts());
            ask(lane, snapshot, true, MANY_READS, testimonies);
        }
        plain.removeIf(key -> testimonies.containsKey(key) && testimonies.get(key).contradicts());
        ask(lane, plain, false, READS, testimonies);
        trusted.addAndGet(testimonies.values().stream().filter(testimony -> !testimony.wavers()).count());
        return testimonies;
    }

    private void ask(Lane lane, List<List<String>> keys, boolean oneSnapshot, int reads, Map<List<String>, Testimony> into) throws StoreException {
        // All answers are held at once.
        int size = Math.max(1, portion.next() / reads);
        for (int from = 0; from < keys.size(); from += size) {
            List<List<String>> some = keys.subList(from, Math.min(keys.size(), from + size));
            List<Map<List<String>, Row>> answers = lane.source().repeatedly(some, reads, oneSnapshot, reads == READS ? this::same : (_, _) -> false);
            for (List<String> key : some) {
                List<Row> rows = answers.stream().map(rowsByKey -> rowsByKey.getOrDefault(key, Row.ABSENT)).toList();
                int changes = 0;
                for (int i = 1; i < rows.size(); i++) {
                    changes += rows.get(i).state(criteria.relevant()) == rows.get(i - 1).state(criteria.relevant()) ? 0 : 1;
                }
                into.merge(key, new Testimony(rows, changes, oneSnapshot), (a, b) -> a.changes() >= b.changes() ? a : b);
            }
        }
    }

    private boolean same(Map<List<String>, Row> a, Map<List<String>, Row> b) {
        return a.keySet().equals(b.keySet()) && a.entrySet().stream().allMatch(e -> e.getValue().state(criteria.relevant()) == b.get(e.getKey()).state(criteria.relevant()));
    }
}
