package dev.concordat.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;

/**
 * Where a run that was interrupted can go on: everything before {@code position} is compared, and what was found there is here. Of a scan over the whole table, whose leaves are
 * compared at its end, it is how far each side is read and the sums so far, and nothing is found yet.
 *
 * @param plan     names both schemas, the rules and the scope: another plan starts again
 * @param position key, as the source's literals' text, of the first record that is not compared yet, or the state of a scan over the whole table; null: none is compared
 * @param rows     compared so far
 * @param counts   decided so far, by kind
 * @param records  evidence so far
 * @param fields   differences by field so far
 * @param suspects canonical keys that were seen to differ and are not decided; looked at again from the start
 * @param part     what a scan of a part of the records has to remember besides; null: nothing
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Checkpoint(
        String plan, List<String> position, RunReport.Rows rows, int chunks, Map<String, Long> counts, List<RunReport.Record> records, List<RunReport.FieldCount> fields,
        List<RunReport.GapCount> gaps, List<RunReport.Partition> partitions, List<List<String>> suspects, Part part) {
    /**
     * @param share  the first share of the keys that is read, of a sample or sweep by hash of the key; else null
     * @param told   canonical keys of records that are counted and may be met again, so that they count once; null: none
     * @param leaves numbers of a sample's leaves that hold a difference; null: none
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Part(Integer share, List<List<String>> told, List<Long> leaves) {}

    /** Of a scan that reads everything. */
    public Checkpoint(String plan, List<String> position, RunReport.Rows rows, int chunks, Map<String, Long> counts, List<RunReport.Record> records, List<RunReport.FieldCount> fields,
            List<RunReport.GapCount> gaps, List<RunReport.Partition> partitions, List<List<String>> suspects) {
        this(plan, position, rows, chunks, counts, records, fields, gaps, partitions, suspects, null);
    }

    /** The same under another plan. */
    public Checkpoint under(String otherPlan) {
        return new Checkpoint(otherPlan, position, rows, chunks, counts, records, fields, gaps, partitions, suspects, part);
    }

    /** With other evidence; the counts stay. */
    public Checkpoint withRecords(List<RunReport.Record> others) {
        return new Checkpoint(plan, position, rows, chunks, counts, others, fields, gaps, partitions, suspects, part);
    }
}
