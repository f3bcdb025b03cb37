package dev.concordat.cli.compare;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.As;
import dev.concordat.api.v1alpha1.RecordRules.Compare;
import dev.concordat.api.v1alpha1.RecordRules.VersionKind;
import dev.concordat.store.Catalogue;
import dev.concordat.store.Column;
import dev.concordat.store.StoreAccess;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes a contract's rules of two tables' catalogues and the options. Pure. */
final class TableRules {
    private static final int LISTED = 8;

    private final Request.Tables options;
    private final StoreAccess sourceAccess;
    private final StoreAccess targetAccess;
    private final Catalogue source;
    private final Catalogue target;
    /** Source column to target column, of all that are on both sides. */
    private final Map<String, String> pairs = new LinkedHashMap<>();

    private TableRules(Request request, Catalogue source, Catalogue target) {
        this.options = request.tables();
        this.sourceAccess = request.source();
        this.targetAccess = request.target();
        this.source = source;
        this.target = target;
    }

    /** @throws UsageError when a column is not there, has no counterpart, or no key can be told */
    static RecordRules of(Request request, Catalogue source, Catalogue target) {
        return new TableRules(request, source, target).rules(request.redact());
    }

    private RecordRules rules(List<String> redact) {
        exists(source, sourceAccess);
        exists(target, targetAccess);
        pair();
        for (String name : redact) {
            if (source.column(name) == null && target.column(name) == null) {
                throw new UsageError("--redact", "neither table has a column " + name + "; " + columns());
            }
        }
        List<String> key = key();
        for (String name : key) {
            if (options.exclude().contains(name)) {
                throw new UsageError("--exclude", "column " + name + " is part of the key, which is always compared; name another key with --key, or leave the column in");
            }
        }
        RecordRules.RecordVersion version = version();
        for (String name : options.columns() == null ? List.<String>of() : options.columns()) {
            onSource("--columns", name);
        }
        for (String name : options.exclude()) {
            if (source.column(name) == null && target.column(name) == null) {
                throw new UsageError("--exclude", "neither table has a column " + name + "; " + columns());
            }
        }
        return new RecordRules(key, version, options.rows(), null, null, fields(key, version));
    }

    private static void exists(Catalogue catalogue, StoreAccess side) {
        if (catalogue.columns().isEmpty()) {
            throw new UsageError(side.field(), "table " + side.dialect().table(side.store()) + " does not exist on " + side.store().host() + ":" + side.store().port()
                    + ", or the account may not see it; correct the name as the catalogue spells it, or " + side.dialect().grant("SELECT", side.store()));
        }
    }

    private String columns() {
        return "the source has " + some(source.columns().stream().map(Column::name).toList());
    }

    private static String some(List<String> names) {
        return names.size() <= LISTED ? String.join(", ", names) : String.join(", ", names.subList(0, LISTED)) + " and " + (names.size() - LISTED) + " more";
    }

    private void onSource(String option, String name) {
        if (source.column(name) == null) {
            throw new UsageError(option, sourceAccess.place() + " has no column " + name + "; " + columns());
        }
    }

    /** By the options, by the same name, and by a name that differs only in case, since engines fold unquoted names differently. */
    private void pair() {
        options.map().forEach((from, to) -> {
            onSource("--map", from);
            if (target.column(to) == null) {
                throw new UsageError("--map", targetAccess.place() + " has no column " + to + "; the target has " + some(target.columns().stream().map(Column::name).toList()));
            }
            pairs.put(from, to);
        });
        Set<String> taken = new HashSet<>(pairs.values());
        for (Column column : source.columns()) {
            if (!pairs.containsKey(column.name()) && target.column(column.name()) != null && taken.add(column.name())) {
                pairs.put(column.name(), column.name());
            }
        }
        for (Column column : source.columns()) {
            if (!pairs.containsKey(column.name())) {
                List<String> like = target.columns().stream().map(Column::name).filter(n -> n.equalsIgnoreCase(column.name()) && !taken.contains(n)).toList();
                long rivals = source.columns().stream().filter(c -> c.name().equalsIgnoreCase(column.name())).count();
                if (like.size() == 1 && rivals == 1) {
                    taken.add(like.getFirst());
                    pairs.put(column.name(), like.getFirst());
                }
            }
        }
    }

    private List<String> key() {
        if (options.key() != null) {
            for (String name : options.key()) {
                onSource("--key", name);
                if (!pairs.containsKey(name)) {
                    throw new UsageError("--key", targetAccess.place() + " has no column " + name + "; name its counterpart with --map " + name + "=NAME");
                }
            }
            return options.key();
        }
        if (source.primaryKey().isEmpty() || target.primaryKey().isEmpty()) {
            throw new UsageError("--key", "the " + (source.primaryKey().isEmpty() ? "source, " + sourceAccess.place() : "target, " + targetAccess.place())
                    + ", has no primary key; name the columns that identify a record with --key, or count rows only with --no-key");
        }
        List<String> mapped = source.primaryKey().stream().map(pairs::get).toList();
        if (mapped.contains(null) || !Set.copyOf(mapped).equals(Set.copyOf(target.primaryKey()))) {
            throw new UsageError("--key", "the primary keys differ: (" + String.join(", ", source.primaryKey()) + ") on the source and (" + String.join(", ", target.primaryKey())
                    + ") on the target; name the source's columns that identify a record with --key");
        }
        return source.primaryKey();
    }

    private RecordRules.RecordVersion version() {
        if (options.version() == null) {
            return null;
        }
        onSource("--version", options.version());
        Column column = source.column(options.version());
        VersionKind kind = switch (column.logical()) {
            case INTEGER, DECIMAL -> VersionKind.COUNTER;
            case TIMESTAMP, INSTANT -> VersionKind.TIMESTAMP;
            default -> throw new UsageError("--version", "column " + column.name() + " is " + column.declared() + "; name a column of integers or timestamps");
        };
        if (!pairs.containsKey(column.name())) {
            throw new UsageError("--version", targetAccess.place() + " has no column " + column.name() + "; name its counterpart with --map " + column.name() + "=NAME");
        }
        return new RecordRules.RecordVersion(column.name(), kind);
    }

    private List<RecordRules.Field> fields(List<String> key, RecordRules.RecordVersion version) {
        List<RecordRules.Field> fields = new ArrayList<>();
        Set<String> onTarget = new HashSet<>();
        List<String> alone = new ArrayList<>();
        for (Column column : source.columns()) {
            String name = column.name();
            boolean always = key.contains(name) || version != null && version.field().equals(name);
            String other = pairs.get(name);
            if (!always && (options.columns() != null && !options.columns().contains(name) || options.exclude().contains(name) || other != null && options.exclude().contains(other))) {
                fields.add(new RecordRules.Field(name, other == null || other.equals(name) ? null : other, ignored()));
                onTarget.add(other == null ? name : other);
            } else if (other == null) {
                alone.add(name);
            } else {
                onTarget.add(other);
                if (!other.equals(name)) {
                    fields.add(new RecordRules.Field(name, other, Compare.EXACT));
                }
            }
        }
        if (!alone.isEmpty()) {
            throw new UsageError("source", "column " + some(alone) + " is not on the target, " + targetAccess.place() + "; name its counterpart with --map " + alone.getFirst() + "=NAME, or leave it out with --exclude "
                    + String.join(",", alone.subList(0, Math.min(LISTED, alone.size()))));
        }
        List<String> extra = new ArrayList<>();
        for (Column column : target.columns()) {
            if (!onTarget.contains(column.name())) {
                if (options.columns() != null || options.exclude().contains(column.name())) {
                    fields.add(new RecordRules.Field(column.name(), null, ignored()));
                } else {
                    extra.add(column.name());
                }
            }
        }
        if (!extra.isEmpty()) {
            throw new UsageError("target", "column " + some(extra) + " is not on the source, " + sourceAccess.place() + "; name its counterpart with --map NAME=" + extra.getFirst() + ", or leave it out with --exclude "
                    + String.join(",", extra.subList(0, Math.min(LISTED, extra.size()))));
        }
        return fields;
    }

    private static Compare ignored() {
        return new Compare(As.IGNORED, null, null, null, null, null, null, "left out on the command line");
    }
}
