package dev.concordat.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.api.v1alpha1.RecordRules;
import dev.concordat.api.v1alpha1.RecordRules.As;
import dev.concordat.api.v1alpha1.RecordRules.VersionKind;
import dev.concordat.report.Failure;
import dev.concordat.store.Catalogue;
import dev.concordat.store.Column;
import dev.concordat.store.Logical;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which columns are compared with which, by the options and both catalogues. */
class TableRulesTest {
    private static Catalogue table(List<String> primaryKey, String... columns) {
        List<Column> list = new ArrayList<>();
        for (String column : columns) {
            String[] parts = column.split(" ");
            Logical logical = parts.length < 2 ? Logical.TEXT : Logical.valueOf(parts[1]);
            list.add(new Column(parts[0], logical, false, 4, 0, false, null, null, logical.name().toLowerCase(java.util.Locale.ROOT)));
        }
        return new Catalogue(list, primaryKey.isEmpty() ? List.of() : List.of(primaryKey), 0, primaryKey, dev.concordat.store.Form.Rounding.CUT);
    }

    private static RecordRules rules(Catalogue source, Catalogue target, String... options) {
        List<String> args = new ArrayList<>(List.of("postgresql://u@a/d/t", "mariadb://u@b/d/t"));
        args.addAll(Arrays.asList(options));
        Options parsed = new Options();
        new picocli.CommandLine(parsed).parseArgs(args.toArray(String[]::new));
        Machine machine = new Machine(null, null, System.err, Map.of("CONCORDAT_SOURCE_PASSWORD", "", "CONCORDAT_TARGET_PASSWORD", ""), Path.of("/nonexistent"), "");
        return TableRules.of(Request.of(parsed, machine), source, target);
    }

    private static final Catalogue ID_AND_A = table(List.of("id"), "id INTEGER", "a");

    @Test
    void thePrimaryKeyWhenBothSidesHaveTheSame() {
        assertThat(rules(ID_AND_A, ID_AND_A)).isEqualTo(RecordRules.of(List.of("id"), null, List.of()));
        assertThat(rules(table(List.of("x", "y"), "x", "y"), table(List.of("y", "x"), "x", "y")).key()).containsExactly("x", "y");
        assertThatThrownBy(() -> rules(ID_AND_A, table(List.of("a"), "id INTEGER", "a"))).hasMessage(
                "--key: the primary keys differ: (id) on the source and (a) on the target; name the source's columns that identify a record with --key");
        assertThatThrownBy(() -> rules(ID_AND_A, table(List.of(), "id INTEGER", "a"))).hasMessageContaining("--key: the target, MariaDB b:3306/d.t, has no primary key");
        assertThat(rules(ID_AND_A, table(List.of(), "id INTEGER", "a"), "--key", "id").key()).containsExactly("id");
        assertThat(rules(table(List.of(), "a"), table(List.of(), "a"), "--no-key").key()).isEmpty();
    }

    @Test
    void namesThatDifferInCaseOnlyFindEachOtherWhenNothingElseCouldBeMeant() {
        Catalogue upper = table(List.of("ID"), "ID INTEGER", "A");
        assertThat(rules(ID_AND_A, upper).fields()).extracting(RecordRules.Field::onTarget).containsExactly("ID", "A");
        assertThatThrownBy(() -> rules(table(List.of("id"), "id INTEGER", "a", "A"), upper)).hasMessageContaining("column a is not on the target");
    }

    @Test
    void renamedChosenAndExcludedColumns() {
        Catalogue source = table(List.of("id"), "id INTEGER", "status", "note", "v INTEGER");
        Catalogue target = table(List.of("id"), "id INTEGER", "state", "extra", "v INTEGER");
        assertThatThrownBy(() -> rules(source, target)).hasMessage(
                "source: column status, note is not on the target, MariaDB b:3306/d.t; name its counterpart with --map status=NAME, or leave it out with --exclude status,note");
        assertThatThrownBy(() -> rules(source, target, "--map", "status=state", "--exclude", "note")).hasMessageContaining("target: column extra is not on the source").hasMessageContaining("--exclude extra");
        RecordRules rules = rules(source, target, "--map", "status=state", "--exclude", "note,extra", "--version", "v");
        assertThat(rules.fields()).extracting(f -> f.name() + ">" + f.onTarget() + " " + f.compare().as()).containsExactlyInAnyOrder("status>state EXACT", "note>note IGNORED", "extra>extra IGNORED");
        assertThat(rules.version().kind()).isEqualTo(VersionKind.COUNTER);
        assertThat(rules(source, target, "--columns", "v").fields()).extracting(f -> f.name() + " " + f.compare().as())
                .containsExactlyInAnyOrder("status " + As.IGNORED, "note " + As.IGNORED, "state " + As.IGNORED, "extra " + As.IGNORED);
        assertThatThrownBy(() -> rules(source, target, "--map", "status=gone")).hasMessageContaining("--map: MariaDB b:3306/d.t has no column gone; the target has id, state, extra, v");
        assertThatThrownBy(() -> rules(source, target, "--exclude", "gone")).hasMessageContaining("--exclude: neither table has a column gone");
        assertThatThrownBy(() -> rules(source, target, "--exclude", "id")).hasMessageContaining("part of the key");
        assertThatThrownBy(() -> rules(source, target, "--redact", "gone")).hasMessageContaining("--redact: neither table");
        assertThatThrownBy(() -> rules(source, target, "--version", "status")).hasMessageContaining("--version: column status is text; name a column of integers or timestamps");
        assertThatThrownBy(() -> rules(source, target, "--key", "note")).hasMessageContaining("--key: MariaDB b:3306/d.t has no column note; name its counterpart with --map note=NAME");
    }

    @Test
    void aTableThatIsNotThereNamesTheGrant() {
        assertThatThrownBy(() -> rules(table(List.of()), ID_AND_A)).hasMessageContaining("source: table \"public\".\"t\" does not exist on a:5432").hasMessageContaining("GRANT SELECT ON \"public\".\"t\"");
    }

    @Test
    void failuresOfTheEngineSpeakOfOptions() {
        RecordRules rules = new RecordRules(List.of("id"), null, new RecordRules.Rows("a > 1", "a > 1"), null, null, List.of(new RecordRules.Field("a", "b", null)));
        assertThat(worded(rules, "spec.record.fields (p)", "list the field with compare as Ignored and a reason")).startsWith("column p: m. Leave the column out with --exclude p");
        assertThat(worded(rules, "spec.record.fields[0]", "list the field with compare as Ignored and a reason")).startsWith("column a: m. Leave the column out with --exclude a");
        assertThat(worded(rules, "spec.record.key[0]", "r")).isEqualTo("--key: m. r");
        assertThat(worded(rules, "spec.record.rows.targetFilter", "r")).isEqualTo("--where: m. r");
        assertThat(worded(rules, "spec.verification.scope.field", "r")).isEqualTo("--scope: m. r");
        assertThat(worded(rules, "source.table", "r")).isEqualTo("source: m. r");
        assertThat(worded(RecordRules.of(List.of("id"), null, List.of()), "spec.record.rows.targetFilter", "r")).isEqualTo("--where: m. r");
        assertThat(worded(new RecordRules(List.of("id"), null, new RecordRules.Rows(null, "x"), null, null, List.of()), "spec.record.rows.targetFilter", "r")).isEqualTo("--target-where: m. r");
    }

    private static String worded(RecordRules rules, String field, String remedy) {
        return Wording.options(new Failure("R", field, "m", remedy, false), rules).text();
    }
}
