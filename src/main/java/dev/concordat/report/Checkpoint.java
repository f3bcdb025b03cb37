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
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Checkpoint(
        String plan, List<String> position, RunReport.Rows rows, int chunks, Map<String, Long> counts, List<RunReport.Record> records, List<RunReport.FieldCount> fields,
        List<RunReport.GapCount> gaps, List<RunReport.Partition> partitions, List<List<String>> suspects) {}
